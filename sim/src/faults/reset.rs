//! A connection is reset: frames under way are lost behind some point, in both directions.

use super::{Blow, FaultKind, Mix, nothing_to_ease, pick_connection};
use crate::random::Stream;
use crate::world::World;

pub(super) const KIND: FaultKind = FaultKind {
    name: "reset",
    letter: 'N',
    mix: Mix::Promise,
    machines: 1,
    chance: 700_000,
    gap_ms: (50, 3_000),
    strike,
    ease: nothing_to_ease,
};

fn strike(world: &mut World, random: &mut Stream) -> Option<Blow> {
    let connection = pick_connection(world, random)?;
    world.reset(connection, random);
    Blow::once(format!("c{connection}"))
}
