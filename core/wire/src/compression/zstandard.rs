//! Zstandard.
//!
//! Unpacked in one call, not as a stream: a stream needs memory for the window that the frame asks for,
//! up to 128 MiB for a batch of a few bytes, whereas one call uses the output itself as the window.

use alloc::vec::Vec;

use zstd::zstd_safe::{self, CCtx, DCtx};

use super::Failure;

/// As Kafka's default `compression.zstd.level`.
const LEVEL: i32 = 3;
/// Multiples of the input, and bytes, that are reserved before the stream has shown that it needs more.
const GUESS: (usize, usize) = (8, 16 * 1024);
/// The library's number for an output that does not fit (`ZSTD_error_dstSize_tooSmall`), as it returns it.
const OUTPUT_TOO_SMALL: usize = 0usize.wrapping_sub(70);

pub(super) fn compress(input: &[u8], out: &mut Vec<u8>) {
    let start = out.len();
    out.resize(start + zstd_safe::compress_bound(input.len()), 0);
    let written = CCtx::create().compress(&mut out[start..], input, LEVEL);
    let written = written.expect("the buffer has the size the codec asks for");
    out.truncate(start + written);
}

pub(super) fn decompress(input: &[u8], max_output: usize) -> Result<Vec<u8>, Failure> {
    let mut context = DCtx::create();
    let mut size = input.len().saturating_mul(GUESS.0).max(GUESS.1);
    if let Ok(Some(claimed)) = zstd_safe::get_frame_content_size(input) {
        // What the frame claims is believed only where it asks for less.
        size = size.min(usize::try_from(claimed).unwrap_or(usize::MAX));
    }
    loop {
        size = size.min(max_output);
        let mut out = Vec::with_capacity(size);
        match context.decompress(&mut out, input) {
            Ok(written) => {
                assert_eq!(written, out.len(), "the library says how much it has written");
                return Ok(out);
            }
            Err(OUTPUT_TOO_SMALL) if size < max_output => size = size.saturating_mul(4).max(GUESS.1),
            Err(OUTPUT_TOO_SMALL) => return Err(Failure::TooLarge),
            Err(_) => return Err(Failure::Damaged),
        }
    }
}
