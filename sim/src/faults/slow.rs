//! A slow node, a slow disk, a slow network: everything works, late.

use super::{Blow, FaultKind, Mix, pick_machine, pick_machines};
use crate::coverage::Point;
use crate::random::Stream;
use crate::world::World;

pub(super) const NODE: FaultKind = FaultKind {
    name: "slow-node",
    letter: 'Z',
    mix: Mix::Promise,
    machines: 1,
    chance: 300_000,
    gap_ms: (2_000, 15_000),
    strike: strike_node,
    ease: ease_node,
};

pub(super) const DISK: FaultKind = FaultKind {
    name: "slow-disk",
    letter: 'D',
    mix: Mix::Promise,
    machines: 1,
    chance: 400_000,
    gap_ms: (2_000, 15_000),
    strike: strike_disk,
    ease: ease_disk,
};

pub(super) const NETWORK: FaultKind = FaultKind {
    name: "slow-network",
    letter: 'N',
    mix: Mix::Promise,
    machines: 1,
    chance: 300_000,
    gap_ms: (2_000, 15_000),
    strike: strike_network,
    ease: ease_network,
};

fn strike_node(world: &mut World, random: &mut Stream) -> Option<Blow> {
    let nodes = pick_machines(world, random);
    let nanos = random.scaled(10_000, 5_000_000);
    nodes.iter().for_each(|node| world.machines[*node].slowness = nanos);
    world.hit(Point::SlowNode);
    let lasts_ms = random.scaled(10, 3_000);
    Blow::to_machines(&nodes, format!("take {nanos} ns for each input")).map(|blow| blow.for_ms(lasts_ms))
}

fn ease_node(world: &mut World) {
    world.machines.iter_mut().for_each(|machine| machine.slowness = 0);
}

fn strike_disk(world: &mut World, random: &mut Stream) -> Option<Blow> {
    let node = pick_machine(world, random);
    let times = u32::try_from(random.scaled(2, 100)).expect("small");
    let faults = &mut world.machines[node].disk.faults;
    faults.slowdown = times;
    faults.stall_chance = u32::try_from(random.scaled(100, 20_000)).expect("small");
    world.hit(Point::SlowDisk);
    Blow::lasting(format!("n{node} is {times} times slower, with stalls"), random.scaled(10, 4_000))
}

fn ease_disk(world: &mut World) {
    for machine in &mut world.machines {
        machine.disk.faults.slowdown = 1;
        machine.disk.faults.stall_chance = 0;
    }
}

fn strike_network(world: &mut World, random: &mut Stream) -> Option<Blow> {
    let times = u32::try_from(random.scaled(2, 500)).expect("small");
    world.network.slowdown = times;
    Blow::lasting(format!("{times} times"), random.scaled(10, 3_000))
}

fn ease_network(world: &mut World) {
    world.network.slowdown = 1;
}
