//! Connections to other nodes: one task for each channel that is in use.
//!
//! A task connects, writes requests in the order they came, reads answers and hands them to the node. It ends
//! with its connection, and says so to the node; the next request begins another one.

use std::collections::HashMap;
use std::collections::VecDeque;
use std::io;
use std::time::Duration;

use bytes::Bytes;
use klamm_core::edge::{self, Address, Channel, Input, PeerRequest};
use klamm_wire::frame::RequestHeader;
use tokio::io::AsyncWriteExt as _;
use tokio::sync::mpsc;

use crate::frames::FrameReader;
use crate::platform::Platform;
use crate::pump::Arrival;

/// The largest answer taken for one: a fetch of records and what describes them.
const ANSWER_BYTES_MAX: u32 = 256 << 20;
/// A node that does not accept within this time is not there.
const CONNECT_PATIENCE: Duration = Duration::from_secs(5);

/// The logic thread's side of a channel. Dropping it closes the connection.
#[derive(Debug)]
struct Handle {
    address: Address,
    requests: mpsc::UnboundedSender<PeerRequest>,
}

/// All channels of a node.
pub(crate) struct Peers<P: Platform> {
    platform: P,
    inputs: mpsc::WeakSender<Arrival>,
    channels: HashMap<Channel, Handle>,
}

impl<P: Platform> Peers<P> {
    /// Peers whose answers go to `inputs`, for as long as somebody else holds it.
    pub(crate) fn new(platform: P, inputs: mpsc::WeakSender<Arrival>) -> Self {
        Self { platform, inputs, channels: HashMap::new() }
    }

    /// Sends a request, on the connection there is or a new one.
    pub(crate) fn send(&mut self, channel: Channel, address: Address, request: PeerRequest) {
        let request = match self.channels.get(&channel).filter(|handle| handle.address == address) {
            Some(handle) => match handle.requests.send(request) {
                Ok(()) => return,
                Err(mpsc::error::SendError(request)) => request,
            },
            None => request,
        };
        // Bounded by the node, which waits for answers before it asks for more.
        let (requests, waiting) = mpsc::unbounded_channel();
        requests.send(request).expect("its other end is here");
        let inputs = self.inputs.clone();
        self.platform.spawn(run(self.platform.clone(), channel, address.clone(), waiting, inputs));
        self.channels.insert(channel, Handle { address, requests });
    }

    /// Closes a channel's connection.
    pub(crate) fn disconnect(&mut self, channel: Channel) {
        self.channels.remove(&channel);
    }
}

/// One connection, from connecting to its end.
async fn run<P: Platform>(
    platform: P,
    channel: Channel,
    address: Address,
    mut requests: mpsc::UnboundedReceiver<PeerRequest>,
    inputs: mpsc::WeakSender<Arrival>,
) {
    let mut sent = Sent::default();
    let ended = converse(&platform, channel, &address, &mut requests, &mut sent, &inputs).await;
    // Whatever was handed over before this point is told as lost; what comes after finds no receiver.
    requests.close();
    while let Ok(request) = requests.try_recv() {
        sent.last = Some(request.header.correlation_id);
    }
    match ended {
        Ok(()) => return, // the node has let go of the channel and waits for nothing
        Err(error) => tracing::debug!(?channel, %address, %error, "connection to a node ended"),
    }
    if let (Some(last), Some(inputs)) = (sent.last, inputs.upgrade()) {
        let _ = inputs.send(Arrival::Input(Input::Disconnected(channel, last))).await;
    }
}

/// Requests whose answer has not come.
#[derive(Debug, Default)]
struct Sent {
    waiting: VecDeque<RequestHeader>,
    /// Correlation id of the newest request.
    last: Option<i32>,
}

/// Ends without error when the node has let go of the channel.
async fn converse<P: Platform>(
    platform: &P,
    channel: Channel,
    address: &Address,
    requests: &mut mpsc::UnboundedReceiver<PeerRequest>,
    sent: &mut Sent,
    inputs: &mpsc::WeakSender<Arrival>,
) -> io::Result<()> {
    let patience = platform.now().monotonic.after(CONNECT_PATIENCE);
    let stream = tokio::select! {
        stream = platform.connect(&address.host, address.port) => stream?,
        () = platform.sleep_until(patience) => return Err(io::ErrorKind::TimedOut.into()),
    };
    let (mut reader, mut writer) = tokio::io::split(stream);
    let mut frames = FrameReader::new(ANSWER_BYTES_MAX);
    loop {
        tokio::select! {
            request = requests.recv() => {
                let Some(request) = request else { return Ok(()) };
                let mut segments = Vec::new();
                encode(request, sent, &mut segments);
                while let Ok(request) = requests.try_recv() {
                    encode(request, sent, &mut segments);
                }
                // Answers are read afterwards: the node bounds what is under way, so neither end waits for ever.
                for segment in &segments {
                    writer.write_all(segment).await?;
                }
                writer.flush().await?;
            }
            read = frames.fill(&mut reader) => {
                if read? == 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                while let Some(frame) = frames.take().map_err(damaged)? {
                    let header = sent.waiting.pop_front().ok_or_else(|| damaged("an answer to nothing"))?;
                    let id = header.correlation_id;
                    let response = edge::parse_answer(frame, &header)
                        .map_err(|error| damaged(format!("{:?}: {error:?}", header.api_key)))?;
                    let Some(inputs) = inputs.upgrade() else { return Ok(()) };
                    let input = Input::Answered(channel, id, response);
                    if inputs.send(Arrival::Input(input)).await.is_err() {
                        return Ok(());
                    }
                }
            }
        }
    }
}

fn encode(request: PeerRequest, sent: &mut Sent, segments: &mut Vec<Bytes>) {
    segments.extend(edge::encode_peer_request(&request).into_vec());
    sent.last = Some(request.header.correlation_id);
    sent.waiting.push_back(request.header);
}

fn damaged(what: impl ToString) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_string())
}
