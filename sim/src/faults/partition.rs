//! The network falls apart into two or three groups of hosts that do not hear each other.

use super::links::{disturb, hosts, kind, named, relieve, shuffled_nodes, take_sides};
use super::{Blow, FaultKind};
use crate::network::Links;
use crate::random::Stream;
use crate::world::World;

const NAME: &str = "partition";

pub(super) const KIND: FaultKind = kind(NAME, 2, 500_000, strike, |world| relieve(world, NAME));

fn strike(world: &mut World, random: &mut Stream) -> Option<Blow> {
    let nodes = shuffled_nodes(world, random);
    let border = random.index(nodes.len() - 1) + 1;
    let (mut left, mut right) = (hosts(&nodes[..border]), hosts(&nodes[border..]));
    let mut links = Links::between(&left, &right);
    let mut text = format!("{} | {}", named(&left), named(&right));
    if right.len() > 1 && random.chance(200_000) {
        let third = right.split_off(random.index(right.len() - 1) + 1);
        links = links.and(Links::between(&right, &third));
        text = format!("{} | {} | {}", named(&left), named(&right), named(&third));
    }
    let nodes = [left.clone(), right.clone()];
    take_sides(world, random, [&mut left, &mut right]);
    links = links.and(Links::between(&left, &nodes[1])).and(Links::between(&nodes[0], &right));
    disturb(world, random, NAME, links, &text)
}
