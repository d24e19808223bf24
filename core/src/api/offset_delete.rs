//! OffsetDelete: an administrator forgets offsets of topics that nobody in the group consumes.

use klamm_wire::ErrorCode;
use klamm_wire::messages::{OffsetDeleteRequest, OffsetDeleteResponse, Response};

use crate::connection::Call;
use crate::edge::Effects;
use crate::group::Command;
use crate::node::Node;
use crate::time::Now;

/// Answered when the tombstones are committed.
pub(crate) fn handle(
    node: &mut Node,
    now: Now,
    fx: &mut Effects,
    call: &Call,
    request: OffsetDeleteRequest,
) -> Option<Response> {
    let shard = if request.group_id.is_empty() {
        Err(ErrorCode::INVALID_GROUP_ID)
    } else {
        node.group_shard(&request.group_id)
    };
    match shard {
        Ok(shard) => {
            node.ask_group(now, fx, shard, call.ticket, Command::DeleteOffsets(request));
            None
        }
        Err(error_code) => {
            Some(OffsetDeleteResponse { error_code, ..OffsetDeleteResponse::default() }.into())
        }
    }
}
