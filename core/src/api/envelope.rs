//! Envelope: what a broker passes on to the active controller for one of its clients (KIP-590).

use bytes::Bytes;
use klamm_wire::messages::{EnvelopeRequest, EnvelopeResponse, Response};
use klamm_wire::{ErrorCode, frame};

use super::row;
use crate::connection::{Call, Enclosed};
use crate::edge::{Effects, ListenerKind, Peer, Request};
use crate::node::Node;
use crate::time::Now;

/// Serves the request inside as if its client had connected here; the answer goes back in an envelope of its own.
pub(crate) fn handle(
    node: &mut Node,
    now: Now,
    fx: &mut Effects,
    call: &Call,
    request: EnvelopeRequest,
) -> Option<Response> {
    if !node.is_active_controller() {
        return Some(refused(ErrorCode::NOT_CONTROLLER));
    }
    let Ok((header, body)) = frame::decode_request(request.request_data) else {
        return Some(refused(ErrorCode::INVALID_REQUEST));
    };
    let Some(row) = row(header.api_key, ListenerKind::Broker).filter(|row| row.forwards) else {
        return Some(refused(ErrorCode::INVALID_REQUEST));
    };
    if !(row.min..=row.max).contains(&header.api_version) {
        return Some(refused(ErrorCode::UNSUPPORTED_VERSION));
    }
    let inner = Call {
        ticket: call.ticket,
        api_key: header.api_key,
        api_version: header.api_version,
        client_id: header.client_id.clone(),
        peer: Peer { kind: ListenerKind::Broker, ..call.peer.clone() },
    };
    let (correlation_id, api_key, api_version) = (header.correlation_id, header.api_key, header.api_version);
    node.connections.enclose(call.ticket, Enclosed { correlation_id, api_key, api_version });
    let request = Request { header, body, batches: alloc::vec::Vec::new() };
    (row.handler)(node, now, fx, &inner, request)
}

/// An answer that is none of the request inside.
pub(crate) fn refused(error_code: ErrorCode) -> Response {
    EnvelopeResponse { response_data: None, error_code }.into()
}

/// The answer of the request inside.
///
/// # Panics
/// If the answer cannot be carried by the version: our mistake.
pub(crate) fn enclose(enclosed: &Enclosed, response: &Response) -> Response {
    let Enclosed { correlation_id, api_key, api_version } = *enclosed;
    let frame = frame::encode_response(correlation_id, api_key, api_version, response);
    let frame = frame.unwrap_or_else(|error| panic!("{api_key:?} v{api_version}: {error}"));
    let response_data: Bytes = frame.to_bytes().slice(FRAME_SIZE..);
    EnvelopeResponse { response_data: Some(response_data), error_code: ErrorCode::NONE }.into()
}

/// Bytes of a frame's size.
pub(crate) const FRAME_SIZE: usize = 4;
