//! The producer: records in, one outcome per record out.
//!
//! Records are collected into one batch per partition (`batch.size`, `linger.ms`), sent to the leaders (at most
//! `max.in.flight.requests.per.connection` at a time), and retried until `delivery.timeout.ms`. With idempotence
//! a batch carries producer id, epoch and sequence, so that a retry is written once and in order.
//!
//! Like the Java client, except in one thing: a batch whose earlier attempt went unanswered is never sent under a
//! new producer epoch. The broker could no longer recognise it, and it might be written twice.

mod accumulator;
mod batch;
mod config;
mod identity;
mod sender;

use alloc::collections::{BTreeMap, VecDeque};
use alloc::vec::Vec;

use bytes::Bytes;
use klamm_wire::messages::{InitProducerIdRequest, Request, Response};
use klamm_wire::{ApiKey, ErrorCode, Str};

use super::cluster::{Cluster, Note};
use super::partitioner::{StickyPartitioner, partition_for_key};
use super::{ClientEffect, ClientInput, ClientMachine, ErrorClass};
use crate::rng::Rng;
use crate::time::{Now, Timestamp};
use crate::types::{Offset, TopicPartition};

use accumulator::PartitionQueue;
use batch::{Batch, BatchId, BufferedRecord};
pub use config::{Acks, ProducerConfig};
use identity::Identity;

/// The caller's name for a record; given back with its outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordId(pub u64);

/// A record header: name and value, which may be null.
pub type Header = (Str, Option<Bytes>);

/// What is to be written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ProducerRecord {
    /// Where to.
    pub topic: Str,
    /// A partition by choice of the caller; otherwise by key, otherwise sticky.
    pub partition: Option<i32>,
    /// Milliseconds since the epoch; the time of sending if there is none.
    pub timestamp_ms: Option<i64>,
    /// Decides about the partition, and about compaction.
    pub key: Option<Bytes>,
    /// `None` is a tombstone on a compacted topic.
    pub value: Option<Bytes>,
    /// In this order.
    pub headers: Vec<Header>,
}

impl ProducerRecord {
    /// Bytes the record takes in a batch at most, varints and deltas included.
    pub fn size_upper_bound(&self) -> usize {
        const FIXED: usize = 5 + 1 + 10 + 5 + 5 + 5 + 5;
        let length = |bytes: &Option<Bytes>| bytes.as_ref().map_or(0, Bytes::len);
        let header = |(name, value): &Header| 10 + name.len() + length(value);
        FIXED + length(&self.key) + length(&self.value) + self.headers.iter().map(header).sum::<usize>()
    }
}

/// What the owner can ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProducerCommand {
    /// Write a record. Ends in exactly one [`ProducerOutcome::Delivered`] or [`ProducerOutcome::Failed`].
    Send(RecordId, ProducerRecord),
    /// Send what waits without lingering; [`ProducerOutcome::Flushed`] follows once every record sent before
    /// has its outcome.
    Flush,
    /// Flush, then close all connections; ends with [`ProducerOutcome::Closed`].
    Close,
}

/// What the owner is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProducerOutcome {
    /// The record is written as `acks` demands.
    Delivered {
        /// Which record.
        record: RecordId,
        /// Where it is.
        partition: TopicPartition,
        /// Its offset; `None` with acks=0, and if the broker only recognised a duplicate.
        offset: Option<Offset>,
        /// Its timestamp: the broker's for `LogAppendTime`, else the record's own.
        timestamp_ms: i64,
    },
    /// The record is given up.
    Failed {
        /// Which record.
        record: RecordId,
        /// Why.
        reason: SendError,
        /// Whether the record may be in the log all the same: some attempt was never answered for good.
        maybe_written: bool,
    },
    /// All records sent before the flush have their outcome.
    Flushed,
    /// The producer has ended.
    Closed,
}

/// Why a record was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SendError {
    /// The buffer is full (`buffer.memory`); send again after some outcomes.
    BufferFull,
    /// The record is larger than `max.request.size`.
    RecordTooLarge,
    /// The topic has no such partition.
    NoSuchPartition,
    /// No metadata for the topic within `max.block.ms`; the last error the brokers gave.
    NoMetadata(ErrorCode),
    /// Not acknowledged within `delivery.timeout.ms`; the last error, `NONE` if there was no answer.
    TimedOut(ErrorCode),
    /// The broker refuses it for good.
    Refused(ErrorCode),
    /// The broker does not offer what the configuration needs.
    Unsupported(ApiKey),
    /// The producer was closed before.
    Closed,
}

impl core::fmt::Display for SendError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::BufferFull => write!(f, "the producer's buffer is full"),
            Self::RecordTooLarge => write!(f, "the record is larger than max.request.size"),
            Self::NoSuchPartition => write!(f, "the topic has no such partition"),
            Self::NoMetadata(ErrorCode::NONE) => write!(f, "no broker could be reached in time"),
            Self::NoMetadata(code) => write!(f, "no metadata for the topic in time ({code})"),
            Self::TimedOut(ErrorCode::NONE) => write!(f, "not acknowledged in time"),
            Self::TimedOut(code) => write!(f, "not acknowledged in time (last error: {code})"),
            Self::Refused(code) => write!(f, "the broker refused it: {code}"),
            Self::Unsupported(key) => write!(f, "the broker does not offer {}", key.name()),
            Self::Closed => write!(f, "the producer is closed"),
        }
    }
}

type Effects = Vec<ClientEffect<ProducerOutcome>>;

/// What a request of the producer was for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Tag {
    Produce(Vec<(TopicPartition, BatchId)>),
    InitProducerId,
}

/// A record that waits until its topic is known.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Waiting {
    record: RecordId,
    content: ProducerRecord,
    deadline: Timestamp,
}

/// A producer. Deterministic: the same inputs and the same seed give the same effects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Producer {
    config: ProducerConfig,
    cluster: Cluster<Tag>,
    sticky: StickyPartitioner,
    identity: Identity,
    waiting: BTreeMap<Str, VecDeque<Waiting>>,
    partitions: BTreeMap<TopicPartition, PartitionQueue>,
    next_batch: u64,
    buffered_bytes: usize,
    /// Until everything is out, nothing lingers.
    flushing: u32,
    closing: bool,
    closed: bool,
}

impl Producer {
    /// A producer that connects when it has something to send. `rng` decides about partitions of records without
    /// key and about jitter.
    ///
    /// # Panics
    /// If the configuration contradicts itself, see [`ProducerConfig::check`].
    pub fn new(config: ProducerConfig, rng: Rng) -> Self {
        if let Err(reason) = config.check() {
            panic!("{reason}");
        }
        let identity = Identity::new(config.enable_idempotence);
        let cluster = Cluster::new(config.cluster.clone(), rng);
        Self {
            config,
            cluster,
            sticky: StickyPartitioner::default(),
            identity,
            waiting: BTreeMap::new(),
            partitions: BTreeMap::new(),
            next_batch: 0,
            buffered_bytes: 0,
            flushing: 0,
            closing: false,
            closed: false,
        }
    }

    /// Whether a record of this size would be taken now rather than fail with [`SendError::BufferFull`].
    pub fn has_room(&self, record: &ProducerRecord) -> bool {
        self.buffered_bytes + record.size_upper_bound() <= self.config.buffer_memory
    }

    /// Records that have no outcome yet.
    pub fn outstanding(&self) -> usize {
        let queued = self.partitions.values().map(PartitionQueue::records);
        let waiting = self.waiting.values().map(VecDeque::len);
        queued.chain(waiting).sum()
    }

    /// What is known of the cluster.
    pub fn metadata(&self) -> &super::Metadata {
        &self.cluster.metadata
    }

    fn on_command(&mut self, now: Now, command: ProducerCommand, fx: &mut Effects) {
        match command {
            ProducerCommand::Send(record, content) => self.on_send(now, record, content, fx),
            ProducerCommand::Flush => self.flushing += 1,
            ProducerCommand::Close => self.closing = true,
        }
    }

    fn on_send(&mut self, now: Now, record: RecordId, content: ProducerRecord, fx: &mut Effects) {
        let size = content.size_upper_bound();
        let refusal = if self.closing {
            Some(SendError::Closed)
        } else if size + batch::HEADER_SIZE > self.config.max_request_size {
            Some(SendError::RecordTooLarge)
        } else if !self.has_room(&content) {
            Some(SendError::BufferFull)
        } else {
            None
        };
        if let Some(reason) = refusal {
            fx.push(ClientEffect::Outcome(ProducerOutcome::Failed { record, reason, maybe_written: false }));
            return;
        }
        self.buffered_bytes += size;
        let deadline = now.monotonic.after_ms(i64::from(self.config.max_block_ms));
        let waiting = Waiting { record, content, deadline };
        let topic = &waiting.content.topic;
        // Behind a record of the same topic that waits, it has to wait, too: order per partition is kept.
        if self.cluster.metadata.usable_topic(topic).is_some() && !self.waiting.contains_key(topic) {
            self.place(now, waiting, fx);
        } else {
            self.cluster.add_topic(topic);
            self.waiting.entry(topic.clone()).or_default().push_back(waiting);
        }
    }

    /// Moves the records of a topic from waiting into batches, if the topic is known.
    fn assign_partitions(&mut self, now: Now, topic: &Str, fx: &mut Effects) {
        if self.cluster.metadata.usable_topic(topic).is_none() {
            return;
        }
        for waiting in self.waiting.remove(topic).unwrap_or_default() {
            self.place(now, waiting, fx);
        }
    }

    /// Puts a record of a known topic into a batch.
    fn place(&mut self, now: Now, waiting: Waiting, fx: &mut Effects) {
        let Some(partition) = self.choose_partition(&waiting.content) else {
            self.buffered_bytes -= waiting.content.size_upper_bound();
            fx.push(ClientEffect::Outcome(ProducerOutcome::Failed {
                record: waiting.record,
                reason: SendError::NoSuchPartition,
                maybe_written: false,
            }));
            return;
        };
        self.enqueue(now, partition, waiting);
    }

    fn choose_partition(&mut self, content: &ProducerRecord) -> Option<i32> {
        let (metadata, rng) = self.cluster.metadata_and_rng();
        let topic = metadata.usable_topic(&content.topic).expect("checked by the caller");
        match (content.partition, &content.key) {
            (Some(partition), _) => topic.partitions.contains_key(&partition).then_some(partition),
            (None, Some(key)) => Some(partition_for_key(key, topic.partition_count())),
            (None, None) => {
                let (bytes, full) = (content.size_upper_bound(), self.config.batch_size);
                Some(self.sticky.choose(&content.topic, topic, bytes, full, rng))
            }
        }
    }

    fn enqueue(&mut self, now: Now, partition: i32, waiting: Waiting) {
        let size = waiting.content.size_upper_bound();
        let partition = TopicPartition { topic: waiting.content.topic.clone(), partition };
        let queue = self.partitions.entry(partition).or_default();
        let record = BufferedRecord::new(waiting.record, waiting.content, now.wall_ms);
        if !queue.has_room(size, &self.config) {
            let id = BatchId(self.next_batch);
            self.next_batch += 1;
            queue.batches.push_back(Batch::new(id, now.monotonic, &self.config));
        }
        queue.batches.back_mut().expect("there is an open batch").push(record, size);
    }

    fn on_note(&mut self, now: Now, note: Note<Tag>, fx: &mut Effects) {
        match note {
            Note::MetadataUpdated => {
                let topics: Vec<Str> = self.waiting.keys().cloned().collect();
                for topic in topics {
                    self.assign_partitions(now, &topic, fx);
                }
            }
            Note::Answered { tag: Tag::InitProducerId, body: Response::InitProducerId(response), .. } => {
                match ErrorClass::of(response.error_code) {
                    ErrorClass::None => {
                        self.identity.on_assigned(response.producer_id, response.producer_epoch);
                    }
                    ErrorClass::Fatal => {
                        self.identity.on_failed(Timestamp::default());
                        self.fail_all(SendError::Refused(response.error_code), fx);
                    }
                    _ => self.retry_identity(now),
                }
            }
            Note::Lost { tag: Tag::InitProducerId } => self.retry_identity(now),
            Note::Answered { tag: Tag::Produce(batches), body: Response::Produce(response), .. } => {
                self.on_produced(now, &batches, &response, fx);
            }
            Note::Lost { tag: Tag::Produce(batches) } => self.on_produce_lost(now, &batches, fx),
            Note::Answered { tag, body, .. } => {
                unreachable!("{tag:?} was answered with {:?}", body.api_key())
            }
        }
    }

    fn retry_identity(&mut self, now: Now) {
        let retry_at = self.cluster.retry_at(now, self.identity.failures() + 1);
        self.identity.on_failed(retry_at);
    }

    fn maybe_init_producer_id(&mut self, now: Now, fx: &mut Effects) {
        let needed = self.partitions.values().any(|queue| !queue.batches.is_empty());
        if !needed || !self.identity.is_wanted(now.monotonic) {
            return;
        }
        let Some(node) = self.cluster.any_broker(now, fx) else { return };
        // Version 5 is enough: what comes later concerns transactions.
        let Some(version) = self.cluster.version(&node, ApiKey::InitProducerId, 5) else {
            self.fail_all(SendError::Unsupported(ApiKey::InitProducerId), fx);
            return;
        };
        let body = Request::InitProducerId(InitProducerIdRequest {
            transactional_id: None,
            transaction_timeout_ms: i32::MAX,
            ..Default::default()
        });
        self.identity.on_asked();
        self.cluster.send(now, &node, Tag::InitProducerId, version, body, fx);
    }

    /// Gives up on waiting records whose time is over.
    fn expire_waiting(&mut self, now: Now, fx: &mut Effects) {
        for (topic, queue) in &mut self.waiting {
            let known = self.cluster.metadata.topics.get(topic);
            let last_error = known.map_or(ErrorCode::NONE, |topic| topic.error);
            let hopeless = ErrorClass::of(last_error) == ErrorClass::Fatal;
            while queue.front().is_some_and(|first| hopeless || first.deadline <= now.monotonic) {
                let expired = queue.pop_front().expect("there is a first one");
                self.buffered_bytes -= expired.content.size_upper_bound();
                let reason =
                    if hopeless { SendError::Refused(last_error) } else { SendError::NoMetadata(last_error) };
                let record = expired.record;
                fx.push(ClientEffect::Outcome(ProducerOutcome::Failed {
                    record,
                    reason,
                    maybe_written: false,
                }));
            }
        }
        self.waiting.retain(|_, queue| !queue.is_empty());
        if !self.waiting.is_empty() {
            // Until they are created, topics are asked for again and again, at the pace of the backoff.
            self.cluster.refresh_metadata();
        }
    }

    /// Fails every record that is not written.
    fn fail_all(&mut self, reason: SendError, fx: &mut Effects) {
        for waiting in core::mem::take(&mut self.waiting).into_values().flatten() {
            let record = waiting.record;
            fx.push(ClientEffect::Outcome(ProducerOutcome::Failed { record, reason, maybe_written: false }));
        }
        for queue in core::mem::take(&mut self.partitions).into_values() {
            for batch in queue.batches {
                let maybe_written = batch.is_uncertain();
                batch.fail(reason, maybe_written, fx);
            }
        }
        self.buffered_bytes = 0;
    }

    fn maybe_finish(&mut self, fx: &mut Effects) {
        if self.buffered_bytes > 0 {
            return; // every record takes some bytes
        }
        for _ in 0..core::mem::take(&mut self.flushing) {
            fx.push(ClientEffect::Outcome(ProducerOutcome::Flushed));
        }
        if self.closing && !self.closed {
            self.closed = true;
            self.cluster.close(fx);
            fx.push(ClientEffect::Outcome(ProducerOutcome::Closed));
        }
    }
}

impl ClientMachine for Producer {
    type Command = ProducerCommand;
    type Outcome = ProducerOutcome;

    fn handle(&mut self, now: Now, input: ClientInput<ProducerCommand>, fx: &mut Effects) {
        if self.closed {
            if let ClientInput::Command(command) = input {
                self.on_command(now, command, fx);
                self.maybe_finish(fx);
            }
            return;
        }
        let is_command = matches!(input, ClientInput::Command(_));
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
        notes.append(&mut self.cluster.settle(now, fx));
        for note in notes {
            self.on_note(now, note, fx);
        }
        self.expire_waiting(now, fx);
        self.expire_batches(now, fx);
        self.maybe_init_producer_id(now, fx);
        self.maybe_send(now, fx);
        self.maybe_finish(fx);
        if !is_command {
            self.check(); // counts every buffered batch: too much for each single record
        }
    }

    fn next_deadline(&self) -> Option<Timestamp> {
        if self.closed {
            return None;
        }
        let waiting = self.waiting.values().filter_map(|queue| queue.front()).map(|first| first.deadline);
        let identity = self.identity.next_deadline();
        let all = self.cluster.next_deadline().into_iter().chain(waiting).chain(identity);
        all.chain(self.next_send_deadline()).min()
    }
}
