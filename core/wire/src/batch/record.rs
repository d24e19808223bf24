//! Single records inside a batch.

use alloc::vec::Vec;

use bytes::{BufMut, Bytes, BytesMut};

use super::BatchError;
use crate::{Str, varint};

/// One record. Its offset and timestamp are relative to its batch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Record {
    /// Unused bits; 0.
    pub attributes: i8,
    /// Timestamp less the batch's base timestamp, in ms.
    pub timestamp_delta: i64,
    /// Offset less the batch's base offset.
    pub offset_delta: i32,
    /// What compaction and partitioning go by.
    pub key: Option<Bytes>,
    /// The payload; null is a tombstone on a compacted topic.
    pub value: Option<Bytes>,
    /// Names and values, in order; names may repeat.
    pub headers: Vec<(Str, Option<Bytes>)>,
}

/// One record as it lies in the uncompressed content of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordRef<'a> {
    /// Unused bits; 0.
    pub attributes: i8,
    /// Timestamp less the batch's base timestamp, in ms.
    pub timestamp_delta: i64,
    /// Offset less the batch's base offset.
    pub offset_delta: i32,
    /// What compaction and partitioning go by.
    pub key: Option<&'a [u8]>,
    /// The payload.
    pub value: Option<&'a [u8]>,
    /// Number of headers and the headers, as they are written.
    pub(super) headers: &'a [u8],
}

/// A reader over the bytes of one record; every failure means the same: the record is malformed.
struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    #[inline]
    fn i8(&mut self) -> Option<i8> {
        let (&first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(first as i8)
    }

    #[inline]
    fn varint(&mut self) -> Option<i32> {
        let (value, used) = varint::read_i32(self.0).ok()?;
        self.0 = &self.0[used..];
        Some(value)
    }

    #[inline]
    fn varlong(&mut self) -> Option<i64> {
        let (value, used) = varint::read_i64(self.0).ok()?;
        self.0 = &self.0[used..];
        Some(value)
    }

    #[inline]
    fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(n)?;
        self.0 = rest;
        Some(taken)
    }

    /// Bytes behind their length; a length of -1 is null.
    #[inline]
    fn nullable(&mut self) -> Option<Option<&'a [u8]>> {
        match self.varint()? {
            -1 => Some(None),
            n => self.take(usize::try_from(n).ok()?).map(Some),
        }
    }

    /// One header; its name is never null.
    #[inline]
    fn header(&mut self) -> Option<(&'a [u8], Option<&'a [u8]>)> {
        Some((self.nullable()??, self.nullable()?))
    }
}

impl<'a> RecordRef<'a> {
    /// Takes the record at the start of `content`, checking all its lengths; `None` if it is malformed.
    #[inline]
    pub(super) fn take(content: &mut &'a [u8]) -> Option<Self> {
        let mut outer = Cursor(content);
        let length = outer.varint()?;
        let mut body = Cursor(outer.take(usize::try_from(length).ok()?)?);
        let record = Self {
            attributes: body.i8()?,
            timestamp_delta: body.varlong()?,
            offset_delta: body.varint()?,
            key: body.nullable()?,
            value: body.nullable()?,
            headers: body.0,
        };
        let headers = body.varint()?;
        for _ in 0..u32::try_from(headers).ok()? {
            body.header()?;
        }
        if !body.0.is_empty() {
            return None;
        }
        *content = outer.0;
        Some(record)
    }

    /// Number of headers.
    #[must_use]
    pub fn header_count(&self) -> usize {
        let count = Cursor(self.headers).varint().expect("checked when the record was taken");
        usize::try_from(count).expect("checked when the record was taken")
    }

    /// The headers in order: name (not checked to be text) and value.
    pub fn headers(&self) -> impl Iterator<Item = (&'a [u8], Option<&'a [u8]>)> + use<'a> {
        let mut rest = Cursor(self.headers);
        let _count = rest.varint();
        core::iter::from_fn(move || rest.header())
    }

    /// The record with slices of `content`, which it must lie in; `None` if a header's name is not text.
    fn to_record(self, content: &Bytes) -> Option<Record> {
        let slice = |bytes: &[u8]| content.slice_ref(bytes);
        let mut headers = Vec::with_capacity(self.header_count());
        for (name, value) in self.headers() {
            headers.push((Str::from(core::str::from_utf8(name).ok()?), value.map(slice)));
        }
        Some(Record {
            attributes: self.attributes,
            timestamp_delta: self.timestamp_delta,
            offset_delta: self.offset_delta,
            key: self.key.map(slice),
            value: self.value.map(slice),
            headers,
        })
    }

    /// Appends the record with other deltas; headers are copied as they are.
    pub(super) fn write(&self, to: &mut BytesMut, timestamp_delta: i64, offset_delta: i32) {
        let body = 1
            + varint::size_i64(timestamp_delta)
            + varint::size_i64(i64::from(offset_delta))
            + nullable_size(self.key)
            + nullable_size(self.value)
            + self.headers.len();
        to.reserve(body + 5);
        varint::write_i64(to, body as i64);
        to.put_i8(self.attributes);
        varint::write_i64(to, timestamp_delta);
        varint::write_i64(to, i64::from(offset_delta));
        put_nullable(to, self.key);
        put_nullable(to, self.value);
        to.put_slice(self.headers);
    }
}

fn nullable_size(bytes: Option<&[u8]>) -> usize {
    bytes.map_or(1, |bytes| varint::size_i64(bytes.len() as i64) + bytes.len())
}

fn put_nullable(to: &mut BytesMut, bytes: Option<&[u8]>) {
    match bytes {
        None => varint::write_i64(to, -1),
        Some(bytes) => {
            varint::write_i64(to, bytes.len() as i64);
            to.put_slice(bytes);
        }
    }
}

/// Headers as a record holds them: their number, then each name and value.
pub(super) fn write_headers(to: &mut BytesMut, headers: &[(Str, Option<Bytes>)]) {
    varint::write_i64(to, headers.len() as i64);
    for (name, value) in headers {
        put_nullable(to, Some(name.as_bytes()));
        put_nullable(to, value.as_deref());
    }
}

/// The records of a batch, in order. After an error it ends.
#[derive(Clone, Debug)]
pub struct RecordIter {
    content: Bytes,
    position: usize,
    index: i32,
    count: i32,
    failed: Option<BatchError>,
}

impl RecordIter {
    pub(super) fn new(content: Bytes, count: i32) -> Self {
        Self { content, position: 0, index: 0, count, failed: None }
    }

    /// An iterator that yields only this error.
    pub(super) fn failed(error: BatchError) -> Self {
        Self { failed: Some(error), ..Self::new(Bytes::new(), 0) }
    }

    fn take(&mut self) -> Option<Record> {
        let whole = &self.content[self.position..];
        let mut rest = whole;
        let record = RecordRef::take(&mut rest)?;
        let used = whole.len() - rest.len();
        let record = record.to_record(&self.content)?;
        self.position += used;
        self.index += 1;
        Some(record)
    }

    /// What to report when no further record can be read, but the header promises one.
    fn missing(&self) -> BatchError {
        match self.position == self.content.len() {
            true => BatchError::RecordCount { header: self.count, found: self.index },
            false => BatchError::Record { index: self.index },
        }
    }
}

impl Iterator for RecordIter {
    type Item = Result<Record, BatchError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(error) = self.failed.take() {
            self.count = 0;
            return Some(Err(error));
        }
        if self.index >= self.count {
            return None;
        }
        let record = self.take().ok_or_else(|| self.missing());
        if record.is_err() {
            self.count = 0;
        }
        Some(record)
    }
}

/// Visits `count` records that must fill `content`. Allocates nothing.
pub(super) fn visit<'a>(
    content: &'a [u8],
    count: i32,
    mut visit: impl FnMut(RecordRef<'a>),
) -> Result<(), BatchError> {
    let mut rest = content;
    for index in 0..count {
        match RecordRef::take(&mut rest) {
            Some(record) => visit(record),
            None if rest.is_empty() => return Err(BatchError::RecordCount { header: count, found: index }),
            None => return Err(BatchError::Record { index }),
        }
    }
    if rest.is_empty() && count >= 0 {
        return Ok(());
    }
    Err(BatchError::RecordCount { header: count, found: count.max(0).saturating_add(1) })
}
