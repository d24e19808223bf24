//! AssignReplicasToDirs: a broker says in which log directories its replicas lie.

use klamm_wire::messages::{AssignReplicasToDirsRequest, AssignReplicasToDirsResponse, Response};

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
    request: AssignReplicasToDirsRequest,
) -> Option<Response> {
    match node.submit_controller(now, fx, Some(call.ticket), Command::AssignReplicasToDirs(request)) {
        Ok(()) => None,
        Err(error_code) => Some(AssignReplicasToDirsResponse { error_code, ..Default::default() }.into()),
    }
}
