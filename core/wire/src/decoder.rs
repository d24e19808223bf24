//! Reading from a frame: bounds first, then everything else.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::mem::size_of;

use bytes::Bytes;

use crate::codec::{Version, Wire};
use crate::error::{DecodeError, DecodeErrorKind};
use crate::{Message, Str};

type Result<T, E = DecodeErrorKind> = core::result::Result<T, E>;

/// Bytes of memory that an array may reserve per byte that remains in the frame.
///
/// A count says how many elements follow; how large they are in memory is our business, not the
/// sender's. Reserving more than this waits until the elements have really been read.
const RESERVE_PER_BYTE: usize = 8;

/// A reader over one frame. Byte fields that it returns are slices of the frame, not copies.
///
/// Nothing is allocated for a length that the remaining bytes cannot hold. Bytes after the last field
/// of a message are left alone: some clients send them (librdkafka's Metadata request from version 9).
#[derive(Clone, Debug)]
pub struct Decoder {
    frame: Bytes,
    position: usize,
    field: &'static str,
}

impl Decoder {
    /// Reads `frame` from its start.
    #[must_use]
    pub fn new(frame: Bytes) -> Self {
        Self { frame, position: 0, field: "" }
    }

    /// Bytes not read yet.
    #[inline]
    #[must_use]
    pub fn remaining(&self) -> usize {
        self.frame.len() - self.position
    }

    /// Bytes read so far.
    #[must_use]
    pub fn position(&self) -> usize {
        self.position
    }

    /// What has not been read yet.
    #[must_use]
    pub fn rest(&self) -> Bytes {
        self.frame.slice(self.position..)
    }

    /// Reads a whole message.
    pub(crate) fn message<M: Message>(&mut self, version: i16) -> Result<M, DecodeError> {
        self.field = "";
        let read = if M::VERSIONS.contains(&version) {
            M::read(self, Version::new(version, version >= M::FLEXIBLE_FROM))
        } else {
            Err(DecodeErrorKind::Version)
        };
        read.map_err(|kind| self.error(kind, M::NAME))
    }

    /// The error that a caller sees: `kind` with the place where reading stopped.
    pub(crate) fn error(&self, kind: DecodeErrorKind, message: &'static str) -> DecodeError {
        DecodeError { kind, message, field: self.field, position: self.position }
    }

    /// Reads a field; `at` names it in an error.
    #[inline]
    pub fn read<T: Wire>(&mut self, v: Version, at: &'static str) -> Result<T> {
        let read = T::read(self, v);
        if read.is_err() {
            self.note(at);
        }
        read
    }

    /// Reads a nullable struct in a tagged section, where null is an unsigned 0 and not a negative byte.
    pub fn read_tagged_struct<T: Wire>(&mut self, v: Version, at: &'static str) -> Result<Option<T>> {
        match self.uvarint()? {
            0 => Ok(None),
            _ => self.read(v, at).map(Some),
        }
    }

    #[cold]
    fn note(&mut self, at: &'static str) {
        // The innermost field names itself first; those around it add nothing.
        if self.field.is_empty() {
            self.field = at;
        }
    }

    /// Takes `n` bytes, or fails without moving.
    #[inline]
    pub fn slice(&mut self, n: usize) -> Result<&[u8]> {
        let end = self.position.checked_add(n).filter(|end| *end <= self.frame.len());
        let Some(end) = end else { return Err(DecodeErrorKind::Truncated) };
        let slice = &self.frame[self.position..end];
        self.position = end;
        Ok(slice)
    }

    #[inline]
    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let end = self.position + N; // both are at most isize::MAX
        let Some(slice) = self.frame.get(self.position..end) else { return Err(DecodeErrorKind::Truncated) };
        self.position = end;
        let mut out = [0; N];
        out.copy_from_slice(slice);
        Ok(out)
    }

    /// Takes `n` bytes as a slice of the frame that keeps the frame alive.
    pub fn bytes(&mut self, n: usize) -> Result<Bytes> {
        if n > self.remaining() {
            return Err(DecodeErrorKind::Length);
        }
        let bytes = self.frame.slice(self.position..self.position + n);
        self.position += n;
        Ok(bytes)
    }

    /// Takes `n` bytes of text, at most 32767 even where the format could say more.
    ///
    /// Kafka's limit for every version: what a flexible version brings in must fit into an older one, and into
    /// the records of the coordinators.
    pub fn text(&mut self, n: usize) -> Result<Str> {
        if n > self.remaining() || n > i16::MAX as usize {
            return Err(DecodeErrorKind::Length);
        }
        if n == 0 {
            return Ok(Str::default());
        }
        let text = core::str::from_utf8(self.slice(n)?).map_err(|_| DecodeErrorKind::Utf8)?;
        Ok(Arc::from(text))
    }

    /// Reads an unsigned byte.
    #[inline]
    pub fn u8(&mut self) -> Result<u8> {
        self.array::<1>().map(|[b]| b)
    }

    /// Reads a signed byte.
    #[inline]
    pub fn i8(&mut self) -> Result<i8> {
        self.array().map(i8::from_be_bytes)
    }

    /// Reads a big-endian integer of two bytes.
    #[inline]
    pub fn i16(&mut self) -> Result<i16> {
        self.array().map(i16::from_be_bytes)
    }

    /// Reads an unsigned big-endian integer of two bytes.
    #[inline]
    pub fn u16(&mut self) -> Result<u16> {
        self.array().map(u16::from_be_bytes)
    }

    /// Reads a big-endian integer of four bytes.
    #[inline]
    pub fn i32(&mut self) -> Result<i32> {
        self.array().map(i32::from_be_bytes)
    }

    /// Reads an unsigned big-endian integer of four bytes.
    #[inline]
    pub fn u32(&mut self) -> Result<u32> {
        self.array().map(u32::from_be_bytes)
    }

    /// Reads a big-endian integer of eight bytes.
    #[inline]
    pub fn i64(&mut self) -> Result<i64> {
        self.array().map(i64::from_be_bytes)
    }

    /// Reads an unsigned big-endian integer of eight bytes.
    #[inline]
    pub fn u64(&mut self) -> Result<u64> {
        self.array().map(u64::from_be_bytes)
    }

    /// Reads the sixteen bytes of a UUID.
    #[inline]
    pub fn uuid(&mut self) -> Result<[u8; 16]> {
        self.array()
    }

    /// Reads an unsigned variable-length integer of at most 32 bits, seven bits per byte, low bits first.
    #[inline]
    pub fn uvarint(&mut self) -> Result<u32> {
        let (value, used) = crate::varint::read_u32(&self.frame[self.position..])?;
        self.position += used;
        Ok(value)
    }

    /// Reads the length of a string: `None` is null.
    #[inline]
    pub(crate) fn text_length(&mut self, v: Version) -> Result<Option<usize>> {
        if v.flexible { self.compact_length() } else { self.i16().map(i32::from).and_then(length) }
    }

    /// Reads the length of a byte field or the count of an array: `None` is null.
    #[inline]
    pub(crate) fn length(&mut self, v: Version) -> Result<Option<usize>> {
        if v.flexible { self.compact_length() } else { self.i32().and_then(length) }
    }

    /// A compact length is one more than the length; zero is null.
    #[inline]
    fn compact_length(&mut self) -> Result<Option<usize>> {
        Ok((self.uvarint()? as usize).checked_sub(1))
    }

    /// Reads `n` elements of an array.
    pub(crate) fn elements<T: Wire>(&mut self, n: usize, v: Version) -> Result<Vec<T>> {
        let remaining = self.remaining();
        if n > remaining / T::min_size(v).max(1) {
            return Err(DecodeErrorKind::Length);
        }
        let reserve = remaining.saturating_mul(RESERVE_PER_BYTE) / size_of::<T>().max(1);
        let mut elements = Vec::with_capacity(n.min(reserve));
        for _ in 0..n {
            elements.push(T::read(self, v)?);
        }
        Ok(elements)
    }

    /// Reads the tagged section that ends a flexible struct; a version that is not flexible has none.
    ///
    /// `known` reads the field of a tag and returns true, or returns false for a tag it does not know,
    /// which is then skipped.
    pub fn tags(&mut self, v: Version, mut known: impl FnMut(&mut Self, u32) -> Result<bool>) -> Result<()> {
        if !v.flexible {
            return Ok(());
        }
        let count = self.uvarint()?;
        let mut lowest = 0;
        for _ in 0..count {
            let tag = self.uvarint()?;
            if tag < lowest {
                return Err(DecodeErrorKind::TagOrder);
            }
            lowest = tag.checked_add(1).ok_or(DecodeErrorKind::TagOrder)?;
            let size = self.uvarint()? as usize;
            if size > self.remaining() {
                return Err(DecodeErrorKind::Length);
            }
            let end = self.position + size;
            if !known(self, tag)? {
                self.position = end;
            } else if self.position != end {
                return Err(DecodeErrorKind::TagSize);
            }
        }
        Ok(())
    }
}

fn length(n: i32) -> Result<Option<usize>> {
    match n {
        -1 => Ok(None),
        _ => usize::try_from(n).map(Some).map_err(|_| DecodeErrorKind::Length),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::HeartbeatRequest;

    /// Goal: a flexible version brings in no text that an older one, or a record, could not carry.
    /// Source: Kafka's generated readers refuse strings above 32767 bytes in every version.
    #[test]
    fn texts_end_at_32767_bytes_in_every_version() {
        let with_group = |length: usize| {
            let group_id = Str::from("g".repeat(length));
            let request = HeartbeatRequest { group_id, ..HeartbeatRequest::default() };
            let bytes = request.to_bytes(4).expect("a flexible version has room for it");
            HeartbeatRequest::from_bytes(&bytes, 4)
        };
        assert_eq!(with_group(32_767).expect("the longest text").group_id.len(), 32_767);
        assert_eq!(with_group(32_768).expect_err("one byte more").kind, DecodeErrorKind::Length);
    }
}
