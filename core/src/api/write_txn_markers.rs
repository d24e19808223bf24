//! WriteTxnMarkers: transactions end in the partitions that are led here.
//!
//! Coordinators send it, and administrators who end a transaction that hangs.

use alloc::vec::Vec;

use klamm_wire::messages::write_txn_markers_request::WritableTxnMarker;
use klamm_wire::messages::write_txn_markers_response::{
    WritableTxnMarkerPartitionResult, WritableTxnMarkerResult, WritableTxnMarkerTopicResult,
};
use klamm_wire::messages::{Response, WriteTxnMarkersRequest, WriteTxnMarkersResponse};
use klamm_wire::{ErrorCode, Str, Uuid};

use crate::connection::{Call, Delayed, Ticket};
use crate::edge::Effects;
use crate::group;
use crate::node::Node;
use crate::replica::{DelayedMarkers, EndOfTransaction};
use crate::time::Now;
use crate::timer::Timer;
use crate::types::{OFFSETS_TOPIC, Offset, TopicIdPartition};

/// Answered when every marker that was appended is committed.
pub(crate) fn handle(
    node: &mut Node,
    now: Now,
    fx: &mut Effects,
    call: &Call,
    request: WriteTxnMarkersRequest,
) -> Option<Response> {
    let mut delayed =
        DelayedMarkers { response: WriteTxnMarkersResponse::default(), uncommitted: Vec::new() };
    for marker in &request.markers {
        let end = end_of(marker);
        let mut topics = Vec::with_capacity(marker.topics.len());
        for topic in &marker.topics {
            let mut partitions = Vec::with_capacity(topic.partition_indexes.len());
            for index in &topic.partition_indexes {
                let place = [delayed.response.markers.len(), topics.len(), partitions.len()];
                let written = write(node, now, fx, &topic.name, *index, end);
                let error_code = written.err().unwrap_or(ErrorCode::NONE);
                if let Ok((id, required)) = written {
                    delayed.uncommitted.push((place, id, required));
                }
                partitions.push(WritableTxnMarkerPartitionResult { partition_index: *index, error_code });
            }
            topics.push(WritableTxnMarkerTopicResult { name: topic.name.clone(), partitions });
        }
        delayed.response.markers.push(WritableTxnMarkerResult { producer_id: marker.producer_id, topics });
    }
    let timeout_ms = node.env.config.request_timeout_ms;
    look(node, &mut delayed);
    if delayed.uncommitted.is_empty() {
        return Some(delayed.response.into());
    }
    for (_, id, required) in &delayed.uncommitted {
        let partition = node.partitions.get_mut(id).expect("a marker was just appended to it");
        partition.wait_for_acknowledgement(-1, *required, call.ticket);
    }
    node.env.timers.arm(Timer::Request(call.ticket), now.monotonic.after_ms(timeout_ms));
    node.delayed.park(call.ticket, Delayed::Markers(delayed));
    None
}

fn end_of(marker: &WritableTxnMarker) -> EndOfTransaction {
    EndOfTransaction {
        producer_id: marker.producer_id,
        producer_epoch: marker.producer_epoch,
        commit: marker.transaction_result,
        coordinator_epoch: marker.coordinator_epoch,
        epoch_per_transaction: marker.transaction_version >= 2,
    }
}

/// Appends a marker; where, and the high watermark that makes it committed.
///
/// # Errors
/// `UNKNOWN_TOPIC_OR_PARTITION`, `NOT_LEADER_OR_FOLLOWER`, `NOT_ENOUGH_REPLICAS`: the coordinator tries again.
/// `INVALID_PRODUCER_EPOCH`, `TRANSACTION_COORDINATOR_FENCED`: it does not.
fn write(
    node: &mut Node,
    now: Now,
    fx: &mut Effects,
    topic: &Str,
    index: i32,
    end: EndOfTransaction,
) -> Result<(TopicIdPartition, Offset), ErrorCode> {
    let (_, id) = node.resolve(topic, Uuid::ZERO, index)?;
    let partition = node.partitions.get_mut(&id).ok_or(ErrorCode::NOT_LEADER_OR_FOLLOWER)?;
    if &**topic != OFFSETS_TOPIC {
        let required = partition.append_marker(&mut node.env.cx(now, fx), &end)?;
        node.dirty.insert(id);
        return Ok((id, required));
    }
    partition.check_marker(&end)?;
    // Whoever leads the partition and does not coordinate its groups yet will soon.
    node.submit_group(now, fx, index, None, group::Command::EndTransaction(end))
        .map_err(|_| ErrorCode::NOT_LEADER_OR_FOLLOWER)?;
    let partition = node.partitions.get_mut(&id).expect("it was just there");
    partition.settle_verification(end.producer_id);
    Ok((id, partition.log.log_end_offset()))
}

/// Settles every marker whose fate is known by now.
fn look(node: &Node, delayed: &mut DelayedMarkers) {
    for (place, id, required) in core::mem::take(&mut delayed.uncommitted) {
        let fate = match node.partitions.get(&id) {
            Some(partition) => partition.acknowledges(&node.env.config, -1, required),
            None => Some(Err(ErrorCode::NOT_LEADER_OR_FOLLOWER)),
        };
        match fate {
            None => delayed.uncommitted.push((place, id, required)),
            Some(Ok(())) => {}
            Some(Err(code)) => refuse(&mut delayed.response, place, code),
        }
    }
}

fn refuse(response: &mut WriteTxnMarkersResponse, [marker, topic, partition]: [usize; 3], code: ErrorCode) {
    response.markers[marker].topics[topic].partitions[partition].error_code = code;
}

/// Something has happened at a partition this request waits at: it is looked at again.
pub(crate) fn on_committed(node: &mut Node, fx: &mut Effects, ticket: Ticket) {
    let Some(Delayed::Markers(mut delayed)) = node.delayed.take(ticket) else { return };
    look(node, &mut delayed);
    if delayed.uncommitted.is_empty() {
        node.env.timers.cancel(&Timer::Request(ticket));
        return node.answer(fx, ticket, delayed.response.into());
    }
    node.delayed.park(ticket, Delayed::Markers(delayed));
}

/// The coordinator waits no longer. What was appended stays in the log.
pub(crate) fn on_timeout(node: &mut Node, fx: &mut Effects, ticket: Ticket, mut delayed: DelayedMarkers) {
    for (place, ..) in core::mem::take(&mut delayed.uncommitted) {
        refuse(&mut delayed.response, place, ErrorCode::REQUEST_TIMED_OUT);
    }
    node.answer(fx, ticket, delayed.response.into());
}
