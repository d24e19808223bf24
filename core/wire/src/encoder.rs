//! Writing a frame: small fields into one buffer, large payloads as segments of their own.

use alloc::vec::Vec;

use bytes::{BufMut, Bytes, BytesMut};

use crate::codec::{Version, Wire};
use crate::error::{EncodeError, EncodeErrorKind};
use crate::{Message, varint};

/// From this size on, in bytes, a payload becomes a segment of its own instead of being copied.
///
/// Below it, the copy costs less than one more entry in a vectored write.
pub const SEGMENT_MIN: usize = 1024;

/// The bytes of a frame, in order, ready for a vectored write.
#[derive(Clone, Debug, Default)]
pub struct Segments(Vec<Bytes>);

impl Segments {
    /// Bytes in all segments.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.iter().map(Bytes::len).sum()
    }

    /// Whether there is no byte.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The segments; none is empty.
    pub fn iter(&self) -> core::slice::Iter<'_, Bytes> {
        self.0.iter()
    }

    /// The segments, owned.
    #[must_use]
    pub fn into_vec(self) -> Vec<Bytes> {
        self.0
    }

    /// All bytes in one piece; copies if there is more than one segment.
    #[must_use]
    pub fn to_bytes(&self) -> Bytes {
        concat(&self.0)
    }
}

impl IntoIterator for Segments {
    type Item = Bytes;
    type IntoIter = alloc::vec::IntoIter<Bytes>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a Segments {
    type Item = &'a Bytes;
    type IntoIter = core::slice::Iter<'a, Bytes>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// One piece out of many; no copy if there is at most one.
pub(crate) fn concat(chunks: &[Bytes]) -> Bytes {
    match chunks {
        [] => Bytes::new(),
        [one] => one.clone(),
        many => {
            let mut all = BytesMut::with_capacity(many.iter().map(Bytes::len).sum());
            for chunk in many {
                all.extend_from_slice(chunk);
            }
            all.freeze()
        }
    }
}

#[derive(Debug)]
enum Piece {
    Written(BytesMut),
    Shared(Bytes),
}

/// A writer of messages.
///
/// An error does not stop the writing: the first one is kept and returned when the message is complete.
/// What was written until then must not be used.
#[derive(Debug)]
pub struct Encoder {
    pieces: Vec<Piece>,
    tail: BytesMut,
    error: Option<(EncodeErrorKind, &'static str)>,
    segment_min: usize,
    lossless: bool,
}

impl Default for Encoder {
    fn default() -> Self {
        Self::new()
    }
}

impl Encoder {
    /// An empty writer.
    #[must_use]
    pub fn new() -> Self {
        Self {
            pieces: Vec::new(),
            tail: BytesMut::new(),
            error: None,
            segment_min: SEGMENT_MIN,
            lossless: false,
        }
    }

    /// A writer that refuses to drop even the values which a version may drop silently.
    pub(crate) fn lossless() -> Self {
        Self { lossless: true, ..Self::new() }
    }

    /// Bytes written so far.
    #[must_use]
    pub fn len(&self) -> usize {
        let done: usize = self
            .pieces
            .iter()
            .map(|piece| match piece {
                Piece::Written(bytes) => bytes.len(),
                Piece::Shared(bytes) => bytes.len(),
            })
            .sum();
        done + self.tail.len()
    }

    /// Whether nothing has been written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What was written, in segments.
    #[must_use]
    pub fn finish(mut self) -> Segments {
        self.cut();
        let freeze = |piece| match piece {
            Piece::Written(bytes) => bytes.freeze(),
            Piece::Shared(bytes) => bytes,
        };
        Segments(self.pieces.into_iter().map(freeze).collect())
    }

    /// What was written, in one piece.
    #[must_use]
    pub fn to_bytes(self) -> Bytes {
        if self.pieces.is_empty() { self.tail.freeze() } else { self.finish().to_bytes() }
    }

    /// What was written behind four bytes that were reserved for the size, as a frame.
    pub(crate) fn finish_frame(mut self) -> Option<Segments> {
        let size = i32::try_from(self.len() - 4).ok()?.to_be_bytes();
        let first = match self.pieces.first_mut() {
            Some(Piece::Written(bytes)) => bytes,
            Some(Piece::Shared(_)) => unreachable!("a frame starts with its size, which is written"),
            None => &mut self.tail,
        };
        first[..4].copy_from_slice(&size);
        Some(self.finish())
    }

    /// Writes a whole message.
    pub(crate) fn message<M: Message>(&mut self, message: &M, version: i16) -> Result<(), EncodeError> {
        if M::VERSIONS.contains(&version) {
            message.write(self, Version::new(version, version >= M::FLEXIBLE_FROM));
        } else {
            self.fail(EncodeErrorKind::Version, "");
        }
        match self.error.take() {
            None => Ok(()),
            Some((kind, field)) => Err(EncodeError { kind, message: M::NAME, field, version }),
        }
    }

    #[cold]
    fn fail(&mut self, kind: EncodeErrorKind, field: &'static str) {
        self.error.get_or_insert((kind, field));
    }

    /// Writes a field; `at` names it in an error.
    #[inline]
    pub fn write<T: Wire>(&mut self, value: &T, v: Version, at: &'static str) {
        value.write(self, v);
        if let Some((_, field @ "")) = &mut self.error {
            *field = at;
        }
    }

    /// Fails if a field has a value (`present`) that the version does not carry.
    #[inline]
    pub fn absent(&mut self, present: bool, at: &'static str) {
        if present {
            self.fail(EncodeErrorKind::Absent, at);
        }
    }

    /// As [`absent`](Self::absent), for fields that may be dropped unless the writer must lose nothing.
    #[inline]
    pub fn dropped(&mut self, present: bool, at: &'static str) {
        if present && self.lossless {
            self.fail(EncodeErrorKind::Absent, at);
        }
    }

    /// Writes a nullable field in a version that knows no null for it.
    #[inline]
    pub fn required<T: Wire>(&mut self, value: Option<&T>, v: Version, at: &'static str) {
        match value {
            Some(value) => self.write(value, v, at),
            None => self.fail(EncodeErrorKind::Null, at),
        }
    }

    /// The buffer that small fields are appended to.
    #[inline]
    pub(crate) fn buffer(&mut self) -> &mut BytesMut {
        &mut self.tail
    }

    /// Writes the length of a string, or null.
    #[inline]
    pub(crate) fn text_length(&mut self, length: Option<usize>, v: Version) {
        if v.flexible {
            return self.compact_length(length);
        }
        match i16::try_from(length.map_or(-1, |n| n as i64)) {
            Ok(length) => self.tail.put_i16(length),
            Err(_) => self.fail(EncodeErrorKind::TooLong, ""),
        }
    }

    /// Writes the length of a byte field or the count of an array, or null.
    #[inline]
    pub(crate) fn length(&mut self, length: Option<usize>, v: Version) {
        if v.flexible {
            return self.compact_length(length);
        }
        match i32::try_from(length.map_or(-1, |n| n as i64)) {
            Ok(length) => self.tail.put_i32(length),
            Err(_) => self.fail(EncodeErrorKind::TooLong, ""),
        }
    }

    fn compact_length(&mut self, length: Option<usize>) {
        match length.map_or(0, |n| n as u64 + 1) {
            plus_one if plus_one <= i32::MAX as u64 => varint::write_u64(&mut self.tail, plus_one),
            _ => self.fail(EncodeErrorKind::TooLong, ""),
        }
    }

    /// Writes payload: copied if it is small, a segment of its own if it is large.
    pub(crate) fn payload(&mut self, bytes: &Bytes) {
        if bytes.len() < self.segment_min {
            self.tail.extend_from_slice(bytes);
        } else {
            self.cut();
            self.pieces.push(Piece::Shared(bytes.clone()));
        }
    }

    fn cut(&mut self) {
        if !self.tail.is_empty() {
            self.pieces.push(Piece::Written(self.tail.split()));
        }
    }

    /// Writes the tagged section that ends a flexible struct; a version that is not flexible has none.
    #[inline]
    pub fn tags(&mut self, v: Version, fill: impl FnOnce(&mut Tags)) {
        if v.flexible {
            let mut tags = Tags { count: 0, body: Tags::value() };
            fill(&mut tags);
            varint::write_u64(&mut self.tail, tags.count);
            self.tail.extend_from_slice(&tags.body.tail);
            if let Some((kind, at)) = tags.body.error {
                self.fail(kind, at);
            }
        }
    }
}

/// A tagged section being written: fields must be added by ascending tag.
#[derive(Debug)]
pub struct Tags {
    count: u64,
    body: Encoder,
}

impl Tags {
    /// Adds a field, unless it equals its default (`present` is false).
    #[inline]
    pub fn field<T: Wire>(&mut self, tag: u32, present: bool, value: &T, v: Version, at: &'static str) {
        if present {
            let mut field = Self::value();
            field.write(value, v, at);
            self.add(tag, field);
        }
    }

    /// Adds a nullable struct: null is an unsigned 0 here, and not a negative byte as outside of tags.
    pub fn structure<T: Wire>(
        &mut self,
        tag: u32,
        present: bool,
        value: Option<&T>,
        v: Version,
        at: &'static str,
    ) {
        if present {
            let mut field = Self::value();
            field.tail.put_u8(u8::from(value.is_some()));
            if let Some(value) = value {
                field.write(value, v, at);
            }
            self.add(tag, field);
        }
    }

    fn value() -> Encoder {
        Encoder { segment_min: usize::MAX, ..Encoder::new() }
    }

    fn add(&mut self, tag: u32, field: Encoder) {
        self.count += 1;
        varint::write_u64(&mut self.body.tail, u64::from(tag));
        varint::write_u64(&mut self.body.tail, field.tail.len() as u64);
        self.body.tail.extend_from_slice(&field.tail);
        if let Some((kind, at)) = field.error {
            self.body.fail(kind, at);
        }
    }
}
