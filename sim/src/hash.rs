//! The rolling 128-bit hash over everything a node was given and everything it did.
//!
//! Two runs of one seed must end with the same value, in debug and release builds and on every machine of
//! the same word size. The standard library promises neither for its own hashers, so this one is written
//! out: two lanes of multiply-and-fold, 16 bytes a round. It is no defence against people who want
//! collisions; nobody gains anything from one here.

use core::fmt;
use core::hash::{Hash, Hasher};

const SEED: [u64; 2] = [0x243f_6a88_85a3_08d3, 0x1319_8a2e_0370_7344];
const MULTIPLIER: [u64; 2] = [0x9e37_79b9_7f4a_7c15, 0xc2b2_ae3d_27d4_eb4f];

/// What a run has been so far, in 16 bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub u128);

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Digest {
    /// Reads what [`Display`](fmt::Display) wrote.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != 32 {
            return None;
        }
        u128::from_str_radix(text, 16).ok().map(Self)
    }
}

/// Hashes by the derived [`Hash`] of whatever it is fed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hash128 {
    lanes: [u64; 2],
}

impl Default for Hash128 {
    fn default() -> Self {
        Self { lanes: SEED }
    }
}

impl Hash128 {
    /// Feeds one value.
    pub fn feed(&mut self, value: &impl Hash) {
        value.hash(self);
    }

    /// The hash of everything fed so far.
    pub fn digest(&self) -> Digest {
        let high = fold(self.lanes[0] ^ self.lanes[1].rotate_left(32), MULTIPLIER[1]);
        let low = fold(self.lanes[1] ^ self.lanes[0].rotate_left(17), MULTIPLIER[0]);
        Digest(u128::from(high) << 64 | u128::from(low))
    }

    fn mix(&mut self, first: u64, second: u64) {
        // Each lane sees both words, and keeps its own past through the rotation, so that a product of
        // zero forgets one word and not the run.
        let [a, b] = self.lanes;
        self.lanes[0] = fold(a ^ first, MULTIPLIER[0] ^ second).wrapping_add(a.rotate_left(23));
        self.lanes[1] =
            fold(b ^ second, MULTIPLIER[1] ^ first.rotate_left(31)).wrapping_add(b.rotate_left(41));
    }
}

/// The 128-bit product of two words, folded to 64 bits.
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    let low = (product & u128::from(u64::MAX)) as u64;
    low ^ (product >> 64) as u64
}

fn word(bytes: &[u8]) -> u64 {
    let mut padded = [0; 8];
    padded[..bytes.len()].copy_from_slice(bytes);
    u64::from_le_bytes(padded)
}

impl Hasher for Hash128 {
    fn finish(&self) -> u64 {
        (self.digest().0 & u128::from(u64::MAX)) as u64
    }

    fn write(&mut self, bytes: &[u8]) {
        let mut chunks = bytes.chunks_exact(16);
        for chunk in &mut chunks {
            self.mix(word(&chunk[..8]), word(&chunk[8..]));
        }
        let rest = chunks.remainder();
        if !rest.is_empty() {
            // The length tells a short tail from one padded with zeros.
            let (head, tail) = rest.split_at(rest.len().min(8));
            self.mix(word(head), word(tail) ^ (rest.len() as u64) << 56);
        }
    }

    fn write_u8(&mut self, value: u8) {
        self.mix(u64::from(value), 1);
    }

    fn write_u16(&mut self, value: u16) {
        self.mix(u64::from(value), 2);
    }

    fn write_u32(&mut self, value: u32) {
        self.mix(u64::from(value), 3);
    }

    fn write_u64(&mut self, value: u64) {
        self.mix(value, 4);
    }

    fn write_u128(&mut self, value: u128) {
        self.mix((value >> 64) as u64, (value & u128::from(u64::MAX)) as u64);
    }

    fn write_usize(&mut self, value: usize) {
        self.mix(value as u64, 4);
    }
}

/// The digest of one value on its own.
pub fn digest_of(value: &impl Hash) -> Digest {
    let mut hash = Hash128::default();
    hash.feed(value);
    hash.digest()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The values are pinned: a change of the hash makes every recorded run look different.
    #[test]
    fn the_hash_of_known_bytes_never_changes() {
        let mut hash = Hash128::default();
        hash.write(b"twenty bytes of text");
        hash.write_u32(7);
        assert_eq!(hash.digest().to_string(), "953a86c825eacb92222c3cea6442d5e3");
        assert_eq!(digest_of(&(1_u8, "a", [3_i64, -4])).to_string(), "7ecf8f5f1ffded107016d0c608b98f1a");
    }

    #[test]
    fn a_single_changed_bit_anywhere_changes_both_halves() {
        let bytes: Vec<u8> = (0..=99).collect();
        let base = digest_of(&bytes).0;
        for index in 0..bytes.len() {
            for bit in 0..8 {
                let mut other = bytes.clone();
                other[index] ^= 1 << bit;
                let other = digest_of(&other).0;
                assert_ne!(base >> 64, other >> 64, "bit {bit} of byte {index}");
                assert_ne!(base as u64, other as u64, "bit {bit} of byte {index}");
            }
        }
    }

    #[test]
    fn a_tail_of_zeros_is_not_a_shorter_text() {
        for length in 1..40 {
            let mut a = Hash128::default();
            let mut b = Hash128::default();
            a.write(&vec![0; length]);
            b.write(&vec![0; length + 1]);
            assert_ne!(a.digest(), b.digest(), "{length} zeros");
        }
    }

    #[test]
    fn a_digest_is_read_back_as_it_was_written() {
        let digest = digest_of(&"x");
        assert_eq!(Digest::parse(&digest.to_string()), Some(digest));
        assert_eq!(Digest::parse("12"), None);
        assert_eq!(Digest::parse("zz345678901234567890123456789012"), None);
    }
}
