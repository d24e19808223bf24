//! Connections between clients and nodes: two pipes each, with latency, bandwidth and faults.
//!
//! A pipe keeps its order, like TCP, and loses nothing while the connection lives. What a reset, a crash or
//! a cut cable loses is the end of a pipe: a request may be executed although its client was told that the
//! connection is gone and has tried elsewhere (the ghost request), and a reply may be lost after the work
//! was done.

use std::collections::VecDeque;

use bytes::Bytes;
use klamm_core::edge::{ConnId, Reply, Request};
use klamm_wire::ApiKey;

use crate::clock::Time;
use crate::disk::Span;
use crate::random::Stream;

/// Index of a client in its world.
pub type ClientId = usize;
/// Index of a node in its world.
pub type NodeId = usize;
/// A client's own name for one of its connections; never used twice by one client.
pub type Link = u32;

/// Which way something goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the client to the node.
    Up,
    /// From the node to the client.
    Down,
}

/// What travels through a pipe.
#[derive(Clone, Debug)]
pub enum Packet {
    /// A client wants to connect; answered by `Accepted` or `Closed`.
    Open,
    /// The connection stands.
    Accepted,
    /// A request as a value, with the bytes it would have had.
    Request(Box<Request>),
    /// A request as the content of a frame.
    RequestFrame(Bytes),
    /// A reply as a value.
    Reply(Box<Reply>),
    /// A reply as the content of a frame, and what the client knows about it.
    ReplyFrame(ApiKey, i16, Bytes),
    /// The other side has closed, or never listened.
    Closed,
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

/// What a packet says about the moment it was sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stamp {
    /// How often the node had lost unsynced data when it sent this.
    pub losses: u32,
}

#[derive(Clone, Debug)]
struct Flight {
    sequence: u64,
    arrives: Time,
    packet: Packet,
    stamp: Stamp,
}

#[derive(Clone, Debug, Default)]
struct Pipe {
    flights: VecDeque<Flight>,
    /// When the packet sent last arrives, or a stall ends: nothing overtakes it.
    busy_until: Time,
    sequence: u64,
    /// Everything sent from now on vanishes.
    cut: bool,
}

/// One connection, from the request to connect until both ends have forgotten it.
#[derive(Clone, Debug)]
pub struct Connection {
    /// Who connected.
    pub client: ClientId,
    /// The client's name for it.
    pub link: Link,
    /// Where to.
    pub node: NodeId,
    /// The node's name for it.
    pub id: ConnId,
    /// The node's life it belongs to, once it was accepted.
    pub life: Option<u32>,
    /// The client has not closed it and was not told that it is gone.
    pub client_open: bool,
    /// The node has not closed it and was not told that it is gone.
    pub node_open: bool,
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
    /// Indexes of connections that at least one end still knows.
    open: Vec<usize>,
    latency: Vec<Stream>,
    seed: u64,
}

/// A packet was sent: when to call [`Network::arrive`].
pub type Arrival = (Time, PacketToken);

impl Network {
    /// A network without connections.
    pub fn new(seed: u64, config: NetworkConfig) -> Self {
        Self { config, slowdown: 1, connections: Vec::new(), open: Vec::new(), latency: Vec::new(), seed }
    }

    /// The connection of that index.
    pub fn connection(&mut self, index: usize) -> &mut Connection {
        &mut self.connections[index]
    }

    /// Indexes of connections that at least one end still knows.
    pub fn open(&mut self) -> &[usize] {
        let connections = &self.connections;
        self.open.retain(|index| connections[*index].client_open || connections[*index].node_open);
        &self.open
    }

    /// The open connection a client calls `link`.
    pub fn of_client(&self, client: ClientId, link: Link) -> Option<usize> {
        self.open.iter().rev().copied().find(|index| {
            let connection = &self.connections[*index];
            connection.client == client && connection.link == link
        })
    }

    /// The connection a node knows by this name.
    pub fn of_node(&self, id: ConnId) -> usize {
        usize::try_from(id.0).expect("made from an index")
    }

    /// A client wants to connect.
    pub fn connect(&mut self, now: Time, client: ClientId, link: Link, node: NodeId) -> Arrival {
        let index = self.connections.len();
        self.connections.push(Connection {
            client,
            link,
            node,
            id: ConnId(index as u64),
            life: None,
            client_open: true,
            node_open: false,
            up: Pipe::default(),
            down: Pipe::default(),
        });
        self.open();
        self.open.push(index);
        self.send(now, index, Direction::Up, Packet::Open, Stamp::default()).expect("a new pipe is not cut")
    }

    /// Sends a packet; `None` if it vanishes.
    pub fn send(
        &mut self,
        now: Time,
        index: usize,
        direction: Direction,
        packet: Packet,
        stamp: Stamp,
    ) -> Option<Arrival> {
        let client = self.connections[index].client;
        let wait = self.draw_latency(client) + packet.size() * self.config.per_kib / 1024;
        let pipe = self.connections[index].pipe(direction);
        if pipe.cut {
            return None;
        }
        let arrives = pipe.busy_until.max(now.after_nanos(wait));
        pipe.busy_until = arrives;
        let sequence = pipe.sequence;
        pipe.sequence += 1;
        pipe.flights.push_back(Flight { sequence, arrives, packet, stamp });
        Some((arrives, PacketToken { connection: index, direction, sequence }))
    }

    /// Each client's link has latencies of its own.
    fn draw_latency(&mut self, client: ClientId) -> u64 {
        while self.latency.len() <= client {
            self.latency.push(Stream::numbered(self.seed, "network latency", self.latency.len() as u64));
        }
        let (low, high) = self.config.latency;
        self.latency[client].scaled(low, high) * u64::from(self.slowdown)
    }

    /// A packet's time has come: gives out the first packet of its pipe; `None` if there is none that is due.
    ///
    /// # Errors
    /// The packet has been stalled meanwhile: ask again then.
    pub fn arrive(&mut self, now: Time, token: PacketToken) -> Result<Option<(Packet, Stamp)>, Time> {
        let pipe = self.connections[token.connection].pipe(token.direction);
        let Some(first) = pipe.flights.front() else { return Ok(None) };
        if first.arrives > now {
            // What is stalled has to be asked for again by its own token; others name packets that were lost
            // or have been given out already.
            return if first.sequence == token.sequence { Err(first.arrives) } else { Ok(None) };
        }
        // Not always the packet of this token: a stall lets several fall due at one moment.
        let flight = pipe.flights.pop_front().expect("just looked at");
        Ok(Some((flight.packet, flight.stamp)))
    }

    /// Nothing more leaves a pipe until `until`; nothing is lost.
    pub fn stall(&mut self, index: usize, direction: Direction, until: Time) {
        let pipe = self.connections[index].pipe(direction);
        for flight in &mut pipe.flights {
            flight.arrives = flight.arrives.max(until);
        }
        pipe.busy_until = pipe.busy_until.max(until);
    }

    /// Loses what is under way in a pipe behind a point that `random` draws, and everything sent later.
    /// Returns how many packets were lost.
    pub fn cut(&mut self, index: usize, direction: Direction, random: &mut Stream) -> usize {
        let pipe = self.connections[index].pipe(direction);
        let keep = random.index(pipe.flights.len() + 1);
        let lost = pipe.flights.len() - keep;
        pipe.flights.truncate(keep);
        pipe.cut = true;
        lost
    }

    /// Sends word that the connection is gone through a pipe, even a cut one.
    pub fn send_closed(&mut self, now: Time, index: usize, direction: Direction) -> Arrival {
        self.connections[index].pipe(direction).cut = false;
        let arrival = self.send(now, index, direction, Packet::Closed, Stamp::default());
        self.connections[index].pipe(direction).cut = true;
        arrival.expect("a pipe that is not cut carries everything")
    }
}

impl Packet {
    fn size(&self) -> u64 {
        let bytes = match self {
            Self::RequestFrame(bytes) | Self::ReplyFrame(_, _, bytes) => bytes.len(),
            Self::Request(request) => request_size(request),
            Self::Reply(reply) => reply_size(reply),
            Self::Open | Self::Accepted | Self::Closed => 40,
        };
        bytes as u64
    }
}

/// Enough of a frame's size to make large ones slow.
fn request_size(request: &Request) -> usize {
    match &request.body {
        klamm_wire::messages::Request::Produce(produce) => {
            let partitions = produce.topic_data.iter().flat_map(|topic| &topic.partition_data);
            partitions.map(|data| data.records.as_ref().map_or(0, klamm_wire::Records::len) + 60).sum()
        }
        _ => 100,
    }
}

fn reply_size(reply: &Reply) -> usize {
    match &reply.body {
        Some(klamm_wire::messages::Response::Fetch(fetch)) => {
            let partitions = fetch.responses.iter().flat_map(|topic| &topic.partitions);
            partitions.map(|data| data.records.as_ref().map_or(0, klamm_wire::Records::len) + 60).sum()
        }
        _ => 100,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: NetworkConfig = NetworkConfig { latency: (1000, 1_000_000), per_kib: 1000, encode: false };

    fn frame(number: u8) -> Packet {
        Packet::RequestFrame(Bytes::from(vec![number]))
    }

    fn number(packet: &Packet) -> u8 {
        match packet {
            Packet::RequestFrame(bytes) => bytes[0],
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_pipe_keeps_its_order_whatever_the_latencies() {
        let mut network = Network::new(1, CONFIG);
        let (_, open) = network.connect(Time(0), 0, 0, 0);
        let mut arrivals: Vec<Arrival> = (0..50)
            .map(|n| network.send(Time(n), 0, Direction::Up, frame(n as u8), Stamp::default()).unwrap())
            .collect();
        assert!(arrivals.is_sorted_by_key(|(time, _)| *time));
        assert!(matches!(network.arrive(arrivals[0].0, open), Ok(Some((Packet::Open, _)))));
        let order: Vec<u8> = arrivals
            .drain(..)
            .map(|(time, token)| number(&network.arrive(time, token).unwrap().unwrap().0))
            .collect();
        assert_eq!(order, (0..50).collect::<Vec<_>>());
    }

    #[test]
    fn a_stall_delays_and_loses_nothing() {
        let mut network = Network::new(1, CONFIG);
        let (_, token) = network.connect(Time(0), 0, 0, 0);
        network.stall(0, Direction::Up, Time(9_000_000_000));
        assert!(matches!(network.arrive(Time(2_000_000), token), Err(Time(9_000_000_000))));
        let (time, second) = network.send(Time(0), 0, Direction::Up, frame(1), Stamp::default()).unwrap();
        assert!(time >= Time(9_000_000_000));
        assert!(matches!(network.arrive(time, token), Ok(Some((Packet::Open, _)))));
        assert!(network.arrive(time, second).unwrap().is_some());
    }

    #[test]
    fn a_cut_loses_the_end_of_a_pipe_and_what_follows() {
        let mut lost_counts = std::collections::BTreeSet::new();
        for seed in 0..50 {
            let mut network = Network::new(1, CONFIG);
            let mut tokens = vec![network.connect(Time(0), 0, 0, 0)];
            tokens.extend(
                (0..4).map(|n| {
                    network.send(Time(n), 0, Direction::Up, frame(n as u8), Stamp::default()).unwrap()
                }),
            );
            let lost = network.cut(0, Direction::Up, &mut Stream::new(seed, "cut"));
            lost_counts.insert(lost);
            assert!(network.send(Time(5), 0, Direction::Up, frame(9), Stamp::default()).is_none());
            tokens.push(network.send_closed(Time(6), 0, Direction::Up));
            // One token per packet, but a token gives out whatever is due first.
            let arrived: Vec<Packet> = tokens
                .iter()
                .filter_map(|(time, token)| network.arrive(*time, *token).unwrap())
                .map(|(packet, _)| packet)
                .collect();
            assert_eq!(arrived.len(), tokens.len() - lost);
            let (last, kept) = arrived.split_last().expect("the end is told");
            assert!(matches!(last, Packet::Closed), "the end is told last: {last:?}");
            let numbers = kept.iter().skip(1).map(number);
            assert!(
                numbers.eq(0..u8::try_from(kept.len().saturating_sub(1)).unwrap()),
                "the first ones arrive"
            );
        }
        assert_eq!(lost_counts.len(), 6, "any number of packets is lost: {lost_counts:?}");
    }
}
