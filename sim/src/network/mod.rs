//! Connections between clients and nodes, and between nodes: two pipes each, with latency, bandwidth and faults.
//!
//! A pipe keeps its order, like TCP, and loses nothing while the connection lives. What a reset, a crash or
//! a cut cable loses is the end of a pipe: a request may be executed although its sender was told that the
//! connection is gone and has tried elsewhere (the ghost request), and a reply may be lost after the work
//! was done.

mod links;
mod pipe;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use klamm_core::edge::{Channel, ConnId, ListenerKind};

use crate::clock::Time;
use crate::disk::Span;
use crate::random::Stream;

pub use links::{Host, Links, Trouble};
use links::{Troubled, condition, is_refused};
pub use pipe::{Packet, Stamp, Standing};
use pipe::{Pipe, Sent};

/// Index of a client in its world.
pub type ClientId = usize;
/// Index of a node in its world.
pub type NodeId = usize;
/// A client's own name for one of its connections; never used twice by one client.
pub type Link = u32;

/// Which way something goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the caller to the node it has called.
    Up,
    /// From the node to its caller.
    Down,
}

/// Who has connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Caller {
    /// A client, and its name for the connection.
    Client(ClientId, Link),
    /// A node in the life of this number, and what for.
    Node(NodeId, u32, Channel),
}

impl Caller {
    /// Where the caller runs.
    pub fn host(self) -> Host {
        match self {
            Self::Client(client, _) => Host::Client(client),
            Self::Node(node, ..) => Host::Node(node),
        }
    }
}

/// Names a packet under way; void if the packet was lost meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PacketToken {
    /// Index of the connection.
    pub connection: usize,
    /// Which of its pipes.
    pub direction: Direction,
    sequence: u64,
}

/// One connection, from the request to connect until both ends have forgotten it.
#[derive(Clone, Debug)]
pub struct Connection {
    /// Who connected.
    pub caller: Caller,
    /// Where to.
    pub node: NodeId,
    /// To which of its listeners.
    pub kind: ListenerKind,
    /// The node's name for it.
    pub id: ConnId,
    /// The node's life it belongs to, once it was accepted.
    pub life: Option<u32>,
    /// The caller has not closed it and was not told that it is gone.
    pub caller_open: bool,
    /// The node has not closed it and was not told that it is gone.
    pub node_open: bool,
    /// Which of the latencies.
    link: usize,
    up: Pipe,
    down: Pipe,
}

impl Connection {
    fn pipe(&mut self, direction: Direction) -> &mut Pipe {
        match direction {
            Direction::Up => &mut self.up,
            Direction::Down => &mut self.down,
        }
    }
}

/// How the network behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NetworkConfig {
    /// One way, nanoseconds.
    pub latency: Span,
    /// Nanoseconds per KiB.
    pub per_kib: u64,
    /// Every frame is encoded and decoded.
    pub encode: bool,
}

/// All connections of a world.
#[derive(Clone, Debug)]
pub struct Network {
    /// How it behaves.
    pub config: NetworkConfig,
    /// Latency is multiplied by this.
    pub slowdown: u32,
    connections: Vec<Connection>,
    /// Indexes of connections that at least one end still knows, and some that none does any more.
    open: Vec<usize>,
    /// Length of `open` at which it is looked through.
    sweep_at: usize,
    /// For each client, its connections that it has not closed.
    of_clients: Vec<Vec<(Link, usize)>>,
    /// Each link has latencies of its own.
    latencies: Vec<Stream>,
    links: BTreeMap<(Host, NodeId), usize>,
    troubles: Vec<Troubled>,
    seed: u64,
}

/// A packet was sent: when to call [`Network::arrive`].
pub type Arrival = (Time, PacketToken);

/// What a change of the links has done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// Packets that now arrive.
    pub arrivals: Vec<Arrival>,
    /// Connections to be reset.
    pub resets: Vec<usize>,
    /// Packets lost on their way to nodes that were called, and to callers.
    pub lost: (usize, usize),
}

/// What became of a packet that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sending {
    /// It arrives then.
    Arrives(Arrival),
    /// It waits for the link to be let go.
    Held,
    /// It has vanished.
    Lost,
}

impl Network {
    /// A network without connections.
    pub fn new(seed: u64, config: NetworkConfig) -> Self {
        Self {
            config,
            slowdown: 1,
            connections: Vec::new(),
            open: Vec::new(),
            sweep_at: 64,
            of_clients: Vec::new(),
            latencies: Vec::new(),
            links: BTreeMap::new(),
            troubles: Vec::new(),
            seed,
        }
    }

    /// The connection of that index.
    pub fn connection(&mut self, index: usize) -> &mut Connection {
        &mut self.connections[index]
    }

    /// Indexes of connections that at least one end still knows.
    pub fn open(&mut self) -> &[usize] {
        let connections = &self.connections;
        self.open.retain(|index| connections[*index].caller_open || connections[*index].node_open);
        self.sweep_at = (self.open.len() * 2).max(64);
        &self.open
    }

    /// The connection a client calls `link`, unless it has closed it.
    pub fn of_client(&self, client: ClientId, link: Link) -> Option<usize> {
        let links = self.of_clients.get(client)?;
        links.iter().find(|(name, _)| *name == link).map(|(_, index)| *index)
    }

    /// The connection a node knows by this name.
    pub fn of_node(&self, id: ConnId) -> usize {
        usize::try_from(id.0).expect("made from an index")
    }

    /// The caller has closed the connection or was told that it is gone. Returns whether that is news.
    pub fn forget_caller(&mut self, index: usize) -> bool {
        let connection = &mut self.connections[index];
        let news = core::mem::replace(&mut connection.caller_open, false);
        if let Caller::Client(client, link) = connection.caller {
            self.of_clients[client].retain(|(name, _)| *name != link);
        }
        news
    }

    /// Somebody wants to connect. Returns the connection's index; its first packet is under way.
    pub fn connect(
        &mut self,
        now: Time,
        caller: Caller,
        node: NodeId,
        kind: ListenerKind,
    ) -> (usize, Sending) {
        let index = self.connections.len();
        let mut connection = Connection {
            caller,
            node,
            kind,
            id: ConnId(index as u64),
            life: None,
            caller_open: true,
            node_open: false,
            link: self.link(caller.host(), node),
            up: Pipe::default(),
            down: Pipe::default(),
        };
        for direction in [Direction::Up, Direction::Down] {
            let condition = condition(&self.troubles, &connection, direction);
            connection.pipe(direction).condition = condition;
        }
        self.connections.push(connection);
        if self.open.len() >= self.sweep_at {
            self.open();
        }
        self.open.push(index);
        if let Caller::Client(client, link) = caller {
            if self.of_clients.len() <= client {
                self.of_clients.resize(client + 1, Vec::new());
            }
            self.of_clients[client].push((link, index));
        }
        (index, self.send(now, index, Direction::Up, Packet::Open, Stamp::default()))
    }

    fn link(&mut self, host: Host, node: NodeId) -> usize {
        *self.links.entry((host, node)).or_insert_with(|| {
            let stream = match host {
                Host::Client(client) => Stream::numbered(self.seed, "network latency", client as u64),
                Host::Node(from) => Stream::numbered(self.seed, "node latency", (from * 1000 + node) as u64),
            };
            self.latencies.push(stream);
            self.latencies.len() - 1
        })
    }

    /// Sends a packet.
    pub fn send(
        &mut self,
        now: Time,
        index: usize,
        direction: Direction,
        packet: Packet,
        stamp: Stamp,
    ) -> Sending {
        let wait = self.draw_latency(index, direction) + packet.size() * self.config.per_kib / 1024;
        let sent = self.connections[index].pipe(direction).send(now, wait, packet, stamp);
        name(index, direction, sent)
    }

    fn draw_latency(&mut self, index: usize, direction: Direction) -> u64 {
        let (low, high) = self.config.latency;
        let connection = &mut self.connections[index];
        let slowdown = self.slowdown.max(connection.pipe(direction).condition.slowdown);
        self.latencies[connection.link].scaled(low, high) * u64::from(slowdown)
    }

    /// A packet's time has come: gives out the first packet of its pipe; `None` if there is none that is due.
    ///
    /// # Errors
    /// The packet has been stalled meanwhile: ask again then.
    pub fn arrive(&mut self, now: Time, token: PacketToken) -> Result<Option<(Packet, Stamp)>, Time> {
        self.connections[token.connection].pipe(token.direction).arrive(now, token.sequence)
    }

    /// Nothing more leaves a pipe until `until`; nothing is lost.
    pub fn stall(&mut self, index: usize, direction: Direction, until: Time) {
        self.connections[index].pipe(direction).stall(until);
    }

    /// Loses what is under way in a pipe behind a point that `random` draws, and everything sent later.
    /// Returns how many packets were lost.
    pub fn cut(&mut self, index: usize, direction: Direction, random: &mut Stream) -> usize {
        self.connections[index].pipe(direction).lose(random)
    }

    /// Sends word that the connection is gone through a pipe, even one whose end was lost.
    pub fn send_closed(&mut self, now: Time, index: usize, direction: Direction) -> Sending {
        let wait = self.draw_latency(index, direction);
        let sent = self.connections[index].pipe(direction).send_closed(now, wait);
        name(index, direction, sent)
    }

    /// Holds back what the caller sends until it gives the connection up, and so many nanoseconds longer.
    pub fn haunt(&mut self, index: usize, delay: u64) {
        self.connections[index].up.haunt(Some(delay), Time::default());
    }

    /// Lets go what was held back, after its delay.
    pub fn let_go(&mut self, now: Time, index: usize) -> Vec<Arrival> {
        let pipe = &mut self.connections[index].up;
        let Some(delay) = pipe.haunted else { return Vec::new() };
        let arrival = now.after_nanos(delay);
        let sequences = pipe.haunt(None, arrival);
        arrivals(index, Direction::Up, arrival, sequences)
    }

    /// Something is wrong with some links from now on; `cause` takes it back.
    pub fn trouble(
        &mut self,
        now: Time,
        cause: usize,
        links: Links,
        trouble: Trouble,
        random: &mut Stream,
    ) -> Change {
        self.troubles.push(Troubled { cause, links, trouble });
        self.reconsider(now, trouble == Trouble::Refuse, random)
    }

    /// Takes back all trouble of one cause.
    pub fn relieve(&mut self, now: Time, cause: usize) -> Change {
        let before = self.troubles.len();
        self.troubles.retain(|troubled| troubled.cause != cause);
        if self.troubles.len() == before {
            return Change::default();
        }
        // Nothing is lost when trouble ends, so nothing is drawn.
        self.reconsider(now, false, &mut Stream::new(self.seed, "relief"))
    }

    /// Whether connections like this one are refused.
    pub fn is_refused(&self, index: usize) -> bool {
        is_refused(&self.troubles, &self.connections[index])
    }

    fn reconsider(&mut self, now: Time, resets: bool, random: &mut Stream) -> Change {
        let mut change = Change::default();
        for index in self.open().to_vec() {
            for direction in [Direction::Up, Direction::Down] {
                let condition = condition(&self.troubles, &self.connections[index], direction);
                if self.connections[index].pipe(direction).condition == condition {
                    continue;
                }
                let arrival = now.after_nanos(self.draw_latency(index, direction));
                let pipe = self.connections[index].pipe(direction);
                let (lost, let_go) = pipe.set_condition(condition, arrival, random);
                match direction {
                    Direction::Up => change.lost.0 += lost,
                    Direction::Down => change.lost.1 += lost,
                }
                change.arrivals.extend(arrivals(index, direction, arrival, let_go));
            }
            if resets && self.is_refused(index) {
                change.resets.push(index);
            }
        }
        change
    }
}

fn name(connection: usize, direction: Direction, sent: Sent) -> Sending {
    match sent {
        Sent::Arrives(time, sequence) => {
            Sending::Arrives((time, PacketToken { connection, direction, sequence }))
        }
        Sent::Held => Sending::Held,
        Sent::Lost => Sending::Lost,
    }
}

/// A packet that is asked for too early is told when to be asked for again.
fn arrivals(connection: usize, direction: Direction, at: Time, sequences: Vec<u64>) -> Vec<Arrival> {
    let token = |sequence| (at, PacketToken { connection, direction, sequence });
    sequences.into_iter().map(token).collect()
}
