//! A trace: what happened, one line each, for people.

use core::fmt::Write as _;
use std::collections::VecDeque;

use crate::clock::Time;

/// The lines of a run; the oldest go when there are too many.
#[derive(Clone, Debug)]
pub struct Trace {
    lines: VecDeque<String>,
    capacity: usize,
    dropped: u64,
}

impl Trace {
    /// A trace of at most so many lines.
    pub fn new(capacity: usize) -> Self {
        Self { lines: VecDeque::new(), capacity, dropped: 0 }
    }

    /// Adds a line.
    pub fn line(&mut self, time: Time, text: &str) {
        if self.lines.len() >= self.capacity {
            self.lines.pop_front();
            self.dropped += 1;
        }
        self.lines.push_back(format!("{time:>14}  {text}"));
    }

    /// The whole trace as text.
    pub fn render(&self) -> String {
        let mut text = String::new();
        if self.dropped > 0 {
            let _ = writeln!(text, "({} earlier lines are left out)", self.dropped);
        }
        for line in &self.lines {
            text.push_str(line);
            text.push('\n');
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_lines_go_and_the_text_says_so() {
        let mut trace = Trace::new(2);
        for number in 0..5 {
            trace.line(Time(number), &format!("line {number}"));
        }
        let text = trace.render();
        assert!(text.starts_with("(3 earlier lines are left out)\n"), "{text}");
        assert!(!text.contains("line 2") && text.contains("line 3") && text.contains("line 4"));
    }
}
