//! The leader of the quorum.

use crate::types::{LeaderEpoch, Offset};

/// The state of one leadership.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Leader {
    pub(crate) epoch: LeaderEpoch,
    /// Where the LeaderChange record of the epoch stands, once it is appended.
    epoch_start_offset: Option<Offset>,
    /// What is committed. Unknown until a record of the own epoch is.
    committed: Option<Offset>,
}

impl Leader {
    pub(crate) fn new(epoch: LeaderEpoch) -> Self {
        Self { epoch, epoch_start_offset: None, committed: None }
    }

    /// The first record of the epoch was appended.
    pub(crate) fn begin(&mut self, epoch_start_offset: Offset) {
        assert!(self.epoch_start_offset.is_none(), "an epoch begins once");
        self.epoch_start_offset = Some(epoch_start_offset);
    }

    /// Takes note of what the log holds durably; whether that commits anything new.
    ///
    /// Nothing is committed before a record of the own epoch is: what an earlier leader wrote could else be
    /// lost by a voter that does not have it (Raft, section 5.4.2).
    pub(crate) fn advance(&mut self, high_watermark: Offset) -> bool {
        let Some(start) = self.epoch_start_offset else { return false };
        if high_watermark <= start || self.committed.is_some_and(|committed| committed >= high_watermark) {
            return false;
        }
        self.committed = Some(high_watermark);
        true
    }

    /// Exclusive. `None` until a record of the own epoch is committed.
    pub(crate) fn committed(&self) -> Option<Offset> {
        self.committed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: no record of an earlier epoch is committed alone. Source: Raft, section 5.4.2; KIP-595.
    #[test]
    fn nothing_is_committed_before_a_record_of_the_own_epoch() {
        let mut leader = Leader::new(4);
        assert!(!leader.advance(10), "the epoch has not begun in the log");
        leader.begin(10);
        assert!(!leader.advance(10));
        assert_eq!(leader.committed(), None);
        assert!(leader.advance(11));
        assert_eq!(leader.committed(), Some(11));
        assert!(!leader.advance(11) && !leader.advance(5), "what is committed stays");
        assert_eq!(leader.committed(), Some(11));
    }
}
