//! BrokerHeartbeat: a broker lives, and says what it wants.

use klamm_wire::messages::{BrokerHeartbeatRequest, BrokerHeartbeatResponse, Response};

use crate::connection::Call;
use crate::controller::Command;
use crate::edge::Effects;
use crate::node::Node;
use crate::time::Now;

/// Parks the request until what it leads to is committed.
pub(crate) fn handle(
    node: &mut Node,
    now: Now,
    fx: &mut Effects,
    call: &Call,
    request: BrokerHeartbeatRequest,
) -> Option<Response> {
    match node.submit_controller(now, fx, Some(call.ticket), Command::Heartbeat(request)) {
        Ok(()) => None,
        Err(error_code) => Some(BrokerHeartbeatResponse { error_code, ..Default::default() }.into()),
    }
}
