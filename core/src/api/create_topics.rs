//! CreateTopics: decided by the controller, answered when the topics can be written to.

use alloc::vec::Vec;

use klamm_wire::messages::create_topics_response::CreatableTopicResult;
use klamm_wire::messages::{CreateTopicsRequest, CreateTopicsResponse, Response};
use klamm_wire::{ErrorCode, Str};

use crate::connection::Call;
use crate::controller::Command;
use crate::edge::Effects;
use crate::node::Node;
use crate::time::Now;

/// Parks the request until the records are committed and the partitions of this broker are open.
pub(crate) fn handle(
    node: &mut Node,
    now: Now,
    fx: &mut Effects,
    call: &Call,
    request: CreateTopicsRequest,
) -> Option<Response> {
    let names: Vec<_> = request.topics.iter().map(|topic| topic.name.clone()).collect();
    match node.submit_controller(now, fx, Some(call.ticket), Command::CreateTopics(request)) {
        Ok(()) => None,
        Err(code) => Some(refused(names, code)),
    }
}

fn refused(names: Vec<Str>, error_code: ErrorCode) -> Response {
    let result = |name| CreatableTopicResult { name, error_code, ..CreatableTopicResult::default() };
    let topics = names.into_iter().map(result).collect();
    CreateTopicsResponse { throttle_time_ms: 0, topics }.into()
}
