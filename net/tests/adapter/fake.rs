//! Machines in the place of a node.

use klamm_core::edge::{ConnId, Effect, Effects, Input, Reply, Request};
use klamm_core::event::Event;
use klamm_core::time::{Now, Timestamp};
use klamm_net::pump::Machine;
use klamm_wire::messages::api_versions_response::ApiVersion;
use klamm_wire::messages::{ApiVersionsResponse, Response};

/// A machine that is a function. It is ready at once and has no deadlines.
pub(crate) struct Fake<F>(pub F);

impl<F: FnMut(Input, &mut Effects) + Send + 'static> Machine for Fake<F> {
    fn handle(&mut self, _: Now, input: Input, fx: &mut Effects) {
        if input == Input::Start {
            fx.push(Effect::Observe(Event::Ready));
        }
        (self.0)(input, fx);
    }

    fn next_deadline(&self) -> Option<Timestamp> {
        None
    }
}

/// An answer of about six bytes for each of `keys`.
pub(crate) fn answer(id: ConnId, request: &Request, keys: i16) -> Effect {
    let key = |api_key| ApiVersion { api_key, min_version: 0, max_version: 0 };
    let body = ApiVersionsResponse { api_keys: (0..keys).map(key).collect(), ..Default::default() };
    let reply = Reply {
        correlation_id: request.header.correlation_id,
        api_key: request.header.api_key,
        api_version: request.header.api_version,
        body: Some(Response::from(body)),
    };
    Effect::Reply(id, reply)
}
