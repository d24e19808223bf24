//! Workload: clients that keep asking, try again, and remember what they were told.
//!
//! A client is a machine behind [`SimClient`]: what it hears comes in, what it wants done goes out, what it
//! learns goes into the [`Ledger`]. The world owns its connections.

pub mod admin;
pub mod auditor;
pub(crate) mod cluster;
pub mod committer;
pub mod member;
pub(crate) mod offsets;
pub mod operator;
pub mod prober;
pub mod producer;
pub mod reader;
pub mod record;
pub(crate) mod session;
#[cfg(test)]
mod tests;
pub mod transactor;

use core::fmt;

use klamm_wire::frame::RequestHeader;
use klamm_wire::messages::{Request, Response};

use crate::clock::Time;
use crate::ledger::Ledger;
use crate::network::{Link, NodeId, Stamp};

/// Everything a client can hear.
#[derive(Clone, Debug)]
pub enum ClientInput {
    /// A connection stands.
    Connected(Link),
    /// A connection could not be made or is gone.
    Closed(Link),
    /// A request was answered.
    Response {
        /// On which connection.
        link: Link,
        /// Repeats the request's.
        correlation_id: i32,
        /// The answer.
        body: Box<Response>,
        /// What the node had lived through when it answered.
        stamp: Stamp,
    },
    /// The time given by `next_deadline` has come.
    Wake,
}

/// Everything a client can want done.
#[derive(Clone, Debug)]
pub enum ClientEffect {
    /// Connect to a node, under this name.
    Connect(Link, NodeId),
    /// Send a request.
    Send(Link, RequestHeader, Box<Request>),
    /// Close a connection.
    Close(Link),
}

/// A client of the workload.
pub trait SimClient: fmt::Debug + Send {
    /// The only way in. Performs nothing: effects are appended to `fx`.
    fn handle(&mut self, now: Time, input: ClientInput, ledger: &mut Ledger, fx: &mut Vec<ClientEffect>);

    /// When to call `handle` with [`ClientInput::Wake`] if nothing else arrives first.
    fn next_deadline(&self) -> Option<Time>;

    /// Begins nothing new from now on; what was begun is brought to its end.
    fn wind_down(&mut self, now: Time);

    /// Whether everything that was begun has ended. Only asked after `wind_down`.
    fn is_done(&self) -> bool;

    /// What it is and what it waits for, for people.
    fn describe(&self) -> String;

    /// The machine, twice.
    fn clone_box(&self) -> Box<dyn SimClient>;

    /// For the one who wants to know what an auditor found.
    fn as_auditor(&mut self) -> Option<&mut auditor::Auditor> {
        None
    }
}

impl Clone for Box<dyn SimClient> {
    fn clone(&self) -> Self {
        self.clone_box()
    }
}
