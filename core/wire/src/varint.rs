//! Variable-length integers: seven bits per byte, low bits first; signed ones are zig-zag coded.
//!
//! Source: the Protocol Buffers encoding. Kafka: `ByteUtils`.

use bytes::{BufMut, BytesMut};

use crate::DecodeErrorKind;

/// Bytes that `value` takes as an unsigned variable-length integer.
#[must_use]
pub const fn size_u64(value: u64) -> usize {
    let bits = 64 - (value | 1).leading_zeros() as usize;
    bits.div_ceil(7)
}

/// Bytes that `value` takes as a zig-zag coded integer.
#[must_use]
pub const fn size_i64(value: i64) -> usize {
    size_u64(zigzag(value))
}

const fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

/// Reads an unsigned integer of at most 32 bits; returns it and the bytes it took (1 to 5).
#[inline]
pub fn read_u32(from: &[u8]) -> Result<(u32, usize), DecodeErrorKind> {
    match from.first() {
        Some(&byte) if byte < 0x80 => return Ok((u32::from(byte), 1)),
        Some(_) => {}
        None => return Err(DecodeErrorKind::Truncated),
    }
    let (value, used) = read_slow(from, 5)?;
    u32::try_from(value).map(|value| (value, used)).map_err(|_| DecodeErrorKind::Varint)
}

/// Reads a zig-zag coded integer of at most 32 bits; returns it and the bytes it took (1 to 5).
#[inline]
pub fn read_i32(from: &[u8]) -> Result<(i32, usize), DecodeErrorKind> {
    let (value, used) = read_u32(from)?;
    Ok((((value >> 1) as i32) ^ -((value & 1) as i32), used))
}

/// Reads a zig-zag coded integer of at most 64 bits; returns it and the bytes it took (1 to 10).
#[inline]
pub fn read_i64(from: &[u8]) -> Result<(i64, usize), DecodeErrorKind> {
    let (value, used) = match from.first() {
        Some(&byte) if byte < 0x80 => (u64::from(byte), 1),
        Some(_) => read_slow(from, 10)?,
        None => return Err(DecodeErrorKind::Truncated),
    };
    Ok((((value >> 1) as i64) ^ -((value & 1) as i64), used))
}

fn read_slow(from: &[u8], longest: usize) -> Result<(u64, usize), DecodeErrorKind> {
    let mut value = 0u64;
    for (i, &byte) in from.iter().take(longest).enumerate() {
        let bits = u64::from(byte & 0x7f);
        let shifted = bits << (7 * i);
        if shifted >> (7 * i) != bits {
            return Err(DecodeErrorKind::Varint);
        }
        value |= shifted;
        if byte < 0x80 {
            return Ok((value, i + 1));
        }
    }
    Err(if from.len() < longest { DecodeErrorKind::Truncated } else { DecodeErrorKind::Varint })
}

/// Writes an unsigned integer.
#[inline]
pub fn write_u64(to: &mut BytesMut, mut value: u64) {
    while value >= 0x80 {
        to.put_u8(value as u8 | 0x80);
        value >>= 7;
    }
    to.put_u8(value as u8);
}

/// Writes a zig-zag coded integer.
#[inline]
pub fn write_i64(to: &mut BytesMut, value: i64) {
    write_u64(to, zigzag(value));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: every value comes back, in as many bytes as the size function said. Method: the borders of
    /// every length, both signs.
    #[test]
    fn every_border_value_is_read_back_in_the_size_announced() {
        for shift in 0..64 {
            for value in [1i64 << shift, (1i64 << shift).wrapping_sub(1), -(1i64 << (shift.min(62))), 0] {
                let mut to = BytesMut::new();
                write_i64(&mut to, value);
                assert_eq!(to.len(), size_i64(value));
                assert_eq!(read_i64(&to), Ok((value, to.len())));
                if let Ok(small) = i32::try_from(value) {
                    assert_eq!(read_i32(&to), Ok((small, to.len())));
                }
                let mut to = BytesMut::new();
                write_u64(&mut to, value as u64);
                assert_eq!(to.len(), size_u64(value as u64));
                if let Ok(small) = u32::try_from(value as u64) {
                    assert_eq!(read_u32(&to), Ok((small, to.len())));
                }
            }
        }
    }

    /// Goal: a sender cannot make a number of more bits than the type has, nor one without an end.
    #[test]
    fn an_integer_that_is_too_long_is_refused() {
        assert_eq!(read_u32(&[0x80; 4]), Err(DecodeErrorKind::Truncated));
        assert_eq!(read_u32(&[0x80; 9]), Err(DecodeErrorKind::Varint));
        assert_eq!(read_u32(&[0xff, 0xff, 0xff, 0xff, 0x10]), Err(DecodeErrorKind::Varint));
        assert_eq!(read_u32(&[0xff, 0xff, 0xff, 0xff, 0x0f]), Ok((u32::MAX, 5)));
        assert_eq!(read_i64(&[0xff; 10]), Err(DecodeErrorKind::Varint));
        assert_eq!(read_i64(&[0xff; 9]), Err(DecodeErrorKind::Truncated));
        assert_eq!(read_i64(&[]), Err(DecodeErrorKind::Truncated));
        let min = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
        assert_eq!(read_i64(&min), Ok((i64::MIN, 10)));
    }
}
