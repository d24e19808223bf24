//! Where to begin: committed offsets from the group, looked-up offsets from the leaders.

use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;

use klamm_wire::messages::list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic};
use klamm_wire::messages::offset_fetch_request::{
    OffsetFetchRequestGroup, OffsetFetchRequestTopic, OffsetFetchRequestTopics,
};
use klamm_wire::messages::{
    ListOffsetsRequest, ListOffsetsResponse, OffsetFetchRequest, OffsetFetchResponse,
};
use klamm_wire::{ApiKey, ErrorCode, Str};

use super::fetcher::Fetched;
use super::subscription::Position;
use super::{Consumer, ConsumerError, Effects, OffsetReset, Tag};
use crate::client::{ErrorClass, Lane, NodeRef};
use crate::time::Now;
use crate::types::{Offset, TopicPartition};

/// The last version that names topics; later ones carry their ids.
const LAST_OFFSET_FETCH_WITH_NAMES: i16 = 9;
/// The replica id of those that are none.
const CONSUMER: i32 = -1;

impl Consumer {
    /// Asks the leaders for the offsets of all partitions that wait for one.
    pub(super) fn maybe_look_up_offsets(&mut self, now: Now, fx: &mut Effects) {
        let mut leaders: BTreeMap<NodeRef, Vec<(TopicPartition, i64)>> = BTreeMap::new();
        let mut leaderless = false;
        for (name, state) in self.partitions.iter() {
            let Position::Lookup(timestamp) = state.position else { continue };
            if state.in_flight || state.retry_at > now.monotonic {
                continue;
            }
            match self.cluster.leader(&name.topic, name.partition) {
                Some(leader) => leaders.entry(leader).or_default().push((name.clone(), timestamp)),
                None => leaderless = true,
            }
        }
        if leaderless {
            self.cluster.refresh_metadata();
        }
        for (leader, wanted) in leaders {
            if self.cluster.is_ready(now, &leader, fx) {
                self.send_list_offsets(now, &leader, &wanted, fx);
            }
        }
    }

    fn send_list_offsets(
        &mut self,
        now: Now,
        leader: &NodeRef,
        wanted: &[(TopicPartition, i64)],
        fx: &mut Effects,
    ) {
        let Some(version) = self.cluster.version(leader, ApiKey::ListOffsets, i16::MAX) else {
            return self.report(ConsumerError::Unsupported(ApiKey::ListOffsets), fx);
        };
        let mut topics: BTreeMap<Str, Vec<ListOffsetsPartition>> = BTreeMap::new();
        let mut asked = Fetched::new();
        for (name, timestamp) in wanted {
            let state = self.partitions.get_mut(name).expect("just listed");
            state.in_flight = true;
            asked.push((name.clone(), state.serial));
            topics.entry(name.topic.clone()).or_default().push(ListOffsetsPartition {
                partition_index: name.partition,
                timestamp: *timestamp,
                ..Default::default()
            });
        }
        let topics = topics.into_iter().map(|(name, partitions)| ListOffsetsTopic { name, partitions });
        let request = ListOffsetsRequest {
            replica_id: CONSUMER,
            isolation_level: if version >= 2 { self.config.isolation.to_wire() } else { 0 },
            topics: topics.collect(),
            ..Default::default()
        };
        self.cluster.send(now, leader, Tag::ListOffsets(asked), version, request.into(), fx);
    }

    pub(super) fn on_offsets_listed(
        &mut self,
        now: Now,
        asked: &Fetched,
        response: &ListOffsetsResponse,
        fx: &mut Effects,
    ) {
        for (name, serial) in asked {
            let answer = response
                .topics
                .iter()
                .filter(|topic| topic.name == name.topic)
                .flat_map(|topic| &topic.partitions)
                .find(|answer| answer.partition_index == name.partition);
            let Some(state) = self.partitions.current(name, *serial) else { continue };
            let Some(answer) = answer else {
                self.retry_later(now, name, *serial);
                continue;
            };
            match ErrorClass::of(answer.error_code) {
                ErrorClass::None => {
                    state.in_flight = false;
                    if answer.offset >= 0 {
                        state.go_on_at(answer.offset);
                    } else {
                        // No record is as young as that: begin at the end.
                        state.reset(OffsetReset::Latest);
                    }
                }
                class => {
                    if class == ErrorClass::RefreshMetadata {
                        self.cluster.refresh_metadata();
                    }
                    self.retry_later(now, name, *serial);
                    if !class.is_retriable() {
                        self.report(ConsumerError::Partition(name.clone(), answer.error_code), fx);
                    }
                }
            }
        }
    }

    /// Asks the group's coordinator for the offsets of all partitions that begin where the group stopped.
    pub(super) fn maybe_fetch_committed(&mut self, now: Now, fx: &mut Effects) {
        let Some(group) = self.config.group.clone() else { return };
        let waits = |position: Position| position == Position::Committed;
        let wanted: Vec<TopicPartition> = self
            .partitions
            .iter()
            .filter(|(_, state)| waits(state.position) && !state.in_flight && state.retry_at <= now.monotonic)
            .map(|(name, _)| name.clone())
            .collect();
        if wanted.is_empty() {
            return;
        }
        let Some(node) = self.coordinator(now, Lane::Coordinator, fx) else { return };
        let Some(version) = self.cluster.version(&node, ApiKey::OffsetFetch, LAST_OFFSET_FETCH_WITH_NAMES)
        else {
            return self.report(ConsumerError::Unsupported(ApiKey::OffsetFetch), fx);
        };
        let mut topics: BTreeMap<Str, Vec<i32>> = BTreeMap::new();
        let mut asked = Fetched::new();
        for name in wanted {
            topics.entry(name.topic.clone()).or_default().push(name.partition);
            let state = self.partitions.get_mut(&name).expect("just listed");
            state.in_flight = true;
            asked.push((name, state.serial));
        }
        let request = offset_fetch_request(&group.group_id, Some(topics), version);
        self.cluster.send(now, &node, Tag::OffsetFetch(asked), version, request.into(), fx);
    }

    pub(super) fn on_committed_fetched(
        &mut self,
        now: Now,
        asked: &Fetched,
        response: &OffsetFetchResponse,
        fx: &mut Effects,
    ) {
        let (code, offsets) = offset_fetch_response(response);
        if code != ErrorCode::NONE {
            for (name, serial) in asked {
                self.retry_later(now, name, *serial);
            }
            return self.on_group_error(now, code, fx);
        }
        let rule = self.config.auto_offset_reset;
        for (name, serial) in asked {
            let Some(state) = self.partitions.current(name, *serial) else { continue };
            match offsets.get(name) {
                Some((ErrorCode::NONE, committed)) => {
                    state.in_flight = false;
                    if let Some(committed) = committed {
                        state.go_on_at(committed.offset);
                        state.leader_epoch = committed.leader_epoch;
                        continue;
                    }
                    state.reset(rule);
                    if state.position == Position::Stuck {
                        self.report(ConsumerError::NoOffset(name.clone()), fx);
                    }
                }
                Some((code, _)) => {
                    self.retry_later(now, name, *serial);
                    if !ErrorClass::of(*code).is_retriable() {
                        self.report(ConsumerError::Partition(name.clone(), *code), fx);
                    }
                }
                None => self.retry_later(now, name, *serial),
            }
        }
    }
}

/// An offset as the group remembers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommittedOffset {
    /// The next record to be consumed.
    pub offset: Offset,
    /// Of the last consumed record; -1 if unknown.
    pub leader_epoch: i32,
    /// Whatever the committer added.
    pub metadata: Str,
}

/// Committed offsets by partition, or why there is none; `Ok(None)` if nothing was committed.
pub(crate) type CommittedOffsets = BTreeMap<TopicPartition, (ErrorCode, Option<CommittedOffset>)>;

/// A request for committed offsets; for all of them without `topics`, which version 1 cannot say.
pub(crate) fn offset_fetch_request(
    group_id: &Str,
    topics: Option<BTreeMap<Str, Vec<i32>>>,
    version: i16,
) -> OffsetFetchRequest {
    if version <= 7 {
        let by_name = |(name, partition_indexes)| OffsetFetchRequestTopic { name, partition_indexes };
        let topics = topics.map(|topics| topics.into_iter().map(by_name).collect());
        return OffsetFetchRequest { group_id: group_id.clone(), topics, ..Default::default() };
    }
    let by_name = |(name, partition_indexes)| OffsetFetchRequestTopics {
        name,
        partition_indexes,
        ..Default::default()
    };
    let topics = topics.map(|topics| topics.into_iter().map(by_name).collect());
    let group = OffsetFetchRequestGroup { group_id: group_id.clone(), topics, ..Default::default() };
    OffsetFetchRequest { groups: vec![group], ..Default::default() }
}

/// The group's error, and what is known of each partition.
pub(crate) fn offset_fetch_response(response: &OffsetFetchResponse) -> (ErrorCode, CommittedOffsets) {
    let one = |offset: i64, leader_epoch: i32, metadata: &Option<Str>| {
        let metadata = metadata.clone().unwrap_or_default();
        (offset >= 0).then_some(CommittedOffset { offset, leader_epoch, metadata })
    };
    let mut offsets = CommittedOffsets::new();
    for topic in &response.topics {
        for p in &topic.partitions {
            let name = TopicPartition { topic: topic.name.clone(), partition: p.partition_index };
            let committed = one(p.committed_offset, p.committed_leader_epoch, &p.metadata);
            offsets.insert(name, (p.error_code, committed));
        }
    }
    let group = response.groups.first();
    for topic in group.iter().flat_map(|group| &group.topics) {
        for p in &topic.partitions {
            let name = TopicPartition { topic: topic.name.clone(), partition: p.partition_index };
            let committed = one(p.committed_offset, p.committed_leader_epoch, &p.metadata);
            offsets.insert(name, (p.error_code, committed));
        }
    }
    (group.map_or(response.error_code, |group| group.error_code), offsets)
}
