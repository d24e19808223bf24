//! DeleteRecords: raises the first offset clients may read.

use klamm_wire::messages::delete_records_response::{DeleteRecordsPartitionResult, DeleteRecordsTopicResult};
use klamm_wire::messages::{DeleteRecordsRequest, DeleteRecordsResponse, Response};
use klamm_wire::{ErrorCode, Str, Uuid};

use crate::connection::Call;
use crate::edge::Effects;
use crate::event::LogStartCause;
use crate::node::Node;
use crate::time::Now;
use crate::types::Offset;

/// Offset that stands for the high watermark.
const HIGH_WATERMARK: Offset = -1;

/// Answered once the new starts are durable: what was deleted for a client does not come back after a crash.
/// (Kafka answers before and writes the checkpoint within a minute.)
pub(crate) fn handle(
    node: &mut Node,
    now: Now,
    fx: &mut Effects,
    call: &Call,
    request: DeleteRecordsRequest,
) -> Option<Response> {
    let mut response = DeleteRecordsResponse::default();
    for topic in &request.topics {
        let mut result = DeleteRecordsTopicResult { name: topic.name.clone(), ..Default::default() };
        for asked in &topic.partitions {
            let mut answer = DeleteRecordsPartitionResult {
                partition_index: asked.partition_index,
                low_watermark: -1,
                ..Default::default()
            };
            match delete(node, now, fx, &topic.name, asked.partition_index, asked.offset) {
                Ok(low_watermark) => answer.low_watermark = low_watermark,
                Err(code) => answer.error_code = code,
            }
            result.partitions.push(answer);
        }
        response.topics.push(result);
    }
    node.answer_after_log_starts(now, fx, call.ticket, Response::DeleteRecords(response));
    None
}

fn delete(
    node: &mut Node,
    now: Now,
    fx: &mut Effects,
    topic: &Str,
    partition: i32,
    offset: Offset,
) -> Result<Offset, ErrorCode> {
    let (_, id) = node.resolve(topic, Uuid::ZERO, partition)?;
    let mut cx = node.env.cx(now, fx);
    let partition = node.partitions.get_mut(&id).ok_or(ErrorCode::NOT_LEADER_OR_FOLLOWER)?;
    partition.check_leader(-1)?;
    if !partition.config.cleanup_policy.delete {
        return Err(ErrorCode::POLICY_VIOLATION);
    }
    let high_watermark = partition.high_watermark();
    let target = if offset == HIGH_WATERMARK { high_watermark } else { offset };
    if !(0..=high_watermark).contains(&target) {
        return Err(ErrorCode::OFFSET_OUT_OF_RANGE);
    }
    if target > partition.log.log_start_offset() {
        partition.log.raise_log_start(&mut cx, target, LogStartCause::Request);
        node.dirty.insert(id);
    }
    Ok(node.partitions[&id].log.log_start_offset())
}
