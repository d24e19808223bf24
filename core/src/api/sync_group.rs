//! SyncGroup: the leader brings the assignments, everyone takes its own.

use klamm_wire::messages::{Response, SyncGroupRequest};

use crate::connection::Call;
use crate::edge::Effects;
use crate::group::{Command, sync_refusal};
use crate::node::Node;
use crate::time::Now;

/// Parked until the leader's assignments are committed.
pub(crate) fn handle(
    node: &mut Node,
    now: Now,
    fx: &mut Effects,
    call: &Call,
    request: SyncGroupRequest,
) -> Option<Response> {
    match node.group_shard(&request.group_id) {
        Ok(shard) => {
            node.ask_group(now, fx, shard, call.ticket, Command::Sync(call.api_version, request));
            None
        }
        Err(error) => Some(sync_refusal(error).into()),
    }
}
