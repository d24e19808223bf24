//! DescribeGroups: state and members of groups.

use klamm_wire::ErrorCode;
use klamm_wire::messages::{DescribeGroupsRequest, DescribeGroupsResponse, Response};

use crate::connection::Call;
use crate::edge::Effects;
use crate::group::{Answer, Command, Describe, Part, undescribed};
use crate::node::Node;
use crate::time::Now;

/// Answered behind what the shards are still writing: what is said is committed.
pub(crate) fn handle(
    node: &mut Node,
    now: Now,
    fx: &mut Effects,
    call: &Call,
    request: DescribeGroupsRequest,
) -> Option<Response> {
    let include_operations = request.include_authorized_operations;
    let part = |group| Part {
        shard: node.group_shard(&group),
        command: Command::Describe(Describe { group, api_version: call.api_version, include_operations }),
        refusal,
    };
    let parts = request.groups.into_iter().map(part).collect();
    node.gather_groups(now, fx, call.ticket, DescribeGroupsResponse::default().into(), parts)
}

fn refusal(command: &Command, error: ErrorCode) -> Answer {
    let Command::Describe(describe) = command else { unreachable!("{command:?} describes no group") };
    Answer::Described(undescribed(&describe.group, error))
}
