//! Produce: append batches, answer when the acks level is met.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::vec::Vec;

use bytes::Bytes;
use klamm_wire::batch::{BatchError, BatchHeader, Codec, Inspected};
use klamm_wire::messages::produce_request::{PartitionProduceData, TopicProduceData};
use klamm_wire::messages::produce_response::{
    BatchIndexAndErrorMessage, LeaderIdAndEpoch, NodeEndpoint, PartitionProduceResponse, TopicProduceResponse,
};
use klamm_wire::messages::{self, ProduceRequest, ProduceResponse, Response};
use klamm_wire::metadata_records::register_broker_record::BrokerEndpoint;
use klamm_wire::{ErrorCode, Str};

use super::current_leader::{self, CurrentLeaders};
use crate::connection::{Answer, Call, Delayed, Ticket};
use crate::edge::{CloseReason, Effect, Effects, Request};
use crate::image::Registration;
use crate::job::Job;
use crate::node::Node;
use crate::replica::{
    AppendError, Appended, DelayedProduce, Guard, Prepared, ProduceSlot, Unverified, Verification,
};
use crate::time::Now;
use crate::timer::Timer;
use crate::transaction::{Question, Waiter};
use crate::types::{TopicIdPartition, is_internal_topic};

/// The only client that may write to internal topics. Source: Kafka's `AdminUtils.ADMIN_CLIENT_ID`.
const ADMIN_CLIENT_ID: &str = "__admin_client";

/// First version whose clients have a transaction's partitions added by sending to them (KIP-890).
const ADDS_PARTITIONS: i16 = 12;
/// First version whose clients know `TRANSACTION_ABORTABLE`.
const KNOWS_ABORTABLE: i16 = 11;

/// What one batch of the request has come to.
enum Outcome {
    Appended(TopicIdPartition, Appended),
    Rebuilding(TopicIdPartition, Option<Guard>),
    Verifying(Unverified),
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
    let transaction = transaction_of(&body);
    let mut delayed = DelayedProduce {
        acks: body.acks,
        api_version: call.api_version,
        response: ProduceResponse::default(),
        uncommitted: Vec::new(),
        rebuilding: BTreeMap::new(),
        verifying: BTreeMap::new(),
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
            let batch = Batch { topic, data, finding, index, slot };
            let outcome = match transaction {
                Ok(transaction) => append(node, now, fx, call, body.acks, transaction, batch),
                Err(code) => Err(code.into()),
            };
            take_in(node, &mut delayed, &mut answer, slot, index, outcome);
            index += 1;
            answers.push(answer);
        }
        delayed.response.responses.push(TopicProduceResponse {
            name: topic.name.clone(),
            topic_id: topic.topic_id,
            partition_responses: answers,
        });
    }
    if !delayed.is_appended() {
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
    slot: ProduceSlot,
}

/// The transactional id that batches of the request may be written under; `None` if none is part of a transaction.
///
/// # Errors
/// `TRANSACTIONAL_ID_AUTHORIZATION_FAILED`: a transaction without an id. `INVALID_PRODUCER_ID_MAPPING`: of several
/// producers.
fn transaction_of(body: &ProduceRequest) -> Result<Option<&Str>, ErrorCode> {
    let partitions = body.topic_data.iter().flat_map(|topic| &topic.partition_data);
    let headers = partitions.filter_map(|data| BatchHeader::read(&data.records.as_ref()?.to_bytes()).ok());
    let producers = headers.filter(|header| header.attributes.is_transactional());
    let mut producers = producers.map(|header| (header.producer_id, header.producer_epoch));
    let Some(first) = producers.next() else { return Ok(None) };
    let Some(id) = &body.transactional_id else {
        return Err(ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED);
    };
    if producers.any(|other| other != first) {
        return Err(ErrorCode::INVALID_PRODUCER_ID_MAPPING);
    }
    Ok(Some(id))
}

/// Keeps what a batch has come to.
fn take_in(
    node: &Node,
    delayed: &mut DelayedProduce,
    answer: &mut PartitionProduceResponse,
    slot: ProduceSlot,
    index: u32,
    outcome: Result<Outcome, AppendError>,
) {
    match outcome {
        Ok(Outcome::Appended(id, appended)) => {
            fill(node, answer, id, &appended);
            delayed.uncommitted.push((slot, id, appended.required));
        }
        Ok(Outcome::Rebuilding(id, guard)) => {
            delayed.rebuilding.insert(index, (slot, id, guard));
        }
        Ok(Outcome::Verifying(unverified)) => {
            delayed.verifying.insert(index, unverified);
        }
        Err(error) => refuse(answer, error),
    }
}

fn append(
    node: &mut Node,
    now: Now,
    fx: &mut Effects,
    call: &Call,
    acks: i16,
    transactional_id: Option<&Str>,
    batch: Batch<'_>,
) -> Result<Outcome, AppendError> {
    let (name, id) = node.resolve(&batch.topic.name, batch.topic.topic_id, batch.data.index)?;
    if !matches!(acks, -1..=1) {
        return Err(ErrorCode::INVALID_REQUIRED_ACKS.into());
    }
    if is_internal_topic(&name) && call.client_id.as_deref() != Some(ADMIN_CLIENT_ID) {
        return Err(ErrorCode::INVALID_TOPIC_EXCEPTION.into());
    }
    let cx = node.env.cx(now, fx);
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
    let prepared = partition.prepare(&cx, &bytes, &facts)?;
    let header = BatchHeader::read(&bytes).expect("an inspected batch is whole");
    let adds = call.api_version >= ADDS_PARTITIONS;
    let verification = partition.begin_batch_verification(&cx, &header, adds);
    if let (Verification::Ask(guard), Some(transactional_id)) = (verification, transactional_id) {
        let question = Question {
            waiter: Waiter::Produce(call.ticket, batch.index),
            transactional_id: transactional_id.clone(),
            producer_id: header.producer_id,
            producer_epoch: header.producer_epoch,
            partition: partition.name.clone(),
            adds,
        };
        node.verify(now, question);
        let slot = batch.slot;
        return Ok(Outcome::Verifying(Unverified { slot, id, guard, batch: bytes, facts, prepared }));
    }
    let named = Named { ticket: call.ticket, index: batch.index, id, guard: None };
    place(node, now, fx, named, bytes, &facts, prepared)
}

/// A batch on its way into a log.
#[derive(Clone, Copy)]
struct Named {
    ticket: Ticket,
    index: u32,
    id: TopicIdPartition,
    guard: Option<Guard>,
}

/// Appends a batch that was checked, or has it written anew first.
fn place(
    node: &mut Node,
    now: Now,
    fx: &mut Effects,
    named: Named,
    batch: Bytes,
    facts: &Inspected,
    prepared: Prepared,
) -> Result<Outcome, AppendError> {
    let Named { ticket, index, id, guard } = named;
    match prepared {
        Prepared::Ready => {
            let partition = node.partitions.get_mut(&id).ok_or(ErrorCode::NOT_LEADER_OR_FOLLOWER)?;
            let appended = partition.append_as_leader(&mut node.env.cx(now, fx), batch, facts, guard)?;
            node.dirty.insert(id);
            Ok(Outcome::Appended(id, appended))
        }
        Prepared::Rebuild(options) => {
            fx.push(Effect::Job(Job::Rebuild { ticket, index, batch, options }));
            Ok(Outcome::Rebuilding(id, guard))
        }
    }
}

/// The coordinator of a batch's transaction has answered.
pub(crate) fn on_verified(
    node: &mut Node,
    now: Now,
    fx: &mut Effects,
    ticket: Ticket,
    index: u32,
    outcome: Result<(), ErrorCode>,
) {
    let Some(Delayed::Produce(mut delayed)) = node.delayed.take(ticket) else { return };
    let Some(unverified) = delayed.verifying.remove(&index) else {
        return node.delayed.park(ticket, Delayed::Produce(delayed));
    };
    let Unverified { slot, id, guard, batch, facts, prepared } = unverified;
    let outcome = match outcome {
        Ok(()) => {
            let named = Named { ticket, index, id, guard: Some(guard) };
            place(node, now, fx, named, batch, &facts, prepared)
        }
        Err(code) => {
            let header = BatchHeader::read(&batch).expect("an inspected batch is whole");
            if let Some(partition) = node.partitions.get_mut(&id) {
                partition.end_verification(header.producer_id, guard);
            }
            Err(unverified_error(delayed.api_version, code))
        }
    };
    let mut answer = core::mem::take(delayed.slot_mut(slot));
    take_in(node, &mut delayed, &mut answer, slot, index, outcome);
    *delayed.slot_mut(slot) = answer;
    if delayed.is_appended() {
        node.connections.hold(ticket, false);
    }
    settle(node, fx, ticket, delayed);
}

/// What a client is told whose transaction is not known, in codes of its version.
///
/// What passes is told as `NOT_ENOUGH_REPLICAS`: clients try again, and do not ask for metadata first.
///
/// Kafka: `ReplicaManager.handleProduceAppend`, `AddPartitionsToTxnManager`.
fn unverified_error(api_version: i16, code: ErrorCode) -> AppendError {
    let passes = |code: ErrorCode| {
        let message = format!("the transaction could not be verified yet: {}", code.name());
        AppendError::new(ErrorCode::NOT_ENOUGH_REPLICAS, message)
    };
    match code {
        ErrorCode::CONCURRENT_TRANSACTIONS if api_version >= ADDS_PARTITIONS => code.into(),
        ErrorCode::CONCURRENT_TRANSACTIONS
        | ErrorCode::NETWORK_EXCEPTION
        | ErrorCode::COORDINATOR_LOAD_IN_PROGRESS
        | ErrorCode::COORDINATOR_NOT_AVAILABLE
        | ErrorCode::NOT_COORDINATOR => passes(code),
        ErrorCode::PRODUCER_FENCED => ErrorCode::INVALID_PRODUCER_EPOCH.into(),
        ErrorCode::TRANSACTION_ABORTABLE if api_version < KNOWS_ABORTABLE => {
            ErrorCode::INVALID_TXN_STATE.into()
        }
        code => code.into(),
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
    if delayed.acks == 0 && delayed.is_appended() {
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

fn finish(node: &mut Node, fx: &mut Effects, ticket: Ticket, mut delayed: DelayedProduce) {
    node.env.timers.cancel(&Timer::Request(ticket));
    if delayed.acks != 0 {
        tell_leaders(node, ticket, &mut delayed);
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

/// Says who leads the partitions that are led elsewhere, and where those leaders are found.
fn tell_leaders(node: &Node, ticket: Ticket, delayed: &mut DelayedProduce) {
    let Some(listener) = node.connections.listener(ticket.connection) else { return };
    if delayed.api_version < current_leader::PRODUCE_SINCE {
        return;
    }
    let mut leaders = CurrentLeaders::new(&node.env.image, listener.clone());
    for topic in &mut delayed.response.responses {
        for answer in &mut topic.partition_responses {
            if current_leader::is_told_with(answer.error_code)
                && let Ok((_, id)) = node.resolve(&topic.name, topic.topic_id, answer.index)
                && let Some((leader_id, leader_epoch)) = leaders.tell(id)
            {
                answer.current_leader = LeaderIdAndEpoch { leader_id, leader_epoch };
            }
        }
    }
    let endpoint = |(broker, at): (&Registration, &BrokerEndpoint)| NodeEndpoint {
        node_id: broker.id,
        host: at.host.clone(),
        port: at.port.into(),
        rack: broker.rack.clone(),
    };
    delayed.response.node_endpoints = leaders.endpoints().map(endpoint).collect();
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
    let Some((slot, id, guard)) = delayed.rebuilding.remove(&index) else {
        return node.delayed.park(ticket, Delayed::Produce(delayed));
    };
    let appended = result.map_err(|error| refusal(&error)).and_then(|(batch, facts)| {
        let partition = node.partitions.get_mut(&id).ok_or(ErrorCode::NOT_LEADER_OR_FOLLOWER)?;
        partition.append_as_leader(&mut node.env.cx(now, fx), batch, &facts, guard)
    });
    match appended {
        Ok(appended) => {
            node.dirty.insert(id);
            fill(node, delayed.slot_mut(slot), id, &appended);
            delayed.uncommitted.push((slot, id, appended.required));
        }
        Err(error) => refuse(delayed.slot_mut(slot), error),
    }
    if delayed.is_appended() {
        node.connections.hold(ticket, false);
    }
    settle(node, fx, ticket, delayed);
}

/// `timeout_ms` has passed. What was appended stays in the log.
pub(crate) fn on_timeout(node: &mut Node, fx: &mut Effects, ticket: Ticket, mut delayed: DelayedProduce) {
    delayed.fail_rest(ErrorCode::REQUEST_TIMED_OUT);
    finish(node, fx, ticket, delayed);
}
