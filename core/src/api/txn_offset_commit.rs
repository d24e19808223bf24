//! TxnOffsetCommit: how far a group is once a transaction is committed.

use klamm_wire::ErrorCode;
use klamm_wire::messages::{Response, TxnOffsetCommitRequest, TxnOffsetCommitResponse};

use crate::connection::{Call, Delayed, Ticket};
use crate::edge::Effects;
use crate::group::{Command, TransactionalCommit, transactional_commit_refusal};
use crate::node::Node;
use crate::replica::{About, DelayedOffsets, Guard, Verification};
use crate::time::Now;
use crate::transaction::{Question, Waiter};

/// First version in which the partition becomes part of the transaction by itself.
const ADDS_PARTITION: i16 = 5;
/// First version whose clients know `TRANSACTION_ABORTABLE`.
const KNOWS_ABORTABLE: i16 = 4;

/// Answered when the offsets are in the log, to be committed with the transaction.
pub(crate) fn handle(
    node: &mut Node,
    now: Now,
    fx: &mut Effects,
    call: &Call,
    request: TxnOffsetCommitRequest,
) -> Option<Response> {
    if request.topics.is_empty() {
        return Some(TxnOffsetCommitResponse::default().into());
    }
    match begin(node, now, fx, call, &request) {
        Err(error) => Some(transactional_commit_refusal(&request, error).into()),
        Ok(Verification::NotNeeded) => {
            commit(node, now, fx, call.ticket, call.api_version, request, None);
            None
        }
        Ok(Verification::Ask(guard)) => {
            let delayed = DelayedOffsets { api_version: call.api_version, request, guard };
            node.delayed.park(call.ticket, Delayed::Offsets(delayed));
            None
        }
    }
}

/// Asks the coordinator of the transaction, if nobody here knows that it is open.
///
/// # Errors
/// The group does not live here.
fn begin(
    node: &mut Node,
    now: Now,
    fx: &mut Effects,
    call: &Call,
    request: &TxnOffsetCommitRequest,
) -> Result<Verification, ErrorCode> {
    let shard = node.group_shard(&request.group_id)?;
    let id = node.groups.shards.partition(shard).expect("a shard that was found is here");
    let partition = node.partitions.get_mut(&id).ok_or(ErrorCode::NOT_COORDINATOR)?;
    let adds = call.api_version >= ADDS_PARTITION;
    let cx = node.env.cx(now, fx);
    let verification = partition.begin_verification(&cx, about(request), adds);
    if let Verification::Ask(_) = verification {
        let question = Question {
            waiter: Waiter::Offsets(call.ticket),
            transactional_id: request.transactional_id.clone(),
            producer_id: request.producer_id,
            producer_epoch: request.producer_epoch,
            partition: partition.name.clone(),
            adds,
        };
        node.verify(now, question);
    }
    Ok(verification)
}

fn about(request: &TxnOffsetCommitRequest) -> About {
    About { producer_id: request.producer_id, epoch: request.producer_epoch, sequence: 0 }
}

/// The coordinator of the transaction has answered.
pub(crate) fn on_verified(
    node: &mut Node,
    now: Now,
    fx: &mut Effects,
    ticket: Ticket,
    outcome: Result<(), ErrorCode>,
) {
    let Some(Delayed::Offsets(delayed)) = node.delayed.take(ticket) else { return };
    let DelayedOffsets { api_version, request, guard } = delayed;
    match outcome {
        Ok(()) => commit(node, now, fx, ticket, api_version, request, Some(guard)),
        Err(error) => {
            let shard = node.group_shard(&request.group_id);
            let id = shard.ok().and_then(|shard| node.groups.shards.partition(shard));
            if let Some(partition) = id.and_then(|id| node.partitions.get_mut(&id)) {
                partition.end_verification(request.producer_id, guard);
            }
            let error = for_client(api_version, error);
            node.answer(fx, ticket, transactional_commit_refusal(&request, error).into());
        }
    }
}

/// What a client is told about its transaction, in codes that it knows.
///
/// Kafka: `GroupCoordinatorService.commitTransactionalOffsets`.
fn for_client(api_version: i16, error: ErrorCode) -> ErrorCode {
    match error {
        ErrorCode::NETWORK_EXCEPTION => ErrorCode::COORDINATOR_LOAD_IN_PROGRESS,
        ErrorCode::COORDINATOR_NOT_AVAILABLE | ErrorCode::NOT_COORDINATOR => {
            // The coordinator of the transaction, not that of the group, which the client would look for.
            ErrorCode::COORDINATOR_LOAD_IN_PROGRESS
        }
        ErrorCode::CONCURRENT_TRANSACTIONS if api_version < ADDS_PARTITION => {
            ErrorCode::COORDINATOR_LOAD_IN_PROGRESS
        }
        ErrorCode::PRODUCER_FENCED => ErrorCode::INVALID_PRODUCER_EPOCH,
        ErrorCode::TRANSACTION_ABORTABLE if api_version < KNOWS_ABORTABLE => ErrorCode::INVALID_TXN_STATE,
        error => error,
    }
}

fn commit(
    node: &mut Node,
    now: Now,
    fx: &mut Effects,
    ticket: Ticket,
    api_version: i16,
    request: TxnOffsetCommitRequest,
    guard: Option<Guard>,
) {
    match check(node, now, fx, &request, guard) {
        Ok(shard) => {
            let commit = TransactionalCommit { api_version, request };
            node.ask_group(now, fx, shard, ticket, Command::CommitInTransaction(commit));
        }
        Err(error) => node.answer(fx, ticket, transactional_commit_refusal(&request, error).into()),
    }
}

/// Whether the group still lives here, and the transaction is still the one it was.
fn check(
    node: &mut Node,
    now: Now,
    fx: &mut Effects,
    request: &TxnOffsetCommitRequest,
    guard: Option<Guard>,
) -> Result<i32, ErrorCode> {
    let shard = node.group_shard(&request.group_id)?;
    let id = node.groups.shards.partition(shard).expect("a shard that was found is here");
    let partition = node.partitions.get_mut(&id).ok_or(ErrorCode::NOT_COORDINATOR)?;
    partition.check_transaction(&node.env.cx(now, fx), about(request), guard)?;
    partition.settle_verification(request.producer_id);
    Ok(shard)
}
