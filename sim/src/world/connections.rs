//! Packets on their way, and the two ends of a connection: who is told what, and when.

use klamm_core::edge::{ConnId, Input, ListenerKind, Peer, Request};
use klamm_wire::messages::Request as Body;

use super::address::listener_name;
use super::{Event, World};
use crate::checkers::Check;
use crate::coverage::Point;
use crate::network::{Caller, Change, Direction, NodeId, Packet, PacketToken, Sending, Stamp};
use crate::random::Stream;

impl World {
    /// Sends a packet, and sees to its arrival.
    pub(super) fn transmit(&mut self, index: usize, direction: Direction, packet: Packet, stamp: Stamp) {
        let sending = self.network.send(self.now(), index, direction, packet, stamp);
        self.on_sending(direction, sending);
    }

    pub(super) fn on_sending(&mut self, direction: Direction, sending: Sending) {
        match sending {
            Sending::Arrives(arrival) => self.push_arrival(arrival),
            Sending::Held => {}
            Sending::Lost if direction == Direction::Up => self.hit(Point::LostFrame),
            Sending::Lost => self.hit(Point::LostReply),
        }
    }

    /// The network says that a connection is gone, behind what still arrives in this direction.
    fn tell_closed(&mut self, index: usize, direction: Direction) {
        let sending = self.network.send_closed(self.now(), index, direction);
        self.on_sending(direction, sending);
    }

    /// The caller closes a connection, behind the requests it has sent.
    pub(super) fn close_from_caller(&mut self, index: usize) {
        if self.network.forget_caller(index) {
            self.transmit(index, Direction::Up, Packet::Closed, Stamp::default());
            self.let_go(index);
        }
    }

    /// What a fault has held back of a connection arrives, some time later.
    pub(crate) fn let_go(&mut self, index: usize) {
        for arrival in self.network.let_go(self.now(), index) {
            self.push_arrival(arrival);
        }
    }

    /// The node closes a connection, behind the replies it has sent.
    pub(super) fn close_from_node(&mut self, id: ConnId) {
        let index = self.network.of_node(id);
        let connection = self.network.connection(index);
        if core::mem::replace(&mut connection.node_open, false) {
            self.transmit(index, Direction::Down, Packet::Closed, Stamp::default());
        }
    }

    /// A process is gone. With `told`, its kernel resets the connections, and some of what it had sent is
    /// lost; otherwise the other ends wait until they lose patience.
    pub(super) fn drop_connections_of(&mut self, node: NodeId, told: bool) {
        for index in self.network.open().to_vec() {
            let connection = self.network.connection(index);
            if connection.node == node && core::mem::replace(&mut connection.node_open, false) {
                self.drop_end(node, index, Direction::Down, told);
            }
            let connection = self.network.connection(index);
            if matches!(connection.caller, Caller::Node(from, ..) if from == node)
                && self.network.forget_caller(index)
            {
                self.drop_end(node, index, Direction::Up, told);
                self.let_go(index);
            }
        }
    }

    /// What a process that is gone had sent in this direction is lost behind some point.
    fn drop_end(&mut self, node: NodeId, index: usize, direction: Direction, told: bool) {
        let lost = self.network.cut(index, direction, &mut self.machines[node].random);
        let point = if direction == Direction::Up { Point::LostFrame } else { Point::LostReply };
        self.ledger.coverage.add(point, lost as u64);
        if told {
            self.tell_closed(index, direction);
        } else {
            self.hit(Point::HalfOpen);
        }
    }

    /// Resets a connection: frames under way are lost behind some point in each direction, and both ends
    /// learn of it behind what still arrives.
    pub(crate) fn reset(&mut self, index: usize, random: &mut Stream) {
        let lost_up = self.network.cut(index, Direction::Up, random);
        let lost_down = self.network.cut(index, Direction::Down, random);
        self.hit(Point::Reset);
        self.count_lost((lost_up, lost_down));
        self.tell_closed(index, Direction::Up);
        self.tell_closed(index, Direction::Down);
    }

    fn count_lost(&mut self, (up, down): (usize, usize)) {
        self.ledger.coverage.add(Point::LostFrame, up as u64);
        self.ledger.coverage.add(Point::LostReply, down as u64);
    }

    /// What a change of the links has done to connections.
    pub(crate) fn on_links_changed(&mut self, change: Change, random: &mut Stream) {
        self.count_lost(change.lost);
        for arrival in change.arrivals {
            self.push_arrival(arrival);
        }
        for index in change.resets {
            self.reset(index, random);
        }
    }

    pub(super) fn on_packet(&mut self, token: PacketToken) {
        let (packet, stamp) = match self.network.arrive(self.now(), token) {
            Ok(Some(arrived)) => arrived,
            Ok(None) => return,
            Err(later) => return self.push(later, Event::Packet(token)),
        };
        let index = token.connection;
        match (token.direction, self.network.connection(index).caller) {
            (Direction::Up, _) => self.arrive_at_node(index, packet),
            (Direction::Down, Caller::Client(client, link)) => {
                self.arrive_at_client(index, client, link, packet, stamp);
            }
            (Direction::Down, Caller::Node(node, life, channel)) => {
                self.arrive_at_peer(index, (node, life, channel), packet);
            }
        }
    }

    /// Whether somebody listens: controllers from the start of their process, brokers once they are ready.
    fn listens(&self, node: NodeId, kind: ListenerKind) -> bool {
        let machine = &self.machines[node];
        match kind {
            ListenerKind::Broker => machine.config.roles.broker && machine.is_ready(),
            ListenerKind::Controller => {
                machine.config.is_controller_listener(listener_name(kind)) && machine.is_running()
            }
        }
    }

    fn arrive_at_node(&mut self, index: usize, packet: Packet) {
        let now = self.now();
        let connection = self.network.connection(index);
        let (node, id, life, kind) = (connection.node, connection.id, connection.life, connection.kind);
        let machine = &self.machines[node];
        let known = connection.node_open && life == Some(machine.life) && machine.is_running();
        match packet {
            Packet::Open => self.on_open(index),
            Packet::Closed => {
                connection.node_open = false;
                if known {
                    self.feed(node, Input::Closed(id));
                }
            }
            Packet::Request(_) | Packet::RequestFrame(_) if !known => {
                // Another life knows nothing of this connection and says so.
                if machine.is_running() && life != Some(machine.life) {
                    self.tell_closed(index, Direction::Down);
                }
            }
            Packet::Request(request) => {
                self.note_ghost(index, &request);
                self.feed(node, Input::Request(id, *request));
            }
            Packet::RequestFrame(bytes) => {
                match klamm_core::edge::parse_request(bytes, kind, self.max_decompressed) {
                    Ok(request) => {
                        self.note_ghost(index, &request);
                        self.feed(node, Input::Request(id, request));
                    }
                    Err(reject) => {
                        let object = format!("connection {}", id.0);
                        let sentence = format!("a request was rejected: {reject:?}");
                        self.ledger.violate(Check::Reply, now, object, sentence);
                    }
                }
            }
            Packet::Accepted | Packet::Reply(_) | Packet::ReplyFrame(..) => {
                unreachable!("nodes that are called are not sent {packet:?}")
            }
        }
    }

    fn on_open(&mut self, index: usize) {
        let connection = self.network.connection(index);
        let (node, id, kind, caller) = (connection.node, connection.id, connection.kind, connection.caller);
        if self.listens(node, kind) && !self.network.is_refused(index) {
            let connection = self.network.connection(index);
            connection.node_open = true;
            connection.life = Some(self.machines[node].life);
            let stamp = self.stamp(node);
            self.transmit(index, Direction::Down, Packet::Accepted, stamp);
            let host = match caller {
                Caller::Client(..) => "127.0.0.1".into(),
                Caller::Node(from, ..) => format!("n{from}").into(),
            };
            let peer = Peer { host, listener: listener_name(kind).into(), kind };
            self.feed(node, Input::Opened(id, peer));
        } else if self.machines[node].has_power || self.machines[node].random.chance(500_000) {
            // A port that nobody listens on, or a switch that knows that the machine is off.
            self.tell_closed(index, Direction::Down);
        }
    }

    /// Whoever has asked this has given it up.
    fn note_ghost(&mut self, index: usize, request: &Request) {
        if self.network.connection(index).caller_open {
            return;
        }
        self.hit(Point::GhostRequest);
        if let Body::WriteTxnMarkers(request) = &request.body {
            let producers = request.markers.iter().map(|marker| (marker.producer_id, marker.producer_epoch));
            let now = self.now();
            self.ledger.ghost_markers.extend(producers.map(|producer| (now, producer)));
        }
    }
}
