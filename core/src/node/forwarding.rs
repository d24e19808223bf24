//! What clients ask of the controller through this broker.
//!
//! The request goes on as it came, in an envelope, to whoever is the active controller; its answer comes back the same
//! way. While there is no controller, or another one takes over, it is sent again until its time is up. It may so be
//! executed twice, and its client be told that a topic exists which it has just created, as with Kafka.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use bytes::Bytes;
use klamm_wire::messages::{EnvelopeRequest, Response};
use klamm_wire::{ErrorCode, frame};

use crate::api;
use crate::connection::{Answer, Call, Ticket};
use crate::edge::{CloseReason, Effects, Purpose, Request};
use crate::node::Node;
use crate::node::peers::{Asked, Lost};
use crate::time::{Now, Timestamp};
use crate::timer::Timer;

const ENVELOPE_VERSION: i16 = 0;

/// A request that was passed on, or waits for a controller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Forwarded {
    call: Call,
    /// Header and body as the client has sent them.
    content: Bytes,
    deadline: Timestamp,
    /// It is under way; else it waits for the next try.
    sent: bool,
}

/// Requests passed on and not answered yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Forwarding(BTreeMap<Ticket, Forwarded>);

impl Node {
    /// Passes a client's request on to the active controller; answered when that has answered.
    pub(crate) fn forward(&mut self, now: Now, fx: &mut Effects, call: &Call, request: &Request) {
        let frame = frame::encode_request(&request.header, &request.body);
        let frame = frame.unwrap_or_else(|error| panic!("what was decoded can be encoded: {error}"));
        let forwarded = Forwarded {
            call: call.clone(),
            content: frame.to_bytes().slice(api::FRAME_SIZE..),
            deadline: now.monotonic.after_ms(self.env.config.request_timeout_ms),
            sent: false,
        };
        self.forwarding.0.insert(call.ticket, forwarded);
        self.forward_again(now, fx);
    }

    /// Sends what waits for a controller.
    pub(crate) fn forward_again(&mut self, now: Now, fx: &mut Effects) {
        let waiting: Vec<Ticket> =
            self.forwarding.0.iter().filter(|(_, entry)| !entry.sent).map(|(ticket, _)| *ticket).collect();
        for ticket in waiting {
            let entry = &self.forwarding.0[&ticket];
            if entry.deadline <= now.monotonic {
                self.give_up_forwarding(now, fx, ticket);
                continue;
            }
            let envelope = EnvelopeRequest {
                request_data: entry.content.clone(),
                request_principal: None,
                client_host_address: Bytes::from_static(&[127, 0, 0, 1]),
            };
            let asked = Asked::Forwarded(ticket);
            let sent =
                self.ask_controller(now, fx, Purpose::Forward, ENVELOPE_VERSION, envelope.into(), asked);
            self.forwarding.0.get_mut(&ticket).expect("it was just there").sent = sent;
        }
        if self.forwarding.0.values().any(|entry| !entry.sent) {
            let at = now.monotonic.after_ms(self.env.config.quorum_retry_backoff_ms.max(1));
            self.env.timers.arm(Timer::Forward, at);
        }
    }

    /// The controller has answered, or its answer is lost.
    pub(crate) fn on_forwarded(
        &mut self,
        now: Now,
        fx: &mut Effects,
        ticket: Ticket,
        answer: Result<Response, Lost>,
    ) {
        let Some(entry) = self.forwarding.0.get_mut(&ticket) else { return };
        entry.sent = false;
        let envelope = match answer {
            Ok(Response::Envelope(envelope)) => Some(envelope),
            Ok(other) => unreachable!("an envelope is answered by {:?}", other.api_key()),
            Err(Lost) => None,
        };
        let response = envelope.and_then(|envelope| match envelope.error_code {
            ErrorCode::NONE => envelope.response_data,
            ErrorCode::NOT_CONTROLLER => None,
            // The controller makes nothing of what this broker has understood.
            _ => Some(Bytes::new()),
        });
        match response {
            Some(content) => self.answer_forwarded(fx, ticket, content),
            // Another one will be found, or the same again.
            None => {
                let at = now.monotonic.after_ms(self.env.config.quorum_retry_backoff_ms.max(1));
                self.env.timers.arm(Timer::Forward, at);
            }
        }
    }

    fn answer_forwarded(&mut self, fx: &mut Effects, ticket: Ticket, content: Bytes) {
        let entry = self.forwarding.0.remove(&ticket).expect("it is answered once");
        let Call { api_key, api_version, .. } = entry.call;
        match frame::decode_response(content, api_key, api_version) {
            Ok((_, response)) => self.connections.answer(fx, ticket, Answer::Response(response)),
            Err(_) => self.close_connection(fx, ticket.connection, CloseReason::InvalidRequest),
        }
    }

    /// Nobody was found who could answer: the client hears from this node that it is no controller.
    fn give_up_forwarding(&mut self, now: Now, fx: &mut Effects, ticket: Ticket) {
        let entry = self.forwarding.0.remove(&ticket).expect("it is given up once");
        let Ok((header, body)) = frame::decode_request(entry.content) else {
            unreachable!("it was decoded before")
        };
        let request = Request { header, body, batches: Vec::new() };
        if let Some(response) = api::dispatch(self, now, fx, &entry.call, request) {
            self.connections.answer(fx, ticket, Answer::Response(response));
        }
    }

    /// A connection is gone; what it has asked for is done all the same.
    pub(crate) fn forget_forwarded(&mut self, connection: crate::edge::ConnId) {
        self.forwarding.0.retain(|ticket, _| ticket.connection != connection);
    }
}
