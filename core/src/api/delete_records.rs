//! DeleteRecords: raises the first offset clients may read, on every replica that lives.

use alloc::vec::Vec;

use klamm_wire::messages::delete_records_response::{DeleteRecordsPartitionResult, DeleteRecordsTopicResult};
use klamm_wire::messages::{DeleteRecordsRequest, DeleteRecordsResponse, Response};
use klamm_wire::{ErrorCode, Str, Uuid};

use crate::connection::{Call, Delayed, Ticket};
use crate::edge::Effects;
use crate::event::LogStartCause;
use crate::node::Node;
use crate::replica::DelayedDeletion;
use crate::time::Now;
use crate::timer::Timer;
use crate::types::{Offset, TopicIdPartition};

/// Offset that stands for the high watermark.
const HIGH_WATERMARK: Offset = -1;

/// Answered once the new starts are those of every live replica, and durable here: what was deleted for a client does
/// not come back after a crash. (Kafka writes the checkpoint within a minute.)
///
/// Kafka: `ReplicaManager.deleteRecords`, `DelayedDeleteRecords`.
pub(crate) fn handle(
    node: &mut Node,
    now: Now,
    fx: &mut Effects,
    call: &Call,
    request: DeleteRecordsRequest,
) -> Option<Response> {
    let mut delayed = DelayedDeletion { response: DeleteRecordsResponse::default(), waiting: Vec::new() };
    for topic in &request.topics {
        let mut result = DeleteRecordsTopicResult { name: topic.name.clone(), ..Default::default() };
        for asked in &topic.partitions {
            let mut answer = DeleteRecordsPartitionResult {
                partition_index: asked.partition_index,
                low_watermark: -1,
                ..Default::default()
            };
            let place = [delayed.response.topics.len(), result.partitions.len()];
            match delete(node, now, fx, &topic.name, asked.partition_index, asked.offset) {
                Ok((id, required)) => delayed.waiting.push((place, id, required)),
                Err(code) => answer.error_code = code,
            }
            result.partitions.push(answer);
        }
        delayed.response.topics.push(result);
    }
    node.env.timers.arm(Timer::Request(call.ticket), now.monotonic.after_ms(request.timeout_ms.into()));
    settle(node, now, fx, call.ticket, delayed);
    None
}

/// Raises the start of a log that is led here; the low watermark that is to be waited for.
fn delete(
    node: &mut Node,
    now: Now,
    fx: &mut Effects,
    topic: &Str,
    partition: i32,
    offset: Offset,
) -> Result<(TopicIdPartition, Offset), ErrorCode> {
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
    Ok((id, target))
}

/// Settles what is settled by now; parks the rest at its partitions.
fn settle(node: &mut Node, now: Now, fx: &mut Effects, ticket: Ticket, mut delayed: DelayedDeletion) {
    for (place, id, required) in core::mem::take(&mut delayed.waiting) {
        match low_watermark(node, id) {
            Ok(low_watermark) => {
                delayed.answer_mut(place).low_watermark = low_watermark;
                if low_watermark < required {
                    delayed.waiting.push((place, id, required));
                }
            }
            Err(code) => delayed.fail(place, code),
        }
    }
    if delayed.waiting.is_empty() {
        return finish(node, now, fx, ticket, delayed);
    }
    for (_, id, _) in &delayed.waiting {
        node.partitions.get_mut(id).expect("it has a low watermark").wait_for_low_watermark(ticket);
    }
    node.delayed.park(ticket, Delayed::Deletion(delayed));
}

fn low_watermark(node: &Node, id: TopicIdPartition) -> Result<Offset, ErrorCode> {
    let partition = node.partitions.get(&id).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)?;
    partition.check_leader(-1)?;
    let leader = partition.leader().ok_or(ErrorCode::NOT_LEADER_OR_FOLLOWER)?;
    Ok(leader.low_watermark(&node.env.image, partition.log.log_start_offset()))
}

fn finish(node: &mut Node, now: Now, fx: &mut Effects, ticket: Ticket, delayed: DelayedDeletion) {
    node.env.timers.cancel(&Timer::Request(ticket));
    node.answer_after_log_starts(now, fx, ticket, delayed.response.into());
}

/// A replica has raised its start, somebody has died, or the partition is led elsewhere: looks again.
pub(crate) fn resume(node: &mut Node, now: Now, fx: &mut Effects, ticket: Ticket) {
    if let Some(Delayed::Deletion(delayed)) = node.delayed.take(ticket) {
        settle(node, now, fx, ticket, delayed);
    }
}

/// `timeout_ms` has passed. What was deleted here stays deleted, and goes elsewhere, too.
pub(crate) fn on_timeout(
    node: &mut Node,
    now: Now,
    fx: &mut Effects,
    ticket: Ticket,
    mut delayed: DelayedDeletion,
) {
    for (place, ..) in core::mem::take(&mut delayed.waiting) {
        delayed.answer_mut(place).error_code = ErrorCode::REQUEST_TIMED_OUT;
    }
    finish(node, now, fx, ticket, delayed);
}
