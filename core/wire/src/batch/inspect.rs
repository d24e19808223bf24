//! Looking into a produced batch before it may be appended.

use super::record::visit;
use super::{BatchError, BatchView};
use crate::compression::Codec;

/// What a broker needs to know of a batch and only its records say.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Inspected {
    /// How the records are compressed.
    pub codec: Codec,
    /// Number of records; equals that of the header.
    pub record_count: i32,
    /// Lowest timestamp in ms; -1 if there is no record.
    pub min_timestamp: i64,
    /// Highest timestamp in ms; -1 if there is no record.
    pub max_timestamp: i64,
    /// Offset of the first record with the highest timestamp, relative to the base offset.
    pub offset_of_max_timestamp: i32,
    /// Whether a record has no key.
    pub has_null_key: bool,
    /// Whether the offset deltas are 0, 1, 2, ...
    pub consecutive_offset_deltas: bool,
    /// Size of all records in bytes, without compression and without the batch header.
    pub decompressed_size: usize,
}

impl Inspected {
    /// Of no records.
    pub(super) fn new(codec: Codec, decompressed_size: usize) -> Self {
        Self {
            codec,
            record_count: 0,
            min_timestamp: -1,
            max_timestamp: -1,
            offset_of_max_timestamp: 0,
            has_null_key: false,
            consecutive_offset_deltas: true,
            decompressed_size,
        }
    }

    /// Takes the next record into account.
    #[inline]
    pub(super) fn add(&mut self, timestamp: i64, offset_delta: i32, has_key: bool) {
        if self.record_count == 0 {
            self.min_timestamp = timestamp;
            self.max_timestamp = timestamp;
            self.offset_of_max_timestamp = offset_delta;
        } else {
            self.min_timestamp = self.min_timestamp.min(timestamp);
            if timestamp > self.max_timestamp {
                self.max_timestamp = timestamp;
                self.offset_of_max_timestamp = offset_delta;
            }
        }
        self.has_null_key |= !has_key;
        self.consecutive_offset_deltas &= offset_delta == self.record_count;
        self.record_count += 1;
    }
}

/// Checks everything about a batch that does not depend on the topic: checksum, codec, every record's
/// lengths, the number of records, and that nothing is left over.
///
/// At most `max_decompressed` bytes of records are unpacked. Without a codec nothing is allocated.
///
/// # Errors
/// The first thing that is wrong; the batch must not be appended.
pub fn inspect(batch: &BatchView, max_decompressed: usize) -> Result<Inspected, BatchError> {
    batch.verify_crc()?;
    let header = batch.header();
    let content = batch.decompressed_content(max_decompressed)?;
    let mut found = Inspected::new(batch.codec()?, content.len());
    let append_time = batch.is_log_append_time().then_some(header.max_timestamp);
    visit(&content, header.records_count, |record| {
        let timestamp =
            append_time.unwrap_or_else(|| header.base_timestamp.wrapping_add(record.timestamp_delta));
        found.add(timestamp, record.offset_delta, record.key.is_some());
    })?;
    Ok(found)
}
