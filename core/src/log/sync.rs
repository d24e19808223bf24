//! What is written and what is synced; one sync in flight per log.

use alloc::collections::VecDeque;
use alloc::vec;
use alloc::vec::Vec;

use crate::config::FlushPolicy;
use crate::cx::Cx;
use crate::disk::{DiskDone, DiskError, DiskOp, DiskStep, LogOp, Owner};
use crate::log::segment::Suffix;
use crate::log::{Log, LogEvent, Phase};
use crate::types::Offset;

/// How far the disk has come.
///
/// Writes are answered in the order they were emitted, so each answer belongs to the oldest that is open.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Durability {
    written_end: Offset,
    synced_end: Offset,
    /// Log end offsets after each write that is under way, oldest first.
    writing: VecDeque<Offset>,
    /// What the sync under way will have made durable.
    syncing: Option<Offset>,
    /// Closed segments no sync has been emitted for since they were closed.
    closed: Vec<Offset>,
    /// Closed segments in the sync under way.
    syncing_closed: Vec<Offset>,
    /// Whether files got names that no sync of the directory has been emitted for.
    names: bool,
}

impl Durability {
    /// Everything up to `end` is durable, names included.
    pub(super) fn at_rest(end: Offset) -> Self {
        Self { written_end: end, synced_end: end, ..Self::default() }
    }

    pub(super) fn written_end(&self) -> Offset {
        self.written_end
    }

    pub(super) fn synced_end(&self) -> Offset {
        self.synced_end
    }

    pub(super) fn on_append(&mut self, end: Offset) {
        self.writing.push_back(end);
    }

    pub(super) fn on_roll(&mut self, closed: Offset) {
        self.closed.push(closed);
        self.names = true;
    }

    fn on_written(&mut self) {
        let end = self.writing.pop_front().expect("the disk finished a write nobody asked for");
        assert!(end >= self.written_end, "writes finish in order");
        self.written_end = end;
    }

    fn on_synced(&mut self) {
        let end = self.syncing.take().expect("the disk finished a sync nobody asked for");
        assert!(end <= self.written_end, "a sync starts after the writes before it have finished");
        self.synced_end = self.synced_end.max(end);
        self.syncing_closed = Vec::new();
    }

    /// The log is about to be cut at `end`: nothing above it counts as written or synced any more.
    pub(super) fn lower(&mut self, end: Offset) {
        self.written_end = self.written_end.min(end);
        self.synced_end = self.synced_end.min(end);
        self.writing.iter_mut().for_each(|written| *written = end.min(*written));
        self.syncing = self.syncing.map(|syncing| syncing.min(end));
    }

    /// Whether no write and no sync is under way.
    pub(super) fn is_quiet(&self) -> bool {
        self.writing.is_empty() && self.syncing.is_none()
    }

    /// An orderly stop has written and synced everything. A sync may still be under way.
    pub(super) fn on_closed(&mut self, end: Offset) {
        assert!(self.writing.is_empty(), "appends finish before the close behind them");
        (self.written_end, self.synced_end) = (end, end);
    }

    /// Whether files of a closed segment are not known to be synced.
    pub(super) fn is_unsynced(&self, base: Offset) -> bool {
        self.closed.contains(&base) || self.syncing_closed.contains(&base)
    }

    /// Takes the names whose durability the caller now sees to.
    pub(super) fn take_names(&mut self) -> bool {
        core::mem::take(&mut self.names)
    }

    pub(super) fn check(&self, log_end_offset: Offset) {
        assert!(self.synced_end <= self.written_end, "what is synced was written");
        assert!(self.written_end <= log_end_offset, "what is written was appended");
        assert!(
            self.writing.is_empty() == (self.written_end == log_end_offset),
            "writes under way end at the end"
        );
    }
}

impl Log {
    /// An operation of this log has finished.
    ///
    /// Answers that arrive after the log has failed or was deleted mean nothing any more.
    pub(crate) fn on_disk(
        &mut self,
        cx: &mut Cx<'_>,
        op: DiskOp,
        result: Result<DiskDone, DiskError>,
    ) -> Vec<LogEvent> {
        let Owner::Log(id, purpose) = op.owner else { panic!("not for a log: {:?}", op.owner) };
        assert!(id == self.name.id, "for another log");
        match (&self.phase, &purpose) {
            (Phase::Failed | Phase::Deleted, _) => return Vec::new(),
            (Phase::Deleting(_) | Phase::Removing, LogOp::Delete) => {}
            (Phase::Deleting(_) | Phase::Removing, _) => return Vec::new(),
            _ => {}
        }
        let events = match (purpose, result) {
            (LogOp::Read { offset, .. }, result) => self.on_read(cx, offset, result),
            (LogOp::ReadIndex { base }, result) => self.on_read_index(cx, base, result),
            (_, Err(error)) => self.fail(error),
            (LogOp::Create, Ok(_)) => self.on_created(cx),
            (LogOp::Load, Ok(done)) => self.on_loaded(cx, done),
            (LogOp::Append { .. }, Ok(_)) => {
                self.durability.on_written();
                self.maybe_truncate(cx);
                self.stable_if(self.config.flush_policy == FlushPolicy::Written)
            }
            (LogOp::Sync { .. }, Ok(_)) => self.on_synced(cx),
            (LogOp::Close, Ok(_)) => self.on_closed(),
            (LogOp::Delete, Ok(_)) => self.on_deleted(cx),
            (LogOp::Truncate { .. }, Ok(_)) => self.on_emptied(cx),
            (LogOp::DeleteBefore { .. }, Ok(_)) => {
                self.on_removed(cx);
                Vec::new()
            }
            (LogOp::Roll { .. } | LogOp::LeaderEpochs { .. }, Ok(_)) => Vec::new(),
        };
        self.check();
        events
    }

    fn stable_if(&self, moved: bool) -> Vec<LogEvent> {
        if moved { vec![LogEvent::StableEnd] } else { Vec::new() }
    }

    fn on_synced(&mut self, cx: &mut Cx<'_>) -> Vec<LogEvent> {
        self.durability.on_synced();
        self.maybe_truncate(cx);
        if self.is_open() {
            // Writes made meanwhile share the next sync; segments that waited to be synced may go now.
            self.maybe_sync(cx);
            self.remove_old_segments(cx);
        }
        self.stable_if(self.config.flush_policy == FlushPolicy::Synced)
    }

    /// Emits a sync if something waits for one and none is under way.
    ///
    /// `synced` topics sync everything there is. The others sync segments once they are closed, so that the
    /// recovery point moves.
    pub(super) fn maybe_sync(&mut self, cx: &mut Cx<'_>) {
        if self.durability.syncing.is_some() {
            return;
        }
        let active = self.active_segment().base;
        let end = match self.config.flush_policy {
            FlushPolicy::Synced => self.log_end_offset,
            FlushPolicy::Written if self.durability.closed.is_empty() => return,
            FlushPolicy::Written => active,
        };
        if end <= self.durability.synced_end && self.durability.closed.is_empty() {
            return;
        }
        let mut steps = Vec::new();
        let closed = core::mem::take(&mut self.durability.closed);
        for &base in &closed {
            let next = self.segments.partition_point(|segment| segment.base <= base);
            let next_base = self.segments.get(next).expect("a closed segment has a successor").base;
            for suffix in [Suffix::Log, Suffix::Index, Suffix::TimeIndex] {
                steps.push(DiskStep::Sync { path: self.files.segment(base, suffix) });
            }
            if self.segments[next - 1].has_txn_index {
                steps.push(DiskStep::Sync { path: self.files.segment(base, Suffix::TxnIndex) });
            }
            steps.push(DiskStep::Sync { path: self.files.segment(next_base, Suffix::Snapshot) });
        }
        if end > active {
            steps.push(DiskStep::Sync { path: self.active.path.clone() });
        }
        if self.durability.take_names() {
            steps.push(DiskStep::SyncDir { path: self.files.directory() });
        }
        self.durability.syncing = Some(end);
        self.durability.syncing_closed = closed;
        self.emit(cx, LogOp::Sync { end }, steps);
    }
}
