//! FindCoordinator: which broker a group or a transactional id belongs to.

use alloc::vec;
use alloc::vec::Vec;

use klamm_wire::messages::find_coordinator_response::Coordinator;
use klamm_wire::messages::{FindCoordinatorRequest, FindCoordinatorResponse, Response};
use klamm_wire::{ErrorCode, Str};

use crate::connection::Call;
use crate::coordinator::shard_of;
use crate::edge::Effects;
use crate::group::FindKeys;
use crate::node::{Errand, Node};
use crate::time::Now;
use crate::types::{BrokerId, OFFSETS_TOPIC, TRANSACTION_TOPIC};

/// First version that asks for several keys.
const SEVERAL_KEYS: i16 = 4;

const GROUP: i8 = 0;
const TRANSACTION: i8 = 1;
const SHARE: i8 = 2;
/// First version with share groups.
const SHARES: i16 = 6;

/// Where a coordinator is found.
struct Found {
    node_id: BrokerId,
    host: Str,
    port: i32,
}

/// Why a coordinator is not found.
enum Missing {
    /// It will be here soon: the topic is being created, or a shard is being loaded.
    Soon,
    Error(ErrorCode),
}

/// Answered at once, or when the coordinators' topic has come into being: the first group of a new cluster would
/// otherwise ask again only after its retry backoff.
pub(crate) fn handle(
    node: &mut Node,
    now: Now,
    fx: &mut Effects,
    call: &Call,
    request: FindCoordinatorRequest,
) -> Option<Response> {
    let keys = if call.api_version >= SEVERAL_KEYS { request.coordinator_keys } else { vec![request.key] };
    let keys = FindKeys { key_type: request.key_type, keys };
    let found = find_all(node, call, &keys);
    if !found.iter().any(|found| matches!(found, Err(Missing::Soon))) {
        return Some(answer(call, &keys, found));
    }
    let topic = if keys.key_type == TRANSACTION { TRANSACTION_TOPIC } else { OFFSETS_TOPIC };
    if node.env.image.topic(topic).is_none() {
        node.agenda.push_back(Errand::EnsureTopic(topic));
    }
    node.groups.park_find(&mut node.env.cx(now, fx), call.clone(), keys);
    None
}

/// Coordinators are loaded, or were waited for long enough (`is_over`): answers whoever waits for them.
pub(crate) fn on_coordinators(node: &mut Node, now: Now, fx: &mut Effects, is_over: bool) {
    for (call, keys) in node.groups.take_waiting_for_topic(&mut node.env.cx(now, fx)) {
        let found = find_all(node, &call, &keys);
        if !is_over && found.iter().any(|found| matches!(found, Err(Missing::Soon))) {
            node.groups.park_find(&mut node.env.cx(now, fx), call, keys);
            continue;
        }
        let response = answer(&call, &keys, found);
        node.answer(fx, call.ticket, response);
    }
}

fn find_all(node: &Node, call: &Call, keys: &FindKeys) -> Vec<Result<Found, Missing>> {
    keys.keys.iter().map(|key| find(node, call, keys.key_type, key)).collect()
}

fn find(node: &Node, call: &Call, key_type: i8, key: &Str) -> Result<Found, Missing> {
    match key_type {
        GROUP => find_shard(node, call, OFFSETS_TOPIC, key, Node::group_shard),
        TRANSACTION => find_shard(node, call, TRANSACTION_TOPIC, key, Node::transaction_shard),
        // Coordinators of share state are not offered here.
        SHARE if call.api_version >= SHARES => Err(Missing::Error(ErrorCode::COORDINATOR_NOT_AVAILABLE)),
        _ => Err(Missing::Error(ErrorCode::INVALID_REQUEST)),
    }
}

fn find_shard(
    node: &Node,
    call: &Call,
    topic: &str,
    key: &Str,
    here: fn(&Node, &Str) -> Result<i32, ErrorCode>,
) -> Result<Found, Missing> {
    let image = &node.env.image;
    let topic = image.topic(topic).ok_or(Missing::Soon)?;
    let partitions = i32::try_from(topic.partitions.len()).expect("partitions are counted in 32 bits");
    let leader = topic.partitions[&shard_of(key, partitions)].leader;
    let not_available = Missing::Error(ErrorCode::COORDINATOR_NOT_AVAILABLE);
    let Some(broker) = leader.and_then(|leader| image.brokers.get(&leader)) else {
        return Err(not_available);
    };
    if broker.id == node.env.config.node_id && here(node, key).is_err() {
        return Err(Missing::Soon);
    }
    let Some(endpoint) = broker.endpoint(&call.peer.listener) else { return Err(not_available) };
    Ok(Found { node_id: broker.id, host: endpoint.host.clone(), port: i32::from(endpoint.port) })
}

fn answer(call: &Call, keys: &FindKeys, found: Vec<Result<Found, Missing>>) -> Response {
    let coordinators = keys.keys.iter().zip(found).map(|(key, found)| coordinator(key, found));
    let mut coordinators: Vec<Coordinator> = coordinators.collect();
    if call.api_version >= SEVERAL_KEYS {
        return FindCoordinatorResponse { coordinators, ..FindCoordinatorResponse::default() }.into();
    }
    let only = coordinators.remove(0);
    FindCoordinatorResponse {
        error_code: only.error_code,
        error_message: only.error_message,
        node_id: only.node_id,
        host: only.host,
        port: only.port,
        ..FindCoordinatorResponse::default()
    }
    .into()
}

fn coordinator(key: &Str, found: Result<Found, Missing>) -> Coordinator {
    let error = match found {
        Ok(Found { node_id, host, port }) => {
            return Coordinator {
                key: key.clone(),
                node_id,
                host,
                port,
                error_code: ErrorCode::NONE,
                error_message: None,
            };
        }
        Err(Missing::Error(error)) => error,
        Err(Missing::Soon) => ErrorCode::COORDINATOR_NOT_AVAILABLE,
    };
    Coordinator {
        key: key.clone(),
        node_id: -1,
        host: Str::default(),
        port: -1,
        error_code: error,
        error_message: Some(error.name().into()),
    }
}
