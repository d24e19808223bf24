//! ListOffsets: earliest, latest, newest timestamp, or the first record at or after a timestamp.

use alloc::vec::Vec;

use klamm_wire::messages::list_offsets_response::{ListOffsetsPartitionResponse, ListOffsetsTopicResponse};
use klamm_wire::messages::{ListOffsetsRequest, ListOffsetsResponse, Response};
use klamm_wire::{ErrorCode, Uuid};

use crate::connection::{Answer, Call, Delayed, Ticket};
use crate::cx::Cx;
use crate::edge::Effects;
use crate::log::Lookup;
use crate::node::Node;
use crate::replica::{DelayedLookup, LookupPartition, Partition, ProduceSlot};
use crate::time::Now;

/// Special timestamps of the protocol.
const LATEST: i64 = -1;
const EARLIEST: i64 = -2;
const MAX_TIMESTAMP: i64 = -3;
const EARLIEST_LOCAL: i64 = -4;
const LATEST_TIERED: i64 = -5;
const EARLIEST_PENDING_UPLOAD: i64 = -6;

/// First version whose answer has leader epochs.
const EPOCHS_SINCE: i16 = 4;

/// Lowest version in which a special timestamp may be asked.
fn since_version(timestamp: i64) -> i16 {
    match timestamp {
        MAX_TIMESTAMP => 7,
        EARLIEST_LOCAL => 8,
        LATEST_TIERED => 9,
        EARLIEST_PENDING_UPLOAD => 11,
        _ => 0,
    }
}

/// Answers what is known; timestamps that only the disk knows are waited for.
pub(crate) fn handle(
    node: &mut Node,
    now: Now,
    fx: &mut Effects,
    call: &Call,
    request: ListOffsetsRequest,
) -> Option<Response> {
    let mut lookup = DelayedLookup {
        partitions: Vec::new(),
        response: ListOffsetsResponse::default(),
        read_committed: request.isolation_level == 1,
        tells_epochs: call.api_version >= EPOCHS_SINCE,
    };
    for topic in &request.topics {
        let mut answers = Vec::new();
        for asked in &topic.partitions {
            let slot = ProduceSlot { topic: lookup.response.topics.len(), partition: answers.len() };
            let mut answer = ListOffsetsPartitionResponse {
                partition_index: asked.partition_index,
                ..ListOffsetsPartitionResponse::default()
            };
            let checked = node.resolve(&topic.name, Uuid::ZERO, asked.partition_index).and_then(|(_, id)| {
                let partition = node.partitions.get(&id).ok_or(ErrorCode::NOT_LEADER_OR_FOLLOWER)?;
                partition.check_leader(asked.current_leader_epoch)?;
                let known = asked.timestamp >= EARLIEST_PENDING_UPLOAD
                    && call.api_version >= since_version(asked.timestamp);
                if known { Ok(id) } else { Err(ErrorCode::UNSUPPORTED_VERSION) }
            });
            match checked {
                Ok(id) => {
                    lookup.partitions.push(LookupPartition { slot, id, timestamp: asked.timestamp });
                }
                Err(code) => answer.error_code = code,
            }
            answers.push(answer);
        }
        let name = topic.name.clone();
        lookup.response.topics.push(ListOffsetsTopicResponse { name, partitions: answers });
    }
    advance(node, now, fx, call.ticket, lookup)
}

/// The disk has answered: looks again.
pub(crate) fn resume(node: &mut Node, now: Now, fx: &mut Effects, ticket: Ticket) {
    let Some(Delayed::Lookup(lookup)) = node.delayed.take(ticket) else { return };
    if let Some(response) = advance(node, now, fx, ticket, lookup) {
        node.connections.answer(fx, ticket, Answer::Response(response));
    }
}

fn advance(
    node: &mut Node,
    now: Now,
    fx: &mut Effects,
    ticket: Ticket,
    mut lookup: DelayedLookup,
) -> Option<Response> {
    let mut pending = Vec::new();
    for asked in core::mem::take(&mut lookup.partitions) {
        let answer = &mut lookup.response.topics[asked.slot.topic].partitions[asked.slot.partition];
        let Some(partition) = node.partitions.get_mut(&asked.id) else {
            answer.error_code = ErrorCode::NOT_LEADER_OR_FOLLOWER;
            continue;
        };
        if asked.timestamp == LATEST && !partition.is_high_watermark_current() {
            // A client may have been told of more by the leader before (KIP-207).
            answer.error_code = ErrorCode::OFFSET_NOT_AVAILABLE;
            continue;
        }
        let mut cx = node.env.cx(now, fx);
        match find(&mut cx, partition, asked.timestamp, lookup.read_committed) {
            Lookup::Found { timestamp, offset, leader_epoch } => {
                (answer.timestamp, answer.offset) = (timestamp, offset);
                if lookup.tells_epochs {
                    answer.leader_epoch = leader_epoch;
                }
            }
            Lookup::NotFound if asked.timestamp >= 0 && !partition.is_high_watermark_current() => {
                answer.error_code = ErrorCode::OFFSET_NOT_AVAILABLE;
            }
            Lookup::NotFound => {}
            Lookup::Failed => answer.error_code = ErrorCode::KAFKA_STORAGE_ERROR,
            Lookup::Corrupt => answer.error_code = ErrorCode::CORRUPT_MESSAGE,
            Lookup::Pending => {
                partition.wait_for_disk(ticket);
                pending.push(asked);
            }
        }
    }
    if pending.is_empty() {
        return Some(Response::ListOffsets(lookup.response));
    }
    lookup.partitions = pending;
    node.delayed.park(ticket, Delayed::Lookup(lookup));
    None
}

fn find(cx: &mut Cx<'_>, partition: &mut Partition, timestamp: i64, read_committed: bool) -> Lookup {
    let upper = if read_committed { partition.last_stable_offset() } else { partition.high_watermark() };
    let leader_epoch = partition.leadership().unwrap_or(-1);
    let start = partition.log.log_start_offset();
    match timestamp {
        LATEST => Lookup::Found { timestamp: -1, offset: upper, leader_epoch },
        // Nothing is tiered: what is local is all there is.
        EARLIEST | EARLIEST_LOCAL => {
            let leader_epoch = partition.log.epoch_of(start).unwrap_or(leader_epoch);
            Lookup::Found { timestamp: -1, offset: start, leader_epoch }
        }
        LATEST_TIERED | EARLIEST_PENDING_UPLOAD => Lookup::NotFound,
        MAX_TIMESTAMP => partition.log.max_timestamp(cx, upper),
        _ => partition.log.offset_for_timestamp(cx, timestamp, upper),
    }
}
