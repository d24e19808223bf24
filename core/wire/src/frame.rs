//! Frames: a size, a header, a body.
//!
//! On the wire a frame is four bytes of size and that many bytes. What is decoded here is the part after
//! the size; what is encoded begins with it. Which header stands in front is a function of API and
//! version: flexible bodies have the header with a tagged section, except that the response to
//! ApiVersions never has it, because its sender cannot know yet what the other side understands.
//!
//! Source: KIP-482, KIP-511. Kafka: `ApiKeys.requestHeaderVersion`, `ApiMessageType`.

use core::fmt;

use bytes::{BufMut, Bytes};

use crate::messages::{self, Request, Response};
use crate::{
    ApiKey, DecodeError, DecodeErrorKind, Decoder, EncodeError, EncodeErrorKind, Encoder, Message, Str,
};

/// What stands in front of every request.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RequestHeader {
    /// The API.
    pub api_key: ApiKey,
    /// The version of the body. From outside it may be one that does not exist.
    pub api_version: i16,
    /// Repeated in the response.
    pub correlation_id: i32,
    /// What the client calls itself. Null is legal and counts as empty.
    pub client_id: Option<Str>,
}

/// Why a frame is not a request. Every case ends the connection, but for a version of ApiVersions that is
/// too high, which is answered in version 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FrameError {
    /// The header does not parse.
    Header(DecodeError),
    /// There is no such API.
    UnknownApi {
        /// The key in the header.
        key: i16,
        /// The version in the header.
        version: i16,
    },
    /// The API has no such version. The header is complete but for tagged fields.
    UnsupportedVersion(RequestHeader),
    /// The body does not parse.
    Body(RequestHeader, DecodeError),
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header(error) => error.fmt(f),
            Self::UnknownApi { key, version } => write!(f, "unknown API key {key} (version {version})"),
            Self::UnsupportedVersion(header) => {
                write!(f, "{} has no version {}", header.api_key.name(), header.api_version)
            }
            Self::Body(header, error) => write!(f, "version {}: {error}", header.api_version),
        }
    }
}

impl core::error::Error for FrameError {}

/// The version of the header in front of a request.
#[must_use]
pub fn request_header_version(key: ApiKey, version: i16) -> i16 {
    if is_flexible(key, version) { 2 } else { 1 }
}

/// The version of the header in front of a response.
#[must_use]
pub fn response_header_version(key: ApiKey, version: i16) -> i16 {
    if is_flexible(key, version) && key != ApiKey::ApiVersions { 1 } else { 0 }
}

fn is_flexible(key: ApiKey, version: i16) -> bool {
    key.flexible_from().is_some_and(|from| version >= from)
}

/// Reads the header of a request; the decoder then stands at the body.
///
/// # Errors
/// The header is malformed or names an API that does not exist.
pub fn decode_request_header(d: &mut Decoder) -> Result<RequestHeader, FrameError> {
    // Key and version say which header it is, and stand at its start in every version.
    let mut start = d.clone();
    let mut peek = || start.i16().map_err(|kind| FrameError::Header(start.error(kind, "RequestHeader")));
    let (key, version) = (peek()?, peek()?);
    let api_key = ApiKey::try_from(key).map_err(|key| FrameError::UnknownApi { key, version })?;
    let header = messages::RequestHeader::decode(d, request_header_version(api_key, version))
        .map_err(FrameError::Header)?;
    Ok(RequestHeader {
        api_key,
        api_version: version,
        correlation_id: header.correlation_id,
        client_id: header.client_id,
    })
}

/// Reads a request: the bytes of a frame after its size. Bytes behind the body are ignored.
///
/// # Errors
/// See [`FrameError`].
pub fn decode_request(frame: Bytes) -> Result<(RequestHeader, Request), FrameError> {
    let mut d = Decoder::new(frame);
    let header = decode_request_header(&mut d)?;
    if !header.api_key.valid_versions().contains(&header.api_version) {
        return Err(FrameError::UnsupportedVersion(header));
    }
    match Request::decode(header.api_key, header.api_version, &mut d) {
        Ok(request) => Ok((header, request)),
        Err(error) => Err(FrameError::Body(header, error)),
    }
}

/// Reads a response to a request of this API and version, and the correlation id in front of it.
///
/// # Errors
/// Names what is wrong and where; the peer is at fault.
pub fn decode_response(frame: Bytes, key: ApiKey, version: i16) -> Result<(i32, Response), DecodeError> {
    let mut d = Decoder::new(frame);
    let header = messages::ResponseHeader::decode(&mut d, response_header_version(key, version))?;
    Ok((header.correlation_id, Response::decode(key, version, &mut d)?))
}

/// The correlation id at the start of a response's frame, whatever its API.
///
/// # Errors
/// The frame is shorter than that.
pub fn response_correlation_id(frame: &Bytes) -> Result<i32, DecodeError> {
    let mut d = Decoder::new(frame.clone());
    d.i32().map_err(|kind: DecodeErrorKind| d.error(kind, "ResponseHeader"))
}

/// A request as a frame, size included.
///
/// # Errors
/// The version cannot carry a value of the body, or the frame is larger than 2 GiB.
///
/// # Panics
/// The header is of another API than the body.
pub fn encode_request(header: &RequestHeader, request: &Request) -> Result<crate::Segments, EncodeError> {
    let RequestHeader { api_key, api_version, correlation_id, client_id } = header;
    assert_eq!(*api_key, request.api_key(), "the header is of another API than the body");
    let message = messages::RequestHeader {
        request_api_key: *api_key as i16,
        request_api_version: *api_version,
        correlation_id: *correlation_id,
        client_id: client_id.clone(),
    };
    let mut e = reserve_size();
    message.encode(&mut e, request_header_version(*api_key, *api_version))?;
    request.encode(*api_version, &mut e)?;
    finish(e, *api_key, *api_version)
}

/// A response as a frame, size included.
///
/// # Errors
/// The version cannot carry a value of the body, or the frame is larger than 2 GiB.
///
/// # Panics
/// The response is of another API.
pub fn encode_response(
    correlation_id: i32,
    key: ApiKey,
    version: i16,
    response: &Response,
) -> Result<crate::Segments, EncodeError> {
    assert_eq!(key, response.api_key(), "the response answers another API");
    let mut e = reserve_size();
    messages::ResponseHeader { correlation_id }.encode(&mut e, response_header_version(key, version))?;
    response.encode(version, &mut e)?;
    finish(e, key, version)
}

fn reserve_size() -> Encoder {
    let mut e = Encoder::new();
    e.buffer().put_i32(0);
    e
}

fn finish(e: Encoder, key: ApiKey, version: i16) -> Result<crate::Segments, EncodeError> {
    let too_long = EncodeError { kind: EncodeErrorKind::TooLong, message: key.name(), field: "", version };
    e.finish_frame().ok_or(too_long)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Records;
    use crate::messages::produce_request::{PartitionProduceData, TopicProduceData};
    use crate::messages::{ApiVersionsRequest, ApiVersionsResponse, ProduceRequest};
    use alloc::vec;

    fn header(api_key: ApiKey, api_version: i16) -> RequestHeader {
        RequestHeader { api_key, api_version, correlation_id: 7, client_id: Some("me".into()) }
    }

    /// Goal: the client id keeps its two-byte length in the flexible header. Source: KIP-482.
    #[test]
    fn a_flexible_request_header_has_an_old_style_client_id() {
        let request = Request::from(ApiVersionsRequest::default());
        let frame = encode_request(&header(ApiKey::ApiVersions, 3), &request).unwrap().to_bytes();
        let expected = b"\0\0\0\x10\0\x12\0\x03\0\0\0\x07\0\x02me\0\x01\x01\0";
        assert_eq!(&frame[..], expected);
        let (read, body) = decode_request(frame.slice(4..)).unwrap();
        assert_eq!((read, body), (header(ApiKey::ApiVersions, 3), request));
    }

    /// Goal: a client that does not know our versions can read the answer. Source: KIP-511.
    #[test]
    fn the_response_to_api_versions_never_has_a_tagged_section_in_its_header() {
        assert_eq!(response_header_version(ApiKey::ApiVersions, 4), 0);
        assert_eq!(response_header_version(ApiKey::Metadata, 9), 1);
        assert_eq!(response_header_version(ApiKey::Metadata, 8), 0);
        let response = Response::from(ApiVersionsResponse::default());
        let frame = encode_response(7, ApiKey::ApiVersions, 3, &response).unwrap().to_bytes();
        assert_eq!(&frame[..], b"\0\0\0\x0c\0\0\0\x07\0\0\x01\0\0\0\0\0");
        assert_eq!(decode_response(frame.slice(4..), ApiKey::ApiVersions, 3), Ok((7, response)));
    }

    /// Goal: a broker can answer a version of ApiVersions that it does not know.
    #[test]
    fn an_unknown_version_still_yields_the_header() {
        let frame = Bytes::from_static(b"\0\x12\0\x63\0\0\0\x07\0\x02me\0garbage");
        let expected = RequestHeader { api_version: 99, ..header(ApiKey::ApiVersions, 0) };
        assert_eq!(decode_request(frame), Err(FrameError::UnsupportedVersion(expected)));
        let removed = Bytes::from_static(b"\0\x04\0\0\0\0\0\x07\xff\xff");
        assert_eq!(decode_request(removed), Err(FrameError::UnknownApi { key: 4, version: 0 }));
    }

    /// Goal: nobody copies payload: what was in the request is a slice of the frame, what goes into a
    /// request is a segment of it.
    #[test]
    fn large_records_are_neither_copied_in_nor_out() {
        let payload = Bytes::from(vec![9; 5000]);
        let request = ProduceRequest {
            topic_data: vec![TopicProduceData {
                name: "t".into(),
                partition_data: vec![PartitionProduceData {
                    index: 0,
                    records: Some(Records::from(payload.clone())),
                }],
                ..Default::default()
            }],
            ..Default::default()
        };
        let segments = encode_request(&header(ApiKey::Produce, 9), &request.clone().into()).unwrap();
        assert!(segments.iter().any(|segment| segment.as_ptr() == payload.as_ptr()));
        let frame = segments.to_bytes();
        assert_eq!(frame[..4], (frame.len() as i32 - 4).to_be_bytes());
        let (_, decoded) = decode_request(frame.slice(4..)).unwrap();
        let Request::Produce(decoded) = decoded else { panic!("another API") };
        assert_eq!(decoded, request);
        let records = decoded.topic_data[0].partition_data[0].records.as_ref().unwrap();
        let within = frame.as_ptr_range();
        assert!(within.contains(&records.chunks()[0].as_ptr()));
    }
}
