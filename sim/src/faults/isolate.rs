//! One machine is cut off from all others, and clients may still reach it.

use super::links::{disturb, hosts, kind, relieve, shuffled_nodes};
use super::{Blow, FaultKind};
use crate::network::{Host, Links};
use crate::random::Stream;
use crate::world::World;

const NAME: &str = "isolate";

pub(super) const KIND: FaultKind = kind(NAME, 2, 500_000, strike, |world| relieve(world, NAME));

fn strike(world: &mut World, random: &mut Stream) -> Option<Blow> {
    let nodes = shuffled_nodes(world, random);
    let mut others = hosts(&nodes[1..]);
    let with_clients = random.chance(400_000);
    if with_clients {
        others.extend((0..world.clients().count()).map(Host::Client));
    }
    let links = Links::between(&hosts(&nodes[..1]), &others);
    let text = format!("n{} from {}", nodes[0], if with_clients { "all" } else { "machines" });
    disturb(world, random, NAME, links, &text)
}
