//! The wall clock jumps, either way, and stays wrong until the chaos ends.

use super::{Blow, FaultKind, Mix, pick_machine};
use crate::coverage::Point;
use crate::random::Stream;
use crate::world::World;

pub(super) const KIND: FaultKind = FaultKind {
    name: "clock-jump",
    letter: 'K',
    mix: Mix::Promise,
    machines: 1,
    chance: 400_000,
    gap_ms: (1_000, 10_000),
    strike,
    ease,
};

fn strike(world: &mut World, random: &mut Stream) -> Option<Blow> {
    let node = pick_machine(world, random);
    // Records of the present must stay within `message.timestamp.after.max.ms`, an hour by default, however
    // many jumps add up.
    let by_ms = i64::try_from(random.scaled(1, 60_000)).expect("small");
    let (by_ms, point) =
        if random.chance(500_000) { (by_ms, Point::ClockForward) } else { (-by_ms, Point::ClockBack) };
    world.machines[node].clock.jump(by_ms);
    world.hit(point);
    Blow::once(format!("n{node} by {by_ms} ms"))
}

fn ease(world: &mut World) {
    world.machines.iter_mut().for_each(|machine| machine.clock.set_right());
}
