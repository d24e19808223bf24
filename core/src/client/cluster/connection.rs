//! One connection of a client: its life, its versions, what is in flight on it.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::vec::Vec;

use klamm_wire::messages::{ApiVersionsRequest, ApiVersionsResponse, Request};
use klamm_wire::{ApiKey, ErrorCode};

use crate::time::Timestamp;

/// The version that negotiation begins with: the newest whose answer this build can read.
pub(super) const HIGHEST_API_VERSIONS: i16 = 4;

/// | from | to | when |
/// |---|---|---|
/// | idle | connecting | somebody wants to send and the backoff is over |
/// | connecting | negotiating | the connection is up |
/// | negotiating | ready | the broker's versions are known |
/// | any | idle | the connection is gone, or was silent for too long |
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Idle,
    Connecting,
    Negotiating,
    Ready,
}

/// A request that waits for its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct InFlight<P> {
    correlation_id: i32,
    api_key: ApiKey,
    pub(super) api_version: i16,
    pub(super) purpose: P,
    deadline: Timestamp,
}

/// What the answer to a version request leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Negotiation {
    Done,
    /// Ask again with this version.
    Again(i16),
    /// There is no common version.
    Impossible,
}

/// A connection, up or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Connection<P> {
    state: State,
    /// How often in a row the connection ended before it was ready.
    pub(super) failures: u32,
    /// While idle: not to be opened before.
    pub(super) retry_at: Timestamp,
    /// While connecting or negotiating: to be given up then.
    setup_deadline: Timestamp,
    /// Lowest and highest version of each API, as the broker says.
    pub(super) versions: BTreeMap<ApiKey, (i16, i16)>,
    /// In the order of sending, which is the order of answers.
    pub(super) in_flight: VecDeque<InFlight<P>>,
}

impl<P> Default for Connection<P> {
    fn default() -> Self {
        Self {
            state: State::default(),
            failures: 0,
            retry_at: Timestamp::default(),
            setup_deadline: Timestamp::default(),
            versions: BTreeMap::new(),
            in_flight: VecDeque::new(),
        }
    }
}

impl<P> Connection<P> {
    pub(super) fn is_idle(&self) -> bool {
        self.state == State::Idle
    }

    pub(super) fn is_connecting(&self) -> bool {
        self.state == State::Connecting
    }

    pub(super) fn is_ready(&self) -> bool {
        self.state == State::Ready
    }

    /// Whether bytes can be sent, if only to negotiate.
    pub(super) fn is_up(&self) -> bool {
        matches!(self.state, State::Negotiating | State::Ready)
    }

    pub(super) fn connect(&mut self, deadline: Timestamp) {
        assert_eq!(self.state, State::Idle, "a connection is opened once");
        assert!(self.in_flight.is_empty(), "nothing is in flight on a closed connection");
        self.state = State::Connecting;
        self.setup_deadline = deadline;
    }

    pub(super) fn negotiate(&mut self) {
        assert_eq!(self.state, State::Connecting, "versions are negotiated first");
        self.state = State::Negotiating;
    }

    pub(super) fn push(
        &mut self,
        correlation_id: i32,
        api_key: ApiKey,
        api_version: i16,
        purpose: P,
        deadline: Timestamp,
    ) {
        assert!(self.is_up(), "requests are sent on connections that are up");
        self.in_flight.push_back(InFlight { correlation_id, api_key, api_version, purpose, deadline });
    }

    /// The request that a response answers; `None` if the broker answered out of order or something else.
    pub(super) fn take(&mut self, correlation_id: i32, api_key: ApiKey) -> Option<InFlight<P>> {
        let oldest = self.in_flight.front()?;
        if oldest.correlation_id != correlation_id || oldest.api_key != api_key {
            return None;
        }
        self.in_flight.pop_front()
    }

    /// Takes the broker's versions, or says how to ask again.
    ///
    /// Source: KIP-511: a broker that does not know the version answers with error 35 and its own range.
    pub(super) fn on_versions(&mut self, asked: i16, response: &ApiVersionsResponse) -> Negotiation {
        if response.error_code == ErrorCode::UNSUPPORTED_VERSION && asked > 0 {
            let offered = response.api_keys.iter().find(|api| api.api_key == ApiKey::ApiVersions as i16);
            let again = offered.map_or(0, |api| api.max_version).clamp(0, asked - 1);
            return Negotiation::Again(again);
        }
        if response.error_code != ErrorCode::NONE {
            return Negotiation::Impossible;
        }
        let known = response.api_keys.iter().filter_map(|api| {
            let key = ApiKey::try_from(api.api_key).ok()?;
            Some((key, (api.min_version, api.max_version)))
        });
        self.versions = known.collect();
        self.state = State::Ready;
        self.failures = 0;
        Negotiation::Done
    }

    /// Ends the connection; what was in flight is returned, oldest first.
    pub(super) fn fail(&mut self, retry_at: Timestamp) -> Vec<P> {
        assert!(!self.is_idle(), "what is not open cannot end");
        self.failures = self.failures.saturating_add(1);
        self.state = State::Idle;
        self.retry_at = retry_at;
        self.in_flight.drain(..).map(|in_flight| in_flight.purpose).collect()
    }

    /// When to give the connection up, unless something comes before.
    pub(super) fn next_deadline(&self) -> Option<Timestamp> {
        match self.state {
            State::Idle => None,
            State::Connecting | State::Negotiating => Some(self.setup_deadline),
            State::Ready => self.in_flight.iter().map(|in_flight| in_flight.deadline).min(),
        }
    }
}

/// The first request on every connection.
pub(super) fn api_versions_request() -> Request {
    Request::ApiVersions(ApiVersionsRequest {
        client_software_name: "klamm".into(),
        client_software_version: env!("CARGO_PKG_VERSION").into(),
    })
}
