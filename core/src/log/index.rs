//! The two indexes of a segment, in the bytes of their files.
//!
//! `.index`: 8 bytes per entry, offset minus base offset of the segment and position in the `.log` file.
//! `.timeindex`: 12 bytes per entry, timestamp and offset minus base offset. Both big-endian, ascending.
//! The bytes on disk may end in zeros (Kafka preallocates), which count as no entries.

use bytes::{BufMut, Bytes, BytesMut};

use crate::log::batch::{i32_at, i64_at};
use crate::types::Offset;

/// Bytes per entry of the offset index.
pub(super) const OFFSET_ENTRY: usize = 8;
/// Bytes per entry of the time index.
pub(super) const TIME_ENTRY: usize = 12;

/// One entry of an offset index: a batch that ends with `offset` begins at `position`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OffsetEntry {
    /// Relative to the segment's base offset.
    pub(super) offset: u32,
    /// In the `.log` file.
    pub(super) position: u32,
}

/// One entry of a time index: up to `offset` no record is newer than `timestamp`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TimeEntry {
    pub(super) timestamp: i64,
    /// Relative to the segment's base offset; last offset of the batch that brought the timestamp.
    pub(super) offset: u32,
}

/// The offset index read from its file's bytes, without trailing zeros. `None` if it is not one.
pub(super) fn offset_entries(bytes: &[u8]) -> Option<&[u8]> {
    let entries = valid_prefix(bytes, OFFSET_ENTRY)?;
    let ascending = entries.windows(OFFSET_ENTRY * 2).step_by(OFFSET_ENTRY).all(|pair| {
        let (before, after) = (offset_at(pair, 0), offset_at(pair, OFFSET_ENTRY));
        before.offset < after.offset && before.position < after.position
    });
    ascending.then_some(entries)
}

/// The time index read from its file's bytes, without trailing zeros. `None` if it is not one.
pub(super) fn time_entries(bytes: &[u8]) -> Option<&[u8]> {
    let entries = valid_prefix(bytes, TIME_ENTRY)?;
    let ascending = entries.windows(TIME_ENTRY * 2).step_by(TIME_ENTRY).all(|pair| {
        let (before, after) = (time_at(pair, 0), time_at(pair, TIME_ENTRY));
        before.timestamp < after.timestamp && before.offset <= after.offset
    });
    ascending.then_some(entries)
}

/// Cuts trailing entries that are all zero; nothing but the first entry may be zero legitimately, and a
/// first entry that is zero says no more than no entry.
fn valid_prefix(bytes: &[u8], entry: usize) -> Option<&[u8]> {
    if !bytes.len().is_multiple_of(entry) {
        return None;
    }
    let used = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last / entry + 1);
    Some(&bytes[..used * entry])
}

fn offset_at(entries: &[u8], at: usize) -> OffsetEntry {
    OffsetEntry {
        offset: i32_at(entries, at).cast_unsigned(),
        position: i32_at(entries, at + 4).cast_unsigned(),
    }
}

fn time_at(entries: &[u8], at: usize) -> TimeEntry {
    TimeEntry { timestamp: i64_at(entries, at), offset: i32_at(entries, at + 8).cast_unsigned() }
}

/// All entries of an offset index.
pub(super) fn iter_offsets(entries: &[u8]) -> impl DoubleEndedIterator<Item = OffsetEntry> {
    entries.chunks_exact(OFFSET_ENTRY).map(|entry| offset_at(entry, 0))
}

/// All entries of a time index.
pub(super) fn iter_times(entries: &[u8]) -> impl DoubleEndedIterator<Item = TimeEntry> {
    entries.chunks_exact(TIME_ENTRY).map(|entry| time_at(entry, 0))
}

/// Number of leading entries for which `before` holds; they must come first.
fn partition(entries: &[u8], entry: usize, before: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, entries.len() / entry);
    while low < high {
        let middle = low.midpoint(high);
        if before(middle * entry) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

/// The greatest entry whose offset is at most `offset`.
pub(super) fn find_offset(entries: &[u8], offset: u32) -> Option<OffsetEntry> {
    let count = partition(entries, OFFSET_ENTRY, |at| offset_at(entries, at).offset <= offset);
    count.checked_sub(1).map(|last| offset_at(entries, last * OFFSET_ENTRY))
}

/// The greatest entry whose timestamp is at most `timestamp`: records up to its offset are not newer.
pub(super) fn find_time(entries: &[u8], timestamp: i64) -> Option<TimeEntry> {
    let count = partition(entries, TIME_ENTRY, |at| time_at(entries, at).timestamp <= timestamp);
    count.checked_sub(1).map(|last| time_at(entries, last * TIME_ENTRY))
}

/// Both indexes of the segment that is being written. They reach the disk when it is closed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct ActiveIndex {
    offsets: BytesMut,
    times: BytesMut,
    /// Bytes of the log since the last entry.
    uncovered: u64,
}

impl ActiveIndex {
    /// From the files of a segment that was closed in order; `size` is the length of its log.
    pub(super) fn load(offsets: &[u8], times: &[u8], size: u64) -> Option<Self> {
        let (offsets, times) = (offset_entries(offsets)?, time_entries(times)?);
        let covered = iter_offsets(offsets).next_back().map_or(0, |last| last.position.into());
        let uncovered = size.checked_sub(covered)?;
        Some(Self { offsets: offsets.into(), times: times.into(), uncovered })
    }

    /// Adds entries for a batch about to be placed at `position` if enough bytes have passed since the last.
    ///
    /// `last_offset` and `newest.offset` are relative to the segment; `newest` counts the batch in.
    pub(super) fn on_batch(
        &mut self,
        interval: u64,
        position: u32,
        size: usize,
        last_offset: u32,
        newest: TimeEntry,
    ) {
        if self.uncovered > interval {
            self.offsets.put_u32(last_offset);
            self.offsets.put_u32(position);
            self.cover_time(newest);
            self.uncovered = 0;
        }
        self.uncovered += size as u64;
    }

    /// Adds a time entry if it is newer than the last one.
    pub(super) fn cover_time(&mut self, newest: TimeEntry) {
        if newest.timestamp > self.last_time().map_or(-1, |last| last.timestamp) {
            self.times.put_i64(newest.timestamp);
            self.times.put_u32(newest.offset);
        }
    }

    /// Whether one more entry would not leave room for the final time entry.
    pub(super) fn is_full(&self, limit_bytes: usize) -> bool {
        let offsets = limit_bytes / OFFSET_ENTRY;
        let times = limit_bytes / TIME_ENTRY;
        self.offsets.len() / OFFSET_ENTRY >= offsets || self.times.len() / TIME_ENTRY + 1 >= times
    }

    /// Entries of the offset index.
    pub(super) fn offsets(&self) -> &[u8] {
        &self.offsets
    }

    /// Entries of the time index.
    pub(super) fn times(&self) -> &[u8] {
        &self.times
    }

    pub(super) fn last_time(&self) -> Option<TimeEntry> {
        iter_times(&self.times).next_back()
    }

    /// Both files' content, for a segment that has got its last entry.
    pub(super) fn files(&self) -> (Bytes, Bytes) {
        (Bytes::copy_from_slice(&self.offsets), Bytes::copy_from_slice(&self.times))
    }

    /// Both files' content, giving up the buffers.
    pub(super) fn into_files(self) -> (Bytes, Bytes) {
        (self.offsets.freeze(), self.times.freeze())
    }
}

/// Relative offset within a segment.
pub(super) fn relative(offset: Offset, base: Offset) -> u32 {
    u32::try_from(offset - base).expect("a segment rolls before its offsets outgrow the index")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn newest(timestamp: i64, offset: u32) -> TimeEntry {
        TimeEntry { timestamp, offset }
    }

    /// Goal: the files are Kafka's, byte for byte. Method: three batches of 3000 bytes, written down by hand
    /// from the entry rule. Source: Kafka's `LogSegment.append`.
    #[test]
    fn entries_follow_the_interval_in_kafkas_bytes() {
        let mut index = ActiveIndex::default();
        index.on_batch(4096, 0, 3000, 9, newest(1000, 9));
        index.on_batch(4096, 3000, 3000, 19, newest(2000, 19));
        index.on_batch(4096, 6000, 3000, 29, newest(2000, 19));
        index.cover_time(newest(2000, 19));
        let (offsets, times) = index.into_files();
        assert_eq!(&offsets[..], [0, 0, 0, 29, 0, 0, 0x17, 0x70]);
        assert_eq!(&times[..], [0, 0, 0, 0, 0, 0, 0x07, 0xd0, 0, 0, 0, 19]);
    }

    /// Goal: a preallocated file of Kafka's, zeros at its end, reads as its entries; a torn one as nothing.
    #[test]
    fn zeros_behind_the_entries_are_no_entries() {
        let mut bytes = [0u8; 32];
        bytes[3] = 5;
        bytes[11] = 9;
        bytes[15] = 200;
        assert_eq!(offset_entries(&bytes).map(<[u8]>::len), Some(16));
        assert_eq!(offset_entries(&bytes[..30]), None);
        bytes[3] = 10;
        assert_eq!(offset_entries(&bytes), None, "offsets must ascend");
        assert_eq!(offset_entries(&[]).map(<[u8]>::len), Some(0));
    }

    /// Goal: a lookup gives the greatest entry that is not beyond the target.
    #[test]
    fn a_lookup_never_lands_behind_the_target() {
        let mut index = ActiveIndex::default();
        for i in 0..50u32 {
            index.on_batch(0, i * 10, 10, i * 3 + 2, newest(i64::from(i) * 7, i * 3 + 2));
        }
        for target in 0..160 {
            let expected = iter_offsets(index.offsets()).rfind(|entry| entry.offset <= target);
            assert_eq!(find_offset(index.offsets(), target), expected);
            let expected = iter_times(index.times()).rfind(|entry| entry.timestamp <= target.into());
            assert_eq!(find_time(index.times(), target.into()), expected);
        }
    }
}
