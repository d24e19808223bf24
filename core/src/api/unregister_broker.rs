//! UnregisterBroker: a broker is forgotten.

use klamm_wire::messages::{Response, UnregisterBrokerRequest, UnregisterBrokerResponse};

use crate::connection::Call;
use crate::controller::Command;
use crate::edge::Effects;
use crate::node::Node;
use crate::time::Now;

/// Parks the request until the broker is gone.
pub(crate) fn handle(
    node: &mut Node,
    now: Now,
    fx: &mut Effects,
    call: &Call,
    request: UnregisterBrokerRequest,
) -> Option<Response> {
    match node.submit_controller(now, fx, Some(call.ticket), Command::UnregisterBroker(request)) {
        Ok(()) => None,
        Err(error_code) => Some(UnregisterBrokerResponse { error_code, ..Default::default() }.into()),
    }
}
