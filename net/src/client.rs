//! Drives a client machine over real sockets: one task for the machine, two for each connection.
//!
//! The machine's task owns all state; connections only move bytes and decode responses. Both sides of a
//! connection end when the machine lets go of it.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bytes::{Buf as _, Bytes, BytesMut};
use klamm_core::client::{ClientEffect, ClientInput, ClientMachine, ClientRequest, NodeRef, frames};
use klamm_core::time::{Now, Timestamp};
use klamm_wire::ApiKey;
use klamm_wire::messages::Response;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::mpsc;
use tracing::debug;

/// Commands that may wait for the machine; who sends more waits.
const COMMANDS_WAITING_MAX: usize = 1024;
/// Inputs handled before effects are performed: requests that leave together share a system call.
const INPUTS_PER_ROUND_MAX: usize = 256;
/// A response larger than this is taken for garbage rather than for a response.
const RESPONSE_BYTES_MAX: usize = 1 << 30;
/// Reads are made in pieces of at least this.
const READ_BYTES: usize = 64 * 1024;

/// A client machine that runs in the background of a tokio runtime.
///
/// Dropping it ends the machine at once; send its own close command first for an orderly end.
#[derive(Debug)]
pub struct Client<M: ClientMachine> {
    commands: mpsc::Sender<M::Command>,
    outcomes: mpsc::UnboundedReceiver<M::Outcome>,
}

impl<M> Client<M>
where
    M: ClientMachine + Send + 'static,
    M::Command: Send,
    M::Outcome: Send,
{
    /// Starts the machine on the current runtime.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn spawn(machine: M) -> Self {
        let (commands, commands_in) = mpsc::channel(COMMANDS_WAITING_MAX);
        // Every machine answers a command with a bounded number of outcomes, so the commands bound these, too.
        let (outcomes_out, outcomes) = mpsc::unbounded_channel();
        tokio::spawn(Driver::new(machine, outcomes_out).run(commands_in));
        Self { commands, outcomes }
    }

    /// Hands a command to the machine, waiting while too many are waiting. Without effect once the machine has
    /// ended.
    pub async fn command(&self, command: M::Command) {
        let _ = self.commands.send(command).await;
    }

    /// Another way in, for a task of its own.
    pub fn commands(&self) -> mpsc::Sender<M::Command> {
        self.commands.clone()
    }

    /// The next thing the machine has to tell; `None` once it has ended.
    pub async fn outcome(&mut self) -> Option<M::Outcome> {
        self.outcomes.recv().await
    }

    /// As [`Client::outcome`], without waiting.
    pub fn try_outcome(&mut self) -> Option<M::Outcome> {
        self.outcomes.try_recv().ok()
    }
}

/// What a connection reports.
#[derive(Debug)]
enum Report {
    Connected,
    Response(i32, Response),
    Disconnected,
}

/// Reports carry the number of their connection: those of one that was given up are dropped.
type Reports = mpsc::UnboundedSender<(NodeRef, u64, Report)>;

/// Requests that wait for their response: correlation id, API and version, in the order of sending.
type Awaited = Arc<Mutex<VecDeque<(i32, ApiKey, i16)>>>;

/// The machine's side of a connection. Dropping it closes the connection.
#[derive(Debug)]
struct Handle {
    number: u64,
    frames: mpsc::UnboundedSender<Vec<Bytes>>,
    awaited: Awaited,
}

struct Driver<M: ClientMachine> {
    machine: M,
    outcomes: mpsc::UnboundedSender<M::Outcome>,
    connections: HashMap<NodeRef, Handle>,
    next_number: u64,
    reports: Reports,
    reports_in: mpsc::UnboundedReceiver<(NodeRef, u64, Report)>,
    started: Instant,
    effects: Vec<ClientEffect<M::Outcome>>,
}

impl<M> Driver<M>
where
    M: ClientMachine,
{
    fn new(machine: M, outcomes: mpsc::UnboundedSender<M::Outcome>) -> Self {
        let (reports, reports_in) = mpsc::unbounded_channel();
        Self {
            machine,
            outcomes,
            connections: HashMap::new(),
            next_number: 0,
            reports,
            reports_in,
            started: Instant::now(),
            effects: Vec::new(),
        }
    }

    fn now(&self) -> Now {
        let nanos = u64::try_from(self.started.elapsed().as_nanos()).unwrap_or(u64::MAX);
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Now { monotonic: Timestamp(nanos), wall_ms: i64::try_from(wall.as_millis()).unwrap_or(i64::MAX) }
    }

    async fn run(mut self, mut commands: mpsc::Receiver<M::Command>) {
        loop {
            let deadline = self.machine.next_deadline().map(|at| {
                let instant = self.started.checked_add(Duration::from_nanos(at.0));
                instant.unwrap_or_else(|| self.started + Duration::from_secs(86_400 * 365)).into()
            });
            let wake = async {
                match deadline {
                    Some(at) => tokio::time::sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                report = self.reports_in.recv() => {
                    let report = report.expect("the driver holds a sender itself");
                    self.on_report(report);
                }
                command = commands.recv() => match command {
                    Some(command) => self.handle(ClientInput::Command(command)),
                    None => return, // nobody is left to talk to
                },
                () = wake => self.handle(ClientInput::Wake),
            }
            for _ in 0..INPUTS_PER_ROUND_MAX {
                if let Ok(report) = self.reports_in.try_recv() {
                    self.on_report(report);
                } else if let Ok(command) = commands.try_recv() {
                    self.handle(ClientInput::Command(command));
                } else {
                    break;
                }
            }
            self.perform();
        }
    }

    fn handle(&mut self, input: ClientInput<M::Command>) {
        let now = self.now();
        self.machine.handle(now, input, &mut self.effects);
    }

    fn on_report(&mut self, (node, number, report): (NodeRef, u64, Report)) {
        if self.connections.get(&node).is_none_or(|handle| handle.number != number) {
            return;
        }
        let input = match report {
            Report::Connected => ClientInput::Connected(node),
            Report::Response(correlation_id, body) => ClientInput::Response(node, correlation_id, body),
            Report::Disconnected => {
                self.connections.remove(&node);
                ClientInput::Disconnected(node)
            }
        };
        self.handle(input);
        // What the machine sends belongs to the connections as they are now, not as they are after the next report.
        self.perform();
    }

    fn perform(&mut self) {
        for effect in std::mem::take(&mut self.effects) {
            match effect {
                ClientEffect::Connect(node) => self.connect(node),
                ClientEffect::Send(node, request) => self.send(&node, &request),
                ClientEffect::Disconnect(node) => drop(self.connections.remove(&node)),
                ClientEffect::Outcome(outcome) => drop(self.outcomes.send(outcome)),
            }
        }
    }

    fn connect(&mut self, node: NodeRef) {
        let number = self.next_number;
        self.next_number += 1;
        let (frames, frames_in) = mpsc::unbounded_channel();
        let awaited = Awaited::default();
        let task = connection(node.clone(), number, frames_in, Arc::clone(&awaited), self.reports.clone());
        tokio::spawn(task);
        let handle = Handle { number, frames, awaited };
        let old = self.connections.insert(node, handle);
        assert!(old.is_none(), "a machine opens one connection per node at a time");
    }

    fn send(&mut self, node: &NodeRef, request: &ClientRequest) {
        let Some(handle) = self.connections.get(node) else { return };
        if request.answered {
            let awaited = (request.correlation_id, request.body.api_key(), request.api_version);
            handle.awaited.lock().expect("no holder of this lock panics").push_back(awaited);
        }
        // A connection that has ended says so by itself.
        let _ = handle.frames.send(frames::encode(request).into_vec());
    }
}

/// The life of one connection, from connecting to its last report.
async fn connection(
    node: NodeRef,
    number: u64,
    frames: mpsc::UnboundedReceiver<Vec<Bytes>>,
    awaited: Awaited,
    reports: Reports,
) {
    let report = |report| drop(reports.send((node.clone(), number, report)));
    match TcpStream::connect((&*node.host, node.port)).await {
        Ok(stream) => {
            // Requests are whole when they are written: waiting for more would only delay them.
            let _ = stream.set_nodelay(true);
            let (reader, writer) = stream.into_split();
            report(Report::Connected);
            let read = read_responses(reader, &awaited, |id, body| report(Report::Response(id, body)));
            let ended = tokio::select! {
                ended = read => ended,
                ended = write_frames(writer, frames) => ended,
            };
            if let Err(error) = ended {
                debug!(%node, %error, "connection ended");
            }
        }
        Err(error) => debug!(%node, %error, "cannot connect"),
    }
    report(Report::Disconnected);
}

/// Ends without error when the machine has let go of the connection.
async fn write_frames(
    mut writer: OwnedWriteHalf,
    mut frames: mpsc::UnboundedReceiver<Vec<Bytes>>,
) -> io::Result<()> {
    while let Some(first) = frames.recv().await {
        let mut segments = VecDeque::from(first);
        while let Ok(more) = frames.try_recv() {
            segments.extend(more);
        }
        let mut chain = Chain(segments);
        while chain.has_remaining() {
            writer.write_buf(&mut chain).await?;
        }
    }
    Ok(())
}

/// Segments written one behind the other without being joined.
struct Chain(VecDeque<Bytes>);

impl bytes::Buf for Chain {
    fn remaining(&self) -> usize {
        self.0.iter().map(Bytes::len).sum()
    }

    fn chunk(&self) -> &[u8] {
        self.0.iter().find(|segment| !segment.is_empty()).map_or(&[], |segment| segment)
    }

    fn chunks_vectored<'a>(&'a self, slices: &mut [io::IoSlice<'a>]) -> usize {
        let filled = self.0.iter().filter(|segment| !segment.is_empty()).zip(slices);
        filled.map(|(segment, slice)| *slice = io::IoSlice::new(segment)).count()
    }

    fn advance(&mut self, mut count: usize) {
        while let Some(first) = self.0.front_mut() {
            if count < first.len() {
                first.advance(count);
                return;
            }
            count -= first.len();
            self.0.pop_front();
        }
        assert_eq!(count, 0, "no more is written than there was");
    }
}

async fn read_responses(
    mut reader: OwnedReadHalf,
    awaited: &Awaited,
    deliver: impl Fn(i32, Response),
) -> io::Result<()> {
    let damaged = |what: String| io::Error::new(io::ErrorKind::InvalidData, what);
    let mut buffer = BytesMut::with_capacity(READ_BYTES);
    loop {
        while let Some(frame) = take_frame(&mut buffer)? {
            let next = awaited.lock().expect("no holder of this lock panics").pop_front();
            let Some((_, api_key, api_version)) = next else {
                return Err(damaged("a response to nothing".into()));
            };
            let decoded = frames::decode(frame, api_key, api_version);
            let (correlation_id, body) = decoded.map_err(|error| damaged(error.to_string()))?;
            deliver(correlation_id, body);
        }
        buffer.reserve(READ_BYTES);
        if reader.read_buf(&mut buffer).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
}

/// A whole frame without its size, if it has arrived; makes room for the rest of one that has not.
fn take_frame(buffer: &mut BytesMut) -> io::Result<Option<Bytes>> {
    let Some(size) = buffer.first_chunk::<4>().map(|size| i32::from_be_bytes(*size)) else {
        return Ok(None);
    };
    let size = usize::try_from(size).ok().filter(|size| *size <= RESPONSE_BYTES_MAX);
    let Some(size) = size else {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a response of impossible size"));
    };
    if buffer.len() < 4 + size {
        // Grows with what has arrived, not with what is promised.
        let missing = 4 + size - buffer.len();
        buffer.reserve(missing.min(buffer.len().max(READ_BYTES)));
        return Ok(None);
    }
    buffer.advance(4);
    Ok(Some(buffer.split_to(size).freeze()))
}
