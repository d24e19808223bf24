//! A segment: one file of batches with its indexes, and the names of its files.

use alloc::format;
use alloc::vec::Vec;

use klamm_wire::Str;

use crate::disk::{DirIndex, Path};
use crate::log::index::{TimeEntry, relative};
use crate::log::transactions::AbortedTransaction;
use crate::types::Offset;

/// Digits of a base offset in a file name.
const DIGITS: usize = 20;

/// The files of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Suffix {
    Log,
    Index,
    TimeIndex,
    TxnIndex,
    /// Producers as of the base offset; belongs to the segment in front of it as much as to this one.
    Snapshot,
}

impl Suffix {
    pub(super) const ALL: [Self; 5] =
        [Self::Log, Self::Index, Self::TimeIndex, Self::TxnIndex, Self::Snapshot];

    fn text(self) -> &'static str {
        match self {
            Self::Log => ".log",
            Self::Index => ".index",
            Self::TimeIndex => ".timeindex",
            Self::TxnIndex => ".txnindex",
            Self::Snapshot => ".snapshot",
        }
    }
}

/// The names of a partition's files.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Files {
    pub(super) dir: DirIndex,
    /// `<topic>-<partition>`.
    pub(super) name: Str,
}

impl Files {
    /// The directory.
    pub(super) fn directory(&self) -> Path {
        Path::new(self.dir, self.name.clone())
    }

    /// A file of the segment with this base offset.
    pub(super) fn segment(&self, base: Offset, suffix: Suffix) -> Path {
        Path::new(self.dir, format!("{}/{base:0DIGITS$}{}", self.name, suffix.text()))
    }

    /// Any file in the directory.
    pub(super) fn file(&self, name: &str) -> Path {
        Path::new(self.dir, format!("{}/{name}", self.name))
    }
}

/// The name a file gets before it is removed for good.
pub(super) fn deleted(path: &Path) -> Path {
    Path::new(path.dir, format!("{}.deleted", path.name))
}

/// Which segment's file has this name; `None` for other files.
pub(super) fn parse_name(name: &str) -> Option<(Offset, Suffix)> {
    let (digits, rest) = name.split_at_checked(DIGITS)?;
    let suffix = Suffix::ALL.into_iter().find(|suffix| suffix.text() == rest)?;
    let plain = digits.bytes().all(|digit| digit.is_ascii_digit());
    plain.then(|| digits.parse().ok()).flatten().map(|base| (base, suffix))
}

/// What is known of a segment without touching the disk.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Segment {
    /// No offset in it is smaller; its files' name.
    pub(super) base: Offset,
    /// Bytes of the `.log` file.
    pub(super) size: u64,
    /// -1 if it holds no record.
    pub(super) largest_timestamp: i64,
    /// Last offset of the batch that brought it.
    pub(super) offset_of_largest: Offset,
    /// When it was begun, or opened, by the wall clock.
    pub(super) created_ms: i64,
    /// Whether its `.snapshot` is there.
    pub(super) has_snapshot: bool,
    /// Whether its `.txnindex` is there.
    pub(super) has_txn_index: bool,
    /// Transactions that a marker in it has aborted, in the order of the markers.
    pub(super) aborted: Vec<AbortedTransaction>,
}

impl Segment {
    pub(super) fn new(base: Offset, created_ms: i64) -> Self {
        Self {
            base,
            size: 0,
            largest_timestamp: -1,
            offset_of_largest: base,
            created_ms,
            has_snapshot: false,
            has_txn_index: false,
            aborted: Vec::new(),
        }
    }

    /// Where the next batch begins.
    pub(super) fn position(&self) -> u32 {
        u32::try_from(self.size).expect("a segment rolls below 2 GiB")
    }

    /// Takes a batch's timestamp into account.
    pub(super) fn on_timestamp(&mut self, timestamp: i64, last_offset: Offset) {
        if timestamp > self.largest_timestamp {
            self.largest_timestamp = timestamp;
            self.offset_of_largest = last_offset;
        }
    }

    /// The newest timestamp as the time index has it.
    pub(super) fn newest(&self) -> TimeEntry {
        TimeEntry { timestamp: self.largest_timestamp, offset: relative(self.offset_of_largest, self.base) }
    }

    /// What retention by time goes by.
    pub(super) fn age_timestamp(&self) -> i64 {
        if self.largest_timestamp >= 0 { self.largest_timestamp } else { self.created_ms }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: names are Kafka's, and only those are taken for a segment's files.
    #[test]
    fn file_names_carry_the_base_offset_in_twenty_digits() {
        let files = Files { dir: 2, name: "t-0".into() };
        let path = files.segment(1234, Suffix::TimeIndex);
        assert_eq!(path, Path::new(2, "t-0/00000000000000001234.timeindex"));
        assert_eq!(parse_name("00000000000000001234.timeindex"), Some((1234, Suffix::TimeIndex)));
        assert_eq!(parse_name("00000000000000001234.log"), Some((1234, Suffix::Log)));
        for other in
            ["leader-epoch-checkpoint", "0000000000000000123.log", "00000000000000001234.log.deleted"]
        {
            assert_eq!(parse_name(other), None);
        }
        assert_eq!(parse_name("99999999999999999999.log"), None, "no such offset");
        assert_eq!(parse_name("+0000000000000001234.log"), None);
    }
}
