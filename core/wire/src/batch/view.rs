//! A batch as it lies in a frame, in memory or in a log.

use bytes::{Bytes, BytesMut};

use super::header::at;
use super::record::RecordIter;
use super::{Attributes, BatchError, BatchHeader, HEADER_SIZE, PREFIX_SIZE};
use crate::compression::{Codec, decompress};

/// One whole batch, unchanged and uncopied.
///
/// Length and format were checked when it was made; checksum and records were not.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BatchView(Bytes);

impl BatchView {
    /// The batch at the start of `bytes`; checks lengths and format only.
    ///
    /// # Errors
    /// [`BatchError::Empty`], [`BatchError::Truncated`], [`BatchError::Length`] or [`BatchError::Magic`].
    pub fn parse_first(bytes: &Bytes) -> Result<Self, BatchError> {
        let size = BatchHeader::read(bytes)?.size();
        if size > bytes.len() {
            return Err(BatchError::Truncated);
        }
        Ok(Self(bytes.slice(..size)))
    }

    /// The batch, header included.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        &self.0
    }

    /// The batch, header included.
    #[must_use]
    pub fn into_bytes(self) -> Bytes {
        self.0
    }

    /// Size in bytes, header included; never less than the header.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a batch is never without bytes")]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The header as plain values.
    #[must_use]
    pub fn header(&self) -> BatchHeader {
        BatchHeader::from_array(self.header_bytes())
    }

    fn header_bytes(&self) -> &[u8; HEADER_SIZE] {
        self.0.first_chunk().expect("a view is never shorter than a header")
    }

    fn field<const N: usize>(&self, at: usize) -> [u8; N] {
        let mut out = [0; N];
        out.copy_from_slice(&self.header_bytes()[at..at + N]);
        out
    }

    /// Offset of the first record.
    #[must_use]
    pub fn base_offset(&self) -> i64 {
        i64::from_be_bytes(self.field(0))
    }

    /// Bytes after the length field.
    #[must_use]
    pub fn batch_length(&self) -> i32 {
        i32::from_be_bytes(self.field(at::LENGTH))
    }

    /// Epoch of the leader that appended it; -1 from producers.
    #[must_use]
    pub fn partition_leader_epoch(&self) -> i32 {
        i32::from_be_bytes(self.field(12))
    }

    /// The checksum as it is written.
    #[must_use]
    pub fn crc(&self) -> u32 {
        u32::from_be_bytes(self.field(at::CRC))
    }

    /// Codec and flags.
    #[must_use]
    pub fn attributes(&self) -> Attributes {
        Attributes(i16::from_be_bytes(self.field(at::ATTRIBUTES)))
    }

    /// Offset of the last record less the base offset.
    #[must_use]
    pub fn last_offset_delta(&self) -> i32 {
        self.header().last_offset_delta
    }

    /// Offset of the last record.
    #[must_use]
    pub fn last_offset(&self) -> i64 {
        self.header().last_offset()
    }

    /// What the records' timestamps start from, in ms.
    #[must_use]
    pub fn base_timestamp(&self) -> i64 {
        self.header().base_timestamp
    }

    /// Highest timestamp, in ms.
    #[must_use]
    pub fn max_timestamp(&self) -> i64 {
        i64::from_be_bytes(self.field(at::MAX_TIMESTAMP))
    }

    /// The producer; -1 for none.
    #[must_use]
    pub fn producer_id(&self) -> i64 {
        self.header().producer_id
    }

    /// The producer's epoch; -1 for none.
    #[must_use]
    pub fn producer_epoch(&self) -> i16 {
        self.header().producer_epoch
    }

    /// Sequence of the first record; -1 for none.
    #[must_use]
    pub fn base_sequence(&self) -> i32 {
        self.header().base_sequence
    }

    /// Records in the batch, as the header says.
    #[must_use]
    pub fn records_count(&self) -> i32 {
        self.header().records_count
    }

    /// How the records are compressed.
    ///
    /// # Errors
    /// The number has no codec.
    pub fn codec(&self) -> Result<Codec, BatchError> {
        self.attributes().codec()
    }

    /// See [`Attributes::is_log_append_time`].
    #[must_use]
    pub fn is_log_append_time(&self) -> bool {
        self.attributes().is_log_append_time()
    }

    /// See [`Attributes::is_transactional`].
    #[must_use]
    pub fn is_transactional(&self) -> bool {
        self.attributes().is_transactional()
    }

    /// See [`Attributes::is_control`].
    #[must_use]
    pub fn is_control(&self) -> bool {
        self.attributes().is_control()
    }

    /// See [`Attributes::has_delete_horizon`].
    #[must_use]
    pub fn has_delete_horizon(&self) -> bool {
        self.attributes().has_delete_horizon()
    }

    /// Compares the checksum with the bytes. Reads the whole batch.
    ///
    /// # Errors
    /// [`BatchError::Crc`].
    pub fn verify_crc(&self) -> Result<(), BatchError> {
        let (stored, computed) = (self.crc(), crc32c::crc32c(&self.0[at::ATTRIBUTES..]));
        if stored == computed { Ok(()) } else { Err(BatchError::Crc { stored, computed }) }
    }

    /// What follows the header: the records, or the compressed stream of them.
    #[must_use]
    pub fn content(&self) -> Bytes {
        self.0.slice(HEADER_SIZE..)
    }

    /// The records, decompressed if need be.
    ///
    /// # Errors
    /// The codec is unknown, the stream is damaged, or gives more than `limit` bytes.
    pub fn decompressed_content(&self, limit: usize) -> Result<Bytes, BatchError> {
        decompress(self.codec()?, &self.content(), limit)
    }

    /// The records of a batch without codec; with one, the iterator yields an error and ends.
    #[must_use]
    pub fn records(&self) -> RecordIter {
        match self.codec() {
            Ok(Codec::None) => RecordIter::new(self.content(), self.records_count()),
            Ok(codec) => RecordIter::failed(BatchError::Compressed(codec)),
            Err(error) => RecordIter::failed(error),
        }
    }

    /// The records, decompressed if need be; keys and values are slices of the content.
    ///
    /// # Errors
    /// The codec is unknown, the stream is damaged, or gives more than `limit` bytes.
    pub fn records_decompressed(&self, limit: usize) -> Result<RecordIter, BatchError> {
        Ok(RecordIter::new(self.decompressed_content(limit)?, self.records_count()))
    }

    /// The timestamp of a record of this batch, in ms.
    #[must_use]
    pub fn timestamp(&self, timestamp_delta: i64) -> i64 {
        match self.is_log_append_time() {
            true => self.max_timestamp(),
            false => self.base_timestamp().wrapping_add(timestamp_delta),
        }
    }

    /// The first 16 bytes as an append writes them; [`after_prefix`](Self::after_prefix) stays as it is.
    ///
    /// Both values lie outside the checksum.
    #[must_use]
    pub fn prefix(&self, base_offset: i64, leader_epoch: i32) -> [u8; PREFIX_SIZE] {
        let mut out = self.field(0);
        out[..at::LENGTH].copy_from_slice(&base_offset.to_be_bytes());
        out[12..].copy_from_slice(&leader_epoch.to_be_bytes());
        out
    }

    /// The batch without its first 16 bytes, uncopied.
    #[must_use]
    pub fn after_prefix(&self) -> Bytes {
        self.0.slice(PREFIX_SIZE..)
    }

    /// The batch with another base offset and leader epoch, in one piece; copies.
    #[must_use]
    pub fn set_base_offset_and_epoch(&self, base_offset: i64, leader_epoch: i32) -> Bytes {
        let mut out = BytesMut::with_capacity(self.0.len());
        out.extend_from_slice(&self.prefix(base_offset, leader_epoch));
        out.extend_from_slice(&self.0[PREFIX_SIZE..]);
        out.freeze()
    }

    /// The header with another timestamp type and maximal timestamp, and the checksum that fits.
    ///
    /// The rest of the batch stays as it is. Reads the whole batch.
    #[must_use]
    pub fn stamped_header(&self, log_append_time: bool, max_timestamp: i64) -> [u8; HEADER_SIZE] {
        let mut header = self.header();
        header.attributes = header.attributes.with_log_append_time(log_append_time);
        header.max_timestamp = max_timestamp;
        header.seal(&self.0[HEADER_SIZE..]).expect("the size stays as it was")
    }

    /// The batch as a leader writes it on a topic with log append time: the bit set, `now` (ms) as the
    /// maximal timestamp. Copies.
    #[must_use]
    pub fn with_log_append_time(&self, now: i64) -> Bytes {
        self.with_max_timestamp(true, now)
    }

    /// The batch with another timestamp type and maximal timestamp, in one piece. Copies.
    #[must_use]
    pub fn with_max_timestamp(&self, log_append_time: bool, max_timestamp: i64) -> Bytes {
        let mut out = BytesMut::with_capacity(self.0.len());
        out.extend_from_slice(&self.stamped_header(log_append_time, max_timestamp));
        out.extend_from_slice(&self.0[HEADER_SIZE..]);
        out.freeze()
    }
}

/// See [`BatchView::with_log_append_time`].
#[must_use]
pub fn with_log_append_time(batch: &BatchView, now: i64) -> Bytes {
    batch.with_log_append_time(now)
}

/// Consecutive batches.
///
/// A batch that is cut off at the end is not an error: fetch responses and the tails of files have them.
/// Any other error is yielded once and ends the iteration, because nothing says where the next batch starts.
#[derive(Clone, Debug)]
pub struct Batches {
    rest: Bytes,
    failed: bool,
}

impl Batches {
    /// The batches in `bytes`.
    #[must_use]
    pub fn new(bytes: Bytes) -> Self {
        Self { rest: bytes, failed: false }
    }

    /// What has not been yielded; after the end, the batch that is cut off, if any.
    #[must_use]
    pub fn rest(&self) -> &Bytes {
        &self.rest
    }
}

impl Iterator for Batches {
    type Item = Result<BatchView, BatchError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        match BatchView::parse_first(&self.rest) {
            Ok(batch) => {
                self.rest = self.rest.slice(batch.len()..);
                Some(Ok(batch))
            }
            Err(BatchError::Empty | BatchError::Truncated) => None,
            Err(error) => {
                self.failed = true;
                Some(Err(error))
            }
        }
    }
}
