//! AlterPartitionReassignments: partitions move to other brokers.

use klamm_wire::messages::{
    AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse, Response,
};

use crate::connection::Call;
use crate::controller::Command;
use crate::edge::Effects;
use crate::node::Node;
use crate::time::Now;

/// Parks the request until the moves have begun.
pub(crate) fn handle(
    node: &mut Node,
    now: Now,
    fx: &mut Effects,
    call: &Call,
    request: AlterPartitionReassignmentsRequest,
) -> Option<Response> {
    match node.submit_controller(now, fx, Some(call.ticket), Command::AlterReassignments(request)) {
        Ok(()) => None,
        Err(error_code) => {
            Some(AlterPartitionReassignmentsResponse { error_code, ..Default::default() }.into())
        }
    }
}
