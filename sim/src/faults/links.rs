//! What faults of links have in common: who there is, and what is wrong with the links that are hit.

use super::{Blow, FaultKind, Mix, find};
use crate::network::{Host, Links, NodeId, Trouble};
use crate::random::Stream;
use crate::world::World;

/// A fault of links between so many machines at least; `ease` is [`relieve`] with its name.
pub(super) const fn kind(
    name: &'static str,
    machines: usize,
    chance: u32,
    strike: fn(&mut World, &mut Stream) -> Option<Blow>,
    ease: fn(&mut World),
) -> FaultKind {
    FaultKind {
        name,
        letter: 'N',
        mix: Mix::Promise,
        machines,
        chance,
        gap_ms: (1_000, 12_000),
        strike,
        ease,
    }
}

/// The machines, in an order that `random` draws.
pub(super) fn shuffled_nodes(world: &World, random: &mut Stream) -> Vec<NodeId> {
    let mut nodes: Vec<NodeId> = (0..world.machines.len()).collect();
    random.shuffle(&mut nodes);
    nodes
}

/// These machines as hosts.
pub(super) fn hosts(nodes: &[NodeId]) -> Vec<Host> {
    nodes.iter().map(|node| Host::Node(*node)).collect()
}

/// Puts each client on one of two sides, or leaves all of them alone.
pub(super) fn take_sides(world: &mut World, random: &mut Stream, sides: [&mut Vec<Host>; 2]) {
    if random.chance(300_000) {
        return;
    }
    let [left, right] = sides;
    for client in 0..world.clients().count() {
        let side = if random.chance(500_000) { &mut *left } else { &mut *right };
        side.push(Host::Client(client));
    }
}

/// Hosts for people: machines only.
pub(super) fn named(hosts: &[Host]) -> String {
    let name = |host: &Host| match host {
        Host::Node(node) => Some(format!("n{node}")),
        Host::Client(_) => None,
    };
    let names: Vec<String> = hosts.iter().filter_map(name).collect();
    if names.is_empty() { "clients".to_owned() } else { names.join(" ") }
}

/// Something is wrong with these links for a while; the fault of this name takes it back.
pub(super) fn disturb(
    world: &mut World,
    random: &mut Stream,
    fault: &str,
    links: Links,
    text: &str,
) -> Option<Blow> {
    if links.is_empty() {
        return None;
    }
    let trouble = match random.weighted(&[5, 1, 2, 2]) {
        0 => Trouble::Cut,
        1 => Trouble::Refuse,
        2 => Trouble::Stall,
        _ => Trouble::Delay(u32::try_from(random.scaled(2, 2_000)).expect("small")),
    };
    let lasts_ms = random.scaled(10, 8_000);
    // One trouble of a kind at a time: a new one takes the place of the old.
    relieve(world, fault);
    let cause = find(fault).expect("a fault of the table");
    let change = world.network.trouble(world.now(), cause, links, trouble, random);
    world.on_links_changed(change, random);
    Blow::lasting(format!("{text}: {trouble:?} for {lasts_ms} ms"), lasts_ms)
}

/// The links that the fault of this name has disturbed are whole again.
pub(super) fn relieve(world: &mut World, fault: &str) {
    let cause = find(fault).expect("a fault of the table");
    let change = world.network.relieve(world.now(), cause);
    assert!(change.resets.is_empty(), "nothing breaks when trouble ends");
    change.arrivals.into_iter().for_each(|arrival| world.push_arrival(arrival));
}
