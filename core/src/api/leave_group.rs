//! LeaveGroup: members go, and say so.

use klamm_wire::messages::{LeaveGroupRequest, LeaveGroupResponse, Response};

use crate::connection::Call;
use crate::edge::Effects;
use crate::group::Command;
use crate::node::Node;
use crate::time::Now;

/// Answered when the members are gone; the rebalance that follows goes its own way.
pub(crate) fn handle(
    node: &mut Node,
    now: Now,
    fx: &mut Effects,
    call: &Call,
    request: LeaveGroupRequest,
) -> Option<Response> {
    match node.group_shard(&request.group_id) {
        Ok(shard) => {
            node.ask_group(now, fx, shard, call.ticket, Command::Leave(call.api_version, request));
            None
        }
        Err(error_code) => Some(LeaveGroupResponse { error_code, ..LeaveGroupResponse::default() }.into()),
    }
}
