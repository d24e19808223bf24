//! Cutting a log's end back, and beginning it anew: what a follower does whose leader has another history.
//!
//! ```text
//! Open -> Truncating -> Loading -> Open     truncate_to: the log is loaded again, up to where it is cut
//!                   `-> Emptying -> Open    reset_to: everything goes, the log begins at an offset
//!                                           begin_with: ... with these records
//! ```
//!
//! **The recovery point goes first.** A checkpoint on the disk may say that the log is synced up to an offset above
//! the cut. What is appended there later is not, so the checkpoint must be lowered before the log is touched, or a
//! recovery after the next power loss would trust it. Whoever truncates writes the checkpoint and says so with
//! [`Log::on_recovery_point_lowered`].
//!
//! **Writes under way end first.** They were emitted before; nothing is appended any more until the log is open again.

use alloc::vec::Vec;

use bytes::Bytes;
use klamm_wire::batch::Batches;

use crate::cx::Cx;
use crate::disk::{DiskStep, LogOp};
use crate::event::Event;
use crate::log::append::write_file;
use crate::log::batch::next_offset;
use crate::log::epochs::LeaderEpochs;
use crate::log::producers::ProducerStates;
use crate::log::segment::Suffix;
use crate::log::sync::Durability;
use crate::log::{Log, LogEvent, Opening, Phase, checkpoint, recovery};
use crate::types::{LeaderEpoch, Offset};

/// What a leader of an epoch has sent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Fetched {
    records: Bytes,
    epoch: LeaderEpoch,
}

/// A cut that waits for its turn.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Truncation {
    /// New end of the log, or its only offset.
    end: Offset,
    /// Nothing stays.
    resets: bool,
    /// What the log begins with.
    first: Option<Fetched>,
    /// No checkpoint on the disk lies above `end` any more.
    is_recovery_point_lowered: bool,
}

impl Log {
    /// Cuts the end back to the start of the batch that holds `end`, or to `end`. Ends with
    /// [`LogEvent::Truncated`]; until then the log is not open.
    ///
    /// Exclusive, not below the log's start. The caller lowers the checkpoint of recovery points next.
    pub(crate) fn truncate_to(&mut self, cx: &mut Cx<'_>, end: Offset) {
        assert!(end >= self.log_start_offset, "{}: what clients may read is not cut", self.name.partition);
        assert!(end < self.log_end_offset, "{}: there is nothing to cut off", self.name.partition);
        self.begin_truncation(cx, end, false, None);
    }

    /// Forgets everything and begins at `start`. Ends with [`LogEvent::Truncated`]; until then the log is not open.
    ///
    /// The caller lowers the checkpoint of recovery points next.
    pub(crate) fn reset_to(&mut self, cx: &mut Cx<'_>, start: Offset) {
        self.begin_truncation(cx, start, true, None);
    }

    /// Where these records begin, if that is below the offset at which this log ends without holding anything.
    ///
    /// The start of the leader's log may lie inside a batch, and what is fetched from there begins with the whole of it.
    pub(crate) fn begins_below(&self, records: &Bytes) -> Option<Offset> {
        if self.log_start_offset != self.log_end_offset {
            return None;
        }
        let first = Batches::new(records.clone()).next()?.ok()?;
        let (base, end) = (first.header().base_offset, next_offset(&first.header()));
        (base < self.log_end_offset && end > self.log_end_offset).then_some(base)
    }

    /// Begins anew with these records, which begin at `start`. Ends with [`LogEvent::Truncated`]; until then the log
    /// is not open.
    ///
    /// The caller lowers the checkpoint of recovery points next. Source: KAFKA-6361.
    pub(crate) fn begin_with(&mut self, cx: &mut Cx<'_>, start: Offset, records: Bytes, epoch: LeaderEpoch) {
        self.begin_truncation(cx, start, true, Some(Fetched { records, epoch }));
    }

    fn begin_truncation(&mut self, cx: &mut Cx<'_>, end: Offset, resets: bool, first: Option<Fetched>) {
        assert!(self.is_open(), "{}: only an open log is truncated", self.name.partition);
        let partition = self.name.partition.clone();
        cx.observe(Event::LogTruncated { partition, from: self.log_end_offset, to: end });
        // While everything goes, a crash may leave less than was synced; and the batch that holds `end` goes whole, back
        // to the start of its segment at most.
        self.durability.lower(if resets { 0 } else { self.segment_start(end) });
        self.tail = Default::default();
        self.reader = Default::default();
        let truncation = Truncation { end, resets, first, is_recovery_point_lowered: false };
        self.phase = Phase::Truncating(truncation);
    }

    /// Where the segment of an offset begins: no batch there reaches below.
    fn segment_start(&self, offset: Offset) -> Offset {
        let segment = self.segments.iter().rev().find(|segment| segment.base <= offset);
        segment.map_or(0, |segment| segment.base)
    }

    /// No checkpoint on the disk says any more that the log is synced above where it is cut.
    pub(crate) fn on_recovery_point_lowered(&mut self, cx: &mut Cx<'_>) {
        if let Phase::Truncating(truncation) = &mut self.phase {
            truncation.is_recovery_point_lowered = true;
            self.maybe_truncate(cx);
        }
    }

    /// Goes on with a truncation once nothing is under way.
    pub(super) fn maybe_truncate(&mut self, cx: &mut Cx<'_>) {
        let Phase::Truncating(truncation) = &mut self.phase else { return };
        if !truncation.is_recovery_point_lowered || !self.durability.is_quiet() {
            return;
        }
        if truncation.resets {
            let (start, first) = (truncation.end, truncation.first.take());
            return self.empty(cx, start, first);
        }
        let end = truncation.end;
        let opening = Opening {
            clean: false,
            recovery_point: Some(self.durability.synced_end()),
            log_start_offset: Some(self.log_start_offset),
            truncate_to: Some(end),
            must_reach: 0,
        };
        self.load(cx, opening);
    }

    /// Takes every segment off the disk, newest first: a crash in between leaves an older log, not one with a gap.
    fn empty(&mut self, cx: &mut Cx<'_>, start: Offset, first: Option<Fetched>) {
        let mut steps = Vec::new();
        for segment in core::mem::take(&mut self.segments).iter().rev() {
            for suffix in Suffix::ALL {
                steps.push(DiskStep::Remove { path: self.files.segment(segment.base, suffix) });
            }
            steps.push(DiskStep::SyncDir { path: self.files.directory() });
        }
        self.producers = ProducerStates::default();
        self.epochs = LeaderEpochs::default();
        self.begin_segment(cx, start);
        (self.log_start_offset, self.log_end_offset, self.size_bytes) = (start, start, 0);
        steps.extend(write_file(&self.active.path, Bytes::new()));
        steps.push(DiskStep::Sync { path: self.active.path.clone() });
        let epochs = checkpoint::encode_epochs(self.epochs.entries());
        steps.extend(DiskStep::replace(&self.files.file(recovery::EPOCHS_FILE), alloc::vec![epochs]));
        // Nothing of the new log is on the disk yet: a checkpoint that is written meanwhile does not say so.
        self.phase = Phase::Emptying(first);
        self.emit(cx, LogOp::Truncate { end: start }, steps);
    }

    pub(super) fn on_emptied(&mut self, cx: &mut Cx<'_>) -> Vec<LogEvent> {
        let Phase::Emptying(first) = &mut self.phase else { panic!("emptied once") };
        let first = first.take();
        self.durability = Durability::at_rest(self.log_end_offset);
        let events = self.open_now(cx, LogEvent::Truncated);
        if let Some(Fetched { records, epoch }) = first {
            let appended = self.append_as_follower(cx, records, epoch);
            assert_eq!(appended, Ok(()), "the log begins where they begin");
        }
        events
    }
}
