//! BrokerRegistration: a broker has started and wants to take part.

use klamm_wire::ErrorCode;
use klamm_wire::messages::{BrokerRegistrationRequest, BrokerRegistrationResponse, Response};

use crate::connection::Call;
use crate::controller::Command;
use crate::edge::Effects;
use crate::node::Node;
use crate::time::Now;
use crate::types::METADATA_PARTITION;

/// Parks the request until the registration is committed.
pub(crate) fn handle(
    node: &mut Node,
    now: Now,
    fx: &mut Effects,
    call: &Call,
    request: BrokerRegistrationRequest,
) -> Option<Response> {
    match register(node, now, fx, call, request) {
        Ok(()) => None,
        Err(error_code) => Some(BrokerRegistrationResponse { error_code, ..Default::default() }.into()),
    }
}

fn register(
    node: &mut Node,
    now: Now,
    fx: &mut Effects,
    call: &Call,
    request: BrokerRegistrationRequest,
) -> Result<(), ErrorCode> {
    let partition = node.partitions.get(&METADATA_PARTITION).ok_or(ErrorCode::NOT_CONTROLLER)?;
    // The record stands there if this is appended: nothing comes between the decision and its place in the log.
    let epoch = partition.log.log_end_offset();
    node.submit_controller(now, fx, Some(call.ticket), Command::RegisterBroker { request, epoch })
}
