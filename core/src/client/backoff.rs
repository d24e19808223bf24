//! Exponential backoff with jitter, in integers.

use crate::rng::Rng;
use crate::time::Timestamp;

/// How long to wait before the next attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Backoff {
    /// Before the first retry, in milliseconds.
    pub(crate) first_ms: u32,
    /// Never longer than this (before jitter), in milliseconds.
    pub(crate) max_ms: u32,
}

impl Backoff {
    /// Doubles with every failure and is spread by a fifth to both sides, so that clients which failed together do
    /// not come back together.
    ///
    /// Source: KIP-580.
    pub(crate) fn wait_ms(self, failures: u32, rng: &mut Rng) -> i64 {
        assert!(self.first_ms <= self.max_ms, "the first wait is the shortest");
        let doubled = u64::from(self.first_ms) << failures.saturating_sub(1).min(31);
        let wait = doubled.min(u64::from(self.max_ms));
        let fifth = wait / 5;
        let jittered = wait - fifth + rng.below(2 * fifth + 1);
        i64::try_from(jittered).expect("a wait of at most 1.2 * u32::MAX milliseconds")
    }

    /// The moment of the next attempt after `failures` in a row.
    pub(crate) fn retry_at(self, now: Timestamp, failures: u32, rng: &mut Rng) -> Timestamp {
        now.after_ms(self.wait_ms(failures, rng))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: waits double, stay within a fifth of the plan, and never pass the bound. Source: KIP-580.
    #[test]
    fn waits_double_up_to_the_bound() {
        let backoff = Backoff { first_ms: 100, max_ms: 1000 };
        let mut rng = Rng::new(7);
        for (failures, plan) in [(1, 100), (2, 200), (3, 400), (4, 800), (5, 1000), (60, 1000)] {
            for _ in 0..50 {
                let wait = backoff.wait_ms(failures, &mut rng);
                assert!((plan * 4 / 5..=plan * 6 / 5).contains(&wait), "{failures} failures: {wait}");
            }
        }
    }
}
