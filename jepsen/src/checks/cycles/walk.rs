//! Shortest ways through the graph, within a bound of work.

use super::graph::{Edge, Graph, Relation};

/// Walks in breadth. What it has visited is kept in lists that later walks use again.
pub(crate) struct Walker<'a> {
    graph: &'a Graph,
    /// In which walk a node was reached, and over which edge.
    round: u32,
    reached: Vec<u32>,
    came: Vec<Option<Edge>>,
    queue: Vec<u32>,
    /// How many edges were looked at, in all walks.
    pub(crate) work: usize,
}

impl<'a> Walker<'a> {
    pub(crate) fn new(graph: &'a Graph) -> Self {
        let nodes = graph.len() as usize;
        Self { graph, round: 0, reached: vec![0; nodes], came: vec![None; nodes], queue: Vec::new(), work: 0 }
    }

    /// The shortest way from one node to another over nodes that `inside` holds, if it has at most so many edges.
    pub(crate) fn way(
        &mut self,
        from: u32,
        to: u32,
        with: &[Relation],
        inside: impl Fn(u32) -> bool,
        edges_max: usize,
    ) -> Option<Vec<Edge>> {
        self.round += 1;
        self.queue.clear();
        self.queue.push(from);
        self.reached[from as usize] = self.round;
        let (mut at, mut level_end, mut edges) = (0, 1, 0);
        while at < self.queue.len() && edges < edges_max {
            let node = self.queue[at];
            at += 1;
            for edge in self.graph.edges_from(node) {
                self.work += 1;
                let there = edge.to as usize;
                if self.reached[there] == self.round || !with.contains(&edge.relation) || !inside(edge.to) {
                    continue;
                }
                self.reached[there] = self.round;
                self.came[there] = Some(edge);
                if edge.to == to {
                    return Some(self.back(from, edge));
                }
                self.queue.push(edge.to);
            }
            if at == level_end {
                level_end = self.queue.len();
                edges += 1;
            }
        }
        None
    }

    fn back(&self, from: u32, last: Edge) -> Vec<Edge> {
        let mut way = vec![last];
        let mut node = last.from;
        while node != from {
            let edge = self.came[node as usize].expect("it was reached over an edge");
            way.push(edge);
            node = edge.from;
        }
        way.reverse();
        way
    }
}
