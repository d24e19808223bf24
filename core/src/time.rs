//! Time as an input: the core owns no clock.

use core::time::Duration;

/// A point on the driver's monotonic clock, in nanoseconds since an arbitrary origin.
///
/// Deadlines and timeouts use this clock only; it never goes back within one life of a node and
/// means nothing across restarts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub u64);

impl Timestamp {
    /// The point `wait` later, saturating at the end of time.
    pub fn after(self, wait: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(wait.as_nanos()).unwrap_or(u64::MAX)))
    }

    /// The point `wait_ms` milliseconds later; a negative wait counts as none.
    pub fn after_ms(self, wait_ms: i64) -> Self {
        self.after(Duration::from_millis(u64::try_from(wait_ms).unwrap_or(0)))
    }

    /// How long ago `earlier` was; zero if it lies ahead.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

/// Both clocks at the moment an input is handled. They are apart because faults touch them apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Now {
    /// For deadlines: never decreases from one input to the next.
    pub monotonic: Timestamp,
    /// For what clients see: milliseconds since the Unix epoch. May jump either way.
    pub wall_ms: i64,
}
