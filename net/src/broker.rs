//! The client's side of one connection, without a machine behind it: requests go out, responses come in.

use std::collections::VecDeque;
use std::io;

use bytes::Bytes;
use klamm_core::client::frames;
use klamm_wire::frame::{self, RequestHeader};
use klamm_wire::messages::{Request, Response};
use klamm_wire::{ApiKey, Str};

use crate::connection::write_all;
use crate::frames::FrameReader;
use crate::platform::Platform;

/// The most a broker may answer with.
const RESPONSE_MAX_BYTES: u32 = 1 << 30;

/// A connection to a broker. The broker answers in the order of the requests.
pub struct BrokerConnection<P: Platform> {
    stream: P::Stream,
    frames: FrameReader,
    client_id: Str,
    next_correlation_id: i32,
    sent: VecDeque<Sent>,
}

/// What a response is read by.
#[derive(Clone, Copy, Debug)]
struct Sent {
    correlation_id: i32,
    api_key: ApiKey,
    api_version: i16,
}

impl<P: Platform> BrokerConnection<P> {
    /// Connects.
    ///
    /// # Errors
    /// Those of the network.
    pub async fn connect(platform: &P, host: &str, port: u16, client_id: &str) -> io::Result<Self> {
        Ok(Self {
            stream: platform.connect(host, port).await?,
            frames: FrameReader::new(RESPONSE_MAX_BYTES),
            client_id: client_id.into(),
            next_correlation_id: 0,
            sent: VecDeque::new(),
        })
    }

    /// Sends a request without waiting for the response; see [`BrokerConnection::receive`]. Returns its
    /// correlation id. A request that has no response (a produce with acks=0) is not waited for.
    ///
    /// # Errors
    /// Those of the network, and `InvalidInput` if the version cannot carry the request.
    pub async fn send(&mut self, api_version: i16, request: &Request) -> io::Result<i32> {
        let correlation_id = self.next_correlation_id;
        self.next_correlation_id = correlation_id.wrapping_add(1);
        let api_key = request.api_key();
        let client_id = Some(self.client_id.clone());
        let header = RequestHeader { api_key, api_version, correlation_id, client_id };
        let encoded = frame::encode_request(&header, request);
        let segments = encoded.map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        write_all(&mut self.stream, segments).await?;
        if !matches!(request, Request::Produce(produce) if produce.acks == 0) {
            self.sent.push_back(Sent { correlation_id, api_key, api_version });
        }
        Ok(correlation_id)
    }

    /// The response to the oldest request that has none yet, with its correlation id.
    ///
    /// # Errors
    /// Those of the network; `UnexpectedEof` if the broker closed the connection; `InvalidData` if it answers
    /// something else.
    pub async fn receive(&mut self) -> io::Result<(i32, Response)> {
        let frame = self.receive_frame().await?;
        let sent = self.sent.pop_front().ok_or_else(|| broken("a response that nobody asked for"))?;
        decode(frame, sent)
    }

    /// Sends a request and waits for its response.
    ///
    /// # Errors
    /// As those of [`BrokerConnection::send`] and [`BrokerConnection::receive`].
    ///
    /// # Panics
    /// If an earlier request still waits for its response.
    pub async fn call(&mut self, api_version: i16, request: impl Into<Request>) -> io::Result<Response> {
        assert!(self.sent.is_empty(), "responses keep the order of requests");
        self.send(api_version, &request.into()).await?;
        Ok(self.receive().await?.1)
    }

    async fn receive_frame(&mut self) -> io::Result<Bytes> {
        loop {
            if let Some(frame) = self.frames.take().map_err(broken)? {
                return Ok(frame);
            }
            if self.frames.fill(&mut self.stream).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }
}

/// Reads a response to what was sent.
fn decode(frame: Bytes, sent: Sent) -> io::Result<(i32, Response)> {
    let (correlation_id, response) = frames::decode(frame, sent.api_key, sent.api_version).map_err(broken)?;
    if correlation_id != sent.correlation_id {
        return Err(broken(format!(
            "correlation id {correlation_id} in the place of {}",
            sent.correlation_id
        )));
    }
    Ok((correlation_id, response))
}

fn broken(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}
