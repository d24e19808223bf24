//! JoinGroup: become a member, or wait for the next generation.

use klamm_wire::messages::{JoinGroupRequest, Response};

use crate::connection::Call;
use crate::edge::Effects;
use crate::group::{Command, Join, Parked, join_refusal};
use crate::node::Node;
use crate::time::Now;

/// Parked until the rebalance that it begins or takes part in has all its members.
pub(crate) fn handle(
    node: &mut Node,
    now: Now,
    fx: &mut Effects,
    call: &Call,
    mut request: JoinGroupRequest,
) -> Option<Response> {
    if call.api_version == 0 {
        // There was one timeout for both.
        request.rebalance_timeout_ms = request.session_timeout_ms;
    }
    let shard = match node.group_shard(&request.group_id) {
        Ok(shard) => shard,
        Err(error) => return Some(join_refusal(call.api_version, &request.member_id, error).into()),
    };
    let join = Join {
        parked: Parked { ticket: call.ticket, api_version: call.api_version },
        client_id: call.client_id.clone().unwrap_or_default(),
        client_host: call.peer.host.clone(),
        request,
    };
    node.ask_group(now, fx, shard, call.ticket, Command::Join(join));
    None
}
