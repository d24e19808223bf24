//! Fetching: requests to leaders, and records out of their answers.

use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::vec;
use alloc::vec::Vec;

use bytes::Bytes;
use klamm_wire::batch::{BatchError, BatchView, Batches, ControlRecordType};
use klamm_wire::messages::fetch_request::{FetchPartition, FetchTopic};
use klamm_wire::messages::fetch_response::{AbortedTransaction, LeaderIdAndEpoch, PartitionData};
use klamm_wire::messages::{FetchRequest, FetchResponse};
use klamm_wire::{ApiKey, ErrorCode, Str, Uuid};

use super::subscription::{PartitionState, Position};
use super::{Consumer, ConsumerError, ConsumerOutcome, ConsumerRecord, Effects, Isolation, Tag};
use crate::client::cluster::CurrentLeader;
use crate::client::{ClientEffect, ErrorClass, NodeRef};
use crate::time::Now;
use crate::types::{BrokerId, LeaderEpoch, Offset, TopicPartition};

/// The last version that names topics; later ones carry their ids.
const LAST_VERSION_WITH_NAMES: i16 = 12;
/// The first version in which consumers name their rack.
const RACK_SINCE: i16 = 11;
/// Without a fetch session: every request names all its partitions (KIP-227).
const SESSIONLESS_EPOCH: i32 = -1;

/// What a fetch was sent for: the partition and its serial.
pub(super) type Fetched = Vec<(TopicPartition, u64)>;

impl Consumer {
    /// Sends a fetch to every broker that has none, for all partitions that can use one: to their leaders, or to the
    /// replicas that leaders have named (KIP-392).
    pub(super) fn maybe_fetch(&mut self, now: Now, fx: &mut Effects) {
        self.leave_useless_replicas(now);
        let ahead = usize::try_from(self.config.max_partition_fetch_bytes).unwrap_or(usize::MAX);
        let mut leaders: BTreeMap<NodeRef, Vec<TopicPartition>> = BTreeMap::new();
        let mut leaderless = false;
        for (name, state) in self.partitions.iter() {
            if !state.is_fetchable(now.monotonic, ahead) {
                continue;
            }
            match self.source(name, state) {
                Some(leader) => leaders.entry(leader).or_default().push(name.clone()),
                None => leaderless = true,
            }
        }
        if leaderless {
            self.cluster.refresh_metadata();
        }
        for (leader, partitions) in leaders {
            if !self.fetching.contains(&leader) && self.cluster.is_ready(now, &leader, fx) {
                self.send_fetch(now, &leader, &partitions, fx);
            }
        }
    }

    /// Whom a partition is read from: the replica that its leader has named, or the leader.
    pub(super) fn source(&self, name: &TopicPartition, state: &PartitionState) -> Option<NodeRef> {
        let preferred = state.preferred().and_then(|id| self.cluster.broker(id));
        preferred.or_else(|| self.cluster.leader(&name.topic, name.partition))
    }

    /// Goes back to the leaders of partitions whose replica is gone, cannot be reached, or was named long ago.
    fn leave_useless_replicas(&mut self, now: Now) {
        let cluster = &self.cluster;
        let is_there = |id: BrokerId| {
            let node = cluster.broker(id)?;
            // `None` while it is busy or being connected to.
            let free_at = cluster.can_send_at(&node, now.monotonic, usize::MAX);
            Some(free_at.is_none_or(|at| at <= now.monotonic))
        };
        for (_, state) in self.partitions.iter_mut() {
            let Some(replica) = state.preferred() else { continue };
            if state.is_preference_over(now.monotonic) || is_there(replica) != Some(true) {
                state.prefer_leader();
            }
        }
    }

    fn send_fetch(&mut self, now: Now, leader: &NodeRef, partitions: &[TopicPartition], fx: &mut Effects) {
        let Some(version) = self.cluster.version(leader, ApiKey::Fetch, i16::MAX) else {
            return self.report(ConsumerError::Unsupported(ApiKey::Fetch), fx);
        };
        let by_name = version <= LAST_VERSION_WITH_NAMES;
        let mut topics: BTreeMap<Str, FetchTopic> = BTreeMap::new();
        let mut fetched = Fetched::new();
        for name in partitions {
            let metadata = self.cluster.metadata.topics.get(&name.topic).expect("it has a leader");
            let leader_epoch = metadata.partitions.get(&name.partition).map_or(-1, |p| p.leader_epoch);
            let topic = topics.entry(name.topic.clone()).or_insert_with(|| FetchTopic {
                topic: if by_name { name.topic.clone() } else { Str::default() },
                topic_id: if by_name { Uuid::ZERO } else { metadata.topic_id },
                partitions: vec![],
            });
            let state = self.partitions.get_mut(name).expect("just listed");
            state.in_flight = true;
            fetched.push((name.clone(), state.serial));
            topic.partitions.push(FetchPartition {
                partition: name.partition,
                current_leader_epoch: leader_epoch,
                fetch_offset: state.fetch_offset,
                partition_max_bytes: self.config.max_partition_fetch_bytes,
                ..Default::default()
            });
        }
        let request = FetchRequest {
            max_wait_ms: self.config.fetch_max_wait_ms,
            min_bytes: self.config.fetch_min_bytes,
            max_bytes: self.config.fetch_max_bytes,
            isolation_level: self.config.isolation.to_wire(),
            session_epoch: SESSIONLESS_EPOCH,
            rack_id: if version >= RACK_SINCE { self.config.client_rack.clone() } else { Str::default() },
            topics: topics.into_values().collect(),
            ..Default::default()
        };
        self.fetching.insert(leader.clone());
        let tag = Tag::Fetch(leader.clone(), fetched);
        self.cluster.send(now, leader, tag, version, request.into(), fx);
    }

    pub(super) fn on_fetch_lost(&mut self, now: Now, leader: &NodeRef, fetched: &Fetched) {
        self.fetching.remove(leader);
        for (name, serial) in fetched {
            self.retry_later(now, name, *serial);
            self.leave_preferred(name, *serial);
        }
    }

    /// The replica that was preferred to the leader is of no use.
    fn leave_preferred(&mut self, name: &TopicPartition, serial: u64) -> bool {
        self.partitions.current(name, serial).is_some_and(PartitionState::prefer_leader)
    }

    /// The partition waits before it is asked for again.
    pub(super) fn retry_later(&mut self, now: Now, name: &TopicPartition, serial: u64) {
        let Some(state) = self.partitions.current(name, serial) else { return };
        state.in_flight = false;
        state.failures += 1;
        let failures = state.failures;
        let retry_at = self.cluster.retry_at(now, failures);
        self.partitions.current(name, serial).expect("just found").retry_at = retry_at;
    }

    pub(super) fn on_fetched(
        &mut self,
        now: Now,
        leader: &NodeRef,
        fetched: &Fetched,
        response: &FetchResponse,
        fx: &mut Effects,
    ) {
        self.fetching.remove(leader);
        if response.error_code != ErrorCode::NONE {
            self.cluster.refresh_metadata();
            for (name, serial) in fetched {
                self.retry_later(now, name, *serial);
            }
            return;
        }
        for at in &response.node_endpoints {
            self.cluster.learn_broker(at.node_id, &at.host, at.port, at.rack.as_ref());
        }
        let mut answers: BTreeMap<(Str, i32), &PartitionData> = BTreeMap::new();
        for topic in &response.responses {
            let name = if topic.topic.is_empty() {
                self.topic_name(topic.topic_id)
            } else {
                Some(topic.topic.clone())
            };
            let Some(name) = name else { continue };
            answers.extend(topic.partitions.iter().map(|data| ((name.clone(), data.partition_index), data)));
        }
        for (name, serial) in fetched {
            match answers.get(&(name.topic.clone(), name.partition)) {
                Some(data) => self.on_partition_fetched(now, name, *serial, data, fx),
                None => self.retry_later(now, name, *serial),
            }
        }
    }

    fn topic_name(&self, topic_id: Uuid) -> Option<Str> {
        let topics = &self.cluster.metadata.topics;
        topics.iter().find(|(_, topic)| topic.topic_id == topic_id).map(|(name, _)| name.clone())
    }

    fn on_partition_fetched(
        &mut self,
        now: Now,
        name: &TopicPartition,
        serial: u64,
        data: &PartitionData,
        fx: &mut Effects,
    ) {
        if self.partitions.current(name, serial).is_none() {
            return; // given up or moved meanwhile
        }
        match (data.error_code, ErrorClass::of(data.error_code)) {
            (ErrorCode::NONE, _) if data.preferred_read_replica >= 0 => {
                // Asked for again when metadata would be, so that a better one is found.
                let until = now.monotonic.after_ms(i64::from(self.config.cluster.metadata_max_age_ms));
                let state = self.partitions.current(name, serial).expect("checked above");
                state.in_flight = false;
                state.prefer(data.preferred_read_replica, until);
            }
            (ErrorCode::NONE, _) => self.on_records(now, name, serial, data, fx),
            // A follower may lag behind what this consumer has read elsewhere; the leader knows better.
            (ErrorCode::OFFSET_OUT_OF_RANGE, _) if self.leave_preferred(name, serial) => {
                self.retry_later(now, name, serial);
            }
            (ErrorCode::OFFSET_OUT_OF_RANGE, _) => self.on_out_of_range(name, serial, fx),
            (_, ErrorClass::RefreshMetadata) => {
                self.cluster.refresh_metadata();
                self.leave_preferred(name, serial);
                self.retry_later(now, name, serial);
                let LeaderIdAndEpoch { leader_id, leader_epoch } = data.current_leader;
                let leader = CurrentLeader { id: leader_id, epoch: leader_epoch };
                if self.cluster.learn_leader(&name.topic, name.partition, leader) {
                    // The new leader is known, and can be asked at once.
                    let state = self.partitions.current(name, serial).expect("checked above");
                    state.retry_at = now.monotonic;
                }
            }
            (_, class) => {
                self.leave_preferred(name, serial);
                self.retry_later(now, name, serial);
                if !class.is_retriable() {
                    self.report(ConsumerError::Partition(name.clone(), data.error_code), fx);
                }
            }
        }
    }

    /// The position is below the log start or above the end. What is buffered from before is still handed out
    /// first by waiting for it.
    fn on_out_of_range(&mut self, name: &TopicPartition, serial: u64, fx: &mut Effects) {
        let rule = self.config.auto_offset_reset;
        let state = self.partitions.current(name, serial).expect("checked by the caller");
        state.in_flight = false;
        if !state.buffered.is_empty() {
            return; // asked again when the records before are handed out
        }
        let offset = state.fetch_offset;
        state.reset(rule);
        if state.position == Position::Stuck {
            self.report(ConsumerError::OffsetOutOfRange(name.clone(), offset), fx);
        }
    }

    fn on_records(
        &mut self,
        now: Now,
        name: &TopicPartition,
        serial: u64,
        data: &PartitionData,
        fx: &mut Effects,
    ) {
        let (isolation, limit) = (self.config.isolation, self.config.max_decompressed_bytes);
        let state = self.partitions.current(name, serial).expect("checked by the caller");
        let aborted = match isolation {
            Isolation::ReadCommitted => data.aborted_transactions.as_deref().unwrap_or_default(),
            Isolation::ReadUncommitted => &[],
        };
        let bytes = data.records.as_ref().map_or_else(Bytes::new, klamm_wire::Records::to_bytes);
        let (read, error) = read_records(name, state.fetch_offset, bytes, aborted, limit);
        state.in_flight = false;
        state.high_watermark = Some(data.high_watermark);
        state.fetch_offset = read.next_offset;
        state.buffered_bytes += read.records.iter().map(ConsumerRecord::payload_bytes).sum::<usize>();
        state.buffered.extend(read.records);
        if state.buffered.is_empty() {
            state.next = state.fetch_offset; // only markers, or nothing
        }
        match error {
            None => state.failures = 0,
            Some(error) => {
                let offset = state.fetch_offset;
                self.retry_later(now, name, serial);
                self.report(ConsumerError::Damaged(name.clone(), offset, error), fx);
            }
        }
    }

    pub(super) fn report(&mut self, error: ConsumerError, fx: &mut Effects) {
        fx.push(ClientEffect::Outcome(ConsumerOutcome::Error(error)));
    }
}

/// What the batches of one partition hold from an offset on.
struct Read {
    records: VecDeque<ConsumerRecord>,
    next_offset: Offset,
}

/// Reads whole batches: drops what lies below `from`, control records and aborted transactions.
///
/// The next offset follows the last *batch*, not the last record: compaction and markers leave gaps. A batch that
/// cannot be read ends it, with what came before intact.
fn read_records(
    name: &TopicPartition,
    from: Offset,
    bytes: Bytes,
    aborted: &[AbortedTransaction],
    limit: usize,
) -> (Read, Option<BatchError>) {
    let mut read = Read { records: VecDeque::new(), next_offset: from };
    let mut filter = AbortFilter::new(aborted);
    for batch in Batches::new(bytes) {
        let outcome = batch.and_then(|batch| {
            batch.verify_crc()?;
            if batch.last_offset() < from {
                return Ok(());
            }
            if filter.lets_through(&batch, limit)? {
                read_batch(name, from, &batch, limit, &mut read.records)?;
            }
            read.next_offset = batch.last_offset() + 1;
            Ok(())
        });
        if let Err(error) = outcome {
            return (read, Some(error));
        }
    }
    (read, None)
}

fn read_batch(
    name: &TopicPartition,
    from: Offset,
    batch: &BatchView,
    limit: usize,
    records: &mut VecDeque<ConsumerRecord>,
) -> Result<(), BatchError> {
    let leader_epoch: LeaderEpoch = batch.partition_leader_epoch();
    let before = records.len();
    for record in batch.records_decompressed(limit)? {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                records.truncate(before); // a batch is handed out whole or not at all
                return Err(error);
            }
        };
        let offset = batch.base_offset() + i64::from(record.offset_delta);
        if offset < from {
            continue;
        }
        records.push_back(ConsumerRecord {
            partition: name.clone(),
            offset,
            leader_epoch,
            timestamp_ms: batch.timestamp(record.timestamp_delta),
            is_log_append_time: batch.is_log_append_time(),
            key: record.key,
            value: record.value,
            headers: record.headers,
        });
    }
    Ok(())
}

/// Hides aborted transactions: a producer's batches from the first offset of the transaction to its abort marker.
struct AbortFilter<'a> {
    /// Not reached yet, by first offset.
    ahead: Vec<&'a AbortedTransaction>,
    /// Producers whose transaction is being hidden.
    hidden: BTreeSet<i64>,
}

impl<'a> AbortFilter<'a> {
    fn new(aborted: &'a [AbortedTransaction]) -> Self {
        let mut ahead: Vec<&AbortedTransaction> = aborted.iter().collect();
        ahead.sort_by_key(|aborted| core::cmp::Reverse(aborted.first_offset));
        Self { ahead, hidden: BTreeSet::new() }
    }

    fn lets_through(&mut self, batch: &BatchView, limit: usize) -> Result<bool, BatchError> {
        while self.ahead.last().is_some_and(|aborted| aborted.first_offset <= batch.last_offset()) {
            let reached = self.ahead.pop().expect("there is a last one");
            self.hidden.insert(reached.producer_id);
        }
        if batch.is_control() {
            if is_abort_marker(batch, limit)? {
                self.hidden.remove(&batch.producer_id());
            }
            return Ok(false);
        }
        Ok(!(batch.is_transactional() && self.hidden.contains(&batch.producer_id())))
    }
}

fn is_abort_marker(batch: &BatchView, limit: usize) -> Result<bool, BatchError> {
    let Some(marker) = batch.records_decompressed(limit)?.next().transpose()? else { return Ok(false) };
    let kind = marker.key.as_ref().and_then(|key| ControlRecordType::of_key(key).ok()).flatten();
    Ok(kind == Some(ControlRecordType::Abort))
}
