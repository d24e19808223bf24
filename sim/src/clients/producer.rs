//! A producer: batches, several in flight, retries that keep the order.

use std::collections::VecDeque;

use bytes::Bytes;
use klamm_core::types::LeaderEpoch;
use klamm_wire::messages::produce_request::{PartitionProduceData, TopicProduceData};
use klamm_wire::messages::produce_response::TopicProduceResponse;
use klamm_wire::messages::{InitProducerIdRequest, ProduceRequest, ProduceResponse, Response};
use klamm_wire::{ErrorCode, Records, Uuid};

use super::cluster::{Cluster, ClusterConfig, News};
use super::record::{BatchProducer, RecordId, encode};
use super::{ClientEffect, ClientInput, SimClient};
use crate::checkers::Check;
use crate::clock::{Time, WALL_START_MS};
use crate::coverage::Point;
use crate::ledger::{Ledger, Level, PartitionId};
use crate::network::{NodeId, Stamp};
use crate::random::Stream;

/// How a producer behaves.
#[derive(Clone, Debug)]
pub struct ProducerConfig {
    /// Index in the ledger.
    pub producer: u32,
    /// Sequences, and no record twice.
    pub idempotent: bool,
    /// -1, 0 or 1.
    pub acks: i16,
    /// Version of Produce, 3 to 13.
    pub api_version: i16,
    /// Requests in flight to one node, and batches in flight of one partition; 1 without idempotence.
    pub in_flight_max: usize,
    /// Send to a new leader only when everything sent to the old one has come back.
    pub waits_for_old_leader: bool,
    /// Where it writes.
    pub partitions: Vec<PartitionId>,
    /// Records per batch, at most.
    pub batch_records_max: u32,
    /// Filler bytes per record, at most.
    pub filler_max: u32,
    /// Milliseconds between batches, at most.
    pub pause_ms_max: u64,
    /// It ends after so many records.
    pub records: u32,
}

/// What a request was for.
#[derive(Clone, Debug)]
enum Purpose {
    Init,
    /// Batches by queue and number of their first record.
    Produce(Vec<(usize, u32)>),
}

#[derive(Clone, Debug)]
struct Batch {
    first: u32,
    count: u32,
    timestamp: i64,
    /// Set when it is first sent; repeated as it is.
    sealed: Option<Sealed>,
    /// The node that has it and has not answered.
    in_flight: Option<NodeId>,
}

/// How many batches of a producer a leader remembers, to know one that comes again. A client that counts only what is
/// in flight, and not what lies behind the oldest batch, may have one refused as out of order that is in the log.
const BATCHES_REMEMBERED: u64 = 5;

#[derive(Clone, Debug)]
struct Sealed {
    bytes: Bytes,
    times_sent: u32,
    /// Where the log was known to end when it was sent last.
    known_end: i64,
    /// The newest promise about what comes before it, when it was sent first.
    promised_before: Option<(Stamp, i32)>,
    /// When that was.
    since: Stamp,
    /// How many batches of its queue were sealed before it.
    ordinal: u64,
}

/// What a batch was answered with.
#[derive(Clone, Copy, Debug)]
struct Outcome {
    error: ErrorCode,
    base_offset: i64,
    /// The leader epoch of its first record there, as the world knows it; -1 if it does not.
    epoch: LeaderEpoch,
}

#[derive(Clone, Debug)]
struct Queue {
    partition: PartitionId,
    batches: VecDeque<Batch>,
    /// How many were given sequences.
    sealed: u64,
    next_sequence: i32,
    /// What the node had lived through when it acknowledged the newest batch of these sequences.
    promised: Option<(Stamp, i32)>,
    /// A batch failed: nothing more is sent until all others in flight are back.
    draining: bool,
    /// A batch failed: nothing more is sent before.
    retry_at: Option<Time>,
}

impl Queue {
    fn in_flight(&self) -> usize {
        self.batches.iter().filter(|batch| batch.in_flight.is_some()).count()
    }

    /// Whether the oldest batch that is not acknowledged would be forgotten by its leader if another one were sent.
    fn is_far(&self) -> bool {
        let oldest = self.batches.front().and_then(|batch| batch.sealed.as_ref());
        let unsent = self.batches.iter().find(|batch| batch.in_flight.is_none());
        let is_new = unsent.is_some_and(|batch| batch.sealed.is_none());
        is_new && oldest.is_some_and(|oldest| self.sealed - oldest.ordinal >= BATCHES_REMEMBERED)
    }

    fn has_unsent(&self) -> bool {
        self.batches.iter().any(|batch| batch.in_flight.is_none())
    }
}

/// A producer of the workload.
#[derive(Clone, Debug)]
pub struct Producer {
    config: ProducerConfig,
    cluster: Cluster<Purpose>,
    identity: Option<(i64, i16)>,
    asking_identity: bool,
    queues: Vec<Queue>,
    next_number: u32,
    next_batch_at: Time,
    /// Nothing is sent before.
    retry_at: Option<Time>,
    ending: bool,
    random: Stream,
}

impl Producer {
    /// A producer that starts at `start` and knows these brokers.
    pub fn new(seed: u64, start: Time, bootstrap: &[NodeId], config: ProducerConfig) -> Self {
        assert!(config.idempotent || config.in_flight_max == 1, "only sequences keep an order in flight");
        let number = u64::from(config.producer);
        let queue = |partition: &PartitionId| Queue {
            partition: *partition,
            batches: VecDeque::new(),
            sealed: 0,
            next_sequence: 0,
            promised: None,
            draining: false,
            retry_at: None,
        };
        let cluster = ClusterConfig {
            name: "producer",
            number,
            bootstrap,
            timeout_ms: 2500,
            partitions: &config.partitions,
        };
        Self {
            cluster: Cluster::new(seed, start, &cluster),
            identity: None,
            asking_identity: false,
            queues: config.partitions.iter().map(queue).collect(),
            next_number: 0,
            next_batch_at: start,
            retry_at: None,
            ending: false,
            random: Stream::numbered(seed, "producer", number),
            config,
        }
    }

    fn id(&self, number: u32) -> RecordId {
        RecordId { producer: self.config.producer, number }
    }

    /// Puts a new batch into one of the queues.
    fn create_batch(&mut self, now: Time, ledger: &mut Ledger) {
        let left = self.config.records - self.next_number;
        let count = u32::try_from(self.random.scaled(1, u64::from(self.config.batch_records_max)))
            .expect("small")
            .min(left);
        let queue = self.random.index(self.queues.len());
        let timestamp = WALL_START_MS + i64::try_from(now.as_ms()).expect("a short run");
        let first = self.next_number;
        for number in first..first + count {
            ledger.sent(self.id(number), self.queues[queue].partition, timestamp);
        }
        self.next_number += count;
        let batch = Batch { first, count, timestamp, sealed: None, in_flight: None };
        self.queues[queue].batches.push_back(batch);
        self.next_batch_at = now.after_ms(self.random.below(self.config.pause_ms_max + 1));
    }

    fn is_creating(&self) -> bool {
        !self.ending && self.next_number < self.config.records && self.waiting() < 20
    }

    fn waiting(&self) -> usize {
        self.queues.iter().map(|queue| queue.batches.len()).sum()
    }

    /// Creates and sends whatever may be created and sent now.
    fn pump(&mut self, now: Time, ledger: &mut Ledger, fx: &mut Vec<ClientEffect>) {
        while self.is_creating() && self.next_batch_at <= now {
            self.create_batch(now, ledger);
        }
        self.cluster.keep_up(now, ledger, fx);
        for queue in &mut self.queues {
            queue.retry_at = queue.retry_at.filter(|at| *at > now);
        }
        if self.retry_at.is_some_and(|at| at > now) {
            return;
        }
        self.retry_at = None;
        if self.config.idempotent && self.identity.is_none() {
            return self.ask_identity(now, fx);
        }
        for index in 0..self.queues.len() {
            if let Some(node) = self.target(index) {
                while self.cluster.in_flight(node) < self.config.in_flight_max
                    && self.send_next(now, node, ledger, fx)
                {}
            }
        }
    }

    fn ask_identity(&mut self, now: Time, fx: &mut Vec<ClientEffect>) {
        let Some(node) = self.cluster.anyone().filter(|_| !self.asking_identity) else { return };
        self.asking_identity = true;
        let request = InitProducerIdRequest {
            transactional_id: None,
            transaction_timeout_ms: 60_000,
            producer_id: -1,
            producer_epoch: -1,
            ..InitProducerIdRequest::default()
        };
        self.cluster.send(now, node, 4, request, Purpose::Init, fx);
    }

    /// Where the next batch of a queue may be sent now.
    fn target(&self, index: usize) -> Option<NodeId> {
        let queue = &self.queues[index];
        if queue.retry_at.is_some() || !queue.has_unsent() {
            return None;
        }
        let leader = self.cluster.leader(queue.partition)?;
        let in_flight = queue.in_flight();
        // A node that knows nothing of a producer takes any sequence: if the first batch were refused for
        // now, the one behind it would be taken in its place. So the first batch travels alone.
        let alone = self.config.idempotent && queue.promised.is_none();
        let elsewhere = queue.batches.iter().any(|batch| batch.in_flight.is_some_and(|node| node != leader));
        let waits = in_flight > 0 && (queue.draining || alone)
            || elsewhere && self.config.waits_for_old_leader
            || in_flight >= self.config.in_flight_max
            || self.config.idempotent && queue.is_far();
        (!waits).then_some(leader)
    }

    /// Sends one request to a node, with the next batch of one or more queues.
    fn send_next(
        &mut self,
        now: Time,
        node: NodeId,
        ledger: &mut Ledger,
        fx: &mut Vec<ClientEffect>,
    ) -> bool {
        let mut chosen = Vec::new();
        for index in 0..self.queues.len() {
            if self.target(index) != Some(node) {
                continue;
            }
            let queue = &mut self.queues[index];
            queue.draining = false;
            let unsent = queue.batches.iter().position(|batch| batch.in_flight.is_none());
            if chosen.is_empty() || self.random.chance(300_000) {
                chosen.push((index, unsent.expect("a target has something to send")));
            }
        }
        if chosen.is_empty() {
            return false;
        }
        let mut request =
            ProduceRequest { acks: self.config.acks, timeout_ms: 1500, ..ProduceRequest::default() };
        let mut purpose = Vec::new();
        for (queue, position) in chosen {
            let bytes = self.seal(queue, position, ledger);
            let Some(topic) = self.topic_data(queue, bytes, ledger) else { continue };
            purpose.push((queue, self.queues[queue].batches[position].first));
            // Topics with several partitions stand in the request once.
            let same =
                |other: &&mut TopicProduceData| other.name == topic.name && other.topic_id == topic.topic_id;
            match request.topic_data.iter_mut().find(same) {
                Some(other) => other.partition_data.extend(topic.partition_data),
                None => request.topic_data.push(topic),
            }
        }
        if purpose.is_empty() {
            self.retry_at = Some(now.after_ms(20));
            return false;
        }
        if self.config.acks == 0 {
            for (queue, first) in purpose {
                self.queues[queue].batches.retain(|batch| batch.first != first);
            }
            self.cluster.send_silently(node, self.config.api_version, request, fx);
            return true;
        }
        for (queue, first) in &purpose {
            let batch = self.queues[*queue].batches.iter_mut().find(|batch| batch.first == *first);
            batch.expect("just chosen").in_flight = Some(node);
        }
        self.cluster.send(now, node, self.config.api_version, request, Purpose::Produce(purpose), fx);
        true
    }

    /// The topic entry for one batch; `None` while the topic's id is not known and needed.
    fn topic_data(&self, queue: usize, bytes: Bytes, ledger: &Ledger) -> Option<TopicProduceData> {
        let name = &ledger.partitions[self.queues[queue].partition].name;
        let by_id = self.config.api_version >= 13;
        let known = ledger.topics.get(&name.topic).and_then(|topic| topic.id);
        let data = PartitionProduceData { index: name.partition, records: Some(Records::from(bytes)) };
        Some(TopicProduceData {
            name: if by_id { "".into() } else { name.topic.clone() },
            topic_id: if by_id { known? } else { Uuid::ZERO },
            partition_data: vec![data],
        })
    }

    /// The bytes of a batch: made when it is first sent, with the next sequence, and the same ever after.
    fn seal(&mut self, queue: usize, position: usize, ledger: &mut Ledger) -> Bytes {
        let producer = self.config.producer;
        let filler_max = self.config.filler_max;
        let queue = &mut self.queues[queue];
        let batch = &mut queue.batches[position];
        let sealed = batch.sealed.get_or_insert_with(|| {
            let identity = match self.identity {
                Some((id, epoch)) => BatchProducer { id, epoch, base_sequence: queue.next_sequence },
                None => BatchProducer::NONE,
            };
            queue.next_sequence += i32::try_from(batch.count).expect("small");
            let first = RecordId { producer, number: batch.first };
            let bytes = encode(first, batch.count, batch.timestamp, identity, filler_max);
            let since = Stamp { moment: ledger.moment, ..Stamp::default() };
            let promised_before = queue.promised.clone();
            let ordinal = queue.sealed;
            queue.sealed += 1;
            Sealed { bytes, times_sent: 0, known_end: 0, promised_before, since, ordinal }
        });
        if sealed.times_sent > 0 {
            ledger.coverage.hit(Point::Retried);
        }
        sealed.times_sent += 1;
        sealed.known_end = ledger.partitions[queue.partition].known_end();
        sealed.bytes.clone()
    }

    fn on_lost(&mut self, purposes: Vec<Purpose>) {
        for purpose in purposes {
            match purpose {
                Purpose::Init => self.asking_identity = false,
                Purpose::Produce(batches) => {
                    for (queue, first) in batches {
                        if let Some(batch) = self.batch(queue, first) {
                            batch.in_flight = None;
                        }
                    }
                }
            }
        }
    }

    fn batch(&mut self, queue: usize, first: u32) -> Option<&mut Batch> {
        self.queues[queue].batches.iter_mut().find(|batch| batch.first == first)
    }

    fn on_answer(
        &mut self,
        now: Time,
        purpose: Purpose,
        response: Response,
        stamp: Stamp,
        ledger: &mut Ledger,
    ) {
        match (purpose, response) {
            (Purpose::Init, Response::InitProducerId(answer)) => {
                self.asking_identity = false;
                if answer.error_code.is_none() {
                    self.identity = Some((answer.producer_id, answer.producer_epoch));
                } else {
                    self.retry_at = Some(now.after_ms(50));
                }
            }
            (Purpose::Produce(batches), Response::Produce(answer)) => {
                for (queue, first) in batches {
                    self.on_produced(now, queue, first, &answer, &stamp, ledger);
                }
            }
            (purpose, response) => {
                let sentence = format!("{purpose:?} was answered by {:?}", response.api_key());
                ledger.violate(Check::Reply, now, self.cluster.client_id().to_string(), sentence);
            }
        }
    }

    /// A request with one of our batches was answered.
    fn on_produced(
        &mut self,
        now: Time,
        queue: usize,
        first: u32,
        answer: &ProduceResponse,
        stamp: &Stamp,
        ledger: &mut Ledger,
    ) {
        let index = self.queues[queue].partition;
        let name = &ledger.partitions[index].name;
        let id = ledger.topics.get(&name.topic).and_then(|topic| topic.id);
        let is_topic = |topic: &TopicProduceResponse| {
            topic.name == name.topic || (id == Some(topic.topic_id) && topic.name.is_empty())
        };
        let partitions = answer
            .responses
            .iter()
            .flat_map(|topic| topic.partition_responses.iter().map(move |partition| (topic, partition)));
        let found = partitions
            .enumerate()
            .find(|(_, (topic, partition))| partition.index == name.partition && is_topic(topic));
        let Some((place, (_, partition))) = found else {
            let sentence = "a produce was answered without this partition";
            return ledger.violate(Check::Reply, now, name.to_string(), sentence);
        };
        let leader = &partition.current_leader;
        self.cluster.learn_leader(index, leader.leader_id, leader.leader_epoch);
        let outcome = Outcome {
            error: partition.error_code,
            base_offset: partition.base_offset,
            epoch: stamp.epochs.get(place).copied().unwrap_or(-1),
        };
        self.on_batch(now, queue, first, outcome, stamp, ledger);
    }

    /// One batch was answered.
    fn on_batch(
        &mut self,
        now: Time,
        queue: usize,
        first: u32,
        Outcome { error, base_offset, epoch }: Outcome,
        stamp: &Stamp,
        ledger: &mut Ledger,
    ) {
        let Some(position) = self.queues[queue].batches.iter().position(|batch| batch.first == first) else {
            return;
        };
        let batch = &mut self.queues[queue].batches[position];
        batch.in_flight = None;
        let (count, sealed) = (batch.count, batch.sealed.clone().expect("it was sent"));
        match error {
            ErrorCode::NONE | ErrorCode::DUPLICATE_SEQUENCE_NUMBER => {
                let told = error.is_none() && base_offset >= 0;
                if told && base_offset < sealed.known_end {
                    ledger.coverage.hit(Point::DuplicateAnswered);
                }
                let level = if self.config.acks == 1 { Level::Leader } else { Level::Committed };
                for delta in 0..count {
                    let offset = told.then(|| base_offset + i64::from(delta));
                    ledger.acknowledged(now, self.id(first + delta), offset, level, epoch, stamp);
                }
                self.queues[queue].promised = Some((stamp.clone(), epoch));
                self.queues[queue].batches.remove(position);
            }
            ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER if position > 0 => self.queues[queue].draining = true,
            error if error.is_retriable() && error != ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER => {
                self.cluster.on_error(now, error);
                let retry_at = now.after_ms(self.random.between(1, 100));
                self.queues[queue].draining = true;
                self.queues[queue].retry_at = Some(retry_at);
            }
            error => {
                let Queue { partition, promised, .. } = &self.queues[queue];
                let partition = *partition;
                let still = |(stamp, epoch): &(Stamp, i32)| ledger.still_stands(partition, stamp, *epoch);
                // What comes before it may be lost by contract, and then what comes behind it be taken first.
                let before = sealed.promised_before.iter().chain(promised);
                let stands =
                    before.into_iter().all(still) && ledger.still_stands(partition, &sealed.since, -1);
                if error == ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER && stands && !ledger.damaged {
                    // The batches before were acknowledged and still have to be there.
                    let object = format!("{} in {}", self.id(first), ledger.partitions[partition].name);
                    let sentence = "is next in line and was refused as out of order";
                    ledger.violate(Check::Dup, now, object, sentence);
                }
                if sealed.times_sent == 1 && error != ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER {
                    for delta in 0..count {
                        ledger.refused(self.id(first + delta));
                    }
                }
                self.queues[queue].batches.remove(position);
                self.begin_anew(ledger);
            }
        }
    }

    /// The node has lost its place in our sequences (or we broke them): what was ever sent stays unknown, what
    /// was not gets sequences of a new producer id.
    fn begin_anew(&mut self, ledger: &mut Ledger) {
        if !self.config.idempotent {
            return;
        }
        ledger.coverage.hit(Point::ProducerReset);
        self.identity = None;
        for queue in &mut self.queues {
            queue.batches.retain(|batch| batch.sealed.is_none());
            queue.next_sequence = 0;
            queue.promised = None;
            queue.draining = false;
            queue.retry_at = None;
        }
    }
}

impl SimClient for Producer {
    fn handle(&mut self, now: Time, input: ClientInput, ledger: &mut Ledger, fx: &mut Vec<ClientEffect>) {
        self.cluster.hear(now, input, ledger, fx);
        while let Some(news) = self.cluster.news() {
            match news {
                News::Lost(_, purposes) => self.on_lost(purposes),
                News::Answer(_, purpose, response, stamp) => {
                    self.on_answer(now, purpose, response, stamp, ledger);
                }
            }
        }
        self.pump(now, ledger, fx);
    }

    fn next_deadline(&self) -> Option<Time> {
        let create = self.is_creating().then_some(self.next_batch_at);
        // Without a connection there is nothing to try again on.
        let retries = self.queues.iter().filter(|queue| self.cluster.leader(queue.partition).is_some());
        let retries = retries.filter_map(|queue| queue.retry_at).min();
        let retry = self.retry_at.filter(|_| self.cluster.anyone().is_some());
        [self.cluster.next_deadline(), create, retries, retry].into_iter().flatten().min()
    }

    fn wind_down(&mut self, _now: Time) {
        self.ending = true;
    }

    fn is_done(&self) -> bool {
        self.waiting() == 0 && (self.ending || self.next_number == self.config.records)
    }

    fn describe(&self) -> String {
        let waiting = self.waiting();
        format!("{} (acks {}) with {waiting} batches to go", self.cluster.client_id(), self.config.acks)
    }

    fn clone_box(&self) -> Box<dyn SimClient> {
        Box::new(self.clone())
    }
}
