//! One direction of a connection: frames in their order, and what can happen to them.

use std::collections::VecDeque;

use bytes::Bytes;
use klamm_core::edge::{Reply, Request};
use klamm_core::types::LeaderEpoch;
use klamm_wire::{ApiKey, Records, messages};

use super::NodeId;
use crate::clock::Time;
use crate::random::Stream;

/// What travels through a pipe.
#[derive(Clone, Debug)]
pub enum Packet {
    /// Somebody wants to connect; answered by `Accepted` or `Closed`.
    Open,
    /// The connection stands.
    Accepted,
    /// A request as a value, with the bytes it would have had.
    Request(Box<Request>),
    /// A request as the content of a frame.
    RequestFrame(Bytes),
    /// A reply as a value.
    Reply(Box<Reply>),
    /// A reply as the content of a frame, and what its reader knows about it.
    ReplyFrame(ApiKey, i16, Bytes),
    /// The other side has closed, or never listened.
    Closed,
}

/// What a packet says about the moment it was sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stamp {
    /// Who has sent it.
    pub node: NodeId,
    /// The ledger's moment then.
    pub moment: u32,
    /// For the answer to a produce: the leader epoch of each partition's first record, in the answer's order.
    pub epochs: Vec<LeaderEpoch>,
    /// For answers about committed offsets: whether the sender was still the leader it took itself for.
    pub standing: Standing,
}

/// Whether a node that leads a partition, as far as it knows, has a successor of which it has not heard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// It has none.
    #[default]
    Leads,
    /// It has one, which holds everything that it has committed and may have committed more.
    Succeeded,
    /// An unclean election has put somebody in its place: what it takes for committed is lost.
    GivenUp,
}

/// What became of a packet that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sent {
    /// It arrives then; its number in the pipe.
    Arrives(Time, u64),
    /// It stays in the pipe until the pipe is let go.
    Held,
    /// It has vanished.
    Lost,
}

/// The arrival of what is held.
const HELD: Time = Time(u64::MAX);

#[derive(Clone, Debug)]
struct Flight {
    sequence: u64,
    arrives: Time,
    packet: Packet,
    stamp: Stamp,
}

/// What troubled links do to a pipe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Condition {
    /// Everything sent vanishes.
    pub(super) cut: bool,
    /// Nothing arrives for now.
    pub(super) stalled: bool,
    /// Latency is multiplied by this.
    pub(super) slowdown: u32,
}

impl Default for Condition {
    fn default() -> Self {
        Self { cut: false, stalled: false, slowdown: 1 }
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct Pipe {
    flights: VecDeque<Flight>,
    /// When the packet sent last arrives, or a stall ends: nothing overtakes it.
    busy_until: Time,
    sequence: u64,
    /// Everything sent from now on vanishes: behind a packet that was lost nothing arrives.
    pub(super) cut: bool,
    /// A fault holds back what is sent until the sender gives up, and so many nanoseconds longer.
    pub(super) haunted: Option<u64>,
    pub(super) condition: Condition,
}

impl Pipe {
    fn is_held(&self) -> bool {
        self.haunted.is_some() || self.condition.stalled
    }

    /// Sends a packet that needs so many nanoseconds.
    pub(super) fn send(&mut self, now: Time, wait: u64, packet: Packet, stamp: Stamp) -> Sent {
        if self.condition.cut {
            self.cut = true;
        }
        if self.cut {
            return Sent::Lost;
        }
        let held = self.is_held();
        let arrives = if held { HELD } else { self.busy_until.max(now.after_nanos(wait)) };
        if !held {
            self.busy_until = arrives;
        }
        let sequence = self.sequence;
        self.sequence += 1;
        self.flights.push_back(Flight { sequence, arrives, packet, stamp });
        if held { Sent::Held } else { Sent::Arrives(arrives, sequence) }
    }

    /// Sends word that the connection is gone, even through a pipe that a fault has cut; a cut cable does not
    /// carry it either.
    pub(super) fn send_closed(&mut self, now: Time, wait: u64) -> Sent {
        self.cut = false;
        let sent = self.send(now, wait, Packet::Closed, Stamp::default());
        self.cut = true;
        sent
    }

    /// The time of the packet of this number has come: gives out the first packet; `None` if there is none that
    /// is due.
    ///
    /// # Errors
    /// The packet has been stalled meanwhile: ask again then.
    pub(super) fn arrive(&mut self, now: Time, sequence: u64) -> Result<Option<(Packet, Stamp)>, Time> {
        let Some(first) = self.flights.front() else { return Ok(None) };
        if first.arrives > now {
            // What is stalled has to be asked for again by its own number; others name packets that were lost
            // or have been given out already. What is held is asked for when it is let go.
            let again = first.sequence == sequence && first.arrives != HELD;
            return if again { Err(first.arrives) } else { Ok(None) };
        }
        // Not always the packet of this number: a stall lets several fall due at one moment.
        let flight = self.flights.pop_front().expect("just looked at");
        Ok(Some((flight.packet, flight.stamp)))
    }

    /// Nothing more leaves until `until`; nothing is lost.
    pub(super) fn stall(&mut self, until: Time) {
        for flight in &mut self.flights {
            flight.arrives = flight.arrives.max(until);
        }
        self.busy_until = self.busy_until.max(until);
    }

    /// Loses what is under way behind a point that `random` draws, and everything sent later. Returns how many
    /// packets were lost.
    pub(super) fn lose(&mut self, random: &mut Stream) -> usize {
        let lost = self.lose_some(random);
        self.cut = true;
        lost
    }

    fn lose_some(&mut self, random: &mut Stream) -> usize {
        let keep = random.index(self.flights.len() + 1);
        let lost = self.flights.len() - keep;
        self.flights.truncate(keep);
        lost
    }

    /// Changes what links do to this pipe. Returns how many packets were lost, and the numbers of those that
    /// arrive at `arrival` now that nothing holds them any more.
    pub(super) fn set_condition(
        &mut self,
        condition: Condition,
        arrival: Time,
        random: &mut Stream,
    ) -> (usize, Vec<u64>) {
        let before = core::mem::replace(&mut self.condition, condition);
        let mut lost = 0;
        if condition.cut && !before.cut {
            lost = self.lose_some(random);
            self.cut |= lost > 0;
        }
        (lost, self.hold_or_let_go(arrival))
    }

    /// Holds back what is sent, or lets it go. Returns the numbers of packets that arrive at `arrival` now.
    pub(super) fn haunt(&mut self, haunted: Option<u64>, arrival: Time) -> Vec<u64> {
        self.haunted = haunted;
        self.hold_or_let_go(arrival)
    }

    fn hold_or_let_go(&mut self, arrival: Time) -> Vec<u64> {
        if self.is_held() {
            self.flights.iter_mut().for_each(|flight| flight.arrives = HELD);
            return Vec::new();
        }
        let arrival = arrival.max(self.busy_until);
        let mut let_go = Vec::new();
        for flight in self.flights.iter_mut().filter(|flight| flight.arrives == HELD) {
            flight.arrives = arrival;
            let_go.push(flight.sequence);
        }
        if !let_go.is_empty() {
            self.busy_until = arrival;
        }
        let_go
    }
}

impl Packet {
    /// Bytes on the wire, about.
    pub(super) fn size(&self) -> u64 {
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
        messages::Request::Produce(produce) => {
            let partitions = produce.topic_data.iter().flat_map(|topic| &topic.partition_data);
            partitions.map(|data| data.records.as_ref().map_or(0, Records::len) + 60).sum()
        }
        _ => 100,
    }
}

fn reply_size(reply: &Reply) -> usize {
    match &reply.body {
        Some(messages::Response::Fetch(fetch)) => {
            let partitions = fetch.responses.iter().flat_map(|topic| &topic.partitions);
            partitions.map(|data| data.records.as_ref().map_or(0, Records::len) + 60).sum()
        }
        _ => 100,
    }
}
