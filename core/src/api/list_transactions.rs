//! ListTransactions: which transactional ids this broker coordinates.
//!
//! Version 2, which filters by a regular expression, is not served.

use alloc::collections::BTreeSet;

use klamm_wire::messages::{ListTransactionsRequest, ListTransactionsResponse, Response};
use klamm_wire::{ErrorCode, Str};

use crate::connection::Call;
use crate::edge::Effects;
use crate::node::Node;
use crate::time::Now;
use crate::transaction::{Command, List, Part, State};

/// First version that filters by how long a transaction has been open.
const DURATIONS: i16 = 1;

/// Answered from every shard that is here.
pub(crate) fn handle(
    node: &mut Node,
    now: Now,
    fx: &mut Effects,
    call: &Call,
    request: ListTransactionsRequest,
) -> Option<Response> {
    let shards = &node.transactions.shards;
    if shards.is_loading() {
        // Half a list would look like the whole one.
        let error_code = ErrorCode::COORDINATOR_LOAD_IN_PROGRESS;
        return Some(ListTransactionsResponse { error_code, ..ListTransactionsResponse::default() }.into());
    }
    let state_of = |name: &Str| State::ALL.into_iter().find(|state| *state.name() == **name);
    let unknown = request.state_filters.iter().filter(|name| state_of(name).is_none());
    let empty =
        ListTransactionsResponse { unknown_state_filters: unknown.cloned().collect(), ..Default::default() };
    let states: BTreeSet<State> = request.state_filters.iter().filter_map(state_of).collect();
    let list = List {
        states: (!request.state_filters.is_empty()).then_some(states),
        producer_ids: request.producer_id_filters.iter().copied().collect(),
        longer_than_ms: if call.api_version >= DURATIONS { request.duration_filter } else { -1 },
    };
    let parts = shards.indexes().map(|shard| Part::Ask(shard, Command::List(list.clone()))).collect();
    node.gather_transactions(now, fx, call.ticket, empty.into(), parts)
}
