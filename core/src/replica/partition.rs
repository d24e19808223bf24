//! One partition: leader state over a log.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use klamm_wire::ErrorCode;

use crate::config::TopicConfig;
use crate::connection::Ticket;
use crate::cx::Cx;
use crate::disk::{DirIndex, DiskDone, DiskError, DiskOp};
use crate::event::Event;
use crate::log::{Log, LogEvent, LogName, Opening};
use crate::types::{LeaderEpoch, Offset, TopicIdPartition, TopicPartition};

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
    leadership: Option<LeaderEpoch>,
    high_watermark: Offset,
    /// Requests that wait for the high watermark to reach an offset.
    committed_waiters: BTreeMap<Offset, Vec<Ticket>>,
    /// Fetches that wait for the high watermark to move at all.
    fetch_waiters: BTreeSet<Ticket>,
    /// Requests that wait for the disk to bring records or indexes.
    disk_waiters: BTreeSet<Ticket>,
}

/// What a completion of the disk means for those around the partition.
#[derive(Debug, Default)]
pub(crate) struct Woken {
    pub(crate) opened: bool,
    pub(crate) high_watermark_moved: bool,
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
        Self::with_log(name, config, log)
    }

    /// A replica whose directory exists.
    pub(crate) fn open(cx: &mut Cx<'_>, name: LogName, config: TopicConfig, opening: Opening) -> Self {
        let log = Log::open(cx, name.clone(), config.clone(), opening);
        Self::with_log(name, config, log)
    }

    fn with_log(name: LogName, config: TopicConfig, log: Log) -> Self {
        Self {
            name: name.partition,
            id: name.id,
            dir: name.dir,
            config,
            log,
            leadership: None,
            high_watermark: 0,
            committed_waiters: BTreeMap::new(),
            fetch_waiters: BTreeSet::new(),
            disk_waiters: BTreeSet::new(),
        }
    }

    /// The epoch this node leads the partition in.
    pub(crate) fn leadership(&self) -> Option<LeaderEpoch> {
        self.leadership.filter(|_| self.log.is_open())
    }

    /// Exclusive upper bound of what clients read.
    pub(crate) fn high_watermark(&self) -> Offset {
        self.high_watermark
    }

    /// Exclusive upper bound for `read_committed`: no transaction is ever open, so the high watermark.
    pub(crate) fn last_stable_offset(&self) -> Offset {
        self.high_watermark
    }

    /// Leads from now on, in this epoch. The log is open.
    pub(crate) fn become_leader(&mut self, cx: &mut Cx<'_>, epoch: LeaderEpoch) {
        assert!(self.log.is_open(), "{}: only an open log can be led", self.name);
        if let Some(current) = self.leadership {
            assert!(epoch >= current, "{}: leader epochs never go back", self.name);
            if epoch == current {
                return;
            }
        }
        self.log.begin_epoch(cx, epoch);
        self.leadership = Some(epoch);
        cx.observe(Event::LeaderElected { partition: self.name.clone(), leader_epoch: epoch });
        self.maybe_advance_high_watermark(cx);
        self.check(cx);
    }

    /// Checks the epoch a client believes in; -1 is not checked.
    ///
    /// # Errors
    /// `NOT_LEADER_OR_FOLLOWER`, `FENCED_LEADER_EPOCH` or `UNKNOWN_LEADER_EPOCH`: the client refreshes its metadata.
    pub(crate) fn check_leader(&self, current_leader_epoch: LeaderEpoch) -> Result<LeaderEpoch, ErrorCode> {
        let epoch = self.leadership().ok_or(ErrorCode::NOT_LEADER_OR_FOLLOWER)?;
        match current_leader_epoch {
            -1 => Ok(epoch),
            theirs if theirs < epoch => Err(ErrorCode::FENCED_LEADER_EPOCH),
            theirs if theirs > epoch => Err(ErrorCode::UNKNOWN_LEADER_EPOCH),
            _ => Ok(epoch),
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
                    self.high_watermark = self.log.log_start_offset();
                }
                LogEvent::StableEnd => {
                    woken.high_watermark_moved |= self.maybe_advance_high_watermark(cx);
                }
                LogEvent::Readable => woken.readable = true,
                LogEvent::Closed => woken.closed = true,
                LogEvent::Renamed => woken.renamed = true,
                LogEvent::Deleted => woken.deleted = true,
                LogEvent::Failed(error) => woken.failed = Some(error),
                LogEvent::Short { end, expected } => woken.short = Some((end, expected)),
            }
        }
        self.check(cx);
        woken
    }

    /// Raises the high watermark to what the flush policy counts as held; the only in-sync replica is this one.
    ///
    /// Exclusive, in records. Never decreases. Returns whether it moved.
    pub(crate) fn maybe_advance_high_watermark(&mut self, cx: &mut Cx<'_>) -> bool {
        if self.leadership.is_none() {
            return false;
        }
        let stable_end = self.log.stable_end(cx).max(self.log.log_start_offset());
        if stable_end <= self.high_watermark {
            return false;
        }
        self.high_watermark = stable_end;
        cx.observe(Event::HighWatermark { partition: self.name.clone(), offset: stable_end });
        true
    }

    /// Lets a request wait until the high watermark is at least `offset`.
    pub(crate) fn wait_for_commit(&mut self, offset: Offset, ticket: Ticket) {
        assert!(offset > self.high_watermark, "{}: {offset} is committed", self.name);
        self.committed_waiters.entry(offset).or_default().push(ticket);
    }

    /// Lets a fetch wait for the high watermark to move.
    pub(crate) fn wait_for_records(&mut self, ticket: Ticket) {
        self.fetch_waiters.insert(ticket);
    }

    /// Lets a request wait for the disk.
    pub(crate) fn wait_for_disk(&mut self, ticket: Ticket) {
        self.disk_waiters.insert(ticket);
    }

    /// Takes one request whose offset is committed.
    pub(crate) fn pop_committed(&mut self) -> Option<Ticket> {
        let mut entry = self.committed_waiters.first_entry()?;
        if *entry.key() > self.high_watermark {
            return None;
        }
        let ticket = entry.get_mut().pop().expect("an entry is never empty");
        if entry.get().is_empty() {
            entry.remove();
        }
        Some(ticket)
    }

    /// Takes everyone who waits for new records.
    pub(crate) fn take_fetch_waiters(&mut self) -> BTreeSet<Ticket> {
        core::mem::take(&mut self.fetch_waiters)
    }

    /// Takes everyone who waits for the disk.
    pub(crate) fn take_disk_waiters(&mut self) -> BTreeSet<Ticket> {
        core::mem::take(&mut self.disk_waiters)
    }

    /// Takes everyone who waits for anything: the partition goes away.
    pub(crate) fn take_all_waiters(&mut self) -> BTreeSet<Ticket> {
        let mut all = self.take_fetch_waiters();
        all.append(&mut self.disk_waiters);
        all.extend(core::mem::take(&mut self.committed_waiters).into_values().flatten());
        all
    }

    /// A request is answered or its client is gone.
    pub(crate) fn forget(&mut self, ticket: Ticket) {
        self.fetch_waiters.remove(&ticket);
        self.disk_waiters.remove(&ticket);
    }

    fn check(&self, cx: &Cx<'_>) {
        if self.leadership().is_some() {
            assert!(
                self.high_watermark <= self.log.log_end_offset(),
                "{}: watermark above the end",
                self.name
            );
            assert!(
                self.high_watermark <= self.log.stable_end(cx).max(self.log.log_start_offset()),
                "{}: the high watermark covers only what is held",
                self.name
            );
        }
    }
}
