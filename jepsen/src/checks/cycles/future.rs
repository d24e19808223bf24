//! G1c-realtime and G1c-process: a path of wr edges that comes back in time. Its last operation was over before its first
//! one began.
//!
//! Along the paths we carry the latest beginning. An operation that is over before that closes a circle of wr edges and one
//! edge of real time; every circle with more edges of real time contains such a one. Single sends begin paths and single
//! polls end them without being nodes of the graph. Paths of one edge are seen without a graph (`realtime.rs`).

use super::explain;
use super::graph::{Graph, Relation};
use crate::anomaly::Anomaly;
use crate::state::Checker;
use crate::state::key::{NEVER, Position};
use crate::verdict::Findings;

/// Where a path begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Start {
    /// When its first operation began.
    pub(super) began: Position,
    /// The first operation that is a node.
    pub(super) node: u32,
    /// The record of a single send before it.
    pub(super) sent: Option<(u32, u32)>,
}

pub(super) fn check(checker: &Checker, graph: &Graph, findings: &mut Findings) {
    let transaction = |node: u32| &checker.transactions.kept[graph.transaction(node)];
    for (node, start) in (0..).zip(latest(checker, graph)) {
        let last = transaction(node);
        let first = transaction(start.node);
        let long = start.node != node;
        if last.acknowledged && last.ended < start.began && long {
            let same = last.process == first.process && start.sent.is_none();
            let anomaly = if same { Anomaly::G1cProcess } else { Anomaly::G1cRealtime };
            findings.add(anomaly, None, || explain::future(checker, graph, start, node, None));
        }
        // A single poll that has read what this one sent.
        for &(key, entry) in &last.sends {
            let reader = checker.keys[key as usize].entries[entry as usize].reader;
            let early = reader != NEVER && reader < start.began && (long || start.sent.is_some());
            if early && checker.transactions.ended_at(reader).is_none() {
                let end = Some((key, entry));
                findings
                    .add(Anomaly::G1cRealtime, None, || explain::future(checker, graph, start, node, end));
            }
        }
    }
}

/// For each node, the latest beginning of a path that leads to it.
fn latest(checker: &Checker, graph: &Graph) -> Vec<Start> {
    let own = |node: u32| {
        let transaction = &checker.transactions.kept[graph.transaction(node)];
        let mut start = Start { began: transaction.began, node, sent: None };
        for &(key, entry) in &transaction.polls {
            let known = &checker.keys[key as usize].entries[entry as usize];
            let single = checker.transactions.ended_at(known.done).is_none();
            if single && known.is_begun_known() && known.sent > start.began {
                start = Start { began: known.sent, node, sent: Some((key, entry)) };
            }
        }
        start
    };
    let mut latest: Vec<Start> = (0..graph.len()).map(own).collect();
    for node in graph.sorted(Relation::Polled) {
        for edge in graph.edges_from(node).filter(|edge| edge.relation == Relation::Polled) {
            let here = latest[node as usize];
            let there = &mut latest[edge.to as usize];
            if here.began > there.began {
                *there = here;
            }
        }
    }
    latest
}
