//! ControllerRegistration: a controller says what it can do and where it is found.

use klamm_wire::messages::{ControllerRegistrationRequest, ControllerRegistrationResponse, Response};

use crate::connection::Call;
use crate::controller::Command;
use crate::edge::Effects;
use crate::node::Node;
use crate::time::Now;

/// Parks the request until the registration is committed.
pub(crate) fn handle(
    node: &mut Node,
    now: Now,
    fx: &mut Effects,
    call: &Call,
    request: ControllerRegistrationRequest,
) -> Option<Response> {
    match node.submit_controller(now, fx, Some(call.ticket), Command::RegisterController(request)) {
        Ok(()) => None,
        Err(error_code) => Some(ControllerRegistrationResponse { error_code, ..Default::default() }.into()),
    }
}
