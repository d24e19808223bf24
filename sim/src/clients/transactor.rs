//! A producer of transactions that reads back what became of them.
//!
//! Each transaction writes one record to every partition of its topic, and commits or aborts. At the end the records
//! are read with `read_committed` and held against what was told: a transaction shows in all partitions or in none, a
//! committed one does, an aborted one does not. The last transaction of all is committed, and reading must come to the
//! end of the log: nothing stays open.
//!
//! Two versions of the protocol. In the older one an EndTxn whose answer is lost cannot be sent again: it might decide
//! the next transaction (KIP-890). So that producer begins anew, which fences whatever is still under way. The newer
//! one may send it again.

use std::collections::{BTreeMap, BTreeSet};

use klamm_wire::batch::{BatchBuilder, Batches, Codec};
use klamm_wire::messages::add_partitions_to_txn_request::AddPartitionsToTxnTopic;
use klamm_wire::messages::fetch_request::{FetchPartition, FetchTopic};
use klamm_wire::messages::fetch_response::PartitionData;
use klamm_wire::messages::produce_request::{PartitionProduceData, TopicProduceData};
use klamm_wire::messages::{
    AddPartitionsToTxnRequest, EndTxnRequest, FetchRequest, InitProducerIdRequest, ProduceRequest, Response,
};
use klamm_wire::{ErrorCode, Records, Str};

use super::cluster::{Cluster, ClusterConfig, News};
use super::{ClientEffect, ClientInput, SimClient};
use crate::checkers::Check;
use crate::checkers::transactions::{self, Transaction};
use crate::clock::{Time, WALL_START_MS};
use crate::coverage::Point;
use crate::ledger::{Ledger, PartitionId};
use crate::network::NodeId;
use crate::random::Stream;

#[derive(Clone, Copy, Debug)]
enum Purpose {
    Init,
    Add,
    /// One record, to the partition in this place.
    Produce(usize),
    End(bool),
    /// From the partition in this place.
    Fetch(usize),
}

/// What a transaction has come to, as far as its producer knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Told.
    Committed,
    /// Told, or never asked to be committed.
    Aborted,
    /// Asked to be committed, and not told.
    Unknown,
}

/// What is to be done next.
#[derive(Clone, Debug)]
enum Step {
    Init,
    Begin,
    Add,
    /// To these partitions, by place.
    Produce(BTreeSet<usize>),
    End(bool),
    Read,
    Done,
}

/// How a transactor behaves.
#[derive(Clone, Debug)]
pub struct TransactorConfig {
    /// Tells transactors apart, and names the transactional id.
    pub number: u64,
    /// Partitions of one topic that nobody else writes plain records to.
    pub partitions: Vec<PartitionId>,
    /// Speaks the version of the protocol in which an epoch lasts.
    pub is_old: bool,
    /// Transactions, at most.
    pub transactions: u32,
    /// `transaction.timeout.ms`.
    pub timeout_ms: i32,
    /// Milliseconds between steps, at most.
    pub pause_ms_max: u64,
}

/// A transactor of the workload.
#[derive(Clone, Debug)]
pub struct Transactor {
    config: TransactorConfig,
    id: Str,
    cluster: Cluster<Purpose>,
    /// An answer is waited for.
    busy: bool,
    step: Step,
    producer: (i64, i16),
    /// Next sequence, by place of the partition.
    sequences: Vec<i32>,
    transactions: Vec<Transaction>,
    /// Whether the transaction that is open is to be committed.
    commits: bool,
    /// By place of the partition.
    positions: Vec<i64>,
    /// Where what was acknowledged ends, as far as it is known.
    ends: Vec<i64>,
    /// Numbers of the transactions that show, with how often, by place of the partition.
    shown: Vec<BTreeMap<u32, u32>>,
    ending: bool,
    next_at: Time,
    random: Stream,
}

impl Transactor {
    /// A transactor that starts at `start` and knows these brokers.
    pub fn new(seed: u64, start: Time, bootstrap: &[NodeId], config: TransactorConfig) -> Self {
        let id: Str = format!("transactor-{}", config.number).into();
        let cluster = ClusterConfig {
            name: "transactor",
            number: config.number,
            bootstrap,
            timeout_ms: 2500,
            partitions: &config.partitions,
        };
        let count = config.partitions.len();
        Self {
            cluster: Cluster::new(seed, start, &cluster).coordinated_by_transaction(id.clone()),
            random: Stream::numbered(seed, "transactor", config.number),
            busy: false,
            step: Step::Init,
            producer: (-1, -1),
            sequences: vec![0; count],
            transactions: Vec::new(),
            commits: true,
            positions: vec![0; count],
            ends: vec![0; count],
            shown: vec![BTreeMap::new(); count],
            ending: false,
            next_at: start,
            id,
            config,
        }
    }

    fn pump(&mut self, now: Time, ledger: &mut Ledger, fx: &mut Vec<ClientEffect>) {
        self.cluster.keep_up(now, ledger, fx);
        if self.ending && (ledger.damaged || ledger.transactions_lost) {
            // A marker that is lost with the power leaves a transaction open that nobody knows of.
            self.step = Step::Done;
        }
        if self.busy || self.next_at > now {
            return;
        }
        match self.step.clone() {
            Step::Init => self.init(now, fx),
            Step::Begin => self.begin(now),
            Step::Add => self.add(now, ledger, fx),
            Step::Produce(left) => self.produce(now, &left, ledger, fx),
            Step::End(commit) => self.end(now, commit, fx),
            Step::Read => self.read(now, ledger, fx),
            Step::Done => {}
        }
    }

    fn begin(&mut self, now: Time) {
        let last = self.transactions.last().map(|last| last.outcome);
        let is_last = last == Some(Outcome::Committed) && self.ending;
        if is_last {
            self.step = Step::Read;
        } else if self.ending || self.transactions.len() < self.config.transactions as usize {
            self.commits = self.ending || self.random.chance(700_000);
            let (producer, is_old) = (self.producer, self.config.is_old);
            self.transactions.push(Transaction { outcome: Outcome::Aborted, producer, begun: now, is_old });
            let all = (0..self.config.partitions.len()).collect();
            self.step = if self.config.is_old { Step::Add } else { Step::Produce(all) };
        }
    }

    fn send(
        &mut self,
        now: Time,
        node: NodeId,
        version: i16,
        request: impl Into<klamm_wire::messages::Request>,
        purpose: Purpose,
        fx: &mut Vec<ClientEffect>,
    ) {
        self.busy = true;
        self.cluster.send(now, node, version, request, purpose, fx);
    }

    fn init(&mut self, now: Time, fx: &mut Vec<ClientEffect>) {
        let Some(node) = self.cluster.coordinator() else { return };
        let request = InitProducerIdRequest {
            transactional_id: Some(self.id.clone()),
            transaction_timeout_ms: self.config.timeout_ms,
            producer_id: -1,
            producer_epoch: -1,
            ..InitProducerIdRequest::default()
        };
        self.send(now, node, 4, request, Purpose::Init, fx);
    }

    fn add(&mut self, now: Time, ledger: &Ledger, fx: &mut Vec<ClientEffect>) {
        let Some(node) = self.cluster.coordinator() else { return };
        let names = self.config.partitions.iter().map(|partition| &ledger.partitions[*partition].name);
        let topic = names.clone().next().expect("it has partitions").topic.clone();
        let partitions = names.map(|name| name.partition).collect();
        let request = AddPartitionsToTxnRequest {
            v3_and_below_transactional_id: self.id.clone(),
            v3_and_below_producer_id: self.producer.0,
            v3_and_below_producer_epoch: self.producer.1,
            v3_and_below_topics: vec![AddPartitionsToTxnTopic { name: topic, partitions }],
            ..AddPartitionsToTxnRequest::default()
        };
        self.send(now, node, 3, request, Purpose::Add, fx);
    }

    fn number(&self) -> u32 {
        u32::try_from(self.transactions.len() - 1).expect("few transactions")
    }

    fn produce(&mut self, now: Time, left: &BTreeSet<usize>, ledger: &Ledger, fx: &mut Vec<ClientEffect>) {
        let Some(place) = left.first().copied() else {
            self.step = Step::End(self.commits);
            return self.end(now, self.commits, fx);
        };
        let partition = self.config.partitions[place];
        let Some(node) = self.cluster.leader(partition) else { return };
        let name = &ledger.partitions[partition].name;
        let value = format!("{} {}", self.config.number, self.number());
        let (producer_id, epoch) = self.producer;
        let batch = BatchBuilder::new(Codec::None).transactional();
        let mut batch = batch.producer(producer_id, epoch, self.sequences[place]);
        batch.append(
            WALL_START_MS + i64::try_from(now.as_ms()).expect("a short run"),
            None,
            Some(value.as_bytes()),
            &[],
        );
        let records = Some(Records::from(batch.build().expect("small")));
        let data = PartitionProduceData { index: name.partition, records };
        let request = ProduceRequest {
            transactional_id: Some(self.id.clone()),
            acks: -1,
            timeout_ms: 2000,
            topic_data: vec![TopicProduceData {
                name: name.topic.clone(),
                partition_data: vec![data],
                ..TopicProduceData::default()
            }],
        };
        let version = if self.config.is_old { 11 } else { 12 };
        self.send(now, node, version, request, Purpose::Produce(place), fx);
    }

    fn end(&mut self, now: Time, commit: bool, fx: &mut Vec<ClientEffect>) {
        let Some(node) = self.cluster.coordinator() else { return };
        if commit {
            // From now on it may be committed, whoever hears of it.
            self.transactions.last_mut().expect("one is open").outcome = Outcome::Unknown;
        }
        let request = EndTxnRequest {
            transactional_id: self.id.clone(),
            producer_id: self.producer.0,
            producer_epoch: self.producer.1,
            committed: commit,
        };
        let version = if self.config.is_old { 4 } else { 5 };
        self.send(now, node, version, request, Purpose::End(commit), fx);
    }

    fn read(&mut self, now: Time, ledger: &mut Ledger, fx: &mut Vec<ClientEffect>) {
        let unread = (0..self.positions.len()).find(|place| self.positions[*place] >= 0);
        let Some(place) = unread else {
            self.step = Step::Done;
            return transactions::check(ledger, now, self.config.number, &self.transactions, &self.shown);
        };
        let partition = self.config.partitions[place];
        let Some(node) = self.cluster.leader(partition) else { return };
        let name = &ledger.partitions[partition].name;
        let question = FetchPartition {
            partition: name.partition,
            fetch_offset: self.positions[place],
            partition_max_bytes: 1 << 20,
            ..FetchPartition::default()
        };
        let request = FetchRequest {
            max_wait_ms: 100,
            min_bytes: 1,
            max_bytes: 1 << 20,
            isolation_level: 1,
            session_epoch: -1,
            topics: vec![FetchTopic {
                topic: name.topic.clone(),
                partitions: vec![question],
                ..FetchTopic::default()
            }],
            ..FetchRequest::default()
        };
        self.send(now, node, 11, request, Purpose::Fetch(place), fx);
    }

    fn on_answer(&mut self, now: Time, purpose: Purpose, response: Response, ledger: &mut Ledger) {
        self.next_at = now.after_ms(self.random.below(self.config.pause_ms_max + 1));
        match (purpose, response) {
            (Purpose::Init, Response::InitProducerId(answer)) => match answer.error_code {
                ErrorCode::NONE => {
                    self.become_producer((answer.producer_id, answer.producer_epoch));
                    self.step = Step::Begin;
                }
                error => self.try_again(now, error),
            },
            (Purpose::Add, Response::AddPartitionsToTxn(answer)) => {
                let partitions = answer.results_by_topic_v3_and_below.iter();
                let codes = partitions.flat_map(|topic| &topic.results_by_partition);
                let mut codes = codes.map(|partition| partition.partition_error_code);
                match codes.find(|code| code.is_error()) {
                    None => self.step = Step::Produce((0..self.config.partitions.len()).collect()),
                    Some(error) => self.on_refused(now, error),
                }
            }
            (Purpose::Produce(place), Response::Produce(answer)) => {
                let partitions = answer.responses.first().and_then(|topic| topic.partition_responses.first());
                match partitions.map_or(ErrorCode::UNKNOWN_SERVER_ERROR, |found| found.error_code) {
                    ErrorCode::NONE => {
                        let offset = partitions.map_or(-1, |found| found.base_offset);
                        self.ends[place] = self.ends[place].max(offset + 1);
                        self.sequences[place] += 1;
                        if let Step::Produce(left) = &mut self.step {
                            left.remove(&place);
                        }
                    }
                    error => self.on_refused(now, error),
                }
            }
            (Purpose::End(commit), Response::EndTxn(answer)) => match answer.error_code {
                ErrorCode::NONE => {
                    let outcome = if commit { Outcome::Committed } else { Outcome::Aborted };
                    self.transactions.last_mut().expect("one is open").outcome = outcome;
                    let point = if commit { Point::TransactionCommitted } else { Point::TransactionAborted };
                    ledger.coverage.hit(point);
                    if !self.config.is_old {
                        self.become_producer((answer.producer_id, answer.producer_epoch));
                    }
                    self.step = Step::Begin;
                }
                error => self.on_refused(now, error),
            },
            (Purpose::Fetch(place), Response::Fetch(answer)) => {
                match answer.responses.into_iter().flat_map(|topic| topic.partitions).next() {
                    Some(data) if data.error_code.is_none() => self.on_fetched(place, &data),
                    Some(data) => self.try_again(now, data.error_code),
                    None => self.next_at = now.after_ms(50),
                }
            }
            (purpose, response) => {
                let sentence = format!("{purpose:?} was answered by {:?}", response.api_key());
                ledger.violate(Check::Reply, now, self.cluster.client_id().to_string(), sentence);
            }
        }
    }

    /// In version 2 an epoch is one transaction, and its sequences begin at 0.
    fn become_producer(&mut self, producer: (i64, i16)) {
        if self.producer != producer {
            self.producer = producer;
            self.sequences.fill(0);
        }
    }

    fn try_again(&mut self, now: Time, error: ErrorCode) {
        self.cluster.on_error(now, error);
        self.next_at = now.after_ms(self.random.between(10, 100));
    }

    /// What passes is asked again; else the producer begins anew, which ends what is open.
    fn on_refused(&mut self, now: Time, error: ErrorCode) {
        if !passes(error) {
            self.step = Step::Init;
        }
        self.try_again(now, error);
    }

    /// The answer to something is lost. It may be executed, or be executed later.
    fn on_lost(&mut self, purposes: &[Purpose], ledger: &mut Ledger) {
        self.busy &= purposes.is_empty();
        for purpose in purposes {
            match purpose {
                Purpose::Init | Purpose::Fetch(_) => {}
                // A ghost of these may meet the next transaction of the same epoch.
                Purpose::Add | Purpose::Produce(_) | Purpose::End(_) if self.config.is_old => {
                    self.step = Step::Init;
                }
                Purpose::End(_) => ledger.coverage.hit(Point::EndOfTransactionRepeated),
                Purpose::Add | Purpose::Produce(_) => {}
            }
        }
    }

    fn on_fetched(&mut self, place: usize, data: &PartitionData) {
        let bytes = data.records.as_ref().map(Records::to_bytes).unwrap_or_default();
        let mut aborted: Vec<(i64, i64)> = data
            .aborted_transactions
            .iter()
            .flatten()
            .map(|aborted| (aborted.first_offset, aborted.producer_id))
            .collect();
        aborted.sort_unstable();
        let mut hidden: BTreeSet<i64> = BTreeSet::new();
        let position = &mut self.positions[place];
        for batch in Batches::new(bytes).map_while(Result::ok) {
            while aborted.first().is_some_and(|(first, _)| *first <= batch.last_offset()) {
                hidden.insert(aborted.remove(0).1);
            }
            let is_new = batch.last_offset() >= *position;
            *position = (*position).max(batch.last_offset() + 1);
            if batch.is_control() {
                // Aborted or committed: the producer's transaction has ended.
                hidden.remove(&batch.producer_id());
                continue;
            }
            if hidden.contains(&batch.producer_id()) || !is_new {
                continue;
            }
            for record in batch.records().map_while(Result::ok) {
                let value = record.value.unwrap_or_default();
                if let Some(number) = parse(&value, self.config.number) {
                    *self.shown[place].entry(number).or_default() += 1;
                }
            }
        }
        // Everything that is committed has been read, and nothing is open. A new leader may know of less at first.
        let is_current = data.high_watermark >= self.ends[place];
        if is_current && *position >= data.high_watermark && data.last_stable_offset == data.high_watermark {
            *position = -1;
        }
    }
}

/// The number in a value of this transactor.
fn parse(value: &[u8], transactor: u64) -> Option<u32> {
    let (owner, number) = std::str::from_utf8(value).ok()?.split_once(' ')?;
    (owner.parse() == Ok(transactor)).then(|| number.parse().ok()).flatten()
}

/// Whether the same request may succeed later. Source: Kafka's `RetriableException`.
fn passes(error: ErrorCode) -> bool {
    matches!(
        error,
        ErrorCode::UNKNOWN_TOPIC_OR_PARTITION
            | ErrorCode::LEADER_NOT_AVAILABLE
            | ErrorCode::NOT_LEADER_OR_FOLLOWER
            | ErrorCode::REQUEST_TIMED_OUT
            | ErrorCode::COORDINATOR_LOAD_IN_PROGRESS
            | ErrorCode::COORDINATOR_NOT_AVAILABLE
            | ErrorCode::NOT_COORDINATOR
            | ErrorCode::NOT_ENOUGH_REPLICAS
            | ErrorCode::NOT_ENOUGH_REPLICAS_AFTER_APPEND
            | ErrorCode::CONCURRENT_TRANSACTIONS
            | ErrorCode::KAFKA_STORAGE_ERROR
    )
}

impl SimClient for Transactor {
    fn handle(&mut self, now: Time, input: ClientInput, ledger: &mut Ledger, fx: &mut Vec<ClientEffect>) {
        self.cluster.hear(now, input, ledger, fx);
        while let Some(news) = self.cluster.news() {
            match news {
                News::Lost(_, purposes) => self.on_lost(&purposes, ledger),
                News::Answer(_, purpose, response, _) => {
                    self.busy = false;
                    self.on_answer(now, purpose, response, ledger);
                }
            }
        }
        self.pump(now, ledger, fx);
    }

    fn next_deadline(&self) -> Option<Time> {
        let idle = matches!(self.step, Step::Begin)
            && !self.ending
            && self.transactions.len() >= self.config.transactions as usize;
        let node = match &self.step {
            Step::Init | Step::Add | Step::End(_) => self.cluster.coordinator(),
            Step::Produce(left) => match left.first() {
                Some(place) => self.cluster.leader(self.config.partitions[*place]),
                None => self.cluster.coordinator(),
            },
            Step::Read => {
                let place = self.positions.iter().position(|position| *position >= 0);
                match place {
                    Some(place) => self.cluster.leader(self.config.partitions[place]),
                    None => Some(0),
                }
            }
            Step::Begin => Some(0),
            Step::Done => None,
        };
        let waits = !self.busy && !idle && node.is_some();
        [self.cluster.next_deadline(), waits.then_some(self.next_at)].into_iter().flatten().min()
    }

    fn wind_down(&mut self, _now: Time) {
        self.ending = true;
    }

    fn is_done(&self) -> bool {
        matches!(self.step, Step::Done)
    }

    fn describe(&self) -> String {
        let Self { step, producer, positions, .. } = self;
        let open = self.transactions.len();
        format!("{}: {step:?} of transaction {open}, producer {producer:?}, positions {positions:?}", self.id)
    }

    fn clone_box(&self) -> Box<dyn SimClient> {
        Box::new(self.clone())
    }
}
