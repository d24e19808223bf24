//! The content of `records` fields, and the one float of the protocol.

use alloc::vec::Vec;
use core::fmt;
use core::hash::{Hash, Hasher};

use bytes::Bytes;

/// The value of a `records` field: record batches back to back, possibly in several chunks.
///
/// A fetch response carries the batches as they lie in memory or in the log, without joining them.
/// Two values are equal if their bytes are, however they are cut.
#[derive(Clone, Default)]
pub struct Records(Vec<Bytes>);

impl Records {
    /// No records.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// No records.
    #[must_use]
    pub const fn empty() -> Self {
        Self::new()
    }

    /// Appends a chunk; an empty one is dropped.
    pub fn push(&mut self, chunk: Bytes) {
        if !chunk.is_empty() {
            self.0.push(chunk);
        }
    }

    /// Bytes in all chunks.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.iter().map(Bytes::len).sum()
    }

    /// Whether there is no byte.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The chunks in order; none is empty.
    #[must_use]
    pub fn chunks(&self) -> &[Bytes] {
        &self.0
    }

    /// All bytes in one piece; copies only if there are several chunks.
    #[must_use]
    pub fn to_bytes(&self) -> Bytes {
        crate::encoder::concat(&self.0)
    }
}

impl From<Bytes> for Records {
    fn from(bytes: Bytes) -> Self {
        let mut records = Self::new();
        records.push(bytes);
        records
    }
}

impl FromIterator<Bytes> for Records {
    fn from_iter<I: IntoIterator<Item = Bytes>>(chunks: I) -> Self {
        let mut records = Self::new();
        chunks.into_iter().for_each(|chunk| records.push(chunk));
        records
    }
}

impl PartialEq for Records {
    fn eq(&self, other: &Self) -> bool {
        if let ([a], [b]) = (self.chunks(), other.chunks()) {
            return a == b;
        }
        self.len() == other.len() && self.0.iter().flatten().eq(other.0.iter().flatten())
    }
}

impl Eq for Records {}

impl Hash for Records {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // Not the chunks' own hash, which would depend on the cuts.
        state.write_usize(self.len());
        for byte in self.0.iter().flatten() {
            state.write_u8(*byte);
        }
    }
}

impl fmt::Debug for Records {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Records({} bytes in {} chunks)", self.len(), self.0.len())
    }
}

/// A 64-bit float, held as its bits so that messages stay comparable and hashable. Only quotas use it.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct F64(u64);

impl F64 {
    /// Zero.
    pub const ZERO: Self = Self(0);

    /// From the bits of IEEE 754.
    #[must_use]
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// The bits of IEEE 754.
    #[must_use]
    pub const fn to_bits(self) -> u64 {
        self.0
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> f64 {
        f64::from_bits(self.0)
    }
}

impl From<f64> for F64 {
    fn from(value: f64) -> Self {
        Self(value.to_bits())
    }
}

impl fmt::Debug for F64 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    /// Goal: how a fetch response is cut into chunks cannot change what two replicas agree on.
    #[test]
    fn records_are_equal_by_content_not_by_cuts() {
        let whole = Records::from(Bytes::from_static(b"abcdef"));
        let cut: Records =
            vec![Bytes::from_static(b"ab"), Bytes::new(), Bytes::from_static(b"cdef")].into_iter().collect();
        assert_eq!(whole, cut);
        assert_eq!(cut.chunks().len(), 2);
        assert_eq!(cut.to_bytes(), whole.to_bytes());
        assert_ne!(whole, Records::from(Bytes::from_static(b"abcdeg")));
        assert_ne!(whole, Records::empty());
    }
}
