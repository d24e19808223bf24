//! The boundary of a node: every input it can get and every effect it can have.
//!
//! Time, randomness, frames and disk completions come in; replies, disk operations, jobs and observations
//! go out. What is parallel in a broker (sockets, decoding, CRC, compression, the disk) happens on the
//! driver's side of this page.

use alloc::vec::Vec;
use core::fmt;

use bytes::Bytes;
use klamm_wire::batch::{BatchError, Inspected};
use klamm_wire::frame::{self, RequestHeader};
use klamm_wire::messages::{self, Response};
use klamm_wire::{ApiKey, DecodeError, ErrorCode, Segments, Str};

use crate::api;
use crate::disk::{DiskDone, DiskError, DiskOp};
use crate::event::{Event, Reason};
use crate::job::{Job, JobDone};
use crate::types::BrokerId;

/// A connection, named by the driver; never used twice in one life of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnId(pub u64);

/// Whom a listener is for; it decides which APIs are served there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ListenerKind {
    /// Clients and other brokers. Served once the node is ready.
    Broker,
    /// Other controllers, brokers that follow the quorum, and tools that administer it. Served from the start.
    Controller,
}

/// Who is at the other end of a connection.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Peer {
    /// Address without port, as shown in group descriptions.
    pub host: Str,
    /// Name of the listener the connection came in on.
    pub listener: Str,
    /// Whom that listener is for.
    pub kind: ListenerKind,
}

/// A connection from this node to another one, named by its other end and by what it is for.
///
/// Requests of one connection are executed one after another, and some of them wait at the other end (a fetch
/// for records, a change for its commit). So what must not wait for each other has connections of its own.
///
/// The driver keeps one connection per channel: it connects when something is sent and there is none, and sends
/// in order. When a connection cannot be made, or breaks, it says [`Input::Disconnected`]: what was sent and is
/// not answered is lost, and each of it may have been executed or not, or may be executed later (the ghost
/// request).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Channel {
    /// The other end.
    pub node: BrokerId,
    /// What for.
    pub purpose: Purpose,
}

/// What a connection between nodes is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    /// Elections of the metadata quorum.
    Quorum,
    /// Fetching the metadata log and its snapshots.
    Metadata,
    /// A broker's registration and heartbeats.
    Lifecycle,
    /// A leader's changes of its ISR.
    Isr,
    /// What a broker asks the controller on behalf of clients.
    Forward,
    /// Fetching records from the leaders on another broker.
    Replica,
    /// Having the leaders on another broker write the markers of transactions.
    Markers,
    /// Asking the coordinators on another broker about transactions.
    Verification,
}

impl Purpose {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Quorum,
        Self::Metadata,
        Self::Lifecycle,
        Self::Isr,
        Self::Forward,
        Self::Replica,
        Self::Markers,
        Self::Verification,
    ];

    /// The listeners that serve what is asked for this purpose.
    pub(crate) fn listener(self) -> ListenerKind {
        match self {
            Self::Replica | Self::Markers | Self::Verification => ListenerKind::Broker,
            _ => ListenerKind::Controller,
        }
    }

    /// What only the active controller can answer.
    pub(crate) const OF_CONTROLLER: [Self; 3] = [Self::Lifecycle, Self::Isr, Self::Forward];
}

/// Where a node can be reached.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    /// Name or number.
    pub host: Str,
    /// TCP port.
    pub port: u16,
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port } = self;
        if host.contains(':') { write!(f, "[{host}]:{port}") } else { write!(f, "{host}:{port}") }
    }
}

/// A request of this node to another one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PeerRequest {
    /// The correlation id is never used twice on a channel by one life of a node.
    pub header: RequestHeader,
    /// The message.
    pub body: messages::Request,
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
    /// Another node has answered the request of this correlation id. Answers of one channel come in the order of
    /// the requests.
    Answered(Channel, i32, Response),
    /// What was sent on this channel up to this correlation id, and is not answered, never will be.
    Disconnected(Channel, i32),
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
    /// Send a request to another node, connecting to this address if there is no connection.
    Send(Channel, Address, PeerRequest),
    /// Close the connection of a channel and forget what was sent on it. Answers that were under way to this node
    /// may still be told; it knows them by their correlation ids.
    Disconnect(Channel),
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
    /// This node is the active controller no longer, and cannot say whether what it was asked will happen.
    NotController,
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
    /// The API is not offered on this listener, or not in this version.
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
pub fn parse_request(frame: Bytes, kind: ListenerKind, max_decompressed: usize) -> Result<Request, Reject> {
    api::parse(frame, kind, max_decompressed)
}

/// The frame of a request to another node with its size prefix, ready for a vectored write.
///
/// # Panics
/// If this node wants to send what the version cannot carry: our mistake.
pub fn encode_peer_request(request: &PeerRequest) -> Segments {
    let frame = frame::encode_request(&request.header, &request.body);
    frame.unwrap_or_else(|error| panic!("{:?}: {error}", request.header))
}

/// Turns the content of one frame (without its size prefix) into the answer to a request of this header, off the
/// logic thread.
///
/// The batches of a fetch are verified here: a partition whose records are not whole, valid batches is answered
/// with CORRUPT_MESSAGE and no records.
///
/// # Errors
/// It is no such answer, or answers another request; the connection is of no use any more.
pub fn parse_answer(content: Bytes, header: &RequestHeader) -> Result<Response, AnswerError> {
    let decoded = frame::decode_response(content, header.api_key, header.api_version);
    let (correlation_id, mut response) = decoded.map_err(AnswerError::Malformed)?;
    if correlation_id != header.correlation_id {
        return Err(AnswerError::OutOfTurn { expected: header.correlation_id, found: correlation_id });
    }
    if let Response::Fetch(fetch) = &mut response {
        let partitions = fetch.responses.iter_mut().flat_map(|topic| &mut topic.partitions);
        for partition in partitions.filter(|partition| !api::are_whole_batches(partition.records.as_ref())) {
            partition.error_code = ErrorCode::CORRUPT_MESSAGE;
            partition.records = Some(Bytes::new().into());
        }
    }
    Ok(response)
}

/// Why a frame is not the answer that was waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AnswerError {
    /// Header or body do not parse.
    Malformed(DecodeError),
    /// It answers another request than the oldest one that waits.
    OutOfTurn {
        /// Correlation id of the oldest request.
        expected: i32,
        /// What the frame says.
        found: i32,
    },
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
