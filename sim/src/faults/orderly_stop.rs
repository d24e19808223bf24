//! The node is asked to stop, and is started again once it has.

use super::{Blow, FaultKind, Mix, nothing_to_ease, pick_machine};
use crate::random::Stream;
use crate::world::World;

pub(super) const KIND: FaultKind = FaultKind {
    name: "orderly-stop",
    letter: 'A',
    mix: Mix::Promise,
    machines: 1,
    chance: 500_000,
    gap_ms: (1_000, 15_000),
    strike,
    ease: nothing_to_ease,
};

fn strike(world: &mut World, random: &mut Stream) -> Option<Blow> {
    let node = pick_machine(world, random);
    if !world.machines[node].is_running() {
        return None;
    }
    world.shut_down(node);
    Blow::once(format!("n{node}"))
}
