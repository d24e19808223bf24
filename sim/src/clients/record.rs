//! Records that name their producer and number, and the batches that carry them.
//!
//! The value of a record is a function of who sent it and which one it is, so whoever reads it can tell
//! losses, repetitions, order and every changed byte. Batches are written and read here by a second
//! implementation of the format, so that a mistake in the broker's own does not hide itself.

use bytes::{Buf, BufMut, Bytes};

/// Names one record of a run: producer and number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordId {
    /// Index of the producer.
    pub producer: u32,
    /// 0 for its first record.
    pub number: u32,
}

impl core::fmt::Display for RecordId {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "p{}-{:06}", self.producer, self.number)
    }
}

impl RecordId {
    /// The record's value: its name, a full stop, and filler up to `filler_max` bytes.
    pub fn value(self, filler_max: u32) -> Vec<u8> {
        let mut state = u64::from(self.producer) << 32 | u64::from(self.number);
        let mut next = || {
            // SplitMix64: cheap, and every byte depends on the record's name.
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut word = state;
            word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            word ^ (word >> 31)
        };
        let filler = (next() % (u64::from(filler_max) + 1)) as usize;
        let mut value = format!("{self}.").into_bytes();
        let length = value.len() + filler;
        while value.len() < length {
            value.extend_from_slice(&next().to_le_bytes());
        }
        value.truncate(length);
        value
    }

    /// The record's key: one in three has none.
    pub fn key(self) -> Option<Vec<u8>> {
        (!self.number.is_multiple_of(3)).then(|| format!("k{}", self.number % 7).into_bytes())
    }

    /// Which record a value claims to be.
    pub fn parse(value: &[u8]) -> Option<Self> {
        let text = value.strip_prefix(b"p")?;
        let dash = text.iter().position(|byte| *byte == b'-')?;
        let number = |digits: &[u8]| core::str::from_utf8(digits).ok()?.parse::<u32>().ok();
        let producer = number(&text[..dash])?;
        let rest = &text[dash + 1..];
        let stop = rest.iter().position(|byte| *byte == b'.')?;
        Some(Self { producer, number: number(&rest[..stop])? })
    }
}

/// What a batch says about its producer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BatchProducer {
    pub(crate) id: i64,
    pub(crate) epoch: i16,
    pub(crate) base_sequence: i32,
}

impl BatchProducer {
    /// A producer that is not idempotent.
    pub(crate) const NONE: Self = Self { id: -1, epoch: -1, base_sequence: -1 };
}

/// Bytes of a batch before its records.
const HEADER: usize = 61;
/// Bytes before those the CRC covers.
const CRC_END: usize = 21;

/// A batch of consecutive records of one producer, all with one timestamp.
pub(crate) fn encode(
    first: RecordId,
    count: u32,
    timestamp: i64,
    producer: BatchProducer,
    filler_max: u32,
) -> Bytes {
    assert!(count > 0, "a batch holds records");
    let mut bytes = Vec::with_capacity(HEADER + count as usize * (filler_max as usize / 2 + 32));
    bytes.put_i64(0);
    bytes.put_i32(0); // length, below
    bytes.put_i32(-1);
    bytes.put_u8(2);
    bytes.put_u32(0); // CRC, below
    bytes.put_i16(0);
    bytes.put_u32(count - 1);
    bytes.put_i64(timestamp);
    bytes.put_i64(timestamp);
    bytes.put_i64(producer.id);
    bytes.put_i16(producer.epoch);
    bytes.put_i32(producer.base_sequence);
    bytes.put_u32(count);
    for delta in 0..count {
        let id = RecordId { number: first.number + delta, ..first };
        put_record(&mut bytes, delta, id.key().as_deref(), &id.value(filler_max));
    }
    let length = u32::try_from(bytes.len() - 12).expect("a small batch");
    bytes[8..12].copy_from_slice(&length.to_be_bytes());
    let crc = crc32c::crc32c(&bytes[CRC_END..]);
    bytes[17..21].copy_from_slice(&crc.to_be_bytes());
    Bytes::from(bytes)
}

fn put_record(bytes: &mut Vec<u8>, offset_delta: u32, key: Option<&[u8]>, value: &[u8]) {
    let mut record = Vec::with_capacity(value.len() + 16);
    record.put_u8(0);
    put_varint(&mut record, 0);
    put_varint(&mut record, i64::from(offset_delta));
    match key {
        Some(key) => {
            put_varint(&mut record, key.len() as i64);
            record.put_slice(key);
        }
        None => put_varint(&mut record, -1),
    }
    put_varint(&mut record, value.len() as i64);
    record.put_slice(value);
    put_varint(&mut record, 0);
    put_varint(bytes, record.len() as i64);
    bytes.put_slice(&record);
}

fn put_varint(bytes: &mut Vec<u8>, value: i64) {
    let mut zigzag = ((value << 1) ^ (value >> 63)) as u64;
    while zigzag >= 0x80 {
        bytes.put_u8((zigzag & 0x7f) as u8 | 0x80);
        zigzag >>= 7;
    }
    bytes.put_u8(zigzag as u8);
}

fn take_varint(bytes: &mut &[u8]) -> Option<i64> {
    let mut zigzag = 0_u64;
    for shift in (0..64).step_by(7) {
        let byte = *bytes.first()?;
        bytes.advance(1);
        zigzag |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some((zigzag >> 1) as i64 ^ -((zigzag & 1) as i64));
        }
    }
    None
}

/// One record as a consumer sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ReadRecord {
    pub(crate) offset: i64,
    pub(crate) timestamp: i64,
    pub(crate) key: Option<Bytes>,
    pub(crate) value: Option<Bytes>,
}

/// One batch as a consumer sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ReadBatch {
    pub(crate) base_offset: i64,
    /// First offset behind it.
    pub(crate) end: i64,
    pub(crate) leader_epoch: i32,
    pub(crate) attributes: i16,
    pub(crate) producer: BatchProducer,
    pub(crate) records: Vec<ReadRecord>,
}

impl ReadBatch {
    /// Whether it holds markers of the broker and no records of clients.
    pub(crate) fn is_control(&self) -> bool {
        self.attributes & 0x20 != 0
    }

    /// Whether the broker has set the timestamps.
    pub(crate) fn is_log_append_time(&self) -> bool {
        self.attributes & 0x08 != 0
    }
}

/// Reads the batches at the start of `bytes`; an incomplete one at the end is left alone, as consumers do.
///
/// # Errors
/// A whole batch is not what its header says; the text says why.
pub(crate) fn decode(mut bytes: Bytes) -> Result<Vec<ReadBatch>, String> {
    let mut batches = Vec::new();
    while bytes.len() >= HEADER {
        let length = u32::from_be_bytes(bytes[8..12].try_into().expect("four bytes")) as usize;
        if length < HEADER - 12 {
            return Err(format!("a batch of {length} bytes is shorter than its header"));
        }
        let Some(rest) = bytes.len().checked_sub(12 + length) else { break };
        let batch = bytes.split_to(12 + length);
        assert_eq!(bytes.len(), rest, "the batch was taken off the front");
        batches.push(decode_one(&batch)?);
    }
    Ok(batches)
}

fn decode_one(batch: &Bytes) -> Result<ReadBatch, String> {
    let mut header = &batch[..HEADER];
    let base_offset = header.get_i64();
    header.advance(4);
    let leader_epoch = header.get_i32();
    let magic = header.get_u8();
    let crc = header.get_u32();
    if magic != 2 {
        return Err(format!("the batch at {base_offset} has magic {magic}"));
    }
    let actual = crc32c::crc32c(&batch[CRC_END..]);
    if crc != actual {
        return Err(format!("the batch at {base_offset} has CRC {crc:08x}, its bytes have {actual:08x}"));
    }
    let attributes = header.get_i16();
    let last_offset_delta = header.get_i32();
    let base_timestamp = header.get_i64();
    let max_timestamp = header.get_i64();
    let producer =
        BatchProducer { id: header.get_i64(), epoch: header.get_i16(), base_sequence: header.get_i32() };
    let count = header.get_u32();
    if attributes & 0x07 != 0 {
        return Err(format!("the batch at {base_offset} is compressed, which nobody asked for"));
    }
    let mut records = Vec::new();
    let mut rest = batch.slice(HEADER..);
    for _ in 0..count {
        let mut record = take_record(&mut rest, base_offset, base_timestamp)
            .ok_or_else(|| format!("a record of the batch at {base_offset} does not parse"))?;
        if attributes & 0x08 != 0 {
            record.timestamp = max_timestamp;
        }
        records.push(record);
    }
    if !rest.is_empty() {
        return Err(format!("the batch at {base_offset} has bytes behind its records"));
    }
    let end = base_offset + i64::from(last_offset_delta) + 1;
    Ok(ReadBatch { base_offset, end, leader_epoch, attributes, producer, records })
}

fn take_record(rest: &mut Bytes, base_offset: i64, base_timestamp: i64) -> Option<ReadRecord> {
    let mut peek = &rest[..];
    let length = usize::try_from(take_varint(&mut peek)?).ok()?;
    let prefix = rest.len() - peek.len();
    rest.advance(prefix);
    if rest.len() < length {
        return None;
    }
    let mut record = rest.split_to(length);
    let mut view = &record[..];
    view.try_get_u8().ok()?;
    let timestamp = base_timestamp + take_varint(&mut view)?;
    let offset = base_offset + take_varint(&mut view)?;
    let used = record.len() - view.len();
    record.advance(used);
    let key = take_field(&mut record)?;
    let value = take_field(&mut record)?;
    Some(ReadRecord { offset, timestamp, key, value })
}

/// A nullable field; `None` if it does not parse.
fn take_field(record: &mut Bytes) -> Option<Option<Bytes>> {
    let mut view = &record[..];
    let length = take_varint(&mut view)?;
    let used = record.len() - view.len();
    record.advance(used);
    if length < 0 {
        return Some(None);
    }
    let length = usize::try_from(length).ok()?;
    (record.len() >= length).then(|| Some(record.split_to(length)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_names_its_record_whatever_the_filler() {
        for number in 0..3000 {
            for producer in [0, 7, 123] {
                let id = RecordId { producer, number: number * 977 };
                assert_eq!(RecordId::parse(&id.value(300)), Some(id));
            }
        }
        assert_eq!(RecordId::parse(b"p1-000012"), None);
        assert_eq!(RecordId::parse(b"something else"), None);
    }

    #[test]
    fn batches_are_read_back_as_they_were_written() {
        let first = RecordId { producer: 3, number: 41 };
        let producer = BatchProducer { id: 9, epoch: 2, base_sequence: 17 };
        let mut bytes = encode(first, 5, 1234, producer, 200).to_vec();
        let whole = bytes.len();
        bytes.extend_from_slice(&encode(first, 1, 5, BatchProducer::NONE, 10)[..30]);
        let batches = decode(Bytes::from(bytes.clone())).unwrap();
        assert_eq!(batches.len(), 1, "an incomplete batch is left alone");
        assert_eq!(batches[0].producer, producer);
        for (delta, record) in batches[0].records.iter().enumerate() {
            let id = RecordId { number: 41 + delta as u32, ..first };
            assert_eq!(record.offset, delta as i64);
            assert_eq!(record.timestamp, 1234);
            assert_eq!(record.key.as_deref(), id.key().as_deref());
            assert_eq!(record.value.as_deref(), Some(&id.value(200)[..]));
        }
        bytes[whole - 3] ^= 1;
        assert!(decode(Bytes::from(bytes)).unwrap_err().contains("CRC"));
    }

    /// Goal: two implementations of the format agree.
    #[test]
    fn the_core_accepts_these_batches() {
        let first = RecordId { producer: 1, number: 0 };
        let bytes = encode(first, 4, 99, BatchProducer::NONE, 50);
        let view = klamm_wire::batch::BatchView::parse_first(&bytes).unwrap();
        assert_eq!(view.len(), bytes.len());
        klamm_wire::batch::inspect(&view, 1 << 20).unwrap();
    }
}
