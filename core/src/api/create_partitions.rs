//! CreatePartitions: topics grow, and never shrink.

use alloc::vec::Vec;

use klamm_wire::messages::create_partitions_response::CreatePartitionsTopicResult;
use klamm_wire::messages::{CreatePartitionsRequest, CreatePartitionsResponse, Response};

use crate::connection::Call;
use crate::controller::Command;
use crate::edge::Effects;
use crate::node::Node;
use crate::time::Now;

/// Parks the request until the records are committed and the new partitions of this broker are open.
pub(crate) fn handle(
    node: &mut Node,
    now: Now,
    fx: &mut Effects,
    call: &Call,
    request: CreatePartitionsRequest,
) -> Option<Response> {
    let names: Vec<_> = request.topics.iter().map(|topic| topic.name.clone()).collect();
    let code = match node.submit_controller(now, fx, Some(call.ticket), Command::CreatePartitions(request)) {
        Ok(()) => return None,
        Err(code) => code,
    };
    let result = |name| CreatePartitionsTopicResult { name, error_code: code, error_message: None };
    let results = names.into_iter().map(result).collect();
    Some(CreatePartitionsResponse { throttle_time_ms: 0, results }.into())
}
