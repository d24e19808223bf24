//! The recent end of a log in memory: the bytes as they arrived, for as long as there is room.

use alloc::collections::VecDeque;

use bytes::Bytes;
use klamm_wire::Records;

use crate::types::{Offset, TopicIdPartition};

/// What an entry costs besides its payload: its place here, in the queue below, and the prefix.
const ENTRY_OVERHEAD: usize = 192;
/// Entries that may not go yet and are passed over in one go.
const REFUSALS: usize = 16;

/// What a log keeps in memory on the node's account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kept {
    /// The batch with this base offset in the log's tail.
    Batch(Offset),
    /// Batches read back from the disk for this offset.
    Chunk(Offset),
}

/// Bounds what all logs of a node keep in memory, oldest out first.
///
/// A log may drop an entry earlier (truncation, deletion); its account is settled when its turn comes, so
/// that what is used is never more than what is counted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct TailMemory {
    limit: u64,
    used: u64,
    oldest_first: VecDeque<(TopicIdPartition, Kept, u64)>,
}

impl TailMemory {
    /// Room for `limit` bytes.
    pub(crate) fn new(limit: u64) -> Self {
        Self { limit, used: 0, oldest_first: VecDeque::new() }
    }

    pub(super) fn add(&mut self, log: TopicIdPartition, kept: Kept, bytes: usize) {
        let bytes = (bytes + ENTRY_OVERHEAD) as u64;
        self.used += bytes;
        self.oldest_first.push_back((log, kept, bytes));
    }

    /// Asks the logs, oldest entry first, to let go of what is over the limit.
    ///
    /// `evict` answers whether the entry is gone; a log that does not exist any more counts as yes. What
    /// has to stay (its write is under way) gets another turn later.
    pub(crate) fn shrink(&mut self, mut evict: impl FnMut(TopicIdPartition, Kept) -> bool) {
        let mut refusals = 0;
        while self.used > self.limit && refusals < REFUSALS {
            let (log, kept, bytes) = self.oldest_first.pop_front().expect("what is used has entries");
            if evict(log, kept) {
                self.used -= bytes;
            } else {
                self.oldest_first.push_back((log, kept, bytes));
                refusals += 1;
            }
        }
    }
}

/// One batch in memory.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct TailBatch {
    pub(super) base_offset: Offset,
    pub(super) last_offset: Offset,
    pub(super) max_timestamp: i64,
    /// Base offset of the segment it stands in.
    pub(super) segment: Offset,
    /// Where it begins in the segment's file.
    pub(super) position: u32,
    /// The 16 bytes the leader has rewritten.
    pub(super) prefix: Bytes,
    /// All the rest, as it came in.
    pub(super) rest: Bytes,
}

impl TailBatch {
    pub(super) fn size(&self) -> usize {
        self.prefix.len() + self.rest.len()
    }

    /// The batch in one piece.
    pub(super) fn to_bytes(&self) -> Bytes {
        [self.prefix.clone(), self.rest.clone()].into_iter().collect::<Records>().to_bytes()
    }
}

/// The newest batches of one log, without a gap up to its end.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Tail {
    batches: VecDeque<TailBatch>,
}

impl Tail {
    pub(super) fn push(&mut self, batch: TailBatch) {
        if let Some(last) = self.batches.back() {
            assert!(last.last_offset < batch.base_offset, "offsets in the tail ascend");
        }
        self.batches.push_back(batch);
    }

    pub(super) fn front(&self) -> Option<&TailBatch> {
        self.batches.front()
    }

    /// Whether everything from `offset` on is in memory.
    pub(super) fn covers(&self, offset: Offset) -> bool {
        self.front().is_some_and(|front| front.base_offset <= offset)
    }

    /// Drops the oldest batches up to and including the one that begins at `through`.
    pub(super) fn evict(&mut self, through: Offset) {
        while self.front().is_some_and(|front| front.base_offset <= through) {
            self.batches.pop_front();
        }
        if self.batches.is_empty() {
            // An idle log keeps no buffer.
            self.batches = VecDeque::new();
        }
    }

    /// The batches from the one that holds `offset` on.
    pub(super) fn from(&self, offset: Offset) -> impl Iterator<Item = &TailBatch> {
        let first = self.batches.partition_point(|batch| batch.last_offset < offset);
        self.batches.range(first..)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;
    use klamm_wire::Uuid;

    fn log(partition: i32) -> TopicIdPartition {
        TopicIdPartition { topic_id: Uuid([7; 16]), partition }
    }

    /// Goal: the bound holds for all logs together and the oldest entry goes first, whoever owns it.
    #[test]
    fn the_oldest_entry_of_the_node_is_evicted_first() {
        let mut memory = TailMemory::new(3 * (100 + ENTRY_OVERHEAD as u64));
        for offset in 0..5 {
            memory.add(log(offset as i32 % 2), Kept::Batch(offset), 100);
        }
        let mut gone = Vec::new();
        memory.shrink(|log, kept| {
            gone.push((log.partition, kept));
            true
        });
        assert_eq!(gone, [(0, Kept::Batch(0)), (1, Kept::Batch(1))]);
        assert!(memory.used <= memory.limit);
    }

    /// Goal: entries that must stay neither block the others nor make the node spin.
    #[test]
    fn an_entry_that_must_stay_lets_the_next_one_go() {
        let mut memory = TailMemory::new(0);
        for offset in 0..40 {
            memory.add(log(0), Kept::Batch(offset), 1);
        }
        let mut asked = 0;
        memory.shrink(|_, kept| {
            asked += 1;
            kept != Kept::Batch(0)
        });
        assert_eq!(asked, 39 + REFUSALS);
        assert_eq!(memory.oldest_first.len(), 1);
    }
}
