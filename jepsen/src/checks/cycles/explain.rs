//! A cycle in words: one sentence for each edge, naming the operations by the events that end them.

use super::future::Start;
use super::graph::{Edge, Graph, Relation};
use super::walk::Walker;
use crate::state::Checker;
use crate::state::key::NEVER;
use crate::verdict::Finding;

/// The cycle, edge by edge.
pub(crate) fn cycle(checker: &Checker, graph: &Graph, cycle: &[Edge]) -> Finding {
    let operations: Vec<u32> = cycle.iter().map(|edge| event(checker, graph, edge.from)).collect();
    Finding {
        sentence: circle(&operations),
        operations,
        steps: cycle.iter().map(|edge| step(checker, graph, edge)).collect(),
        ..Finding::default()
    }
}

/// A path by what was polled, from where it starts to a node and on to a single poll of one of its records. The last
/// operation was over before the first one began.
pub(super) fn future(
    checker: &Checker,
    graph: &Graph,
    start: Start,
    last: u32,
    end: Option<(u32, u32)>,
) -> Finding {
    let way = Walker::new(graph).way(start.node, last, &[Relation::Polled], |_| true, usize::MAX);
    let mut finding = cycle(checker, graph, &way.unwrap_or_default());
    let passed = |(key, entry): (u32, u32), from: u32, to: u32| {
        let key = &checker.keys[key as usize];
        format!("#{from} sent {} to {}, and #{to} polled it", key.value(entry), key.name)
    };
    let known = |(key, entry): (u32, u32)| &checker.keys[key as usize].entries[entry as usize];
    finding.operations.push(event(checker, graph, last));
    if let Some(sent) = start.sent {
        let done = if known(sent).done == NEVER { known(sent).sent } else { known(sent).done };
        finding.steps.insert(0, passed(sent, done, event(checker, graph, start.node)));
        finding.operations.insert(0, done);
    }
    if let Some(end) = end {
        finding.steps.push(passed(end, event(checker, graph, last), known(end).reader));
        finding.operations.push(known(end).reader);
    }
    let (first, last) = (finding.operations[0], finding.operations[finding.operations.len() - 1]);
    finding.steps.push(format!("#{last} was over before #{first} began, which was #{}", start.began));
    finding.sentence = circle(&finding.operations);
    finding
}

fn circle(operations: &[u32]) -> String {
    let names: Vec<String> =
        operations.iter().chain(operations.first()).map(|event| format!("#{event}")).collect();
    format!("{}: each comes before the next", names.join(", "))
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
