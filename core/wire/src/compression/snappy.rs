//! Snappy, raw and in the framing of xerial's Java library.
//!
//! The framing: eight bytes of magic, two 32-bit versions, then blocks of a 32-bit length and raw Snappy.
//! Java's client writes it; librdkafka and others write one raw block. Both are read.

use alloc::vec::Vec;

use snap::raw::{Decoder, Encoder, decompress_len, max_compress_len};

use super::Failure;

const MAGIC: [u8; 8] = [0x82, b'S', b'N', b'A', b'P', b'P', b'Y', 0];
/// Magic, version and lowest compatible version.
const HEADER_SIZE: usize = 16;
/// Bytes per block before compression, as Java's client writes them.
const BLOCK_SIZE: usize = 32 * 1024;
/// More bytes than one byte of a raw block can unpack to: the densest element takes three bytes for 64.
const MAX_RATIO: usize = 22;

pub(super) fn compress(input: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(&MAGIC);
    out.extend_from_slice(&1i32.to_be_bytes());
    out.extend_from_slice(&1i32.to_be_bytes());
    let mut encoder = Encoder::new();
    for block in input.chunks(BLOCK_SIZE) {
        let length_at = out.len();
        out.resize(length_at + 4 + max_compress_len(block.len()), 0);
        let written = encoder
            .compress(block, &mut out[length_at + 4..])
            .expect("the buffer has the size the codec asks for");
        out[length_at..length_at + 4].copy_from_slice(&(written as u32).to_be_bytes());
        out.truncate(length_at + 4 + written);
    }
}

pub(super) fn decompress(input: &[u8], max_output: usize) -> Result<Vec<u8>, Failure> {
    let mut out = Vec::new();
    if !input.starts_with(&MAGIC) {
        out.reserve_exact(unpacked_length(input, max_output)?);
        append_block(input, &mut out)?;
        return Ok(out);
    }
    let framed = input.get(HEADER_SIZE..).ok_or(Failure::Damaged)?;
    let mut size = 0;
    for_each_block(framed, |block| {
        size += unpacked_length(block, max_output - size)?;
        Ok(())
    })?;
    out.reserve_exact(size);
    for_each_block(framed, |block| append_block(block, &mut out))?;
    Ok(out)
}

fn for_each_block(
    mut rest: &[u8],
    mut visit: impl FnMut(&[u8]) -> Result<(), Failure>,
) -> Result<(), Failure> {
    while !rest.is_empty() {
        let (length, tail) = rest.split_first_chunk().ok_or(Failure::Damaged)?;
        let length = usize::try_from(i32::from_be_bytes(*length)).map_err(|_| Failure::Damaged)?;
        let (block, tail) = tail.split_at_checked(length).ok_or(Failure::Damaged)?;
        visit(block)?;
        rest = tail;
    }
    Ok(())
}

/// What a raw block says it unpacks to, if that is possible and within the limit.
fn unpacked_length(block: &[u8], limit: usize) -> Result<usize, Failure> {
    let length = decompress_len(block).map_err(|_| Failure::Damaged)?;
    // Before anything is reserved: a few bytes may claim four gigabytes.
    if length > block.len().saturating_mul(MAX_RATIO) {
        return Err(Failure::Damaged);
    }
    if length > limit { Err(Failure::TooLarge) } else { Ok(length) }
}

fn append_block(block: &[u8], out: &mut Vec<u8>) -> Result<(), Failure> {
    let start = out.len();
    out.resize(start + unpacked_length(block, usize::MAX)?, 0);
    Decoder::new().decompress(block, &mut out[start..]).map_err(|_| Failure::Damaged)?;
    Ok(())
}
