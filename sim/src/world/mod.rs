//! The world: machines, connections and clients on one queue of events.
//!
//! Everything that happens is one of the `Event`s, and each is a function of the world alone. The world can
//! be cloned at any moment; both copies go on in the same way.

pub(crate) mod address;
mod clients;
mod connections;
mod machine;
mod nodes;
mod observe;
mod panics;
mod peers;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use klamm_core::config::Config;
use klamm_core::edge::{Channel, Effects};
use klamm_core::job::Job;

pub use machine::Machine;

use crate::checkers::Violation;
use crate::clients::{ClientEffect, SimClient};
use crate::clock::{Clock, Time};
use crate::coverage::Point;
use crate::disk::{Disk, DiskImage, Due, Latency, StepToken};
use crate::hash::{Digest, Hash128};
use crate::ledger::Ledger;
use crate::network::{Arrival, ClientId, Network, NetworkConfig, NodeId, PacketToken};
use crate::queue::Queue;
use crate::random::Stream;
use crate::replicas::Replicas;
use crate::trace::Trace;

/// Everything that can happen.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    /// A step of a disk is over.
    Disk(NodeId, StepToken),
    /// A packet arrives.
    Packet(PacketToken),
    /// A node wanted to be woken, in this life.
    Wake(NodeId, u32),
    /// A node may handle what waits for it.
    Drain(NodeId, u32),
    /// A computation of this life is over.
    Job(NodeId, u32, Box<Job>),
    /// A node in this life has waited long enough for the connection of a channel.
    Patience(NodeId, u32, Channel, Option<usize>),
    /// A machine starts its process, if it has none.
    Start(NodeId),
    /// A client wanted to be woken.
    Client(ClientId),
    /// A pause is over.
    Resume(NodeId),
    /// The fault of this index strikes.
    Strike(usize),
    /// What a fault has changed for a while goes back to normal.
    Ease(usize),
    /// A rolling restart may go on.
    Roll,
}

/// Ties: what a node did earlier comes before what is new, and faults come last.
const CLASS_NORMAL: u8 = 1;
const CLASS_FAULT: u8 = 2;

#[derive(Clone, Debug)]
struct ClientSlot {
    client: Box<dyn SimClient>,
    armed: Option<Time>,
}

/// One simulated world.
#[derive(Clone, Debug)]
pub struct World {
    seed: u64,
    queue: Queue<Event>,
    pub(crate) machines: Vec<Machine>,
    pub(crate) network: Network,
    clients: Vec<ClientSlot>,
    /// What clients asked, were told and saw.
    pub ledger: Ledger,
    /// What replicas hold, as seen from outside.
    pub(crate) replicas: Replicas,
    pub(crate) faults: crate::faults::Faults,
    /// Disks as they were at some moment, to be put back.
    pub(crate) images: BTreeMap<NodeId, DiskImage>,
    hash: Hash128,
    events: u64,
    trace: Option<Trace>,
    /// The longest batch of records a client may send, decompressed.
    max_decompressed: usize,
    /// Buffers used again for every event.
    effects: Effects,
    client_effects: Vec<ClientEffect>,
    due: Due,
}

impl World {
    /// A world without machines and clients.
    pub fn new(seed: u64, network: NetworkConfig) -> Self {
        Self {
            seed,
            queue: Queue::default(),
            machines: Vec::new(),
            network: Network::new(seed, network),
            clients: Vec::new(),
            ledger: Ledger::default(),
            replicas: Replicas::default(),
            faults: crate::faults::Faults::default(),
            images: BTreeMap::new(),
            hash: Hash128::default(),
            events: 0,
            trace: None,
            max_decompressed: 16 << 20,
            effects: Effects::new(),
            client_effects: Vec::new(),
            due: Due::new(),
        }
    }

    /// Keeps a trace of what happens, as lines of text.
    pub fn keep_trace(&mut self, trace: Trace) {
        self.trace = Some(trace);
    }

    /// The trace kept so far.
    pub fn take_trace(&mut self) -> Option<Trace> {
        self.trace.take()
    }

    /// Adds a machine with an empty disk; it starts at once.
    pub fn add_machine(&mut self, config: Config, latency: Latency, clock: Clock) -> NodeId {
        let node = self.machines.len();
        let disk = Disk::new(self.seed, node as u64, config.log_dirs, latency);
        let random = Stream::numbered(self.seed, "machine", node as u64);
        self.machines.push(Machine::new(config, disk, clock, random));
        self.queue.push(self.queue.now(), CLASS_NORMAL, Event::Start(node));
        node
    }

    /// Adds a client, which is woken at once.
    pub fn add_client(&mut self, client: Box<dyn SimClient>) -> ClientId {
        let id = self.clients.len();
        let now = self.queue.now();
        self.clients.push(ClientSlot { client, armed: Some(now) });
        self.queue.push(now, CLASS_NORMAL, Event::Client(id));
        id
    }

    /// True time.
    pub fn now(&self) -> Time {
        self.queue.now()
    }

    /// How many events have happened.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// The hash of everything nodes were given and did so far.
    pub fn digest(&self) -> Digest {
        self.hash.digest()
    }

    /// The machine of that index.
    pub fn machine(&mut self, node: NodeId) -> &mut Machine {
        &mut self.machines[node]
    }

    /// The clients.
    pub fn clients(&mut self) -> impl Iterator<Item = &mut Box<dyn SimClient>> {
        self.clients.iter_mut().map(|slot| &mut slot.client)
    }

    /// The first broken promise.
    pub fn violation(&self) -> Option<&Violation> {
        self.ledger.violations.first()
    }

    /// Lets the next event happen, unless it lies behind `end`. Returns whether one did.
    pub fn step(&mut self, end: Time) -> bool {
        if self.queue.next_time().is_none_or(|time| time > end) {
            return false;
        }
        let event = self.queue.pop().expect("there is a next one");
        self.events += 1;
        match event {
            Event::Disk(node, token) => self.on_disk(node, token),
            Event::Packet(token) => self.on_packet(token),
            Event::Wake(node, life) => self.on_wake(node, life),
            Event::Drain(node, life) => self.on_drain(node, life),
            Event::Job(node, life, job) => self.on_job(node, life, &job),
            Event::Patience(node, life, channel, connection) => {
                self.on_patience((node, life, channel), connection);
            }
            Event::Start(node) => self.start(node),
            Event::Client(client) => self.on_client_wake(client),
            Event::Resume(node) => self.resume(node),
            Event::Strike(fault) => self.strike(fault),
            Event::Ease(fault) => self.ease(fault),
            Event::Roll => crate::faults::roll(self),
        }
        true
    }

    /// Lets things happen until `end`, until a promise is broken, or until `done` says so. Returns whether it
    /// did.
    pub fn run_until(&mut self, end: Time, mut done: impl FnMut(&mut Self) -> bool) -> bool {
        loop {
            if done(self) {
                return true;
            }
            if self.violation().is_some() || !self.step(end) {
                return false;
            }
        }
    }

    pub(crate) fn push(&mut self, time: Time, event: Event) {
        let is_fault = matches!(event, Event::Strike(_) | Event::Ease(_) | Event::Roll);
        let class = if is_fault { CLASS_FAULT } else { CLASS_NORMAL };
        self.queue.push(time, class, event);
    }

    pub(crate) fn push_arrival(&mut self, (time, token): Arrival) {
        self.push(time, Event::Packet(token));
    }

    /// Writes a line into the trace, if there is one.
    pub(crate) fn tell(&mut self, line: impl FnOnce() -> String) {
        if let Some(trace) = &mut self.trace {
            trace.line(self.queue.now(), None, line());
        }
    }

    /// Writes a line about one node into the trace, if there is one.
    pub(crate) fn tell_of(&mut self, node: NodeId, line: impl FnOnce() -> String) {
        if let Some(trace) = &mut self.trace {
            trace.line(self.queue.now(), Some(node), line());
        }
    }

    pub(crate) fn hit(&mut self, point: Point) {
        self.ledger.coverage.hit(point);
    }
}
