//! The codecs of record batches.
//!
//! What comes from outside is unpacked up to a limit that the caller names, and never further: a stream
//! that would give more is refused without the memory for it. Memory beyond the output is a small
//! constant (windows and tables of the codec, at most about 8 MiB for lz4).

#[cfg(feature = "compress")]
mod bounded;
#[cfg(feature = "compress")]
mod snappy;
#[cfg(feature = "compress")]
mod zstandard;

use bytes::{Bytes, BytesMut};

use crate::batch::BatchError;

/// How the records of a batch are compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Codec {
    /// Not at all.
    #[default]
    None = 0,
    /// gzip, level 6.
    Gzip = 1,
    /// Snappy. Read raw and in the framing of xerial's library; written in the latter, as Java does.
    Snappy = 2,
    /// The frame format of LZ4, in independent blocks of 64 KiB.
    Lz4 = 3,
    /// Zstandard, level 3.
    Zstd = 4,
}

impl Codec {
    /// Every codec.
    pub const ALL: [Self; 5] = [Self::None, Self::Gzip, Self::Snappy, Self::Lz4, Self::Zstd];

    /// The codec with a number.
    #[must_use]
    pub const fn from_id(id: u8) -> Option<Self> {
        match id {
            0 => Some(Self::None),
            1 => Some(Self::Gzip),
            2 => Some(Self::Snappy),
            3 => Some(Self::Lz4),
            4 => Some(Self::Zstd),
            _ => None,
        }
    }

    /// The number in a batch's attributes.
    #[must_use]
    pub const fn id(self) -> u8 {
        self as u8
    }

    /// The name in configurations.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Gzip => "gzip",
            Self::Snappy => "snappy",
            Self::Lz4 => "lz4",
            Self::Zstd => "zstd",
        }
    }

    /// The codec with a name as configurations have it.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|codec| codec.name() == name)
    }

    /// Whether this build can use it.
    #[must_use]
    pub const fn is_built(self) -> bool {
        cfg!(feature = "compress") || matches!(self, Self::None)
    }
}

/// Compresses `input`.
///
/// # Errors
/// [`BatchError::CodecNotBuilt`].
pub fn compress(codec: Codec, input: &[u8]) -> Result<Bytes, BatchError> {
    compress_into(codec, input, 0).map(BytesMut::freeze)
}

/// Compresses `input` behind `room` bytes of zero.
#[cfg(feature = "compress")]
pub(crate) fn compress_into(codec: Codec, input: &[u8], room: usize) -> Result<BytesMut, BatchError> {
    let mut out = alloc::vec![0; room];
    match codec {
        Codec::None => out.extend_from_slice(input),
        Codec::Gzip => bounded::gzip(input, &mut out),
        Codec::Snappy => snappy::compress(input, &mut out),
        Codec::Lz4 => bounded::lz4(input, &mut out),
        Codec::Zstd => zstandard::compress(input, &mut out),
    }
    // A vector becomes bytes without a copy.
    Ok(BytesMut::from(Bytes::from(out)))
}

/// Compresses `input` behind `room` bytes of zero.
#[cfg(not(feature = "compress"))]
pub(crate) fn compress_into(codec: Codec, input: &[u8], room: usize) -> Result<BytesMut, BatchError> {
    if codec != Codec::None {
        return Err(BatchError::CodecNotBuilt(codec));
    }
    let mut out = BytesMut::zeroed(room);
    out.extend_from_slice(input);
    Ok(out)
}

/// Unpacks `input` into at most `max_output` bytes; without a codec it is returned uncopied.
///
/// # Errors
/// [`BatchError::Compression`], [`BatchError::TooLarge`], or [`BatchError::CodecNotBuilt`].
pub fn decompress(codec: Codec, input: &Bytes, max_output: usize) -> Result<Bytes, BatchError> {
    if codec != Codec::None {
        return unpack(codec, input, max_output);
    }
    if input.len() > max_output {
        return Err(BatchError::TooLarge { limit: max_output });
    }
    Ok(input.clone())
}

#[cfg(feature = "compress")]
fn unpack(codec: Codec, input: &[u8], max_output: usize) -> Result<Bytes, BatchError> {
    let unpacked = match codec {
        Codec::None => Ok(input.to_vec()),
        Codec::Gzip => bounded::gunzip(input, max_output),
        Codec::Snappy => snappy::decompress(input, max_output),
        Codec::Lz4 => bounded::unlz4(input, max_output),
        Codec::Zstd => zstandard::decompress(input, max_output),
    };
    unpacked.map(Bytes::from).map_err(|failure| match failure {
        Failure::Damaged => BatchError::Compression(codec),
        Failure::TooLarge => BatchError::TooLarge { limit: max_output },
    })
}

#[cfg(not(feature = "compress"))]
fn unpack(codec: Codec, _: &[u8], _: usize) -> Result<Bytes, BatchError> {
    Err(BatchError::CodecNotBuilt(codec))
}

/// Why a stream does not unpack.
#[cfg(feature = "compress")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Failure {
    Damaged,
    TooLarge,
}
