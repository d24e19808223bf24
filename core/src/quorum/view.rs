//! What the quorum knows of the metadata log, which is not its own: facts, at the moment a verb is called.

use super::snapshot::SnapshotId;
use super::snapshots::Snapshots;
use crate::log::{LeaderEpochs, Log};
use crate::types::{LeaderEpoch, Offset};

/// An offset, and the epoch of the record before it. Histories with the same are the same up to there.
///
/// Ordered as elections compare logs: by epoch first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Position {
    /// 0 where there is no record.
    pub(crate) epoch: LeaderEpoch,
    pub(crate) offset: Offset,
}

/// The metadata log as it is now.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LogView<'a> {
    pub(crate) log_start_offset: Offset,
    pub(crate) log_end_offset: Offset,
    /// Everything below is synced.
    pub(crate) recovery_point: Offset,
    pub(crate) epochs: &'a LeaderEpochs,
}

/// What a leader says to a follower that stands at a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Validity {
    /// The histories are the same so far: what follows can be read.
    Valid,
    /// They part at or below this position.
    Diverging(Position),
    /// What the follower needs is not in the log any more.
    Snapshot(SnapshotId),
}

impl<'a> LogView<'a> {
    pub(crate) fn of(log: &'a Log) -> Self {
        Self {
            log_start_offset: log.log_start_offset(),
            log_end_offset: log.log_end_offset(),
            recovery_point: log.recovery_point(),
            epochs: log.epochs(),
        }
    }

    /// Whether all of it survives a power loss.
    pub(crate) fn is_synced(&self) -> bool {
        self.recovery_point >= self.log_end_offset
    }

    /// Where the log ends. The epoch is that of the last record and not of a leadership that has begun here and has written
    /// nothing: a restart finds such an epoch in the checkpoint, and nobody else has heard of it.
    pub(crate) fn end(&self, snapshots: &Snapshots) -> Position {
        let offset = self.log_end_offset;
        let of_record = self.epochs.epoch_of(offset - 1).filter(|_| offset > self.log_start_offset);
        let epoch = of_record.or_else(|| snapshots.epoch_before(offset));
        Position { epoch: epoch.unwrap_or(0), offset }
    }

    /// Whether the log goes on where the snapshot ends: its records are those that the snapshot was made of.
    pub(crate) fn continues(&self, id: SnapshotId) -> bool {
        let Self { log_start_offset: start, log_end_offset: end, .. } = *self;
        if id.end == start {
            return end == start || self.epochs.epoch_of(start).is_some_and(|epoch| epoch >= id.epoch);
        }
        (start..=end).contains(&id.end) && self.epochs.epoch_of(id.end - 1) == Some(id.epoch)
    }

    /// What to say to a follower whose log ends at `position`.
    ///
    /// Source: KIP-595, KIP-630. Kafka: `RaftLog.validateOffsetAndEpoch`, and the shortcut for empty logs in
    /// `KafkaRaftClient.tryCompleteFetchRequest`. Klamm's log may begin below its oldest snapshot, so it looks into the
    /// log first.
    pub(crate) fn validate(&self, snapshots: &Snapshots, position: Position) -> Validity {
        let Position { epoch, offset } = position;
        let by_snapshot = snapshots.newest_to_give().map(Validity::Snapshot);
        if offset == 0
            && let Some(snapshot) = by_snapshot
        {
            return snapshot;
        }
        if offset <= self.log_start_offset {
            let follows = offset == self.log_start_offset
                && (offset == 0 || snapshots.epoch_before(offset) == Some(epoch));
            return match by_snapshot.filter(|_| !follows) {
                Some(snapshot) => snapshot,
                None => Validity::Valid,
            };
        }
        let end = match self.epochs.end_offset_for(epoch, self.log_end_offset) {
            (-1, _) => self.end(snapshots),
            (epoch, offset) => Position { epoch, offset },
        };
        if end.epoch == epoch && offset <= end.offset { Validity::Valid } else { Validity::Diverging(end) }
    }

    /// Where a follower cuts its log that is told that the histories part at or below `leader`.
    ///
    /// Source: KIP-595. Kafka: `RaftLog.truncateToEndOffset`.
    pub(crate) fn truncation(&self, leader: Position) -> Offset {
        let own = self.epochs.end_offset_for(leader.epoch, self.log_end_offset);
        let offset = match own {
            (-1, _) => leader.offset,
            (epoch, end) if epoch == leader.epoch => end.min(leader.offset),
            // An epoch this log has not: what it holds ends with the epoch before; the next fetch says more.
            (_, end) => end,
        };
        offset.min(self.log_end_offset)
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;
    use crate::disk::DirEntry;
    use crate::log::EpochStart;

    fn epochs(starts: &[(LeaderEpoch, Offset)]) -> LeaderEpochs {
        let starts = starts
            .iter()
            .map(|(epoch, start_offset)| EpochStart { epoch: *epoch, start_offset: *start_offset });
        LeaderEpochs::from_entries(starts.collect()).expect("ascending")
    }

    fn view(epochs: &LeaderEpochs, start: Offset, end: Offset) -> LogView<'_> {
        LogView { log_start_offset: start, log_end_offset: end, recovery_point: end, epochs }
    }

    fn snapshots(ids: &[(Offset, LeaderEpoch)]) -> Snapshots {
        let entry = |(end, epoch): &(Offset, LeaderEpoch)| DirEntry {
            name: SnapshotId { end: *end, epoch: *epoch }.file_name().as_str().into(),
            is_dir: false,
            length: 1,
        };
        Snapshots::of_entries(&ids.iter().map(entry).collect::<Vec<_>>())
    }

    const fn at(offset: Offset, epoch: LeaderEpoch) -> Position {
        Position { epoch, offset }
    }

    /// Goal: the newer epoch wins, whatever the lengths. Source: Raft, section 5.4.1.
    #[test]
    fn logs_are_compared_by_epoch_before_length() {
        assert!(at(3, 5) > at(9, 4) && at(9, 4) > at(8, 4));
    }

    /// Goal: an epoch that was begun and left no record is no claim to a newer log, nor a reason to diverge.
    #[test]
    fn an_epoch_without_records_does_not_count() {
        let epochs = epochs(&[(1, 0), (6, 12)]);
        assert_eq!(view(&epochs, 0, 12).end(&Snapshots::default()), at(12, 1));
        assert_eq!(view(&epochs, 0, 13).end(&Snapshots::default()), at(13, 6));
    }

    /// Goal: a log that begins behind a snapshot ends with the snapshot's epoch.
    #[test]
    fn an_empty_log_ends_where_its_snapshot_does() {
        let none = LeaderEpochs::default();
        assert_eq!(view(&none, 50, 50).end(&snapshots(&[(50, 3)])), at(50, 3));
        assert_eq!(view(&none, 0, 0).end(&Snapshots::default()), at(0, 0));
    }

    /// Goal: a follower reads on only behind what both have. Source: the cases of KIP-595 and KIP-630.
    #[test]
    fn a_follower_is_told_where_its_history_parts() {
        use Validity::{Diverging, Snapshot, Valid};
        let epochs = epochs(&[(2, 10), (4, 20), (7, 35)]);
        let (none, two) = (Snapshots::default(), snapshots(&[(10, 1), (30, 4)]));
        let newest = SnapshotId { end: 30, epoch: 4 };
        let log = view(&epochs, 10, 50);
        assert_eq!(log.validate(&two, at(50, 7)), Valid);
        assert_eq!(log.validate(&two, at(35, 4)), Valid);
        assert_eq!(log.validate(&two, at(51, 7)), Diverging(at(50, 7)), "ahead of the leader");
        assert_eq!(log.validate(&two, at(36, 4)), Diverging(at(35, 4)), "more of an epoch than the leader");
        assert_eq!(log.validate(&two, at(36, 5)), Diverging(at(35, 4)), "an epoch the leader has not");
        assert_eq!(log.validate(&two, at(36, 9)), Diverging(at(50, 7)), "an epoch above all");
        assert_eq!(log.validate(&two, at(12, 1)), Diverging(at(10, 1)), "an epoch below all");
        assert_eq!(log.validate(&two, at(10, 1)), Valid, "as the oldest snapshot ends");
        assert_eq!(log.validate(&two, at(10, 0)), Snapshot(newest));
        assert_eq!(log.validate(&two, at(9, 1)), Snapshot(newest));
        assert_eq!(log.validate(&two, at(0, 0)), Snapshot(newest));
        let whole = view(&epochs, 0, 50);
        assert_eq!(whole.validate(&none, at(0, 0)), Valid);
        assert_eq!(whole.validate(&two, at(0, 0)), Snapshot(newest), "faster than the log from its start");
    }

    /// Goal: a follower keeps what both share and nothing else. Source: KIP-279, KIP-595.
    #[test]
    fn a_follower_cuts_where_the_histories_part() {
        let epochs = epochs(&[(2, 10), (4, 20), (7, 35)]);
        let log = view(&epochs, 10, 50);
        assert_eq!(log.truncation(at(25, 4)), 25, "the leader has less of the epoch");
        assert_eq!(log.truncation(at(40, 4)), 35, "the follower has less of it");
        assert_eq!(log.truncation(at(40, 5)), 35, "an epoch the follower has not: where the one before ends");
        assert_eq!(log.truncation(at(99, 7)), 50);
    }

    /// Goal: a log that parts from a snapshot, or does not reach it, is told from one that goes on behind it.
    #[test]
    fn a_log_continues_its_snapshot_or_does_not() {
        let epochs = epochs(&[(2, 0), (4, 20)]);
        let log = view(&epochs, 0, 30);
        assert!(log.continues(SnapshotId { end: 30, epoch: 4 }));
        assert!(log.continues(SnapshotId { end: 20, epoch: 2 }));
        assert!(!log.continues(SnapshotId { end: 20, epoch: 3 }), "another history");
        assert!(!log.continues(SnapshotId { end: 31, epoch: 4 }), "the log ends below");
        assert!(!view(&epochs, 25, 30).continues(SnapshotId { end: 20, epoch: 2 }), "the log begins above");
        assert!(view(&epochs, 20, 30).continues(SnapshotId { end: 20, epoch: 3 }));
    }
}
