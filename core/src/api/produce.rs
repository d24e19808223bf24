//! Produce: append batches, answer when the acks level is met.

use alloc::format;
use alloc::vec::Vec;

use bytes::Bytes;
use klamm_wire::ErrorCode;
use klamm_wire::batch::{BatchError, Codec, Inspected};
use klamm_wire::messages::produce_request::{PartitionProduceData, TopicProduceData};
use klamm_wire::messages::produce_response::{
    BatchIndexAndErrorMessage, PartitionProduceResponse, TopicProduceResponse,
};
use klamm_wire::messages::{self, ProduceResponse, Response};

use crate::connection::{Answer, Call, Delayed, Ticket};
use crate::edge::{CloseReason, Effect, Effects, Request};
use crate::job::Job;
use crate::node::Node;
use crate::replica::{AppendError, Appended, DelayedProduce, Prepared, ProduceSlot};
use crate::time::Now;
use crate::timer::Timer;
use crate::types::{TopicIdPartition, is_internal_topic};

/// The only client that may write to internal topics. Source: Kafka's `AdminUtils.ADMIN_CLIENT_ID`.
const ADMIN_CLIENT_ID: &str = "__admin_client";

/// What one batch of the request has come to.
enum Outcome {
    Appended(TopicIdPartition, Appended),
    Rebuilding(TopicIdPartition),
}

/// Appends what may be appended; answered here, when it is held as the acks level says, or after `timeout_ms`.
pub(crate) fn handle(
    node: &mut Node,
    now: Now,
    fx: &mut Effects,
    call: &Call,
    request: Request,
) -> Option<Response> {
    let messages::Request::Produce(body) = request.body else { unreachable!("dispatched by key") };
    let mut delayed = DelayedProduce {
        acks: body.acks,
        response: ProduceResponse::default(),
        uncommitted: Vec::new(),
        rebuilding: alloc::collections::BTreeMap::new(),
    };
    let mut findings = request.batches.into_iter();
    let mut index = 0;
    for topic in &body.topic_data {
        let mut answers = Vec::with_capacity(topic.partition_data.len());
        for data in &topic.partition_data {
            let slot = ProduceSlot { topic: delayed.response.responses.len(), partition: answers.len() };
            let finding = findings.next().expect("one finding per partition");
            let mut answer = PartitionProduceResponse {
                index: data.index,
                base_offset: -1,
                ..PartitionProduceResponse::default()
            };
            let batch = Batch { topic, data, finding, index };
            match append(node, now, fx, call, body.acks, batch) {
                Ok(Outcome::Appended(id, appended)) => {
                    fill(node, &mut answer, id, &appended);
                    delayed.uncommitted.push((slot, id, appended.required));
                }
                Ok(Outcome::Rebuilding(id)) => {
                    delayed.rebuilding.insert(index, (slot, id));
                }
                Err(error) => refuse(&mut answer, error),
            }
            index += 1;
            answers.push(answer);
        }
        delayed.response.responses.push(TopicProduceResponse {
            name: topic.name.clone(),
            topic_id: topic.topic_id,
            partition_responses: answers,
        });
    }
    if !delayed.rebuilding.is_empty() {
        node.connections.hold(call.ticket, true);
    }
    node.env.timers.arm(Timer::Request(call.ticket), now.monotonic.after_ms(body.timeout_ms.into()));
    settle(node, fx, call.ticket, delayed);
    None
}

/// One batch of the request.
struct Batch<'a> {
    topic: &'a TopicProduceData,
    data: &'a PartitionProduceData,
    finding: Result<Inspected, BatchError>,
    index: u32,
}

fn append(
    node: &mut Node,
    now: Now,
    fx: &mut Effects,
    call: &Call,
    acks: i16,
    batch: Batch<'_>,
) -> Result<Outcome, AppendError> {
    let (name, id) = node.resolve(&batch.topic.name, batch.topic.topic_id, batch.data.index)?;
    if !matches!(acks, -1..=1) {
        return Err(ErrorCode::INVALID_REQUIRED_ACKS.into());
    }
    if is_internal_topic(&name) && call.client_id.as_deref() != Some(ADMIN_CLIENT_ID) {
        return Err(ErrorCode::INVALID_TOPIC_EXCEPTION.into());
    }
    let mut cx = node.env.cx(now, fx);
    let partition = node.partitions.get_mut(&id).ok_or(ErrorCode::NOT_LEADER_OR_FOLLOWER)?;
    partition.check_leader(-1)?;
    if acks == -1 && partition.is_under_min_isr() {
        return Err(ErrorCode::NOT_ENOUGH_REPLICAS.into());
    }
    let facts = batch.finding.map_err(|error| refusal(&error))?;
    if facts.codec == Codec::Zstd && call.api_version < 7 {
        return Err(ErrorCode::UNSUPPORTED_COMPRESSION_TYPE.into());
    }
    let bytes = batch.data.records.as_ref().map(klamm_wire::Records::to_bytes).unwrap_or_default();
    match partition.prepare(&cx, &bytes, &facts)? {
        Prepared::Ready => {
            let appended = partition.append_as_leader(&mut cx, bytes, &facts)?;
            node.dirty.insert(id);
            Ok(Outcome::Appended(id, appended))
        }
        Prepared::Rebuild(options) => {
            let job = Job::Rebuild { ticket: call.ticket, index: batch.index, batch: bytes, options };
            cx.fx.push(Effect::Job(job));
            Ok(Outcome::Rebuilding(id))
        }
    }
}

/// What a client is told about a batch that does not parse.
fn refusal(error: &BatchError) -> AppendError {
    AppendError::new(error.error_code(), format!("{error}"))
}

fn fill(node: &Node, answer: &mut PartitionProduceResponse, id: TopicIdPartition, appended: &Appended) {
    answer.base_offset = appended.base_offset;
    answer.log_append_time_ms = appended.log_append_time_ms;
    answer.log_start_offset = node.partitions[&id].log.log_start_offset();
}

fn refuse(answer: &mut PartitionProduceResponse, error: AppendError) {
    answer.error_code = error.code;
    answer.error_message = error.message.map(Into::into);
    answer.record_errors = error
        .records
        .into_iter()
        .map(|(batch_index, message)| BatchIndexAndErrorMessage {
            batch_index,
            batch_index_error_message: Some(message.into()),
        })
        .collect();
}

/// Answers the request if nothing is waited for, else parks it at its partitions.
fn settle(node: &mut Node, fx: &mut Effects, ticket: Ticket, mut delayed: DelayedProduce) {
    if delayed.acks == 0 && delayed.rebuilding.is_empty() {
        delayed.uncommitted.clear();
    }
    look(node, &mut delayed);
    if delayed.is_done() {
        return finish(node, fx, ticket, delayed);
    }
    for (_, id, required) in &delayed.uncommitted {
        match node.partitions.get_mut(id) {
            Some(partition) => partition.wait_for_acknowledgement(delayed.acks, *required, ticket),
            None => unreachable!("{id:?} was appended to in this request"),
        }
    }
    node.delayed.park(ticket, Delayed::Produce(delayed));
}

/// Settles every batch whose fate is known by now. What was appended stays in the log, whatever the client is told.
fn look(node: &Node, delayed: &mut DelayedProduce) {
    let acks = delayed.acks;
    let fate = |id: &TopicIdPartition, required: i64| match node.partitions.get(id) {
        Some(partition) => partition.acknowledges(&node.env.config, acks, required),
        None => Some(Err(ErrorCode::NOT_LEADER_OR_FOLLOWER)),
    };
    for (slot, id, required) in core::mem::take(&mut delayed.uncommitted) {
        match fate(&id, required) {
            None => delayed.uncommitted.push((slot, id, required)),
            Some(Ok(())) => {}
            Some(Err(code)) => {
                let answer = delayed.slot_mut(slot);
                answer.error_code = code;
                answer.base_offset = -1;
            }
        }
    }
}

fn finish(node: &mut Node, fx: &mut Effects, ticket: Ticket, delayed: DelayedProduce) {
    node.env.timers.cancel(&Timer::Request(ticket));
    if delayed.acks != 0 {
        let answer = Answer::Response(Response::Produce(delayed.response));
        return node.connections.answer(fx, ticket, answer);
    }
    let answers = delayed.response.responses.iter().flat_map(|topic| &topic.partition_responses);
    let failed = answers.into_iter().any(|answer| answer.error_code != ErrorCode::NONE);
    node.connections.answer(fx, ticket, Answer::Silence);
    if failed {
        node.close_connection(fx, ticket.connection, CloseReason::SilentProduceFailed);
    }
}

/// Something has happened at a partition this request waits at: it is looked at again.
pub(crate) fn on_committed(node: &mut Node, fx: &mut Effects, ticket: Ticket) {
    // Among those who wait at a partition that is led here no more are fetches, too: they are looked at elsewhere.
    if !matches!(node.delayed.find_mut(ticket), Some(Delayed::Produce(_))) {
        return;
    }
    let Some(Delayed::Produce(mut delayed)) = node.delayed.take(ticket) else {
        unreachable!("it was just there")
    };
    look(node, &mut delayed);
    if delayed.is_done() {
        return finish(node, fx, ticket, delayed);
    }
    node.delayed.park(ticket, Delayed::Produce(delayed));
}

/// A batch of this request was written anew.
pub(crate) fn on_rebuilt(
    node: &mut Node,
    now: Now,
    fx: &mut Effects,
    ticket: Ticket,
    index: u32,
    result: Result<(Bytes, Inspected), BatchError>,
) {
    let Some(Delayed::Produce(mut delayed)) = node.delayed.take(ticket) else { return };
    let Some((slot, id)) = delayed.rebuilding.remove(&index) else {
        return node.delayed.park(ticket, Delayed::Produce(delayed));
    };
    let appended = result.map_err(|error| refusal(&error)).and_then(|(batch, facts)| {
        let partition = node.partitions.get_mut(&id).ok_or(ErrorCode::NOT_LEADER_OR_FOLLOWER)?;
        partition.append_as_leader(&mut node.env.cx(now, fx), batch, &facts)
    });
    match appended {
        Ok(appended) => {
            node.dirty.insert(id);
            fill(node, delayed.slot_mut(slot), id, &appended);
            delayed.uncommitted.push((slot, id, appended.required));
        }
        Err(error) => refuse(delayed.slot_mut(slot), error),
    }
    if delayed.rebuilding.is_empty() {
        node.connections.hold(ticket, false);
    }
    settle(node, fx, ticket, delayed);
}

/// `timeout_ms` has passed. What was appended stays in the log.
pub(crate) fn on_timeout(node: &mut Node, fx: &mut Effects, ticket: Ticket, mut delayed: DelayedProduce) {
    delayed.fail_rest(ErrorCode::REQUEST_TIMED_OUT);
    finish(node, fx, ticket, delayed);
}
