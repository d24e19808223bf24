//! OffsetForLeaderEpoch: where an epoch ended, so that a client notices that its log was cut.

use klamm_wire::messages::offset_for_leader_epoch_response::{EpochEndOffset, OffsetForLeaderTopicResult};
use klamm_wire::messages::{OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse, Response};
use klamm_wire::{ErrorCode, Uuid};

use crate::connection::Call;
use crate::edge::Effects;
use crate::node::Node;
use crate::time::Now;
use crate::types::LeaderEpoch;

/// Answered from memory.
pub(crate) fn handle(
    node: &mut Node,
    _now: Now,
    _fx: &mut Effects,
    _call: &Call,
    request: OffsetForLeaderEpochRequest,
) -> Option<Response> {
    let topics = request.topics.iter().map(|topic| {
        let partitions = topic.partitions.iter().map(|asked| {
            let mut answer = EpochEndOffset { partition: asked.partition, ..EpochEndOffset::default() };
            match find(node, &topic.topic, asked.partition, asked.current_leader_epoch, asked.leader_epoch) {
                Ok((epoch, end)) => (answer.leader_epoch, answer.end_offset) = (epoch, end),
                Err(code) => answer.error_code = code,
            }
            answer
        });
        OffsetForLeaderTopicResult { topic: topic.topic.clone(), partitions: partitions.collect() }
    });
    let topics = topics.collect();
    Some(Response::OffsetForLeaderEpoch(OffsetForLeaderEpochResponse {
        topics,
        ..OffsetForLeaderEpochResponse::default()
    }))
}

fn find(
    node: &Node,
    topic: &klamm_wire::Str,
    partition: i32,
    current: LeaderEpoch,
    epoch: LeaderEpoch,
) -> Result<(LeaderEpoch, i64), ErrorCode> {
    let (_, id) = node.resolve(topic, Uuid::ZERO, partition)?;
    let partition = node.partitions.get(&id).ok_or(ErrorCode::NOT_LEADER_OR_FOLLOWER)?;
    partition.check_leader(current)?;
    Ok(partition.log.end_offset_for_epoch(epoch))
}
