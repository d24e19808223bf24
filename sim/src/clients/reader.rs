//! A consumer by assignment: reads its partitions from their starts, in order, and reports what it sees.

use std::collections::BTreeMap;

use klamm_core::types::BrokerId;
use klamm_wire::messages::fetch_request::{FetchPartition, FetchTopic, ForgottenTopic};
use klamm_wire::messages::fetch_response::{LeaderIdAndEpoch, PartitionData};
use klamm_wire::messages::list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic};
use klamm_wire::messages::{FetchRequest, FetchResponse, ListOffsetsRequest, Response};
use klamm_wire::{ErrorCode, Records, Str, Uuid};

use super::cluster::{Cluster, ClusterConfig, News};
use super::record::decode;
use super::{ClientEffect, ClientInput, SimClient};
use crate::checkers::Check;
use crate::clock::Time;
use crate::coverage::Point;
use crate::ledger::{Ledger, PartitionId, Promise};
use crate::network::{NodeId, Stamp};
use crate::random::Stream;
use crate::world::address::rack_of;

/// How a consumer behaves.
#[derive(Clone, Debug)]
pub struct ReaderConfig {
    /// Tells consumers apart.
    pub number: u64,
    /// Version of Fetch, 4 to 17.
    pub api_version: i16,
    /// `client.rack`; empty for none.
    pub rack: String,
    /// Keep fetch sessions.
    pub sessions: bool,
    /// Tell the leader which epoch is believed to be its.
    pub epochs: bool,
    /// What it reads.
    pub partitions: Vec<PartitionId>,
    /// `fetch.max.bytes`.
    pub max_bytes: i32,
    /// `max.partition.fetch.bytes`.
    pub partition_max_bytes: i32,
    /// `fetch.min.bytes`.
    pub min_bytes: i32,
    /// `fetch.max.wait.ms`.
    pub max_wait_ms: i32,
    /// Begin again at the start now and then, so that cold data is read.
    pub rereads: bool,
}

#[derive(Clone, Debug)]
enum Purpose {
    Fetch { full: bool },
    Earliest(usize),
}

#[derive(Clone, Debug)]
struct Position {
    partition: PartitionId,
    next: i64,
    /// The offset that the fetch sessions of nodes know.
    told: BTreeMap<NodeId, i64>,
    /// The start of the log has to be asked for.
    lost: bool,
    /// The replica that the leader has named instead of itself, and until when it is believed.
    preferred: Option<(NodeId, Time)>,
}

/// What is under way with one node.
#[derive(Clone, Debug)]
struct Source {
    /// Id and epoch of the fetch session.
    session: (i32, i32),
    /// A fetch or a question is open.
    busy: bool,
    next_at: Time,
}

/// A consumer of the workload.
#[derive(Clone, Debug)]
pub struct Reader {
    config: ReaderConfig,
    cluster: Cluster<Purpose>,
    positions: Vec<Position>,
    /// By node.
    sources: Vec<Source>,
    start: Time,
    ending: bool,
    random: Stream,
}

impl Reader {
    /// A consumer that starts at `start` and knows these brokers.
    pub fn new(seed: u64, start: Time, bootstrap: &[NodeId], config: ReaderConfig) -> Self {
        let position = |partition: &PartitionId| Position {
            partition: *partition,
            next: 0,
            told: BTreeMap::new(),
            lost: false,
            preferred: None,
        };
        let cluster = ClusterConfig {
            name: "reader",
            number: config.number,
            bootstrap,
            timeout_ms: 3000,
            partitions: &config.partitions,
        };
        Self {
            cluster: Cluster::new(seed, start, &cluster),
            positions: config.partitions.iter().map(position).collect(),
            sources: Vec::new(),
            start,
            ending: false,
            random: Stream::numbered(seed, "reader", config.number),
            config,
        }
    }

    /// The session epoch of a first fetch.
    fn no_session(&self) -> (i32, i32) {
        (0, if self.config.sessions { 0 } else { -1 })
    }

    fn source(&mut self, node: NodeId) -> &mut Source {
        if self.sources.len() <= node {
            let fresh = Source { session: self.no_session(), busy: false, next_at: self.start };
            self.sources.resize(node + 1, fresh);
        }
        &mut self.sources[node]
    }

    fn pump(&mut self, now: Time, ledger: &Ledger, fx: &mut Vec<ClientEffect>) {
        self.cluster.keep_up(now, ledger, fx);
        if self.ending {
            return;
        }
        self.leave_old_replicas(now);
        for index in 0..self.positions.len() {
            let Some(node) = self.whom_to_ask(&self.positions[index]) else { continue };
            let source = self.source(node);
            if source.busy || source.next_at > now {
                continue;
            }
            let read = |position: &Position| self.whom_to_ask(position) == Some(node);
            match self.positions.iter().position(|position| position.lost && read(position)) {
                Some(lost) => self.ask_start(now, node, lost, ledger, fx),
                None => self.fetch(now, node, ledger, fx),
            }
        }
    }

    /// The replica that the leader has named, once it is connected; else the leader.
    fn whom_to_ask(&self, position: &Position) -> Option<NodeId> {
        match position.preferred.filter(|_| !position.lost) {
            Some((node, _)) => Some(node).filter(|node| self.cluster.is_up(*node)),
            None => self.cluster.leader(position.partition),
        }
    }

    /// The leaders are asked anew now and then, for there may be a better replica.
    fn leave_old_replicas(&mut self, now: Time) {
        for position in &mut self.positions {
            position.preferred = position.preferred.filter(|(_, until)| *until > now);
        }
        let named = self.positions.iter().filter_map(|position| Some(position.preferred?.0));
        self.cluster.keep_connected(named.collect());
    }

    fn ask_start(
        &mut self,
        now: Time,
        node: NodeId,
        index: usize,
        ledger: &Ledger,
        fx: &mut Vec<ClientEffect>,
    ) {
        let name = &ledger.partitions[self.positions[index].partition].name;
        let request = ListOffsetsRequest {
            replica_id: -1,
            topics: vec![ListOffsetsTopic {
                name: name.topic.clone(),
                partitions: vec![ListOffsetsPartition {
                    partition_index: name.partition,
                    current_leader_epoch: -1,
                    timestamp: -2,
                }],
            }],
            ..ListOffsetsRequest::default()
        };
        self.source(node).busy = true;
        self.cluster.send(now, node, 5, request, Purpose::Earliest(index), fx);
    }

    fn fetch(&mut self, now: Time, node: NodeId, ledger: &Ledger, fx: &mut Vec<ClientEffect>) {
        let (session_id, session_epoch) = self.source(node).session;
        let full = session_id == 0;
        let mut topics: Vec<FetchTopic> = Vec::new();
        let mut forgotten: Vec<ForgottenTopic> = Vec::new();
        for index in 0..self.positions.len() {
            let partition = self.positions[index].partition;
            let Some((topic, topic_id)) = self.topic(partition, ledger) else { continue };
            let number = ledger.partitions[partition].name.partition;
            let led = self.whom_to_ask(&self.positions[index]) == Some(node);
            let position = &mut self.positions[index];
            let known = position.told.remove(&node).filter(|_| !full);
            if !led {
                if known.is_some() {
                    forget(&mut forgotten, topic, topic_id, number);
                }
                continue;
            }
            position.told.insert(node, position.next);
            if known == Some(position.next) {
                continue;
            }
            let epoch = self.cluster.leader_epoch(partition);
            let partition = FetchPartition {
                partition: number,
                current_leader_epoch: if self.config.epochs { epoch } else { -1 },
                fetch_offset: position.next,
                log_start_offset: -1,
                partition_max_bytes: self.config.partition_max_bytes,
                ..FetchPartition::default()
            };
            match topics.iter_mut().find(|other| other.topic == topic && other.topic_id == topic_id) {
                Some(other) => other.partitions.push(partition),
                None => topics.push(FetchTopic { topic, topic_id, partitions: vec![partition] }),
            }
        }
        if full && topics.is_empty() {
            self.source(node).next_at = now.after_ms(50);
            return;
        }
        let has_sessions = self.config.api_version >= 7;
        let request = FetchRequest {
            max_wait_ms: self.config.max_wait_ms,
            min_bytes: self.config.min_bytes,
            max_bytes: self.config.max_bytes,
            session_id: if has_sessions { session_id } else { 0 },
            session_epoch: if has_sessions { session_epoch } else { -1 },
            topics,
            forgotten_topics_data: forgotten,
            rack_id: if self.config.api_version >= 11 { self.config.rack.as_str().into() } else { "".into() },
            ..FetchRequest::default()
        };
        self.source(node).busy = true;
        self.cluster.send(now, node, self.config.api_version, request, Purpose::Fetch { full }, fx);
    }

    /// How a topic is named in fetches: by name, or by id once it is known.
    fn topic(&self, partition: PartitionId, ledger: &Ledger) -> Option<(Str, Uuid)> {
        let name = &ledger.partitions[partition].name.topic;
        if self.config.api_version < 13 {
            return Some((name.clone(), Uuid::ZERO));
        }
        let id = ledger.topics.get(name).and_then(|topic| topic.id)?;
        Some(("".into(), id))
    }

    fn forget_session(&mut self, node: NodeId) {
        let fresh = self.no_session();
        self.source(node).session = fresh;
        self.forget_told(node);
    }

    fn forget_told(&mut self, node: NodeId) {
        for position in &mut self.positions {
            position.told.remove(&node);
        }
    }

    /// A session belongs to no connection: some readers go on with theirs on the next one, and learn there
    /// whether the node still has it and what it thinks was said last. They name every offset again, since
    /// nobody knows which of the requests under way has arrived.
    fn on_lost(&mut self, node: NodeId) {
        self.source(node).busy = false;
        for position in &mut self.positions {
            position.preferred = position.preferred.filter(|(preferred, _)| *preferred != node);
        }
        if self.random.chance(500_000) {
            self.forget_session(node);
        } else {
            self.forget_told(node);
        }
    }

    fn on_answer(
        &mut self,
        now: Time,
        node: NodeId,
        purpose: Purpose,
        response: Response,
        stamp: &Stamp,
        ledger: &mut Ledger,
    ) {
        self.source(node).busy = false;
        match (purpose, response) {
            (Purpose::Fetch { full }, Response::Fetch(answer)) => {
                self.on_fetched(now, node, full, answer, stamp, ledger);
            }
            (Purpose::Earliest(index), Response::ListOffsets(answer)) => {
                let found = answer.topics.first().and_then(|topic| topic.partitions.first());
                match found {
                    Some(partition) if partition.error_code.is_none() => {
                        let position = &mut self.positions[index];
                        ledger.start_told(now, position.partition, partition.offset, stamp);
                        position.next = partition.offset;
                        position.lost = false;
                    }
                    other => {
                        if let Some(partition) = other {
                            self.cluster.on_error(now, partition.error_code);
                        }
                        self.source(node).next_at = now.after_ms(50);
                    }
                }
            }
            (purpose, response) => {
                let sentence = format!("{purpose:?} was answered by {:?}", response.api_key());
                ledger.violate(Check::Reply, now, self.cluster.client_id().to_string(), sentence);
            }
        }
    }

    fn on_fetched(
        &mut self,
        now: Time,
        node: NodeId,
        full: bool,
        answer: FetchResponse,
        stamp: &Stamp,
        ledger: &mut Ledger,
    ) {
        if answer.error_code.is_error() {
            if matches!(
                answer.error_code,
                ErrorCode::FETCH_SESSION_ID_NOT_FOUND | ErrorCode::INVALID_FETCH_SESSION_EPOCH
            ) {
                ledger.coverage.hit(Point::SessionLost);
            }
            self.forget_session(node);
            self.source(node).next_at = now.after_ms(5);
            return;
        }
        if self.config.sessions && self.config.api_version >= 7 {
            let session = &mut self.source(node).session;
            *session = match (full, answer.session_id) {
                (_, 0) => (0, 0),
                (true, id) => (id, 1),
                (false, id) => (id, session.1 + 1),
            };
        }
        let by_id = self.config.api_version >= 13;
        for topic in &answer.responses {
            for data in &topic.partitions {
                let index = self.positions.iter().position(|position| {
                    let name = &ledger.partitions[position.partition].name;
                    let id = ledger.topics.get(&name.topic).and_then(|topic| topic.id);
                    let same = if by_id { id == Some(topic.topic_id) } else { name.topic == topic.topic };
                    same && name.partition == data.partition_index
                });
                match index {
                    Some(index) => self.on_partition(now, node, index, data, stamp, ledger),
                    None => {
                        let sentence = format!(
                            "a fetch was answered with partition {} of {}{:?}",
                            data.partition_index, topic.topic, topic.topic_id
                        );
                        ledger.violate(Check::Reply, now, self.cluster.client_id().to_string(), sentence);
                    }
                }
            }
        }
        if self.config.rereads && self.random.chance(20_000) {
            let index = self.random.index(self.positions.len());
            self.positions[index].next = ledger.partitions[self.positions[index].partition].start_seen;
        }
    }

    fn on_partition(
        &mut self,
        now: Time,
        node: NodeId,
        index: usize,
        data: &PartitionData,
        stamp: &Stamp,
        ledger: &mut Ledger,
    ) {
        let partition = self.positions[index].partition;
        let position = &self.positions[index];
        // Of a fetch that was sent before the partition, or this reader, moved elsewhere.
        if position.told.get(&node) != Some(&position.next) {
            return;
        }
        match data.error_code {
            ErrorCode::NONE if data.preferred_read_replica >= 0 => {
                return self.on_preferred(now, node, index, data.preferred_read_replica, ledger);
            }
            ErrorCode::NONE => {}
            // A follower may be behind what was read elsewhere: the leader knows better.
            ErrorCode::OFFSET_OUT_OF_RANGE if position.preferred.is_some() => {
                self.positions[index].preferred = None;
                self.source(node).next_at = now.after_ms(20);
                return;
            }
            ErrorCode::OFFSET_OUT_OF_RANGE => {
                ledger.coverage.hit(Point::OffsetOutOfRange);
                self.positions[index].lost = true;
                return;
            }
            error => {
                let pause_ms = self.random.between(10, 100);
                self.source(node).next_at = now.after_ms(pause_ms);
                self.cluster.on_error(now, error);
                self.positions[index].preferred = None;
                let LeaderIdAndEpoch { leader_id, leader_epoch } = data.current_leader;
                self.cluster.learn_leader(now, partition, (leader_id, leader_epoch), ledger);
                return;
            }
        }
        if data.log_start_offset >= 0 {
            ledger.start_told(now, partition, data.log_start_offset, stamp);
        }
        let bytes = data.records.as_ref().map(Records::to_bytes).unwrap_or_default();
        let batches = match decode(bytes) {
            Ok(batches) => batches,
            Err(sentence) => {
                if ledger.damaged {
                    ledger.coverage.hit(Point::DamageNoticed);
                    self.positions[index].lost = true;
                } else {
                    ledger.violate(Check::Vis, now, ledger.partitions[partition].name.to_string(), sentence);
                }
                return;
            }
        };
        let is_follower = self.positions[index].preferred.is_some_and(|(preferred, _)| preferred == node);
        if is_follower && !batches.is_empty() {
            ledger.coverage.hit(Point::FollowerRead);
        }
        let mut next = self.positions[index].next;
        for batch in &batches {
            for record in &batch.records {
                // A fetch in the middle of a batch returns the whole batch.
                if record.offset < next {
                    continue;
                }
                if record.offset > next && batch.base_offset > next {
                    self.check_gap(now, partition, next, record.offset, ledger);
                }
                if record.offset >= data.high_watermark && !ledger.damaged {
                    let object = format!("{} offset {}", ledger.partitions[partition].name, record.offset);
                    let sentence = format!("was read above the high watermark {}", data.high_watermark);
                    ledger.violate(Check::Vis, now, object, sentence);
                }
                if !batch.is_control() {
                    ledger.saw(now, partition, batch, record, stamp);
                }
                next = record.offset + 1;
            }
            next = next.max(batch.end);
        }
        self.positions[index].next = next;
    }

    /// The leader has named a replica to read from: another one than itself, and in the rack that was asked for.
    fn on_preferred(&mut self, now: Time, node: NodeId, index: usize, id: BrokerId, ledger: &mut Ledger) {
        ledger.coverage.hit(Point::SentToFollower);
        let Some(preferred) = self.cluster.node_of_broker(id) else { return };
        if preferred == node || rack_of(preferred) != self.config.rack {
            let object = ledger.partitions[self.positions[index].partition].name.to_string();
            let sentence =
                format!("n{node} sends a consumer in '{}' to broker {id}, n{preferred}", self.config.rack);
            ledger.violate(Check::Reply, now, object, sentence);
        }
        let until = now.after_ms(self.random.scaled(100, 5_000));
        self.positions[index].preferred = Some((preferred, until));
    }

    /// A consumer was given `to` where `from` was due: nothing that was promised may lie between.
    fn check_gap(&self, now: Time, partition: PartitionId, from: i64, to: i64, ledger: &mut Ledger) {
        let facts = &ledger.partitions[partition];
        if ledger.damaged {
            return;
        }
        if let Some((offset, Promise { id, .. })) = facts.acknowledged.range(from..to).next() {
            let object = format!("{} offset {offset}", facts.name);
            let sentence = format!("a consumer that had read up to {from} was given {to} next, past {id}");
            ledger.violate(Check::Vis, now, object, sentence);
        }
    }
}

/// Adds a partition to those that a fetch session is to drop.
fn forget(forgotten: &mut Vec<ForgottenTopic>, topic: Str, topic_id: Uuid, partition: i32) {
    match forgotten.iter_mut().find(|other| other.topic == topic && other.topic_id == topic_id) {
        Some(other) => other.partitions.push(partition),
        None => forgotten.push(ForgottenTopic { topic, topic_id, partitions: vec![partition] }),
    }
}

impl SimClient for Reader {
    fn handle(&mut self, now: Time, input: ClientInput, ledger: &mut Ledger, fx: &mut Vec<ClientEffect>) {
        self.cluster.hear(now, input, ledger, fx);
        while let Some(news) = self.cluster.news() {
            match news {
                News::Lost(node, _) => self.on_lost(node),
                News::Answer(node, purpose, response, stamp) => {
                    self.on_answer(now, node, purpose, response, &stamp, ledger);
                }
            }
        }
        self.pump(now, ledger, fx);
    }

    fn next_deadline(&self) -> Option<Time> {
        let waits = |position: &Position| {
            let Some(node) = self.whom_to_ask(position) else {
                return position.preferred.map(|(_, until)| until);
            };
            // A node it never heard of is fetched from at once.
            self.sources.get(node).filter(|source| !source.busy).map(|source| source.next_at)
        };
        let waits = self.positions.iter().filter(|_| !self.ending).filter_map(waits).min();
        [self.cluster.next_deadline(), waits].into_iter().flatten().min()
    }

    fn wind_down(&mut self, _now: Time) {
        self.ending = true;
    }

    fn is_done(&self) -> bool {
        self.sources.iter().all(|source| !source.busy)
    }

    fn describe(&self) -> String {
        let busy: Vec<usize> = (0..self.sources.len()).filter(|node| self.sources[*node].busy).collect();
        format!("{} waits for answers of {busy:?}", self.cluster.client_id())
    }

    fn clone_box(&self) -> Box<dyn SimClient> {
        Box::new(self.clone())
    }
}
