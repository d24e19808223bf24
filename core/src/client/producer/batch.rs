//! A batch of one partition on its way from the first record to the outcome.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use bytes::Bytes;
use klamm_wire::ErrorCode;
use klamm_wire::batch::{BatchBuilder, Codec};

pub(super) use klamm_wire::batch::HEADER_SIZE;

use super::identity::ProducerIdAndEpoch;
use super::{Acks, Effects, Header, ProducerConfig, ProducerOutcome, ProducerRecord, RecordId, SendError};
use crate::client::ClientEffect;
use crate::time::Timestamp;
use crate::types::{Offset, TopicPartition};

/// Names a batch for as long as the producer lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct BatchId(pub(super) u64);

/// A record of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct BufferedRecord {
    /// Its owner's name for it.
    id: RecordId,
    timestamp_ms: i64,
    key: Option<Bytes>,
    value: Option<Bytes>,
    headers: Vec<Header>,
    /// Upper bound of what it takes in the batch.
    size: usize,
}

impl BufferedRecord {
    pub(super) fn new(id: RecordId, content: ProducerRecord, wall_ms: i64) -> Self {
        let size = content.size_upper_bound();
        let ProducerRecord { timestamp_ms, key, value, headers, .. } = content;
        Self { id, timestamp_ms: timestamp_ms.unwrap_or(wall_ms), key, value, headers, size }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// To be sent, not before the given time.
    Queued(Timestamp),
    InFlight,
}

/// Records that are sent, written and acknowledged together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Batch {
    pub(super) id: BatchId,
    pub(super) records: Vec<BufferedRecord>,
    /// Upper bound of the uncompressed size, header included.
    pub(super) size: usize,
    pub(super) state: State,
    /// When it is sent even if it is not full.
    pub(super) lingers_until: Timestamp,
    /// When it is given up.
    pub(super) deadline: Timestamp,
    pub(super) attempts: u32,
    /// Of the last attempt that was answered.
    pub(super) last_error: ErrorCode,
    /// Some attempt ended without a word that excludes that the batch was written.
    uncertain: bool,
    /// Sequence of the first record, once it was sent with an identity.
    pub(super) sequence: Option<i32>,
    /// What the attempt in flight carries; differs from `sequence` when an earlier batch failed meanwhile.
    pub(super) sent_sequence: Option<i32>,
}

impl Batch {
    pub(super) fn new(id: BatchId, now: Timestamp, config: &ProducerConfig) -> Self {
        Self {
            id,
            records: Vec::new(),
            size: HEADER_SIZE,
            state: State::Queued(Timestamp::default()),
            lingers_until: now.after_ms(i64::from(config.linger_ms)),
            deadline: now.after_ms(i64::from(config.delivery_timeout_ms)),
            attempts: 0,
            last_error: ErrorCode::NONE,
            uncertain: false,
            sequence: None,
            sent_sequence: None,
        }
    }

    pub(super) fn push(&mut self, record: BufferedRecord, size: usize) {
        assert!(self.is_open(), "a batch that was sent takes no more records");
        assert_eq!(record.size, size, "a record's size does not change");
        self.size += size;
        self.records.push(record);
    }

    /// Whether it was never sent.
    pub(super) fn is_open(&self) -> bool {
        self.attempts == 0 && self.sequence.is_none() && self.state != State::InFlight
    }

    pub(super) fn is_in_flight(&self) -> bool {
        self.state == State::InFlight
    }

    /// Whether the log may hold it although nobody has said so.
    pub(super) fn is_uncertain(&self) -> bool {
        self.uncertain || self.is_in_flight()
    }

    pub(super) fn count(&self) -> i32 {
        i32::try_from(self.records.len()).expect("a batch is bounded by max.request.size")
    }

    /// Bytes of the producer's buffer that the batch holds.
    pub(super) fn buffered_bytes(&self) -> usize {
        self.size - HEADER_SIZE
    }

    pub(super) fn on_sent(&mut self) {
        assert!(!self.is_in_flight(), "a batch is in flight once");
        self.state = State::InFlight;
        self.attempts += 1;
        self.sent_sequence = self.sequence;
    }

    /// The batch as it goes over the wire.
    pub(super) fn encode(&self, codec: Codec, owner: Option<ProducerIdAndEpoch>) -> Bytes {
        assert_eq!(owner.is_some(), self.sequence.is_some(), "exactly idempotent batches carry a sequence");
        let mut builder = BatchBuilder::new(codec);
        if let (Some(owner), Some(sequence)) = (owner, self.sequence) {
            builder = builder.producer(owner.producer_id, owner.producer_epoch, sequence);
        }
        for record in &self.records {
            let (key, value) = (record.key.as_deref(), record.value.as_deref());
            builder.append(record.timestamp_ms, key, value, &record.headers);
        }
        builder.build().expect("the codec is built in and the size is bounded by max.request.size")
    }

    /// Back into the queue after an attempt that may or may not have written it.
    pub(super) fn on_retry(&mut self, error: ErrorCode, uncertain: bool, not_before: Timestamp) {
        assert!(self.is_in_flight(), "only an attempt can be repeated");
        self.state = State::Queued(not_before);
        self.last_error = error;
        self.uncertain |= uncertain;
    }

    /// Two batches with the same records in the same order and the same sequences.
    pub(super) fn split(mut self, second: BatchId) -> VecDeque<Self> {
        assert!(self.records.len() > 1, "one record cannot be split");
        let middle = self.records.len() / 2;
        let mut tail = Self { id: second, records: self.records.split_off(middle), ..self.clone() };
        let measured = |batch: &Self| HEADER_SIZE + batch.records.iter().map(|r| r.size).sum::<usize>();
        self.size = measured(&self);
        tail.size = measured(&tail);
        tail.sequence = self.sequence.map(|first| super::identity::sequence_after(first, self.count()));
        VecDeque::from([self, tail])
    }

    /// One outcome per record. With `base_offset` `None` the broker did not tell where they are.
    pub(super) fn deliver(
        self,
        partition: &TopicPartition,
        base_offset: Option<Offset>,
        log_append_time_ms: Option<i64>,
        fx: &mut Effects,
    ) {
        for (index, buffered) in (0i64..).zip(self.records) {
            fx.push(ClientEffect::Outcome(ProducerOutcome::Delivered {
                record: buffered.id,
                partition: partition.clone(),
                offset: base_offset.map(|base| base + index),
                timestamp_ms: log_append_time_ms.unwrap_or(buffered.timestamp_ms),
            }));
        }
    }

    /// One outcome per record.
    pub(super) fn fail(self, reason: SendError, maybe_written: bool, fx: &mut Effects) {
        for buffered in self.records {
            let record = buffered.id;
            fx.push(ClientEffect::Outcome(ProducerOutcome::Failed { record, reason, maybe_written }));
        }
    }
}

/// Whether an error says for sure that the batch of this attempt is not in the log.
///
/// `NOT_LEADER_OR_FOLLOWER` is not among them: a leader that is deposed while a write waits for its followers
/// answers so, too.
pub(super) fn excludes_write(code: ErrorCode, acks: Acks) -> bool {
    match code {
        ErrorCode::NOT_LEADER_OR_FOLLOWER => acks != Acks::All,
        ErrorCode::CORRUPT_MESSAGE
        | ErrorCode::UNKNOWN_TOPIC_ID
        | ErrorCode::INCONSISTENT_TOPIC_ID
        | ErrorCode::MESSAGE_TOO_LARGE
        | ErrorCode::RECORD_LIST_TOO_LARGE
        | ErrorCode::NOT_ENOUGH_REPLICAS
        | ErrorCode::INVALID_TOPIC_EXCEPTION
        | ErrorCode::INVALID_REQUIRED_ACKS
        | ErrorCode::INVALID_TIMESTAMP
        | ErrorCode::INVALID_RECORD
        | ErrorCode::INVALID_REQUEST
        | ErrorCode::UNSUPPORTED_VERSION
        | ErrorCode::UNSUPPORTED_COMPRESSION_TYPE
        | ErrorCode::UNSUPPORTED_FOR_MESSAGE_FORMAT
        | ErrorCode::TOPIC_AUTHORIZATION_FAILED
        | ErrorCode::CLUSTER_AUTHORIZATION_FAILED
        | ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER
        | ErrorCode::UNKNOWN_PRODUCER_ID
        | ErrorCode::INVALID_PRODUCER_EPOCH
        | ErrorCode::INVALID_TXN_STATE => true,
        _ => false,
    }
}
