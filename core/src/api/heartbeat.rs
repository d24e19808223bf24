//! Heartbeat: a member lives, and learns whether it has to join again.

use klamm_wire::messages::{HeartbeatRequest, HeartbeatResponse, Response};

use crate::connection::Call;
use crate::edge::Effects;
use crate::group::Command;
use crate::node::Node;
use crate::time::Now;

/// Answered at once, behind what the shard is still writing.
pub(crate) fn handle(
    node: &mut Node,
    now: Now,
    fx: &mut Effects,
    call: &Call,
    request: HeartbeatRequest,
) -> Option<Response> {
    match node.group_shard(&request.group_id) {
        Ok(shard) => {
            node.ask_group(now, fx, shard, call.ticket, Command::Heartbeat(request));
            None
        }
        Err(error_code) => Some(HeartbeatResponse { error_code, ..HeartbeatResponse::default() }.into()),
    }
}
