//! A cycle in words: one sentence for each edge, naming the operations by the events that end them.

use super::graph::{Edge, Graph, Relation};
use crate::state::Checker;
use crate::verdict::Finding;

/// The cycle, edge by edge.
pub(crate) fn cycle(checker: &Checker, graph: &Graph, cycle: &[Edge]) -> Finding {
    let operations: Vec<u32> = cycle.iter().map(|edge| event(checker, graph, edge.from)).collect();
    let names: Vec<String> =
        operations.iter().chain(operations.first()).map(|event| format!("#{event}")).collect();
    Finding {
        sentence: format!("{} each come before the next", names.join(", ")),
        operations,
        steps: cycle.iter().map(|edge| step(checker, graph, edge)).collect(),
        ..Finding::default()
    }
}

/// A path from `first` to `last` by what was polled, and `last` was over before `first` began.
pub(crate) fn future(checker: &Checker, graph: &Graph, first: u32, last: u32, same_process: bool) -> Finding {
    let everyone: Vec<u32> = (0..graph.len()).collect();
    let path =
        graph.path(first, last, &everyone, &[Relation::Polled]).expect("what was carried came by a path");
    let mut finding = cycle(checker, graph, &path);
    let (ended, began) =
        (event(checker, graph, last), checker.transactions.kept[graph.transaction(first)].began);
    let who = if same_process { " of the same process" } else { "" };
    finding.operations.push(ended);
    finding
        .steps
        .push(format!("#{ended} was over before #{}{who} began (#{began})", event(checker, graph, first)));
    let names: Vec<String> = finding
        .operations
        .iter()
        .chain(finding.operations.first())
        .map(|event| format!("#{event}"))
        .collect();
    finding.sentence = format!("{} each come before the next", names.join(", "));
    finding
}

fn event(checker: &Checker, graph: &Graph, node: u32) -> u32 {
    checker.transactions.kept[graph.transaction(node)].ended
}

fn step(checker: &Checker, graph: &Graph, edge: &Edge) -> String {
    let key = &checker.keys[edge.key as usize];
    let (from, to) = (event(checker, graph, edge.from), event(checker, graph, edge.to));
    let (name, before, after) = (&key.name, key.value(edge.before), key.value(edge.after));
    match edge.relation {
        Relation::SentBefore => {
            format!("#{from} sent {before} to {name}, and #{to} sent {after} behind it")
        }
        Relation::Polled => format!("#{from} sent {before} to {name}, and #{to} polled it"),
        Relation::PolledLater => {
            format!("#{from} sent {before} to {name}, and #{to} polled {after}, which stands behind it")
        }
        Relation::UnseenBy => {
            format!("#{from} polled {name} up to {before}, and #{to} sent {after} behind it")
        }
    }
}
