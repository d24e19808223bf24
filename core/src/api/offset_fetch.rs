//! OffsetFetch: where a group goes on.
//!
//! Version 8 asks for several groups at once, version 10 names topics by id. All of them are answered from one
//! form: a group with its topics.

use alloc::vec::Vec;

use klamm_wire::messages::offset_fetch_request::{OffsetFetchRequestGroup, OffsetFetchRequestTopics};
use klamm_wire::messages::offset_fetch_response::{
    OffsetFetchResponseGroup, OffsetFetchResponsePartition, OffsetFetchResponsePartitions,
    OffsetFetchResponseTopic, OffsetFetchResponseTopics,
};
use klamm_wire::messages::{OffsetFetchRequest, OffsetFetchResponse, Response};
use klamm_wire::{ErrorCode, Str, Uuid};

use crate::connection::Call;
use crate::edge::Effects;
use crate::flaw::Flaw;
use crate::group::CommittedOffset;
use crate::node::Node;
use crate::time::Now;

/// First version that asks for several groups.
const SEVERAL_GROUPS: i16 = 8;
/// First version that names topics by id.
const TOPIC_IDS: i16 = 10;
/// First version in which "all topics" can be said.
const ALL_TOPICS: i16 = 2;

/// Answered at once, from what is committed.
pub(crate) fn handle(
    node: &mut Node,
    _: Now,
    _: &mut Effects,
    call: &Call,
    request: OffsetFetchRequest,
) -> Option<Response> {
    let stable = request.require_stable;
    if call.api_version >= SEVERAL_GROUPS {
        let groups = request.groups.iter().map(|group| fetch(node, call.api_version, stable, group));
        let response = OffsetFetchResponse { groups: groups.collect(), ..OffsetFetchResponse::default() };
        return Some(response.into());
    }
    let topics = request.topics.map(|topics| {
        let topics = topics.into_iter().map(|topic| OffsetFetchRequestTopics {
            name: topic.name,
            topic_id: Uuid::ZERO,
            partition_indexes: topic.partition_indexes,
        });
        topics.collect()
    });
    let group =
        OffsetFetchRequestGroup { group_id: request.group_id, topics, ..OffsetFetchRequestGroup::default() };
    Some(single(call.api_version, &group, fetch(node, call.api_version, stable, &group)).into())
}

/// The answer about one group in the form that is older than version 8.
fn single(
    api_version: i16,
    asked: &OffsetFetchRequestGroup,
    group: OffsetFetchResponseGroup,
) -> OffsetFetchResponse {
    let error = group.error_code;
    let topics = if api_version < ALL_TOPICS && error != ErrorCode::NONE {
        // No room for an error of the whole: every partition has it.
        asked.topics.iter().flatten().map(|topic| failed(topic, error)).collect()
    } else {
        group.topics
    };
    let partition = |partition: OffsetFetchResponsePartitions| OffsetFetchResponsePartition {
        partition_index: partition.partition_index,
        committed_offset: partition.committed_offset,
        committed_leader_epoch: partition.committed_leader_epoch,
        metadata: partition.metadata,
        error_code: partition.error_code,
    };
    let topic = |topic: OffsetFetchResponseTopics| OffsetFetchResponseTopic {
        name: topic.name,
        partitions: topic.partitions.into_iter().map(partition).collect(),
    };
    OffsetFetchResponse {
        topics: topics.into_iter().map(topic).collect(),
        error_code: error,
        ..OffsetFetchResponse::default()
    }
}

fn fetch(
    node: &Node,
    api_version: i16,
    require_stable: bool,
    asked: &OffsetFetchRequestGroup,
) -> OffsetFetchResponseGroup {
    let mut response =
        OffsetFetchResponseGroup { group_id: asked.group_id.clone(), ..OffsetFetchResponseGroup::default() };
    let shard = match node.group_shard(&asked.group_id) {
        Ok(shard) => node.groups.committed(shard).expect("a shard that was found serves"),
        Err(error) => {
            response.error_code = error;
            return response;
        }
    };
    // A commit that is pending may be the newer one: the client asks again when its transaction has ended.
    let ignores_pending = !require_stable || node.env.config.has_flaw(Flaw::PendingTxnOffsetVisible);
    let is_unstable =
        |topic: &Str, index: i32| !ignores_pending && shard.is_offset_pending(&asked.group_id, topic, index);
    let by_id = api_version >= TOPIC_IDS;
    let image = &node.env.image;
    let Some(topics) = &asked.topics else {
        for (name, partitions) in shard.committed_offsets(&asked.group_id).into_iter().flatten() {
            let topic_id = image.topic(name).map_or(Uuid::ZERO, |topic| topic.id);
            if by_id && topic_id.is_zero() {
                // The topic is gone, and there is no other way to name it.
                continue;
            }
            let offset = |index: &i32| shard.committed_offset(&asked.group_id, name, topic_id, *index);
            let found = |index: &i32| {
                let offset = offset(index)?;
                Some(if is_unstable(name, *index) { unstable(*index) } else { found(*index, Some(offset)) })
            };
            let partitions: Vec<_> = partitions.keys().filter_map(found).collect();
            if !partitions.is_empty() {
                response.topics.push(OffsetFetchResponseTopics { name: name.clone(), topic_id, partitions });
            }
        }
        return response;
    };
    for topic in topics {
        let known = if by_id { image.topic_by_id(topic.topic_id) } else { image.topic(&topic.name) };
        if by_id && known.is_none() {
            response.topics.push(failed(topic, ErrorCode::UNKNOWN_TOPIC_ID));
            continue;
        }
        // A group may ask for a topic by a name that is not known: then there is no offset, but no error.
        let name = known.map_or(&topic.name, |known| &known.name);
        let topic_id = known.map_or(Uuid::ZERO, |known| known.id);
        let partition = |index: &i32| {
            if is_unstable(name, *index) {
                return unstable(*index);
            }
            found(*index, shard.committed_offset(&asked.group_id, name, topic_id, *index))
        };
        response.topics.push(OffsetFetchResponseTopics {
            name: name.clone(),
            topic_id: topic.topic_id,
            partitions: topic.partition_indexes.iter().map(partition).collect(),
        });
    }
    response
}

/// What is committed, or that nothing is: offset -1 without an error, which clients take as "begin anew".
fn found(index: i32, committed: Option<&CommittedOffset>) -> OffsetFetchResponsePartitions {
    OffsetFetchResponsePartitions {
        partition_index: index,
        committed_offset: committed.map_or(-1, |committed| committed.offset),
        committed_leader_epoch: committed.map_or(-1, |committed| committed.leader_epoch),
        metadata: Some(committed.map_or_else(Str::default, |committed| committed.metadata.clone())),
        error_code: ErrorCode::NONE,
    }
}

/// A transaction that is open has an offset for the partition.
fn unstable(index: i32) -> OffsetFetchResponsePartitions {
    OffsetFetchResponsePartitions { error_code: ErrorCode::UNSTABLE_OFFSET_COMMIT, ..found(index, None) }
}

fn failed(topic: &OffsetFetchRequestTopics, error: ErrorCode) -> OffsetFetchResponseTopics {
    let partition = |index: &i32| OffsetFetchResponsePartitions { error_code: error, ..found(*index, None) };
    OffsetFetchResponseTopics {
        name: topic.name.clone(),
        topic_id: topic.topic_id,
        partitions: topic.partition_indexes.iter().map(partition).collect(),
    }
}
