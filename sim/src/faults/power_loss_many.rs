//! The power goes on several machines at the same moment, or on all.

use super::{Blow, FaultKind, Mix, links, nothing_to_ease};
use crate::coverage::Point;
use crate::random::Stream;
use crate::world::{Event, World};

pub(super) const KIND: FaultKind = FaultKind {
    name: "power-loss-many",
    letter: 'P',
    mix: Mix::Promise,
    machines: 2,
    chance: 400_000,
    gap_ms: (2_000, 15_000),
    strike,
    ease: nothing_to_ease,
};

fn strike(world: &mut World, random: &mut Stream) -> Option<Blow> {
    let mut nodes = links::shuffled_nodes(world, random);
    if random.chance(500_000) {
        nodes.truncate(usize::try_from(random.between(2, nodes.len() as u64)).expect("few machines"));
    } else {
        world.hit(Point::PowerLossOfAll);
    }
    // It comes back for all at once, or machine by machine.
    let common_ms = random.chance(500_000).then(|| random.scaled(1, 4_000));
    nodes.iter().for_each(|node| world.lose_power(*node));
    for node in &nodes {
        let down_ms = common_ms.unwrap_or_else(|| random.scaled(1, 4_000));
        world.push(world.now().after_ms(down_ms), Event::Start(*node));
    }
    Blow::once(links::named(&links::hosts(&nodes)))
}
