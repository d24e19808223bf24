//! What a log knows of transactions beside their producers: markers, and the index of what was aborted.
//!
//! `%020d.txnindex`: per aborted transaction whose marker lies in the segment, 34 bytes: int16 version 0, int64
//! producer id, first offset, offset of the marker, last stable offset when the marker was written. Committed
//! transactions, and aborted ones without records, have no entry. The file exists only where there are entries.
//!
//! The entries of all segments are kept in memory, 32 bytes each. Like the other indexes, the file of the active
//! segment is written when the segment is closed; recovery makes it anew from the markers.
//!
//! Source: KIP-98. Kafka: `TransactionIndex`, `AbortedTxn`.

use alloc::vec::Vec;

use bytes::{BufMut, Bytes, BytesMut};
use klamm_wire::batch::{BatchView, ControlRecord};

use crate::disk::DiskStep;
use crate::log::Log;
use crate::log::append::write_file;
use crate::log::batch::{i16_at, i64_at};
use crate::log::segment::Suffix;
use crate::types::Offset;

const VERSION: i16 = 0;
const ENTRY: usize = 34;

/// How a transaction ended, as its marker in the log says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Marker {
    pub(crate) commit: bool,
    /// Of the coordinator that decided it.
    pub(crate) coordinator_epoch: i32,
}

impl Marker {
    /// The marker in a batch; `None` for batches of another kind, and where compaction has taken the record away.
    pub(crate) fn in_batch(batch: &BatchView) -> Option<Self> {
        if !batch.is_control() || !batch.is_transactional() {
            return None;
        }
        let record = batch.records().next()?.ok()?;
        match ControlRecord::decode(&record.key?, &record.value?) {
            Ok(Some(ControlRecord::EndTransaction { commit, coordinator_epoch })) => {
                Some(Self { commit, coordinator_epoch })
            }
            _ => None,
        }
    }
}

/// A transaction that was aborted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AbortedTransaction {
    /// Whose.
    pub producer_id: i64,
    /// Of its first batch in the partition.
    pub first_offset: Offset,
    /// Of its marker.
    pub last_offset: Offset,
    /// Where the next transaction that was still open began, or the offset behind the marker: what was aborted and
    /// begins below this has an entry here or before.
    pub last_stable_offset: Offset,
}

/// The bytes of a segment's file.
pub(super) fn encode(entries: &[AbortedTransaction]) -> Bytes {
    let mut bytes = BytesMut::with_capacity(entries.len() * ENTRY);
    for entry in entries {
        bytes.put_i16(VERSION);
        bytes.put_i64(entry.producer_id);
        bytes.put_i64(entry.first_offset);
        bytes.put_i64(entry.last_offset);
        bytes.put_i64(entry.last_stable_offset);
    }
    bytes.freeze()
}

/// The entries of a segment's file; `None` if it is not one.
pub(super) fn decode(bytes: &[u8]) -> Option<Vec<AbortedTransaction>> {
    if !bytes.len().is_multiple_of(ENTRY) {
        return None;
    }
    let entry = |entry: &[u8]| {
        let read = AbortedTransaction {
            producer_id: i64_at(entry, 2),
            first_offset: i64_at(entry, 10),
            last_offset: i64_at(entry, 18),
            last_stable_offset: i64_at(entry, 26),
        };
        let valid = i16_at(entry, 0) == VERSION && read.first_offset < read.last_offset;
        valid.then_some(read)
    };
    let entries: Vec<_> = bytes.chunks_exact(ENTRY).map(entry).collect::<Option<_>>()?;
    entries.is_sorted_by(|a, b| a.last_offset < b.last_offset).then_some(entries)
}

impl Log {
    /// Transactions whose records may lie in `from..upper` and that were aborted.
    ///
    /// Kafka: `UnifiedLog.collectAbortedTransactions`.
    pub(crate) fn aborted_in(&self, from: Offset, upper: Offset) -> Vec<AbortedTransaction> {
        let mut found = Vec::new();
        let Some(first) = self.segment_of(from) else { return found };
        for segment in self.segments.range(first..) {
            let skipped = segment.aborted.partition_point(|entry| entry.last_offset < from);
            for entry in &segment.aborted[skipped..] {
                if entry.first_offset < upper {
                    found.push(*entry);
                }
                if entry.last_stable_offset >= upper {
                    return found;
                }
            }
        }
        found
    }

    /// The steps that make the file of the segment in this place say what is known of it.
    pub(super) fn write_aborted(&mut self, place: usize) -> Vec<DiskStep> {
        let segment = &mut self.segments[place];
        let path = self.files.segment(segment.base, Suffix::TxnIndex);
        let existed = core::mem::replace(&mut segment.has_txn_index, !segment.aborted.is_empty());
        match (segment.has_txn_index, existed) {
            (true, _) => write_file(&path, encode(&segment.aborted)),
            // Of markers that were cut off since.
            (false, true) => alloc::vec![DiskStep::Remove { path }],
            (false, false) => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENTRY_A: AbortedTransaction =
        AbortedTransaction { producer_id: 7, first_offset: 3, last_offset: 9, last_stable_offset: 5 };

    /// Goal: Kafka reads the file. Method: one entry written down by hand from `AbortedTxn`.
    #[test]
    fn the_index_has_kafkas_bytes() {
        let bytes = encode(&[ENTRY_A]);
        let mut expected = BytesMut::new();
        expected.put_slice(&[0, 0]);
        for number in [7, 3, 9, 5] {
            expected.put_slice(&[0, 0, 0, 0, 0, 0, 0, number]);
        }
        assert_eq!(bytes, expected);
        assert_eq!(decode(&bytes), Some(alloc::vec![ENTRY_A]));
        assert_eq!(decode(&[]), Some(Vec::new()));
    }

    /// Goal: a file that is torn, of another version or out of order is not trusted.
    #[test]
    fn what_is_no_index_is_not_taken_for_one() {
        let later = AbortedTransaction { last_offset: 12, ..ENTRY_A };
        assert_eq!(decode(&encode(&[ENTRY_A, later])).map(|entries| entries.len()), Some(2));
        assert_eq!(decode(&encode(&[later, ENTRY_A])), None, "markers ascend");
        let bytes = encode(&[ENTRY_A]);
        assert_eq!(decode(&bytes[..ENTRY - 1]), None);
        let mut other = BytesMut::from(&bytes[..]);
        other[1] = 1;
        assert_eq!(decode(&other), None);
    }
}
