//! DescribeTopicPartitions: topics and partitions in pages (KIP-966).

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use klamm_wire::messages::describe_topic_partitions_response::{
    Cursor, DescribeTopicPartitionsResponsePartition, DescribeTopicPartitionsResponseTopic,
};
use klamm_wire::messages::{DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse, Response};
use klamm_wire::{ErrorCode, Str};

use super::operations::TOPIC_OPERATIONS;
use crate::connection::Call;
use crate::controller::check_name;
use crate::edge::Effects;
use crate::image::{MetadataImage, PartitionState, Topic};
use crate::node::Node;
use crate::time::Now;
use crate::types::is_internal_topic;

/// Answers from the committed image, at most `max.request.partition.size.limit` partitions.
pub(crate) fn handle(
    node: &mut Node,
    _: Now,
    _: &mut Effects,
    call: &Call,
    request: DescribeTopicPartitionsRequest,
) -> Option<Response> {
    let asked = i32::try_from(node.env.config.request_partition_limit).unwrap_or(i32::MAX);
    let limit = usize::try_from(asked.min(request.response_partition_limit)).unwrap_or(0).max(1);
    Some(describe(&node.env.image, &call.peer.listener, &request, limit).into())
}

fn describe(
    image: &MetadataImage,
    listener: &str,
    request: &DescribeTopicPartitionsRequest,
    limit: usize,
) -> DescribeTopicPartitionsResponse {
    let mut response = DescribeTopicPartitionsResponse::default();
    let (first_topic, first_partition) = match &request.cursor {
        Some(cursor) => (&*cursor.topic_name, cursor.partition_index.max(0)),
        None => ("", 0),
    };
    let names: BTreeSet<&Str> = if request.topics.is_empty() {
        image.topics_from(first_topic).map(|topic| &topic.name).collect()
    } else {
        request.topics.iter().map(|topic| &topic.name).filter(|name| &***name >= first_topic).collect()
    };
    let mut left = limit;
    for name in names {
        let first = if &**name == first_topic { first_partition } else { 0 };
        if left == 0 {
            response.next_cursor = Some(Cursor { topic_name: name.clone(), partition_index: first });
            break;
        }
        let Some(topic) = image.topic(name) else {
            response.topics.push(unknown(name));
            continue;
        };
        let mut partitions = topic.partitions.range(first..);
        let page: Vec<_> = partitions
            .by_ref()
            .take(left)
            .map(|(index, state)| partition(image, listener, *index, state))
            .collect();
        left -= page.len();
        response.topics.push(described(topic, page));
        if let Some((next, _)) = partitions.next() {
            response.next_cursor = Some(Cursor { topic_name: name.clone(), partition_index: *next });
            break;
        }
    }
    response
}

fn described(
    topic: &Topic,
    partitions: Vec<DescribeTopicPartitionsResponsePartition>,
) -> DescribeTopicPartitionsResponseTopic {
    DescribeTopicPartitionsResponseTopic {
        error_code: ErrorCode::NONE,
        name: Some(topic.name.clone()),
        topic_id: topic.id,
        is_internal: is_internal_topic(&topic.name),
        partitions,
        topic_authorized_operations: TOPIC_OPERATIONS,
    }
}

fn unknown(name: &Str) -> DescribeTopicPartitionsResponseTopic {
    let error_code = match check_name(name) {
        Ok(()) => ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
        Err(refusal) => refusal.code,
    };
    DescribeTopicPartitionsResponseTopic {
        error_code,
        name: Some(name.clone()),
        is_internal: is_internal_topic(name),
        ..DescribeTopicPartitionsResponseTopic::default()
    }
}

fn partition(
    image: &MetadataImage,
    listener: &str,
    index: i32,
    state: &PartitionState,
) -> DescribeTopicPartitionsResponsePartition {
    let leader = state.leader.and_then(|id| image.brokers.get(&id)).filter(|broker| broker.is_active());
    let (leader_id, error_code) = match leader {
        None => (-1, ErrorCode::LEADER_NOT_AVAILABLE),
        Some(broker) if broker.endpoint(listener).is_none() => (-1, ErrorCode::LISTENER_NOT_FOUND),
        Some(broker) => (broker.id, ErrorCode::NONE),
    };
    DescribeTopicPartitionsResponsePartition {
        error_code,
        partition_index: index,
        leader_id,
        leader_epoch: state.leader_epoch,
        replica_nodes: state.replicas.clone(),
        isr_nodes: state.isr.clone(),
        eligible_leader_replicas: Some(state.elr.clone()),
        last_known_elr: Some(state.last_known_elr.clone()),
        offline_replicas: state.replicas.iter().copied().filter(|id| !image.is_active(*id)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use klamm_wire::messages::describe_topic_partitions_request::{Cursor as Asked, TopicRequest};
    use klamm_wire::{Encoder, Message};

    use super::super::sample;
    use super::*;

    fn page(names: &[&str], cursor: Option<(&str, i32)>, limit: usize) -> DescribeTopicPartitionsResponse {
        let request = DescribeTopicPartitionsRequest {
            topics: names.iter().map(|name| TopicRequest { name: (*name).into() }).collect(),
            cursor: cursor.map(|(name, partition_index)| Asked { topic_name: name.into(), partition_index }),
            ..DescribeTopicPartitionsRequest::default()
        };
        let response = describe(&sample::image(), "PLAINTEXT", &request, limit);
        response.encode(&mut Encoder::new(), 0).expect("the version carries the answer");
        response
    }

    fn listed(response: &DescribeTopicPartitionsResponse) -> Vec<(&str, i32)> {
        let of = |topic: &'_ DescribeTopicPartitionsResponseTopic| {
            topic.partitions.iter().map(|partition| partition.partition_index).collect::<Vec<_>>()
        };
        let pairs = response.topics.iter().flat_map(|topic| {
            of(topic).into_iter().map(|index| (topic.name.as_deref().expect("a name"), index))
        });
        pairs.collect()
    }

    /// Goal: pages together give every partition once, whatever their size. Method: follow the cursor.
    #[test]
    fn pages_give_every_partition_once() {
        let all = [("a", 0), ("a", 1), ("b", 0), ("b", 1), ("b", 2)];
        for limit in 1..=6 {
            let mut seen: Vec<(alloc::string::String, i32)> = Vec::new();
            let mut cursor: Option<Cursor> = None;
            for _ in 0..10 {
                let at = cursor.as_ref().map(|cursor| (&*cursor.topic_name, cursor.partition_index));
                let response = page(&[], at, limit);
                assert!(listed(&response).len() <= limit);
                seen.extend(listed(&response).into_iter().map(|(name, index)| (name.into(), index)));
                cursor = response.next_cursor;
                if cursor.is_none() {
                    break;
                }
            }
            let seen: Vec<_> = seen.iter().map(|(name, index)| (name.as_str(), *index)).collect();
            assert_eq!(seen, all, "limit {limit}");
        }
    }

    /// Goal: asked topics come in order of name, unknown ones with their error; a cursor begins inside them.
    #[test]
    fn named_topics_are_paged_in_order() {
        let response = page(&["zz", "b", "a", "n o"], None, 100);
        let errors: Vec<_> = response
            .topics
            .iter()
            .map(|topic| (topic.name.as_deref().unwrap_or(""), topic.error_code))
            .collect();
        assert_eq!(
            errors,
            [
                ("a", ErrorCode::NONE),
                ("b", ErrorCode::NONE),
                ("n o", ErrorCode::INVALID_TOPIC_EXCEPTION),
                ("zz", ErrorCode::UNKNOWN_TOPIC_OR_PARTITION),
            ]
        );
        assert_eq!(listed(&page(&["a", "b"], Some(("b", 1)), 100)), [("b", 1), ("b", 2)]);
        assert_eq!(listed(&page(&[], Some(("aa", 1)), 100)).len(), 3, "a cursor's topic may be gone");
    }
}
