//! Reading: from memory when the tail has it, else from the disk through a small cache.
//!
//! A read that needs the disk answers [`Read::Pending`] and is asked again after [`LogEvent::Readable`]; what
//! the disk gave meanwhile is kept as a *chunk* of whole, verified batches. Where in a file an offset lies is
//! known from the segment's beginning, from a *cursor* left by an earlier read, or from the segment's index,
//! which is read for the purpose and not kept.

use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::vec;
use alloc::vec::Vec;

use bytes::Bytes;
use klamm_wire::Records;
use klamm_wire::batch::BatchHeader;

use crate::cx::Cx;
use crate::disk::{DiskDone, DiskError, DiskErrorKind, DiskStep, LogOp, StepDone};
use crate::log::batch::{Bad, next_offset, parse, parse_whole, verify};
use crate::log::index::{find_offset, offset_entries, relative};
use crate::log::segment::Suffix;
use crate::log::tail::Kept;
use crate::log::{Log, LogEvent};
use crate::types::Offset;

/// Chunks kept per log.
const CHUNKS: usize = 4;
/// Positions kept per log.
const CURSORS: usize = 16;
/// Refused reads remembered until they are asked again.
const UNREADABLE: usize = 64;

/// The answer to a read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Read {
    /// Whole batches; the first may begin before the offset asked for. Empty if there is none below the
    /// upper bound, or none that fits. May be less than asked for: the rest is asked for again.
    Records {
        records: Records,
        /// Where to go on.
        next_offset: Offset,
        bytes: usize,
    },
    /// The disk was asked; try again after [`LogEvent::Readable`].
    Pending,
    /// Below the log's start or above its end.
    OutOfRange,
    /// The disk gives other bytes than were written.
    Corrupt,
    /// The disk gives an error; a later try may succeed.
    Failed(DiskErrorKind),
}

/// Whole batches read back from the disk, their CRC verified.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Chunk {
    /// The offset it was read for; no batch between it and the first one here.
    from: Offset,
    /// The first offset behind it. Greater than `from`.
    next: Offset,
    bytes: Bytes,
    /// Nobody had a chance to look at it.
    fresh: bool,
}

/// A place in a file that is known without the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Cursor {
    offset: Offset,
    /// Base offset of the segment.
    segment: Offset,
    position: u32,
    /// See [`Wanted::Batches`].
    from_index: bool,
}

/// A read that waits for the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Wanted {
    /// The index of this segment.
    Index { segment: Offset },
    /// Batches from this place on.
    Batches {
        segment: Offset,
        position: u32,
        length: u32,
        /// The place came from an index, which may be rotten: on error the segment is read from its start.
        from_index: bool,
    },
    /// The disk said no, or gave other bytes than were written; told once.
    Unreadable(Option<DiskErrorKind>),
}

/// The cache and the reads under way of one log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Reader {
    /// Newest last.
    chunks: VecDeque<Chunk>,
    /// Newest last.
    cursors: VecDeque<Cursor>,
    wanted: BTreeMap<Offset, Wanted>,
    /// Segments whose index is being read.
    indexes: BTreeSet<Offset>,
    /// Lookups by timestamp: how far each has come.
    pub(super) lookups: BTreeMap<i64, super::lookup::Progress>,
}

impl Reader {
    /// Drops a chunk; one that nobody could look at yet stays once.
    pub(super) fn evict(&mut self, from: Offset) -> bool {
        let Some(index) = self.chunks.iter().position(|chunk| chunk.from == from) else { return true };
        if core::mem::take(&mut self.chunks[index].fresh) {
            return false;
        }
        self.chunks.remove(index);
        true
    }

    /// Forgets everything that lies below `start`, or at or above `end`.
    pub(super) fn retain(&mut self, start: Offset, end: Offset) {
        self.chunks.retain(|chunk| chunk.next > start && chunk.next <= end);
        self.cursors.retain(|cursor| cursor.offset >= start && cursor.offset < end);
    }

    fn chunk(&mut self, offset: Offset) -> Option<(Offset, Bytes)> {
        let chunk = self.chunks.iter_mut().rev().find(|chunk| (chunk.from..chunk.next).contains(&offset))?;
        chunk.fresh = false;
        Some((chunk.next, chunk.bytes.clone()))
    }

    fn add_chunk(&mut self, chunk: Chunk) {
        assert!(chunk.from < chunk.next, "a chunk leads somewhere");
        if self.chunks.len() == CHUNKS {
            self.chunks.pop_front();
        }
        self.chunks.push_back(chunk);
    }

    pub(super) fn add_cursor(&mut self, offset: Offset, segment: Offset, position: u32, from_index: bool) {
        if self.cursors.len() == CURSORS {
            self.cursors.pop_front();
        }
        self.cursors.retain(|cursor| cursor.offset != offset);
        self.cursors.push_back(Cursor { offset, segment, position, from_index });
    }

    /// Marks the index of a segment as wanted; whether it has to be asked for.
    pub(super) fn want_index(&mut self, segment: Offset) -> bool {
        self.indexes.insert(segment)
    }

    fn refuse(&mut self, offset: Offset, error: Option<DiskErrorKind>) {
        self.wanted.insert(offset, Wanted::Unreadable(error));
        let refused = |wanted: &Wanted| matches!(wanted, Wanted::Unreadable(_));
        if self.wanted.values().filter(|wanted| refused(wanted)).count() > UNREADABLE {
            self.wanted.retain(|_, wanted| !refused(wanted));
        }
    }
}

/// Where the batches from some offset on are.
pub(super) enum Source {
    /// In the tail.
    Tail,
    /// In these bytes, which end before the offset given. The first batches may lie before the one asked for.
    Chunk { next: Offset, bytes: Bytes },
    /// The disk was asked.
    Pending,
    /// The disk was asked in vain: it gives other bytes than were written, or an error.
    Unreadable(Option<DiskErrorKind>),
}

impl Log {
    /// Reads whole batches from the one that holds `offset`, all of them below `upper`.
    ///
    /// At most `max_bytes`, except that with `at_least_one_batch` the first is returned whatever its size.
    pub(crate) fn read(
        &mut self,
        cx: &mut Cx<'_>,
        offset: Offset,
        upper: Offset,
        max_bytes: u32,
        at_least_one_batch: bool,
    ) -> Read {
        if !self.is_open() {
            return Read::Corrupt;
        }
        if offset < self.log_start_offset || offset > self.log_end_offset {
            return Read::OutOfRange;
        }
        assert!(upper <= self.log_end_offset, "nobody may read behind the end");
        let mut selection = Selection {
            records: Records::new(),
            next_offset: offset,
            bytes: 0,
            upper,
            max_bytes: max_bytes as usize,
            at_least_one_batch,
        };
        while selection.next_offset < upper {
            match self.source(cx, selection.next_offset) {
                Source::Pending => return Read::Pending,
                Source::Unreadable(None) => return Read::Corrupt,
                Source::Unreadable(Some(error)) => return Read::Failed(error),
                Source::Tail => {
                    self.select_from_tail(&mut selection);
                    break;
                }
                Source::Chunk { next, bytes } => {
                    if !bytes.is_empty() {
                        selection.take_chunk(&bytes);
                        break;
                    }
                    selection.next_offset = next;
                }
            }
        }
        let Selection { records, next_offset, bytes, .. } = selection;
        assert!(next_offset <= upper || bytes == 0, "nothing is read at or above the bound");
        Read::Records { records, next_offset, bytes }
    }

    fn select_from_tail(&self, selection: &mut Selection) {
        for batch in self.tail.from(selection.next_offset) {
            if !selection.fits(batch.last_offset, batch.size()) {
                break;
            }
            selection.records.push(batch.prefix.clone());
            selection.records.push(batch.rest.clone());
            selection.advance(batch.last_offset, batch.size());
        }
    }

    /// Finds the batches from `offset` on, and asks the disk for them if need be.
    pub(super) fn source(&mut self, cx: &mut Cx<'_>, offset: Offset) -> Source {
        assert!(offset < self.log_end_offset, "there is nothing to be found at the end");
        if self.tail.covers(offset) {
            return Source::Tail;
        }
        if let Some((next, bytes)) = self.reader.chunk(offset) {
            return Source::Chunk { next, bytes };
        }
        match self.reader.wanted.get(&offset) {
            Some(Wanted::Unreadable(error)) => {
                let error = *error;
                self.reader.wanted.remove(&offset);
                Source::Unreadable(error)
            }
            Some(_) => Source::Pending,
            None => self.begin_read(cx, offset),
        }
    }

    /// Asks the disk, unless what is known of the segment says already that there is nothing to ask for.
    fn begin_read(&mut self, cx: &mut Cx<'_>, offset: Offset) -> Source {
        let index = self.segment_of(offset).expect("the log starts in a segment");
        let segment = self.segments[index].base;
        let cursor = self.reader.cursors.iter().find(|cursor| cursor.offset == offset);
        if offset == segment {
            self.read_batches(cx, offset, segment, 0, 0, false);
        } else if let Some(Cursor { segment, position, from_index, .. }) = cursor.copied() {
            self.read_batches(cx, offset, segment, position, 0, from_index);
        } else if index + 1 == self.segments.len() {
            let entry = find_offset(self.active.index.offsets(), relative(offset, segment));
            let position = entry.map_or(0, |entry| entry.position);
            self.read_batches(cx, offset, segment, position, 0, false);
        } else {
            self.reader.wanted.insert(offset, Wanted::Index { segment });
            self.request_index(cx, segment);
        }
        match (self.reader.wanted.get(&offset).copied(), self.reader.chunk(offset)) {
            (_, Some((next, bytes))) => Source::Chunk { next, bytes },
            (Some(Wanted::Unreadable(error)), None) => {
                self.reader.wanted.remove(&offset);
                Source::Unreadable(error)
            }
            (None, None) => Source::Unreadable(None),
            (Some(Wanted::Index { .. } | Wanted::Batches { .. }), None) => Source::Pending,
        }
    }

    /// Reads the index files of a closed segment, unless that is under way.
    pub(super) fn request_index(&mut self, cx: &mut Cx<'_>, segment: Offset) {
        if !self.reader.want_index(segment) {
            return;
        }
        let whole = |suffix| DiskStep::Read {
            path: self.files.segment(segment, suffix),
            position: 0,
            length: u64::MAX,
        };
        let steps = vec![whole(Suffix::Index), whole(Suffix::TimeIndex)];
        self.emit(cx, LogOp::ReadIndex { base: segment }, steps);
    }

    /// Bytes of a segment's file that are on the disk and not in memory.
    fn cold_size(&self, index: usize) -> u64 {
        let segment = &self.segments[index];
        match self.tail.front() {
            Some(front) if front.segment == segment.base => front.position.into(),
            Some(front) if front.segment < segment.base => 0,
            _ => segment.size,
        }
    }

    /// Asks for batches from `position` on, at least `needed` bytes; steps over to the next segment at the end.
    fn read_batches(
        &mut self,
        cx: &mut Cx<'_>,
        offset: Offset,
        segment: Offset,
        position: u32,
        needed: u32,
        from_index: bool,
    ) {
        let found = self.segments.binary_search_by_key(&segment, |segment| segment.base);
        let Ok(index) = found else {
            // The segment was deleted meanwhile; the next try sees what is left.
            self.reader.wanted.remove(&offset);
            return;
        };
        let available = self.cold_size(index).saturating_sub(position.into());
        if u64::from(needed) > available {
            return self.reader.refuse(offset, None);
        }
        if available == 0 {
            return self.skip_to_next_segment(cx, offset, index);
        }
        let wish = cx.config.read_chunk_bytes.max(needed).max(1);
        let length = u32::try_from(available).unwrap_or(u32::MAX).min(wish);
        self.reader.wanted.insert(offset, Wanted::Batches { segment, position, length, from_index });
        let path = self.files.segment(segment, Suffix::Log);
        let step = DiskStep::Read { path, position: position.into(), length: length.into() };
        self.emit(cx, LogOp::Read { offset, max_bytes: length }, vec![step]);
    }

    /// No batch of the segment reaches `offset`: compaction has left a gap in front of the next one.
    fn skip_to_next_segment(&mut self, cx: &mut Cx<'_>, offset: Offset, index: usize) {
        let next = self.segments.get(index + 1).map(|segment| segment.base);
        let next = match (next, self.tail.front()) {
            (Some(next), _) if next > offset => next,
            (_, Some(front)) if front.base_offset > offset => front.base_offset,
            _ => return self.reader.refuse(offset, None),
        };
        self.reader.wanted.remove(&offset);
        self.keep_chunk(cx, Chunk { from: offset, next, bytes: Bytes::new(), fresh: true });
    }

    fn keep_chunk(&mut self, cx: &mut Cx<'_>, chunk: Chunk) {
        cx.tail.add(self.name.id, Kept::Chunk(chunk.from), chunk.bytes.len());
        self.reader.add_chunk(chunk);
    }

    /// An index has been read: reads and lookups that waited for it know their place now.
    pub(super) fn on_read_index(
        &mut self,
        cx: &mut Cx<'_>,
        segment: Offset,
        result: Result<DiskDone, DiskError>,
    ) -> Vec<LogEvent> {
        self.reader.indexes.remove(&segment);
        let files = result.ok().map(|done| match <[StepDone; 2]>::try_from(done) {
            Ok([StepDone::Read(offsets), StepDone::Read(times)]) => (offsets, times),
            other => panic!("an index is read in two reads: {other:?}"),
        });
        // An index that cannot be trusted costs time, not correctness: the segment is read from its start.
        let (offsets, times) = files.unwrap_or_default();
        let offsets = offset_entries(&offsets).unwrap_or(&[]);
        let waiting = self.reader.wanted.iter().filter(|(_, wanted)| **wanted == Wanted::Index { segment });
        for offset in waiting.map(|(offset, _)| *offset).collect::<Vec<_>>() {
            let position = find_offset(offsets, relative(offset, segment)).map_or(0, |entry| entry.position);
            self.read_batches(cx, offset, segment, position, 0, true);
        }
        self.on_time_index(segment, offsets, &times);
        vec![LogEvent::Readable]
    }

    /// Bytes have been read for `offset`: what is good of them is kept for those who ask again.
    pub(super) fn on_read(
        &mut self,
        cx: &mut Cx<'_>,
        offset: Offset,
        result: Result<DiskDone, DiskError>,
    ) -> Vec<LogEvent> {
        let Some(Wanted::Batches { segment, position, length, from_index }) =
            self.reader.wanted.get(&offset).copied()
        else {
            return Vec::new(); // Forgotten meanwhile: the log was truncated.
        };
        let bytes = match result.as_deref() {
            Ok([StepDone::Read(bytes)]) => bytes.clone(),
            Ok(other) => panic!("batches are read in one read: {other:?}"),
            Err(error) => {
                self.reader.refuse(offset, Some(error.kind));
                return vec![LogEvent::Readable];
            }
        };
        let whole = bytes.len() == length as usize;
        match verified(&bytes, segment, self.end_of_segment(segment), offset) {
            Verified::Batches { start, end, next } => {
                self.reader.wanted.remove(&offset);
                let behind = position + u32::try_from(end).expect("within a segment");
                self.reader.add_cursor(next, segment, behind, false);
                self.keep_chunk(
                    cx,
                    Chunk { from: offset, next, bytes: bytes.slice(start..end), fresh: true },
                );
            }
            Verified::More { start, needed } if whole => {
                let at = position + u32::try_from(start).expect("within a segment");
                self.read_batches(
                    cx,
                    offset,
                    segment,
                    at,
                    u32::try_from(needed).unwrap_or(u32::MAX),
                    from_index,
                );
            }
            // The way there leads over something that is no batch: perhaps the index was wrong.
            _ if from_index && position > 0 => self.read_batches(cx, offset, segment, 0, 0, false),
            _ => self.reader.refuse(offset, None),
        }
        vec![LogEvent::Readable]
    }

    /// No batch of the segment that begins at `base` reaches this offset.
    fn end_of_segment(&self, base: Offset) -> Offset {
        let behind = self.segments.partition_point(|segment| segment.base <= base);
        self.segments.get(behind).map_or(self.log_end_offset, |next| next.base)
    }
}

/// What bytes read from a segment hold.
enum Verified {
    /// Good batches from the one that holds the offset wanted.
    Batches { start: usize, end: usize, next: Offset },
    /// The batch wanted begins at `start` or behind it, and `needed` bytes from there were not read.
    More { start: usize, needed: usize },
    /// The batch wanted, or one before it, is not what was written.
    Bad,
}

/// Finds the batch that holds `offset`, or the next one, and verifies as many batches from there as are whole.
///
/// The offsets of a batch lie outside its CRC: that they ascend within the segment is all that can be checked.
fn verified(bytes: &Bytes, segment: Offset, end_of_segment: Offset, offset: Offset) -> Verified {
    let mut at = 0;
    let mut least = segment;
    let in_place = |header: &BatchHeader, least: Offset| {
        header.base_offset >= least && header.last_offset() < end_of_segment
    };
    loop {
        match parse(&bytes[at..]) {
            Ok(header) if !in_place(&header, least) => return Verified::Bad,
            Ok(header) if header.last_offset() >= offset => break,
            Ok(header) => {
                least = next_offset(&header);
                at += header.size();
            }
            Err(Bad::Short { needed }) => return Verified::More { start: at, needed },
            Err(_) => return Verified::Bad,
        }
        if at >= bytes.len() {
            // May lie behind what was read: a batch was stepped over by its length.
            return Verified::More { start: at, needed: 0 };
        }
    }
    let (start, mut next) = (at, offset);
    loop {
        match verify(&bytes.slice(at..)) {
            Ok(header) if in_place(&header, least) => {
                least = next_offset(&header);
                next = least;
                at += header.size();
            }
            Err(Bad::Short { needed }) if at == start => return Verified::More { start, needed },
            _ if at == start => return Verified::Bad,
            _ => return Verified::Batches { start, end: at, next },
        }
    }
}

/// Batches being picked for one read.
struct Selection {
    records: Records,
    next_offset: Offset,
    bytes: usize,
    upper: Offset,
    max_bytes: usize,
    at_least_one_batch: bool,
}

impl Selection {
    fn fits(&self, last_offset: Offset, size: usize) -> bool {
        let first = self.bytes == 0 && self.at_least_one_batch;
        last_offset < self.upper && (first || self.bytes + size <= self.max_bytes)
    }

    fn advance(&mut self, last_offset: Offset, size: usize) {
        self.next_offset = last_offset + 1;
        self.bytes += size;
    }

    /// Takes what fits of a chunk in one piece.
    fn take_chunk(&mut self, bytes: &Bytes) {
        let (mut at, mut start) = (0, None);
        while at < bytes.len() {
            let header = parse_whole(&bytes[at..]).expect("chunks are verified");
            if header.last_offset() >= self.next_offset {
                if !self.fits(header.last_offset(), header.size()) {
                    break;
                }
                start.get_or_insert(at);
                self.advance(header.last_offset(), header.size());
            }
            at += header.size();
        }
        if let Some(start) = start {
            self.records.push(bytes.slice(start..at));
        }
    }
}
