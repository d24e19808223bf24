//! The process is killed; a supervisor starts it again after a while. The page cache survives.

use super::{Blow, FaultKind, Mix, nothing_to_ease, pick_machines};
use crate::random::Stream;
use crate::world::{Event, World};

pub(super) const KIND: FaultKind = FaultKind {
    name: "crash",
    letter: 'C',
    mix: Mix::Promise,
    machines: 1,
    chance: 700_000,
    gap_ms: (500, 10_000),
    strike,
    ease: nothing_to_ease,
};

fn strike(world: &mut World, random: &mut Stream) -> Option<Blow> {
    let mut nodes = pick_machines(world, random);
    let down_ms = random.scaled(1, 3_000);
    nodes.retain(|node| world.machines[*node].is_running());
    for node in &nodes {
        world.crash(*node);
        world.push(world.now().after_ms(down_ms), Event::Start(*node));
    }
    Blow::to_machines(&nodes, format!("for {down_ms} ms"))
}
