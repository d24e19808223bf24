//! Producer snapshots: what the log knew of its producers at an offset.
//!
//! `%020d.snapshot`: int16 version 1, uint32 CRC-32C of all behind it, int32 count; per producer int64 id, int16
//! epoch, int32 last sequence, int64 last offset, int32 offset delta, int64 timestamp, int32 coordinator epoch
//! (-1), int64 first offset of the open transaction (-1).
//!
//! Kafka writes one entry per producer, with its newest batch, so that after a reload only that one is recognised
//! when it is sent again. A client has up to five batches in flight; an older one, repeated after a restart, would
//! be refused as out of order although it is in the log. So Klamm writes one entry per remembered batch, oldest
//! first. Kafka's reader keeps the last entry of a producer and sees what it always saw.
//!
//! Source: Kafka's `ProducerStateManager`.

use alloc::vec::Vec;

use bytes::{BufMut, Bytes, BytesMut};

use crate::log::batch::{i16_at, i32_at, i64_at};
use crate::log::producers::{ProducerState, ProducerStates, RecentBatch};
use crate::types::Offset;

const VERSION: i16 = 1;
const CRC_AT: usize = 2;
const COUNT_AT: usize = 6;
const HEADER: usize = 10;
const ENTRY: usize = 46;
const NONE: i64 = -1;

/// One batch of a producer as a snapshot has it; the newest one is the producer's last entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SnapshotEntry {
    /// `producer.id`.
    pub producer_id: i64,
    /// Of its newest instance.
    pub producer_epoch: i16,
    /// Of the newest record; -1 for none.
    pub last_sequence: i32,
    /// Of the newest record; -1 for none.
    pub last_offset: Offset,
    /// Last offset minus base offset of the newest batch.
    pub offset_delta: i32,
    /// Of the newest batch.
    pub timestamp: i64,
    /// Of the transaction coordinator that wrote the last marker; -1 for none.
    pub coordinator_epoch: i32,
    /// Where the open transaction begins; -1 for none.
    pub current_txn_first_offset: Offset,
}

/// The bytes of a snapshot.
pub(super) fn encode(producers: &ProducerStates) -> Bytes {
    let count: usize = producers.iter().map(|(_, state)| state.recent().len().max(1)).sum();
    let mut bytes = BytesMut::with_capacity(HEADER + count * ENTRY);
    bytes.put_i16(VERSION);
    bytes.put_u32(0);
    bytes.put_i32(i32::try_from(count).expect("producer ids in memory"));
    for (id, state) in producers.iter() {
        for batch in state.recent() {
            put_entry(&mut bytes, id, state, batch, batch.timestamp);
        }
        if state.recent().is_empty() {
            put_entry(&mut bytes, id, state, &NO_BATCH, state.last_timestamp());
        }
    }
    let crc = crc32c::crc32c(&bytes[COUNT_AT..]);
    bytes[CRC_AT..COUNT_AT].copy_from_slice(&crc.to_be_bytes());
    bytes.freeze()
}

/// Stands for the batches of a producer of which none of its epoch is known.
const NO_BATCH: RecentBatch =
    RecentBatch { last_sequence: -1, last_offset: NONE, offset_delta: 0, timestamp: NONE };

fn put_entry(bytes: &mut BytesMut, id: i64, state: &ProducerState, batch: &RecentBatch, timestamp: i64) {
    bytes.put_i64(id);
    bytes.put_i16(state.epoch());
    bytes.put_i32(batch.last_sequence);
    bytes.put_i64(batch.last_offset);
    bytes.put_i32(batch.offset_delta);
    bytes.put_i64(timestamp);
    bytes.put_i32(state.coordinator_epoch());
    bytes.put_i64(state.txn_first_offset().unwrap_or(NONE));
}

/// The entries of a snapshot; `None` if its version, length or CRC is wrong.
pub(super) fn entries(bytes: &[u8]) -> Option<Vec<SnapshotEntry>> {
    if bytes.len() < HEADER || i16_at(bytes, 0) != VERSION {
        return None;
    }
    if crc32c::crc32c(&bytes[COUNT_AT..]) != i32_at(bytes, CRC_AT).cast_unsigned() {
        return None;
    }
    let count = usize::try_from(i32_at(bytes, COUNT_AT)).ok()?;
    let body = &bytes[HEADER..];
    if count.checked_mul(ENTRY) != Some(body.len()) {
        return None;
    }
    let entries = body.chunks_exact(ENTRY).map(|entry| SnapshotEntry {
        producer_id: i64_at(entry, 0),
        producer_epoch: i16_at(entry, 8),
        last_sequence: i32_at(entry, 10),
        last_offset: i64_at(entry, 14),
        offset_delta: i32_at(entry, 22),
        timestamp: i64_at(entry, 26),
        coordinator_epoch: i32_at(entry, 34),
        current_txn_first_offset: i64_at(entry, 38),
    });
    Some(entries.collect())
}

/// The producers in a snapshot; `None` if it cannot be trusted.
pub(super) fn decode(bytes: &[u8], now_ms: i64) -> Option<ProducerStates> {
    let mut producers = ProducerStates::default();
    for entry in entries(bytes)? {
        let batch = (entry.last_sequence >= 0 && entry.offset_delta >= 0).then_some(RecentBatch {
            last_sequence: entry.last_sequence,
            last_offset: entry.last_offset,
            offset_delta: entry.offset_delta,
            timestamp: entry.timestamp,
        });
        producers.restore(&entry, batch, now_ms);
    }
    Some(producers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::batch::parse_whole;
    use crate::log::testing::Spec;

    fn producers() -> ProducerStates {
        let mut producers = ProducerStates::default();
        for (id, sequence, base_offset) in [(5, 3, 3), (9, 17, 6)] {
            let bytes = Spec::new(3).producer(id, 2, sequence).base_offset(base_offset).build();
            producers.on_batch(&parse_whole(&bytes).expect("well formed"), None, 50);
        }
        producers
    }

    /// Goal: Kafka reads the file. Method: one entry written down by hand from Kafka's schema.
    #[test]
    fn a_snapshot_has_kafkas_bytes() {
        let bytes = encode(&producers());
        assert_eq!(bytes.len(), HEADER + 2 * ENTRY);
        assert_eq!(&bytes[..2], [0, 1]);
        assert_eq!(&bytes[6..10], [0, 0, 0, 2]);
        let mut entry = BytesMut::new();
        entry.put_slice(&[0, 0, 0, 0, 0, 0, 0, 5, 0, 2, 0, 0, 0, 5]);
        entry.put_slice(&[0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0x03, 0xe8]);
        entry.put_slice(&[0xff; 12]);
        assert_eq!(&bytes[10..56], &entry[..]);
    }

    /// Goal: a batch that is repeated after a restart is recognised, and not only the newest one. Kafka, which takes
    /// a producer's last entry, finds the newest.
    #[test]
    fn every_remembered_batch_survives_a_snapshot() {
        let mut states = producers();
        for i in 0..7 {
            let bytes = Spec::new(2).producer(5, 2, 6 + 2 * i).base_offset(Offset::from(9 + 2 * i)).build();
            states.on_batch(&parse_whole(&bytes).expect("well formed"), None, 50);
        }
        let bytes = encode(&states);
        let written = entries(&bytes).expect("just written");
        let last = written.iter().rfind(|entry| entry.producer_id == 5).expect("it is there");
        assert_eq!((written.len(), last.last_sequence, last.last_offset), (6, 19, 22));
        let read = decode(&bytes, 50).expect("just written");
        assert_eq!(read, states);
    }

    /// Goal: a torn or rotten snapshot is not trusted, wherever it is damaged.
    #[test]
    fn every_damaged_byte_is_noticed() {
        let bytes = encode(&producers());
        for at in 0..bytes.len() {
            let mut damaged = BytesMut::from(&bytes[..]);
            damaged[at] ^= 0x10;
            assert_eq!(entries(&damaged), None, "byte {at}");
            assert_eq!(entries(&bytes[..at]), None, "cut at {at}");
        }
        assert_eq!(entries(&encode(&ProducerStates::default())), Some(Vec::new()));
    }
}
