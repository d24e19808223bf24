//! Client machines in front of one node: connections that can break, and time that passes from deadline to deadline.
//!
//! Every request and every response goes through its bytes, so that machines, frames and node agree about them.

#![allow(dead_code, unreachable_pub, reason = "each test file uses a part of it")]

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use klamm_core::client::{ClientEffect, ClientInput, ClientMachine, ClientRequest, NodeRef, frames};
use klamm_core::edge::{ConnId, Input, ListenerKind, encode_reply, parse_request};
use klamm_wire::ApiKey;

use crate::support::Broker;

/// What happens to a request instead of being served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It arrives and is executed, and the connection breaks before the response.
    LoseResponse,
    /// The connection breaks before it arrives.
    LoseRequest,
}

/// A client machine with its connections.
pub struct Link<M: ClientMachine> {
    pub machine: M,
    pub outcomes: VecDeque<M::Outcome>,
    connections: BTreeMap<NodeRef, Open>,
    inputs: VecDeque<ClientInput<M::Command>>,
    /// Strikes the next requests of an API, one each.
    pub faults: BTreeMap<ApiKey, VecDeque<Fault>>,
    /// While false, no connection comes up.
    pub reachable: bool,
    /// Requests sent, by API.
    pub sent: BTreeMap<ApiKey, usize>,
}

struct Open {
    id: ConnId,
    awaited: VecDeque<(ApiKey, i16)>,
}

impl<M: ClientMachine> Link<M> {
    pub fn new(machine: M) -> Self {
        Self {
            machine,
            outcomes: VecDeque::new(),
            connections: BTreeMap::new(),
            inputs: VecDeque::new(),
            faults: BTreeMap::new(),
            reachable: true,
            sent: BTreeMap::new(),
        }
    }

    pub fn strike(&mut self, key: ApiKey, fault: Fault) {
        self.faults.entry(key).or_default().push_back(fault);
    }

    pub fn command(&mut self, broker: &mut Broker, command: M::Command) {
        self.inputs.push_back(ClientInput::Command(command));
        self.exchange(broker);
    }

    /// Breaks every connection, as a restart of the broker does.
    pub fn break_all(&mut self, broker: &mut Broker) {
        let nodes: Vec<NodeRef> = self.connections.keys().cloned().collect();
        for node in nodes {
            self.lose(broker, &node);
        }
    }

    fn lose(&mut self, broker: &mut Broker, node: &NodeRef) {
        if let Some(open) = self.connections.remove(node) {
            broker.handle(Input::Closed(open.id));
            broker.replies.remove(&open.id);
            self.inputs.push_back(ClientInput::Disconnected(node.clone()));
        }
    }

    /// Runs machine and node until neither has anything to do at this moment.
    pub fn exchange(&mut self, broker: &mut Broker) {
        for round in 0.. {
            assert!(round < 100_000, "machine and node talk without end");
            let Some(input) = self.inputs.pop_front().or_else(|| self.next_response(broker)) else { return };
            let mut fx = Vec::new();
            self.machine.handle(broker.now, input, &mut fx);
            for effect in fx {
                self.perform(broker, effect);
            }
        }
    }

    /// Lets the machine see that time has passed.
    pub fn wake(&mut self, broker: &mut Broker) {
        self.inputs.push_back(ClientInput::Wake);
        self.exchange(broker);
    }

    fn perform(&mut self, broker: &mut Broker, effect: ClientEffect<M::Outcome>) {
        match effect {
            ClientEffect::Connect(node) if !self.reachable => {
                self.inputs.push_back(ClientInput::Disconnected(node));
            }
            ClientEffect::Connect(node) => {
                let id = broker.connect();
                let old = self.connections.insert(node.clone(), Open { id, awaited: VecDeque::new() });
                assert!(old.is_none(), "{node} is connected once");
                self.inputs.push_back(ClientInput::Connected(node));
            }
            ClientEffect::Disconnect(node) => {
                self.lose(broker, &node);
                // A driver says nothing more about a connection it was told to close.
                self.inputs.retain(|input| *input_node(input) != Some(&node));
            }
            ClientEffect::Send(node, request) => self.send(broker, &node, &request),
            ClientEffect::Outcome(outcome) => self.outcomes.push_back(outcome),
        }
    }

    fn send(&mut self, broker: &mut Broker, node: &NodeRef, request: &ClientRequest) {
        let key = request.body.api_key();
        let Some(open) = self.connections.get_mut(node) else { return };
        *self.sent.entry(key).or_default() += 1;
        let fault = self.faults.get_mut(&key).and_then(VecDeque::pop_front);
        if fault == Some(Fault::LoseRequest) {
            return self.lose(broker, node);
        }
        if request.answered {
            open.awaited.push_back((key, request.api_version));
        }
        let frame = frames::encode(request).to_bytes().slice(4..);
        let parsed =
            parse_request(frame, ListenerKind::Broker, 1 << 20).expect("a request the node understands");
        broker.handle(Input::Request(open.id, parsed));
        if fault == Some(Fault::LoseResponse) {
            self.lose(broker, node);
        }
    }

    fn next_response(&mut self, broker: &mut Broker) -> Option<ClientInput<M::Command>> {
        for (node, open) in &mut self.connections {
            let Some(reply) = broker.reply(open.id) else { continue };
            let Some(frame) = encode_reply(&reply) else { continue };
            let (key, version) = open.awaited.pop_front().expect("a response needs a request");
            let frame: Bytes = frame.to_bytes().slice(4..);
            let (correlation_id, body) = frames::decode(frame, key, version).expect("a response");
            return Some(ClientInput::Response(node.clone(), correlation_id, body));
        }
        None
    }
}

fn input_node<C>(input: &ClientInput<C>) -> Box<Option<&NodeRef>> {
    Box::new(match input {
        ClientInput::Connected(node)
        | ClientInput::Disconnected(node)
        | ClientInput::Response(node, _, _) => Some(node),
        ClientInput::Command(_) | ClientInput::Wake => None,
    })
}

/// Something that takes part in the passing of time.
pub trait Timed {
    fn next_deadline(&self) -> Option<u64>;
    fn wake(&mut self, broker: &mut Broker);
}

impl<M: ClientMachine> Timed for Link<M> {
    fn next_deadline(&self) -> Option<u64> {
        self.machine.next_deadline().map(|at| at.0)
    }

    fn wake(&mut self, broker: &mut Broker) {
        Self::wake(self, broker);
    }
}

/// Lets `milliseconds` pass, stopping at every deadline of the node and of the machines.
pub fn pass(broker: &mut Broker, links: &mut [&mut dyn Timed], milliseconds: u64) {
    let end = broker.now.monotonic.0 + milliseconds * 1_000_000;
    for round in 0.. {
        assert!(round < 100_000, "deadlines come without end");
        let machines = links.iter().filter_map(|link| link.next_deadline()).min();
        let node = broker.node.next_deadline().map(|at| at.0);
        let now = broker.now.monotonic.0;
        let next = machines.into_iter().chain(node).min().unwrap_or(end).clamp(now, end);
        // A whole millisecond at a time: what is due within it is due together.
        let step = (next - now).div_ceil(1_000_000);
        broker.pass(step);
        links.iter_mut().for_each(|link| link.wake(broker));
        if broker.now.monotonic.0 >= end {
            return;
        }
        if step == 0 {
            // Whoever was due has been woken; if it still is, it waits for something else than time.
            broker.pass(1);
        }
    }
}
