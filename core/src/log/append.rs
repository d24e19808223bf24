//! Appending: offsets are assigned, the batch gets its place, the segment rolls when it is full.

use alloc::vec;
use alloc::vec::Vec;

use bytes::Bytes;
use klamm_wire::batch::{BatchHeader, BatchView, Batches, Inspected, PREFIX_SIZE};

use crate::cx::Cx;
use crate::disk::{DiskStep, LogOp};
use crate::event::Event;
use crate::log::batch::{next_offset, parse_whole};
use crate::log::index::{ActiveIndex, relative};
use crate::log::segment::{Segment, Suffix};
use crate::log::tail::{Kept, TailBatch};
use crate::log::transactions::Marker;
use crate::log::{Log, snapshot};
use crate::types::{LeaderEpoch, Offset};

/// Where a batch was put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Appended {
    pub(crate) base_offset: Offset,
    pub(crate) last_offset: Offset,
}

/// Records from a leader that do not continue the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OutOfPlace;

impl Log {
    /// Begins an epoch of this node's leadership at the end of the log.
    pub(crate) fn begin_epoch(&mut self, cx: &mut Cx<'_>, epoch: LeaderEpoch) {
        assert!(self.is_open(), "{}: only an open log can be led", self.name.partition);
        if self.epochs.assign(epoch, self.log_end_offset) {
            self.emit_epochs(cx);
        }
        self.check();
    }

    /// Appends one batch as leader and emits its write.
    ///
    /// The batch is well-formed and alone in its bytes; its records get the next offsets. The payload is
    /// neither copied nor changed: base offset and leader epoch lie in front of what the CRC covers.
    pub(crate) fn append(
        &mut self,
        cx: &mut Cx<'_>,
        batch: Bytes,
        facts: &Inspected,
        leader_epoch: LeaderEpoch,
    ) -> Appended {
        assert!(self.is_open(), "{}: not open for appends", self.name.partition);
        let mut header = parse_whole(&batch).expect("an inspected batch is whole");
        assert!(header.size() == batch.len(), "one batch at a time");
        assert!(header.max_timestamp == facts.max_timestamp, "the header knows its newest record");
        let base_offset = self.log_end_offset;
        header.base_offset = base_offset;
        header.partition_leader_epoch = leader_epoch;
        let view = BatchView::parse_first(&batch).expect("parsed above");
        let prefix = Bytes::copy_from_slice(&view.prefix(base_offset, leader_epoch));
        self.place(cx, &header, prefix, view.after_prefix());
        self.maybe_sync(cx);
        self.check();
        Appended { base_offset, last_offset: header.last_offset() }
    }

    /// Appends batches as the leader has placed them, whole and with valid CRCs.
    ///
    /// Batches of a leader epoch above the one they were fetched in are left out with all behind them: they come
    /// from a leader this node has not heard of, and are fetched again from it (KAFKA-18723).
    ///
    /// # Errors
    /// The first batch begins below the end of the log, or bytes are no batches: the leader is at fault, and
    /// nothing of what follows was appended.
    pub(crate) fn append_as_follower(
        &mut self,
        cx: &mut Cx<'_>,
        records: Bytes,
        fetch_epoch: LeaderEpoch,
    ) -> Result<(), OutOfPlace> {
        assert!(self.is_open(), "{}: not open for appends", self.name.partition);
        for batch in Batches::new(records) {
            let batch = batch.map_err(|_| OutOfPlace)?;
            let header = batch.header();
            if header.base_offset < self.log_end_offset {
                return Err(OutOfPlace);
            }
            if header.partition_leader_epoch > fetch_epoch {
                break;
            }
            let prefix = batch.bytes().slice(..PREFIX_SIZE);
            self.place(cx, &header, prefix, batch.after_prefix());
        }
        self.maybe_sync(cx);
        self.check();
        Ok(())
    }

    /// Forgets epochs that begin at or behind `end`, where nothing was written in them.
    pub(crate) fn forget_epochs_from(&mut self, cx: &mut Cx<'_>, end: Offset) {
        assert!(end >= self.log_end_offset, "{}: records are cut, not forgotten", self.name.partition);
        if self.epochs.truncate_from_end(end) {
            self.emit_epochs(cx);
        }
    }

    /// Puts a batch at the end of the log, wherever its offsets come from.
    fn place(&mut self, cx: &mut Cx<'_>, header: &BatchHeader, prefix: Bytes, rest: Bytes) {
        assert!(header.base_offset >= self.log_end_offset, "offsets never go back");
        if self.must_roll(cx, header) {
            // Segments adjoin, though what is in them may not: recovery knows by that that none is missing between two.
            let end = self.log_end_offset;
            let fits = header.last_offset() - end <= Offset::from(i32::MAX);
            self.roll(cx, if fits { end } else { header.base_offset });
        }
        if self.epochs.assign(header.partition_leader_epoch, header.base_offset) {
            self.emit_epochs(cx);
        }
        let interval = u64::try_from(self.config.index_interval_bytes).unwrap_or(0);
        let segment = self.active_segment_mut();
        let (base, position) = (segment.base, segment.position());
        segment.on_timestamp(header.max_timestamp, header.last_offset());
        segment.size += header.size() as u64;
        let newest = segment.newest();
        let last = relative(header.last_offset(), base);
        self.active.index.on_batch(interval, position, header.size(), last, newest);
        self.active.first_timestamp.get_or_insert(header.max_timestamp);
        self.size_bytes += header.size() as u64;
        let marker = header.attributes.is_control().then(|| marker_of(&prefix, &rest)).flatten();
        let aborted = self.producers.on_batch(header, marker, cx.now.wall_ms);
        self.active_segment_mut().aborted.extend(aborted);
        self.log_end_offset = next_offset(header);
        self.durability.on_append(self.log_end_offset);
        let write = DiskStep::Write {
            path: self.active.path.clone(),
            position: position.into(),
            data: vec![prefix.clone(), rest.clone()],
        };
        self.emit(cx, LogOp::Append { end: self.log_end_offset }, vec![write]);
        cx.tail.add(self.name.id, Kept::Batch(header.base_offset), header.size());
        self.tail.push(TailBatch {
            base_offset: header.base_offset,
            last_offset: header.last_offset(),
            max_timestamp: header.max_timestamp,
            segment: base,
            position,
            prefix,
            rest,
        });
    }

    /// Whether the batch belongs into a new segment.
    ///
    /// Source: Kafka's `LogSegment.shouldRoll`.
    fn must_roll(&self, cx: &Cx<'_>, header: &BatchHeader) -> bool {
        let segment = self.active_segment();
        if segment.size == 0 {
            return false;
        }
        let limit = u64::try_from(self.config.segment_bytes).unwrap_or(0);
        let offset_fits = i32::try_from(header.last_offset() - segment.base).is_ok();
        segment.size + header.size() as u64 > limit
            || !offset_fits
            || self.active.index.is_full(usize::try_from(self.config.segment_index_bytes).unwrap_or(0))
            || self.is_due(segment, cx.now.wall_ms, Some(header.max_timestamp))
    }

    /// Whether the time of the active segment is over when a batch of this timestamp (or none) comes.
    pub(super) fn is_due(&self, segment: &Segment, now_ms: i64, timestamp: Option<i64>) -> bool {
        let limit = self.config.segment_ms.saturating_sub(self.active.roll_jitter_ms);
        let age = match (self.active.first_timestamp, timestamp) {
            (Some(first), Some(timestamp)) if first >= 0 => timestamp.saturating_sub(first),
            _ => now_ms.saturating_sub(segment.created_ms),
        };
        age > limit
    }

    /// Closes the active segment and begins one at `base`, the offset of the next batch.
    ///
    /// The closed segment's indexes and the producers' snapshot are written now and synced with the
    /// segment; the new file exists from now on, so that an empty log keeps its place.
    pub(super) fn roll(&mut self, cx: &mut Cx<'_>, base: Offset) {
        let newest = self.active_segment().newest();
        let closed = self.active_segment().base;
        assert!(base > closed, "a segment that is closed holds something");
        let mut index = core::mem::take(&mut self.active.index);
        index.cover_time(newest);
        let (offsets, times) = index.into_files();
        let mut steps = write_file(&self.files.segment(closed, Suffix::Index), offsets);
        steps.extend(write_file(&self.files.segment(closed, Suffix::TimeIndex), times));
        steps.extend(self.write_aborted(self.segments.len() - 1));
        let snapshot = snapshot::encode(&self.producers);
        steps.extend(write_file(&self.files.segment(base, Suffix::Snapshot), snapshot));
        let path = self.files.segment(base, Suffix::Log);
        steps.extend(write_file(&path, Bytes::new()));
        self.emit(cx, LogOp::Roll { end: base }, steps);
        self.begin_segment(cx, base);
        self.active_segment_mut().has_snapshot = true;
        self.durability.on_roll(closed);
        self.active.path = path;
        cx.observe(Event::SegmentRolled { partition: self.name.partition.clone(), base });
    }

    /// Makes a new, empty segment the active one; its file is the caller's business.
    pub(super) fn begin_segment(&mut self, cx: &mut Cx<'_>, base: Offset) {
        self.segments.push_back(Segment::new(base, cx.now.wall_ms));
        self.active.path = self.files.segment(base, Suffix::Log);
        self.active.index = ActiveIndex::default();
        self.active.first_timestamp = None;
        self.active.roll_jitter_ms = self.draw_jitter(cx);
    }

    pub(super) fn draw_jitter(&self, cx: &mut Cx<'_>) -> i64 {
        let range = self.config.segment_jitter_ms.min(self.config.segment_ms);
        match u64::try_from(range) {
            Ok(range @ 1..) => cx.rng.below(range).cast_signed(),
            _ => 0,
        }
    }
}

/// The marker in a batch that is in two pieces.
fn marker_of(prefix: &Bytes, rest: &Bytes) -> Option<Marker> {
    let whole: Bytes = [&prefix[..], &rest[..]].concat().into();
    Marker::in_batch(&BatchView::parse_first(&whole).ok()?)
}

/// The steps that give `path` exactly this content. Not atomic: what reads it must notice a torn file.
pub(super) fn write_file(path: &crate::disk::Path, content: Bytes) -> Vec<DiskStep> {
    let length = content.len() as u64;
    let data = if content.is_empty() { Vec::new() } else { vec![content] };
    vec![
        DiskStep::Write { path: path.clone(), position: 0, data },
        DiskStep::Truncate { path: path.clone(), length },
    ]
}
