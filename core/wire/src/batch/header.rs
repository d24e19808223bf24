//! The 61 bytes in front of the records.

use super::{BatchError, HEADER_SIZE, LOG_OVERHEAD};
use crate::compression::Codec;

/// The only format there is.
pub(super) const MAGIC: i8 = 2;

/// Where the fields stand; see the table of the module.
pub(super) mod at {
    pub(crate) const LENGTH: usize = 8;
    pub(crate) const MAGIC: usize = 16;
    pub(crate) const CRC: usize = 17;
    pub(crate) const ATTRIBUTES: usize = 21;
    pub(crate) const MAX_TIMESTAMP: usize = 35;
}

/// Bits of a batch: codec (0 to 2), timestamp type (3), transactional (4), control (5), delete horizon (6).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Attributes(pub i16);

impl Attributes {
    const CODEC: i16 = 0x07;
    const LOG_APPEND_TIME: i16 = 0x08;
    const TRANSACTIONAL: i16 = 0x10;
    const CONTROL: i16 = 0x20;
    const DELETE_HORIZON: i16 = 0x40;

    /// How the records are compressed.
    ///
    /// # Errors
    /// The number has no codec.
    pub fn codec(self) -> Result<Codec, BatchError> {
        let id = (self.0 & Self::CODEC) as u8;
        Codec::from_id(id).ok_or(BatchError::Codec(id))
    }

    /// Whether the maximal timestamp is the time of the append, and that of every record.
    #[must_use]
    pub const fn is_log_append_time(self) -> bool {
        self.0 & Self::LOG_APPEND_TIME != 0
    }

    /// Whether the batch belongs to a transaction.
    #[must_use]
    pub const fn is_transactional(self) -> bool {
        self.0 & Self::TRANSACTIONAL != 0
    }

    /// Whether the records are for brokers and clients themselves, not for applications.
    #[must_use]
    pub const fn is_control(self) -> bool {
        self.0 & Self::CONTROL != 0
    }

    /// Whether the base timestamp is the time from which on tombstones and markers may be removed.
    #[must_use]
    pub const fn has_delete_horizon(self) -> bool {
        self.0 & Self::DELETE_HORIZON != 0
    }

    /// The same with another codec.
    #[must_use]
    pub const fn with_codec(self, codec: Codec) -> Self {
        Self(self.0 & !Self::CODEC | codec.id() as i16)
    }

    /// The same with the bit of the append time on or off.
    #[must_use]
    pub const fn with_log_append_time(self, on: bool) -> Self {
        self.with(Self::LOG_APPEND_TIME, on)
    }

    /// The same with the bit of transactions on or off.
    #[must_use]
    pub const fn with_transactional(self, on: bool) -> Self {
        self.with(Self::TRANSACTIONAL, on)
    }

    /// The same with the bit of control batches on or off.
    #[must_use]
    pub const fn with_control(self, on: bool) -> Self {
        self.with(Self::CONTROL, on)
    }

    /// The same with the bit of the delete horizon on or off.
    #[must_use]
    pub const fn with_delete_horizon(self, on: bool) -> Self {
        self.with(Self::DELETE_HORIZON, on)
    }

    const fn with(self, bit: i16, on: bool) -> Self {
        Self(if on { self.0 | bit } else { self.0 & !bit })
    }
}

/// The header as plain values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BatchHeader {
    /// Offset of the first record; 0 from producers.
    pub base_offset: i64,
    /// Bytes of the batch after this field: the size less 12.
    pub batch_length: i32,
    /// Epoch of the leader that appended it; -1 from producers. Not covered by the checksum.
    pub partition_leader_epoch: i32,
    /// CRC-32C from the attributes to the end.
    pub crc: u32,
    /// Codec and flags.
    pub attributes: Attributes,
    /// Offset of the last record less the base offset. Stays when compaction removes records.
    pub last_offset_delta: i32,
    /// Timestamp in ms that the records' deltas start from; the delete horizon if its bit is set.
    pub base_timestamp: i64,
    /// Highest timestamp of a record in ms, or the time of the append.
    pub max_timestamp: i64,
    /// The producer; -1 for none.
    pub producer_id: i64,
    /// Its epoch; -1 for none.
    pub producer_epoch: i16,
    /// Sequence of the first record; -1 for none. Wraps to 0 after 2147483647.
    pub base_sequence: i32,
    /// Records in the batch; may be 0 after compaction.
    pub records_count: i32,
}

impl Default for BatchHeader {
    /// A header with no producer and no records.
    fn default() -> Self {
        Self {
            base_offset: 0,
            batch_length: (HEADER_SIZE - LOG_OVERHEAD) as i32,
            partition_leader_epoch: -1,
            crc: 0,
            attributes: Attributes::default(),
            last_offset_delta: 0,
            base_timestamp: -1,
            max_timestamp: -1,
            producer_id: -1,
            producer_epoch: -1,
            base_sequence: -1,
            records_count: 0,
        }
    }
}

impl BatchHeader {
    /// Reads the header at the start of `bytes`; what follows it may be missing.
    ///
    /// # Errors
    /// [`BatchError::Empty`], [`BatchError::Truncated`], [`BatchError::Length`] or [`BatchError::Magic`].
    pub fn read(bytes: &[u8]) -> Result<Self, BatchError> {
        let Some((header, _)) = bytes.split_first_chunk::<HEADER_SIZE>() else {
            return Err(if bytes.is_empty() { BatchError::Empty } else { BatchError::Truncated });
        };
        let this = Self::from_array(header);
        let magic = header[at::MAGIC] as i8;
        if magic != MAGIC {
            return Err(BatchError::Magic(magic));
        }
        if this.batch_length < (HEADER_SIZE - LOG_OVERHEAD) as i32 {
            return Err(BatchError::Length(this.batch_length));
        }
        Ok(this)
    }

    /// The values of a header whose format was checked before.
    pub(super) fn from_array(header: &[u8; HEADER_SIZE]) -> Self {
        Self {
            base_offset: i64::from_be_bytes(field(header, 0)),
            batch_length: i32::from_be_bytes(field(header, at::LENGTH)),
            partition_leader_epoch: i32::from_be_bytes(field(header, 12)),
            crc: u32::from_be_bytes(field(header, at::CRC)),
            attributes: Attributes(i16::from_be_bytes(field(header, at::ATTRIBUTES))),
            last_offset_delta: i32::from_be_bytes(field(header, 23)),
            base_timestamp: i64::from_be_bytes(field(header, 27)),
            max_timestamp: i64::from_be_bytes(field(header, at::MAX_TIMESTAMP)),
            producer_id: i64::from_be_bytes(field(header, 43)),
            producer_epoch: i16::from_be_bytes(field(header, 51)),
            base_sequence: i32::from_be_bytes(field(header, 53)),
            records_count: i32::from_be_bytes(field(header, 57)),
        }
    }

    /// The bytes of the header, with the checksum as it stands in `crc`.
    #[must_use]
    pub fn write(&self) -> [u8; HEADER_SIZE] {
        let mut out = [0; HEADER_SIZE];
        let mut put = |at: usize, bytes: &[u8]| out[at..at + bytes.len()].copy_from_slice(bytes);
        put(0, &self.base_offset.to_be_bytes());
        put(at::LENGTH, &self.batch_length.to_be_bytes());
        put(12, &self.partition_leader_epoch.to_be_bytes());
        put(at::MAGIC, &MAGIC.to_be_bytes());
        put(at::CRC, &self.crc.to_be_bytes());
        put(at::ATTRIBUTES, &self.attributes.0.to_be_bytes());
        put(23, &self.last_offset_delta.to_be_bytes());
        put(27, &self.base_timestamp.to_be_bytes());
        put(at::MAX_TIMESTAMP, &self.max_timestamp.to_be_bytes());
        put(43, &self.producer_id.to_be_bytes());
        put(51, &self.producer_epoch.to_be_bytes());
        put(53, &self.base_sequence.to_be_bytes());
        put(57, &self.records_count.to_be_bytes());
        out
    }

    /// The bytes of the header in front of `content`, with length and checksum made to fit.
    ///
    /// # Errors
    /// [`BatchError::TooLarge`] if the batch would exceed 2 GiB.
    pub fn seal(&mut self, content: &[u8]) -> Result<[u8; HEADER_SIZE], BatchError> {
        let length = HEADER_SIZE - LOG_OVERHEAD + content.len();
        self.batch_length =
            i32::try_from(length).map_err(|_| BatchError::TooLarge { limit: i32::MAX as usize })?;
        self.crc = crc32c::crc32c_append(crc32c::crc32c(&self.write()[at::ATTRIBUTES..]), content);
        Ok(self.write())
    }

    /// Size of the whole batch in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        LOG_OVERHEAD + usize::try_from(self.batch_length).unwrap_or(0)
    }

    /// Offset of the last record, or of where it was before compaction.
    #[must_use]
    pub fn last_offset(&self) -> i64 {
        self.base_offset.wrapping_add(i64::from(self.last_offset_delta))
    }

    /// Sequence of the last record; -1 if there is no sequence.
    #[must_use]
    pub fn last_sequence(&self) -> i32 {
        if self.base_sequence < 0 {
            return -1;
        }
        // After 2147483647 comes 0.
        (self.base_sequence.wrapping_add(self.last_offset_delta)) & i32::MAX
    }
}

fn field<const N: usize>(header: &[u8; HEADER_SIZE], at: usize) -> [u8; N] {
    let mut out = [0; N];
    out.copy_from_slice(&header[at..at + N]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: what is written is read back, field by field.
    #[test]
    fn a_header_is_read_as_it_was_written() {
        let header = BatchHeader {
            base_offset: 1 << 40,
            batch_length: 77,
            partition_leader_epoch: 5,
            crc: 0xdead_beef,
            attributes: Attributes(0x35),
            last_offset_delta: 9,
            base_timestamp: 1_700_000_000_000,
            max_timestamp: 1_700_000_000_123,
            producer_id: 4000,
            producer_epoch: 3,
            base_sequence: i32::MAX - 2,
            records_count: 10,
        };
        assert_eq!(BatchHeader::read(&header.write()), Ok(header));
        assert_eq!(header.last_sequence(), 6);
        assert_eq!(header.size(), 89);
        assert!(header.attributes.is_control() && header.attributes.is_transactional());
        assert!(!header.attributes.is_log_append_time() && !header.attributes.has_delete_horizon());
        assert_eq!(header.attributes.codec(), Err(BatchError::Codec(5)));
    }

    /// Goal: recovery tells a cut-off tail from garbage.
    #[test]
    fn what_is_no_header_is_named() {
        let good = BatchHeader::default().write();
        assert_eq!(BatchHeader::read(&[]), Err(BatchError::Empty));
        assert_eq!(BatchHeader::read(&good[..60]), Err(BatchError::Truncated));
        let mut old = good;
        old[16] = 1;
        assert_eq!(BatchHeader::read(&old), Err(BatchError::Magic(1)));
        let mut short = good;
        short[8..12].copy_from_slice(&48i32.to_be_bytes());
        assert_eq!(BatchHeader::read(&short), Err(BatchError::Length(48)));
    }
}
