//! Links between hosts, and troubles that befall some of them.
//!
//! A trouble names directed pairs of hosts and, if it wants, the kind of listener a connection goes to: a broker
//! may be cut from the controllers and not from other brokers, although both run on one machine.

use std::collections::BTreeSet;

use klamm_core::edge::ListenerKind;

use super::pipe::Condition;
use super::{ClientId, Connection, Direction, NodeId};

/// One end of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Host {
    /// A client.
    Client(ClientId),
    /// A machine of the cluster.
    Node(NodeId),
}

/// Some of the links of a world.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Links {
    /// From the sending host to the receiving one.
    pairs: BTreeSet<(Host, Host)>,
    /// Only connections to listeners of this kind.
    only: Option<ListenerKind>,
}

impl Links {
    /// Every link from one of `from` to one of `to`.
    pub fn one_way(from: &[Host], to: &[Host]) -> Self {
        let pairs = from.iter().flat_map(|from| to.iter().map(|to| (*from, *to)));
        Self { pairs: pairs.filter(|(from, to)| from != to).collect(), only: None }
    }

    /// Every link between one of `some` and one of `others`, both ways.
    pub fn between(some: &[Host], others: &[Host]) -> Self {
        let mut links = Self::one_way(some, others);
        links.pairs.extend(Self::one_way(others, some).pairs);
        links
    }

    /// The links of both.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.pairs.extend(other.pairs);
        self
    }

    /// Only connections to listeners of this kind.
    #[must_use]
    pub fn only(mut self, kind: ListenerKind) -> Self {
        self.only = Some(kind);
        self
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// Whether what travels through a connection in this direction travels over one of them.
    pub(super) fn carry(&self, connection: &Connection, direction: Direction) -> bool {
        let (caller, callee) = (connection.caller.host(), Host::Node(connection.node));
        let pair = match direction {
            Direction::Up => (caller, callee),
            Direction::Down => (callee, caller),
        };
        self.only.is_none_or(|kind| kind == connection.kind) && self.pairs.contains(&pair)
    }
}

/// What is wrong with a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Frames vanish; connections stay half open until someone loses patience.
    Cut,
    /// Connections are reset, with frames lost in flight, and new ones are refused.
    Refuse,
    /// Frames wait, and arrive when the trouble is over, in their order.
    Stall,
    /// Latency is so many times as long.
    Delay(u32),
}

/// A trouble and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Troubled {
    /// Who made it, and takes it back.
    pub(super) cause: usize,
    pub(super) links: Links,
    pub(super) trouble: Trouble,
}

/// What all troubles together do to one direction of a connection.
pub(super) fn condition(troubles: &[Troubled], connection: &Connection, direction: Direction) -> Condition {
    let mut condition = Condition::default();
    for troubled in troubles.iter().filter(|troubled| troubled.links.carry(connection, direction)) {
        match troubled.trouble {
            Trouble::Cut => condition.cut = true,
            Trouble::Stall => condition.stalled = true,
            Trouble::Delay(times) => condition.slowdown = condition.slowdown.max(times),
            Trouble::Refuse => {}
        }
    }
    condition
}

/// Whether connections like this one are reset and refused.
pub(super) fn is_refused(troubles: &[Troubled], connection: &Connection) -> bool {
    let either = [Direction::Up, Direction::Down];
    let refuses = |troubled: &&Troubled| troubled.trouble == Trouble::Refuse;
    troubles
        .iter()
        .filter(refuses)
        .any(|troubled| either.iter().any(|direction| troubled.links.carry(connection, *direction)))
}
