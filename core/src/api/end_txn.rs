//! EndTxn: commit or abort.

use klamm_wire::ErrorCode;
use klamm_wire::messages::{EndTxnRequest, Response};

use super::init_producer_id::Waiting;
use crate::connection::Call;
use crate::edge::Effects;
use crate::node::Node;
use crate::time::Now;
use crate::transaction::{Command, End, end_refusal};

/// Answered when the outcome is committed; what was written shows, or is skipped, when the markers are.
pub(crate) fn handle(
    node: &mut Node,
    now: Now,
    fx: &mut Effects,
    call: &Call,
    request: EndTxnRequest,
) -> Option<Response> {
    let found = if request.transactional_id.is_empty() {
        Err(ErrorCode::INVALID_REQUEST)
    } else {
        node.transaction_shard(&request.transactional_id)
    };
    let shard = match found {
        Ok(shard) => shard,
        Err(error) => return Some(end_refusal(call.api_version, error).into()),
    };
    let hosted = node.transactions.shards.hosted(shard).expect("a shard that was found serves");
    let mut fresh_producer_id = None;
    if hosted.written().needs_next_producer_id(call.api_version, &request) {
        fresh_producer_id = node.producer_ids.take();
        if fresh_producer_id.is_none() {
            node.wait_for_producer_id(now, fx, Waiting::End(call.clone(), request));
            return None;
        }
    }
    let end = End { api_version: call.api_version, request, fresh_producer_id };
    node.ask_transaction(now, fx, shard, call.ticket, Command::End(end));
    None
}
