//! DescribeTransactions: where transactional ids are.

use klamm_wire::ErrorCode;
use klamm_wire::messages::{DescribeTransactionsRequest, DescribeTransactionsResponse, Response};

use crate::connection::Call;
use crate::edge::Effects;
use crate::node::Node;
use crate::time::Now;
use crate::transaction::{Answer, Command, Part, undescribed};

/// Answered from the shards of the ids.
pub(crate) fn handle(
    node: &mut Node,
    now: Now,
    fx: &mut Effects,
    call: &Call,
    request: DescribeTransactionsRequest,
) -> Option<Response> {
    let parts = request.transactional_ids.into_iter().map(|id| {
        let found = if id.is_empty() { Err(ErrorCode::INVALID_REQUEST) } else { node.transaction_shard(&id) };
        match found {
            Ok(shard) => Part::Ask(shard, Command::Describe(id)),
            Err(error) => Part::Known(Answer::Described(undescribed(&id, error)).into()),
        }
    });
    let parts = parts.collect();
    node.gather_transactions(now, fx, call.ticket, DescribeTransactionsResponse::default().into(), parts)
}
