//! AlterPartition: a leader proposes who is in sync.

use klamm_wire::messages::{AlterPartitionRequest, AlterPartitionResponse, Response};

use crate::connection::Call;
use crate::controller::Command;
use crate::edge::Effects;
use crate::node::Node;
use crate::time::Now;

/// Parks the request until the changes are committed.
pub(crate) fn handle(
    node: &mut Node,
    now: Now,
    fx: &mut Effects,
    call: &Call,
    request: AlterPartitionRequest,
) -> Option<Response> {
    match node.submit_controller(now, fx, Some(call.ticket), Command::AlterPartition(request)) {
        Ok(()) => None,
        Err(error_code) => Some(AlterPartitionResponse { error_code, ..Default::default() }.into()),
    }
}
