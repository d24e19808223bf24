//! Framing of the records that brokers write for themselves: the metadata log and the coordinators' topics.

use bytes::{BufMut, Bytes};

use crate::{DecodeError, DecodeErrorKind, Decoder, EncodeError, Encoder, Message, varint};

/// The only version there is of the framing in front of a metadata record.
const FRAME_VERSION: u32 = 1;

/// Reads what stands in front of a metadata record: its type and version.
pub(crate) fn read_metadata_frame(d: &mut Decoder) -> Result<(i16, i16), DecodeErrorKind> {
    if d.uvarint()? != FRAME_VERSION {
        return Err(DecodeErrorKind::Version);
    }
    let record_type = i16::try_from(d.uvarint()?).map_err(|_| DecodeErrorKind::Unknown)?;
    let version = i16::try_from(d.uvarint()?).map_err(|_| DecodeErrorKind::Version)?;
    Ok((record_type, version))
}

/// A metadata record behind its framing.
pub(crate) fn write_metadata<M: Message>(
    record: &M,
    record_type: i16,
    version: i16,
    mut e: Encoder,
) -> Result<Bytes, EncodeError> {
    let to = e.buffer();
    varint::write_u64(to, u64::from(FRAME_VERSION));
    // Both are constants of the schema and never negative.
    varint::write_u64(to, record_type as u64);
    varint::write_u64(to, version as u64);
    record.encode(&mut e, version)?;
    Ok(e.to_bytes())
}

/// The metadata record in the lowest version that carries everything it holds.
pub(crate) fn write_metadata_lowest<M: Message>(record: &M, record_type: i16) -> Result<Bytes, EncodeError> {
    let (low, high) = M::VERSIONS.into_inner();
    for version in low..high {
        if let Ok(bytes) = write_metadata(record, record_type, version, Encoder::lossless()) {
            return Ok(bytes);
        }
    }
    write_metadata(record, record_type, high, Encoder::lossless())
}

/// Makes the enum over all metadata records out of one row per type.
macro_rules! metadata_records {
    ($($name:ident = $type:literal: $record:ident;)*) => {
        use bytes::Bytes;

        use crate::log_records::{read_metadata_frame, write_metadata, write_metadata_lowest};
        use crate::{DecodeError, DecodeErrorKind, Decoder, EncodeError, Encoder, Message};

        /// Any record of the cluster metadata log.
        ///
        /// The value of such a log record is the framing (three variable-length integers: 1, the type, the
        /// version) and the message; the key is null.
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub enum MetadataRecord {
            $($name($record),)*
        }

        impl MetadataRecord {
            /// The type of the record, as it stands in the framing.
            #[must_use]
            pub const fn api_key(&self) -> i16 {
                match self {
                    $(Self::$name(_) => $type,)*
                }
            }

            /// Reads the value of a log record.
            ///
            /// # Errors
            /// The type or version is unknown, the message is malformed, or something follows it.
            pub fn decode_framed(value: &Bytes) -> Result<Self, DecodeError> {
                let mut d = Decoder::new(value.clone());
                let (record_type, version) =
                    read_metadata_frame(&mut d).map_err(|kind| d.error(kind, "MetadataRecord"))?;
                let record = match record_type {
                    $($type => $record::decode(&mut d, version).map(Self::$name),)*
                    _ => Err(d.error(DecodeErrorKind::Unknown, "MetadataRecord")),
                }?;
                if d.remaining() > 0 {
                    return Err(d.error(DecodeErrorKind::Trailing, "MetadataRecord"));
                }
                Ok(record)
            }

            /// The value of a log record, in the lowest version that carries everything the record holds.
            ///
            /// # Errors
            /// No version can carry it.
            pub fn encode_framed(&self) -> Result<Bytes, EncodeError> {
                match self {
                    $(Self::$name(record) => write_metadata_lowest(record, $type),)*
                }
            }

            /// The value of a log record, in a version given.
            ///
            /// # Errors
            /// The version does not exist, or cannot carry a field that may not be dropped.
            pub fn encode_framed_at(&self, version: i16) -> Result<Bytes, EncodeError> {
                match self {
                    $(Self::$name(record) => write_metadata(record, $type, version, Encoder::new()),)*
                }
            }
        }

        $(impl From<$record> for MetadataRecord {
            fn from(record: $record) -> Self {
                Self::$name(record)
            }
        })*
    };
}

/// The key of a coordinator's record: its type and the key's only version.
///
/// # Errors
/// A string is longer than 32767 bytes.
pub fn encode_key<M: Message>(key: &M, record_type: i16) -> Result<Bytes, EncodeError> {
    let mut e = Encoder::new();
    e.buffer().put_i16(record_type);
    key.encode(&mut e, 0)?;
    Ok(e.to_bytes())
}

/// The value of a coordinator's record: its version and the message.
///
/// # Errors
/// The version does not exist, or cannot carry a field that may not be dropped.
pub fn encode_value<M: Message>(value: &M, version: i16) -> Result<Bytes, EncodeError> {
    let mut e = Encoder::new();
    e.buffer().put_i16(version);
    value.encode(&mut e, version)?;
    Ok(e.to_bytes())
}

/// Reads the value of a coordinator's record, whatever its version.
///
/// # Errors
/// The version is unknown or the message is malformed.
pub fn decode_value<M: Message>(value: &Bytes) -> Result<M, DecodeError> {
    let mut d = Decoder::new(value.clone());
    let version = d.i16().map_err(|kind| d.error(kind, M::NAME))?;
    M::decode(&mut d, version)
}

/// Makes the enum over all records of a coordinator out of one row per type.
macro_rules! coordinator_records {
    ($enum:ident, $($name:ident = $type:literal: $key:ident, $value:ident;)*) => {
        use bytes::Bytes;

        use crate::log_records::{decode_value, encode_key, encode_value};
        use crate::{DecodeError, Decoder, EncodeError, Message};

        /// Any record of this coordinator: the key, and the value unless it is a tombstone.
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub enum $enum {
            $($name($key, Option<$value>),)*
        }

        impl $enum {
            /// The type of the record, as it stands in front of the key.
            #[must_use]
            pub const fn record_type(&self) -> i16 {
                match self {
                    $(Self::$name(..) => $type,)*
                }
            }

            /// The versions in which the value can be written.
            #[must_use]
            pub fn value_versions(&self) -> core::ops::RangeInclusive<i16> {
                match self {
                    $(Self::$name(..) => $value::VERSIONS,)*
                }
            }

            /// Reads a log record; `None` if its type is unknown, which a coordinator skips.
            ///
            /// # Errors
            /// The key or the value is malformed, or the value's version is unknown.
            pub fn decode(key: &Bytes, value: Option<&Bytes>) -> Result<Option<Self>, DecodeError> {
                let mut d = Decoder::new(key.clone());
                let record_type = d.i16().map_err(|kind| d.error(kind, stringify!($enum)))?;
                Ok(Some(match record_type {
                    $($type => {
                        Self::$name($key::decode(&mut d, 0)?, value.map(decode_value).transpose()?)
                    })*
                    _ => return Ok(None),
                }))
            }

            /// The key and the value of a log record, the value in a version given; no value is a tombstone.
            ///
            /// # Errors
            /// The version does not exist or cannot carry a field, or a string of the key is too long.
            pub fn encode(&self, version: i16) -> Result<(Bytes, Option<Bytes>), EncodeError> {
                match self {
                    $(Self::$name(key, value) => Ok((
                        encode_key(key, $type)?,
                        value.as_ref().map(|value| encode_value(value, version)).transpose()?,
                    )),)*
                }
            }
        }
    };
}

pub(crate) use {coordinator_records, metadata_records};
