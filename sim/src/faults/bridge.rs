//! Two groups that do not hear each other, and one machine that hears both.

use super::links::{disturb, hosts, kind, named, relieve, shuffled_nodes};
use super::{Blow, FaultKind};
use crate::network::Links;
use crate::random::Stream;
use crate::world::World;

const NAME: &str = "bridge";

pub(super) const KIND: FaultKind = kind(NAME, 3, 300_000, strike, |world| relieve(world, NAME));

fn strike(world: &mut World, random: &mut Stream) -> Option<Blow> {
    let nodes = shuffled_nodes(world, random);
    let (bridge, others) = nodes.split_first().expect("there are machines");
    let border = random.index(others.len() - 1) + 1;
    let (left, right) = (hosts(&others[..border]), hosts(&others[border..]));
    let text = format!("{} | n{bridge} | {}", named(&left), named(&right));
    disturb(world, random, NAME, Links::between(&left, &right), &text)
}
