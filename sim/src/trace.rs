//! A trace: what happened, one line each, for people and, as JSON, for tools.

use core::fmt::Write as _;
use std::collections::VecDeque;

use klamm_core::types::{LeaderEpoch, Offset};

use crate::clock::Time;
use crate::network::NodeId;
use crate::report::quoted;

/// How much a trace holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    /// Changes of state: who starts and ends, leads and follows, is cut and healed.
    #[default]
    States,
    /// Every input and every effect of every node.
    All,
}

impl Detail {
    /// The detail of that word.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "states" => Some(Self::States),
            "all" => Some(Self::All),
            _ => None,
        }
    }
}

/// What a replica is at some moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplicaState {
    /// Which partition.
    pub partition: String,
    /// Whether it leads.
    pub leads: bool,
    /// The epoch it leads or follows in; -1 if it does neither yet.
    pub epoch: LeaderEpoch,
    /// Its high watermark.
    pub high_watermark: Offset,
    /// Its log end offset.
    pub end: Offset,
}

#[derive(Clone, Debug)]
struct Line {
    time: Time,
    node: Option<NodeId>,
    state: Option<ReplicaState>,
    text: String,
}

/// The lines of a run; the oldest go when there are too many.
#[derive(Clone, Debug)]
pub struct Trace {
    /// What it holds.
    pub detail: Detail,
    lines: VecDeque<Line>,
    capacity: usize,
    dropped: u64,
}

impl Trace {
    /// A trace of at most so many lines.
    pub fn new(detail: Detail, capacity: usize) -> Self {
        Self { detail, lines: VecDeque::new(), capacity, dropped: 0 }
    }

    /// Adds a line about the world, or about one node.
    pub fn line(&mut self, time: Time, node: Option<NodeId>, text: String) {
        self.push(Line { time, node, state: None, text });
    }

    /// Adds a line about a replica.
    pub fn state(&mut self, time: Time, node: NodeId, state: ReplicaState, text: String) {
        self.push(Line { time, node: Some(node), state: Some(state), text });
    }

    fn push(&mut self, line: Line) {
        if self.lines.len() >= self.capacity {
            self.lines.pop_front();
            self.dropped += 1;
        }
        self.lines.push_back(line);
    }

    /// The whole trace as text: time, node, partition, role with epoch, high watermark and end of the log, and what
    /// happened.
    pub fn render(&self) -> String {
        let mut text = String::new();
        if self.dropped > 0 {
            let _ = writeln!(text, "({} earlier lines are left out)", self.dropped);
        }
        for line in &self.lines {
            let node = line.node.map_or(String::new(), |node| format!("n{node}"));
            let _ = write!(text, "{:>14}  {node:<3} ", line.time);
            if let Some(state) = &line.state {
                let role = if state.leads { 'L' } else { 'F' };
                let (partition, epoch) = (&state.partition, state.epoch);
                let (high_watermark, end) = (state.high_watermark, state.end);
                let _ = write!(text, "{partition:<22} {role}{epoch:<4} hw {high_watermark:<7} end {end:<7} ");
            }
            text.push_str(&line.text);
            text.push('\n');
        }
        text
    }

    /// The whole trace, one JSON object a line.
    pub fn json(&self) -> String {
        let mut json = String::new();
        for line in &self.lines {
            let _ = write!(json, "{{\"ns\":{}", line.time.0);
            if let Some(node) = line.node {
                let _ = write!(json, ",\"node\":{node}");
            }
            if let Some(state) = &line.state {
                let _ = write!(
                    json,
                    ",\"partition\":{},\"leads\":{},\"epoch\":{},\"high_watermark\":{},\"end\":{}",
                    quoted(&state.partition),
                    state.leads,
                    state.epoch,
                    state.high_watermark,
                    state.end
                );
            }
            let _ = writeln!(json, ",\"text\":{}}}", quoted(&line.text));
        }
        json
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_lines_go_and_the_text_says_so() {
        let mut trace = Trace::new(Detail::All, 2);
        for number in 0..5 {
            trace.line(Time(number), None, format!("line {number}"));
        }
        let text = trace.render();
        assert!(text.starts_with("(3 earlier lines are left out)\n"), "{text}");
        assert!(!text.contains("line 2") && text.contains("line 3") && text.contains("line 4"));
    }

    #[test]
    fn a_replica_is_shown_with_its_epoch_and_marks() {
        let mut trace = Trace::new(Detail::States, 2);
        let partition = "t0-1".to_owned();
        let state = ReplicaState { partition, leads: true, epoch: 5, high_watermark: 12, end: 15 };
        trace.state(Time(1_000_000), 2, state, "is \"elected\"".to_owned());
        let text = "     0.001000s  n2  t0-1                   L5    hw 12      end 15      is \"elected\"\n";
        assert_eq!(trace.render(), text);
        let json = "{\"ns\":1000000,\"node\":2,\"partition\":\"t0-1\",\"leads\":true,\"epoch\":5,\
                    \"high_watermark\":12,\"end\":15,\"text\":\"is \\\"elected\\\"\"}\n";
        assert_eq!(trace.json(), json);
    }
}
