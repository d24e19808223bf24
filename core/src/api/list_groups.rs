//! ListGroups: the groups this broker coordinates.

use alloc::vec::Vec;

use klamm_wire::ErrorCode;
use klamm_wire::messages::{ListGroupsRequest, ListGroupsResponse, Response};

use crate::connection::Call;
use crate::edge::Effects;
use crate::group::{Answer, Command, List, Part};
use crate::node::Node;
use crate::time::Now;

/// Answered behind what the shards are still writing.
pub(crate) fn handle(
    node: &mut Node,
    now: Now,
    fx: &mut Effects,
    call: &Call,
    request: ListGroupsRequest,
) -> Option<Response> {
    if node.groups.shards.is_loading() {
        // Half a list would look like the whole one.
        let error_code = ErrorCode::COORDINATOR_LOAD_IN_PROGRESS;
        return Some(ListGroupsResponse { error_code, ..ListGroupsResponse::default() }.into());
    }
    let list = List::new(&request.states_filter, &request.types_filter);
    let part = |shard| Part { shard: Ok(shard), command: Command::List(list.clone()), refusal };
    let parts: Vec<Part> = node.groups.shards.indexes().map(part).collect();
    node.gather_groups(now, fx, call.ticket, ListGroupsResponse::default().into(), parts)
}

fn refusal(_: &Command, error: ErrorCode) -> Answer {
    Answer::NotListed(error)
}
