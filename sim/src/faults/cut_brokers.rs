//! Some brokers do not reach each other, and reach the controllers: followers that cannot fetch and are not fenced.

use klamm_core::edge::ListenerKind;

use super::links::{disturb, hosts, kind, named, relieve, shuffled_nodes};
use super::{Blow, FaultKind};
use crate::network::Links;
use crate::random::Stream;
use crate::world::World;

const NAME: &str = "brokers-cut-off";

pub(super) const KIND: FaultKind = kind(NAME, 2, 400_000, strike, |world| relieve(world, NAME));

fn strike(world: &mut World, random: &mut Stream) -> Option<Blow> {
    let nodes = shuffled_nodes(world, random);
    let border = random.index(nodes.len() - 1) + 1;
    let (some, others) = (hosts(&nodes[..border]), hosts(&nodes[border..]));
    let links = Links::between(&some, &others).only(ListenerKind::Broker);
    disturb(world, random, NAME, links, &format!("{} | {}", named(&some), named(&others)))
}
