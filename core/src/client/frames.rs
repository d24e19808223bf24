//! Frames of a client: what drivers with real bytes need besides sockets.

use bytes::Bytes;
use klamm_wire::frame::{self, RequestHeader};
use klamm_wire::messages::Response;
use klamm_wire::{ApiKey, DecodeError, ErrorCode, Segments};

use super::ClientRequest;

/// A request as a frame, size included.
///
/// # Panics
/// If a machine chose a version that cannot carry the request: our mistake, not the broker's.
pub fn encode(request: &ClientRequest) -> Segments {
    let header = RequestHeader {
        api_key: request.body.api_key(),
        api_version: request.api_version,
        correlation_id: request.correlation_id,
        client_id: Some(request.client_id.clone()),
    };
    let frame = frame::encode_request(&header, &request.body);
    frame.unwrap_or_else(|error| panic!("{:?} v{}: {error}", header.api_key, header.api_version))
}

/// Reads a response (without its size) to a request of this API and version.
///
/// A broker that does not know our version of `ApiVersions` answers in version 0 (KIP-511), which only the error
/// code in front tells.
///
/// # Errors
/// The bytes are not the response; the connection is of no further use.
pub fn decode(frame: Bytes, api_key: ApiKey, api_version: i16) -> Result<(i32, Response), DecodeError> {
    let code = frame.get(4..6).map(|code| i16::from_be_bytes([code[0], code[1]]));
    let fallback = api_key == ApiKey::ApiVersions && code == Some(ErrorCode::UNSUPPORTED_VERSION.0);
    frame::decode_response(frame, api_key, if fallback { 0 } else { api_version })
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use klamm_wire::messages::ApiVersionsResponse;
    use klamm_wire::messages::api_versions_response::ApiVersion;

    /// Goal: an old broker's answer to our version request is understood. Source: KIP-511.
    #[test]
    fn a_refused_version_request_is_read_in_version_0() {
        let only = ApiVersion { api_key: ApiKey::ApiVersions as i16, min_version: 0, max_version: 2 };
        let refusal = ApiVersionsResponse {
            error_code: ErrorCode::UNSUPPORTED_VERSION,
            api_keys: vec![only],
            ..Default::default()
        };
        let refusal = Response::from(refusal);
        let frame =
            frame::encode_response(7, ApiKey::ApiVersions, 0, &refusal).expect("a v0 body").to_bytes();
        assert_eq!(decode(frame.slice(4..), ApiKey::ApiVersions, 4), Ok((7, refusal)));
    }
}
