//! One connection of a client, as one task.
//!
//! Reads frames, decodes and inspects requests, hands them to the logic thread; encodes and writes replies.
//! Reading stops while too much is under way or while replies are being written, so a client that sends
//! faster than it is served, or does not read, is slowed down by TCP and costs bounded memory.

use std::collections::VecDeque;
use std::fmt;
use std::io::{self, IoSlice};

use bytes::{Buf as _, Bytes};
use klamm_core::edge::{self, CloseReason, ConnId, Input, ListenerKind, Peer, Reject};
use klamm_wire::messages::Request;
use tokio::io::{AsyncWrite, AsyncWriteExt as _};
use tokio::sync::mpsc;

use crate::frames::{FrameReader, SizeError};
use crate::limits::Limits;
use crate::platform::Platform;
use crate::pump::{Arrival, Outgoing};

/// What all connections of a server share.
#[derive(Clone, Debug)]
pub(crate) struct Terms {
    /// `socket.request.max.bytes`; also the most that a compressed batch may hold.
    pub(crate) request_max_bytes: u32,
    /// `fetch.max.bytes`.
    pub(crate) fetch_max_bytes: u32,
    /// `klamm.connection.requests.max`.
    pub(crate) requests_max: usize,
    pub(crate) limits: Limits,
}

/// Why a connection has ended.
#[derive(Debug)]
enum End {
    /// The client closed it, or the network did.
    Gone,
    /// The node closed it.
    Closed(CloseReason),
    /// The node has ended.
    NodeEnded,
    Size(SizeError),
    Rejected(Reject),
    /// The client does not read what is written.
    Stalled,
    Io(io::Error),
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gone => write!(f, "closed by the client"),
            Self::Closed(CloseReason::SilentProduceFailed) => write!(f, "a produce with acks=0 failed"),
            Self::Closed(CloseReason::InvalidRequest) => write!(f, "the request makes no sense"),
            Self::Closed(CloseReason::Idle) => write!(f, "idle for connections.max.idle.ms"),
            Self::Closed(CloseReason::NotController) => {
                write!(f, "the node is the active controller no longer")
            }
            Self::Closed(CloseReason::Shutdown) | Self::NodeEnded => write!(f, "the broker stops"),
            Self::Size(error) => error.fmt(f),
            Self::Rejected(Reject::Malformed(error)) => error.fmt(f),
            Self::Rejected(Reject::Unsupported { api_key, api_version }) => {
                write!(f, "{api_key:?} version {api_version} is not served")
            }
            Self::Stalled => write!(f, "the client does not read its replies"),
            Self::Io(error) => error.fmt(f),
        }
    }
}

/// Serves one connection to its end.
pub(crate) async fn serve<P: Platform>(
    platform: P,
    stream: P::Stream,
    id: ConnId,
    peer: Peer,
    terms: Terms,
    inputs: mpsc::Sender<Arrival>,
) {
    let (sender, replies) = mpsc::unbounded_channel();
    let (host, kind) = (peer.host.clone(), peer.kind);
    if inputs.send(Arrival::Opened(id, peer, sender)).await.is_err() {
        return;
    }
    let frames = FrameReader::new(terms.request_max_bytes);
    let mut connection = Connection {
        platform,
        stream,
        id,
        kind,
        frames,
        terms,
        inputs,
        replies,
        open: VecDeque::new(),
        open_bytes: 0,
    };
    let Err(end) = connection.run().await;
    match &end {
        End::Gone | End::NodeEnded | End::Closed(CloseReason::Idle | CloseReason::Shutdown) | End::Io(_) => {
            tracing::debug!(client = %host, connection = id.0, reason = %end, "connection closed");
        }
        End::Closed(_) | End::Size(_) | End::Rejected(_) | End::Stalled => {
            tracing::warn!(client = %host, connection = id.0, reason = %end, "connection closed");
        }
    }
    let _ = connection.inputs.send(Arrival::Input(Input::Closed(id))).await;
}

struct Connection<P: Platform> {
    platform: P,
    stream: P::Stream,
    id: ConnId,
    /// Which APIs are served here.
    kind: ListenerKind,
    frames: FrameReader,
    terms: Terms,
    inputs: mpsc::Sender<Arrival>,
    replies: mpsc::UnboundedReceiver<Outgoing>,
    /// What each request counts that has been handed over and not been answered.
    open: VecDeque<u64>,
    open_bytes: u64,
}

/// Replies written with one call.
const REPLIES_AT_ONCE: usize = 64;

/// A connection never ends well.
enum Never {}

impl<P: Platform> Connection<P> {
    async fn run(&mut self) -> Result<Never, End> {
        let mut outgoing = Vec::new();
        loop {
            while self.may_read() {
                let Some(frame) = self.frames.take().map_err(End::Size)? else { break };
                self.hand_over(frame).await?;
            }
            let may_read = self.may_read();
            tokio::select! {
                biased;
                taken = self.replies.recv_many(&mut outgoing, REPLIES_AT_ONCE) => {
                    if taken == 0 {
                        return Err(End::NodeEnded);
                    }
                    self.send(&mut outgoing).await?;
                }
                read = self.frames.fill(&mut self.stream), if may_read => {
                    if read.map_err(End::Io)? == 0 {
                        return Err(End::Gone);
                    }
                }
            }
        }
    }

    /// Whether another request may be under way.
    fn may_read(&self) -> bool {
        self.open.is_empty()
            || (self.open.len() < self.terms.requests_max
                && self.open_bytes < self.terms.limits.connection_bytes)
    }

    async fn hand_over(&mut self, frame: Bytes) -> Result<(), End> {
        let length = frame.len() as u64;
        let max_decompressed = usize::try_from(self.terms.request_max_bytes).expect("at least 32 bits");
        let request = edge::parse_request(frame, self.kind, max_decompressed).map_err(End::Rejected)?;
        let answer = match &request.body {
            Request::Fetch(fetch) => {
                u64::from(fetch.max_bytes.max(0).cast_unsigned().min(self.terms.fetch_max_bytes))
            }
            _ => 0,
        };
        self.open.push_back(length + answer);
        self.open_bytes += length + answer;
        let arrival = Arrival::Input(Input::Request(self.id, request));
        self.inputs.send(arrival).await.map_err(|_| End::NodeEnded)
    }

    /// Writes replies up to the first order to close.
    async fn send(&mut self, outgoing: &mut Vec<Outgoing>) -> Result<(), End> {
        let mut chunks = VecDeque::new();
        let mut close = None;
        let mut answered = 0;
        for message in outgoing.drain(..) {
            match message {
                Outgoing::Reply(reply) => {
                    answered += 1;
                    chunks.extend(edge::encode_reply(&reply).into_iter().flatten());
                }
                Outgoing::Close(reason) => {
                    close = Some(reason);
                    break;
                }
            }
        }
        self.write(chunks).await?;
        for counted in self.open.drain(..answered) {
            self.open_bytes -= counted;
        }
        match close {
            None => Ok(()),
            Some(reason) => {
                // The client gets to read what was written, then the end of the stream.
                let _ = self.stream.shutdown().await;
                Err(End::Closed(reason))
            }
        }
    }

    async fn write(&mut self, mut chunks: VecDeque<Bytes>) -> Result<(), End> {
        while !chunks.is_empty() {
            let stall = self.platform.now().monotonic.after(self.terms.limits.write_stall);
            tokio::select! {
                biased;
                written = write_some(&mut self.stream, &mut chunks) => written.map_err(End::Io)?,
                () = self.platform.sleep_until(stall) => return Err(End::Stalled),
            }
        }
        Ok(())
    }
}

/// Chunks written with one call.
const CHUNKS_AT_ONCE: usize = 64;

/// Writes as much as the stream takes at once and drops it from `chunks`.
async fn write_some(stream: &mut (impl AsyncWrite + Unpin), chunks: &mut VecDeque<Bytes>) -> io::Result<()> {
    let slices: Vec<IoSlice<'_>> =
        chunks.iter().take(CHUNKS_AT_ONCE).map(|chunk| IoSlice::new(chunk)).collect();
    let mut written = stream.write_vectored(&slices).await?;
    if written == 0 {
        return Err(io::ErrorKind::WriteZero.into());
    }
    while let Some(first) = chunks.front_mut() {
        if written < first.len() {
            first.advance(written);
            break;
        }
        written -= first.len();
        chunks.pop_front();
    }
    Ok(())
}

/// Writes chunks back to back.
pub(crate) async fn write_all(
    stream: &mut (impl AsyncWrite + Unpin),
    chunks: impl IntoIterator<Item = Bytes>,
) -> io::Result<()> {
    let mut chunks: VecDeque<Bytes> = chunks.into_iter().filter(|chunk| !chunk.is_empty()).collect();
    while !chunks.is_empty() {
        write_some(stream, &mut chunks).await?;
    }
    Ok(())
}
