//! Deadlines of the node, one ordered set.

use alloc::collections::{BTreeMap, BTreeSet};

use crate::connection::Ticket;
use crate::disk::DirIndex;
use crate::edge::Channel;
use crate::time::Timestamp;
use crate::types::{BrokerId, TopicIdPartition};
use klamm_wire::Str;

/// Everything that can fall due. Armed at most once each: arming again moves it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Timer {
    /// When to answer a parked produce or fetch with what there is.
    Request(Ticket),
    /// When to give up waiting for another node.
    Channel(Channel),
    /// When to ask the leader on this broker for records again.
    Fetcher(BrokerId),
    /// When to look for members of ISRs that lag.
    IsrShrink,
    /// When to pass on again what clients want of the controller.
    Forward,
    /// When to ask the controller again to record ISRs.
    AlterPartition,
    /// When to look for idle connections.
    IdleConnections,
    /// When to write the checkpoints of a log directory.
    Checkpoint(DirIndex),
    /// When to look for segments that retention removes, and for segments to roll by age.
    Retention,
    /// When to remove files that were renamed away.
    DeleteFiles(TopicIdPartition),
    /// When to forget producers that have been silent.
    ProducerExpiry,
    /// When a member of a group is late: `(shard, group, member)`.
    GroupMember(i32, Str, Str),
    /// When to end the waiting of a group's rebalance: `(shard, group)`.
    GroupRebalance(i32, Str),
    /// When to look for offsets that have outlived their retention: the shard.
    OffsetExpiry(i32),
    /// When to look for transactions that take longer than their producers allow: the shard.
    TransactionTimeouts(i32),
    /// When to look for transactional ids that nobody has used for long: the shard.
    TransactionalIds(i32),
    /// When to try again to have markers written.
    Markers,
    /// When to ask a coordinator again whether a transaction has begun.
    Verification,
    /// When to tell those who wait for the offsets topic that it is not there.
    OffsetsTopic,
    /// When to write a metadata snapshot at the latest.
    MetadataSnapshot,
    /// When the broker says again that it lives, or tries again to register.
    Lifecycle,
    /// When the metadata quorum has to look: for an election, a leader or a majority that does not come, a request to
    /// repeat, a fetch to answer with nothing.
    Quorum,
    /// When the active controller has something to do that nobody asks for.
    Controller(ControllerTimer),
}

/// What the active controller does by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum ControllerTimer {
    /// When to fence a broker that has been silent for its session.
    Sessions,
    /// When to give leaderships back to the preferred replicas.
    PreferredLeaders,
    /// When to look for partitions without a leader that may have one at the price of lost records.
    UncleanElections,
    /// When to write a record although nothing happens.
    Idle,
}

impl ControllerTimer {
    /// All of them.
    pub(crate) const ALL: [Self; 4] =
        [Self::Sessions, Self::PreferredLeaders, Self::UncleanElections, Self::Idle];
}

/// Armed timers, ordered by deadline.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Timers {
    by_deadline: BTreeSet<(Timestamp, Timer)>,
    deadline_of: BTreeMap<Timer, Timestamp>,
}

impl Timers {
    /// Lets `timer` fall due at `at`, replacing an earlier deadline of the same timer.
    pub(crate) fn arm(&mut self, timer: Timer, at: Timestamp) {
        self.cancel(&timer);
        self.deadline_of.insert(timer.clone(), at);
        self.by_deadline.insert((at, timer));
    }

    /// Forgets `timer`; fine if it is not armed.
    pub(crate) fn cancel(&mut self, timer: &Timer) {
        if let Some(at) = self.deadline_of.remove(timer) {
            let removed = self.by_deadline.remove(&(at, timer.clone()));
            assert!(removed, "an armed timer stands in both tables");
        }
    }

    /// The earliest deadline.
    pub(crate) fn next(&self) -> Option<Timestamp> {
        self.by_deadline.first().map(|(at, _)| *at)
    }

    /// Takes one timer that is due, earliest first.
    pub(crate) fn pop_due(&mut self, now: Timestamp) -> Option<Timer> {
        if self.next()? > now {
            return None;
        }
        let (_, timer) = self.by_deadline.pop_first().expect("there is a next one");
        self.deadline_of.remove(&timer);
        Some(timer)
    }
}
