//! The power goes: what was not synced is lost, whole or in part.

use super::{Blow, FaultKind, Mix, nothing_to_ease, pick_machine};
use crate::random::Stream;
use crate::world::{Event, World};

pub(super) const KIND: FaultKind = FaultKind {
    name: "power-loss",
    letter: 'P',
    mix: Mix::Promise,
    machines: 1,
    chance: 700_000,
    gap_ms: (500, 10_000),
    strike,
    ease: nothing_to_ease,
};

fn strike(world: &mut World, random: &mut Stream) -> Option<Blow> {
    let node = pick_machine(world, random);
    let down_ms = random.scaled(1, 4_000);
    world.lose_power(node);
    world.push(world.now().after_ms(down_ms), Event::Start(node));
    Blow::once(format!("n{node} for {down_ms} ms"))
}
