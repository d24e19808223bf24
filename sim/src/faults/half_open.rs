//! A cable is cut: one direction or both swallow everything, and nobody is told.

use super::{Blow, FaultKind, Mix, nothing_to_ease, pick_connection};
use crate::coverage::Point;
use crate::network::Direction;
use crate::random::Stream;
use crate::world::World;

pub(super) const KIND: FaultKind = FaultKind {
    name: "half-open",
    letter: 'N',
    mix: Mix::Promise,
    machines: 1,
    chance: 400_000,
    gap_ms: (300, 6_000),
    strike,
    ease: nothing_to_ease,
};

fn strike(world: &mut World, random: &mut Stream) -> Option<Blow> {
    let connection = pick_connection(world, random)?;
    let directions: &[Direction] = match random.below(3) {
        0 => &[Direction::Up],
        1 => &[Direction::Down],
        _ => &[Direction::Up, Direction::Down],
    };
    for direction in directions {
        let lost = world.network.cut(connection, *direction, random) as u64;
        let point = if *direction == Direction::Up { Point::LostFrame } else { Point::LostReply };
        world.ledger.coverage.add(point, lost);
    }
    world.hit(Point::HalfOpen);
    Blow::once(format!("c{connection} {directions:?}"))
}
