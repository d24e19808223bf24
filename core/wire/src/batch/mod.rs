//! Record batches, format 2: the unit that producers send, logs keep and consumers read.
//!
//! | offset | size | field |
//! |---|---|---|
//! | 0 | 8 | base offset |
//! | 8 | 4 | batch length: bytes after this field |
//! | 12 | 4 | partition leader epoch |
//! | 16 | 1 | magic, 2 |
//! | 17 | 4 | CRC-32C of everything after it |
//! | 21 | 2 | attributes |
//! | 23 | 4 | last offset delta |
//! | 27 | 8 | base timestamp |
//! | 35 | 8 | maximal timestamp |
//! | 43 | 8 | producer id |
//! | 51 | 2 | producer epoch |
//! | 53 | 4 | base sequence |
//! | 57 | 4 | number of records |
//! | 61 | | the records, compressed as one stream if there is a codec |
//!
//! What a leader changes on append (base offset, leader epoch) lies outside the checksum, so a batch is
//! written with 16 new bytes in front of a slice of what the producer sent.
//!
//! Source: KIP-98. Kafka: `DefaultRecordBatch`, `DefaultRecord`.

mod builder;
mod control;
mod header;
mod inspect;
mod rebuild;
mod record;
mod view;

pub use builder::BatchBuilder;
pub use control::{ControlRecord, ControlRecordType};
pub use header::{Attributes, BatchHeader};
pub use inspect::{Inspected, inspect};
pub use rebuild::{Rebuild, rebuild, rebuild_inspected};
pub use record::{Record, RecordIter, RecordRef};
pub use view::{BatchView, Batches, with_log_append_time};

pub use crate::compression::{Codec, compress, decompress};

use core::fmt;

use crate::ErrorCode;

/// Size of the header in bytes.
pub const HEADER_SIZE: usize = 61;
/// Base offset and batch length, which the batch length does not count.
pub const LOG_OVERHEAD: usize = 12;
/// Bytes at the start that are rewritten when a batch is appended: up to and with the leader epoch.
pub const PREFIX_SIZE: usize = 16;
/// No producer id, no epoch, no sequence, no timestamp, no leader epoch.
pub const NONE: i64 = -1;

/// Why bytes are not a batch that can be used. Always the sender's or the disk's fault, unless the codec
/// is not built in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BatchError {
    /// There are no bytes at all.
    Empty,
    /// The bytes end inside the batch.
    Truncated,
    /// The batch length is smaller than a header.
    Length(i32),
    /// Another format than 2.
    Magic(i8),
    /// The checksum does not fit.
    Crc {
        /// As written in the batch.
        stored: u32,
        /// Of the bytes at hand.
        computed: u32,
    },
    /// No codec has this number.
    Codec(u8),
    /// The codec was left out of this build.
    CodecNotBuilt(Codec),
    /// The compressed stream is damaged.
    Compression(Codec),
    /// The records are larger than allowed, in bytes after decompression.
    TooLarge {
        /// The limit.
        limit: usize,
    },
    /// A record is malformed.
    Record {
        /// Its place in the batch, from 0.
        index: i32,
    },
    /// There are more or fewer records than the header says.
    RecordCount {
        /// As written in the header.
        header: i32,
        /// Records that were found before the content ended, or all that the header promised.
        found: i32,
    },
    /// Something follows where one batch was expected.
    NotOneBatch,
    /// The records are compressed, and uncompressed ones were asked for.
    Compressed(Codec),
}

impl BatchError {
    /// What a producer is told.
    #[must_use]
    pub const fn error_code(&self) -> ErrorCode {
        match self {
            Self::Empty | Self::NotOneBatch | Self::Magic(_) => ErrorCode::INVALID_RECORD,
            Self::Record { .. } | Self::RecordCount { .. } => ErrorCode::INVALID_RECORD,
            Self::Codec(_) | Self::CodecNotBuilt(_) => ErrorCode::UNSUPPORTED_COMPRESSION_TYPE,
            Self::TooLarge { .. } => ErrorCode::MESSAGE_TOO_LARGE,
            Self::Truncated | Self::Length(_) | Self::Crc { .. } => ErrorCode::CORRUPT_MESSAGE,
            Self::Compression(_) | Self::Compressed(_) => ErrorCode::CORRUPT_MESSAGE,
        }
    }
}

impl fmt::Display for BatchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("no record batch"),
            Self::Truncated => f.write_str("the record batch is cut off"),
            Self::Length(length) => write!(f, "a record batch cannot have a length of {length}"),
            Self::Magic(magic) => write!(f, "record format {magic} is not supported, only 2"),
            Self::Crc { stored, computed } => {
                write!(f, "the record batch is damaged: checksum {computed:08x}, expected {stored:08x}")
            }
            Self::Codec(id) => write!(f, "unknown compression codec {id}"),
            Self::CodecNotBuilt(codec) => write!(f, "compression with {} is not built in", codec.name()),
            Self::Compression(codec) => write!(f, "the {} stream is damaged", codec.name()),
            Self::TooLarge { limit } => write!(f, "the records exceed {limit} bytes when decompressed"),
            Self::Record { index } => write!(f, "record {index} of the batch is malformed"),
            Self::RecordCount { header, found } => {
                write!(f, "the batch header says {header} records, but there are {found}")
            }
            Self::NotOneBatch => f.write_str("more than one record batch"),
            Self::Compressed(codec) => write!(f, "the records are compressed with {}", codec.name()),
        }
    }
}

impl core::error::Error for BatchError {}
