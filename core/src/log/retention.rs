//! What a log forgets: by time, by size, and because clients ask for it.

use alloc::vec;
use alloc::vec::Vec;

use crate::cx::Cx;
use crate::disk::{DiskStep, LogOp, Path};
use crate::event::{Event, LogStartCause};
use crate::log::Log;
use crate::log::segment::{Suffix, deleted};
use crate::timer::Timer;
use crate::types::Offset;

/// Segments taken away by one disk operation, so that appends behind it do not wait for many.
const SEGMENTS_PER_OPERATION: usize = 8;

impl Log {
    /// Raises the first readable offset; segments that lie below it entirely are removed.
    pub(crate) fn raise_log_start(&mut self, cx: &mut Cx<'_>, offset: Offset, cause: LogStartCause) {
        if !self.is_open() || offset <= self.log_start_offset {
            return;
        }
        assert!(offset <= self.log_end_offset, "{}: nobody deletes what is not there", self.name.partition);
        self.log_start_offset = offset;
        if self.epochs.truncate_from_start(offset) {
            self.emit_epochs(cx);
        }
        self.reader.retain(offset, self.log_end_offset);
        let partition = self.name.partition.clone();
        cx.observe(Event::LogStartMoved { partition, log_start_offset: offset, cause });
        self.remove_old_segments(cx);
        self.check();
    }

    /// Applies `retention.ms` and `retention.bytes`, and rolls the active segment when its time is over.
    ///
    /// Nothing at or above the high watermark goes, and nothing that is not synced.
    pub(crate) fn apply_retention(&mut self, cx: &mut Cx<'_>, high_watermark: Offset) {
        if !self.is_open() {
            return;
        }
        let now_ms = cx.now.wall_ms;
        let active = self.active_segment();
        let outdated = self.config.cleanup_policy.delete
            && self.config.retention_ms >= 0
            && now_ms.saturating_sub(active.age_timestamp()) > self.config.retention_ms
            && high_watermark == self.log_end_offset;
        if active.size > 0 && (outdated || self.is_due(active, now_ms, None)) {
            self.roll(cx, self.log_end_offset);
            self.maybe_sync(cx);
        }
        if self.config.cleanup_policy.delete {
            let by_time = self.end_of_outdated(now_ms, high_watermark);
            self.raise_log_start(cx, by_time, LogStartCause::RetentionTime);
            let by_size = self.end_of_surplus(high_watermark);
            self.raise_log_start(cx, by_size, LogStartCause::RetentionSize);
        }
        self.remove_old_segments(cx);
        self.check();
    }

    /// Closed segments below the high watermark that are synced, oldest first, each with its end.
    fn removable(&self, high_watermark: Offset) -> impl Iterator<Item = (&super::Segment, Offset)> {
        let ends = self.segments.iter().skip(1).map(|next| next.base);
        self.segments
            .iter()
            .zip(ends)
            .take_while(move |(_, end)| *end <= high_watermark && *end <= self.recovery_point())
    }

    fn end_of_outdated(&self, now_ms: i64, high_watermark: Offset) -> Offset {
        if self.config.retention_ms < 0 {
            return self.log_start_offset;
        }
        let outdated = self.removable(high_watermark).take_while(|(segment, _)| {
            now_ms.saturating_sub(segment.age_timestamp()) > self.config.retention_ms
        });
        outdated.last().map_or(self.log_start_offset, |(_, end)| end)
    }

    fn end_of_surplus(&self, high_watermark: Offset) -> Offset {
        let Ok(limit) = u64::try_from(self.config.retention_bytes) else { return self.log_start_offset };
        let mut surplus = self.size_bytes.saturating_sub(limit);
        let goes = self.removable(high_watermark).take_while(|(segment, _)| {
            let fits = segment.size <= surplus;
            surplus = surplus.saturating_sub(segment.size);
            fits
        });
        goes.last().map_or(self.log_start_offset, |(_, end)| end)
    }

    /// Renames the files of segments that lie below the log's start entirely.
    ///
    /// A segment some of whose files are not synced stays until they are: its sync needs their names. The
    /// oldest goes first, its new name durable before the next follows, so that a crash leaves no gap; and nothing
    /// follows an operation that has not been answered, so that one that fails half-way leaves none.
    pub(super) fn remove_old_segments(&mut self, cx: &mut Cx<'_>) {
        if self.removing > 0 || !self.has_removable() {
            return;
        }
        let (mut steps, mut paths) = (Vec::new(), Vec::new());
        if self.durability.take_names() {
            steps.push(DiskStep::SyncDir { path: self.files.directory() });
        }
        while paths.len() < SEGMENTS_PER_OPERATION * 5 && self.has_removable() {
            self.remove_first_segment(&mut steps, &mut paths);
        }
        let start = self.segments[0].base;
        self.emit(cx, LogOp::DeleteBefore { start }, steps);
        self.removing += 1;
        let due = cx.now.monotonic.after_ms(self.config.file_delete_delay_ms);
        if self.renamed.is_empty() {
            cx.timers.arm(Timer::DeleteFiles(self.name.id), due);
        }
        self.renamed.push_back((due, paths));
    }

    /// Old segments have other names, or are gone: the next ones may follow.
    pub(super) fn on_removed(&mut self, cx: &mut Cx<'_>) {
        self.removing = self.removing.checked_sub(1).expect("the disk removed what nobody asked it to");
        if self.is_open() {
            self.remove_old_segments(cx);
        }
    }

    fn has_removable(&self) -> bool {
        let (Some(first), Some(next)) = (self.segments.front(), self.segments.get(1)) else { return false };
        next.base <= self.log_start_offset && !self.durability.is_unsynced(first.base)
    }

    fn remove_first_segment(&mut self, steps: &mut Vec<DiskStep>, paths: &mut Vec<Path>) {
        let segment = self.segments.pop_front().expect("checked");
        self.size_bytes -= segment.size;
        let directory = self.files.directory();
        let mut suffixes = vec![Suffix::Log, Suffix::Index, Suffix::TimeIndex];
        suffixes.extend(segment.has_txn_index.then_some(Suffix::TxnIndex));
        suffixes.extend(segment.has_snapshot.then_some(Suffix::Snapshot));
        for suffix in suffixes {
            let from = self.files.segment(segment.base, suffix);
            let to = deleted(&from);
            paths.push(to.clone());
            steps.push(DiskStep::Rename { from, to });
            if suffix == Suffix::Log {
                steps.push(DiskStep::SyncDir { path: directory.clone() });
            }
        }
    }

    /// Removes files whose `file.delete.delay.ms` is over.
    pub(super) fn remove_renamed_segments(&mut self, cx: &mut Cx<'_>) {
        let mut steps = Vec::new();
        while self.renamed.front().is_some_and(|(due, _)| *due <= cx.now.monotonic) {
            let (_, paths) = self.renamed.pop_front().expect("checked");
            steps.extend(paths.into_iter().map(|path| DiskStep::Remove { path }));
        }
        if !steps.is_empty() {
            self.emit(cx, LogOp::DeleteBefore { start: self.segments[0].base }, steps);
            self.removing += 1;
        }
        if let Some((due, _)) = self.renamed.front() {
            cx.timers.arm(Timer::DeleteFiles(self.name.id), *due);
        }
    }
}
