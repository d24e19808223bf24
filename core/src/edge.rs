//! The boundary of a node: every input it can get and every effect it can have.
//!
//! Time, randomness, frames and disk completions come in; replies, disk operations, jobs and observations
//! go out. What is parallel in a broker (sockets, decoding, CRC, compression, the disk) happens on the
//! driver's side of this page.

use alloc::vec::Vec;

use bytes::Bytes;
use klamm_wire::batch::{BatchError, Inspected};
use klamm_wire::frame::{self, RequestHeader};
use klamm_wire::messages::{self, Response};
use klamm_wire::{ApiKey, Segments, Str};

use crate::api;
use crate::disk::{DiskDone, DiskError, DiskOp};
use crate::event::{Event, Reason};
use crate::job::{Job, JobDone};

/// A connection, named by the driver; never used twice in one life of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnId(pub u64);

/// Who is at the other end of a connection.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Peer {
    /// Address without port, as shown in group descriptions.
    pub host: Str,
    /// Name of the listener the connection came in on.
    pub listener: Str,
}

/// Everything that can happen to a node.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Input {
    /// The node begins its life; the first input, once.
    Start,
    /// A client has connected.
    Opened(ConnId, Peer),
    /// A whole request has arrived on an open connection. Requests of one connection keep their order.
    Request(ConnId, Request),
    /// The connection is gone; nothing more comes from it and replies to it are dropped.
    Closed(ConnId),
    /// A disk operation has finished.
    Disk(DiskOp, Result<DiskDone, DiskError>),
    /// A computation has finished.
    Job(Job, JobDone),
    /// The time given by `next_deadline` has come.
    Wake,
    /// An orderly stop is wanted; ends with [`Effect::Halt`].
    Shutdown,
}

/// Everything a node can want done. The driver owns the list and performs it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Send a response. Replies of one connection are emitted in the order they must leave.
    Reply(ConnId, Reply),
    /// Close a connection, after the replies emitted before.
    Close(ConnId, CloseReason),
    /// Do something on the disk.
    Disk(DiskOp),
    /// Compute something outside the logic thread.
    Job(Job),
    /// Tell whoever watches: logs, metrics, traces, checkers.
    Observe(Event),
    /// This node has ended and must not be called again.
    Halt(Reason),
}

/// The list effects are appended to.
pub type Effects = Vec<Effect>;

/// Why the broker closes a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CloseReason {
    /// A produce with acks=0 failed; the protocol has no other way to say so.
    SilentProduceFailed,
    /// The request makes no sense for its API version.
    InvalidRequest,
    /// Nothing was heard for `connections.max.idle.ms`.
    Idle,
    /// The node stops.
    Shutdown,
}

/// A request that was decoded, size-checked and whose batches were inspected.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Request {
    /// Key, version, correlation and client id.
    pub header: RequestHeader,
    /// The message.
    pub body: messages::Request,
    /// For a produce: one finding per partition, in the order of the message; else empty.
    pub batches: Vec<Result<Inspected, BatchError>>,
}

/// A response on its way to a connection.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reply {
    /// Repeats the request's.
    pub correlation_id: i32,
    /// Which API.
    pub api_key: ApiKey,
    /// Version of the body.
    pub api_version: i16,
    /// `None` for a produce with acks=0: the request is done and nothing is sent.
    pub body: Option<Response>,
}

/// Why a frame cannot become a request. The connection is closed without a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reject {
    /// Header or body do not parse.
    Malformed(frame::FrameError),
    /// The API is not offered by this broker, or not in this version.
    Unsupported {
        /// As sent.
        api_key: ApiKey,
        /// As sent.
        api_version: i16,
    },
}

/// Turns the content of one frame (without its size prefix) into a request, off the logic thread.
///
/// Batches of a produce are inspected here: CRC, lengths, record count and, within
/// `max_decompressed` bytes, the compressed content.
///
/// # Errors
/// Every [`Reject`] closes the connection, as Kafka does.
pub fn parse_request(frame: Bytes, max_decompressed: usize) -> Result<Request, Reject> {
    api::parse(frame, max_decompressed)
}

/// The frame of a reply with its size prefix, ready for a vectored write.
///
/// # Panics
/// If the node answered with a field that the version cannot carry: our mistake, not the client's.
pub fn encode_reply(reply: &Reply) -> Option<Segments> {
    let body = reply.body.as_ref()?;
    let frame = frame::encode_response(reply.correlation_id, reply.api_key, reply.api_version, body);
    Some(frame.unwrap_or_else(|error| panic!("{:?} v{}: {error}", reply.api_key, reply.api_version)))
}
