//! Clients and connections: who is told what, and when.

use klamm_core::edge::{ConnId, Input, ListenerKind, Peer, Request};
use klamm_wire::batch::{self, BatchError, BatchView, Inspected};
use klamm_wire::frame::{self, RequestHeader};
use klamm_wire::messages;

use super::{ClientSlot, Event, World};
use crate::checkers::Check;
use crate::clients::{ClientEffect, ClientInput};
use crate::coverage::Point;
use crate::network::{ClientId, Direction, NodeId, Packet, PacketToken, Stamp};

impl World {
    pub(super) fn on_client_wake(&mut self, client: ClientId) {
        let now = self.now();
        let slot = &mut self.clients[client];
        if slot.armed != Some(now) {
            return;
        }
        slot.armed = None;
        if slot.client.next_deadline().is_some_and(|deadline| deadline > now) {
            self.rearm_client(client);
        } else {
            self.tell_client(client, ClientInput::Wake);
        }
    }

    fn rearm_client(&mut self, client: ClientId) {
        let now = self.now();
        let ClientSlot { client: machine, armed } = &mut self.clients[client];
        let Some(deadline) = machine.next_deadline() else { return };
        let at = deadline.max(now);
        if armed.is_none_or(|armed| armed > at) {
            *armed = Some(at);
            self.push(at, Event::Client(client));
        }
    }

    /// Wakes a client because its owner has told it something.
    pub(crate) fn nudge(&mut self, client: ClientId) {
        self.tell_client(client, ClientInput::Wake);
    }

    fn tell_client(&mut self, client: ClientId, input: ClientInput) {
        let now = self.now();
        let mut effects = core::mem::take(&mut self.client_effects);
        self.clients[client].client.handle(now, input, &mut self.ledger, &mut effects);
        for effect in effects.drain(..) {
            match effect {
                ClientEffect::Connect(link, node) => {
                    let arrival = self.network.connect(now, client, link, node);
                    self.push_arrival(arrival);
                }
                ClientEffect::Send(link, header, request) => {
                    self.send_request(client, link, header, *request)
                }
                ClientEffect::Close(link) => self.close_from_client(client, link),
            }
        }
        self.client_effects = effects;
        self.rearm_client(client);
    }

    fn send_request(&mut self, client: ClientId, link: u32, header: RequestHeader, body: messages::Request) {
        let now = self.now();
        let Some(index) = self.network.of_client(client, link) else { return };
        if !self.network.connection(index).client_open {
            return;
        }
        let packet = if self.network.config.encode {
            let frame = frame::encode_request(&header, &body);
            let segments =
                frame.unwrap_or_else(|error| panic!("a client sends what does not encode: {error}"));
            Packet::RequestFrame(segments.to_bytes().slice(4..))
        } else {
            let batches = inspect(&body, self.max_decompressed);
            Packet::Request(Box::new(Request { header, body, batches }))
        };
        if let Some(arrival) = self.network.send(now, index, Direction::Up, packet, Stamp::default()) {
            self.push_arrival(arrival);
        } else {
            self.hit(Point::LostFrame);
        }
    }

    fn close_from_client(&mut self, client: ClientId, link: u32) {
        let now = self.now();
        let Some(index) = self.network.of_client(client, link) else { return };
        let connection = self.network.connection(index);
        if !connection.client_open {
            return;
        }
        connection.client_open = false;
        if let Some(arrival) = self.network.send(now, index, Direction::Up, Packet::Closed, Stamp::default())
        {
            self.push_arrival(arrival);
        }
    }

    /// The node closes a connection, behind the replies it has sent.
    pub(super) fn close_from_node(&mut self, id: ConnId) {
        let now = self.now();
        let index = self.network.of_node(id);
        let connection = self.network.connection(index);
        if !connection.node_open {
            return;
        }
        connection.node_open = false;
        if let Some(arrival) =
            self.network.send(now, index, Direction::Down, Packet::Closed, Stamp::default())
        {
            self.push_arrival(arrival);
        }
    }

    /// A process is gone. With `told`, its kernel resets the connections, and some of what it had sent is
    /// lost; otherwise clients wait until they lose patience.
    pub(super) fn drop_connections_of(&mut self, node: NodeId, told: bool) {
        let now = self.now();
        let open: Vec<usize> = self.network.open().to_vec();
        for index in open {
            let connection = self.network.connection(index);
            if connection.node != node || !connection.node_open {
                continue;
            }
            connection.node_open = false;
            let random = &mut self.machines[node].random;
            let lost = self.network.cut(index, Direction::Down, random);
            self.ledger.coverage.add(Point::LostReply, lost as u64);
            if told {
                let arrival = self.network.send_closed(now, index, Direction::Down);
                self.push_arrival(arrival);
            } else {
                self.hit(Point::HalfOpen);
            }
        }
    }

    /// Resets a connection: frames under way are lost behind some point in each direction, and both ends
    /// learn of it behind what still arrives.
    pub(crate) fn reset(&mut self, index: usize, random: &mut crate::random::Stream) {
        let now = self.now();
        let lost_up = self.network.cut(index, Direction::Up, random);
        let lost_down = self.network.cut(index, Direction::Down, random);
        self.hit(Point::Reset);
        self.ledger.coverage.add(Point::LostFrame, lost_up as u64);
        self.ledger.coverage.add(Point::LostReply, lost_down as u64);
        let arrivals = [
            self.network.send_closed(now, index, Direction::Up),
            self.network.send_closed(now, index, Direction::Down),
        ];
        arrivals.into_iter().for_each(|arrival| self.push_arrival(arrival));
    }

    pub(super) fn on_packet(&mut self, token: PacketToken) {
        let now = self.now();
        let (packet, stamp) = match self.network.arrive(now, token) {
            Ok(Some(arrived)) => arrived,
            Ok(None) => return,
            Err(later) => return self.push(later, Event::Packet(token)),
        };
        match token.direction {
            Direction::Up => self.arrive_at_node(token.connection, packet),
            Direction::Down => self.arrive_at_client(token.connection, packet, stamp),
        }
    }

    fn arrive_at_node(&mut self, index: usize, packet: Packet) {
        let now = self.now();
        let connection = self.network.connection(index);
        let (node, id, life) = (connection.node, connection.id, connection.life);
        let machine = &self.machines[node];
        let known = connection.node_open && life == Some(machine.life) && machine.is_running();
        match packet {
            Packet::Open => {
                if machine.is_ready() {
                    connection.node_open = true;
                    connection.life = Some(machine.life);
                    let stamp = self.stamp();
                    let accepted = self.network.send(now, index, Direction::Down, Packet::Accepted, stamp);
                    accepted.into_iter().for_each(|arrival| self.push_arrival(arrival));
                    let (host, listener) = ("127.0.0.1".into(), "PLAINTEXT".into());
                    let peer = Peer { host, listener, kind: ListenerKind::Broker };
                    self.feed(node, Input::Opened(id, peer));
                } else if machine.is_running() || self.machines[node].process.is_none() {
                    // A port that nobody listens on.
                    let arrival = self.network.send_closed(now, index, Direction::Down);
                    self.push_arrival(arrival);
                }
            }
            Packet::Closed => {
                connection.node_open = false;
                if known {
                    self.feed(node, Input::Closed(id));
                }
            }
            Packet::Request(_) | Packet::RequestFrame(_) if !known => {
                // Another life knows nothing of this connection and says so.
                if machine.is_running() && life != Some(machine.life) {
                    let arrival = self.network.send_closed(now, index, Direction::Down);
                    self.push_arrival(arrival);
                }
            }
            Packet::Request(request) => {
                self.note_ghost(index);
                self.feed(node, Input::Request(id, *request));
            }
            Packet::RequestFrame(bytes) => {
                self.note_ghost(index);
                match klamm_core::edge::parse_request(bytes, ListenerKind::Broker, self.max_decompressed) {
                    Ok(request) => self.feed(node, Input::Request(id, request)),
                    Err(reject) => {
                        let object = format!("connection {}", id.0);
                        let sentence = format!("a request of a client was rejected: {reject:?}");
                        self.ledger.violate(Check::Reply, now, object, sentence);
                    }
                }
            }
            Packet::Accepted | Packet::Reply(_) | Packet::ReplyFrame(..) => {
                unreachable!("nodes are not sent {packet:?}")
            }
        }
    }

    fn note_ghost(&mut self, index: usize) {
        if !self.network.connection(index).client_open {
            self.hit(Point::GhostRequest);
        }
    }

    fn arrive_at_client(&mut self, index: usize, packet: Packet, stamp: Stamp) {
        let now = self.now();
        let connection = self.network.connection(index);
        let (client, link) = (connection.client, connection.link);
        if !connection.client_open {
            return;
        }
        let input = match packet {
            Packet::Accepted => ClientInput::Connected(link),
            Packet::Closed => {
                connection.client_open = false;
                ClientInput::Closed(link)
            }
            Packet::Reply(reply) => {
                let body = Box::new(reply.body.expect("silence is not sent"));
                ClientInput::Response { link, correlation_id: reply.correlation_id, body, stamp }
            }
            Packet::ReplyFrame(key, version, bytes) => match frame::decode_response(bytes, key, version) {
                Ok((correlation_id, body)) => {
                    ClientInput::Response { link, correlation_id, body: Box::new(body), stamp }
                }
                Err(error) => {
                    let object = format!("{key:?} version {version}");
                    let sentence = format!("the reply does not decode: {error}");
                    return self.ledger.violate(Check::Reply, now, object, sentence);
                }
            },
            Packet::Open | Packet::Request(_) | Packet::RequestFrame(_) => {
                unreachable!("clients are not sent {packet:?}")
            }
        };
        self.tell_client(client, input);
    }
}

/// What the edge finds in the batches of a produce.
fn inspect(body: &messages::Request, max_decompressed: usize) -> Vec<Result<Inspected, BatchError>> {
    let messages::Request::Produce(produce) = body else { return Vec::new() };
    let partitions = produce.topic_data.iter().flat_map(|topic| &topic.partition_data);
    let inspect = |data: &messages::produce_request::PartitionProduceData| {
        let content = data.records.as_ref().map(klamm_wire::Records::to_bytes).unwrap_or_default();
        let view = BatchView::parse_first(&content)?;
        if view.len() != content.len() {
            return Err(BatchError::NotOneBatch);
        }
        batch::inspect(&view, max_decompressed)
    };
    partitions.map(inspect).collect()
}
