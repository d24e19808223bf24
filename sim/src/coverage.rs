//! What must sometimes happen: points that a campaign of some hundred seeds ought to reach.
//!
//! A green run that explored nothing proves nothing. Each point is hit from what really happened (an
//! observation of a node, a counter of a disk, an answer to a client), never from what was planned.

use core::fmt;

macro_rules! points {
    ($($(#[doc = $doc:literal])+ $name:ident = $slug:literal,)+) => {
        /// Something that must sometimes happen.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Point {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Point {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// The name in reports.
            pub fn slug(self) -> &'static str {
                match self { $(Self::$name => $slug,)+ }
            }
        }
    };
}

points! {
    /// A process was killed.
    Crash = "crash",
    /// The power went.
    PowerLoss = "power-loss",
    /// The power went on all machines of a cluster at once.
    PowerLossOfAll = "power-loss-of-all",
    /// The power went while something was not synced.
    UnsyncedLoss = "power-loss-with-unsynced-data",
    /// A file showed a state after a power loss that it never had before.
    TornFile = "torn-file",
    /// A creation, rename or removal was undone by a power loss.
    NameUndone = "name-undone",
    /// Only a core of the cluster was healed.
    CoreHealed = "core-healed",
    /// The core had partitions to serve, and served them.
    CoreServes = "core-serves",
    /// Somebody else than before leads a partition.
    Failover = "failover",
    /// The controller has called an election unclean.
    UncleanElection = "unclean-election",
    /// The last known leader was elected, because nobody was in sync or eligible.
    LastKnownElected = "last-known-leader-elected",
    /// A follower has cut its log because its leader has another history.
    LogTruncated = "log-truncated",
    /// A record acknowledged with acks=1 was not on the replica that was elected.
    LostByFailover = "lost-by-failover",
    /// A record acknowledged under `written` was lost with the power of too many replicas.
    LostByPower = "lost-by-power",
    /// A record acknowledged with acks=1 was lost with its leader's disk.
    LostWithDisk = "lost-with-disk",
    /// An acknowledged record was lost by an unclean election.
    LostByUncleanElection = "lost-by-unclean-election",
    /// Recovery found bytes at the end of a log that were no whole batches.
    TornTail = "torn-tail-cut",
    /// A node was killed before it was ready.
    CrashInRecovery = "crash-in-recovery",
    /// A node lost power before it was ready.
    PowerLossInRecovery = "power-loss-in-recovery",
    /// A node started after an orderly stop.
    CleanStart = "clean-start",
    /// A node started after anything else.
    UncleanStart = "unclean-start",
    /// A node was stopped in good order.
    OrderlyStop = "orderly-stop",
    /// A node stood still for a while.
    Pause = "pause",
    /// A node was slow for a while.
    SlowNode = "slow-node",
    /// A wall clock jumped forward.
    ClockForward = "clock-jump-forward",
    /// A wall clock jumped back.
    ClockBack = "clock-jump-back",
    /// A connection was reset.
    Reset = "connection-reset",
    /// A frame was lost with its connection.
    LostFrame = "frame-lost-in-flight",
    /// A reply was lost with its connection.
    LostReply = "reply-lost-in-flight",
    /// One end of a connection did not notice that the other was gone.
    HalfOpen = "half-open-connection",
    /// A node was answered by another one.
    PeerAnswered = "node-answered-by-node",
    /// A client learned that somebody else leads a partition.
    LeaderMoved = "leader-moved",
    /// A node lost its connection to another one.
    PeerLost = "connection-between-nodes-lost",
    /// A connection stalled.
    Stall = "connection-stall",
    /// A request was executed after its client had given it up.
    GhostRequest = "ghost-request",
    /// A commit that its client had given up was executed behind newer ones.
    GhostCommit = "ghost-commit",
    /// A coordinator that had not heard of its successor has told an offset from before.
    StaleOffset = "stale-offset-read",
    /// A transaction of the old protocol was ended by a marker of the one before, which its coordinator had given up.
    GhostMarker = "ghost-marker",
    /// A read failed.
    ReadError = "disk-read-error",
    /// A write failed.
    WriteError = "disk-write-error",
    /// A sync failed.
    SyncError = "disk-sync-error",
    /// A disk was full.
    NoSpace = "disk-full",
    /// A disk was slow for a while.
    SlowDisk = "slow-disk",
    /// A log directory was given up by its node.
    LogDirFailed = "log-dir-failed",
    /// A segment was closed and a new one begun.
    SegmentRolled = "segment-rolled",
    /// An operator has told a partition to have other replicas.
    ReassignmentBegun = "reassignment-begun",
    /// An operator has asked for preferred leaders and got some.
    PreferredElected = "preferred-leader-elected",
    /// An operator has changed a setting of a topic.
    SettingAltered = "setting-altered",
    /// Retention by time removed records.
    RetentionTime = "retention-by-time",
    /// Retention by size removed records.
    RetentionSize = "retention-by-size",
    /// `DeleteRecords` removed records.
    RecordsDeleted = "records-deleted",
    /// A batch that had been appended was sent again.
    Retried = "batch-sent-again",
    /// A repeated batch was answered with its first offset.
    DuplicateAnswered = "duplicate-answered",
    /// A producer lost its place and began anew.
    ProducerReset = "producer-began-anew",
    /// A fetch read from the disk what was not in memory any more.
    ColdRead = "cold-read",
    /// A fetch session was evicted or forgotten.
    SessionLost = "fetch-session-lost",
    /// A metadata snapshot was written.
    MetadataSnapshot = "metadata-snapshot",
    /// A topic was deleted.
    TopicDeleted = "topic-deleted",
    /// A consumer had to begin again at another offset.
    OffsetOutOfRange = "offset-out-of-range",
    /// A committed offset was read back after a restart.
    CommitSurvived = "commit-read-back-after-restart",
    /// A producer was told that its transaction is committed.
    TransactionCommitted = "transaction-committed",
    /// A producer was told that its transaction is aborted.
    TransactionAborted = "transaction-aborted",
    /// A transaction was open for too long, and was aborted.
    TransactionTimedOut = "transaction-timed-out",
    /// The end of a transaction was asked for again, because the answer was lost.
    EndOfTransactionRepeated = "end-of-transaction-repeated",
    /// A member of a group was given its partitions.
    PartitionsAssigned = "partitions-assigned",
    /// A group was rebalanced.
    GroupRebalanced = "group-rebalanced",
    /// A member of a group was removed because it was silent.
    MemberExpired = "member-expired",
    /// An idle connection was closed by its node.
    IdleClosed = "idle-connection-closed",
    /// A node refused to start on a damaged directory.
    Refused = "start-refused",
    /// Damage at rest was done to a disk.
    Damage = "damage-at-rest",
    /// Damaged records were noticed by whoever read them.
    DamageNoticed = "damage-noticed",
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.slug())
    }
}

/// How often each point was hit. Merging is addition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coverage(Vec<u64>);

impl Default for Coverage {
    fn default() -> Self {
        Self(vec![0; Point::ALL.len()])
    }
}

impl Coverage {
    /// It has happened.
    pub fn hit(&mut self, point: Point) {
        self.add(point, 1);
    }

    /// It has happened so many times.
    pub fn add(&mut self, point: Point, times: u64) {
        self.0[point as usize] += times;
    }

    /// How often it has happened.
    pub fn count(&self, point: Point) -> u64 {
        self.0[point as usize]
    }

    /// Adds what another run has reached.
    pub fn merge(&mut self, other: &Self) {
        for (count, more) in self.0.iter_mut().zip(&other.0) {
            *count += more;
        }
    }

    /// Points that were never hit.
    pub fn never(&self) -> impl Iterator<Item = Point> + '_ {
        Point::ALL.iter().copied().filter(|point| self.count(*point) == 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_counted_apart_and_merged_by_addition() {
        let mut coverage = Coverage::default();
        coverage.hit(Point::Crash);
        let mut other = Coverage::default();
        other.add(Point::Crash, 2);
        other.hit(Point::DamageNoticed);
        coverage.merge(&other);
        assert_eq!(coverage.count(Point::Crash), 3);
        assert_eq!(coverage.count(Point::DamageNoticed), 1);
        assert_eq!(coverage.never().count(), Point::ALL.len() - 2);
    }

    #[test]
    fn no_two_points_have_one_name() {
        let slugs: std::collections::BTreeSet<&str> = Point::ALL.iter().map(|point| point.slug()).collect();
        assert_eq!(slugs.len(), Point::ALL.len());
    }
}
