//! Topics and partitions.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use klamm_wire::messages::create_partitions_request::CreatePartitionsTopic;
use klamm_wire::messages::create_topics_request::{
    CreatableReplicaAssignment, CreatableTopic, CreatableTopicConfig,
};
use klamm_wire::messages::delete_topics_request::DeleteTopicState;
use klamm_wire::messages::describe_topic_partitions_request::{Cursor, TopicRequest};
use klamm_wire::messages::describe_topic_partitions_response::DescribeTopicPartitionsResponsePartition;
use klamm_wire::messages::metadata_request::MetadataRequestTopic;
use klamm_wire::messages::metadata_response::MetadataResponsePartition;
use klamm_wire::messages::{
    CreatePartitionsRequest, CreatePartitionsResponse, CreateTopicsRequest, CreateTopicsResponse,
    DeleteTopicsRequest, DeleteTopicsResponse, DescribeTopicPartitionsRequest,
    DescribeTopicPartitionsResponse, MetadataRequest, MetadataResponse, Request,
};
use klamm_wire::{ErrorCode, Str};

use super::ask::{Absorbed, Ask};
use super::call::{AdminReply, ApiError, ByName, CreatedTopic, DescribedPartition, DescribedTopic, NewTopic};
use crate::types::TopicPartition;

/// The controller has moved and nothing was done: ask the new one.
fn is_elsewhere(mut codes: impl Iterator<Item = ErrorCode>) -> bool {
    codes.any(|code| code == ErrorCode::NOT_CONTROLLER)
}

pub(super) fn create_request(topics: &[NewTopic], validate_only: bool, timeout_ms: i32) -> Request {
    let topic = |topic: &NewTopic| CreatableTopic {
        name: topic.name.clone(),
        num_partitions: topic.partitions,
        replication_factor: topic.replication_factor,
        assignments: topic
            .assignments
            .iter()
            .map(|(index, replicas)| CreatableReplicaAssignment {
                partition_index: *index,
                broker_ids: replicas.clone(),
            })
            .collect(),
        configs: topic
            .configs
            .iter()
            .map(|(name, value)| CreatableTopicConfig { name: name.clone(), value: Some(value.clone()) })
            .collect(),
    };
    let topics = topics.iter().map(topic).collect();
    CreateTopicsRequest { topics, timeout_ms, validate_only }.into()
}

pub(super) fn created(ask: &Ask, response: &CreateTopicsResponse) -> Absorbed {
    if is_elsewhere(response.topics.iter().map(|topic| topic.error_code)) {
        return Absorbed::again(ask.clone(), ErrorCode::NOT_CONTROLLER);
    }
    let created = response.topics.iter().map(|topic| {
        let outcome = ApiError::check(topic.error_code, topic.error_message.as_ref());
        let created = CreatedTopic {
            topic_id: topic.topic_id,
            partitions: topic.num_partitions,
            replication_factor: topic.replication_factor,
        };
        (topic.name.clone(), outcome.map(|()| created))
    });
    Absorbed::done(AdminReply::TopicsCreated(created.collect()))
}

pub(super) fn delete_request(names: &[Str], version: i16, timeout_ms: i32) -> Request {
    let mut request = DeleteTopicsRequest { timeout_ms, ..Default::default() };
    if version >= 6 {
        let by_name = |name: &Str| DeleteTopicState { name: Some(name.clone()), ..Default::default() };
        request.topics = names.iter().map(by_name).collect();
    } else {
        request.topic_names = names.to_vec();
    }
    request.into()
}

pub(super) fn deleted(ask: &Ask, response: &DeleteTopicsResponse) -> Absorbed {
    if is_elsewhere(response.responses.iter().map(|topic| topic.error_code)) {
        return Absorbed::again(ask.clone(), ErrorCode::NOT_CONTROLLER);
    }
    let deleted = response.responses.iter().map(|topic| {
        let outcome = ApiError::check(topic.error_code, topic.error_message.as_ref());
        (topic.name.clone().unwrap_or_default(), outcome)
    });
    Absorbed::done(AdminReply::Done(deleted.collect()))
}

pub(super) fn create_partitions_request(
    counts: &BTreeMap<Str, i32>,
    validate_only: bool,
    timeout_ms: i32,
) -> Request {
    let topic = |(name, count): (&Str, &i32)| CreatePartitionsTopic {
        name: name.clone(),
        count: *count,
        assignments: None, // the controller chooses
    };
    CreatePartitionsRequest { topics: counts.iter().map(topic).collect(), timeout_ms, validate_only }.into()
}

pub(super) fn partitions_created(ask: &Ask, response: &CreatePartitionsResponse) -> Absorbed {
    if is_elsewhere(response.results.iter().map(|topic| topic.error_code)) {
        return Absorbed::again(ask.clone(), ErrorCode::NOT_CONTROLLER);
    }
    let results = response
        .results
        .iter()
        .map(|topic| (topic.name.clone(), ApiError::check(topic.error_code, topic.error_message.as_ref())));
    Absorbed::done(AdminReply::Done(results.collect()))
}

pub(super) fn describe_request(names: &[Str], cursor: Option<&TopicPartition>) -> Request {
    let by_name = |name: &Str| TopicRequest { name: name.clone() };
    let from = |at: &TopicPartition| Cursor { topic_name: at.topic.clone(), partition_index: at.partition };
    DescribeTopicPartitionsRequest {
        topics: names.iter().map(by_name).collect(),
        cursor: cursor.map(from),
        ..Default::default()
    }
    .into()
}

pub(super) fn described(ask: &Ask, response: &DescribeTopicPartitionsResponse) -> Absorbed {
    let partition = |p: &DescribeTopicPartitionsResponsePartition| DescribedPartition {
        leader: (p.leader_id >= 0).then_some(p.leader_id),
        leader_epoch: p.leader_epoch,
        replicas: p.replica_nodes.clone(),
        isr: p.isr_nodes.clone(),
        elr: Some(p.eligible_leader_replicas.clone().unwrap_or_default()),
        last_known_elr: Some(p.last_known_elr.clone().unwrap_or_default()),
        offline_replicas: p.offline_replicas.clone(),
    };
    let topics = response.topics.iter().map(|topic| {
        let described = DescribedTopic {
            topic_id: topic.topic_id,
            is_internal: topic.is_internal,
            partitions: topic.partitions.iter().map(|p| (p.partition_index, partition(p))).collect(),
        };
        let outcome = ApiError::check(topic.error_code, None).map(|()| described);
        (topic.name.clone().unwrap_or_default(), outcome)
    });
    let topics: ByName<DescribedTopic> = topics.collect();
    let more = response.next_cursor.as_ref().map(|next| {
        let cursor = TopicPartition { topic: next.topic_name.clone(), partition: next.partition_index };
        let Ask::DescribeTopics { names, .. } = ask else { unreachable!("{ask:?} has no cursor") };
        (Ask::DescribeTopics { names: names.clone(), cursor: Some(cursor) }, ErrorCode::NONE)
    });
    Absorbed { reply: Some(AdminReply::Topics(topics)), again: more, refused: None }
}

/// `None` if the version would create what does not exist, or cannot ask for everything.
pub(super) fn metadata_request(names: Option<&[Str]>, version: i16) -> Option<Request> {
    if version < 4 {
        return None;
    }
    let by_name = |name: &Str| MetadataRequestTopic { name: Some(name.clone()), ..Default::default() };
    let topics: Option<Vec<_>> = names.map(|names| names.iter().map(by_name).collect());
    Some(MetadataRequest { topics, allow_auto_topic_creation: false, ..Default::default() }.into())
}

pub(super) fn metadata(response: &MetadataResponse) -> Absorbed {
    let partition = |p: &MetadataResponsePartition| DescribedPartition {
        leader: (p.leader_id >= 0).then_some(p.leader_id),
        leader_epoch: p.leader_epoch,
        replicas: p.replica_nodes.clone(),
        isr: p.isr_nodes.clone(),
        elr: None,
        last_known_elr: None,
        offline_replicas: p.offline_replicas.clone(),
    };
    let topics = response.topics.iter().map(|topic| {
        let described = DescribedTopic {
            topic_id: topic.topic_id,
            is_internal: topic.is_internal,
            partitions: topic.partitions.iter().map(|p| (p.partition_index, partition(p))).collect(),
        };
        let outcome = ApiError::check(topic.error_code, None).map(|()| described);
        (topic.name.clone().unwrap_or_default(), outcome)
    });
    Absorbed::done(AdminReply::Topics(topics.collect()))
}
