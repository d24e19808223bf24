//! AddPartitionsToTxn: these partitions are part of a transaction, or are they?
//!
//! Up to version 3 producers ask; from version 4 on leaders do, about several transactions at once.

use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use klamm_wire::messages::add_partitions_to_txn_request::AddPartitionsToTxnTopic;
use klamm_wire::messages::{AddPartitionsToTxnRequest, AddPartitionsToTxnResponse, Response};
use klamm_wire::{ErrorCode, Str};

use crate::connection::Call;
use crate::edge::Effects;
use crate::node::Node;
use crate::time::Now;
use crate::transaction::{Add, Answer, Asker, Command, Part, Partitions};

/// First version that speaks of several transactions.
const SEVERAL: i16 = 4;

/// Answered when what is added is committed.
pub(crate) fn handle(
    node: &mut Node,
    now: Now,
    fx: &mut Effects,
    call: &Call,
    request: AddPartitionsToTxnRequest,
) -> Option<Response> {
    if call.api_version >= SEVERAL {
        return handle_several(node, now, fx, call, request);
    }
    let add = Add {
        asker: Asker::Client(call.api_version),
        transactional_id: request.v3_and_below_transactional_id,
        producer_id: request.v3_and_below_producer_id,
        producer_epoch: request.v3_and_below_producer_epoch,
        partitions: partitions(&request.v3_and_below_topics),
        verify_only: false,
    };
    let shard = match question(node, &add) {
        Ok(shard) => shard,
        Err(answer) => match *answer {
            Answer::Response(response) => return Some(response),
            other => unreachable!("a client is answered by a response, not {other:?}"),
        },
    };
    node.ask_transaction(now, fx, shard, call.ticket, Command::Add(add));
    None
}

fn handle_several(
    node: &mut Node,
    now: Now,
    fx: &mut Effects,
    call: &Call,
    request: AddPartitionsToTxnRequest,
) -> Option<Response> {
    let mut parts = Vec::with_capacity(request.transactions.len());
    for transaction in request.transactions {
        let add = Add {
            asker: Asker::Leader,
            transactional_id: transaction.transactional_id,
            producer_id: transaction.producer_id,
            producer_epoch: transaction.producer_epoch,
            partitions: partitions(&transaction.topics),
            verify_only: transaction.verify_only,
        };
        parts.push(match question(node, &add) {
            Ok(shard) => Part::Ask(shard, Command::Add(add)),
            Err(answer) => Part::Known(answer),
        });
    }
    node.gather_transactions(now, fx, call.ticket, AddPartitionsToTxnResponse::default().into(), parts)
}

/// The shard to ask; else the answer, which is an error of the whole or of partitions that are not known.
fn question(node: &Node, add: &Add) -> Result<i32, Box<Answer>> {
    if add.transactional_id.is_empty() {
        return Err(add.answer(ErrorCode::INVALID_REQUEST).into());
    }
    let shard = node.transaction_shard(&add.transactional_id).map_err(|error| Box::new(add.answer(error)))?;
    let image = &node.env.image;
    let is_known = |topic: &Str, index: i32| {
        image.topic(topic).is_some_and(|topic| topic.partitions.contains_key(&index))
    };
    let mut all =
        add.partitions.iter().flat_map(|(topic, indexes)| indexes.iter().map(move |at| (topic, *at)));
    if all.all(|(topic, index)| is_known(topic, index)) {
        return Ok(shard);
    }
    let error_of = |topic: &Str, index| {
        let known = is_known(topic, index);
        if known { ErrorCode::OPERATION_NOT_ATTEMPTED } else { ErrorCode::UNKNOWN_TOPIC_OR_PARTITION }
    };
    Err(add.answer_each(error_of).into())
}

fn partitions(topics: &[AddPartitionsToTxnTopic]) -> Partitions {
    let mut partitions = Partitions::new();
    for topic in topics {
        let indexes: &mut BTreeSet<i32> = partitions.entry(topic.name.clone()).or_default();
        indexes.extend(&topic.partitions);
    }
    partitions
}
