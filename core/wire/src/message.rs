//! What every message can do.

use core::ops::RangeInclusive;

use bytes::Bytes;

use crate::codec::Wire;
use crate::{DecodeError, Decoder, EncodeError, Encoder};

/// A message of Kafka's protocol: one schema, all its versions.
///
/// The struct holds the fields of all versions. A field that a version does not carry has its default
/// after decoding; writing it with another value is an error, unless the schema lets it be dropped.
pub trait Message: Wire + Default {
    /// The schema's name, such as `FetchRequest`.
    const NAME: &'static str;
    /// The versions that exist.
    const VERSIONS: RangeInclusive<i16>;
    /// The first version with compact lengths and tagged fields; `i16::MAX` if there is none.
    const FLEXIBLE_FROM: i16;

    /// Reads the message; bytes behind it are left alone.
    ///
    /// # Errors
    /// Names what is wrong and where; the sender is at fault.
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        d.message(version)
    }

    /// Writes the message.
    ///
    /// # Errors
    /// The version does not exist or cannot carry a value; what was written then must not be used.
    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.message(self, version)
    }

    /// The message alone, in one piece.
    ///
    /// # Errors
    /// As [`encode`](Self::encode).
    fn to_bytes(&self, version: i16) -> Result<Bytes, EncodeError> {
        let mut e = Encoder::new();
        self.encode(&mut e, version)?;
        Ok(e.to_bytes())
    }

    /// Reads the message from the start of `bytes`.
    ///
    /// # Errors
    /// As [`decode`](Self::decode).
    fn from_bytes(bytes: &Bytes, version: i16) -> Result<Self, DecodeError> {
        Self::decode(&mut Decoder::new(bytes.clone()), version)
    }
}
