//! Other nodes: what this one asks them, and what it asks itself in the same way.

use alloc::vec::Vec;

use klamm_wire::Str;
use klamm_wire::messages::{self, Response};

use crate::connection::Ticket;
use crate::edge::{Address, Channel, ConnId, Effects, Peer, Purpose, Request};
use crate::node::{Node, Phase, replication};
use crate::peer::Outgoing;
use crate::quorum;
use crate::time::{Now, Timestamp};
use crate::transaction::{Marked, Question};
use crate::types::BrokerId;

/// What another node was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// Records of the partitions that are followed there.
    Records,
    /// To record the ISRs this broker proposes.
    Isr,
    /// What a client wants of the controller.
    Forwarded(Ticket),
    /// What the quorum wants to know.
    Quorum(quorum::Asked),
    /// To register this broker, or to hear that it lives.
    Lifecycle,
    /// To create these topics, which are used.
    Creation(Vec<Str>),
    /// For more producer ids.
    ProducerIds,
    /// To write the markers of these transactions.
    Markers(Vec<Marked>),
    /// These questions, each with the time until which it is asked again.
    Verification(Vec<(Question, Timestamp)>),
}

/// The answer is lost; what was asked for may have happened or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lost;

impl Node {
    /// Asks another node, or this one; `asked` comes back with the answer or its loss.
    pub(crate) fn ask(&mut self, now: Now, fx: &mut Effects, request: Outgoing, asked: Asked) {
        self.peers.send(&mut self.env.cx(now, fx), request, asked);
    }

    /// Another node has answered.
    pub(crate) fn on_answered(
        &mut self,
        now: Now,
        fx: &mut Effects,
        channel: Channel,
        correlation_id: i32,
        response: Response,
    ) {
        if let Some(asked) = self.peers.answered(&mut self.env.cx(now, fx), channel, correlation_id) {
            self.on_answer(now, fx, channel, asked, Ok(response));
        }
    }

    /// What was sent on a channel is lost up to this correlation id.
    pub(crate) fn on_disconnected(&mut self, now: Now, fx: &mut Effects, channel: Channel, through: i32) {
        let lost = self.peers.disconnected(&mut self.env.cx(now, fx), channel, through);
        for asked in lost {
            self.on_answer(now, fx, channel, asked, Err(Lost));
        }
    }

    /// The oldest request of a channel may be late.
    pub(crate) fn on_channel_timer(&mut self, now: Now, fx: &mut Effects, channel: Channel) {
        let lost = self.peers.expire(&mut self.env.cx(now, fx), channel);
        if channel.node == self.env.config.node_id && !lost.is_empty() {
            self.forget_own_connection(channel);
        }
        for asked in lost {
            self.on_answer(now, fx, channel, asked, Err(Lost));
        }
    }

    fn on_answer(
        &mut self,
        now: Now,
        fx: &mut Effects,
        channel: Channel,
        asked: Asked,
        answer: Result<Response, Lost>,
    ) {
        // A node that stops asks nothing any more.
        if self.phase >= Phase::Stopping {
            return;
        }
        match asked {
            Asked::Records => {
                let answer = answer.and_then(replication::fetch_in);
                self.on_fetch_answer(now, fx, channel.node, answer);
            }
            Asked::Isr => self.on_alter_answer(now, fx, answer),
            Asked::Forwarded(ticket) => self.on_forwarded(now, fx, ticket, answer),
            Asked::Quorum(asked) => self.on_quorum_answer(now, fx, channel, asked, answer),
            Asked::Lifecycle => self.on_lifecycle_answer(now, fx, answer),
            Asked::Creation(names) => self.on_creation_answer(fx, &names, answer),
            Asked::ProducerIds => self.on_producer_ids(now, fx, answer),
            Asked::Markers(about) => self.on_markers_answer(now, channel.node, &about, answer),
            Asked::Verification(asked) => self.on_verification_answer(now, fx, asked, answer),
        }
    }

    /// Asks the active controller, wherever it is; `false` if nobody knows who that is.
    pub(crate) fn ask_controller(
        &mut self,
        now: Now,
        fx: &mut Effects,
        purpose: Purpose,
        api_version: i16,
        body: messages::Request,
        asked: Asked,
    ) -> bool {
        let Some((node, address)) = self.controller_address() else { return false };
        let channel = Channel { node, purpose };
        let timeout_ms = self.env.config.request_timeout_ms;
        self.ask(now, fx, Outgoing { channel, address, api_version, body, timeout_ms }, asked);
        true
    }

    /// Where other brokers find a broker.
    pub(crate) fn broker_address(&self, id: BrokerId) -> Option<Address> {
        let listener = self.env.config.inter_broker_listener_name()?;
        let endpoint = self.env.image.brokers.get(&id)?.endpoint(&listener)?;
        Some(Address { host: endpoint.host.clone(), port: endpoint.port })
    }

    /// Takes the requests of this node to itself for requests like all others, and hands over the answers.
    /// Returns whether there were any.
    pub(crate) fn serve_own(&mut self, now: Now, fx: &mut Effects) -> bool {
        let mut any = false;
        while let Some((channel, request)) = self.peers.take_own() {
            any = true;
            let id = self.own_connection(now, channel);
            let request = Request { header: request.header, body: request.body, batches: Vec::new() };
            self.connections.arrived(now.monotonic, id, request);
        }
        while let Some((channel, correlation_id, response)) = self.connections.take_own_reply() {
            any = true;
            self.on_answered(now, fx, channel, correlation_id, response);
        }
        any
    }

    /// The connection on which this node serves itself.
    fn own_connection(&mut self, now: Now, channel: Channel) -> ConnId {
        if let Some(id) = self.own_connections.get(&channel) {
            return *id;
        }
        // Drivers count up from below.
        let id = ConnId(u64::MAX - self.own_connections_opened);
        self.own_connections_opened += 1;
        self.own_connections.insert(channel, id);
        let listener = self.env.config.controller_listeners.first().cloned().unwrap_or_default();
        let peer = Peer { host: "localhost".into(), listener, kind: channel.purpose.listener() };
        self.connections.opened_own(now.monotonic, id, peer, channel);
        id
    }

    /// This node does not answer what it was asked on this connection of its own.
    pub(crate) fn lose_own(&mut self, now: Now, fx: &mut Effects, channel: Channel) {
        self.forget_own_connection(channel);
        self.lose(now, fx, channel);
    }

    /// What was asked on a channel is not waited for any more.
    pub(crate) fn lose(&mut self, now: Now, fx: &mut Effects, channel: Channel) {
        let lost = self.peers.give_up(&mut self.env.cx(now, fx), channel);
        for asked in lost {
            self.on_answer(now, fx, channel, asked, Err(Lost));
        }
    }

    /// What waits on a connection of this node to itself is not waited for any more.
    fn forget_own_connection(&mut self, channel: Channel) {
        if let Some(id) = self.own_connections.remove(&channel) {
            self.closed(id);
        }
    }
}
