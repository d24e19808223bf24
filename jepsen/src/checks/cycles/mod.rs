//! Cycles of transactions: G0, G1c, G-single, G2-item, and G1c with real time or the order of a process.
//!
//! An edge says that one operation must have come before another: because its record stands before the other's (ww),
//! because the other polled its record (wr), or because it polled up to a place behind which the other's record stands
//! (rw). Kafka isolates neither writes nor polls, so only circles of wr edges are violations: each of those operations
//! was visible before it could have been.

mod explain;
mod future;
mod graph;
mod walk;

use crate::anomaly::Anomaly;
use crate::state::Checker;
use crate::verdict::Findings;
use graph::{Builder, Edge, Graph, Knot, Relation};
use walk::Walker;

/// The search for the shortest circle of a knot looks at so many edges; the shortest until then is told.
const WORK_MAX: usize = 2_000_000;

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
        let mut walker = Walker::new(&graph);
        for knot in graph.knots(search.with, search.required) {
            if let Some(cycle) = smallest(&graph, &knot, search, &mut walker) {
                findings.add(search.anomaly, search.excuse, || explain::cycle(checker, &graph, &cycle));
            }
        }
    }
    future::check(checker, &graph, findings);
}

/// The shortest circle in a knot: from each edge of the wanted kind, the shortest way back to where it begins.
fn smallest(graph: &Graph, knot: &Knot, search: &Search, walker: &mut Walker<'_>) -> Option<Vec<Edge>> {
    let starts = || graph.edges_within(knot, search.required);
    let also = |way: &[Edge]| search.also.is_none_or(|also| way.iter().any(|edge| edge.relation.is(also)));
    // Circles of two need no walk, and nothing is shorter.
    for edge in starts() {
        let mut back = graph.edges_between(edge.to, edge.from);
        if let Some(back) = back.find(|back| search.with.contains(&back.relation) && also(&[*back])) {
            return Some(vec![edge, back]);
        }
    }
    let mut best: Option<Vec<Edge>> = None;
    let limit = walker.work + WORK_MAX;
    for edge in starts() {
        let shorter = best.as_ref().map_or(usize::MAX, |best| best.len() - 2);
        if shorter < 2 || walker.work > limit {
            break;
        }
        let way = walker.way(edge.to, edge.from, search.with, |node| knot.holds(node), shorter);
        if let Some(way) = way.filter(|way| also(way)) {
            best = Some(std::iter::once(edge).chain(way).collect());
        }
    }
    best
}
