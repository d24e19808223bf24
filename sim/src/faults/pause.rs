//! The process stands still: nothing reaches it, and what its disk finishes waits.

use super::{Blow, FaultKind, Mix, nothing_to_ease, pick_machines};
use crate::random::Stream;
use crate::world::World;

pub(super) const KIND: FaultKind = FaultKind {
    name: "pause",
    letter: 'Z',
    mix: Mix::Promise,
    machines: 1,
    chance: 400_000,
    gap_ms: (500, 8_000),
    strike,
    ease: nothing_to_ease,
};

fn strike(world: &mut World, random: &mut Stream) -> Option<Blow> {
    let mut nodes = pick_machines(world, random);
    let lasts_ms = random.scaled(1, 4_000);
    nodes.retain(|node| world.machines[*node].is_running());
    for node in &nodes {
        world.pause(*node, world.now().after_ms(lasts_ms));
    }
    Blow::to_machines(&nodes, format!("for {lasts_ms} ms"))
}
