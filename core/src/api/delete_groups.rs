//! DeleteGroups: empty groups go, with their offsets.

use klamm_wire::ErrorCode;
use klamm_wire::messages::delete_groups_response::DeletableGroupResult;
use klamm_wire::messages::{DeleteGroupsRequest, DeleteGroupsResponse, Response};

use crate::connection::Call;
use crate::edge::Effects;
use crate::group::{Answer, Command, Part};
use crate::node::Node;
use crate::time::Now;

/// Answered when the tombstones of all groups are committed.
pub(crate) fn handle(
    node: &mut Node,
    now: Now,
    fx: &mut Effects,
    call: &Call,
    request: DeleteGroupsRequest,
) -> Option<Response> {
    let part =
        |group| Part { shard: node.group_shard(&group), command: Command::DeleteGroup(group), refusal };
    let parts = request.groups_names.into_iter().map(part).collect();
    node.gather_groups(now, fx, call.ticket, DeleteGroupsResponse::default().into(), parts)
}

fn refusal(command: &Command, error_code: ErrorCode) -> Answer {
    let Command::DeleteGroup(group) = command else { unreachable!("{command:?} deletes no group") };
    Answer::Deleted(DeletableGroupResult { group_id: group.clone(), error_code })
}
