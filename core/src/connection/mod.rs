//! Connections: which request runs, in which order replies leave.
//!
//! Kafka serves one request of a connection at a time. Here a run of produce requests is served together,
//! so that a producer with several batches in flight shares syncs; every other request waits for its turn.
//! Replies leave in the order of the requests whatever finishes first.

mod delayed;

use alloc::collections::{BTreeMap, VecDeque};

use klamm_wire::messages::Response;
use klamm_wire::{ApiKey, ErrorCode, Str};

use crate::api;
use crate::edge::{Channel, CloseReason, ConnId, Effect, Effects, ListenerKind, Peer, Reply, Request};
use crate::time::Timestamp;

pub(crate) use delayed::{Delayed, DelayedTable};

/// Names one request while it is being served: its connection and its place in the order of requests there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket {
    /// The connection it came in on.
    pub connection: ConnId,
    /// 0 for the first request of the connection.
    pub sequence: u64,
}

/// What a handler knows about the request besides its message.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Call {
    pub(crate) ticket: Ticket,
    pub(crate) api_key: ApiKey,
    pub(crate) api_version: i16,
    pub(crate) client_id: Option<Str>,
    pub(crate) peer: Peer,
}

/// A request that has been started and whose reply has not left yet.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Slot {
    correlation_id: i32,
    api_key: ApiKey,
    api_version: i16,
    /// The request that this envelope holds.
    enclosed: Option<Enclosed>,
    /// Later produces must not overtake it: some of its batches are still being rebuilt.
    holds: bool,
    answer: Option<Answer>,
}

/// A request inside another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Enclosed {
    pub(crate) correlation_id: i32,
    pub(crate) api_key: ApiKey,
    pub(crate) api_version: i16,
}

/// How a request ends.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Answer {
    /// With a response in the version of the request.
    Response(Response),
    /// With a response in another version: only ApiVersions does that.
    InVersion(i16, Response),
    /// Without one: produce with acks=0.
    Silence,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Connection {
    peer: Peer,
    /// The channel it serves, if the other end is this node itself.
    own: Option<Channel>,
    /// Sequence of the request at the front of `slots`.
    first: u64,
    slots: VecDeque<Slot>,
    waiting: VecDeque<Request>,
    last_active: Timestamp,
}

impl Connection {
    /// Whether the request at the front of `waiting` may run beside those that are running.
    fn may_start(&self) -> bool {
        let Some(next) = self.waiting.front() else { return false };
        self.slots.is_empty()
            || (next.header.api_key == ApiKey::Produce
                && self.slots.iter().all(|slot| slot.api_key == ApiKey::Produce && !slot.holds))
    }
}

/// All open connections of a node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Connections {
    open: BTreeMap<ConnId, Connection>,
    /// Connections that may have a request to start, by what they came in on.
    runnable: Runnable,
    /// What this node has answered itself.
    own_replies: VecDeque<(Channel, i32, Response)>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Runnable {
    broker: VecDeque<ConnId>,
    controller: VecDeque<ConnId>,
}

impl Runnable {
    fn of(&mut self, kind: ListenerKind) -> &mut VecDeque<ConnId> {
        match kind {
            ListenerKind::Broker => &mut self.broker,
            ListenerKind::Controller => &mut self.controller,
        }
    }
}

impl Connections {
    /// A client has connected.
    pub(crate) fn opened(&mut self, now: Timestamp, id: ConnId, peer: Peer) {
        self.open(now, id, peer, None);
    }

    /// This node has connected to itself.
    pub(crate) fn opened_own(&mut self, now: Timestamp, id: ConnId, peer: Peer, channel: Channel) {
        self.open(now, id, peer, Some(channel));
    }

    fn open(&mut self, now: Timestamp, id: ConnId, peer: Peer, own: Option<Channel>) {
        let (slots, waiting) = (VecDeque::new(), VecDeque::new());
        let connection = Connection { peer, own, first: 0, slots, waiting, last_active: now };
        let replaced = self.open.insert(id, connection);
        assert!(replaced.is_none(), "{id:?} was opened twice");
    }

    /// The next answer of this node to itself.
    pub(crate) fn take_own_reply(&mut self) -> Option<(Channel, i32, Response)> {
        self.own_replies.pop_front()
    }

    /// A client is gone; returns whether it was known. What it waited for is answered into the void.
    pub(crate) fn closed(&mut self, id: ConnId) -> bool {
        self.open.remove(&id).is_some()
    }

    /// Queues a request; dropped if the connection was closed by this node meanwhile.
    pub(crate) fn arrived(&mut self, now: Timestamp, id: ConnId, request: Request) {
        let Some(connection) = self.open.get_mut(&id) else { return };
        connection.last_active = now;
        connection.waiting.push_back(request);
        self.runnable.of(connection.peer.kind).push_back(id);
    }

    /// Takes the next request that may run now, of those that came in on a listener of this kind.
    pub(crate) fn start_next(&mut self, kind: ListenerKind) -> Option<(Call, Request)> {
        let runnable = self.runnable.of(kind);
        while let Some(id) = runnable.front().copied() {
            let Some(connection) = self.open.get_mut(&id).filter(|connection| connection.may_start()) else {
                runnable.pop_front();
                continue;
            };
            let request = connection.waiting.pop_front().expect("a request may start");
            let sequence = connection.first + connection.slots.len() as u64;
            connection.slots.push_back(Slot {
                correlation_id: request.header.correlation_id,
                api_key: request.header.api_key,
                api_version: request.header.api_version,
                enclosed: None,
                holds: false,
                answer: None,
            });
            let call = Call {
                ticket: Ticket { connection: id, sequence },
                api_key: request.header.api_key,
                api_version: request.header.api_version,
                client_id: request.header.client_id.clone(),
                peer: connection.peer.clone(),
            };
            return Some((call, request));
        }
        None
    }

    /// Ends a request. Its reply leaves once all earlier ones of the connection have left.
    pub(crate) fn answer(&mut self, fx: &mut Effects, ticket: Ticket, answer: Answer) {
        let Some(connection) = self.open.get_mut(&ticket.connection) else { return };
        assert!(ticket.sequence >= connection.first, "{ticket:?} was answered before");
        let index = usize::try_from(ticket.sequence - connection.first).expect("few requests are open");
        let slot = connection.slots.get_mut(index).expect("a ticket names a started request");
        assert!(slot.answer.is_none(), "{ticket:?} is answered once");
        slot.answer = Some(match (&slot.enclosed, answer) {
            (Some(enclosed), Answer::Response(response)) => {
                Answer::Response(api::enclose(enclosed, &response))
            }
            (_, answer) => answer,
        });
        while let Some(answer) = connection.slots.front_mut().and_then(|slot| slot.answer.take()) {
            let slot = connection.slots.pop_front().expect("it was just looked at");
            connection.first += 1;
            let (api_version, body) = match answer {
                Answer::Response(body) => (slot.api_version, Some(body)),
                Answer::InVersion(version, body) => (version, Some(body)),
                Answer::Silence => (slot.api_version, None),
            };
            let Slot { correlation_id, api_key, .. } = slot;
            if let Some(channel) = connection.own {
                let body = body.expect("nodes do not produce to themselves");
                self.own_replies.push_back((channel, correlation_id, body));
                continue;
            }
            let reply = Reply { correlation_id, api_key, api_version, body };
            fx.push(Effect::Reply(ticket.connection, reply));
        }
        if connection.may_start() {
            self.runnable.of(connection.peer.kind).push_back(ticket.connection);
        }
    }

    /// Ends a request that another controller has to serve, if it came in an envelope: the broker that sent it asks
    /// that one. Returns whether it did.
    pub(crate) fn answer_not_controller(&mut self, fx: &mut Effects, ticket: Ticket) -> bool {
        let connection = self.open.get_mut(&ticket.connection);
        let slot = connection.and_then(|connection| {
            let index = usize::try_from(ticket.sequence.checked_sub(connection.first)?).ok()?;
            connection.slots.get_mut(index)
        });
        let was_enclosed = slot.is_some_and(|slot| slot.enclosed.take().is_some());
        if was_enclosed {
            let response = api::refused_envelope(ErrorCode::NOT_CONTROLLER);
            self.answer(fx, ticket, Answer::Response(response));
        }
        was_enclosed
    }

    /// The listener a connection came in on, while it is open.
    pub(crate) fn listener(&self, id: ConnId) -> Option<&Str> {
        Some(&self.open.get(&id)?.peer.listener)
    }

    /// The channel that a connection serves, if this node itself is at its other end.
    pub(crate) fn own_channel(&self, id: ConnId) -> Option<Channel> {
        self.open.get(&id)?.own
    }

    /// The request of this ticket is an envelope: its answer is that of the request inside.
    pub(crate) fn enclose(&mut self, ticket: Ticket, enclosed: Enclosed) {
        let Some(connection) = self.open.get_mut(&ticket.connection) else { return };
        let index = usize::try_from(ticket.sequence - connection.first).expect("few requests are open");
        connection.slots.get_mut(index).expect("a ticket names a started request").enclosed = Some(enclosed);
    }

    /// Keeps later requests of the connection from starting, or lets them start again.
    pub(crate) fn hold(&mut self, ticket: Ticket, holds: bool) {
        let Some(connection) = self.open.get_mut(&ticket.connection) else { return };
        let Some(index) = ticket.sequence.checked_sub(connection.first) else { return };
        let slot = usize::try_from(index).ok().and_then(|index| connection.slots.get_mut(index));
        if let Some(slot) = slot {
            slot.holds = holds;
        }
        if !holds {
            self.runnable.of(connection.peer.kind).push_back(ticket.connection);
        }
    }

    /// Closes a connection from this side.
    pub(crate) fn close(&mut self, fx: &mut Effects, id: ConnId, reason: CloseReason) {
        if self.open.remove(&id).is_some() {
            fx.push(Effect::Close(id, reason));
        }
    }

    /// Closes every connection.
    pub(crate) fn close_all(&mut self, fx: &mut Effects, reason: CloseReason) {
        while let Some((id, connection)) = self.open.pop_first() {
            if connection.own.is_none() {
                fx.push(Effect::Close(id, reason));
            }
        }
    }

    /// Connections with nothing under way from which nothing was heard since `before`.
    pub(crate) fn idle_since(&self, before: Timestamp) -> impl Iterator<Item = ConnId> + '_ {
        let idle = move |connection: &Connection| {
            let is_quiet = connection.slots.is_empty() && connection.waiting.is_empty();
            is_quiet && connection.own.is_none() && connection.last_active < before
        };
        self.open.iter().filter(move |(_, connection)| idle(connection)).map(|(id, _)| *id)
    }
}
