//! All machines are stopped in good order, each once the one before serves again.

use std::collections::VecDeque;

use super::{Blow, FaultKind, Mix, links};
use crate::network::NodeId;
use crate::random::Stream;
use crate::world::{Event, World};

pub(super) const KIND: FaultKind = FaultKind {
    name: "rolling-restart",
    letter: 'A',
    mix: Mix::Promise,
    machines: 2,
    chance: 250_000,
    gap_ms: (5_000, 30_000),
    strike,
    ease: |world| world.faults.rolling = None,
};

/// How often it is looked whether the next machine may be stopped.
const LOOK_MS: u64 = 100;

/// A rolling restart under way.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rolling {
    /// Stopped, and not seen serving since.
    current: Option<NodeId>,
    next: VecDeque<NodeId>,
}

fn strike(world: &mut World, random: &mut Stream) -> Option<Blow> {
    if world.faults.rolling.is_some() {
        return None;
    }
    let nodes = links::shuffled_nodes(world, random);
    let text = links::named(&links::hosts(&nodes));
    world.faults.rolling = Some(Rolling { current: None, next: nodes.into() });
    world.push(world.now(), Event::Roll);
    Blow::once(text)
}

/// Stops the next machine, if it is time.
pub(crate) fn roll(world: &mut World) {
    let Some(mut rolling) = world.faults.rolling.take() else { return };
    let serves = |node: NodeId| {
        let machine = &world.machines[node];
        machine.is_ready() && !machine.is_stopping()
    };
    if rolling.current.is_none_or(serves) {
        let Some(node) = rolling.next.pop_front() else { return };
        rolling.current = Some(node);
        world.shut_down(node);
    }
    world.faults.rolling = Some(rolling);
    world.push(world.now().after_ms(LOOK_MS), Event::Roll);
}
