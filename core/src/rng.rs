//! Randomness as an input: one generator per node, seeded by the driver.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

/// A counter-based random stream whose output is the same on every machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rng(ChaCha8Rng);

impl Rng {
    /// A stream of its own for every seed.
    pub fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number below `bound`, all equally likely.
    ///
    /// # Panics
    /// If `bound` is zero.
    pub fn below(&mut self, bound: u64) -> u64 {
        assert!(bound > 0, "an empty range has no number");
        // Lemire's multiplication with rejection: no modulo bias, and the same on every platform.
        let threshold = bound.wrapping_neg() % bound;
        loop {
            let product = u128::from(self.bits()) * u128::from(bound);
            let low = u64::try_from(product & u128::from(u64::MAX)).expect("masked");
            if low >= threshold {
                return u64::try_from(product >> 64).expect("the high half fits");
            }
        }
    }

    /// Fills 16 bytes, for ids.
    pub fn uuid(&mut self) -> klamm_wire::Uuid {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.bits().to_be_bytes());
        bytes[8..].copy_from_slice(&self.bits().to_be_bytes());
        bytes[6] = (bytes[6] & 0x0f) | 0x40;
        bytes[8] = (bytes[8] & 0x3f) | 0x80;
        klamm_wire::Uuid(bytes)
    }
}
