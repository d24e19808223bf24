//! From batches to requests and from responses to outcomes.

use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;

use klamm_wire::messages::produce_request::{PartitionProduceData, TopicProduceData};
use klamm_wire::messages::produce_response::{LeaderIdAndEpoch, PartitionProduceResponse};
use klamm_wire::messages::{ProduceRequest, ProduceResponse};
use klamm_wire::{ApiKey, ErrorCode, Records, Str, Uuid};

use super::batch::{Batch, BatchId, excludes_write};
use super::{Acks, Effects, Producer, SendError, Tag};
use crate::client::cluster::CurrentLeader;
use crate::client::{ErrorClass, NodeRef};
use crate::time::{Now, Timestamp};
use crate::types::TopicPartition;

/// The last version that names topics; later ones carry their ids.
const LAST_VERSION_WITH_NAMES: i16 = 12;

impl Producer {
    /// Nothing lingers while somebody waits for the end.
    fn hurry(&self) -> bool {
        self.flushing > 0 || self.closing
    }

    /// Sends what is ready to every leader that can take it.
    pub(super) fn maybe_send(&mut self, now: Now, fx: &mut Effects) {
        let mut leaderless = false;
        let mut leaders: BTreeMap<NodeRef, Vec<TopicPartition>> = BTreeMap::new();
        let hurry = self.hurry();
        for (partition, queue) in &self.partitions {
            let Some(at) = queue.ready_at(&self.identity, &self.config, hurry) else { continue };
            if at > now.monotonic {
                continue;
            }
            match self.cluster.leader(&partition.topic, partition.partition) {
                Some(leader) => leaders.entry(leader).or_default().push(partition.clone()),
                None => leaderless = true,
            }
        }
        if leaderless {
            self.cluster.refresh_metadata();
        }
        for (leader, ready) in leaders {
            while self.cluster.is_ready(now, &leader, fx)
                && self.cluster.in_flight(&leader) < self.config.max_in_flight
            {
                if !self.send_request(now, &leader, &ready, fx) {
                    break;
                }
            }
        }
    }

    /// Sends one request with at most one batch of each partition. Batches that still linger are not taken along:
    /// they would leave half empty.
    fn send_request(
        &mut self,
        now: Now,
        leader: &NodeRef,
        ready: &[TopicPartition],
        fx: &mut Effects,
    ) -> bool {
        let Some(version) = self.cluster.version(leader, ApiKey::Produce, i16::MAX) else {
            self.fail_all(SendError::Unsupported(ApiKey::Produce), fx);
            return false;
        };
        let mut size = 0;
        let mut sent = Vec::new();
        let mut topics: BTreeMap<Str, TopicProduceData> = BTreeMap::new();
        let hurry = self.hurry();
        for partition in ready {
            let queue = self.partitions.get_mut(partition).expect("it was ready");
            let due =
                queue.ready_at(&self.identity, &self.config, hurry).is_some_and(|at| at <= now.monotonic);
            if !due || !queue.can_send(now.monotonic, &self.identity) {
                continue;
            }
            let batch = queue.next_size(&self.identity);
            if size > 0 && size + batch > self.config.max_request_size {
                break;
            }
            size += batch;
            let (id, data) = self.encode_next(partition);
            sent.push((partition.clone(), id));
            let topic_id =
                self.cluster.metadata.topics.get(&partition.topic).map_or(Uuid::ZERO, |t| t.topic_id);
            let by_name = version <= LAST_VERSION_WITH_NAMES;
            let entry = topics.entry(partition.topic.clone()).or_insert_with(|| TopicProduceData {
                name: if by_name { partition.topic.clone() } else { Str::default() },
                topic_id: if by_name { Uuid::ZERO } else { topic_id },
                partition_data: vec![],
            });
            entry.partition_data.push(data);
        }
        if sent.is_empty() {
            return false;
        }
        let request = ProduceRequest {
            transactional_id: None,
            acks: self.config.acks.to_wire(),
            timeout_ms: i32::try_from(self.config.cluster.request_timeout_ms).unwrap_or(i32::MAX),
            topic_data: topics.into_values().collect(),
        };
        if self.config.acks == Acks::None {
            self.cluster.send_unanswered(now, leader, version, request.into(), fx);
            for (partition, id) in sent {
                self.deliver(&partition, id, None, None, fx);
            }
        } else {
            self.cluster.send(now, leader, Tag::Produce(sent), version, request.into(), fx);
        }
        true
    }

    fn encode_next(&mut self, partition: &TopicPartition) -> (BatchId, PartitionProduceData) {
        let queue = self.partitions.get_mut(partition).expect("it was ready");
        let id = queue.take_next(&self.identity);
        let owner = queue.identity.filter(|_| self.identity.is_enabled());
        let batch = &queue.batches[queue.position(id).expect("just taken")];
        let encoded = batch.encode(self.config.compression, owner);
        let data = PartitionProduceData { index: partition.partition, records: Some(Records::from(encoded)) };
        (id, data)
    }

    pub(super) fn on_produced(
        &mut self,
        now: Now,
        batches: &[(TopicPartition, BatchId)],
        response: &ProduceResponse,
        fx: &mut Effects,
    ) {
        for at in &response.node_endpoints {
            self.cluster.learn_broker(at.node_id, &at.host, at.port, at.rack.as_ref());
        }
        for (partition, id) in batches {
            let topic_id =
                self.cluster.metadata.topics.get(&partition.topic).map_or(Uuid::ZERO, |t| t.topic_id);
            let of_topic = |name: &Str, id: Uuid| {
                if name.is_empty() { id == topic_id } else { *name == partition.topic }
            };
            let answer = response
                .responses
                .iter()
                .filter(|topic| of_topic(&topic.name, topic.topic_id))
                .flat_map(|topic| &topic.partition_responses)
                .find(|answer| answer.index == partition.partition);
            match answer {
                Some(answer) => self.on_batch_answered(now, partition, *id, answer, fx),
                // The broker owes an answer for every batch; without one nothing is known.
                None => self.on_batch_lost(now, partition, *id, ErrorCode::UNKNOWN_SERVER_ERROR, fx),
            }
        }
    }

    pub(super) fn on_produce_lost(
        &mut self,
        now: Now,
        batches: &[(TopicPartition, BatchId)],
        fx: &mut Effects,
    ) {
        for (partition, id) in batches {
            self.on_batch_lost(now, partition, *id, ErrorCode::NETWORK_EXCEPTION, fx);
        }
    }

    fn on_batch_lost(
        &mut self,
        now: Now,
        partition: &TopicPartition,
        id: BatchId,
        error: ErrorCode,
        fx: &mut Effects,
    ) {
        self.cluster.refresh_metadata();
        self.retry_or_fail(now, partition, id, error, fx);
    }

    fn on_batch_answered(
        &mut self,
        now: Now,
        partition: &TopicPartition,
        id: BatchId,
        answer: &PartitionProduceResponse,
        fx: &mut Effects,
    ) {
        let code = answer.error_code;
        let class = ErrorClass::of(code);
        match code {
            ErrorCode::NONE => {
                let appended_at = (answer.log_append_time_ms >= 0).then_some(answer.log_append_time_ms);
                self.deliver(partition, id, Some(answer.base_offset), appended_at, fx);
            }
            // The broker has it, and no longer knows where.
            ErrorCode::DUPLICATE_SEQUENCE_NUMBER => self.deliver(partition, id, None, None, fx),
            ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER
            | ErrorCode::UNKNOWN_PRODUCER_ID
            | ErrorCode::INVALID_PRODUCER_EPOCH
                if self.identity.is_enabled() =>
            {
                self.on_sequence_refused(now, partition, id, code);
            }
            ErrorCode::MESSAGE_TOO_LARGE if self.is_divisible(partition, id) => {
                let second = BatchId(self.next_batch);
                self.next_batch += 1;
                let queue = self.partitions.get_mut(partition).expect("checked");
                let index = queue.position(id).expect("checked");
                queue.batches[index].on_retry(code, false, now.monotonic);
                queue.split(index, second);
            }
            _ if class.is_retriable() => {
                if class == ErrorClass::RefreshMetadata {
                    self.cluster.refresh_metadata();
                }
                let LeaderIdAndEpoch { leader_id, leader_epoch } = answer.current_leader;
                let leader = CurrentLeader { id: leader_id, epoch: leader_epoch };
                let is_learned = self.cluster.learn_leader(&partition.topic, partition.partition, leader);
                self.retry_or_fail(now, partition, id, code, fx);
                if is_learned && let Some(queue) = self.partitions.get_mut(partition) {
                    // The new leader is known, and can be asked at once.
                    queue.hurry(id, now.monotonic);
                }
            }
            _ => self.fail(partition, id, SendError::Refused(code), code, fx),
        }
    }

    fn is_divisible(&self, partition: &TopicPartition, id: BatchId) -> bool {
        let Some(queue) = self.partitions.get(partition) else { return false };
        queue.position(id).is_some_and(|index| queue.batches[index].records.len() > 1)
    }

    /// The broker expected another sequence. If an earlier batch is still open, or our sequence moved up meanwhile,
    /// another attempt settles it; else the sequence of this partition starts again under a new epoch.
    fn on_sequence_refused(&mut self, now: Now, partition: &TopicPartition, id: BatchId, code: ErrorCode) {
        let retry_at = self.cluster.retry_at(now, 1);
        let Some(queue) = self.partitions.get_mut(partition) else { return };
        let Some(index) = queue.position(id) else { return };
        let batch = &mut queue.batches[index];
        let moved = batch.sent_sequence != batch.sequence;
        batch.on_retry(code, false, if moved { now.monotonic } else { retry_at });
        let settles = code == ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER && (index > 0 || moved);
        if !settles {
            queue.resetting = true;
        }
    }

    fn retry_or_fail(
        &mut self,
        now: Now,
        partition: &TopicPartition,
        id: BatchId,
        error: ErrorCode,
        fx: &mut Effects,
    ) {
        let Some(queue) = self.partitions.get_mut(partition) else { return };
        let Some(index) = queue.position(id) else { return };
        let attempts = queue.batches[index].attempts;
        if attempts > self.config.retries {
            self.fail(partition, id, SendError::Refused(error), error, fx);
            return;
        }
        let retry_at = self.cluster.retry_at(now, attempts);
        let uncertain = !excludes_write(error, self.config.acks);
        queue.batches[index].on_retry(error, uncertain, retry_at);
    }

    fn deliver(
        &mut self,
        partition: &TopicPartition,
        id: BatchId,
        base_offset: Option<i64>,
        log_append_time_ms: Option<i64>,
        fx: &mut Effects,
    ) {
        let Some(queue) = self.partitions.get_mut(partition) else { return };
        let Some(index) = queue.position(id) else { return }; // given up meanwhile
        let batch = queue.batches.remove(index).expect("just found");
        self.buffered_bytes -= batch.buffered_bytes();
        batch.deliver(partition, base_offset, log_append_time_ms, fx);
    }

    /// Gives a batch up. If it may be in the log, the broker's sequence is unknown from here on.
    fn fail(
        &mut self,
        partition: &TopicPartition,
        id: BatchId,
        reason: SendError,
        error: ErrorCode,
        fx: &mut Effects,
    ) {
        let acks = self.config.acks;
        let Some(queue) = self.partitions.get_mut(partition) else { return };
        let Some(index) = queue.position(id) else { return };
        if queue.batches[index].is_in_flight() {
            queue.batches[index].on_retry(error, !excludes_write(error, acks), Timestamp::default());
        }
        let batch = Self::remove(queue, index);
        self.buffered_bytes -= batch.buffered_bytes();
        let maybe_written = batch.is_uncertain();
        batch.fail(reason, maybe_written, fx);
    }

    fn remove(queue: &mut super::PartitionQueue, index: usize) -> Batch {
        if queue.batches[index].is_uncertain() && queue.batches[index].sequence.is_some() {
            queue.resetting = true;
            queue.batches.remove(index).expect("the caller knows the index")
        } else {
            queue.remove_unwritten(index)
        }
    }

    /// Gives up on batches whose delivery timeout is over, in flight or not, and ends resets.
    pub(super) fn expire_batches(&mut self, now: Now, fx: &mut Effects) {
        for queue in self.partitions.values_mut() {
            // Batches stand in the order of their creation, so the first one is given up first.
            while queue.batches.front().is_some_and(|batch| batch.deadline <= now.monotonic) {
                let batch = Self::remove(queue, 0);
                self.buffered_bytes -= batch.buffered_bytes();
                let (reason, maybe_written) = (SendError::TimedOut(batch.last_error), batch.is_uncertain());
                batch.fail(reason, maybe_written, fx);
            }
            if queue.resetting && queue.in_flight() == 0 {
                for batch in queue.finish_reset(&mut self.identity) {
                    self.buffered_bytes -= batch.buffered_bytes();
                    let reason = SendError::Refused(batch.last_error);
                    batch.fail(reason, true, fx);
                }
            }
        }
    }

    /// When a batch has lingered, may be repeated, or is given up.
    pub(super) fn next_send_deadline(&self) -> Option<Timestamp> {
        let hurry = self.hurry();
        let deadlines = self.partitions.iter().flat_map(|(partition, queue)| {
            let ready = queue.ready_at(&self.identity, &self.config, hurry);
            // Without a leader that can be reached, time alone does not help before the connection may be retried.
            let ready = ready.and_then(|at| {
                let leader = self.cluster.leader(&partition.topic, partition.partition)?;
                self.cluster.can_send_at(&leader, at, self.config.max_in_flight)
            });
            let expiry = queue.batches.front().map(|batch| batch.deadline);
            [ready, expiry]
        });
        deadlines.flatten().min()
    }

    /// What must hold between two inputs.
    pub(super) fn check(&self) {
        let waiting = self.waiting.values().flatten().map(|waiting| waiting.content.size_upper_bound());
        let batched = self.partitions.values().flat_map(|queue| &queue.batches).map(Batch::buffered_bytes);
        assert_eq!(
            self.buffered_bytes,
            waiting.chain(batched).sum::<usize>(),
            "every buffered byte is owned"
        );
        assert!(self.buffered_bytes <= self.config.buffer_memory, "the buffer is bounded");
        self.partitions.values().for_each(super::PartitionQueue::check);
    }
}
