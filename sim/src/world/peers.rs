//! Connections from node to node, on the side of the one that asks: one for each channel that is in use.
//!
//! This is what a driver does with sockets: it connects when something is sent and there is no connection, sends
//! in order, and tells the node of answers and losses.

use std::collections::VecDeque;

use klamm_core::edge::{
    Address, Channel, Input, PeerRequest, Reply, Request, encode_peer_request, parse_answer,
};
use klamm_wire::frame::RequestHeader;
use klamm_wire::messages::Response;

use super::address::resolve;
use super::{Event, World, panics};
use crate::checkers::Check;
use crate::coverage::Point;
use crate::network::{Caller, Direction, NodeId, Packet, Stamp};

/// Whoever does not accept within this time is not there.
const CONNECT_PATIENCE_MS: u64 = 5_000;

/// A process's side of a channel.
#[derive(Clone, Debug)]
pub(crate) struct Outgoing {
    /// Index of the connection; `None` if the address leads nowhere.
    connection: Option<usize>,
    address: Address,
    /// Whether the connection stands.
    up: bool,
    /// To be sent once it does.
    unsent: VecDeque<PeerRequest>,
    /// Sent and not answered.
    waiting: VecDeque<RequestHeader>,
    /// Correlation id of the newest request.
    last: i32,
}

/// Names the channel of a node in one of its lives.
type Place = (NodeId, u32, Channel);

impl World {
    /// The channel of a process that is still the one that asked.
    fn outgoing(&mut self, (node, life, channel): Place, connection: Option<usize>) -> Option<&mut Outgoing> {
        let machine = &mut self.machines[node];
        let process = machine.process.as_mut().filter(|_| machine.life == life)?;
        process.channels.get_mut(&channel).filter(|outgoing| outgoing.connection == connection)
    }

    /// A node asks another one.
    pub(super) fn send_to_peer(
        &mut self,
        node: NodeId,
        channel: Channel,
        address: Address,
        request: PeerRequest,
    ) {
        let Some(process) = &mut self.machines[node].process else { return };
        if process.channels.get(&channel).is_none_or(|outgoing| outgoing.address != address) {
            self.disconnect_peer(node, channel);
            self.connect_to_peer(node, channel, address);
        }
        let process = self.machines[node].process.as_mut().expect("it has just asked");
        let outgoing = process.channels.get_mut(&channel).expect("just connected");
        outgoing.last = request.header.correlation_id;
        match outgoing.connection.filter(|_| outgoing.up) {
            Some(index) => {
                outgoing.waiting.push_back(request.header.clone());
                self.transmit_request(index, request);
            }
            None => outgoing.unsent.push_back(request),
        }
    }

    fn connect_to_peer(&mut self, node: NodeId, channel: Channel, address: Address) {
        let life = self.machines[node].life;
        let there = resolve(&address.host, address.port).filter(|(to, _)| *to < self.machines.len());
        let mut patience_ms = CONNECT_PATIENCE_MS;
        let connection = if let Some((to, kind)) = there {
            let caller = Caller::Node(node, life, channel);
            let (index, sending) = self.network.connect(self.now(), caller, to, kind);
            self.on_sending(Direction::Up, sending);
            Some(index)
        } else {
            patience_ms = 1;
            None
        };
        let outgoing = Outgoing {
            connection,
            address,
            up: false,
            unsent: VecDeque::new(),
            waiting: VecDeque::new(),
            last: -1,
        };
        let process = self.machines[node].process.as_mut().expect("it has just asked");
        process.channels.insert(channel, outgoing);
        self.push(self.now().after_ms(patience_ms), Event::Patience(node, life, channel, connection));
    }

    /// A node wants nothing more from a channel.
    pub(super) fn disconnect_peer(&mut self, node: NodeId, channel: Channel) {
        let Some(process) = &mut self.machines[node].process else { return };
        let connection = process.channels.remove(&channel).and_then(|outgoing| outgoing.connection);
        if let Some(index) = connection {
            self.close_from_caller(index);
        }
    }

    /// A node has waited long enough for a connection.
    pub(super) fn on_patience(&mut self, place: Place, connection: Option<usize>) {
        if self.outgoing(place, connection).is_some_and(|outgoing| !outgoing.up) {
            if let Some(index) = connection {
                self.close_from_caller(index);
            }
            self.lose_peer(place);
        }
    }

    /// The connection of a channel could not be made or is gone.
    fn lose_peer(&mut self, (node, _, channel): Place) {
        let process = self.machines[node].process.as_mut().expect("its channel was just found");
        let outgoing = process.channels.remove(&channel).expect("it was just found");
        self.hit(Point::PeerLost);
        self.feed(node, Input::Disconnected(channel, outgoing.last));
    }

    fn transmit_request(&mut self, index: usize, request: PeerRequest) {
        let packet = if self.network.config.encode {
            match panics::catch(|| encode_peer_request(&request)) {
                Ok(segments) => Packet::RequestFrame(segments.to_bytes().slice(4..)),
                Err(message) => {
                    let object = format!("{:?}", request.header);
                    return self.ledger.violate(Check::Crash, self.now(), object, message);
                }
            }
        } else {
            // Nodes do not produce to each other: there are no batches to look into.
            let PeerRequest { header, body } = request;
            Packet::Request(Box::new(Request { header, body, batches: Vec::new() }))
        };
        self.transmit(index, Direction::Up, packet, Stamp::default());
    }

    /// A packet arrives at the node that has called.
    pub(super) fn arrive_at_peer(&mut self, index: usize, place: Place, packet: Packet) {
        let (node, life, _) = place;
        if self.outgoing(place, Some(index)).is_none() {
            return self.tell_stranger(index, node, life);
        }
        let machine = self.machines[node].process.as_mut().expect("its channel was just found");
        let outgoing = machine.channels.get_mut(&place.2).expect("it was just found");
        match packet {
            Packet::Accepted => {
                outgoing.up = true;
                for request in core::mem::take(&mut outgoing.unsent) {
                    let outgoing = self.outgoing(place, Some(index)).expect("sending changes no channel");
                    outgoing.waiting.push_back(request.header.clone());
                    self.transmit_request(index, request);
                }
            }
            Packet::Closed => {
                self.network.forget_caller(index);
                self.lose_peer(place);
            }
            Packet::Reply(reply) => {
                let header = outgoing.waiting.pop_front();
                let Reply { correlation_id, body, .. } = *reply;
                let expected = header.map(|header| header.correlation_id);
                if expected == Some(correlation_id) {
                    self.answer_peer(place, correlation_id, body.expect("silence is not sent"));
                } else {
                    self.reject_answer(place, format!("#{correlation_id} where {expected:?} was due"));
                }
            }
            Packet::ReplyFrame(_, _, bytes) => {
                let Some(header) = outgoing.waiting.pop_front() else {
                    return self.reject_answer(place, "an answer to nothing".to_owned());
                };
                match parse_answer(bytes, &header) {
                    Ok(response) => self.answer_peer(place, header.correlation_id, response),
                    Err(error) => self.reject_answer(place, format!("{error:?}")),
                }
            }
            Packet::Open | Packet::Request(_) | Packet::RequestFrame(_) => {
                unreachable!("callers are not sent {packet:?}")
            }
        }
    }

    fn answer_peer(&mut self, (node, _, channel): Place, correlation_id: i32, response: Response) {
        self.hit(Point::PeerAnswered);
        self.feed(node, Input::Answered(channel, correlation_id, response));
    }

    fn reject_answer(&mut self, (node, _, channel): Place, what: String) {
        let object = format!("n{node} ({channel:?})");
        self.ledger.violate(Check::Reply, self.now(), object, format!("was answered with {what}"));
    }

    /// Something came for a process that is gone, or for a channel it has closed: its kernel says so.
    fn tell_stranger(&mut self, index: usize, node: NodeId, life: u32) {
        let connection = self.network.connection(index);
        let gone = self.machines[node].life != life || self.machines[node].process.is_none();
        if connection.node_open && gone && self.machines[node].has_power {
            let sending = self.network.send_closed(self.now(), index, Direction::Up);
            self.on_sending(Direction::Up, sending);
        }
    }
}
