//! What is sent on one connection arrives only after its sender has given up and tried elsewhere.

use super::{Blow, FaultKind, Mix, pick_connection};
use crate::random::Stream;
use crate::world::World;

pub(super) const KIND: FaultKind = FaultKind {
    name: "ghost-request",
    letter: 'N',
    mix: Mix::Promise,
    machines: 1,
    chance: 400_000,
    gap_ms: (200, 5_000),
    strike,
    ease,
};

fn strike(world: &mut World, random: &mut Stream) -> Option<Blow> {
    let connection = pick_connection(world, random)?;
    let delay_ms = random.scaled(1, 3_000);
    if !world.network.connection(connection).caller_open {
        return None;
    }
    world.network.haunt(connection, delay_ms * 1_000_000);
    Blow::lasting(format!("c{connection}, {delay_ms} ms after it is given up"), 10_000)
}

/// Whoever has not given up until now gets its answers late.
fn ease(world: &mut World) {
    for connection in world.network.open().to_vec() {
        world.let_go(connection);
    }
}
