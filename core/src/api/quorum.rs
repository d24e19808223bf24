//! The APIs of the metadata quorum: elections, its log's snapshots, its voters. The quorum answers all of them.

use klamm_wire::messages::{Request, Response};

use crate::connection::Call;
use crate::edge::Effects;
use crate::node::Node;
use crate::time::Now;

/// Parks the request: the quorum answers it, now or when the disk, a record or a commit has come.
pub(crate) fn handle(
    node: &mut Node,
    now: Now,
    fx: &mut Effects,
    call: &Call,
    request: impl Into<Request>,
) -> Option<Response> {
    node.ask_quorum(now, fx, call, request.into());
    None
}
