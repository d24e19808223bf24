//! How a client lives in a cluster: it knows some brokers by address, learns from metadata who leads what, keeps a
//! connection to each node it needs, and finds the coordinator of its group.
//!
//! Source for what an error code means to a client: Kafka's `Errors` with `InvalidMetadataException` and
//! `RefreshRetriableException`.

use std::collections::{BTreeMap, VecDeque};

use klamm_core::edge::ListenerKind;
use klamm_core::types::{BrokerId, LeaderEpoch};
use klamm_wire::messages::metadata_request::MetadataRequestTopic;
use klamm_wire::messages::metadata_response::MetadataResponsePartition;
use klamm_wire::messages::{FindCoordinatorRequest, MetadataRequest, MetadataResponse, Request, Response};
use klamm_wire::{ErrorCode, Str, Uuid};

use super::session::{Heard, Session};
use super::{ClientEffect, ClientInput};
use crate::checkers::Check;
use crate::clock::Time;
use crate::coverage::Point;
use crate::ledger::{Ledger, PartitionId};
use crate::network::{Link, NodeId, Stamp};
use crate::random::Stream;
use crate::world::address::resolve;

/// The pause between two questions for the same thing.
const BACKOFF_MS: u64 = 50;

/// What a request was for.
#[derive(Clone, Debug)]
enum Purpose<P> {
    Metadata,
    Coordinator,
    Own(P),
}

/// What a client has learned.
#[derive(Clone, Debug)]
pub(crate) enum News<P> {
    /// A node has answered.
    Answer(NodeId, P, Response, Stamp),
    /// The connection to a node is gone, and with it the answers to these, oldest first. They may have been
    /// executed, or may be executed later.
    Lost(NodeId, Vec<P>),
}

/// Who leads a partition, as far as this client knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Leader {
    node: Option<NodeId>,
    epoch: LeaderEpoch,
}

/// The coordinator of a group or a transactional id.
#[derive(Clone, Debug)]
struct Coordinator {
    /// 0 for a group, 1 for a transactional id.
    key_type: i8,
    group: Str,
    node: Option<NodeId>,
    asking: bool,
}

/// How a client finds its way.
#[derive(Clone, Debug)]
pub(crate) struct ClusterConfig<'a> {
    /// Its client id; its random streams are named after it.
    pub(crate) name: &'a str,
    /// Tells clients of one kind apart.
    pub(crate) number: u64,
    /// Brokers it knows from the start.
    pub(crate) bootstrap: &'a [NodeId],
    /// How long it waits for connections and answers.
    pub(crate) timeout_ms: u64,
    /// Partitions whose leaders it needs.
    pub(crate) partitions: &'a [PartitionId],
}

/// A client's view of the cluster. `P` says what the owner's requests are for.
#[derive(Clone, Debug)]
pub(crate) struct Cluster<P> {
    client_id: Str,
    timeout_ms: u64,
    seed: u64,
    bootstrap: Vec<NodeId>,
    /// By node.
    sessions: Vec<Option<Session<Purpose<P>>>>,
    /// Nodes that have to be connected; each has a session.
    needed: Vec<NodeId>,
    links: Link,
    brokers: BTreeMap<BrokerId, NodeId>,
    leaders: BTreeMap<PartitionId, Leader>,
    coordinator: Option<Coordinator>,
    /// Whom it asks what any node can answer.
    contact: Option<NodeId>,
    /// Nodes that the owner wants to be connected to.
    guests: Vec<NodeId>,
    /// Metadata has to be asked for, not before `ask_at`.
    stale: bool,
    asking: bool,
    ask_at: Time,
    /// However fresh it seems, metadata is asked for anew then.
    refresh_at: Time,
    metadata_max_age_ms: u64,
    news: VecDeque<News<P>>,
    random: Stream,
}

impl<P> Cluster<P> {
    /// A client that connects from `start` on.
    pub(crate) fn new(seed: u64, start: Time, config: &ClusterConfig<'_>) -> Self {
        assert!(!config.bootstrap.is_empty(), "a client knows at least one broker");
        let mut random = Stream::numbered(seed, &format!("{} cluster", config.name), config.number);
        let unknown = Leader { node: None, epoch: -1 };
        Self {
            client_id: format!("{}-{}", config.name, config.number).into(),
            timeout_ms: config.timeout_ms,
            seed,
            bootstrap: config.bootstrap.to_vec(),
            sessions: Vec::new(),
            needed: Vec::new(),
            links: 0,
            brokers: BTreeMap::new(),
            leaders: config.partitions.iter().map(|partition| (*partition, unknown)).collect(),
            coordinator: None,
            contact: None,
            guests: Vec::new(),
            stale: true,
            asking: false,
            ask_at: start,
            refresh_at: start,
            metadata_max_age_ms: random.scaled(1_000, 30_000),
            news: VecDeque::new(),
            random,
        }
    }

    /// Looks for the coordinator of a group from now on.
    pub(crate) fn coordinated_by(mut self, group: Str) -> Self {
        self.coordinator = Some(Coordinator { key_type: 0, group, node: None, asking: false });
        self
    }

    /// Looks for the coordinator of a transactional id from now on.
    pub(crate) fn coordinated_by_transaction(mut self, id: Str) -> Self {
        self.coordinator = Some(Coordinator { key_type: 1, group: id, node: None, asking: false });
        self
    }

    pub(crate) fn client_id(&self) -> &Str {
        &self.client_id
    }

    /// The leader of a partition, if it is known and connected.
    pub(crate) fn leader(&self, partition: PartitionId) -> Option<NodeId> {
        self.leaders.get(&partition)?.node.filter(|node| self.is_up(*node))
    }

    /// The epoch the leader of a partition leads in, as far as is known; -1 if it is not.
    pub(crate) fn leader_epoch(&self, partition: PartitionId) -> LeaderEpoch {
        self.leaders.get(&partition).map_or(-1, |leader| leader.epoch)
    }

    /// The coordinator, if it is known and connected.
    pub(crate) fn coordinator(&self) -> Option<NodeId> {
        self.coordinator.as_ref()?.node.filter(|node| self.is_up(*node))
    }

    /// A node that answers what any node can answer.
    pub(crate) fn anyone(&self) -> Option<NodeId> {
        self.contact.filter(|node| self.is_up(*node))
    }

    fn session(&self, node: NodeId) -> Option<&Session<Purpose<P>>> {
        self.sessions.get(node)?.as_ref()
    }

    fn session_mut(&mut self, node: NodeId) -> &mut Session<Purpose<P>> {
        self.sessions[node].as_mut().expect("a node that was needed once has a session")
    }

    /// Whether a node is connected.
    pub(crate) fn is_up(&self, node: NodeId) -> bool {
        self.session(node).is_some_and(Session::is_up)
    }

    /// Requests to a node without an answer yet.
    pub(crate) fn in_flight(&self, node: NodeId) -> usize {
        self.session(node).map_or(0, Session::in_flight)
    }

    /// What an error code of a partition means for what is known of the cluster.
    pub(crate) fn on_error(&mut self, now: Time, error: ErrorCode) {
        match error {
            ErrorCode::NOT_LEADER_OR_FOLLOWER
            | ErrorCode::UNKNOWN_TOPIC_OR_PARTITION
            | ErrorCode::LEADER_NOT_AVAILABLE
            | ErrorCode::LISTENER_NOT_FOUND
            | ErrorCode::FENCED_LEADER_EPOCH
            | ErrorCode::UNKNOWN_LEADER_EPOCH
            | ErrorCode::UNKNOWN_TOPIC_ID
            | ErrorCode::INCONSISTENT_TOPIC_ID
            | ErrorCode::KAFKA_STORAGE_ERROR
            | ErrorCode::REPLICA_NOT_AVAILABLE => self.mark_stale(now),
            ErrorCode::COORDINATOR_NOT_AVAILABLE
            | ErrorCode::NOT_COORDINATOR
            | ErrorCode::COORDINATOR_LOAD_IN_PROGRESS => self.lose_coordinator(now),
            // Plain trying again, or final.
            _ => {}
        }
    }

    fn mark_stale(&mut self, now: Time) {
        if !self.stale {
            self.stale = true;
            self.ask_at = self.ask_at.max(now);
        }
    }

    /// The coordinator is somebody else now, or nobody.
    pub(crate) fn lose_coordinator(&mut self, now: Time) {
        if let Some(coordinator) = &mut self.coordinator {
            coordinator.node = None;
            self.ask_at = self.ask_at.max(now);
            self.see_who_is_needed();
        }
    }

    /// Asks another node from now on what any node can answer.
    pub(crate) fn change_contact(&mut self) {
        self.contact = None;
        self.see_who_is_needed();
    }

    /// Keeps connections to these nodes, too.
    pub(crate) fn keep_connected(&mut self, guests: Vec<NodeId>) {
        if self.guests != guests {
            self.guests = guests;
            self.see_who_is_needed();
        }
    }

    /// Where a broker is, if this client has heard of it.
    pub(crate) fn node_of_broker(&self, id: BrokerId) -> Option<NodeId> {
        self.brokers.get(&id).copied()
    }

    /// An answer says who leads a partition now (KIP-951).
    pub(crate) fn learn_leader(
        &mut self,
        now: Time,
        partition: PartitionId,
        (id, epoch): (BrokerId, LeaderEpoch),
        ledger: &mut Ledger,
    ) {
        if epoch >= 0 {
            ledger.coverage.hit(Point::LeaderTold);
            ledger.leader_told(now, partition, id, epoch);
        }
        if let Some(node) = self.brokers.get(&id).copied()
            && self.leaders.get(&partition).is_some_and(|leader| leader.epoch < epoch)
        {
            self.leaders.insert(partition, Leader { node: Some(node), epoch });
            self.see_who_is_needed();
        }
    }

    /// Takes an input; what it means for the owner is told by [`news`](Self::news).
    pub(crate) fn hear(
        &mut self,
        now: Time,
        input: ClientInput,
        ledger: &mut Ledger,
        fx: &mut Vec<ClientEffect>,
    ) {
        match input {
            ClientInput::Wake => {
                for node in 0..self.sessions.len() {
                    if self.sessions[node].is_some() {
                        self.tell(now, node, ClientInput::Wake, ledger, fx);
                    }
                }
            }
            ClientInput::Connected(link) | ClientInput::Closed(link) | ClientInput::Response { link, .. } => {
                // Other links were given up.
                let owns = |session: &Option<Session<_>>| session.as_ref().is_some_and(|it| it.owns(link));
                if let Some(node) = self.sessions.iter().position(owns) {
                    self.tell(now, node, input, ledger, fx);
                }
            }
        }
    }

    /// What the owner has not heard yet.
    pub(crate) fn news(&mut self) -> Option<News<P>> {
        self.news.pop_front()
    }

    fn tell(
        &mut self,
        now: Time,
        node: NodeId,
        input: ClientInput,
        ledger: &mut Ledger,
        fx: &mut Vec<ClientEffect>,
    ) {
        match self.session_mut(node).hear(now, input, fx) {
            Heard::Nothing => {}
            Heard::Lost(purposes) => self.on_lost(now, node, purposes),
            Heard::Answer(Purpose::Own(purpose), response, stamp) => {
                self.news.push_back(News::Answer(node, purpose, response, stamp));
            }
            Heard::Answer(Purpose::Metadata, Response::Metadata(answer), _) => {
                self.on_metadata(now, &answer, ledger);
            }
            Heard::Answer(Purpose::Coordinator, Response::FindCoordinator(answer), _) => {
                let coordinator = self.coordinator.as_mut().expect("it was asked for");
                coordinator.asking = false;
                let found = answer.error_code.is_none().then(|| node_of(&answer.host, answer.port)).flatten();
                if found.is_none() {
                    self.ask_at = now.after_ms(BACKOFF_MS);
                }
                coordinator.node = found;
                self.see_who_is_needed();
            }
            Heard::Answer(_, response, _) => {
                let sentence = format!("something else was answered by {:?}", response.api_key());
                ledger.violate(Check::Reply, now, self.client_id.to_string(), sentence);
            }
        }
    }

    fn on_lost(&mut self, now: Time, node: NodeId, purposes: Vec<Purpose<P>>) {
        if self.contact == Some(node) {
            self.contact = None;
        }
        self.mark_stale(now);
        let mut own = Vec::new();
        for purpose in purposes {
            match purpose {
                Purpose::Metadata => self.asking = false,
                Purpose::Coordinator => {
                    self.coordinator.as_mut().expect("it was asked for").asking = false;
                }
                Purpose::Own(purpose) => own.push(purpose),
            }
        }
        if self.coordinator.as_ref().is_some_and(|coordinator| coordinator.node == Some(node)) {
            self.lose_coordinator(now);
        }
        self.news.push_back(News::Lost(node, own));
        self.see_who_is_needed();
    }

    fn on_metadata(&mut self, now: Time, answer: &MetadataResponse, ledger: &mut Ledger) {
        self.asking = false;
        self.ask_at = now.after_ms(BACKOFF_MS);
        self.refresh_at = now.after_ms(self.metadata_max_age_ms);
        for broker in &answer.brokers {
            match node_of(&broker.host, broker.port) {
                Some(node) => drop(self.brokers.insert(broker.node_id, node)),
                None => {
                    let sentence = format!("broker {} is at {}:{}", broker.node_id, broker.host, broker.port);
                    ledger.violate(Check::Meta, now, self.client_id.to_string(), sentence);
                }
            }
        }
        check_in_sync(now, answer, &self.client_id, ledger);
        let mut complete = true;
        let mut told = Vec::new();
        for (partition, leader) in &mut self.leaders {
            let name = &ledger.partitions[*partition].name;
            let topic = answer.topics.iter().find(|topic| topic.name.as_ref() == Some(&name.topic));
            let mut data = topic.into_iter().flat_map(|topic| &topic.partitions);
            let data = data.find(|data| data.partition_index == name.partition);
            if let Some(data) = data.filter(|data| data.leader_id >= 0) {
                told.push((*partition, data.leader_id, data.leader_epoch));
            }
            let learned = data.and_then(|data| learned(data, &self.brokers));
            match learned {
                // An answer of a broker that is behind says nothing.
                Some(learned) if learned.epoch >= leader.epoch => {
                    if learned.node != leader.node && leader.node.is_some() {
                        ledger.coverage.hit(Point::LeaderMoved);
                    }
                    *leader = learned;
                }
                Some(_) => complete = false,
                None => {
                    leader.node = None;
                    complete = false;
                }
            }
        }
        for (partition, id, epoch) in told {
            ledger.leader_told(now, partition, id, epoch);
        }
        self.stale = !complete;
        self.see_who_is_needed();
    }

    /// Asks for what has to be known, and connects to whoever is needed.
    pub(crate) fn keep_up(&mut self, now: Time, ledger: &Ledger, fx: &mut Vec<ClientEffect>) {
        if now >= self.refresh_at {
            self.mark_stale(now);
        }
        if self.contact.is_none() && self.ask_at <= now {
            self.pick_contact();
        }
        if let Some(contact) = self.anyone().filter(|_| self.ask_at <= now) {
            if self.stale && !self.asking {
                self.asking = true;
                let request = self.metadata_request(ledger);
                self.send_as(now, contact, 12, request, Purpose::Metadata, fx);
            }
            self.ask_for_coordinator(now, contact, fx);
        }
        for index in 0..self.needed.len() {
            let (node, link) = (self.needed[index], self.links + 1);
            let session = self.session_mut(node);
            if session.may_connect_at().is_some_and(|at| at <= now) {
                session.connect(now, link, fx);
                self.links = link;
            }
        }
    }

    fn pick_contact(&mut self) {
        let known: Vec<NodeId> = self.bootstrap.iter().chain(self.brokers.values()).copied().collect();
        self.contact = Some(*self.random.pick(&known));
        self.see_who_is_needed();
    }

    fn ask_for_coordinator(&mut self, now: Time, contact: NodeId, fx: &mut Vec<ClientEffect>) {
        let Some(coordinator) = &mut self.coordinator else { return };
        if coordinator.node.is_none() && !coordinator.asking {
            coordinator.asking = true;
            let key = coordinator.group.clone();
            let key_type = coordinator.key_type;
            let request = FindCoordinatorRequest { key, key_type, ..FindCoordinatorRequest::default() };
            self.send_as(now, contact, 3, request, Purpose::Coordinator, fx);
        }
    }

    fn metadata_request(&self, ledger: &Ledger) -> MetadataRequest {
        let mut names: Vec<Str> = Vec::new();
        for partition in self.leaders.keys() {
            let name = &ledger.partitions[*partition].name.topic;
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
        let topic = |name| MetadataRequestTopic { name: Some(name), topic_id: Uuid::ZERO };
        MetadataRequest {
            topics: Some(names.into_iter().map(topic).collect()),
            allow_auto_topic_creation: false,
            ..MetadataRequest::default()
        }
    }

    fn see_who_is_needed(&mut self) {
        let leaders = self.leaders.values().filter_map(|leader| leader.node);
        let coordinator = self.coordinator.as_ref().and_then(|coordinator| coordinator.node);
        self.needed.clear();
        self.needed.extend(leaders.chain(coordinator).chain(self.contact));
        self.needed.extend(&self.guests);
        self.needed.sort_unstable();
        self.needed.dedup();
        let last = self.needed.last().map_or(0, |node| node + 1);
        if self.sessions.len() < last {
            self.sessions.resize_with(last, || None);
        }
        for node in &self.needed {
            self.sessions[*node].get_or_insert_with(|| {
                let name = format!("{} session", self.client_id);
                let random = Stream::numbered(self.seed, &name, *node as u64);
                Session::new(*node, &self.client_id, self.timeout_ms, Time::default(), random)
            });
        }
    }

    /// When the client has to be woken for what this part of it does.
    pub(crate) fn next_deadline(&self) -> Option<Time> {
        let needed = self.needed.iter().filter_map(|node| self.session(*node));
        let reconnects = needed.filter_map(Session::may_connect_at);
        let patience = self.sessions.iter().flatten().filter_map(Session::next_deadline);
        let wants = (self.stale && !self.asking)
            || self.coordinator.as_ref().is_some_and(|it| it.node.is_none() && !it.asking);
        // Without a contact the next one is picked; without its connection there is nobody to ask.
        let ask = self.contact.is_none() || wants && self.anyone().is_some();
        let ask = ask.then_some(self.ask_at);
        let refresh = (!self.stale).then_some(self.refresh_at);
        reconnects.chain(patience).chain(ask).chain(refresh).min()
    }

    /// Sends a request to a node that is connected; `purpose` comes back with the answer.
    pub(crate) fn send(
        &mut self,
        now: Time,
        node: NodeId,
        api_version: i16,
        request: impl Into<Request>,
        purpose: P,
        fx: &mut Vec<ClientEffect>,
    ) {
        self.send_as(now, node, api_version, request, Purpose::Own(purpose), fx);
    }

    fn send_as(
        &mut self,
        now: Time,
        node: NodeId,
        api_version: i16,
        request: impl Into<Request>,
        purpose: Purpose<P>,
        fx: &mut Vec<ClientEffect>,
    ) {
        self.session_mut(node).send(now, api_version, request, purpose, fx);
    }

    /// Sends a request that is never answered.
    pub(crate) fn send_silently(
        &mut self,
        node: NodeId,
        api_version: i16,
        request: impl Into<Request>,
        fx: &mut Vec<ClientEffect>,
    ) {
        self.session_mut(node).send_silently(api_version, request, fx);
    }
}

/// META: who is in sync with a leader is alive; brokers that are fenced leave the ISR in the same step.
fn check_in_sync(now: Time, answer: &MetadataResponse, client: &Str, ledger: &mut Ledger) {
    if ledger.damaged {
        return;
    }
    for topic in &answer.topics {
        for partition in topic.partitions.iter().filter(|partition| partition.leader_id >= 0) {
            let is_alive = |id: &BrokerId| answer.brokers.iter().any(|broker| broker.node_id == *id);
            if let Some(id) = partition.isr_nodes.iter().find(|id| !is_alive(id)) {
                let (index, leader) = (partition.partition_index, partition.leader_id);
                let object = format!("{}-{index}", topic.name.as_deref().unwrap_or_default());
                let sentence =
                    format!("{client} is told that {leader} leads and {id} is in sync, which is not alive");
                ledger.violate(Check::Meta, now, object, sentence);
            }
        }
    }
}

fn node_of(host: &str, port: i32) -> Option<NodeId> {
    let (node, kind) = resolve(host, u16::try_from(port).ok()?)?;
    (kind == ListenerKind::Broker).then_some(node)
}

/// Who leads, if the answer names somebody who is known.
fn learned(data: &MetadataResponsePartition, brokers: &BTreeMap<BrokerId, NodeId>) -> Option<Leader> {
    let node = brokers.get(&data.leader_id).copied().filter(|_| data.error_code.is_none())?;
    Some(Leader { node: Some(node), epoch: data.leader_epoch })
}
