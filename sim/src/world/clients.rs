//! Clients: waking them, carrying out what they want, telling them what arrives.

use klamm_core::edge::{ListenerKind, Request};
use klamm_wire::batch::{self, BatchError, BatchView, Inspected};
use klamm_wire::frame::{self, RequestHeader};
use klamm_wire::messages;

use super::{ClientSlot, Event, World};
use crate::checkers::Check;
use crate::clients::{ClientEffect, ClientInput};
use crate::network::{Caller, ClientId, Direction, Link, Packet, Stamp};

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
                    let caller = Caller::Client(client, link);
                    let (_, sending) = self.network.connect(now, caller, node, ListenerKind::Broker);
                    self.on_sending(Direction::Up, sending);
                }
                ClientEffect::Send(link, header, request) => {
                    self.send_request(client, link, header, *request)
                }
                ClientEffect::Close(link) => {
                    if let Some(index) = self.network.of_client(client, link) {
                        self.close_from_caller(index);
                    }
                }
            }
        }
        self.client_effects = effects;
        self.rearm_client(client);
    }

    fn send_request(&mut self, client: ClientId, link: u32, header: RequestHeader, body: messages::Request) {
        let Some(index) = self.network.of_client(client, link) else { return };
        let packet = if self.network.config.encode {
            let frame = frame::encode_request(&header, &body);
            let segments =
                frame.unwrap_or_else(|error| panic!("a client sends what does not encode: {error}"));
            Packet::RequestFrame(segments.to_bytes().slice(4..))
        } else {
            let batches = inspect(&body, self.max_decompressed);
            Packet::Request(Box::new(Request { header, body, batches }))
        };
        self.transmit(index, Direction::Up, packet, Stamp::default());
    }

    pub(super) fn arrive_at_client(
        &mut self,
        index: usize,
        client: ClientId,
        link: Link,
        packet: Packet,
        stamp: Stamp,
    ) {
        let now = self.now();
        if !self.network.connection(index).caller_open {
            return;
        }
        let input = match packet {
            Packet::Accepted => ClientInput::Connected(link),
            Packet::Closed => {
                self.network.forget_caller(index);
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
