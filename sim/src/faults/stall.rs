//! One direction of a connection stands still for a while; nothing is lost.

use super::{Blow, FaultKind, Mix, nothing_to_ease, pick_connection};
use crate::coverage::Point;
use crate::network::Direction;
use crate::random::Stream;
use crate::world::World;

pub(super) const KIND: FaultKind = FaultKind {
    name: "stall",
    letter: 'N',
    mix: Mix::Promise,
    machines: 1,
    chance: 500_000,
    gap_ms: (100, 5_000),
    strike,
    ease: nothing_to_ease,
};

fn strike(world: &mut World, random: &mut Stream) -> Option<Blow> {
    let connection = pick_connection(world, random)?;
    let direction = if random.chance(500_000) { Direction::Up } else { Direction::Down };
    let lasts_ms = random.scaled(1, 6_000);
    world.network.stall(connection, direction, world.now().after_ms(lasts_ms));
    world.hit(Point::Stall);
    Blow::once(format!("c{connection} {direction:?} for {lasts_ms} ms"))
}
