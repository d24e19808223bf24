//! DeleteTopics: by name, and by id from version 6 on.

use alloc::vec::Vec;

use klamm_wire::messages::delete_topics_request::DeleteTopicState;
use klamm_wire::messages::delete_topics_response::DeletableTopicResult;
use klamm_wire::messages::{DeleteTopicsRequest, DeleteTopicsResponse, Response};
use klamm_wire::{ErrorCode, Uuid};

use crate::connection::Call;
use crate::controller::Command;
use crate::edge::Effects;
use crate::node::Node;
use crate::time::Now;

/// The first version that knows the error of a broker that deletes no topics.
const KNOWS_DELETION_DISABLED: i16 = 3;

/// Parks the request until the records are committed.
pub(crate) fn handle(
    node: &mut Node,
    now: Now,
    fx: &mut Effects,
    call: &Call,
    mut request: DeleteTopicsRequest,
) -> Option<Response> {
    let by_name = |name| DeleteTopicState { name: Some(name), topic_id: Uuid::ZERO };
    let names = core::mem::take(&mut request.topic_names);
    request.topics.extend(names.into_iter().map(by_name));
    if !node.env.config.delete_topics {
        let disabled = call.api_version >= KNOWS_DELETION_DISABLED;
        let code = if disabled { ErrorCode::TOPIC_DELETION_DISABLED } else { ErrorCode::INVALID_REQUEST };
        return Some(refused(request.topics, code));
    }
    let topics = request.topics.clone();
    match node.submit_controller(now, fx, Some(call.ticket), Command::DeleteTopics(request)) {
        Ok(()) => None,
        Err(code) => Some(refused(topics, code)),
    }
}

fn refused(topics: Vec<DeleteTopicState>, error_code: ErrorCode) -> Response {
    let result = |topic: DeleteTopicState| DeletableTopicResult {
        name: topic.name,
        topic_id: topic.topic_id,
        error_code,
        error_message: None,
    };
    let responses = topics.into_iter().map(result).collect();
    DeleteTopicsResponse { throttle_time_ms: 0, responses }.into()
}
