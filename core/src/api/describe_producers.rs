//! DescribeProducers: who has written to a partition lately.

use klamm_wire::messages::describe_producers_response::{PartitionResponse, ProducerState, TopicResponse};
use klamm_wire::messages::{DescribeProducersRequest, DescribeProducersResponse, Response};
use klamm_wire::{ErrorCode, Str, Uuid};

use crate::connection::Call;
use crate::edge::Effects;
use crate::node::Node;
use crate::time::Now;

/// Answered from memory.
pub(crate) fn handle(
    node: &mut Node,
    _now: Now,
    _fx: &mut Effects,
    _call: &Call,
    request: DescribeProducersRequest,
) -> Option<Response> {
    let topics = request.topics.iter().map(|topic| {
        let partitions =
            topic.partition_indexes.iter().map(|index| describe(node, &topic.name, *index)).collect();
        TopicResponse { name: topic.name.clone(), partitions }
    });
    let topics = topics.collect();
    Some(Response::DescribeProducers(DescribeProducersResponse {
        topics,
        ..DescribeProducersResponse::default()
    }))
}

fn describe(node: &Node, topic: &Str, partition_index: i32) -> PartitionResponse {
    let mut answer = PartitionResponse { partition_index, ..PartitionResponse::default() };
    let resolved = node.resolve(topic, Uuid::ZERO, partition_index);
    let partition = resolved
        .and_then(|(_, id)| node.partitions.get(&id).ok_or(ErrorCode::NOT_LEADER_OR_FOLLOWER))
        .and_then(|partition| partition.check_leader(-1).map(|_| partition));
    match partition {
        Ok(partition) => {
            let producers = partition.log.producers().iter().map(|(producer_id, state)| ProducerState {
                producer_id,
                producer_epoch: state.epoch().into(),
                last_sequence: state.last_sequence(),
                last_timestamp: state.last_timestamp(),
                coordinator_epoch: state.coordinator_epoch(),
                current_txn_start_offset: state.txn_first_offset().unwrap_or(-1),
            });
            answer.active_producers = producers.collect();
        }
        Err(code) => answer.error_code = code,
    }
    answer
}
