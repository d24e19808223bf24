//! Every machine hears its two neighbours only: each sees a majority, and no two the same one.
//!
//! Source: Jepsen's "majorities ring".

use super::links::{disturb, hosts, kind, named, relieve, shuffled_nodes};
use super::{Blow, FaultKind};
use crate::network::Links;
use crate::random::Stream;
use crate::world::World;

const NAME: &str = "ring";

pub(super) const KIND: FaultKind = kind(NAME, 4, 300_000, strike, |world| relieve(world, NAME));

fn strike(world: &mut World, random: &mut Stream) -> Option<Blow> {
    let ring = hosts(&shuffled_nodes(world, random));
    let count = ring.len();
    let mut links = Links::default();
    for (place, host) in ring.iter().enumerate() {
        for distance in 2..count - 1 {
            links = links.and(Links::one_way(&[*host], &[ring[(place + distance) % count]]));
        }
    }
    disturb(world, random, NAME, links, &named(&ring))
}
