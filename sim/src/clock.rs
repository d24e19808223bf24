//! Time: the world's own, and the two clocks a node believes.
//!
//! The world counts nanoseconds from the start of the run. A node's monotonic clock starts anywhere and may
//! run a little fast or slow; its wall clock is wrong by a skew that faults move in jumps, both ways. Neither
//! reads the other, and only the wall clock ever goes back.

use core::fmt;
use core::time::Duration;

use klamm_core::time::{Now, Timestamp};

use crate::random::Stream;

const BILLION: u128 = 1_000_000_000;

/// True time: nanoseconds since the world began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub u64);

impl Time {
    /// The point `wait` later.
    pub fn after(self, wait: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(wait.as_nanos()).unwrap_or(u64::MAX)))
    }

    /// The point so many nanoseconds later.
    pub fn after_nanos(self, wait: u64) -> Self {
        Self(self.0.saturating_add(wait))
    }

    /// The point so many milliseconds later.
    pub fn after_ms(self, wait: u64) -> Self {
        self.after_nanos(wait.saturating_mul(1_000_000))
    }

    /// Whole milliseconds since the world began.
    pub fn as_ms(self) -> u64 {
        self.0 / 1_000_000
    }
}

impl fmt::Display for Time {
    /// Seconds with microseconds, as in `12.000340s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}.{:06}s", self.0 / 1_000_000_000, self.0 / 1_000 % 1_000_000))
    }
}

/// The wall clock's reading at the start of every world: 2026-01-01 00:00:00 UTC.
pub const WALL_START_MS: i64 = 1_767_225_600_000;

/// The clocks of one node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clock {
    /// True time of the current life's start, where the monotonic clock read `origin`.
    started: Time,
    origin: u64,
    /// Nanoseconds the monotonic clock gains (or loses) per second of true time.
    drift: i64,
    /// How wrong the wall clock is.
    skew_ms: i64,
}

impl Clock {
    /// Clocks that are right, but for a drift in nanoseconds per second and a skew in milliseconds.
    ///
    /// # Panics
    /// If the drift is half a second per second or more.
    pub fn new(drift: i64, skew_ms: i64) -> Self {
        assert!(drift.unsigned_abs() < 500_000_000, "no clock runs that wrong: {drift}");
        Self { started: Time::default(), origin: 0, drift, skew_ms }
    }

    /// A new life: the monotonic clock starts again, anywhere.
    pub fn restart(&mut self, now: Time, random: &mut Stream) {
        self.started = now;
        self.origin = random.below(1 << 50);
    }

    /// Moves the wall clock by so many milliseconds, either way.
    pub fn jump(&mut self, by_ms: i64) {
        self.skew_ms += by_ms;
    }

    /// Sets the wall clock right.
    pub fn set_right(&mut self) {
        self.skew_ms = 0;
    }

    /// What the node reads at a true time.
    pub fn read(&self, now: Time) -> Now {
        let elapsed = u128::from(now.0.checked_sub(self.started.0).expect("this life has begun"));
        let local = u64::try_from(elapsed * self.rate() / BILLION).expect("a run is shorter than 500 years");
        let wall = i64::try_from(now.as_ms()).expect("a run is shorter than 500 years");
        Now { monotonic: Timestamp(self.origin + local), wall_ms: WALL_START_MS + wall + self.skew_ms }
    }

    /// The first true time at which the monotonic clock shows at least `deadline`.
    pub fn reaches(&self, deadline: Timestamp) -> Time {
        let Some(local) = deadline.0.checked_sub(self.origin) else { return self.started };
        let elapsed = (u128::from(local) * BILLION).div_ceil(self.rate());
        Time(u64::try_from(elapsed).unwrap_or(u64::MAX).saturating_add(self.started.0))
    }

    fn rate(&self) -> u128 {
        u128::try_from(1_000_000_000 + i128::from(self.drift)).expect("the drift is bounded")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_is_reached_exactly_when_the_clock_shows_it() {
        for drift in [0, 12_345, -98_765, 400_000_000, -400_000_000] {
            let mut clock = Clock::new(drift, 0);
            clock.restart(Time(777), &mut Stream::new(1, "clock"));
            let start = clock.read(Time(777)).monotonic;
            for wait in [0, 1, 999, 1_000_000, 3_600_000_000_000] {
                let deadline = Timestamp(start.0 + wait);
                let reached = clock.reaches(deadline);
                assert!(clock.read(reached).monotonic >= deadline, "drift {drift}, wait {wait}");
                if reached > Time(777) {
                    let before = Time(reached.0 - 1);
                    assert!(clock.read(before).monotonic < deadline, "drift {drift}, wait {wait}");
                }
            }
        }
    }

    #[test]
    fn the_wall_clock_jumps_and_the_monotonic_clock_does_not() {
        let mut clock = Clock::new(0, 0);
        let before = clock.read(Time::default().after_ms(1000));
        clock.jump(-5000);
        let after = clock.read(Time::default().after_ms(1001));
        assert_eq!(after.wall_ms - before.wall_ms, -4999);
        assert!(after.monotonic > before.monotonic);
        clock.set_right();
        assert_eq!(clock.read(Time::default()).wall_ms, WALL_START_MS);
    }

    #[test]
    fn a_deadline_before_this_life_is_due_at_once() {
        let mut clock = Clock::new(0, 0);
        clock.restart(Time(50), &mut Stream::new(1, "clock"));
        assert_eq!(clock.reaches(Timestamp(0)), Time(50));
    }
}
