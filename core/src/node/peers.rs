//! Other nodes: what this one asks them, and what it asks itself in the same way.

use klamm_wire::messages::Response;

use crate::edge::{Channel, ConnId, Effects, ListenerKind, Peer, Request};
use crate::node::Node;
use crate::peer::Outgoing;
use crate::time::Now;

/// What another node was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Asked {}

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

    fn on_answer(&mut self, _: Now, _: &mut Effects, _: Channel, asked: Asked, _: Result<Response, Lost>) {
        match asked {}
    }

    /// Takes the requests of this node to itself for requests like all others, and hands over the answers.
    /// Returns whether there were any.
    pub(crate) fn serve_own(&mut self, now: Now, fx: &mut Effects) -> bool {
        let mut any = false;
        while let Some((channel, request)) = self.peers.take_own() {
            any = true;
            let id = self.own_connection(now, channel);
            let request =
                Request { header: request.header, body: request.body, batches: alloc::vec::Vec::new() };
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
        let peer = Peer { host: "localhost".into(), listener, kind: ListenerKind::Controller };
        self.connections.opened_own(now.monotonic, id, peer, channel);
        id
    }

    /// What waits on a connection of this node to itself is not waited for any more.
    fn forget_own_connection(&mut self, channel: Channel) {
        if let Some(id) = self.own_connections.remove(&channel) {
            self.closed(id);
        }
    }
}
