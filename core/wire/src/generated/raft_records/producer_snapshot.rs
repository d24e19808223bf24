//! `ProducerSnapshot`: generated from the schema text.

use crate::codec::prelude::*;

/// Message inside a record or file, version 1.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ProducerSnapshot {
    pub crc: u32,
    pub producer_entries: Vec<ProducerEntry>,
}

impl Wire for ProducerSnapshot {
    fn min_size(_: Version) -> usize {
        8
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        Ok(Self {
            crc: d.read(v, "ProducerSnapshot.crc")?,
            producer_entries: d.read(v, "ProducerSnapshot.producer_entries")?,
        })
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.crc, v, "ProducerSnapshot.crc");
        e.write(&self.producer_entries, v, "ProducerSnapshot.producer_entries");
    }
}

/// Part of [`ProducerSnapshot`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ProducerEntry {
    pub producer_id: i64,
    pub epoch: i16,
    pub last_sequence: i32,
    pub last_offset: i64,
    pub offset_delta: i32,
    pub timestamp: i64,
    pub coordinator_epoch: i32,
    pub current_txn_first_offset: i64,
}

impl Wire for ProducerEntry {
    fn min_size(_: Version) -> usize {
        46
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        Ok(Self {
            producer_id: d.read(v, "ProducerEntry.producer_id")?,
            epoch: d.read(v, "ProducerEntry.epoch")?,
            last_sequence: d.read(v, "ProducerEntry.last_sequence")?,
            last_offset: d.read(v, "ProducerEntry.last_offset")?,
            offset_delta: d.read(v, "ProducerEntry.offset_delta")?,
            timestamp: d.read(v, "ProducerEntry.timestamp")?,
            coordinator_epoch: d.read(v, "ProducerEntry.coordinator_epoch")?,
            current_txn_first_offset: d.read(v, "ProducerEntry.current_txn_first_offset")?,
        })
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.producer_id, v, "ProducerEntry.producer_id");
        e.write(&self.epoch, v, "ProducerEntry.epoch");
        e.write(&self.last_sequence, v, "ProducerEntry.last_sequence");
        e.write(&self.last_offset, v, "ProducerEntry.last_offset");
        e.write(&self.offset_delta, v, "ProducerEntry.offset_delta");
        e.write(&self.timestamp, v, "ProducerEntry.timestamp");
        e.write(&self.coordinator_epoch, v, "ProducerEntry.coordinator_epoch");
        e.write(&self.current_txn_first_offset, v, "ProducerEntry.current_txn_first_offset");
    }
}

impl Message for ProducerSnapshot {
    const NAME: &'static str = "ProducerSnapshot";
    const VERSIONS: RangeInclusive<i16> = 1..=1;
    const FLEXIBLE_FROM: i16 = i16::MAX;
}
