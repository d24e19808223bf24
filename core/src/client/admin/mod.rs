//! The admin client: one call, one reply, whichever and however many brokers it takes.
//!
//! A call becomes one or more [`ask::Ask`]s, each for one request. An ask is routed (to any broker, the controller,
//! leaders, a group's coordinator, every broker), retried while that can help and the call's time is not over, and
//! its answer is merged into the reply.

mod ask;
mod call;
mod cluster;
mod configs;
mod groups;
mod offsets;
mod partitions;
mod quorum;
mod topics;

use alloc::collections::{BTreeMap, VecDeque};
use alloc::vec::Vec;

use klamm_wire::messages::Response;
use klamm_wire::{ApiKey, ErrorCode, Str};

use super::cluster::{Cluster, Note};
use super::{ClientEffect, ClientInput, ClientMachine, ClusterConfig, ErrorClass, Lane, Metadata, NodeRef};
use crate::rng::Rng;
use crate::time::{Now, Timestamp};

use ask::{Absorbed, Ask, Route};
pub use call::{
    AdminCall, AdminReply, ApiError, ByName, ByPartition, ClusterBroker, ClusterDescription, ConfigChange,
    ConfigEntry, ConfigResource, ConfigResourceType, ConfigSource, CreatedTopic, DescribedPartition,
    DescribedTopic, ElectionType, FeatureDescription, FeatureDirection, FeatureUpdate, GroupCoordinator,
    GroupDescription, GroupListing, GroupMember, ListedOffset, LogDir, LogDirReplica, NewTopic, NewVoter,
    QuorumDescription, QuorumListener, QuorumReplica, Reassignment,
};

/// The caller's name for a call; given back with its outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub u64);

/// What the owner can ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AdminCommand {
    /// Ends in exactly one [`AdminOutcome::Done`].
    Call(CallId, AdminCall),
    /// Close all connections; ends with [`AdminOutcome::Closed`]. Calls that wait are given up.
    Close,
}

/// What the owner is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AdminOutcome {
    /// A call has ended. Errors that concern single topics, groups or partitions stand in the reply.
    Done(CallId, Result<AdminReply, AdminError>),
    /// The admin client has ended.
    Closed,
}

/// Why a whole call failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AdminError {
    /// Not done within the call's time; the last error, `NONE` if no broker could be reached.
    TimedOut(ErrorCode),
    /// The broker does not offer the API, or not in a version that can say this.
    Unsupported(ApiKey),
    /// The broker refuses the request as a whole.
    Refused(ErrorCode),
    /// The admin client was closed.
    Closed,
}

impl core::fmt::Display for AdminError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::TimedOut(ErrorCode::NONE) => write!(f, "no broker could be reached in time"),
            Self::TimedOut(code) => write!(f, "not done in time (last error: {code})"),
            Self::Unsupported(key) => write!(f, "the broker does not offer {} for this", key.name()),
            Self::Refused(code) => write!(f, "the broker refused it: {code}"),
            Self::Closed => write!(f, "the admin client is closed"),
        }
    }
}

type Effects = Vec<ClientEffect<AdminOutcome>>;

/// One request that is part of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Pending {
    call: CallId,
    ask: Ask,
    failures: u32,
    retry_at: Timestamp,
}

/// A call that is being worked on.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Running {
    deadline: Timestamp,
    /// Asks waiting or in flight.
    open: usize,
    reply: AdminReply,
    last_error: ErrorCode,
}

/// An admin client. Deterministic: the same inputs and the same seed give the same effects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admin {
    timeout_ms: u32,
    cluster: Cluster<Pending>,
    running: BTreeMap<CallId, Running>,
    waiting: VecDeque<Pending>,
    closed: bool,
}

impl Admin {
    /// An admin client whose calls end after `default.api.timeout.ms` = `timeout_ms`. `rng` decides about jitter.
    pub fn new(config: ClusterConfig, timeout_ms: u32, rng: Rng) -> Self {
        let config = ClusterConfig { allow_auto_create_topics: false, ..config };
        Self {
            timeout_ms,
            cluster: Cluster::new(config, rng),
            running: BTreeMap::new(),
            waiting: VecDeque::new(),
            closed: false,
        }
    }

    /// What is known of the cluster.
    pub fn metadata(&self) -> &Metadata {
        &self.cluster.metadata
    }

    fn on_command(&mut self, now: Now, command: AdminCommand, fx: &mut Effects) {
        match command {
            AdminCommand::Call(id, call) => {
                if self.closed {
                    fx.push(ClientEffect::Outcome(AdminOutcome::Done(id, Err(AdminError::Closed))));
                    return;
                }
                let asks = Ask::for_call(&call);
                let running = Running {
                    deadline: now.monotonic.after_ms(i64::from(self.timeout_ms)),
                    open: asks.len(),
                    reply: AdminReply::empty(&call),
                    last_error: ErrorCode::NONE,
                };
                let double = self.running.insert(id, running);
                assert!(double.is_none(), "two calls at a time need two names");
                for ask in asks {
                    let retry_at = Timestamp::default();
                    self.waiting.push_back(Pending { call: id, ask, failures: 0, retry_at });
                }
                self.maybe_finish(id, fx);
            }
            AdminCommand::Close => {
                self.waiting.clear();
                for (id, _) in core::mem::take(&mut self.running) {
                    fx.push(ClientEffect::Outcome(AdminOutcome::Done(id, Err(AdminError::Closed))));
                }
                self.cluster.close(fx);
                self.closed = true;
                fx.push(ClientEffect::Outcome(AdminOutcome::Closed));
            }
        }
    }

    /// Ends a call whose last ask is done.
    fn maybe_finish(&mut self, id: CallId, fx: &mut Effects) {
        if self.running.get(&id).is_some_and(|running| running.open == 0) {
            let done = self.running.remove(&id).expect("just found");
            fx.push(ClientEffect::Outcome(AdminOutcome::Done(id, Ok(done.reply))));
        }
    }

    fn fail(&mut self, id: CallId, error: AdminError, fx: &mut Effects) {
        self.waiting.retain(|pending| pending.call != id);
        if self.running.remove(&id).is_some() {
            fx.push(ClientEffect::Outcome(AdminOutcome::Done(id, Err(error))));
        }
    }

    fn expire(&mut self, now: Now, fx: &mut Effects) {
        let late = |running: &Running| running.deadline <= now.monotonic;
        let expired: Vec<CallId> =
            self.running.iter().filter(|(_, running)| late(running)).map(|(id, _)| *id).collect();
        for id in expired {
            let code = self.running[&id].last_error;
            self.fail(id, AdminError::TimedOut(code), fx);
        }
    }

    fn on_note(&mut self, now: Now, note: Note<Pending>, fx: &mut Effects) {
        match note {
            Note::MetadataUpdated => {}
            Note::Lost { tag } => {
                if let Route::Group(group) = tag.ask.route() {
                    self.cluster.forget_coordinator(now, &group);
                }
                self.retry(now, tag, ErrorCode::NETWORK_EXCEPTION);
            }
            Note::Answered { tag, body, .. } => self.on_answered(now, tag, body, fx),
        }
    }

    fn on_answered(&mut self, now: Now, pending: Pending, body: Response, fx: &mut Effects) {
        let Some(running) = self.running.get_mut(&pending.call) else { return };
        let Absorbed { reply, again, refused } = pending.ask.absorb(body);
        if let Some(mut reply) = reply {
            if let Route::Group(group) = pending.ask.route() {
                let found = self.cluster.known_coordinator(&group);
                let coordinator =
                    |(id, node): (_, NodeRef)| GroupCoordinator { id, host: node.host, port: node.port };
                reply.set_coordinator(&group, found.map(coordinator));
            }
            running.reply.merge(reply);
        }
        let call = pending.call;
        if let Some(code) = refused {
            return self.fail(call, AdminError::Refused(code), fx);
        }
        match again {
            Some((ask, code)) => self.retry(now, Pending { ask, ..pending }, code),
            None => {
                running.open -= 1;
                self.maybe_finish(call, fx);
            }
        }
    }

    /// Another attempt; `NONE` means that there is more to ask for, at once.
    fn retry(&mut self, now: Now, mut pending: Pending, code: ErrorCode) {
        let Some(running) = self.running.get_mut(&pending.call) else { return };
        if code != ErrorCode::NONE {
            running.last_error = code;
            pending.failures += 1;
            pending.retry_at = self.cluster.retry_at(now, pending.failures);
            self.cluster.refresh_metadata();
            if let (Route::Group(group), ErrorClass::FindCoordinator) =
                (pending.ask.route(), ErrorClass::of(code))
            {
                self.cluster.forget_coordinator(now, &group);
            }
        }
        self.waiting.push_back(pending);
    }

    fn maybe_send(&mut self, now: Now, fx: &mut Effects) {
        for _ in 0..self.waiting.len() {
            let pending = self.waiting.pop_front().expect("counted");
            if pending.retry_at > now.monotonic {
                self.waiting.push_back(pending);
                continue;
            }
            self.route(now, pending, fx);
        }
    }

    /// Sends an ask if its broker is known and ready, cuts it up if it concerns several, or lets it wait.
    fn route(&mut self, now: Now, pending: Pending, fx: &mut Effects) {
        let node = match pending.ask.route() {
            Route::Any => self.cluster.any_broker(now, fx),
            Route::Controller => {
                let node = self.cluster.metadata.controller.and_then(|id| self.cluster.broker(id));
                self.known_or_refresh(node)
            }
            Route::Broker(id) => {
                let node = self.cluster.broker(id);
                self.known_or_refresh(node)
            }
            Route::Node(node) => Some(node),
            Route::Group(group) => match self.cluster.coordinator(&group, Lane::Data) {
                Ok(node) => node,
                Err(code) => return self.fail(pending.call, AdminError::Refused(code), fx),
            },
            Route::EveryBroker | Route::Leaders => return self.cut_up(now, pending, fx),
        };
        let Some(node) = node.filter(|node| self.cluster.is_ready(now, node, fx)) else {
            self.waiting.push_back(pending);
            return;
        };
        let key = pending.ask.api_key();
        let version = self.cluster.version(&node, key, pending.ask.highest_version());
        let timeout_ms = i32::try_from(self.timeout_ms).unwrap_or(i32::MAX);
        let body = version.and_then(|version| Some((version, pending.ask.build(version, timeout_ms)?)));
        match (body, pending.ask.fallback()) {
            (Some((version, body)), _) => self.cluster.send(now, &node, pending, version, body, fx),
            (None, Some(ask)) => self.waiting.push_back(Pending { ask, ..pending }),
            (None, None) => self.fail(pending.call, AdminError::Unsupported(key), fx),
        }
    }

    fn known_or_refresh(&mut self, node: Option<NodeRef>) -> Option<NodeRef> {
        if node.is_none() {
            self.cluster.refresh_metadata();
        }
        node
    }

    /// Replaces an ask by one per broker that is concerned, once these are known.
    fn cut_up(&mut self, now: Now, pending: Pending, fx: &mut Effects) {
        let pieces = match pending.ask.route() {
            Route::EveryBroker => {
                let brokers: Vec<_> = self.cluster.metadata.brokers.keys().copied().collect();
                pending.ask.for_brokers(&brokers)
            }
            _ => {
                for topic in pending.ask.topics() {
                    self.cluster.add_topic(&topic);
                }
                pending.ask.for_leaders(|topic: &Str, partition| {
                    let known = self.cluster.metadata.topics.get(topic)?;
                    Some(match self.cluster.leader(topic, partition) {
                        Some(leader) => Ok(leader),
                        None => Err(known.missing_leader(partition)),
                    })
                })
            }
        };
        let Some(pieces) = pieces else {
            self.cluster.refresh_metadata();
            self.waiting.push_back(pending);
            return;
        };
        let running = self.running.get_mut(&pending.call).expect("asks of ended calls are dropped");
        running.open += pieces.asks.len();
        running.open -= 1;
        if let Some(reply) = pieces.hopeless {
            running.reply.merge(reply);
        }
        if let Some((ask, code)) = pieces.later {
            running.open += 1;
            self.retry(now, Pending { ask, ..pending.clone() }, code);
        }
        for ask in pieces.asks {
            self.route(now, Pending { ask, ..pending.clone() }, fx);
        }
        self.maybe_finish(pending.call, fx);
    }

    fn next_ask_deadline(&self) -> Option<Timestamp> {
        // An ask that waits for a connection or for metadata is woken by the answer, or by the cluster's own deadline.
        let later = self.waiting.iter().filter(|pending| pending.failures > 0);
        let reconnect = self.waiting.iter().filter_map(|pending| match pending.ask.route() {
            Route::Node(node) => self.cluster.can_send_at(&node, pending.retry_at, usize::MAX),
            Route::Broker(id) => {
                self.cluster.can_send_at(&self.cluster.broker(id)?, pending.retry_at, usize::MAX)
            }
            Route::Any => self.cluster.next_attempt(pending.retry_at),
            _ => None,
        });
        let routed = |pending: &&Pending| {
            matches!(
                pending.ask.route(),
                Route::Group(_) | Route::Controller | Route::Leaders | Route::EveryBroker
            )
        };
        later.filter(routed).map(|pending| pending.retry_at).chain(reconnect).min()
    }
}

impl ClientMachine for Admin {
    type Command = AdminCommand;
    type Outcome = AdminOutcome;

    fn handle(&mut self, now: Now, input: ClientInput<AdminCommand>, fx: &mut Effects) {
        let mut notes = match input {
            ClientInput::Connected(node) => {
                self.cluster.on_connected(now, &node, fx);
                Vec::new()
            }
            ClientInput::Disconnected(node) => self.cluster.on_disconnected(now, &node),
            ClientInput::Response(node, correlation_id, body) => {
                self.cluster.on_response(now, &node, correlation_id, body, fx)
            }
            ClientInput::Command(command) => {
                self.on_command(now, command, fx);
                Vec::new()
            }
            ClientInput::Wake => Vec::new(),
        };
        if self.closed {
            return;
        }
        notes.append(&mut self.cluster.settle(now, fx));
        for note in notes {
            self.on_note(now, note, fx);
        }
        self.expire(now, fx);
        self.maybe_send(now, fx);
    }

    fn next_deadline(&self) -> Option<Timestamp> {
        if self.closed {
            return None;
        }
        let calls = self.running.values().map(|running| running.deadline).min();
        [self.cluster.next_deadline(), calls, self.next_ask_deadline()].into_iter().flatten().min()
    }
}
