//! The leader of the quorum.

use crate::types::{LeaderEpoch, Offset};

/// The state of one leadership.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Leader {
    pub(crate) epoch: LeaderEpoch,
    /// Where the LeaderChange record of the epoch stands, once it is appended.
    epoch_start_offset: Option<Offset>,
    is_active: bool,
}

impl Leader {
    pub(crate) fn new(epoch: LeaderEpoch) -> Self {
        Self { epoch, epoch_start_offset: None, is_active: false }
    }

    /// Whether a record of the epoch is committed.
    pub(crate) fn is_active(&self) -> bool {
        self.is_active
    }

    /// Where the first record of the epoch stands.
    pub(crate) fn epoch_start_offset(&self) -> Option<Offset> {
        self.epoch_start_offset
    }

    /// The first record of the epoch was appended.
    pub(crate) fn begin(&mut self, epoch_start_offset: Offset) {
        assert!(self.epoch_start_offset.is_none(), "an epoch begins once");
        self.epoch_start_offset = Some(epoch_start_offset);
    }

    /// Takes note of the high watermark; whether the leader has become active by it.
    ///
    /// Nothing is committed before a record of the own epoch is: what an earlier leader wrote could else be
    /// lost by a voter that does not have it (Raft, section 5.4.2).
    pub(crate) fn advance(&mut self, high_watermark: Offset) -> bool {
        let begun = self.epoch_start_offset.is_some_and(|start| high_watermark > start);
        let becomes_active = begun && !self.is_active;
        self.is_active |= begun;
        becomes_active
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
        assert!(!leader.advance(10) && !leader.is_active());
        assert!(leader.advance(11) && leader.is_active());
        assert!(!leader.advance(12), "it becomes active once");
        assert!(leader.is_active());
    }
}
