//! AlterConfigs: replaces all settings of a resource. Java clients use IncrementalAlterConfigs instead.

use alloc::vec::Vec;

use klamm_wire::messages::alter_configs_response::AlterConfigsResourceResponse;
use klamm_wire::messages::{AlterConfigsRequest, AlterConfigsResponse, Response};

use crate::connection::Call;
use crate::controller::Command;
use crate::edge::Effects;
use crate::node::Node;
use crate::time::Now;

/// Parks the request until the records are committed.
pub(crate) fn handle(
    node: &mut Node,
    now: Now,
    fx: &mut Effects,
    call: &Call,
    request: AlterConfigsRequest,
) -> Option<Response> {
    let resources: Vec<_> = request
        .resources
        .iter()
        .map(|resource| (resource.resource_type, resource.resource_name.clone()))
        .collect();
    let code = match node.submit_controller(now, fx, Some(call.ticket), Command::AlterConfigs(request)) {
        Ok(()) => return None,
        Err(code) => code,
    };
    let result = |(resource_type, resource_name)| AlterConfigsResourceResponse {
        error_code: code,
        error_message: None,
        resource_type,
        resource_name,
    };
    let responses = resources.into_iter().map(result).collect();
    Some(AlterConfigsResponse { throttle_time_ms: 0, responses }.into())
}
