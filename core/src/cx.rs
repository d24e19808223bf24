//! What a verb of a component may touch besides the component itself.

use crate::config::Config;
use crate::disk::{DiskOp, DiskStep, Owner};
use crate::edge::{Effect, Effects};
use crate::event::Event;
use crate::image::MetadataImage;
use crate::log::TailMemory;
use crate::rng::Rng;
use crate::time::Now;
use crate::timer::Timers;
use alloc::vec::Vec;

/// Borrowed anew for every input.
pub(crate) struct Cx<'a> {
    pub(crate) now: Now,
    pub(crate) config: &'a Config,
    /// The committed metadata as this broker knows it.
    pub(crate) image: &'a MetadataImage,
    pub(crate) rng: &'a mut Rng,
    pub(crate) timers: &'a mut Timers,
    /// The bound on records kept in memory, all logs together.
    pub(crate) tail: &'a mut TailMemory,
    pub(crate) fx: &'a mut Effects,
}

impl Cx<'_> {
    /// Emits a disk operation.
    pub(crate) fn disk(&mut self, owner: Owner, steps: Vec<DiskStep>) {
        assert!(!steps.is_empty(), "an operation has steps: {owner:?}");
        self.fx.push(Effect::Disk(DiskOp { owner, steps }));
    }

    /// Tells whoever watches.
    pub(crate) fn observe(&mut self, event: Event) {
        self.fx.push(Effect::Observe(event));
    }
}
