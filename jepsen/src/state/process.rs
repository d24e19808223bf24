//! What is remembered of a process: what it is doing, and where it was in each partition.

use super::key::Position;
use super::mix::Table;

#[derive(Debug, Default)]
pub(crate) struct Process {
    /// The operation that has begun and not ended.
    pub(crate) open: Option<Position>,
    /// When that began, in nanoseconds.
    pub(crate) open_time: Option<i64>,
    /// What it wants to send: partitions and entries.
    pub(crate) intended: Vec<(u32, u32)>,
    /// The last record of the last successful poll, by partition, and the operation that polled it.
    pub(crate) polled: Table<u32, (u32, Position)>,
    /// The last record that was sent, and the operation that sent it.
    pub(crate) sent: Table<u32, (u32, Position)>,
    /// Its partitions are a group's choice.
    pub(crate) subscribed: bool,
}

impl Process {
    /// The partitions were replaced: places are kept only in those that remain.
    pub(crate) fn reassign(&mut self, subscribed: bool, keep: &[u32]) {
        self.subscribed = subscribed;
        if keep.len() < 16 {
            self.polled.retain(|key, _| keep.contains(key));
            self.sent.retain(|key, _| keep.contains(key));
        } else {
            let keep: Table<u32, ()> = keep.iter().map(|&key| (key, ())).collect();
            self.polled.retain(|key, _| keep.contains_key(key));
            self.sent.retain(|key, _| keep.contains_key(key));
        }
    }

    /// The operation ends. Says when it began, if that was seen.
    pub(crate) fn finish(&mut self) -> Option<Position> {
        self.open.take()
    }
}
