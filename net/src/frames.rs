//! Cutting a stream of bytes into frames: four bytes of size, then so many bytes.
//!
//! Each frame ends up in a buffer of exactly its size, so that a record kept in memory pins no bytes of its
//! neighbours. Small frames are read together with one call; of a large one, the part behind the first read
//! goes straight into its own buffer. That buffer grows with the bytes that have arrived, not with the size
//! that was claimed.

use std::fmt;
use std::io;

use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt as _};

/// Bytes read at once when no frame is under way.
const SCRATCH: usize = 8 << 10;
/// What a claimed size may allocate before any of its bytes have come.
const FIRST: usize = 256 << 10;
/// How much faster than the bytes themselves a buffer grows.
const GROWTH: usize = 4;

/// A size that no frame can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SizeError {
    /// Below zero.
    Negative(i32),
    /// Above the limit.
    TooLarge {
        /// As claimed.
        size: u32,
        /// As configured.
        limit: u32,
    },
}

impl fmt::Display for SizeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Negative(size) => write!(f, "a frame claims the size {size}"),
            Self::TooLarge { size, limit } => {
                write!(f, "a frame claims {size} bytes, socket.request.max.bytes is {limit}")
            }
        }
    }
}

impl std::error::Error for SizeError {}

/// The bytes of a stream that have arrived and not been taken yet.
#[derive(Debug)]
pub struct FrameReader {
    limit: u32,
    scratch: BytesMut,
    /// The frame under way, once its size is known, and that size.
    frame: Option<(Vec<u8>, usize)>,
}

impl FrameReader {
    /// A reader at the start of a stream.
    #[must_use]
    pub fn new(limit: u32) -> Self {
        Self { limit, scratch: BytesMut::new(), frame: None }
    }

    /// The next frame that has arrived whole, without its size.
    ///
    /// # Errors
    /// The stream cannot be read any further.
    pub fn take(&mut self) -> Result<Option<Bytes>, SizeError> {
        if self.frame.is_none() {
            let Some(size) = self.scratch.first_chunk::<4>() else { return Ok(None) };
            let size = i32::from_be_bytes(*size);
            let size = u32::try_from(size).map_err(|_| SizeError::Negative(size))?;
            if size > self.limit {
                return Err(SizeError::TooLarge { size, limit: self.limit });
            }
            self.scratch.advance(4);
            let size = size as usize;
            let here = size.min(self.scratch.len());
            let mut frame = Vec::with_capacity(if here == size { size } else { size.min(FIRST.max(here)) });
            frame.extend_from_slice(&self.scratch[..here]);
            self.scratch.advance(here);
            self.frame = Some((frame, size));
        }
        match self.frame.take_if(|(frame, size)| frame.len() == *size) {
            Some((frame, _)) => Ok(Some(frame.into())),
            None => Ok(None),
        }
    }

    /// Reads once; returns the number of bytes, 0 at the end of the stream. Losing the future loses no bytes.
    ///
    /// # Errors
    /// Those of the stream.
    pub async fn fill(&mut self, stream: &mut (impl AsyncRead + Unpin)) -> io::Result<usize> {
        match &mut self.frame {
            Some((frame, size)) => {
                let missing = *size - frame.len();
                assert!(missing > 0, "a whole frame is taken before more is read");
                if frame.len() == frame.capacity() {
                    let wanted = frame.len().saturating_mul(GROWTH).min(*size);
                    frame.reserve_exact(wanted - frame.len());
                }
                stream.read_buf(&mut frame.limit(missing)).await
            }
            None => {
                self.scratch.reserve(SCRATCH.saturating_sub(self.scratch.len()));
                stream.read_buf(&mut self.scratch).await
            }
        }
    }

    /// Bytes of memory in use.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.scratch.capacity() + self.frame.as_ref().map_or(0, |(frame, _)| frame.capacity())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(mut stream: &[u8], limit: u32, step: usize) -> Result<Vec<Bytes>, SizeError> {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(async {
            let (mut reader, mut frames) = (FrameReader::new(limit), Vec::new());
            loop {
                while let Some(frame) = reader.take()? {
                    frames.push(frame);
                }
                let mut part = tokio::io::AsyncReadExt::take(&mut stream, step as u64);
                if reader.fill(&mut part).await.expect("a slice is always readable") == 0 {
                    return Ok(frames);
                }
            }
        })
    }

    fn frame(content: &[u8]) -> Vec<u8> {
        let mut frame = (content.len() as i32).to_be_bytes().to_vec();
        frame.extend_from_slice(content);
        frame
    }

    /// Goal: however the network cuts the stream, the same frames come out, empty ones included.
    /// Method: reads of every length up to the whole stream.
    #[test]
    fn frames_do_not_depend_on_how_the_stream_is_cut() {
        let stream = [frame(b"first"), frame(b""), frame(b"the second one"), frame(b"3")].concat();
        for step in 1..=stream.len() {
            let frames = read_all(&stream, 100, step).expect("legal sizes");
            assert_eq!(frames, ["first", "", "the second one", "3"], "step {step}");
        }
    }

    /// Goal: a frame larger than every buffer arrives unchanged, in a buffer of its own size.
    #[test]
    fn a_large_frame_arrives_whole() {
        let content: Vec<u8> = (0..3_000_000_u32).map(|n| n as u8 ^ (n >> 8) as u8).collect();
        let stream = [frame(&content), frame(b"next")].concat();
        for step in [1000, 65_536, usize::MAX] {
            let frames = read_all(&stream, 4_000_000, step).expect("legal sizes");
            assert_eq!((&frames[0][..], &frames[1][..]), (&content[..], &b"next"[..]));
        }
    }

    /// Goal: sizes that cannot be are refused before anything is allocated. Source: Kafka's `NetworkReceive`.
    #[test]
    fn impossible_sizes_are_refused() {
        assert_eq!(read_all(&[255, 255, 255, 255], 100, 4), Err(SizeError::Negative(-1)));
        assert_eq!(read_all(&[0, 0, 0, 101], 100, 1), Err(SizeError::TooLarge { size: 101, limit: 100 }));
        assert_eq!(read_all(&[0, 0, 0, 100], 100, 1), Ok(Vec::new()));
    }

    /// Goal: a claimed size costs little memory until its bytes have come, and never much more than came.
    #[test]
    fn memory_grows_with_what_has_arrived() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(async {
            let mut reader = FrameReader::new(100 << 20);
            let mut arrived = 0;
            let mut claim: &[u8] = &(100_i32 << 20).to_be_bytes();
            reader.fill(&mut claim).await.expect("readable");
            let piece = vec![7; 60_000];
            while arrived < 10 << 20 {
                assert_eq!(reader.take(), Ok(None));
                arrived += reader.fill(&mut &piece[..]).await.expect("readable");
                assert!(reader.memory() <= SCRATCH + FIRST.max(GROWTH * arrived), "{arrived} bytes");
            }
        });
    }
}
