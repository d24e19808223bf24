//! What every client knows and needs of a cluster: connections, versions, metadata, coordinators.
//!
//! A machine embeds one [`Cluster`], forwards what happens to connections, and gets back [`Note`]s. When it wants
//! to send, it asks [`Cluster::is_ready`], which connects and negotiates as a side effect, and tries again at
//! the next input: there is no queue of unsent requests that could outlive its reason.

mod connection;
mod coordinator;
mod metadata;

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec;
use alloc::vec::Vec;

use klamm_wire::messages::{Request, Response};
use klamm_wire::{ApiKey, Str};

use super::backoff::Backoff;
use super::{ClientEffect, ClientRequest, Lane, NodeRef};
use crate::rng::Rng;
use crate::time::{Now, Timestamp};
use crate::types::BrokerId;

use connection::Connection;
use coordinator::Coordinators;
pub(crate) use metadata::CurrentLeader;
use metadata::MetadataRefresh;
pub use metadata::{BrokerMetadata, Metadata, PartitionMetadata, TopicMetadata};

/// How a client reaches its cluster. Names and defaults are Kafka's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterConfig {
    /// `bootstrap.servers`: asked first, and again when no known broker can be reached.
    pub bootstrap: Vec<(Str, u16)>,
    /// `client.id`.
    pub client_id: Str,
    /// `request.timeout.ms`: a connection whose oldest request waits longer is dropped.
    pub request_timeout_ms: u32,
    /// `retry.backoff.ms`.
    pub retry_backoff_ms: u32,
    /// `retry.backoff.max.ms`.
    pub retry_backoff_max_ms: u32,
    /// `reconnect.backoff.ms`.
    pub reconnect_backoff_ms: u32,
    /// `reconnect.backoff.max.ms`.
    pub reconnect_backoff_max_ms: u32,
    /// `socket.connection.setup.timeout.ms`, negotiation of versions included.
    pub connection_setup_timeout_ms: u32,
    /// `metadata.max.age.ms`: metadata is asked for again after this time, without any error.
    pub metadata_max_age_ms: u32,
    /// `allow.auto.create.topics`: whether asking for a topic may create it.
    pub allow_auto_create_topics: bool,
}

impl Default for ClusterConfig {
    fn default() -> Self {
        Self {
            bootstrap: vec![("127.0.0.1".into(), 9092)],
            client_id: "klamm".into(),
            request_timeout_ms: 30_000,
            retry_backoff_ms: 100,
            retry_backoff_max_ms: 1_000,
            reconnect_backoff_ms: 50,
            reconnect_backoff_max_ms: 1_000,
            connection_setup_timeout_ms: 10_000,
            metadata_max_age_ms: 300_000,
            allow_auto_create_topics: true,
        }
    }
}

impl ClusterConfig {
    /// The waits between attempts of one request.
    pub(crate) fn retry(&self) -> Backoff {
        let max_ms = self.retry_backoff_max_ms.max(self.retry_backoff_ms);
        Backoff { first_ms: self.retry_backoff_ms, max_ms }
    }

    fn reconnect(&self) -> Backoff {
        let max_ms = self.reconnect_backoff_max_ms.max(self.reconnect_backoff_ms);
        Backoff { first_ms: self.reconnect_backoff_ms, max_ms }
    }
}

/// Something the embedding machine has to know. `T` is what it tagged its request with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Note<T> {
    /// A request was answered.
    Answered {
        /// The machine's name for the request.
        tag: T,
        /// Version of the body.
        api_version: i16,
        /// What the broker said.
        body: Response,
    },
    /// A request will not be answered: whether the broker has executed it is unknown.
    Lost {
        /// The machine's name for the request.
        tag: T,
    },
    /// Metadata was replaced.
    MetadataUpdated,
}

/// What a request was for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Purpose<T> {
    Versions,
    Metadata,
    FindCoordinator(Str),
    Machine(T),
}

/// Connections and metadata of one client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cluster<T> {
    config: ClusterConfig,
    rng: Rng,
    connections: BTreeMap<NodeRef, Connection<Purpose<T>>>,
    /// What the machine knows of topics and brokers.
    pub(crate) metadata: Metadata,
    refresh: MetadataRefresh,
    coordinators: Coordinators,
    next_correlation_id: i32,
    /// Which candidate to try first when a connection to any broker is needed.
    rotation: usize,
}

impl<T: Clone> Cluster<T> {
    pub(crate) fn new(config: ClusterConfig, rng: Rng) -> Self {
        Self {
            config,
            rng,
            connections: BTreeMap::new(),
            metadata: Metadata::default(),
            refresh: MetadataRefresh::default(),
            coordinators: Coordinators::default(),
            next_correlation_id: 0,
            rotation: 0,
        }
    }

    /// Both at once, for choices among what is known.
    pub(crate) fn metadata_and_rng(&mut self) -> (&Metadata, &mut Rng) {
        (&self.metadata, &mut self.rng)
    }

    /// When to try again after `failures` in a row.
    pub(crate) fn retry_at(&mut self, now: Now, failures: u32) -> Timestamp {
        self.config.retry().retry_at(now.monotonic, failures, &mut self.rng)
    }

    /// The data connection of a broker that metadata knows.
    pub(crate) fn broker(&self, id: BrokerId) -> Option<NodeRef> {
        let broker = self.metadata.brokers.get(&id)?;
        Some(NodeRef::data(broker.host.clone(), broker.port))
    }

    /// The data connection of the leader of a partition, if one is known.
    pub(crate) fn leader(&self, topic: &Str, partition: i32) -> Option<NodeRef> {
        let leader = self.metadata.topics.get(topic)?.partitions.get(&partition)?.leader?;
        self.broker(leader)
    }

    /// An answer says where a broker is found.
    pub(crate) fn learn_broker(&mut self, id: BrokerId, host: &Str, port: i32, rack: Option<&Str>) {
        self.metadata.learn_broker(id, host, port, rack);
    }

    /// An answer says who leads a partition. Whether that is news that can be acted upon at once.
    pub(crate) fn learn_leader(&mut self, topic: &Str, partition: i32, leader: CurrentLeader) -> bool {
        self.metadata.learn_leader(topic, partition, leader)
    }

    /// Whether requests can be sent to `node` now. If not, begins whatever is missing for it.
    pub(crate) fn is_ready<O>(&mut self, now: Now, node: &NodeRef, fx: &mut Vec<ClientEffect<O>>) -> bool {
        let connection = self.connections.entry(node.clone()).or_default();
        if connection.is_ready() {
            return true;
        }
        if connection.is_idle() && connection.retry_at <= now.monotonic {
            let wait = i64::from(self.config.connection_setup_timeout_ms);
            connection.connect(now.monotonic.after_ms(wait));
            fx.push(ClientEffect::Connect(node.clone()));
        }
        false
    }

    /// A broker that can be asked now, whichever is least busy; begins to connect to one if there is none.
    pub(crate) fn any_broker<O>(&mut self, now: Now, fx: &mut Vec<ClientEffect<O>>) -> Option<NodeRef> {
        let ready = self
            .connections
            .iter()
            .filter(|(node, connection)| node.lane == Lane::Data && connection.is_ready())
            .min_by_key(|(_, connection)| connection.in_flight.len());
        if let Some((node, _)) = ready {
            return Some(node.clone());
        }
        let on_its_way = |(node, c): (&NodeRef, &Connection<_>)| node.lane == Lane::Data && !c.is_idle();
        if self.connections.iter().any(on_its_way) {
            return None;
        }
        let candidates = self.candidates();
        for step in 0..candidates.len() {
            let node = &candidates[(self.rotation + step) % candidates.len()];
            let connection = self.connections.entry(node.clone()).or_default();
            if connection.retry_at <= now.monotonic {
                self.rotation = (self.rotation + step + 1) % candidates.len();
                let ready = self.is_ready(now, node, fx);
                assert!(!ready, "an idle connection needs time to become ready");
                return None;
            }
        }
        None
    }

    /// All addresses worth trying: what metadata knows, then the bootstrap servers.
    fn candidates(&self) -> Vec<NodeRef> {
        let brokers = self.metadata.brokers.values().map(|b| NodeRef::data(b.host.clone(), b.port));
        let bootstrap = self.config.bootstrap.iter().map(|(host, port)| NodeRef::data(host.clone(), *port));
        let mut all: Vec<NodeRef> = Vec::new();
        for node in brokers.chain(bootstrap) {
            if !all.contains(&node) {
                all.push(node);
            }
        }
        all
    }

    /// The highest version of an API that the broker at the other end, this build and the caller know.
    /// `None` if there is no common one or the connection is not ready.
    pub(crate) fn version(&self, node: &NodeRef, key: ApiKey, highest: i16) -> Option<i16> {
        let (low, high) = *self.connections.get(node).filter(|c| c.is_ready())?.versions.get(&key)?;
        let ours = key.valid_versions();
        let version = high.min(*ours.end()).min(highest);
        (version >= low.max(*ours.start())).then_some(version)
    }

    /// Requests of this connection that wait for an answer.
    pub(crate) fn in_flight(&self, node: &NodeRef) -> usize {
        self.connections.get(node).map_or(0, |connection| connection.in_flight.len())
    }

    /// Sends a request that is answered within `request.timeout.ms`.
    pub(crate) fn send<O>(
        &mut self,
        now: Now,
        node: &NodeRef,
        tag: T,
        api_version: i16,
        body: Request,
        fx: &mut Vec<ClientEffect<O>>,
    ) {
        let timeout_ms = self.config.request_timeout_ms;
        self.send_within(now, node, tag, api_version, body, timeout_ms, fx);
    }

    /// Sends a request that may be parked by the broker for up to `timeout_ms`.
    #[expect(clippy::too_many_arguments, reason = "a request is this many things")]
    pub(crate) fn send_within<O>(
        &mut self,
        now: Now,
        node: &NodeRef,
        tag: T,
        api_version: i16,
        body: Request,
        timeout_ms: u32,
        fx: &mut Vec<ClientEffect<O>>,
    ) {
        self.transmit(now, node, Some(Purpose::Machine(tag)), api_version, body, timeout_ms, fx);
    }

    /// Sends a request that the broker never answers.
    pub(crate) fn send_unanswered<O>(
        &mut self,
        now: Now,
        node: &NodeRef,
        api_version: i16,
        body: Request,
        fx: &mut Vec<ClientEffect<O>>,
    ) {
        self.transmit(now, node, None, api_version, body, 0, fx);
    }

    #[expect(clippy::too_many_arguments, reason = "a request is this many things")]
    fn transmit<O>(
        &mut self,
        now: Now,
        node: &NodeRef,
        purpose: Option<Purpose<T>>,
        api_version: i16,
        body: Request,
        timeout_ms: u32,
        fx: &mut Vec<ClientEffect<O>>,
    ) {
        let connection = self.connections.get_mut(node).expect("requests go to known connections");
        assert!(connection.is_up(), "requests go to connections that are up: {node}");
        let correlation_id = self.next_correlation_id;
        self.next_correlation_id = correlation_id.checked_add(1).unwrap_or(0);
        let answered = purpose.is_some();
        if let Some(purpose) = purpose {
            let deadline = now.monotonic.after_ms(i64::from(timeout_ms));
            connection.push(correlation_id, body.api_key(), api_version, purpose, deadline);
        }
        let client_id = self.config.client_id.clone();
        let request = ClientRequest { correlation_id, api_version, client_id, body, answered };
        fx.push(ClientEffect::Send(node.clone(), Box::new(request)));
    }

    /// A connection is up: versions are negotiated before anything else.
    pub(crate) fn on_connected<O>(&mut self, now: Now, node: &NodeRef, fx: &mut Vec<ClientEffect<O>>) {
        let Some(connection) = self.connections.get_mut(node).filter(|c| c.is_connecting()) else {
            return; // given up meanwhile
        };
        connection.negotiate();
        self.ask_versions(now, node, connection::HIGHEST_API_VERSIONS, fx);
    }

    fn ask_versions<O>(&mut self, now: Now, node: &NodeRef, api_version: i16, fx: &mut Vec<ClientEffect<O>>) {
        let timeout_ms = self.config.connection_setup_timeout_ms;
        let body = connection::api_versions_request();
        self.transmit(now, node, Some(Purpose::Versions), api_version, body, timeout_ms, fx);
    }

    /// A connection is gone, and what was in flight on it is lost.
    pub(crate) fn on_disconnected(&mut self, now: Now, node: &NodeRef) -> Vec<Note<T>> {
        let Some(connection) = self.connections.get_mut(node).filter(|c| !c.is_idle()) else {
            return Vec::new();
        };
        let failures = connection.failures + 1;
        let retry_at = self.config.reconnect().retry_at(now.monotonic, failures, &mut self.rng);
        let lost = connection.fail(retry_at);
        // Perhaps the broker is gone and its partitions are led by another.
        self.refresh.want();
        let notes = lost.into_iter().filter_map(|purpose| self.lose(now, purpose));
        notes.collect()
    }

    fn lose(&mut self, now: Now, purpose: Purpose<T>) -> Option<Note<T>> {
        match purpose {
            Purpose::Versions => None,
            Purpose::Metadata => {
                let failures = self.refresh.failures + 1;
                let retry_at = self.retry_at(now, failures);
                self.refresh.on_failed(retry_at);
                None
            }
            Purpose::FindCoordinator(group) => {
                let retry_at = self.retry_at(now, self.coordinators.failures(&group) + 1);
                self.coordinators.on_failed(&group, retry_at);
                None
            }
            Purpose::Machine(tag) => Some(Note::Lost { tag }),
        }
    }

    /// A request was answered.
    pub(crate) fn on_response<O>(
        &mut self,
        now: Now,
        node: &NodeRef,
        correlation_id: i32,
        body: Response,
        fx: &mut Vec<ClientEffect<O>>,
    ) -> Vec<Note<T>> {
        let Some(connection) = self.connections.get_mut(node).filter(|c| c.is_up()) else {
            return Vec::new(); // a response that crossed our disconnect
        };
        let Some(answered) = connection.take(correlation_id, body.api_key()) else {
            // Responses come in the order of requests; a broker that breaks this cannot be understood.
            return self.abandon(now, node, fx);
        };
        match (answered.purpose, body) {
            (Purpose::Versions, Response::ApiVersions(response)) => {
                match connection.on_versions(answered.api_version, &response) {
                    connection::Negotiation::Done => {}
                    connection::Negotiation::Again(version) => self.ask_versions(now, node, version, fx),
                    connection::Negotiation::Impossible => return self.abandon(now, node, fx),
                }
                Vec::new()
            }
            (Purpose::Metadata, Response::Metadata(response)) => {
                let age_ms = i64::from(self.config.metadata_max_age_ms);
                let backoff_ms = i64::from(self.config.retry_backoff_ms);
                self.refresh.on_answered(now.monotonic.after_ms(backoff_ms), now.monotonic.after_ms(age_ms));
                self.metadata.update(&response, self.refresh.topics());
                vec![Note::MetadataUpdated]
            }
            (Purpose::FindCoordinator(group), Response::FindCoordinator(response)) => {
                let retry_at = self.retry_at(now, self.coordinators.failures(&group) + 1);
                self.coordinators.on_answered(&group, &response, retry_at);
                Vec::new()
            }
            (Purpose::Machine(tag), body) => {
                vec![Note::Answered { tag, api_version: answered.api_version, body }]
            }
            (_, body) => unreachable!("{:?} answers another API, which was excluded", body.api_key()),
        }
    }

    /// Closes a connection whose other end is silent or incomprehensible.
    fn abandon<O>(&mut self, now: Now, node: &NodeRef, fx: &mut Vec<ClientEffect<O>>) -> Vec<Note<T>> {
        fx.push(ClientEffect::Disconnect(node.clone()));
        self.on_disconnected(now, node)
    }

    /// Drops connections that have been silent for too long and keeps metadata fresh. To be called after every
    /// input.
    pub(crate) fn settle<O>(&mut self, now: Now, fx: &mut Vec<ClientEffect<O>>) -> Vec<Note<T>> {
        let late = |c: &Connection<Purpose<T>>| c.next_deadline().is_some_and(|at| at <= now.monotonic);
        let silent: Vec<NodeRef> =
            self.connections.iter().filter(|(_, c)| late(c)).map(|(node, _)| node.clone()).collect();
        let mut notes = Vec::new();
        for node in silent {
            notes.append(&mut self.abandon(now, &node, fx));
        }
        self.maybe_refresh_metadata(now, fx);
        self.maybe_find_coordinators(now, fx);
        notes
    }

    fn maybe_refresh_metadata<O>(&mut self, now: Now, fx: &mut Vec<ClientEffect<O>>) {
        if !self.refresh.is_due(now.monotonic) {
            return;
        }
        let Some(node) = self.any_broker(now, fx) else { return };
        let Some(version) = self.version(&node, ApiKey::Metadata, i16::MAX) else { return };
        let body = self.refresh.request(version, self.config.allow_auto_create_topics);
        self.refresh.in_flight = true;
        let timeout_ms = self.config.request_timeout_ms;
        self.transmit(now, &node, Some(Purpose::Metadata), version, body, timeout_ms, fx);
    }

    fn maybe_find_coordinators<O>(&mut self, now: Now, fx: &mut Vec<ClientEffect<O>>) {
        for group in self.coordinators.wanted(now.monotonic) {
            let Some(node) = self.any_broker(now, fx) else { return };
            let Some(version) = self.version(&node, ApiKey::FindCoordinator, i16::MAX) else { return };
            let body = self.coordinators.request(&group, version);
            let timeout_ms = self.config.request_timeout_ms;
            self.transmit(now, &node, Some(Purpose::FindCoordinator(group)), version, body, timeout_ms, fx);
        }
    }

    /// Says what metadata has to hold; asks for it if something new is wanted.
    pub(crate) fn set_topics(&mut self, topics: BTreeSet<Str>) {
        self.refresh.set_topics(topics);
    }

    /// Adds a topic to what metadata has to hold.
    pub(crate) fn add_topic(&mut self, topic: &Str) {
        self.refresh.add_topic(topic);
    }

    /// Asks for metadata anew, as soon as the backoff allows.
    pub(crate) fn refresh_metadata(&mut self) {
        self.refresh.want();
    }

    /// The connection to the coordinator of a group; begins to look for it if it is not known.
    ///
    /// # Errors
    /// The group has no coordinator and never will: what `FindCoordinator` answered.
    pub(crate) fn coordinator(
        &mut self,
        group: &Str,
        lane: Lane,
    ) -> Result<Option<NodeRef>, klamm_wire::ErrorCode> {
        Ok(self.coordinators.find(group)?.map(|node| node.on(lane)))
    }

    /// The coordinator of a group as far as it is known, with its id.
    pub(crate) fn known_coordinator(&self, group: &Str) -> Option<(BrokerId, NodeRef)> {
        self.coordinators.known(group)
    }

    /// Forgets the coordinator of a group after it said that it is none.
    pub(crate) fn forget_coordinator(&mut self, now: Now, group: &Str) {
        let retry_at = self.retry_at(now, 1);
        self.coordinators.forget(group, retry_at);
    }

    /// Closes every connection.
    pub(crate) fn close<O>(&mut self, fx: &mut Vec<ClientEffect<O>>) {
        for (node, connection) in core::mem::take(&mut self.connections) {
            if !connection.is_idle() {
                fx.push(ClientEffect::Disconnect(node));
            }
        }
        self.refresh = MetadataRefresh::default();
        self.coordinators = Coordinators::default();
    }

    /// When [`Cluster::settle`] has something to do without an input.
    pub(crate) fn next_deadline(&self) -> Option<Timestamp> {
        let silent = self.connections.values().filter_map(Connection::next_deadline).min();
        // What waits for a broker can go on when the first connection may be tried again.
        let retry = |at: Timestamp| {
            let idle = self.connections.values().filter(|c| c.is_idle()).map(|c| c.retry_at).min();
            let any_up = self.connections.values().any(|c| !c.is_idle());
            if any_up { at } else { at.max(idle.unwrap_or(at)) }
        };
        let refresh = self.refresh.next_deadline().map(retry);
        let coordinators = self.coordinators.next_deadline().map(retry);
        [silent, refresh, coordinators].into_iter().flatten().min()
    }

    /// When something that is due at `at` can go to any broker, as far as time decides.
    pub(crate) fn next_attempt(&self, at: Timestamp) -> Option<Timestamp> {
        let up = |connection: &Connection<_>| !connection.is_idle();
        if self.connections.values().any(up) {
            return None;
        }
        let first = self.connections.values().map(|connection| connection.retry_at).min();
        Some(at.max(first.unwrap_or(at)))
    }

    /// When something that is due at `at` can go to `node` as far as time decides; `None` while an answer or a
    /// connection is awaited, which comes as an input.
    pub(crate) fn can_send_at(
        &self,
        node: &NodeRef,
        at: Timestamp,
        max_in_flight: usize,
    ) -> Option<Timestamp> {
        match self.connections.get(node) {
            None => Some(at),
            Some(connection) if connection.is_idle() => Some(at.max(connection.retry_at)),
            Some(connection) if connection.is_ready() && connection.in_flight.len() < max_in_flight => {
                Some(at)
            }
            Some(_) => None,
        }
    }
}
