//! gzip and lz4: codecs that are read as streams, up to a limit.

extern crate std;

use alloc::vec::Vec;
use std::io::{ErrorKind, Read, Write};

use flate2::Compression;
use flate2::bufread::MultiGzDecoder;
use flate2::write::GzEncoder;
use lz4_flex::frame::{BlockMode, BlockSize, FrameDecoder, FrameEncoder, FrameInfo};

use super::Failure;

/// The first guess at an output, in multiples of the input, and at least this many bytes.
const GUESS: (usize, usize) = (4, 4096);

pub(super) fn gzip(input: &[u8], out: &mut Vec<u8>) {
    let mut encoder = GzEncoder::new(out, Compression::new(6));
    let written = encoder.write_all(input).and_then(|()| encoder.try_finish());
    written.expect("writing into memory does not fail");
}

pub(super) fn gunzip(input: &[u8], max_output: usize) -> Result<Vec<u8>, Failure> {
    // A stream of several members is legal, and Java's reader takes it.
    read_bounded(MultiGzDecoder::new(input), input.len(), max_output)
}

/// Writes the frames that Java's client writes: blocks of 64 KiB, independent, without checksums.
pub(super) fn lz4(input: &[u8], out: &mut Vec<u8>) {
    let info = FrameInfo::new().block_size(BlockSize::Max64KB).block_mode(BlockMode::Independent);
    let mut encoder = FrameEncoder::with_frame_info(info, out);
    encoder.write_all(input).expect("writing into memory does not fail");
    encoder.finish().expect("writing into memory does not fail");
}

pub(super) fn unlz4(input: &[u8], max_output: usize) -> Result<Vec<u8>, Failure> {
    read_bounded(FrameDecoder::new(input), input.len(), max_output)
}

/// Reads all of `from`, doubling the buffer but never beyond `max_output` and one byte.
fn read_bounded(mut from: impl Read, input: usize, max_output: usize) -> Result<Vec<u8>, Failure> {
    let most = max_output.saturating_add(1);
    let mut out = Vec::new();
    let mut filled = 0;
    loop {
        if filled == out.len() {
            let guess = input.saturating_mul(GUESS.0).max(GUESS.1);
            let more = if filled == 0 { guess } else { filled }.min(most - filled);
            out.reserve_exact(more);
            out.resize(filled + more, 0);
        }
        match from.read(&mut out[filled..]) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return Err(Failure::Damaged),
        }
        if filled > max_output {
            return Err(Failure::TooLarge);
        }
    }
    out.truncate(filled);
    Ok(out)
}
