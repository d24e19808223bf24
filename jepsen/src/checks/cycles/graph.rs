//! The graph of what must have come before what, and the walks over it. Nothing recurses.

use std::collections::BTreeMap;

use crate::state::Checker;
use crate::state::key::Fate;
use crate::state::order::{NOWHERE, Order};

/// Why an operation comes before another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Relation {
    /// ww: its record stands before the other's.
    SentBefore,
    /// wr: the other has polled its record.
    Polled,
    /// ww and then wr: its record stands before one that the other has polled.
    PolledLater,
    /// rw: it polled up to a place behind which the other's record stands.
    UnseenBy,
}

impl Relation {
    /// Whether an edge counts as one of that kind.
    pub(crate) fn is(self, other: Self) -> bool {
        self == other || (self == Self::PolledLater && other == Self::SentBefore)
    }
}

/// An edge, with the partition and the two records that prove it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Edge {
    pub(crate) from: u32,
    pub(crate) to: u32,
    pub(crate) relation: Relation,
    pub(crate) key: u32,
    pub(crate) before: u32,
    pub(crate) after: u32,
}

/// Collects edges, partition by partition.
pub(crate) struct Builder<'a> {
    checker: &'a Checker,
    /// Which transactions have happened, by their number; and the number of each node.
    nodes: Vec<Option<u32>>,
    transactions: Vec<usize>,
    edges: Vec<Edge>,
}

impl<'a> Builder<'a> {
    pub(crate) fn of(checker: &'a Checker) -> Self {
        let mut builder = Self { checker, nodes: Vec::new(), transactions: Vec::new(), edges: Vec::new() };
        for (number, transaction) in checker.transactions.kept.iter().enumerate() {
            let read =
                |&(key, entry): &(u32, u32)| checker.keys[key as usize].entries[entry as usize].is_read();
            let happened = transaction.acknowledged || transaction.sends.iter().any(read);
            let node = u32::try_from(builder.transactions.len()).expect("fewer than events");
            builder.nodes.push(happened.then_some(node));
            if happened {
                builder.transactions.push(number);
            }
        }
        // What each partition's transactions have polled.
        let mut polls: BTreeMap<u32, Vec<(u32, u32)>> = BTreeMap::new();
        let mut touched: BTreeMap<u32, ()> = BTreeMap::new();
        for (node, &number) in (0..).zip(&builder.transactions) {
            let transaction = &checker.transactions.kept[number];
            for &(key, entry) in &transaction.polls {
                polls.entry(key).or_default().push((node, entry));
            }
            touched.extend(transaction.sends.iter().map(|&(key, _)| (key, ())));
        }
        for &key in touched.keys() {
            builder.partition(key, polls.get(&key).map_or(&[], Vec::as_slice));
        }
        builder
    }

    /// The transaction that sent a record, if it is one and has happened.
    fn sender(&self, key: u32, entry: u32) -> Option<u32> {
        let entry = &self.checker.keys[key as usize].entries[entry as usize];
        if matches!(entry.fate, Fate::Unsent | Fate::Failed) || entry.is_reused() {
            return None;
        }
        self.nodes[self.checker.transactions.ended_at(entry.done)?]
    }

    fn partition(&mut self, key: u32, polls: &[(u32, u32)]) {
        let order = Order::of(&self.checker.keys[key as usize]);
        // The records of transactions, in the order of the log: index, entry, node.
        let placed = (0..).zip(&order.by_index);
        let senders: Vec<(u32, u32, u32)> =
            placed.filter_map(|(index, &entry)| Some((index, entry, self.sender(key, entry)?))).collect();
        for pair in senders.windows(2) {
            let ((_, before, from), (_, after, to)) = (pair[0], pair[1]);
            self.edge(Edge { from, to, relation: Relation::SentBefore, key, before, after });
        }
        for group in polls.chunk_by(|a, b| a.0 == b.0) {
            let reader = group[0].0;
            for &(_, entry) in group {
                if let Some(from) = self.sender(key, entry) {
                    let relation = Relation::Polled;
                    self.edge(Edge { from, to: reader, relation, key, before: entry, after: entry });
                }
            }
            let last = group.iter().map(|&(_, entry)| (order.index[entry as usize], entry));
            let Some((index, entry)) = last.filter(|&(index, _)| index != NOWHERE).max() else { continue };
            let next = senders.partition_point(|&(sender, ..)| sender <= index);
            let behind = senders[next..].iter().find(|&&(.., node)| node != reader);
            if let Some(&(_, after, to)) = behind {
                let relation = Relation::UnseenBy;
                self.edge(Edge { from: reader, to, relation, key, before: entry, after });
            }
            let ahead = senders[..next].iter().rev().find(|&&(.., node)| node != reader);
            if let Some(&(_, before, from)) = ahead
                && before != entry
            {
                let relation = Relation::PolledLater;
                self.edge(Edge { from, to: reader, relation, key, before, after: entry });
            }
        }
    }

    fn edge(&mut self, edge: Edge) {
        if edge.from != edge.to {
            self.edges.push(edge);
        }
    }

    /// The graph, with one edge for each pair of operations and relation.
    pub(crate) fn finish(mut self) -> Graph {
        self.edges.sort_unstable();
        self.edges.dedup_by_key(|edge| (edge.from, edge.to, edge.relation));
        let mut starts = vec![0; self.transactions.len() + 1];
        for edge in &self.edges {
            starts[edge.from as usize + 1] += 1;
        }
        for node in 1..starts.len() {
            starts[node] += starts[node - 1];
        }
        Graph { transactions: self.transactions, edges: self.edges, starts }
    }
}

/// Operations as nodes, edges sorted by where they begin.
pub(crate) struct Graph {
    transactions: Vec<usize>,
    edges: Vec<Edge>,
    starts: Vec<usize>,
}

impl Graph {
    pub(crate) fn len(&self) -> u32 {
        u32::try_from(self.transactions.len()).expect("fewer than events")
    }

    /// The number of a node's transaction.
    pub(crate) fn transaction(&self, node: u32) -> usize {
        self.transactions[node as usize]
    }

    pub(crate) fn edges_from(&self, node: u32) -> impl Iterator<Item = Edge> + '_ {
        self.edges[self.starts[node as usize]..self.starts[node as usize + 1]].iter().copied()
    }

    /// The edges of some kinds whose ends both lie in a knot.
    pub(crate) fn edges_within<'a>(
        &'a self,
        knot: &'a Knot,
        relations: &'a [Relation],
    ) -> impl Iterator<Item = Edge> + 'a {
        let edges = knot.members.iter().flat_map(|&node| self.edges_from(node));
        edges.filter(|edge| relations.contains(&edge.relation) && knot.holds(edge.to))
    }

    /// The edges from one operation to another.
    pub(crate) fn edges_between(&self, from: u32, to: u32) -> impl Iterator<Item = Edge> + '_ {
        let edges = &self.edges[self.starts[from as usize]..self.starts[from as usize + 1]];
        let first = edges.partition_point(|edge| edge.to < to);
        edges[first..].iter().copied().take_while(move |edge| edge.to == to)
    }

    /// Sets of operations, each of which can be reached from each other by such edges: Tarjan's algorithm, with a stack of
    /// its own. Those of one operation are left out.
    pub(crate) fn knots(&self, with: &[Relation], required: &[Relation]) -> Vec<Knot> {
        const UNSEEN: u32 = u32::MAX;
        let with = |edge: &Edge| with.contains(&edge.relation) || required.contains(&edge.relation);
        let nodes = self.transactions.len();
        let (mut number, mut low) = (vec![UNSEEN; nodes], vec![0_u32; nodes]);
        let mut on_stack = vec![false; nodes];
        let (mut stack, mut walk, mut next, mut knots) = (Vec::new(), Vec::new(), 0_u32, Vec::new());
        for root in 0..self.len() {
            if number[root as usize] != UNSEEN {
                continue;
            }
            walk.push((root, self.starts[root as usize]));
            while let Some((node, at)) = walk.pop() {
                let here = node as usize;
                if at == self.starts[here] && number[here] == UNSEEN {
                    (number[here], low[here]) = (next, next);
                    next += 1;
                    stack.push(node);
                    on_stack[here] = true;
                }
                let rest = at..self.starts[here + 1];
                let step = rest.clone().zip(&self.edges[rest]).find(|(_, edge)| {
                    with(edge) && {
                        let there = edge.to as usize;
                        if number[there] != UNSEEN && on_stack[there] {
                            low[here] = low[here].min(low[there].min(number[there]));
                        }
                        number[there] == UNSEEN
                    }
                });
                if let Some((at, edge)) = step {
                    // Comes back to this edge when the other end is done, and takes what that has found.
                    walk.push((node, at));
                    walk.push((edge.to, self.starts[edge.to as usize]));
                    continue;
                }
                if low[here] == number[here] {
                    let from = stack.iter().rposition(|&other| other == node).expect("it is on the stack");
                    let mut knot = stack.split_off(from);
                    for &member in &knot {
                        on_stack[member as usize] = false;
                    }
                    if knot.len() > 1 {
                        knot.sort_unstable();
                        knots.push(knot);
                    }
                }
            }
        }
        knots.sort();
        knots.into_iter().map(|members| Knot::new(members, nodes)).collect()
    }

    /// Operations in an order in which all such edges point forward; those in circles and behind them are left out.
    pub(crate) fn sorted(&self, relation: Relation) -> Vec<u32> {
        let mut waiting = vec![0_u32; self.transactions.len()];
        for edge in self.edges.iter().filter(|edge| edge.relation == relation) {
            waiting[edge.to as usize] += 1;
        }
        let mut order: Vec<u32> = (0..self.len()).filter(|&node| waiting[node as usize] == 0).collect();
        let mut at = 0;
        while let Some(&node) = order.get(at) {
            at += 1;
            for edge in self.edges_from(node).filter(|edge| edge.relation == relation) {
                let waiting = &mut waiting[edge.to as usize];
                *waiting -= 1;
                if *waiting == 0 {
                    order.push(edge.to);
                }
            }
        }
        order
    }
}

/// Operations each of which can be reached from each other.
pub(crate) struct Knot {
    /// Ascending.
    members: Vec<u32>,
    /// In large ones, looking through the members would take too long.
    marks: Vec<bool>,
}

impl Knot {
    fn new(members: Vec<u32>, nodes: usize) -> Self {
        let mut marks = Vec::new();
        if members.len() > 64 {
            marks.resize(nodes, false);
            for &member in &members {
                marks[member as usize] = true;
            }
        }
        Self { members, marks }
    }

    pub(crate) fn holds(&self, node: u32) -> bool {
        if self.marks.is_empty() { self.members.contains(&node) } else { self.marks[node as usize] }
    }
}
