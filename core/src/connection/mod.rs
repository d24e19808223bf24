//! Connections: order of replies, parked requests.

use crate::edge::ConnId;

/// Names one request while it is being served: its connection and its place in the order of requests there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket {
    /// The connection it came in on.
    pub connection: ConnId,
    /// 0 for the first request of the connection.
    pub sequence: u64,
}
