//! Finding offsets by timestamp, exact to the record.

use klamm_wire::batch::BatchView;

use bytes::Bytes;

use crate::cx::Cx;
use crate::log::Log;
use crate::log::batch::parse_whole;
use crate::log::index::{find_offset, find_time, iter_times, relative, time_entries};
use crate::log::read::Source;
use crate::types::{LeaderEpoch, Offset};

/// Lookups of one log whose progress is remembered; with more, the one of the oldest timestamp starts over.
const LOOKUPS: usize = 1024;

/// The answer to a lookup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lookup {
    /// This record.
    Found {
        /// Of the record.
        timestamp: i64,
        offset: Offset,
        /// Of the leader that wrote it; -1 if unknown.
        leader_epoch: LeaderEpoch,
    },
    /// No record fits.
    NotFound,
    /// The disk was asked; try again after [`LogEvent::Readable`](crate::log::LogEvent::Readable).
    Pending,
    /// The disk gives an error, or other bytes than were written.
    Corrupt,
    /// The disk gives an error; a later try may succeed.
    Failed,
}

/// How far a lookup has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Progress {
    /// Waits for the index of this segment.
    Index { segment: Offset },
    /// No record below this offset fits.
    Scan { from: Offset },
}

/// One batch met while scanning.
struct Met<'a> {
    base_offset: Offset,
    last_offset: Offset,
    max_timestamp: i64,
    bytes: &'a dyn Fn() -> Bytes,
}

/// What to do after a batch.
enum Step {
    Next,
    Done(Lookup),
}

impl Log {
    /// The first record below `upper` whose timestamp is at least `timestamp`.
    pub(crate) fn offset_for_timestamp(&mut self, cx: &mut Cx<'_>, timestamp: i64, upper: Offset) -> Lookup {
        if !self.is_open() {
            return Lookup::Corrupt;
        }
        let start = match self.reader.lookups.remove(&timestamp) {
            Some(Progress::Scan { from }) => Some(from),
            waiting @ (Some(Progress::Index { .. }) | None) => {
                let segment = self.first_segment_reaching(timestamp);
                let Some(index) = segment else { return Lookup::NotFound };
                let base = self.segments[index].base;
                if waiting == Some(Progress::Index { segment: base }) {
                    None
                } else {
                    self.scan_start(timestamp, index)
                }
            }
        };
        let Some(start) = start else {
            let index = self.first_segment_reaching(timestamp).expect("looked up above");
            let segment = self.segments[index].base;
            self.remember(timestamp, Progress::Index { segment });
            self.request_index(cx, segment);
            return Lookup::Pending;
        };
        let log_start_offset = self.log_start_offset;
        let mut from = start.max(log_start_offset);
        let found = self.scan(cx, &mut from, upper, |batch| {
            if batch.max_timestamp < timestamp {
                return Step::Next;
            }
            match first_record(&(batch.bytes)(), log_start_offset, |at| at >= timestamp) {
                Some(Lookup::NotFound) => Step::Next,
                Some(found) => Step::Done(found),
                None => Step::Done(Lookup::Corrupt),
            }
        });
        if found == Lookup::Pending {
            self.remember(timestamp, Progress::Scan { from });
        }
        below(found, upper)
    }

    /// The record below `upper` with the greatest timestamp, the first of them if there are several.
    ///
    /// Source: KIP-734.
    pub(crate) fn max_timestamp(&mut self, cx: &mut Cx<'_>, upper: Offset) -> Lookup {
        if !self.is_open() {
            return Lookup::Corrupt;
        }
        let Some((mut best, mut from)) = self.max_timestamp_by_index(upper) else { return Lookup::NotFound };
        // What the indexes do not cover is looked at batch by batch.
        let scanned = self.scan(cx, &mut from, upper, |batch| {
            if batch.last_offset < upper && best.is_none_or(|(newest, _)| batch.max_timestamp > newest) {
                best = Some((batch.max_timestamp, batch.last_offset));
            }
            Step::Next
        });
        let Some((timestamp, mut offset)) = best else { return scanned };
        match scanned {
            Lookup::NotFound => {}
            other => return other,
        }
        let end = offset + 1;
        let found = self.scan(cx, &mut offset, end, |batch| {
            match first_record(&(batch.bytes)(), batch.base_offset, |at| at >= timestamp) {
                Some(found) => Step::Done(found),
                None => Step::Done(Lookup::Corrupt),
            }
        });
        below(found, upper)
    }

    /// The greatest timestamp the indexes know below `upper` with the last offset of its batch, and the offset
    /// from which on they know nothing. `None` if there is no record below `upper`.
    fn max_timestamp_by_index(&self, upper: Offset) -> Option<(Option<(i64, Offset)>, Offset)> {
        let last = self.segment_of(upper - 1)?;
        let mut best: Option<(i64, Offset)> = None;
        let mut take = |timestamp: i64, offset: Offset| {
            if timestamp >= 0 && best.is_none_or(|(newest, _)| timestamp > newest) {
                best = Some((timestamp, offset));
            }
        };
        for segment in self.segments.range(..last) {
            take(segment.largest_timestamp, segment.offset_of_largest);
        }
        let segment = &self.segments[last];
        let mut from = segment.base;
        if segment.offset_of_largest < upper {
            take(segment.largest_timestamp, segment.offset_of_largest);
            from = upper;
        } else if last + 1 == self.segments.len() {
            let known = iter_times(self.active.index.times())
                .rev()
                .map(|entry| (entry.timestamp, segment.base + Offset::from(entry.offset)))
                .find(|(_, offset)| *offset < upper);
            if let Some((timestamp, offset)) = known {
                take(timestamp, offset);
                from = offset + 1;
            }
        }
        Some((best, from.max(self.log_start_offset)))
    }

    fn first_segment_reaching(&self, timestamp: i64) -> Option<usize> {
        let reaches = |index: &usize| {
            let end = self.segments.get(index + 1).map_or(self.log_end_offset, |next| next.base);
            self.segments[*index].largest_timestamp >= timestamp && end > self.log_start_offset
        };
        (0..self.segments.len()).find(reaches)
    }

    /// Where in a segment to begin, without the disk; `None` if that takes its index.
    fn scan_start(&self, timestamp: i64, index: usize) -> Option<Offset> {
        let base = self.segments[index].base;
        if index + 1 == self.segments.len() {
            let entry = find_time(self.active.index.times(), timestamp);
            return Some(entry.map_or(base, |entry| base + Offset::from(entry.offset)));
        }
        self.tail.covers(base).then_some(base)
    }

    /// The index of a segment is here: lookups that waited for it know where to begin.
    pub(super) fn on_time_index(&mut self, segment: Offset, offsets: &[u8], times: &[u8]) {
        let times = time_entries(times).unwrap_or(&[]);
        let waiting = Progress::Index { segment };
        let mut cursors = alloc::vec::Vec::new();
        for (timestamp, progress) in &mut self.reader.lookups {
            if *progress == waiting {
                let entry = find_time(times, *timestamp);
                let from = entry.map_or(segment, |entry| segment + Offset::from(entry.offset));
                *progress = Progress::Scan { from };
                let place = find_offset(offsets, relative(from, segment));
                cursors.push((from, place.map_or(0, |entry| entry.position)));
            }
        }
        for (from, position) in cursors {
            self.reader.add_cursor(from, segment, position, true);
        }
    }

    fn remember(&mut self, timestamp: i64, progress: Progress) {
        if self.reader.lookups.len() >= LOOKUPS {
            self.reader.lookups.pop_first();
        }
        self.reader.lookups.insert(timestamp, progress);
    }

    /// Shows the batches from `from` up to `upper` to `look`, until it is done. `from` moves along, so that a
    /// scan that has to wait goes on where it was.
    fn scan(
        &mut self,
        cx: &mut Cx<'_>,
        from: &mut Offset,
        upper: Offset,
        mut look: impl FnMut(&Met<'_>) -> Step,
    ) -> Lookup {
        while *from < upper {
            match self.source(cx, *from) {
                Source::Pending => return Lookup::Pending,
                Source::Unreadable(None) => return Lookup::Corrupt,
                Source::Unreadable(Some(_)) => return Lookup::Failed,
                Source::Tail => {
                    for batch in self.tail.from(*from).take_while(|batch| batch.base_offset < upper) {
                        let met = Met {
                            base_offset: batch.base_offset,
                            last_offset: batch.last_offset,
                            max_timestamp: batch.max_timestamp,
                            bytes: &|| batch.to_bytes(),
                        };
                        if let Step::Done(lookup) = look(&met) {
                            return lookup;
                        }
                    }
                    return Lookup::NotFound;
                }
                Source::Chunk { next, bytes } => {
                    let mut at = 0;
                    while at < bytes.len() {
                        let header = parse_whole(&bytes[at..]).expect("chunks are verified");
                        if header.base_offset >= upper {
                            return Lookup::NotFound;
                        }
                        let batch = at..at + header.size();
                        let met = Met {
                            base_offset: header.base_offset,
                            last_offset: header.last_offset(),
                            max_timestamp: header.max_timestamp,
                            bytes: &|| bytes.slice(batch.clone()),
                        };
                        if header.last_offset() >= *from
                            && let Step::Done(lookup) = look(&met)
                        {
                            return lookup;
                        }
                        at += header.size();
                    }
                    *from = next;
                }
            }
        }
        Lookup::NotFound
    }
}

/// What lies at or above the bound is not there for the one who asks.
fn below(lookup: Lookup, upper: Offset) -> Lookup {
    match lookup {
        Lookup::Found { offset, .. } if offset >= upper => Lookup::NotFound,
        other => other,
    }
}

/// The first record of a batch, from `start` on, whose timestamp fits; `None` if the batch cannot be opened.
fn first_record(batch: &Bytes, start: Offset, fits: impl Fn(i64) -> bool) -> Option<Lookup> {
    let header = parse_whole(batch).ok()?;
    let view = BatchView::parse_first(batch).ok()?;
    for record in view.records_decompressed(usize::MAX).ok()? {
        let record = record.ok()?;
        let offset = header.base_offset + Offset::from(record.offset_delta);
        let timestamp = view.timestamp(record.timestamp_delta);
        if offset >= start && fits(timestamp) {
            return Some(Lookup::Found { timestamp, offset, leader_epoch: header.partition_leader_epoch });
        }
    }
    Some(Lookup::NotFound)
}
