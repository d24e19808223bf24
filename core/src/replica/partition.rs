//! One partition: what this node is for it, over its log.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use bytes::Bytes;
use klamm_wire::ErrorCode;
use klamm_wire::messages::alter_partition_response::PartitionData;

use crate::config::{Config, TopicConfig};
use crate::connection::Ticket;
use crate::cx::Cx;
use crate::disk::{DirIndex, DiskDone, DiskError, DiskOp};
use crate::event::{Event, LogStartCause};
use crate::flaw::Flaw;
use crate::image::PartitionState;
use crate::log::{Log, LogEvent, LogName, Opening};
use crate::replica::follower::Follower;
use crate::replica::leader::{Altered, Leader};
use crate::replica::transactions::Verifications;
use crate::types::{LeaderEpoch, Offset, TopicIdPartition, TopicPartition};

/// What this node is for a partition.
///
/// | from | to | when |
/// |---|---|---|
/// | Idle | Leader, Follower | the log is open and metadata says so |
/// | Leader | Leader | a newer leader epoch, still this node |
/// | Leader | Follower | a newer leader epoch of somebody else, or of nobody |
/// | Follower | Follower | a newer leader epoch, whoever leads |
/// | Follower | Leader | a newer leader epoch of this node |
/// | Idle | Quorum | the partition is the metadata log: the quorum decides |
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Nothing is known yet.
    Idle,
    Leader(alloc::boxed::Box<Leader>),
    Follower(Follower),
    /// Led in this epoch, or by somebody else. What is committed is decided by the quorum.
    Quorum(Option<LeaderEpoch>),
}

/// A partition this node holds a replica of.
///
/// - The high watermark never decreases while this replica leads an epoch, and never passes what the flush
///   policy counts as held.
/// - Nothing is read by clients at or above the high watermark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Partition {
    pub(crate) name: TopicPartition,
    pub(crate) id: TopicIdPartition,
    /// The log directory it lies in.
    pub(crate) dir: DirIndex,
    pub(crate) config: TopicConfig,
    pub(crate) log: Log,
    role: Role,
    high_watermark: Offset,
    /// Requests that wait for the high watermark to reach an offset.
    committed_waiters: BTreeMap<Offset, Vec<Ticket>>,
    /// Requests that wait until this node alone holds everything below an offset.
    held_waiters: BTreeMap<Offset, Vec<Ticket>>,
    /// Fetches of clients that wait for the high watermark to move at all.
    fetch_waiters: BTreeSet<Ticket>,
    /// Fetches of followers that wait for the log to grow.
    follower_waiters: BTreeSet<Ticket>,
    /// Requests that wait for the disk to bring records or indexes.
    disk_waiters: BTreeSet<Ticket>,
    /// Requests that wait for followers to raise the starts of their logs.
    deletion_waiters: BTreeSet<Ticket>,
    /// As they were when waiting fetches were looked at last.
    seen: Seen,
    /// What this leader asks the coordinator of transactions.
    pub(super) verifications: Verifications,
}

/// Marks that fetches wait for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Seen {
    high_watermark: Offset,
    log_end_offset: Offset,
}

/// What a completion of the disk means for those around the partition.
#[derive(Debug, Default)]
pub(crate) struct Woken {
    pub(crate) opened: bool,
    pub(crate) truncated: bool,
    /// What this node holds has moved.
    pub(crate) held: bool,
    pub(crate) readable: bool,
    pub(crate) closed: bool,
    /// The directory of a deleted log has its new name.
    pub(crate) renamed: bool,
    pub(crate) deleted: bool,
    pub(crate) failed: Option<DiskError>,
    /// Where the log ends, and where it would have to end at least.
    pub(crate) short: Option<(Offset, Offset)>,
}

impl Partition {
    /// A replica whose directory does not exist yet.
    pub(crate) fn create(cx: &mut Cx<'_>, name: LogName, config: TopicConfig) -> Self {
        let log = Log::create(cx, name.clone(), config.clone());
        Self::with_log(name, config, log, 0)
    }

    /// A replica whose directory exists. `high_watermark` is what it was at some time, or 0.
    pub(crate) fn open(
        cx: &mut Cx<'_>,
        name: LogName,
        config: TopicConfig,
        opening: Opening,
        high_watermark: Offset,
    ) -> Self {
        let log = Log::open(cx, name.clone(), config.clone(), opening);
        Self::with_log(name, config, log, high_watermark)
    }

    fn with_log(name: LogName, config: TopicConfig, log: Log, high_watermark: Offset) -> Self {
        Self {
            name: name.partition,
            id: name.id,
            dir: name.dir,
            config,
            log,
            role: Role::Idle,
            high_watermark,
            committed_waiters: BTreeMap::new(),
            held_waiters: BTreeMap::new(),
            fetch_waiters: BTreeSet::new(),
            follower_waiters: BTreeSet::new(),
            disk_waiters: BTreeSet::new(),
            deletion_waiters: BTreeSet::new(),
            seen: Seen::default(),
            verifications: Verifications::default(),
        }
    }

    /// The leader's state, if this node leads.
    pub(crate) fn leader(&self) -> Option<&Leader> {
        match &self.role {
            Role::Leader(leader) => Some(leader),
            _ => None,
        }
    }

    pub(crate) fn leader_mut(&mut self) -> Option<&mut Leader> {
        match &mut self.role {
            Role::Leader(leader) => Some(leader),
            _ => None,
        }
    }

    /// The follower's state, if this node follows.
    pub(crate) fn follower(&self) -> Option<&Follower> {
        match &self.role {
            Role::Follower(follower) => Some(follower),
            _ => None,
        }
    }

    /// The epoch this node leads the partition in.
    pub(crate) fn leadership(&self) -> Option<LeaderEpoch> {
        let epoch = match &self.role {
            Role::Leader(leader) => Some(leader.epoch()),
            Role::Quorum(epoch) => *epoch,
            Role::Idle | Role::Follower(_) => None,
        };
        epoch.filter(|_| self.log.is_open())
    }

    /// The newest leader epoch this node has heard of; -1 for none.
    pub(crate) fn known_epoch(&self) -> LeaderEpoch {
        match &self.role {
            Role::Idle => -1,
            Role::Leader(leader) => leader.epoch(),
            Role::Follower(follower) => follower.epoch,
            Role::Quorum(epoch) => epoch.unwrap_or(-1),
        }
    }

    /// Exclusive upper bound of what clients read.
    pub(crate) fn high_watermark(&self) -> Offset {
        self.high_watermark
    }

    /// Exclusive upper bound for `read_committed`: below it every transaction has ended, and its marker is committed.
    ///
    /// Source: KIP-98. Kafka: `UnifiedLog.lastStableOffset`.
    pub(crate) fn last_stable_offset(&self) -> Offset {
        let unstable = self.log.producers().first_unstable_offset(self.high_watermark);
        let end = unstable.map_or(self.high_watermark, |unstable| unstable.min(self.high_watermark));
        // Records of an open transaction may be deleted; what is left begins at the log's start.
        end.max(self.log.log_start_offset().min(self.high_watermark))
    }

    /// Exclusive upper bound of what consumers are given that read only what is committed.
    pub(crate) fn stable_visible_end(&self, config: &Config) -> Offset {
        let end = self.last_stable_offset();
        if config.has_flaw(Flaw::LsoOffByOne) { self.high_watermark.min(end + 1) } else { end }
    }

    /// Exclusive upper bound of what consumers are given.
    pub(crate) fn visible_end(&self, config: &Config) -> Offset {
        if config.has_flaw(Flaw::VisibleBeyondCommitted) {
            return self.log.log_end_offset();
        }
        self.high_watermark
    }

    /// Which of its proposals waits for the controller: the epochs it was made in.
    pub(crate) fn proposed(&self) -> Option<(LeaderEpoch, i32)> {
        let leader = self.leader()?;
        Some((leader.epoch(), leader.proposal()?.partition_epoch))
    }

    /// Whether the high watermark has reached this leader's epoch. Before, it may lie below what clients were told by
    /// the leader before (KIP-207).
    pub(crate) fn is_high_watermark_current(&self) -> bool {
        self.leader().is_none_or(|leader| self.high_watermark >= leader.epoch_start_offset())
    }

    /// Whether fewer replicas are in sync than a produce with acks=all needs.
    pub(crate) fn is_under_min_isr(&self) -> bool {
        let min = self.config.min_insync_replicas;
        self.leader().is_some_and(|leader| leader.isr().len() < leader.effective_min_isr(min))
    }

    /// Leads the metadata log in this epoch.
    pub(crate) fn lead_quorum(&mut self, cx: &mut Cx<'_>, epoch: LeaderEpoch) {
        assert!(self.log.is_open(), "{}: only an open log can be led", self.name);
        assert!(matches!(self.role, Role::Idle | Role::Quorum(_)), "{}: the quorum decides", self.name);
        self.role = Role::Quorum(Some(epoch));
        self.log.begin_epoch(cx, epoch);
        cx.observe(self.elected(epoch));
    }

    fn elected(&self, leader_epoch: LeaderEpoch) -> Event {
        let (partition, high_watermark) = (self.name.clone(), self.high_watermark);
        Event::LeaderElected { partition, leader_epoch, high_watermark }
    }

    /// Somebody else leads the metadata log, or nobody.
    pub(crate) fn end_quorum_leadership(&mut self) {
        if let Role::Quorum(epoch) = &mut self.role {
            *epoch = None;
        }
    }

    /// Leads from now on, as the controller has recorded it, or takes over what has changed. The log is open.
    ///
    /// Returns whether an epoch of this node's leadership has begun.
    pub(crate) fn become_leader(&mut self, cx: &mut Cx<'_>, state: PartitionState) -> bool {
        assert!(self.log.is_open(), "{}: only an open log can be led", self.name);
        let epoch = state.leader_epoch;
        assert!(epoch >= self.known_epoch(), "{}: leader epochs never go back", self.name);
        if let Role::Leader(leader) = &mut self.role
            && leader.epoch() == epoch
        {
            leader.on_state(cx, state);
            self.maybe_advance_high_watermark(cx);
            self.check();
            return false;
        }
        self.verifications.forget_all();
        self.log.begin_epoch(cx, epoch);
        let leader = Leader::new(cx, state, self.log.log_end_offset());
        self.role = Role::Leader(leader.into());
        cx.observe(self.elected(epoch));
        self.maybe_advance_high_watermark(cx);
        self.check();
        true
    }

    /// The controller has answered this leader's proposal.
    pub(crate) fn on_altered(&mut self, cx: &mut Cx<'_>, answer: &PartitionData) -> Altered {
        let Role::Leader(leader) = &mut self.role else { return Altered::Settled };
        let altered = leader.on_altered(cx, answer);
        self.maybe_advance_high_watermark(cx);
        self.check();
        altered
    }

    /// Follows from now on. Returns whether this is another leader or epoch than before.
    pub(crate) fn become_follower(&mut self, cx: &mut Cx<'_>, state: &PartitionState) -> bool {
        let epoch = state.leader_epoch;
        assert!(epoch >= self.known_epoch(), "{}: leader epochs never go back", self.name);
        if let Role::Follower(follower) = &mut self.role
            && follower.epoch == epoch
        {
            follower.partition_epoch = state.partition_epoch;
            return false;
        }
        let truncating = matches!(&self.role, Role::Follower(follower) if follower.truncating);
        self.verifications.forget_all();
        let (leader, partition_epoch) = (state.leader, state.partition_epoch);
        self.role = Role::Follower(Follower { leader, epoch, partition_epoch, truncating });
        cx.observe(Event::FollowerOf { partition: self.name.clone(), leader, leader_epoch: epoch });
        true
    }

    /// The partition epoch of what this node knows; -1 for nothing.
    pub(crate) fn partition_epoch(&self) -> i32 {
        match &self.role {
            Role::Leader(leader) => leader.partition_epoch(),
            Role::Follower(follower) => follower.partition_epoch,
            Role::Idle | Role::Quorum(_) => -1,
        }
    }

    /// Checks the epoch a client or follower believes in; -1 is not checked.
    ///
    /// # Errors
    /// `NOT_LEADER_OR_FOLLOWER`, `FENCED_LEADER_EPOCH` or `UNKNOWN_LEADER_EPOCH`: the client refreshes its metadata.
    pub(crate) fn check_leader(&self, current_leader_epoch: LeaderEpoch) -> Result<LeaderEpoch, ErrorCode> {
        let epoch = self.leadership().ok_or(ErrorCode::NOT_LEADER_OR_FOLLOWER)?;
        compare_epochs(current_leader_epoch, epoch)?;
        Ok(epoch)
    }

    /// As [`Partition::check_leader`], for reads that a follower may serve, too.
    pub(crate) fn check_replica(&self, current_leader_epoch: LeaderEpoch) -> Result<(), ErrorCode> {
        match &self.role {
            Role::Follower(follower) if self.log.is_open() => {
                compare_epochs(current_leader_epoch, follower.epoch)
            }
            _ => self.check_leader(current_leader_epoch).map(|_| ()),
        }
    }

    /// A disk operation of this log has finished.
    pub(crate) fn on_disk(
        &mut self,
        cx: &mut Cx<'_>,
        op: DiskOp,
        result: Result<DiskDone, DiskError>,
    ) -> Woken {
        let mut woken = Woken::default();
        for event in self.log.on_disk(cx, op, result) {
            match event {
                LogEvent::Opened => {
                    woken.opened = true;
                    self.bound_high_watermark();
                }
                LogEvent::Truncated => {
                    woken.truncated = true;
                    self.bound_high_watermark();
                    if let Role::Follower(follower) = &mut self.role {
                        follower.truncating = false;
                    }
                }
                LogEvent::StableEnd => {
                    woken.held = true;
                    self.maybe_advance_high_watermark(cx);
                }
                LogEvent::Readable => woken.readable = true,
                LogEvent::Closed => woken.closed = true,
                LogEvent::Renamed => woken.renamed = true,
                LogEvent::Deleted => woken.deleted = true,
                LogEvent::Failed(error) => woken.failed = Some(error),
                LogEvent::Short { end, expected } => woken.short = Some((end, expected)),
            }
        }
        self.check();
        woken
    }

    /// What a checkpoint or a leader has said of the high watermark lies within the log.
    fn bound_high_watermark(&mut self) {
        let (start, end) = (self.log.log_start_offset(), self.log.log_end_offset());
        self.high_watermark = self.high_watermark.clamp(start, end);
    }

    /// Raises the high watermark to what every replica in sync holds.
    ///
    /// Exclusive, in records. Never decreases. Returns whether it moved.
    pub(crate) fn maybe_advance_high_watermark(&mut self, cx: &mut Cx<'_>) -> bool {
        let Role::Leader(leader) = &self.role else { return false };
        let stable_end = self.log.stable_end(cx.config).max(self.log.log_start_offset());
        let Some(end) = leader.committed_end(cx, stable_end, self.config.min_insync_replicas) else {
            return false;
        };
        self.raise_high_watermark(cx, end)
    }

    /// Raises the high watermark to what somebody else has decided: the quorum, or this follower's leader.
    pub(crate) fn raise_high_watermark(&mut self, cx: &mut Cx<'_>, end: Offset) -> bool {
        if end <= self.high_watermark {
            return false;
        }
        self.high_watermark = end;
        self.log.on_high_watermark(end);
        cx.observe(Event::HighWatermark { partition: self.name.clone(), offset: end });
        true
    }

    /// The leader has told its high watermark and where its log starts.
    pub(crate) fn on_leader_marks(
        &mut self,
        cx: &mut Cx<'_>,
        high_watermark: Offset,
        log_start_offset: Offset,
    ) {
        let end = high_watermark.min(self.log.log_end_offset());
        // Below the leader's start this log may hold what nobody has committed: it goes before the rest counts.
        let start = log_start_offset.min(end.max(self.high_watermark));
        self.log.raise_log_start(cx, start, LogStartCause::Leader);
        self.raise_high_watermark(cx, end);
    }

    /// Begins to cut the log: it is not read, written or fetched until [`Woken::truncated`].
    pub(crate) fn truncate_to(&mut self, cx: &mut Cx<'_>, end: Offset) {
        let Role::Follower(follower) = &mut self.role else {
            panic!("{}: only a follower has somebody to follow", self.name)
        };
        follower.truncating = true;
        self.log.truncate_to(cx, end);
    }

    /// Begins to empty the log: it is not read, written or fetched until [`Woken::truncated`].
    pub(crate) fn reset_to(&mut self, cx: &mut Cx<'_>, start: Offset) {
        if let Role::Follower(follower) = &mut self.role {
            follower.truncating = true;
        }
        self.log.reset_to(cx, start);
    }

    /// Begins to empty the log, as [`Partition::reset_to`]; it begins anew with what a leader has sent.
    pub(crate) fn begin_with(&mut self, cx: &mut Cx<'_>, start: Offset, records: Bytes, epoch: LeaderEpoch) {
        if let Role::Follower(follower) = &mut self.role {
            follower.truncating = true;
        }
        self.log.begin_with(cx, start, records, epoch);
    }

    /// Whether a produce of this acks level is acknowledged once everything below `required` is where it must be:
    /// `None` while it is not.
    ///
    /// # Errors
    /// `NOT_LEADER_OR_FOLLOWER`: another leader may not have it. `NOT_ENOUGH_REPLICAS_AFTER_APPEND`: it is committed on
    /// fewer replicas than asked for.
    pub(crate) fn acknowledges(
        &self,
        config: &Config,
        acks: i16,
        required: Offset,
    ) -> Option<Result<(), ErrorCode>> {
        if self.leadership().is_none() {
            return Some(Err(ErrorCode::NOT_LEADER_OR_FOLLOWER));
        }
        if acks != -1 {
            return (self.log.stable_end(config) >= required).then_some(Ok(()));
        }
        if self.high_watermark < required {
            return None;
        }
        let min = self.config.min_insync_replicas;
        let enough = self
            .leader()
            .is_none_or(|leader| leader.maximal_isr_size(config) >= leader.effective_min_isr(min));
        Some(if enough { Ok(()) } else { Err(ErrorCode::NOT_ENOUGH_REPLICAS_AFTER_APPEND) })
    }

    /// Lets a produce wait until it is acknowledged.
    pub(crate) fn wait_for_acknowledgement(&mut self, acks: i16, required: Offset, ticket: Ticket) {
        let waiters = if acks == -1 { &mut self.committed_waiters } else { &mut self.held_waiters };
        waiters.entry(required).or_default().push(ticket);
    }

    /// Lets a fetch wait for the high watermark to move, or of a follower for the log to grow.
    pub(crate) fn wait_for_records(&mut self, is_follower: bool, ticket: Ticket) {
        let waiters = if is_follower { &mut self.follower_waiters } else { &mut self.fetch_waiters };
        waiters.insert(ticket);
    }

    /// Lets a request wait for the disk.
    pub(crate) fn wait_for_disk(&mut self, ticket: Ticket) {
        self.disk_waiters.insert(ticket);
    }

    /// Lets a request wait for the low watermark to move.
    pub(crate) fn wait_for_low_watermark(&mut self, ticket: Ticket) {
        self.deletion_waiters.insert(ticket);
    }

    /// Takes who waits for the low watermark.
    pub(crate) fn take_deletion_waiters(&mut self) -> BTreeSet<Ticket> {
        core::mem::take(&mut self.deletion_waiters)
    }

    /// Takes the produces whose offsets are where they must be.
    pub(crate) fn take_acknowledged(&mut self, config: &Config) -> Vec<Ticket> {
        let mut ready = Vec::new();
        take_up_to(&mut self.committed_waiters, self.high_watermark, &mut ready);
        take_up_to(&mut self.held_waiters, self.log.stable_end(config), &mut ready);
        ready
    }

    /// Takes the fetches that have something new to read.
    pub(crate) fn take_fetch_waiters(&mut self) -> BTreeSet<Ticket> {
        let now = Seen { high_watermark: self.high_watermark, log_end_offset: self.log.log_end_offset() };
        let before = core::mem::replace(&mut self.seen, now);
        let mut ready = BTreeSet::new();
        if now.high_watermark != before.high_watermark {
            ready.append(&mut self.fetch_waiters);
        }
        if now.log_end_offset != before.log_end_offset {
            ready.append(&mut self.follower_waiters);
        }
        ready
    }

    /// Takes the fetches that wait for records: what they believe of leader and epoch is out of date.
    pub(crate) fn take_readers(&mut self) -> BTreeSet<Ticket> {
        let mut readers = core::mem::take(&mut self.fetch_waiters);
        readers.append(&mut self.follower_waiters);
        readers
    }

    /// Takes everyone who waits for the disk.
    pub(crate) fn take_disk_waiters(&mut self) -> BTreeSet<Ticket> {
        core::mem::take(&mut self.disk_waiters)
    }

    /// Takes everyone who waits for anything: the partition goes away, or is led by somebody else.
    pub(crate) fn take_all_waiters(&mut self) -> BTreeSet<Ticket> {
        let mut all = core::mem::take(&mut self.fetch_waiters);
        all.append(&mut self.follower_waiters);
        all.append(&mut self.disk_waiters);
        all.append(&mut self.deletion_waiters);
        all.extend(core::mem::take(&mut self.committed_waiters).into_values().flatten());
        all.extend(core::mem::take(&mut self.held_waiters).into_values().flatten());
        all
    }

    /// A request is answered or its client is gone.
    pub(crate) fn forget(&mut self, ticket: Ticket) {
        self.fetch_waiters.remove(&ticket);
        self.follower_waiters.remove(&ticket);
        self.disk_waiters.remove(&ticket);
        self.deletion_waiters.remove(&ticket);
    }

    fn check(&self) {
        if let Role::Leader(leader) = &self.role {
            leader.check();
        }
        if self.log.is_open() {
            let end = self.log.log_end_offset();
            assert!(self.high_watermark <= end, "{}: the high watermark lies within the log", self.name);
        }
    }
}

/// Takes what waits for offsets up to `end`.
fn take_up_to(waiters: &mut BTreeMap<Offset, Vec<Ticket>>, end: Offset, ready: &mut Vec<Ticket>) {
    while let Some(entry) = waiters.first_entry().filter(|entry| *entry.key() <= end) {
        ready.extend(entry.remove());
    }
}

fn compare_epochs(theirs: LeaderEpoch, ours: LeaderEpoch) -> Result<(), ErrorCode> {
    match theirs {
        -1 => Ok(()),
        theirs if theirs < ours => Err(ErrorCode::FENCED_LEADER_EPOCH),
        theirs if theirs > ours => Err(ErrorCode::UNKNOWN_LEADER_EPOCH),
        _ => Ok(()),
    }
}
