//! Operations that tie partitions together, kept for the search for cycles; and those of which nobody knows yet whether
//! they have happened.

use std::collections::VecDeque;

use super::key::{Key, Position};

/// A partition and one of its entries.
pub(crate) type Item = (u32, u32);

/// An operation that sends several records, or sends and polls, or polls several partitions. Single sends and polls of
/// one partition close no cycle that is not seen without a graph.
#[derive(Clone, Debug)]
pub(crate) struct Transaction {
    pub(crate) process: u32,
    pub(crate) began: Position,
    pub(crate) ended: Position,
    /// Whether its end was a success; otherwise nobody knows.
    pub(crate) acknowledged: bool,
    pub(crate) sends: Box<[Item]>,
    /// Everything that was polled, if it also sends; else the last record of each partition.
    pub(crate) polls: Box<[Item]>,
}

/// The newest transactions, in the order of their ends.
#[derive(Debug, Default)]
pub(crate) struct Transactions {
    pub(crate) kept: VecDeque<Transaction>,
    /// Whether any operation ties partitions or records together by sending.
    pub(crate) tied: bool,
}

impl Transactions {
    /// Keeps one, and drops the oldest ones beyond the bound. Says how many.
    pub(crate) fn push(&mut self, transaction: Transaction, max: usize) -> u64 {
        self.kept.push_back(transaction);
        self.keep(max)
    }

    /// Drops the oldest ones, so that so many are kept. Says how many were dropped.
    pub(crate) fn keep(&mut self, max: usize) -> u64 {
        let dropped = self.kept.len().saturating_sub(max);
        self.kept.drain(..dropped);
        dropped as u64
    }

    /// The one that ended there.
    pub(crate) fn ended_at(&self, position: Position) -> Option<usize> {
        self.kept.binary_search_by_key(&position, |transaction| transaction.ended).ok()
    }
}

/// An operation that nobody knows to have happened. As soon as one of its records is read it has, as a whole.
#[derive(Debug)]
pub(crate) struct Undecided {
    pub(crate) sends: Vec<(u32, u32, i64)>,
}

impl Undecided {
    /// If one of its records was read, all have their places. Says whether that was so.
    pub(crate) fn settle(&self, keys: &mut [Key]) -> bool {
        let read =
            self.sends.iter().any(|&(key, entry, _)| keys[key as usize].entries[entry as usize].is_read());
        if read {
            for &(key, entry, offset) in &self.sends {
                let key = &mut keys[key as usize];
                key.entries[entry as usize].set_proven();
                if offset != super::key::UNKNOWN {
                    key.place(offset, entry);
                }
            }
        }
        read
    }
}
