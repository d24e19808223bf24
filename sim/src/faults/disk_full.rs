//! The disk fills up, and somebody makes room after a while.

use super::{Blow, FaultKind, Mix, pick_machine};
use crate::random::Stream;
use crate::world::World;

pub(super) const KIND: FaultKind = FaultKind {
    name: "disk-full",
    letter: 'D',
    mix: Mix::Promise,
    machines: 1,
    chance: 200_000,
    gap_ms: (3_000, 20_000),
    strike,
    ease,
};

fn strike(world: &mut World, random: &mut Stream) -> Option<Blow> {
    let node = pick_machine(world, random);
    let free = random.scaled(1, 20_000);
    world.machines[node].disk.limit_space(Some(free));
    Blow::lasting(format!("n{node} has {free} bytes left"), random.scaled(10, 2_000))
}

fn ease(world: &mut World) {
    world.machines.iter_mut().for_each(|machine| machine.disk.limit_space(None));
}
