//! OffsetCommit: how far a group is.

use klamm_wire::messages::{OffsetCommitRequest, OffsetCommitResponse, Response};

use crate::connection::Call;
use crate::edge::Effects;
use crate::group::{Command, Commit, commit_refusal};
use crate::node::Node;
use crate::time::Now;

/// Last version in which a client may choose how long its offsets are kept.
const LAST_WITH_RETENTION: i16 = 4;

/// Answered when the offsets are committed.
pub(crate) fn handle(
    node: &mut Node,
    now: Now,
    fx: &mut Effects,
    call: &Call,
    mut request: OffsetCommitRequest,
) -> Option<Response> {
    if call.api_version > LAST_WITH_RETENTION {
        request.retention_time_ms = -1;
    }
    if request.topics.is_empty() {
        return Some(OffsetCommitResponse::default().into());
    }
    match node.group_shard(&request.group_id) {
        Ok(shard) => {
            let commit = Commit { api_version: call.api_version, request };
            node.ask_group(now, fx, shard, call.ticket, Command::CommitOffsets(commit));
            None
        }
        Err(error) => Some(commit_refusal(&request, error).into()),
    }
}
