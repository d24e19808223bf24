//! Clients as state machines: [`producer::Producer`], [`consumer::Consumer`] and [`admin::Admin`].
//!
//! All three stand behind one boundary, [`ClientMachine`]: what happens to a client is a [`ClientInput`], what it
//! wants done is a [`ClientEffect`]. A driver owns sockets (or a simulated network) and the clock; the command
//! line, the simulator and the history runner share these machines.
//!
//! # Contract of a driver
//! - [`ClientEffect::Connect`] is answered by exactly one [`ClientInput::Connected`] or
//!   [`ClientInput::Disconnected`]; a connection that was up ends with one `Disconnected`.
//! - After [`ClientEffect::Disconnect`] nothing more is said about that connection. The same [`NodeRef`] may be
//!   connected again at once.
//! - Effects on one connection are performed in order, and responses come in the order of the requests.
//! - A response that does not parse counts as `Disconnected`. [`frames`] has the two functions that a driver needs.
//! - `now` never decreases, and [`ClientMachine::handle`] is called with [`ClientInput::Wake`] once
//!   [`ClientMachine::next_deadline`] has come.

pub mod admin;
mod backoff;
pub mod cluster;
pub mod consumer;
pub mod error;
pub mod frames;
pub mod partitioner;
pub mod producer;

use core::fmt;

use alloc::boxed::Box;
use alloc::vec::Vec;

use klamm_wire::Str;
use klamm_wire::messages::{Request, Response};

use crate::time::{Now, Timestamp};

pub use cluster::{ClusterConfig, Metadata};
pub use error::ErrorClass;

/// What a connection is used for. Requests that a broker may park get a connection of their own, because
/// responses keep the order of requests and a parked one blocks all that follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// Metadata, produce, fetch and whatever has no reason to be apart.
    Data,
    /// Group membership: joins are parked for as long as a rebalance takes, and heartbeats must not wait
    /// behind a fetch.
    Coordinator,
}

/// One connection of a client: to whom, and what for.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeRef {
    /// Host name or address as told by configuration or by metadata.
    pub host: Str,
    /// TCP port.
    pub port: u16,
    /// Tells connections to the same address apart.
    pub lane: Lane,
}

impl NodeRef {
    /// The connection for everything that does not park.
    pub fn data(host: Str, port: u16) -> Self {
        Self { host, port, lane: Lane::Data }
    }

    /// The same address, for another purpose.
    pub fn on(&self, lane: Lane) -> Self {
        Self { lane, ..self.clone() }
    }
}

impl fmt::Display for NodeRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

impl fmt::Debug for NodeRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}/{:?}", self.host, self.port, self.lane)
    }
}

/// A request on its way to a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientRequest {
    /// Repeated by the response; never used twice by one machine.
    pub correlation_id: i32,
    /// Version of the body, within what both sides know.
    pub api_version: i16,
    /// Goes into the request header.
    pub client_id: Str,
    /// The message.
    pub body: Request,
    /// False for a produce with acks=0, which the broker never answers.
    pub answered: bool,
}

/// Everything that can happen to a client. `C` is the machine's command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientInput<C> {
    /// A connection that was asked for is up.
    Connected(NodeRef),
    /// A connection could not be made, or is gone with everything in flight on it.
    Disconnected(NodeRef),
    /// A request was answered: connection, correlation id, body.
    Response(NodeRef, i32, Response),
    /// The owner wants something.
    Command(C),
    /// The time given by `next_deadline` has come.
    Wake,
}

/// Everything a client can want done. `O` is the machine's outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientEffect<O> {
    /// Open a connection.
    Connect(NodeRef),
    /// Send a request on a connection that is up.
    Send(NodeRef, Box<ClientRequest>),
    /// Close a connection, after the requests sent before.
    Disconnect(NodeRef),
    /// Tell the owner.
    Outcome(O),
}

/// What all client machines have in common, so that a driver is written once.
pub trait ClientMachine {
    /// What the owner can ask for.
    type Command;
    /// What the owner is told.
    type Outcome;

    /// The only way in. Performs nothing: effects are appended to `fx`.
    fn handle(
        &mut self,
        now: Now,
        input: ClientInput<Self::Command>,
        fx: &mut Vec<ClientEffect<Self::Outcome>>,
    );

    /// When to call [`ClientMachine::handle`] with [`ClientInput::Wake`] if nothing else arrives first.
    fn next_deadline(&self) -> Option<Timestamp>;
}
