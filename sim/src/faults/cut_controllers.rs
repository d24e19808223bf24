//! Some brokers do not reach the controllers, and reach each other: leaders that nobody has told of their end.

use klamm_core::edge::ListenerKind;

use super::links::{disturb, hosts, kind, named, relieve, shuffled_nodes};
use super::{Blow, FaultKind};
use crate::network::Links;
use crate::random::Stream;
use crate::world::World;

const NAME: &str = "controllers-cut-off";

pub(super) const KIND: FaultKind = kind(NAME, 2, 400_000, strike, |world| relieve(world, NAME));

fn strike(world: &mut World, random: &mut Stream) -> Option<Blow> {
    let nodes = shuffled_nodes(world, random);
    let is_broker = |node: &usize| world.machines[*node].config.roles.broker;
    let mut brokers: Vec<usize> = nodes.iter().copied().filter(is_broker).collect();
    brokers.truncate(random.index(brokers.len()) + 1);
    let controllers: Vec<usize> =
        nodes.iter().copied().filter(|node| world.machines[*node].config.roles.controller).collect();
    let (brokers, controllers) = (hosts(&brokers), hosts(&controllers));
    // What goes to the listeners of brokers on the same machines gets through, either way.
    let links = Links::between(&brokers, &controllers).only(ListenerKind::Controller);
    disturb(world, random, NAME, links, &named(&brokers))
}
