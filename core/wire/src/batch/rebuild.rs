//! Writing a produced batch anew.

use bytes::Bytes;

use super::record::visit;
use super::{BatchBuilder, BatchError, BatchView, Inspected};
use crate::compression::Codec;

/// How a batch is to be written anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rebuild {
    /// The codec of the new batch.
    pub codec: Codec,
    /// The time of the append in ms where the topic wants it; otherwise the records keep their timestamps.
    pub log_append_time_ms: Option<i64>,
}

/// Writes a batch anew: offset deltas become 0, 1, 2, ..., base and maximal timestamp fit the records.
///
/// Producer, sequence, transaction and leader epoch stay. The batch must have been inspected, which also
/// bounded the size of its records.
///
/// # Errors
/// The batch is damaged, or a codec is not built in.
pub fn rebuild(batch: &BatchView, options: &Rebuild) -> Result<Bytes, BatchError> {
    write_anew(batch, options).map(|(bytes, _)| bytes)
}

/// As [`rebuild`], with what is in the new batch.
///
/// # Errors
/// The batch is damaged or is not alone, or a codec is not built in.
pub fn rebuild_inspected(batch: &Bytes, options: &Rebuild) -> Result<(Bytes, Inspected), BatchError> {
    let view = BatchView::parse_first(batch)?;
    if view.len() != batch.len() {
        return Err(BatchError::NotOneBatch);
    }
    write_anew(&view, options)
}

fn write_anew(batch: &BatchView, options: &Rebuild) -> Result<(Bytes, Inspected), BatchError> {
    let header = batch.header();
    let content = batch.decompressed_content(usize::MAX)?;
    let mut builder = BatchBuilder::new(options.codec)
        .base_offset(header.base_offset)
        .leader_epoch(header.partition_leader_epoch)
        .producer(header.producer_id, header.producer_epoch, header.base_sequence);
    if header.attributes.is_transactional() {
        builder = builder.transactional();
    }
    if header.attributes.is_control() {
        builder = builder.control();
    }
    if let Some(now) = options.log_append_time_ms {
        builder = builder.log_append_time(now);
    }
    let mut found = Inspected::new(options.codec, 0);
    visit(&content, header.records_count, |record| {
        let timestamp = batch.timestamp(record.timestamp_delta);
        let offset_delta = found.record_count;
        builder.append_ref(offset_delta, timestamp, &record);
        let stamp = options.log_append_time_ms.unwrap_or(timestamp);
        found.add(stamp, offset_delta, record.key.is_some());
    })?;
    found.decompressed_size = builder.uncompressed_size() - super::HEADER_SIZE;
    Ok((builder.build()?, found))
}
