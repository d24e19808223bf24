//! Batches as they lie in a segment's file: where one ends, and whether it is what was written.

use bytes::Bytes;
use klamm_wire::batch::{BatchError, BatchHeader, BatchView, HEADER_SIZE, LOG_OVERHEAD};

use crate::types::Offset;

/// Why bytes of a segment are not a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bad {
    /// The bytes end before the batch; whole it takes so many.
    Short {
        /// From the start of the batch.
        needed: usize,
    },
    /// Not a batch of format 2, or its fields contradict each other.
    Malformed,
    /// The CRC says that the bytes are not those that were written.
    Crc,
}

/// Reads the header at the start of `bytes`; the batch itself may go on behind their end.
pub(super) fn parse(bytes: &[u8]) -> Result<BatchHeader, Bad> {
    match BatchHeader::read(bytes) {
        Ok(header) => {
            let end = header.base_offset.checked_add(i64::from(header.last_offset_delta) + 1);
            let valid = header.base_offset >= 0 && header.last_offset_delta >= 0 && end.is_some();
            if valid { Ok(header) } else { Err(Bad::Malformed) }
        }
        Err(BatchError::Empty | BatchError::Truncated) => Err(Bad::Short { needed: needed(bytes)? }),
        Err(_) => Err(Bad::Malformed),
    }
}

/// Bytes of the batch whose header is cut off.
fn needed(bytes: &[u8]) -> Result<usize, Bad> {
    if bytes.len() < LOG_OVERHEAD {
        return Ok(HEADER_SIZE);
    }
    let size = usize::try_from(i32_at(bytes, 8)).map_err(|_| Bad::Malformed)? + LOG_OVERHEAD;
    if size < HEADER_SIZE { Err(Bad::Malformed) } else { Ok(size) }
}

/// Like [`parse`], but the whole batch must be there.
pub(super) fn parse_whole(bytes: &[u8]) -> Result<BatchHeader, Bad> {
    let header = parse(bytes)?;
    if bytes.len() < header.size() {
        return Err(Bad::Short { needed: header.size() });
    }
    Ok(header)
}

/// Like [`parse_whole`], and the CRC must fit.
pub(super) fn verify(bytes: &Bytes) -> Result<BatchHeader, Bad> {
    let header = parse_whole(bytes)?;
    let view = BatchView::parse_first(bytes).map_err(|_| Bad::Malformed)?;
    view.verify_crc().map_err(|_| Bad::Crc)?;
    Ok(header)
}

/// Whether the producer's sequence is to be remembered.
pub(super) fn has_sequence(header: &BatchHeader) -> bool {
    header.producer_id >= 0 && header.base_sequence >= 0 && !header.attributes.is_control()
}

/// The first offset behind the batch.
pub(super) fn next_offset(header: &BatchHeader) -> Offset {
    header.last_offset() + 1
}

pub(super) fn i16_at(bytes: &[u8], at: usize) -> i16 {
    i16::from_be_bytes(bytes[at..at + 2].try_into().expect("two bytes"))
}

pub(super) fn i32_at(bytes: &[u8], at: usize) -> i32 {
    i32::from_be_bytes(bytes[at..at + 4].try_into().expect("four bytes"))
}

pub(super) fn i64_at(bytes: &[u8], at: usize) -> i64 {
    i64::from_be_bytes(bytes[at..at + 8].try_into().expect("eight bytes"))
}
