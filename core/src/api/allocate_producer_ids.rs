//! AllocateProducerIds: a broker wants more producer ids.

use klamm_wire::messages::{AllocateProducerIdsRequest, AllocateProducerIdsResponse, Response};

use crate::connection::Call;
use crate::controller::Command;
use crate::edge::Effects;
use crate::node::Node;
use crate::time::Now;

/// Parks the request until the block is committed.
pub(crate) fn handle(
    node: &mut Node,
    now: Now,
    fx: &mut Effects,
    call: &Call,
    request: AllocateProducerIdsRequest,
) -> Option<Response> {
    match node.submit_controller(now, fx, Some(call.ticket), Command::ProducerIds(request)) {
        Ok(()) => None,
        Err(error_code) => Some(AllocateProducerIdsResponse { error_code, ..Default::default() }.into()),
    }
}
