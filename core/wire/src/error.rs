//! What can be wrong with bytes from outside, and with a value that has to become bytes.

use core::fmt;

/// Why bytes could not be read. Always the sender's fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DecodeErrorKind {
    /// The frame ends inside the field.
    Truncated,
    /// A length or count is negative, or larger than the bytes that remain could hold.
    Length,
    /// A string is not UTF-8.
    Utf8,
    /// Null where the version does not allow it.
    Null,
    /// A variable-length integer does not end, or does not fit its type.
    Varint,
    /// Tags of a tagged section are not strictly ascending (KIP-482).
    TagOrder,
    /// A tagged field is shorter or longer than the size written in front of it.
    TagSize,
    /// The version lies outside the range the message has.
    Version,
    /// An API key or record type that does not exist.
    Unknown,
    /// Bytes follow where the format has none.
    Trailing,
}

impl DecodeErrorKind {
    fn text(self) -> &'static str {
        match self {
            Self::Truncated => "ends too early",
            Self::Length => "has a length that cannot be true",
            Self::Utf8 => "is not valid UTF-8",
            Self::Null => "is null, which this version does not allow",
            Self::Varint => "has a variable-length integer that is too long",
            Self::TagOrder => "has tags that are not ascending",
            Self::TagSize => "does not fill the size of its tag",
            Self::Version => "has no such version",
            Self::Unknown => "is of no known type",
            Self::Trailing => "is followed by bytes that do not belong to it",
        }
    }
}

/// Bytes from outside that are not the message they claim to be: what is wrong, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DecodeError {
    /// What is wrong.
    pub kind: DecodeErrorKind,
    /// The message that was read, such as `FetchRequest`.
    pub message: &'static str,
    /// The innermost field that was read, such as `FetchPartition.fetch_offset`; empty if it was none.
    pub field: &'static str,
    /// Where reading stopped, in bytes from the start of the frame.
    pub position: usize,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, message, field, position } = self;
        if field.is_empty() {
            write!(f, "{message} {} (at byte {position})", kind.text())
        } else {
            write!(f, "{message}: {field} {} (at byte {position})", kind.text())
        }
    }
}

impl core::error::Error for DecodeError {}

/// Why a value could not be written. Always our own fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EncodeErrorKind {
    /// The version lies outside the range the message has.
    Version,
    /// The field has a value, but the version does not carry it and it may not be dropped.
    Absent,
    /// The field is null, which the version cannot express.
    Null,
    /// A string, byte field or array is longer than its length field can say.
    TooLong,
}

impl EncodeErrorKind {
    fn text(self) -> &'static str {
        match self {
            Self::Version => "has no such version",
            Self::Absent => "has a value that this version does not carry",
            Self::Null => "is null, which this version does not allow",
            Self::TooLong => "is longer than the format allows",
        }
    }
}

/// A value that the chosen version cannot carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EncodeError {
    /// What is wrong.
    pub kind: EncodeErrorKind,
    /// The message that was written, such as `FetchRequest`.
    pub message: &'static str,
    /// The field, such as `FetchRequest.forgotten_topics_data`; empty if it was none.
    pub field: &'static str,
    /// The version that was asked for.
    pub version: i16,
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, message, field, version } = self;
        if field.is_empty() {
            write!(f, "{message} v{version} {}", kind.text())
        } else {
            write!(f, "{message} v{version}: {field} {}", kind.text())
        }
    }
}

impl core::error::Error for EncodeError {}
