//! Some hosts are not heard by some others, and hear them.

use super::links::{disturb, hosts, kind, named, relieve, shuffled_nodes, take_sides};
use super::{Blow, FaultKind};
use crate::network::Links;
use crate::random::Stream;
use crate::world::World;

const NAME: &str = "one-way";

pub(super) const KIND: FaultKind = kind(NAME, 2, 350_000, strike, |world| relieve(world, NAME));

fn strike(world: &mut World, random: &mut Stream) -> Option<Blow> {
    let nodes = shuffled_nodes(world, random);
    let border = random.index(nodes.len() - 1) + 1;
    let (mut from, mut to) = (hosts(&nodes[..border]), hosts(&nodes[border..]));
    let text = format!("{} to {}", named(&from), named(&to));
    take_sides(world, random, [&mut from, &mut to]);
    disturb(world, random, NAME, Links::one_way(&from, &to), &text)
}
