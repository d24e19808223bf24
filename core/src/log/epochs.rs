//! Where each leader epoch begins in a log.

use alloc::vec::Vec;

use crate::types::{LeaderEpoch, Offset};

/// The first offset a leader has written, or would have written, in its epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EpochStart {
    /// Of the leader.
    pub epoch: LeaderEpoch,
    /// First offset of the epoch.
    pub start_offset: Offset,
}

/// Leader epochs of one log with their first offsets; both ascend strictly.
///
/// Source: KIP-101, KIP-279. Kafka: `LeaderEpochFileCache`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct LeaderEpochs {
    starts: Vec<EpochStart>,
}

impl LeaderEpochs {
    /// From the entries of a checkpoint; `None` if they do not ascend.
    pub(crate) fn from_entries(starts: Vec<EpochStart>) -> Option<Self> {
        let ascending = starts
            .windows(2)
            .all(|pair| pair[0].epoch < pair[1].epoch && pair[0].start_offset < pair[1].start_offset);
        let valid = starts.iter().all(|start| start.epoch >= 0 && start.start_offset >= 0);
        (ascending && valid).then_some(Self { starts })
    }

    pub(super) fn entries(&self) -> &[EpochStart] {
        &self.starts
    }

    /// The newest epoch.
    pub(crate) fn latest(&self) -> Option<LeaderEpoch> {
        self.starts.last().map(|start| start.epoch)
    }

    /// The epoch of the record at `offset`, if the log knows it.
    pub(crate) fn epoch_of(&self, offset: Offset) -> Option<LeaderEpoch> {
        let count = self.starts.partition_point(|start| start.start_offset <= offset);
        count.checked_sub(1).map(|last| self.starts[last].epoch)
    }

    /// Lets `epoch` begin at `start_offset`; whether this changed anything. An epoch that has begun already
    /// and epochs below 0 (unknown) change nothing.
    pub(crate) fn assign(&mut self, epoch: LeaderEpoch, start_offset: Offset) -> bool {
        if epoch < 0 || self.latest().is_some_and(|latest| latest >= epoch) {
            return false;
        }
        // An epoch that wrote nothing before this one began has left no trace.
        self.truncate_from_end(start_offset);
        self.starts.push(EpochStart { epoch, start_offset });
        true
    }

    /// Where `epoch` ended: the greatest epoch not above it and the first offset after that epoch. (-1, -1)
    /// if the log does not know.
    ///
    /// Source: KIP-279. Kafka: `LeaderEpochFileCache.endOffsetFor`.
    pub(crate) fn end_offset_for(&self, epoch: LeaderEpoch, log_end_offset: Offset) -> (LeaderEpoch, Offset) {
        let not_above = self.starts.partition_point(|start| start.epoch <= epoch);
        let next = self.starts.get(not_above).map(|start| start.start_offset);
        match (not_above.checked_sub(1).map(|last| self.starts[last].epoch), next) {
            (Some(known), None) if known == epoch => (epoch, log_end_offset),
            (_, None) => (-1, -1),
            (Some(known), Some(end)) => (known, end),
            // Older than everything known: no record of it is left, so it ended where the log begins.
            (None, Some(end)) => (epoch, end),
        }
    }

    /// Forgets epochs that begin at `end` or later; whether there were any.
    pub(crate) fn truncate_from_end(&mut self, end: Offset) -> bool {
        let before = self.starts.len();
        self.starts.truncate(self.starts.partition_point(|start| start.start_offset < end));
        self.starts.len() < before
    }

    /// Forgets epochs that ended at or below `log_start_offset`; whether anything changed. The epoch of the
    /// first record left begins there from now on.
    pub(crate) fn truncate_from_start(&mut self, log_start_offset: Offset) -> bool {
        let below = self.starts.partition_point(|start| start.start_offset <= log_start_offset);
        let Some(last) = below.checked_sub(1) else { return false };
        if last == 0 && self.starts[0].start_offset == log_start_offset {
            return false;
        }
        self.starts.drain(..last);
        self.starts[0].start_offset = log_start_offset;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cache(entries: &[(LeaderEpoch, Offset)]) -> LeaderEpochs {
        let starts = entries
            .iter()
            .map(|(epoch, start_offset)| EpochStart { epoch: *epoch, start_offset: *start_offset });
        LeaderEpochs::from_entries(starts.collect()).expect("ascending")
    }

    /// Goal: a follower that asks learns the last epoch both may share. Source: the cases of KIP-279 and of
    /// Kafka's `LeaderEpochFileCacheTest`.
    #[test]
    fn an_epoch_ends_where_the_next_known_one_begins() {
        let epochs = cache(&[(2, 10), (4, 20), (7, 35)]);
        assert_eq!(epochs.end_offset_for(7, 50), (7, 50));
        assert_eq!(epochs.end_offset_for(2, 50), (2, 20));
        assert_eq!(epochs.end_offset_for(5, 50), (4, 35));
        assert_eq!(epochs.end_offset_for(1, 50), (1, 10));
        assert_eq!(epochs.end_offset_for(8, 50), (-1, -1));
        assert_eq!(cache(&[]).end_offset_for(0, 50), (-1, -1));
    }

    /// Goal: epochs without records vanish, at both ends.
    #[test]
    fn epochs_without_records_are_forgotten() {
        let mut epochs = cache(&[(1, 0), (2, 10)]);
        assert!(epochs.assign(3, 10));
        assert_eq!(epochs, cache(&[(1, 0), (3, 10)]));
        assert!(!epochs.assign(3, 12), "an epoch begins once");
        assert!(!epochs.assign(2, 12), "epochs never go back");
        assert!(!epochs.assign(-1, 12));
        assert!(epochs.truncate_from_start(4));
        assert_eq!(epochs, cache(&[(1, 4), (3, 10)]));
        assert!(epochs.truncate_from_start(15));
        assert_eq!(epochs, cache(&[(3, 15)]));
        assert!(!epochs.truncate_from_start(15));
        assert!(epochs.truncate_from_end(15));
        assert_eq!(epochs.latest(), None);
    }

    /// Goal: the epoch of any offset is that of the last start not above it.
    #[test]
    fn an_offset_belongs_to_the_last_epoch_begun() {
        let epochs = cache(&[(2, 10), (4, 20)]);
        assert_eq!(epochs.epoch_of(9), None);
        assert_eq!(epochs.epoch_of(10), Some(2));
        assert_eq!(epochs.epoch_of(19), Some(2));
        assert_eq!(epochs.epoch_of(99), Some(4));
    }
}
