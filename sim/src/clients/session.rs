//! One connection of a client to one node: requests in flight, timeouts, trying again.

use std::collections::VecDeque;

use klamm_wire::Str;
use klamm_wire::frame::RequestHeader;
use klamm_wire::messages::{Request, Response};

use super::{ClientEffect, ClientInput};
use crate::clock::Time;
use crate::network::{Link, NodeId, Stamp};
use crate::random::Stream;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Down { retry_at: Time },
    Connecting { deadline: Time },
    Up,
}

#[derive(Clone, Debug)]
struct InFlight<P> {
    correlation_id: i32,
    deadline: Time,
    purpose: P,
}

/// What an input means.
#[derive(Debug)]
pub(crate) enum Heard<P> {
    /// Nothing for the owner.
    Nothing,
    /// An answer.
    Answer(P, Response, Stamp),
    /// The connection is gone, and with it the answers to these, oldest first. They may have been executed.
    Lost(Vec<P>),
}

/// One connection of a client to one node. `P` says what a request was for.
#[derive(Clone, Debug)]
pub(crate) struct Session<P> {
    node: NodeId,
    client_id: Str,
    timeout_ms: u64,
    link: Link,
    state: State,
    next_correlation: i32,
    in_flight: VecDeque<InFlight<P>>,
    random: Stream,
    failures: u32,
}

impl<P> Session<P> {
    /// A session that may connect from `start` on.
    pub(crate) fn new(node: NodeId, client_id: &str, timeout_ms: u64, start: Time, random: Stream) -> Self {
        Self {
            node,
            client_id: client_id.into(),
            timeout_ms,
            link: 0,
            state: State::Down { retry_at: start },
            next_correlation: 0,
            in_flight: VecDeque::new(),
            random,
            failures: 0,
        }
    }

    pub(crate) fn is_up(&self) -> bool {
        self.state == State::Up
    }

    /// Whether this is its connection, as it is now.
    pub(crate) fn owns(&self, link: Link) -> bool {
        self.link == link
    }

    /// When it may connect again, if there is no connection.
    pub(crate) fn may_connect_at(&self) -> Option<Time> {
        match self.state {
            State::Down { retry_at } => Some(retry_at),
            State::Connecting { .. } | State::Up => None,
        }
    }

    /// Connects, under a name that was never used before.
    pub(crate) fn connect(&mut self, now: Time, link: Link, fx: &mut Vec<ClientEffect>) {
        assert!(self.may_connect_at().is_some_and(|at| at <= now), "one connection at a time");
        self.link = link;
        self.state = State::Connecting { deadline: now.after_ms(self.timeout_ms) };
        fx.push(ClientEffect::Connect(link, self.node));
    }

    /// Requests without an answer yet.
    pub(crate) fn in_flight(&self) -> usize {
        self.in_flight.len()
    }

    /// When it loses patience.
    pub(crate) fn next_deadline(&self) -> Option<Time> {
        match self.state {
            State::Down { .. } => None,
            State::Connecting { deadline } => Some(deadline),
            State::Up => self.in_flight.iter().map(|request| request.deadline).min(),
        }
    }

    /// Takes an input and says what it means for the owner.
    pub(crate) fn hear(&mut self, now: Time, input: ClientInput, fx: &mut Vec<ClientEffect>) -> Heard<P> {
        match input {
            ClientInput::Connected(link) if link == self.link => {
                if matches!(self.state, State::Connecting { .. }) {
                    self.state = State::Up;
                    self.failures = 0;
                }
                Heard::Nothing
            }
            ClientInput::Closed(link) if link == self.link => self.lose(now),
            ClientInput::Response { link, correlation_id, body, stamp } if link == self.link => {
                let Some(request) = self.in_flight.pop_front() else { return Heard::Nothing };
                assert_eq!(request.correlation_id, correlation_id, "the world checks the order of replies");
                Heard::Answer(request.purpose, *body, stamp)
            }
            ClientInput::Wake => self.wake(now, fx),
            // Of a connection that was given up.
            _ => Heard::Nothing,
        }
    }

    fn wake(&mut self, now: Time, fx: &mut Vec<ClientEffect>) -> Heard<P> {
        match self.state {
            State::Connecting { deadline } if deadline <= now => {
                fx.push(ClientEffect::Close(self.link));
                self.lose(now)
            }
            State::Up if self.in_flight.iter().any(|request| request.deadline <= now) => {
                fx.push(ClientEffect::Close(self.link));
                self.lose(now)
            }
            _ => Heard::Nothing,
        }
    }

    fn lose(&mut self, now: Time) -> Heard<P> {
        self.failures = (self.failures + 1).min(6);
        let wait = self.random.between(5, 20 << self.failures);
        self.state = State::Down { retry_at: now.after_ms(wait) };
        Heard::Lost(self.in_flight.drain(..).map(|request| request.purpose).collect())
    }

    /// Sends a request; `purpose` comes back with the answer.
    pub(crate) fn send(
        &mut self,
        now: Time,
        api_version: i16,
        request: impl Into<Request>,
        purpose: P,
        fx: &mut Vec<ClientEffect>,
    ) {
        let correlation_id = self.send_silently(api_version, request, fx);
        let deadline = now.after_ms(self.timeout_ms);
        self.in_flight.push_back(InFlight { correlation_id, deadline, purpose });
    }

    /// Sends a request that is never answered.
    pub(crate) fn send_silently(
        &mut self,
        api_version: i16,
        request: impl Into<Request>,
        fx: &mut Vec<ClientEffect>,
    ) -> i32 {
        assert!(self.is_up(), "requests need a connection");
        let request = request.into();
        let correlation_id = self.next_correlation;
        self.next_correlation = self.next_correlation.wrapping_add(1);
        let header = RequestHeader {
            api_key: request.api_key(),
            api_version,
            correlation_id,
            client_id: Some(self.client_id.clone()),
        };
        fx.push(ClientEffect::Send(self.link, header, Box::new(request)));
        correlation_id
    }
}
