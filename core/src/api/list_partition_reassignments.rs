//! ListPartitionReassignments: which partitions are moving.

use klamm_wire::messages::{ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse, Response};

use crate::connection::Call;
use crate::controller::Command;
use crate::edge::Effects;
use crate::node::Node;
use crate::time::Now;

/// Parks the request until everything the answer shows is committed.
pub(crate) fn handle(
    node: &mut Node,
    now: Now,
    fx: &mut Effects,
    call: &Call,
    request: ListPartitionReassignmentsRequest,
) -> Option<Response> {
    match node.submit_controller(now, fx, Some(call.ticket), Command::ListReassignments(request)) {
        Ok(()) => None,
        Err(error_code) => {
            Some(ListPartitionReassignmentsResponse { error_code, ..Default::default() }.into())
        }
    }
}
