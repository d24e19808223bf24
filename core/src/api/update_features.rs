//! UpdateFeatures: the levels of features that all nodes agree on are changed.

use klamm_wire::messages::{Response, UpdateFeaturesRequest, UpdateFeaturesResponse};

use crate::connection::Call;
use crate::controller::Command;
use crate::edge::Effects;
use crate::node::Node;
use crate::time::Now;

/// Parks the request until the new levels are committed.
pub(crate) fn handle(
    node: &mut Node,
    now: Now,
    fx: &mut Effects,
    call: &Call,
    request: UpdateFeaturesRequest,
) -> Option<Response> {
    let command = Command::UpdateFeatures { request, version: call.api_version };
    match node.submit_controller(now, fx, Some(call.ticket), command) {
        Ok(()) => None,
        Err(error_code) => Some(UpdateFeaturesResponse { error_code, ..Default::default() }.into()),
    }
}
