//! A [`Cx`] for tests of single components, without a node around them.

use crate::config::Config;
use crate::cx::Cx;
use crate::edge::Effects;
use crate::image::MetadataImage;
use crate::log::TailMemory;
use crate::rng::Rng;
use crate::time::{Now, Timestamp};
use crate::timer::{Timer, Timers};

use klamm_wire::Uuid;

/// Owns what a component may borrow. Time moves only when told to.
#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) now: Now,
    pub(crate) config: Config,
    pub(crate) image: MetadataImage,
    rng: Rng,
    timers: Timers,
    tail: TailMemory,
    fx: Effects,
}

impl Stage {
    pub(crate) fn new(config: Config) -> Self {
        Self {
            now: Now { monotonic: Timestamp(1_000_000_000), wall_ms: 1_700_000_000_000 },
            rng: Rng::new(1),
            timers: Timers::default(),
            tail: TailMemory::new(config.tail_memory_bytes),
            fx: Effects::new(),
            image: MetadataImage::new(Uuid([1; 16])),
            config,
        }
    }

    /// What a verb is called with now.
    pub(crate) fn cx(&mut self) -> Cx<'_> {
        Cx {
            now: self.now,
            config: &self.config,
            image: &self.image,
            rng: &mut self.rng,
            timers: &mut self.timers,
            tail: &mut self.tail,
            fx: &mut self.fx,
        }
    }

    /// Takes what was emitted since the last time.
    pub(crate) fn effects(&mut self) -> Effects {
        core::mem::take(&mut self.fx)
    }

    pub(crate) fn advance_ms(&mut self, ms: i64) {
        self.now.monotonic = self.now.monotonic.after_ms(ms);
        self.now.wall_ms += ms;
    }

    /// The next deadline, if a timer is armed.
    pub(crate) fn next_deadline(&self) -> Option<Timestamp> {
        self.timers.next()
    }

    /// Takes one timer that is due.
    pub(crate) fn pop_due(&mut self) -> Option<Timer> {
        self.timers.pop_due(self.now.monotonic)
    }
}
