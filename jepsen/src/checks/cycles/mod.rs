//! Cycles of transactions: G0, G1c, G-single, G2-item, and G1c with real time or the order of a process.
//!
//! An edge says that one operation must have come before another: because its record stands before the other's (ww),
//! because the other polled its record (wr), or because it polled up to a place behind which the other's record stands
//! (rw). Kafka isolates neither writes nor polls, so only circles of wr edges are violations: each of those operations
//! was visible before it could have been.

mod explain;
mod graph;

use std::cmp::Reverse;

use crate::anomaly::Anomaly;
use crate::state::Checker;
use crate::state::key::Position;
use crate::verdict::Findings;
use graph::{Builder, Edge, Graph, Relation};

/// In a large knot, so many edges are tried as the beginning of a circle.
const STARTS_MAX: usize = 512;

/// A search: the cycle has an edge of one of `required`, the others are any of `with`.
struct Search {
    anomaly: Anomaly,
    required: &'static [Relation],
    with: &'static [Relation],
    /// Another edge it must have, so that it is not a cycle that an earlier search has found.
    also: Option<Relation>,
    /// Without it, the cycle is as bad as the anomaly says.
    excuse: Option<&'static str>,
}

const INTERLEAVED: Option<&str> =
    Some("it has an edge between writes, and nothing isolates the writes of Kafka's transactions");

const SEARCHES: [Search; 5] = {
    use Relation::{Polled, PolledLater, SentBefore, UnseenBy};
    [
        Search { anomaly: Anomaly::G1c, required: &[Polled], with: &[Polled], also: None, excuse: None },
        Search {
            anomaly: Anomaly::G0,
            required: &[SentBefore],
            with: &[SentBefore],
            also: None,
            excuse: None,
        },
        Search {
            anomaly: Anomaly::G1c,
            required: &[Polled, PolledLater],
            with: &[Polled, SentBefore, PolledLater],
            also: Some(SentBefore),
            excuse: INTERLEAVED,
        },
        Search {
            anomaly: Anomaly::GSingle,
            required: &[UnseenBy],
            with: &[Polled, SentBefore, PolledLater],
            also: None,
            excuse: None,
        },
        Search {
            anomaly: Anomaly::G2Item,
            required: &[UnseenBy],
            with: &[Polled, SentBefore, PolledLater, UnseenBy],
            also: Some(UnseenBy),
            excuse: None,
        },
    ]
};

pub(crate) fn check(checker: &Checker, findings: &mut Findings) {
    if !checker.transactions.tied {
        return;
    }
    let graph = Builder::of(checker).finish();
    for search in &SEARCHES {
        for knot in graph.knots(search.with, search.required) {
            if let Some(cycle) = smallest(&graph, &knot, search) {
                findings.add(search.anomaly, search.excuse, || explain::cycle(checker, &graph, &cycle));
            }
        }
    }
    future_reads(checker, &graph, findings);
}

/// The shortest circle in a knot: from each edge of the wanted kind, the shortest way back to where it begins.
fn smallest(graph: &Graph, knot: &[u32], search: &Search) -> Option<Vec<Edge>> {
    let mut best: Option<Vec<Edge>> = None;
    for edge in graph.edges_within(knot, search.required).take(STARTS_MAX) {
        // A circle with two rw edges begins with one and needs the other on its way; the way may use any edge.
        let Some(back) = graph.path(edge.to, edge.from, knot, search.with) else { continue };
        let has = |relation: Relation| back.iter().any(|edge| edge.relation.is(relation));
        if search.also.is_some_and(|also| !has(also)) {
            continue;
        }
        if best.as_ref().is_none_or(|best| back.len() + 1 < best.len()) {
            best = Some(std::iter::once(edge).chain(back).collect());
        }
        if best.as_ref().is_some_and(|best| best.len() == 2) {
            break;
        }
    }
    best
}

/// A path of wr edges that comes back in time: its last operation was over before its first one began.
///
/// Along the paths we carry the latest beginning. An operation that is over before that closes a circle of wr edges and
/// one edge of real time; every circle with more of those contains such a one.
fn future_reads(checker: &Checker, graph: &Graph, findings: &mut Findings) {
    let transactions = &checker.transactions.kept;
    let began = |node: u32| transactions[graph.transaction(node)].began;
    let mut latest: Vec<(Position, u32)> = (0..graph.len()).map(|node| (began(node), node)).collect();
    for node in graph.sorted(Relation::Polled) {
        for edge in graph.edges_from(node).filter(|edge| edge.relation == Relation::Polled) {
            let (here, there) = (latest[node as usize], &mut latest[edge.to as usize]);
            if (here.0, Reverse(here.1)) > (there.0, Reverse(there.1)) {
                *there = here;
            }
        }
    }
    for node in 0..graph.len() {
        let (began, origin) = latest[node as usize];
        let last = &transactions[graph.transaction(node)];
        let first = &transactions[graph.transaction(origin)];
        if origin == node || !last.acknowledged || last.ended >= began {
            continue;
        }
        let same = last.process == first.process;
        let anomaly = if same { Anomaly::G1cProcess } else { Anomaly::G1cRealtime };
        findings.add(anomaly, None, || explain::future(checker, graph, origin, node, same));
    }
}
