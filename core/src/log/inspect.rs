//! Reads a partition's files for people: pure functions over their bytes, row by row.
//!
//! Nothing here repairs or judges more than a checksum; damaged parts are shown as such.

use alloc::vec::Vec;
use core::fmt;

use bytes::Bytes;
use klamm_wire::batch::{BatchError, BatchHeader, BatchView, Codec};

use crate::log::index::{iter_offsets, iter_times, offset_entries, time_entries};
use crate::log::segment::{Suffix, parse_name};
use crate::types::Offset;

pub use crate::log::snapshot::SnapshotEntry;

/// What a file of a partition's directory is, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// `.log`, with the base offset of the segment.
    Segment(Offset),
    /// `.index`.
    OffsetIndex(Offset),
    /// `.timeindex`.
    TimeIndex(Offset),
    /// `.txnindex`.
    TransactionIndex(Offset),
    /// `.snapshot`: producers as of this offset.
    Snapshot(Offset),
    /// `leader-epoch-checkpoint`.
    LeaderEpochs,
    /// `recovery-point-offset-checkpoint` and its like.
    Offsets,
    /// `partition.metadata`.
    PartitionMetadata,
}

impl FileKind {
    /// The kind of the file with this name (without directory).
    pub fn of(name: &str) -> Option<Self> {
        if let Some((base, suffix)) = parse_name(name) {
            return Some(match suffix {
                Suffix::Log => Self::Segment(base),
                Suffix::Index => Self::OffsetIndex(base),
                Suffix::TimeIndex => Self::TimeIndex(base),
                Suffix::TxnIndex => Self::TransactionIndex(base),
                Suffix::Snapshot => Self::Snapshot(base),
            });
        }
        match name {
            "leader-epoch-checkpoint" => Some(Self::LeaderEpochs),
            "partition.metadata" => Some(Self::PartitionMetadata),
            name if name.ends_with("-offset-checkpoint") => Some(Self::Offsets),
            _ => None,
        }
    }
}

/// One batch of a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchRow {
    /// Where it begins in the file.
    pub position: u64,
    /// Its header.
    pub header: BatchHeader,
    /// Whether its CRC fits.
    pub is_valid: bool,
    /// The batch itself, for its records.
    pub view: BatchView,
}

impl fmt::Display for BatchRow {
    /// In the words of Kafka's `DumpLogSegments`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let header = &self.header;
        let attributes = header.attributes;
        let time = if attributes.is_log_append_time() { "LogAppendTime" } else { "CreateTime" };
        let horizon = attributes.has_delete_horizon().then_some(header.base_timestamp);
        write!(
            f,
            "baseOffset: {} lastOffset: {} count: {} baseSequence: {} lastSequence: {} producerId: {} \
             producerEpoch: {} partitionLeaderEpoch: {} isTransactional: {} isControl: {} deleteHorizonMs: ",
            header.base_offset,
            header.last_offset(),
            header.records_count,
            header.base_sequence,
            header.last_sequence(),
            header.producer_id,
            header.producer_epoch,
            header.partition_leader_epoch,
            attributes.is_transactional(),
            attributes.is_control(),
        )?;
        match horizon {
            Some(horizon) => write!(f, "OptionalLong[{horizon}]")?,
            None => f.write_str("OptionalLong.empty")?,
        }
        write!(
            f,
            " position: {} {time}: {} size: {} magic: 2 compresscodec: {} crc: {} isvalid: {}",
            self.position,
            header.max_timestamp,
            header.size(),
            attributes.codec().map_or("unknown", Codec::name),
            header.crc,
            self.is_valid,
        )
    }
}

/// The batches of a segment's file, in order.
///
/// Ends with an error if bytes are left that are no whole batch: its position and what is wrong.
pub fn batches(segment: Bytes) -> impl Iterator<Item = Result<BatchRow, (u64, BatchError)>> {
    let mut position = 0;
    core::iter::from_fn(move || {
        let rest = segment.slice(position..);
        if rest.is_empty() {
            return None;
        }
        let at = position as u64;
        match BatchView::parse_first(&rest) {
            Ok(view) => {
                position += view.len();
                let is_valid = view.verify_crc().is_ok();
                Some(Ok(BatchRow { position: at, header: view.header(), is_valid, view }))
            }
            Err(error) => {
                position = segment.len();
                Some(Err((at, error)))
            }
        }
    })
}

/// An entry of an offset index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OffsetIndexRow {
    /// Last offset of the batch.
    pub offset: Offset,
    /// Where the batch begins.
    pub position: u32,
}

impl fmt::Display for OffsetIndexRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "offset: {} position: {}", self.offset, self.position)
    }
}

/// The entries of an `.index` file of the segment at `base`; `None` if it is not one.
pub fn offset_index(bytes: &[u8], base: Offset) -> Option<Vec<OffsetIndexRow>> {
    let row = |entry: super::index::OffsetEntry| OffsetIndexRow {
        offset: base.saturating_add(entry.offset.into()),
        position: entry.position,
    };
    offset_entries(bytes).map(|entries| iter_offsets(entries).map(row).collect())
}

/// An entry of a time index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeIndexRow {
    /// No record up to the offset is newer.
    pub timestamp: i64,
    /// Last offset of the batch that brought the timestamp.
    pub offset: Offset,
}

impl fmt::Display for TimeIndexRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "timestamp: {} offset: {}", self.timestamp, self.offset)
    }
}

/// The entries of a `.timeindex` file of the segment at `base`; `None` if it is not one.
pub fn time_index(bytes: &[u8], base: Offset) -> Option<Vec<TimeIndexRow>> {
    let row = |entry: super::index::TimeEntry| TimeIndexRow {
        timestamp: entry.timestamp,
        offset: base.saturating_add(entry.offset.into()),
    };
    time_entries(bytes).map(|entries| iter_times(entries).map(row).collect())
}

impl fmt::Display for SnapshotEntry {
    /// In the words of Kafka's `DumpLogSegments`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "producerId: {} producerEpoch: {} coordinatorEpoch: {} currentTxnFirstOffset: ",
            self.producer_id, self.producer_epoch, self.coordinator_epoch
        )?;
        match self.current_txn_first_offset {
            -1 => f.write_str("None")?,
            offset => write!(f, "Some({offset})")?,
        }
        write!(
            f,
            " lastTimestamp: {} lastSequence: {} lastOffset: {} offsetDelta: {}",
            self.timestamp, self.last_sequence, self.last_offset, self.offset_delta
        )
    }
}

/// The producers in a `.snapshot` file; `None` if version, length or CRC is wrong.
pub fn producer_snapshot(bytes: &[u8]) -> Option<Vec<SnapshotEntry>> {
    super::snapshot::entries(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::testing::Spec;
    use alloc::string::ToString;

    /// Goal: a dump shows every good batch and says where and why it stops. Source: the line of Kafka's
    /// `DumpLogSegments`.
    #[test]
    fn a_segment_is_shown_up_to_what_is_torn() {
        let good = Spec::new(2).base_offset(7).leader_epoch(3).producer(5, 1, 10).build();
        let mut file = good.to_vec();
        file.extend_from_slice(&Spec::new(1).base_offset(9).build()[..40]);
        let rows: Vec<_> = batches(file.into()).collect();
        assert_eq!(rows.len(), 2);
        let line = rows[0].as_ref().expect("whole").to_string();
        let begin = "baseOffset: 7 lastOffset: 8 count: 2 baseSequence: 10 lastSequence: 11 producerId: 5 \
                     producerEpoch: 1 partitionLeaderEpoch: 3 isTransactional: false isControl: false \
                     deleteHorizonMs: OptionalLong.empty position: 0 CreateTime: 1000 size: ";
        assert!(line.starts_with(begin), "{line}");
        assert!(line.ends_with("isvalid: true"), "{line}");
        assert_eq!(rows[1], Err((good.len() as u64, BatchError::Truncated)));
    }

    /// Goal: what a file holds follows from its name.
    #[test]
    fn files_are_told_apart_by_name() {
        assert_eq!(FileKind::of("00000000000000000042.log"), Some(FileKind::Segment(42)));
        assert_eq!(FileKind::of("leader-epoch-checkpoint"), Some(FileKind::LeaderEpochs));
        assert_eq!(FileKind::of("replication-offset-checkpoint"), Some(FileKind::Offsets));
        assert_eq!(FileKind::of("notes.txt"), None);
    }
}
