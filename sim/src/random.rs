//! Random streams: one for every purpose, so that switching one fault off does not move the others.
//!
//! A stream is named by the seed of the run, a name and a number. Streams of different names have nothing to
//! do with each other, and a stream that is never drawn from costs nothing. Everything is integers: a chance
//! is a number of parts per million.

use klamm_core::Rng;

use crate::hash::digest_of;

/// One million: a chance of [`MILLION`] always comes true.
pub const MILLION: u32 = 1_000_000;

/// A random stream with the draws the simulator needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stream(Rng);

impl Stream {
    /// The stream `name` of the run `seed`.
    pub fn new(seed: u64, name: &str) -> Self {
        Self::numbered(seed, name, 0)
    }

    /// One of a family of streams: a link, a node, a client.
    pub fn numbered(seed: u64, name: &str, number: u64) -> Self {
        let digest = digest_of(&(seed, name, number)).0;
        Self(Rng::new((digest >> 64) as u64 ^ digest as u64))
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0.bits()
    }

    /// A number below `bound`, which is not zero.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0.below(bound)
    }

    /// An index into something that holds `count` things, at least one.
    pub fn index(&mut self, count: usize) -> usize {
        usize::try_from(self.below(count as u64)).expect("below a usize")
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        assert!(low <= high, "a range from {low} to {high} is empty");
        match (high - low).checked_add(1) {
            Some(count) => low + self.below(count),
            None => self.bits(),
        }
    }

    /// A number from `low` to `high`, both included, small ones as likely as large ones: every doubling of
    /// the value has the same chance.
    pub fn scaled(&mut self, low: u64, high: u64) -> u64 {
        assert!(0 < low && low <= high, "a scale from {low} to {high} is empty");
        let doublings = u64::from(high.ilog2() - low.ilog2());
        let shift = self.between(0, doublings);
        let bottom = (low << shift).min(high);
        let top = bottom.saturating_mul(2).saturating_sub(1).clamp(bottom, high);
        self.between(bottom, top)
    }

    /// Whether something with a chance of `parts` in a million happens.
    pub fn chance(&mut self, parts: u32) -> bool {
        // No draw for what cannot happen: most faults are off most of the time.
        parts > 0 && self.below(u64::from(MILLION)) < u64::from(parts)
    }

    /// One of several things.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.index(items.len())]
    }

    /// An index, each as likely as its weight says; at least one weight is not zero.
    pub fn weighted(&mut self, weights: &[u32]) -> usize {
        let total: u64 = weights.iter().map(|weight| u64::from(*weight)).sum();
        let mut left = self.below(total);
        for (index, weight) in weights.iter().enumerate() {
            match left.checked_sub(u64::from(*weight)) {
                Some(rest) => left = rest,
                None => return index,
            }
        }
        unreachable!("a draw below the sum lies in one of the weights")
    }

    /// Puts things into an order, all orders equally likely.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.index(last + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_of_other_seeds_names_and_numbers_differ() {
        let mut firsts = vec![
            Stream::new(1, "disk").bits(),
            Stream::new(2, "disk").bits(),
            Stream::new(1, "network").bits(),
            Stream::numbered(1, "disk", 1).bits(),
        ];
        firsts.sort_unstable();
        firsts.dedup();
        assert_eq!(firsts.len(), 4);
        assert_eq!(Stream::new(1, "disk").bits(), Stream::numbered(1, "disk", 0).bits());
    }

    #[test]
    fn draws_stay_within_their_bounds_and_reach_both_ends() {
        let mut stream = Stream::new(3, "bounds");
        let mut seen = [false; 4];
        for _ in 0..1000 {
            let value = stream.between(10, 13);
            assert!((10..=13).contains(&value));
            seen[usize::try_from(value - 10).unwrap()] = true;
            let scaled = stream.scaled(3, 1000);
            assert!((3..=1000).contains(&scaled));
        }
        assert_eq!(seen, [true; 4]);
        assert_eq!(stream.scaled(7, 7), 7);
        stream.between(0, u64::MAX);
    }

    #[test]
    fn a_scaled_draw_is_small_as_often_as_large() {
        let mut stream = Stream::new(4, "scale");
        let small = (0..4000).filter(|_| stream.scaled(1, 1 << 20) < 1 << 10).count();
        assert!((1600..2400).contains(&small), "{small} of 4000 draws below the middle doubling");
    }

    #[test]
    fn chances_and_weights_come_true_about_as_often_as_they_say() {
        let mut stream = Stream::new(5, "chance");
        let hits = (0..10_000).filter(|_| stream.chance(250_000)).count();
        assert!((2300..2700).contains(&hits), "{hits}");
        assert!((0..100).all(|_| stream.chance(MILLION)));
        assert!((0..100).all(|_| !stream.chance(0)));
        let picks: Vec<usize> = (0..1000).map(|_| stream.weighted(&[0, 1, 3])).collect();
        assert!(!picks.contains(&0));
        let last = picks.iter().filter(|index| **index == 2).count();
        assert!((680..820).contains(&last), "{last}");
    }

    #[test]
    fn a_shuffle_keeps_everything() {
        let mut stream = Stream::new(6, "shuffle");
        let mut items: Vec<u32> = (0..50).collect();
        stream.shuffle(&mut items);
        assert_ne!(items, (0..50).collect::<Vec<_>>());
        items.sort_unstable();
        assert_eq!(items, (0..50).collect::<Vec<_>>());
    }
}
