//! One replica's log as it was seen to be written: batches by offset, epoch and CRC, and how much of it is held.

use core::fmt;
use std::collections::VecDeque;

use bytes::Bytes;
use klamm_core::types::{LeaderEpoch, Offset};

use super::timeline::Timeline;

/// One batch of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Entry {
    /// First offset.
    pub(crate) base: Offset,
    /// First offset behind it.
    pub(crate) end: Offset,
    /// The epoch it was appended in.
    pub(crate) epoch: LeaderEpoch,
    /// Of everything but offset and epoch.
    pub(crate) crc: u32,
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { base, end, epoch, crc } = self;
        write!(f, "[{base}, {end}) of epoch {epoch} ({crc:08x})")
    }
}

/// Bytes of a batch that say all there is in an [`Entry`].
const HEADER: usize = 27;

impl Entry {
    /// Reads the batch at the start of `bytes`, and says how long it is; `None` if there is no whole header.
    pub(super) fn parse(bytes: &[u8]) -> Option<(Self, usize)> {
        let header = bytes.first_chunk::<HEADER>()?;
        let word = |at: usize| u32::from_be_bytes(header[at..at + 4].try_into().expect("four bytes"));
        let base = i64::from_be_bytes(header[..8].try_into().expect("eight bytes"));
        let length = word(8) as usize + 12;
        let end = base + i64::from(word(23)) + 1;
        Some((Self { base, end, epoch: word(12).cast_signed(), crc: word(17) }, length))
    }

    /// Reads a batch that lies in several parts.
    pub(super) fn parse_parts(parts: &[Bytes]) -> Option<Self> {
        let mut header = [0; HEADER];
        let bytes = parts.iter().flat_map(|part| part.iter().copied());
        let copied = header.iter_mut().zip(bytes).map(|(to, from)| *to = from).count();
        if copied < HEADER { None } else { Self::parse(&header).map(|(entry, _)| entry) }
    }
}

/// Part of a log that the disk has not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lost {
    /// First offset.
    pub(crate) from: Offset,
    /// Where the log ended.
    pub(crate) to: Offset,
    /// The whole disk is another one, or an older one.
    pub(crate) with_disk: bool,
}

/// One replica's log.
#[derive(Clone, Debug, Default)]
pub(crate) struct ReplicaLog {
    entries: VecDeque<Entry>,
    /// Where each epoch begins that has a batch here.
    epochs: Vec<(LeaderEpoch, Offset)>,
    /// First offset that may be read.
    pub(crate) start: Offset,
    /// Next offset.
    pub(crate) end: Offset,
    /// Below it, everything is written into the page cache, as far as the node was told.
    pub(crate) written_end: Offset,
    /// Below it, everything is synced, as far as the node was told.
    pub(crate) synced_end: Offset,
    /// Below it, everything is what was committed.
    pub(crate) compared: Offset,
    /// The node's high watermark.
    pub(crate) high_watermark: Offset,
    /// The epoch the node leads or follows in, as far as it has said.
    pub(crate) epoch: LeaderEpoch,
    /// The epoch the node leads in.
    pub(crate) leads: Option<LeaderEpoch>,
    /// What a power loss or another disk has taken and replication has not given back yet.
    pub(crate) lost: Option<Lost>,
    /// The node's present life has opened it. One that was moved away while it was on a disk that is gone is never
    /// opened again, and nobody will say so.
    pub(crate) opened: bool,
    /// The power went: what there is will be known when the log is loaded.
    pub(crate) in_doubt: bool,
}

impl ReplicaLog {
    /// A batch was appended.
    pub(super) fn push(&mut self, entry: Entry) {
        if self.epochs.last().is_none_or(|(epoch, _)| *epoch < entry.epoch) {
            self.epochs.push((entry.epoch, entry.base));
        }
        self.end = entry.end;
        self.entries.push_back(entry);
    }

    /// Nothing at or behind `end` is there any more, nor the rest of a batch that reaches over it.
    pub(super) fn truncate(&mut self, end: Offset) {
        while self.entries.back().is_some_and(|entry| entry.end > end) {
            let entry = self.entries.pop_back().expect("just looked at");
            self.end = entry.base;
        }
        self.end = self.end.min(end);
        self.bound();
    }

    /// The log is empty and begins at `start`.
    pub(super) fn reset(&mut self, start: Offset) {
        self.entries.clear();
        (self.start, self.end) = (start, start);
        self.epochs.clear();
        self.bound();
        self.compared = start;
        (self.written_end, self.synced_end) = (start, start);
    }

    fn bound(&mut self) {
        let end = self.end;
        self.epochs.retain(|(_, start)| *start < end);
        for mark in
            [&mut self.written_end, &mut self.synced_end, &mut self.compared, &mut self.high_watermark]
        {
            *mark = (*mark).min(end);
        }
    }

    /// Batches below `start` are not read any more.
    pub(super) fn forget_before(&mut self, start: Offset) {
        while self.entries.front().is_some_and(|entry| entry.end <= start) {
            self.entries.pop_front();
        }
        self.start = self.start.max(start);
        self.compared = self.compared.max(start);
        self.end = self.end.max(start);
    }

    /// The power went: what was not synced may be gone.
    pub(super) fn lose_power(&mut self) {
        if self.synced_end < self.end {
            self.note_lost(self.synced_end, self.end, false);
        }
        self.in_doubt = true;
    }

    fn note_lost(&mut self, from: Offset, to: Offset, with_disk: bool) {
        let before = self.lost.unwrap_or(Lost { from, to, with_disk });
        let with_disk = with_disk || before.with_disk;
        self.lost = Some(Lost { from: before.from.min(from), to: before.to.max(to), with_disk });
    }

    /// The disk is another one, or an older one.
    pub(super) fn lose_disk(&mut self) {
        self.note_lost(0, self.end, true);
        (self.written_end, self.synced_end) = (0, 0);
        self.in_doubt = true;
    }

    /// The log was loaded with this content: all of it is synced.
    pub(super) fn load(&mut self, start: Offset, end: Offset, entries: VecDeque<Entry>) {
        let before = core::mem::take(&mut self.entries);
        // Records that were removed, here or there, are no difference.
        let first = |entries: &VecDeque<Entry>| entries.front().map_or(Offset::MIN, |entry| entry.base);
        let both = first(&before).max(first(&entries));
        let in_both = |entry: &&Entry| entry.base >= both;
        let gone = first_difference(before.iter().filter(in_both), entries.iter().filter(in_both));
        let old_end = self.end;
        self.reset(start);
        entries.into_iter().for_each(|entry| self.push(entry));
        self.end = end;
        (self.written_end, self.synced_end) = (end, end);
        if core::mem::take(&mut self.in_doubt) {
            // What was only in doubt is there after all, or is lost for certain.
            let doubted = self.lost.take();
            if let Some(from) = gone {
                let with_disk = doubted.is_some_and(|lost| lost.with_disk);
                self.note_lost(from, doubted.map_or(old_end, |lost| lost.to.max(old_end)), with_disk);
            }
        }
    }

    /// The batches with an offset from `from` on.
    pub(crate) fn entries_from(&self, from: Offset) -> impl Iterator<Item = &Entry> {
        let first = self.entries.partition_point(|entry| entry.end <= from);
        self.entries.range(first..)
    }

    /// The epoch of the record at an offset; -1 if it is not known.
    pub(crate) fn epoch_at(&self, offset: Offset) -> LeaderEpoch {
        if offset >= self.end {
            return -1;
        }
        let next = self.epochs.partition_point(|(_, start)| *start <= offset);
        next.checked_sub(1).map_or(-1, |index| self.epochs[index].0)
    }

    /// Whether what is lost here covers an offset and was not replicated back.
    pub(crate) fn has_lost(&self, offset: Offset) -> bool {
        let back = !self.in_doubt && self.compared > offset;
        !back && self.lost.is_some_and(|lost| lost.from <= offset && offset < lost.to)
    }

    /// The epochs of this log, as its node begins to lead it in `epoch`.
    pub(super) fn timeline(&self, epoch: LeaderEpoch) -> Timeline {
        Timeline::new(self.epochs.clone(), epoch, self.end)
    }
}

/// The first offset of `before` at which `after` has something else or nothing.
fn first_difference<'a>(
    before: impl Iterator<Item = &'a Entry>,
    mut after: impl Iterator<Item = &'a Entry>,
) -> Option<Offset> {
    before.into_iter().find(|entry| after.next() != Some(entry)).map(|entry| entry.base)
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(crate) fn entry(base: Offset, epoch: LeaderEpoch) -> Entry {
        Entry { base, end: base + 2, epoch, crc: u32::try_from(base).unwrap() }
    }

    fn log(count: i64) -> ReplicaLog {
        let mut log = ReplicaLog::default();
        (0..count).for_each(|number| log.push(entry(number * 2, 1)));
        log
    }

    #[test]
    fn a_batch_is_read_as_the_core_writes_it() {
        let first = crate::clients::record::RecordId { producer: 1, number: 0 };
        let producer = crate::clients::record::BatchProducer::NONE;
        let bytes = crate::clients::record::encode(first, 4, 99, producer, 50);
        let view = klamm_wire::batch::BatchView::parse_first(&bytes).unwrap();
        let header = view.header();
        let (entry, length) = Entry::parse(&bytes).unwrap();
        assert_eq!(length, bytes.len());
        assert_eq!((entry.base, entry.end), (0, 4));
        assert_eq!((entry.epoch, entry.crc), (header.partition_leader_epoch, header.crc));
        let parts = [bytes.slice(..16), bytes.slice(16..)];
        assert_eq!(Entry::parse_parts(&parts), Some(entry));
        assert_eq!(Entry::parse(&bytes[..20]), None);
    }

    /// Goal: a cut within a batch takes the whole batch, as the log does.
    #[test]
    fn a_cut_takes_whole_batches() {
        let mut log = log(5);
        log.truncate(7);
        assert_eq!(log.end, 6);
        assert_eq!(log.entries_from(0).count(), 3);
        assert_eq!(log.epoch_at(5), 1);
        assert_eq!(log.epoch_at(6), -1);
    }

    #[test]
    fn what_a_power_loss_takes_is_known_when_the_log_is_loaded() {
        let mut log = log(5);
        log.synced_end = 4;
        log.lose_power();
        assert!(log.has_lost(5) && !log.has_lost(3), "in doubt");
        let kept = log.entries_from(0).take(4).copied().collect();
        log.load(0, 8, kept);
        assert!(!log.has_lost(7) && log.has_lost(8), "the fourth batch had reached the disk");
        log.push(entry(8, 2));
        log.compared = 10;
        assert!(!log.has_lost(8), "replicated back");
    }
}
