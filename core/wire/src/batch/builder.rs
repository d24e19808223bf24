//! Making batches.

use bytes::{Bytes, BytesMut};

use super::record::{Record, RecordRef, write_headers};
use super::{BatchError, BatchHeader, ControlRecord, HEADER_SIZE};
use crate::compression::{Codec, compress_into};
use crate::{EncodeError, Str};

/// Collects records and makes a batch of them.
///
/// Without a codec the records are written where they stay: building copies nothing.
#[derive(Clone, Debug)]
pub struct BatchBuilder {
    header: BatchHeader,
    codec: Codec,
    base_timestamp: Option<i64>,
    log_append_time: Option<i64>,
    last_offset_delta: Option<i32>,
    /// Room for the header, then the records.
    buffer: BytesMut,
}

impl Default for BatchBuilder {
    fn default() -> Self {
        Self::new(Codec::None)
    }
}

impl BatchBuilder {
    /// An empty batch with base offset 0, no producer and no leader epoch.
    #[must_use]
    pub fn new(codec: Codec) -> Self {
        let mut header = BatchHeader::default();
        header.attributes = header.attributes.with_codec(codec);
        Self {
            header,
            codec,
            base_timestamp: None,
            log_append_time: None,
            last_offset_delta: None,
            buffer: BytesMut::zeroed(HEADER_SIZE),
        }
    }

    /// Sets the offset of the first record.
    #[must_use]
    pub fn base_offset(mut self, base_offset: i64) -> Self {
        self.header.base_offset = base_offset;
        self
    }

    /// Sets the epoch of the leader that appends the batch.
    #[must_use]
    pub fn leader_epoch(mut self, leader_epoch: i32) -> Self {
        self.header.partition_leader_epoch = leader_epoch;
        self
    }

    /// Sets the idempotent producer, its epoch and the sequence of the first record.
    #[must_use]
    pub fn producer(mut self, id: i64, epoch: i16, base_sequence: i32) -> Self {
        self.header.producer_id = id;
        self.header.producer_epoch = epoch;
        self.header.base_sequence = base_sequence;
        self
    }

    /// Marks the batch as part of a transaction.
    #[must_use]
    pub fn transactional(mut self) -> Self {
        self.header.attributes = self.header.attributes.with_transactional(true);
        self
    }

    /// Marks the batch as a control batch.
    #[must_use]
    pub fn control(mut self) -> Self {
        self.header.attributes = self.header.attributes.with_control(true);
        self
    }

    /// Sets what the records' timestamps start from, in ms. Without it, the first record's timestamp is.
    ///
    /// # Panics
    /// A record was added before.
    #[must_use]
    pub fn base_timestamp(mut self, base_timestamp: i64) -> Self {
        assert_eq!(self.header.records_count, 0, "records already count from another base timestamp");
        self.base_timestamp = Some(base_timestamp);
        self
    }

    /// Sets the time of the append in ms, which then is the timestamp of every record.
    #[must_use]
    pub fn log_append_time(mut self, now: i64) -> Self {
        self.log_append_time = Some(now);
        self
    }

    /// Sets the time in ms from which on tombstones and markers of this batch may be removed.
    ///
    /// # Panics
    /// A record was added before.
    #[must_use]
    pub fn delete_horizon(mut self, horizon: i64) -> Self {
        self.header.attributes = self.header.attributes.with_delete_horizon(true);
        self.base_timestamp(horizon)
    }

    /// Sets the last offset delta where compaction has removed the last records.
    #[must_use]
    pub fn last_offset_delta(mut self, delta: i32) -> Self {
        self.last_offset_delta = Some(delta);
        self
    }

    /// Records added so far.
    #[must_use]
    pub fn count(&self) -> i32 {
        self.header.records_count
    }

    /// Whether no record was added.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.header.records_count == 0
    }

    /// Size of the batch in bytes, before compression.
    #[must_use]
    pub fn uncompressed_size(&self) -> usize {
        self.buffer.len()
    }

    /// Adds a record at the next offset. The timestamp is in ms; -1 for none.
    pub fn append(
        &mut self,
        timestamp: i64,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: &[(Str, Option<Bytes>)],
    ) -> &mut Self {
        let offset_delta = if self.is_empty() { 0 } else { self.header.last_offset_delta + 1 };
        self.append_at(offset_delta, timestamp, key, value, headers)
    }

    /// Adds a record at an offset given, relative to the base offset.
    ///
    /// # Panics
    /// The offset is not above that of the record before.
    pub fn append_at(
        &mut self,
        offset_delta: i32,
        timestamp: i64,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: &[(Str, Option<Bytes>)],
    ) -> &mut Self {
        let mut encoded = BytesMut::new();
        write_headers(&mut encoded, headers);
        let record =
            RecordRef { attributes: 0, timestamp_delta: 0, offset_delta, key, value, headers: &encoded };
        self.append_ref(offset_delta, timestamp, &record);
        self
    }

    /// Adds a record at its own offset delta; its timestamp delta counts from the batch's base timestamp,
    /// which must have been set.
    ///
    /// # Panics
    /// No base timestamp was set, or the offset is not above that of the record before.
    pub fn append_record(&mut self, record: &Record) -> &mut Self {
        let base = self.base_timestamp.expect("timestamp deltas need a base timestamp");
        let timestamp = base.wrapping_add(record.timestamp_delta);
        let (key, value) = (record.key.as_deref(), record.value.as_deref());
        self.append_at(record.offset_delta, timestamp, key, value, &record.headers)
    }

    /// Adds a control record at the next offset.
    ///
    /// # Errors
    /// The record's version cannot carry what it holds.
    ///
    /// # Panics
    /// The batch is not a control batch.
    pub fn append_control(
        &mut self,
        timestamp: i64,
        record: &ControlRecord,
    ) -> Result<&mut Self, EncodeError> {
        assert!(self.header.attributes.is_control(), "control records stand in control batches");
        let (key, value) = record.encode()?;
        Ok(self.append(timestamp, Some(&key), Some(&value), &[]))
    }

    /// Adds a record of another batch at another place.
    pub(super) fn append_ref(&mut self, offset_delta: i32, timestamp: i64, record: &RecordRef<'_>) {
        let base_timestamp = *self.base_timestamp.get_or_insert(timestamp);
        if self.is_empty() {
            assert!(offset_delta >= 0, "offsets do not lie below the base offset");
            self.header.max_timestamp = timestamp;
        } else {
            assert!(offset_delta > self.header.last_offset_delta, "offsets ascend within a batch");
            self.header.max_timestamp = self.header.max_timestamp.max(timestamp);
        }
        record.write(&mut self.buffer, timestamp.wrapping_sub(base_timestamp), offset_delta);
        self.header.last_offset_delta = offset_delta;
        self.header.records_count += 1;
    }

    /// Makes the batch.
    ///
    /// # Errors
    /// [`BatchError::CodecNotBuilt`], or [`BatchError::TooLarge`] beyond 2 GiB.
    ///
    /// # Panics
    /// A last offset delta was set that is lower than that of a record.
    pub fn build(mut self) -> Result<Bytes, BatchError> {
        if let Some(delta) = self.last_offset_delta {
            assert!(delta >= self.header.last_offset_delta, "the last offset does not lie below a record");
            self.header.last_offset_delta = delta;
        }
        if let Some(base_timestamp) = self.base_timestamp {
            self.header.base_timestamp = base_timestamp;
        }
        if let Some(now) = self.log_append_time {
            self.header.attributes = self.header.attributes.with_log_append_time(true);
            self.header.max_timestamp = now;
        }
        let mut buffer = match self.codec {
            Codec::None => self.buffer,
            codec => compress_into(codec, &self.buffer[HEADER_SIZE..], HEADER_SIZE)?,
        };
        let header = self.header.seal(&buffer[HEADER_SIZE..])?;
        buffer[..HEADER_SIZE].copy_from_slice(&header);
        Ok(buffer.freeze())
    }
}
