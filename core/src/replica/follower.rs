//! A follower of a partition: whom it follows, and what it does with what it is told.

use crate::types::{BrokerId, LeaderEpoch, Offset};

/// The state of one followership.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Follower {
    /// `None` while nobody leads.
    pub(crate) leader: Option<BrokerId>,
    pub(crate) epoch: LeaderEpoch,
    pub(crate) partition_epoch: i32,
    /// A cut of the log, or a new beginning, has been decided and is not done.
    pub(crate) truncating: bool,
}

/// Where a follower cuts its log, told that the leader's history ends at `(epoch, end_offset)` for what the two may
/// share: at the end of that epoch on both sides, or of the follower's next lower epoch if it does not know that one.
///
/// `own` is the follower's own `(epoch, end offset)` for the leader's epoch.
///
/// Source: KIP-101, KIP-279. Kafka: `AbstractFetcherThread.getOffsetTruncationState`.
pub(crate) fn truncation_offset(
    leader: (LeaderEpoch, Offset),
    own: (LeaderEpoch, Offset),
    log_end_offset: Offset,
) -> Offset {
    let (leader_epoch, leader_end) = leader;
    let (own_epoch, own_end) = own;
    // (-1, -1): nothing is known of the past; the follower's history is the leader's as far as both go.
    if own_epoch < 0 || leader_epoch < 0 {
        return leader_end.max(0).min(log_end_offset);
    }
    if own_epoch == leader_epoch {
        return leader_end.min(own_end).min(log_end_offset);
    }
    // An epoch the follower does not have: what it holds ends with the epoch before; the next fetch says more.
    own_end.min(log_end_offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: a follower keeps what both share and nothing else. Source: the cases of KIP-279.
    #[test]
    fn a_follower_cuts_where_the_histories_part() {
        assert_eq!(truncation_offset((3, 20), (3, 25), 30), 20, "the leader has less of the epoch");
        assert_eq!(truncation_offset((3, 20), (3, 15), 30), 15, "the follower has less of it");
        assert_eq!(truncation_offset((3, 20), (2, 12), 30), 12, "an epoch the follower has not");
        assert_eq!(truncation_offset((3, 40), (3, 35), 30), 30);
        assert_eq!(truncation_offset((-1, -1), (3, 15), 30), 0, "a leader without any history");
    }
}
