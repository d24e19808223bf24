//! AddOffsetsToTxn: a group's committed offsets are part of a transaction.

use klamm_wire::ErrorCode;
use klamm_wire::messages::{AddOffsetsToTxnRequest, Response};

use crate::connection::Call;
use crate::coordinator::shard_of;
use crate::edge::Effects;
use crate::node::{Errand, Node};
use crate::time::Now;
use crate::transaction::{Add, Answer, Asker, Command, Partitions};
use crate::types::OFFSETS_TOPIC;

/// Answered when it is committed that the partition in which the group lives is part of the transaction.
pub(crate) fn handle(
    node: &mut Node,
    now: Now,
    fx: &mut Effects,
    call: &Call,
    request: AddOffsetsToTxnRequest,
) -> Option<Response> {
    let mut add = Add {
        asker: Asker::Offsets(call.api_version),
        transactional_id: request.transactional_id,
        producer_id: request.producer_id,
        producer_epoch: request.producer_epoch,
        partitions: Partitions::from([(OFFSETS_TOPIC.into(), [-1].into())]),
        verify_only: false,
    };
    let found = if add.transactional_id.is_empty() {
        Err(ErrorCode::INVALID_REQUEST)
    } else {
        node.transaction_shard(&add.transactional_id)
    };
    let offsets = node.env.image.topic(OFFSETS_TOPIC).map(|topic| topic.partitions.len());
    if offsets.is_none() {
        node.agenda.push_back(Errand::EnsureTopic(OFFSETS_TOPIC));
    }
    match (found, offsets) {
        (Ok(shard), Some(count)) => {
            let count = i32::try_from(count).expect("partitions are counted in 32 bits");
            let index = shard_of(&request.group_id, count);
            add.partitions = Partitions::from([(OFFSETS_TOPIC.into(), [index].into())]);
            node.ask_transaction(now, fx, shard, call.ticket, Command::Add(add));
            None
        }
        (Err(error), _) => Some(refused(&add, error)),
        (Ok(_), None) => Some(refused(&add, ErrorCode::COORDINATOR_NOT_AVAILABLE)),
    }
}

fn refused(add: &Add, error: ErrorCode) -> Response {
    match add.answer(error) {
        Answer::Response(response) => response,
        other => unreachable!("a client is answered by a response, not {other:?}"),
    }
}
