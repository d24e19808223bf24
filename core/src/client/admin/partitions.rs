//! Who leads partitions, and which brokers hold them.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use klamm_wire::messages::alter_partition_reassignments_request::{ReassignablePartition, ReassignableTopic};
use klamm_wire::messages::elect_leaders_request::TopicPartitions;
use klamm_wire::messages::list_partition_reassignments_request::ListPartitionReassignmentsTopics;
use klamm_wire::messages::{
    AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse, ElectLeadersRequest,
    ElectLeadersResponse, ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse, Request,
};
use klamm_wire::{ErrorCode, Str};

use super::ask::{Absorbed, Ask};
use super::call::{AdminReply, ApiError, ElectionType, Reassignment};
use crate::types::{BrokerId, TopicPartition};

fn by_topic<T>(
    partitions: impl Iterator<Item = (TopicPartition, T)>,
) -> impl Iterator<Item = (Str, Vec<(i32, T)>)> {
    let mut topics: BTreeMap<Str, Vec<(i32, T)>> = BTreeMap::new();
    for (name, value) in partitions {
        topics.entry(name.topic).or_default().push((name.partition, value));
    }
    topics.into_iter()
}

/// `None` if the version can only elect preferred leaders.
pub(super) fn elect_request(
    kind: ElectionType,
    partitions: Option<&BTreeSet<TopicPartition>>,
    version: i16,
    timeout_ms: i32,
) -> Option<Request> {
    if version < 1 && kind != ElectionType::Preferred {
        return None;
    }
    let topics = partitions.map(|all| {
        let topic = |(topic, partitions): (Str, Vec<(i32, ())>)| TopicPartitions {
            topic,
            partitions: partitions.into_iter().map(|(partition, ())| partition).collect(),
        };
        by_topic(all.iter().map(|name| (name.clone(), ()))).map(topic).collect()
    });
    Some(ElectLeadersRequest { election_type: kind as i8, topic_partitions: topics, timeout_ms }.into())
}

pub(super) fn elected(ask: &Ask, response: &ElectLeadersResponse) -> Absorbed {
    let results = response.replica_election_results.iter().flat_map(|topic| {
        topic.partition_result.iter().map(|result| {
            let name = TopicPartition { topic: topic.topic.clone(), partition: result.partition_id };
            (name, ApiError::check(result.error_code, result.error_message.as_ref()))
        })
    });
    let elsewhere = |code| code == ErrorCode::NOT_CONTROLLER;
    let mut codes =
        response.replica_election_results.iter().flat_map(|t| &t.partition_result).map(|p| p.error_code);
    if elsewhere(response.error_code) || codes.any(elsewhere) {
        return Absorbed::again(ask.clone(), ErrorCode::NOT_CONTROLLER);
    }
    match response.error_code {
        ErrorCode::NONE => Absorbed::done(AdminReply::PartitionsDone(results.collect())),
        code => Absorbed::refused(code),
    }
}

/// `None` if the version cannot forbid what is not wanted.
pub(super) fn reassign_request(
    targets: &BTreeMap<TopicPartition, Option<Vec<BrokerId>>>,
    allow_replication_factor_change: bool,
    version: i16,
    timeout_ms: i32,
) -> Option<Request> {
    if version < 1 && !allow_replication_factor_change {
        return None;
    }
    let partition = |(partition_index, replicas): (i32, Option<Vec<BrokerId>>)| ReassignablePartition {
        partition_index,
        replicas,
    };
    let topics = by_topic(targets.iter().map(|(name, target)| (name.clone(), target.clone())));
    let topics = topics.map(|(name, partitions)| ReassignableTopic {
        name,
        partitions: partitions.into_iter().map(partition).collect(),
    });
    let topics = topics.collect();
    Some(AlterPartitionReassignmentsRequest { timeout_ms, allow_replication_factor_change, topics }.into())
}

pub(super) fn reassigned(ask: &Ask, response: &AlterPartitionReassignmentsResponse) -> Absorbed {
    if response.error_code == ErrorCode::NOT_CONTROLLER {
        return Absorbed::again(ask.clone(), ErrorCode::NOT_CONTROLLER);
    }
    if response.error_code != ErrorCode::NONE {
        return Absorbed::refused(response.error_code);
    }
    let results = response.responses.iter().flat_map(|topic| {
        topic.partitions.iter().map(|result| {
            let name = TopicPartition { topic: topic.name.clone(), partition: result.partition_index };
            (name, ApiError::check(result.error_code, result.error_message.as_ref()))
        })
    });
    Absorbed::done(AdminReply::PartitionsDone(results.collect()))
}

pub(super) fn list_request(partitions: Option<&BTreeSet<TopicPartition>>, timeout_ms: i32) -> Request {
    let topics = partitions.map(|all| {
        let topic = |(name, partitions): (Str, Vec<(i32, ())>)| ListPartitionReassignmentsTopics {
            name,
            partition_indexes: partitions.into_iter().map(|(partition, ())| partition).collect(),
        };
        by_topic(all.iter().map(|name| (name.clone(), ()))).map(topic).collect()
    });
    ListPartitionReassignmentsRequest { timeout_ms, topics }.into()
}

pub(super) fn listed(ask: &Ask, response: &ListPartitionReassignmentsResponse) -> Absorbed {
    match response.error_code {
        ErrorCode::NONE => {}
        ErrorCode::NOT_CONTROLLER => return Absorbed::again(ask.clone(), ErrorCode::NOT_CONTROLLER),
        code => return Absorbed::refused(code),
    }
    let ongoing = response.topics.iter().flat_map(|topic| {
        topic.partitions.iter().map(|p| {
            let name = TopicPartition { topic: topic.name.clone(), partition: p.partition_index };
            let reassignment = Reassignment {
                replicas: p.replicas.clone(),
                adding: p.adding_replicas.clone(),
                removing: p.removing_replicas.clone(),
            };
            (name, reassignment)
        })
    });
    Absorbed::done(AdminReply::Reassignments(ongoing.collect()))
}
