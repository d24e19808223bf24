//! Fetch: records from the memory of the log's tail or from the disk; waits for `min_bytes`.

use alloc::vec::Vec;

use bytes::Bytes;
use klamm_wire::messages::fetch_response::{
    AbortedTransaction, FetchableTopicResponse, LeaderIdAndEpoch, NodeEndpoint, PartitionData,
};
use klamm_wire::messages::{FetchRequest, FetchResponse, Response};
use klamm_wire::metadata_records::register_broker_record::BrokerEndpoint;
use klamm_wire::{ErrorCode, Str, Uuid};

use super::current_leader::{self, CurrentLeaders};
use crate::config::{Config, LEADER_RATE, ReplicaSelector};
use crate::connection::{Answer, Call, Delayed, Ticket};
use crate::cx::Cx;
use crate::edge::{Effects, ListenerKind};
use crate::flaw::Flaw;
use crate::image::Registration;
use crate::log::{self, Read};
use crate::node::Node;
use crate::replica::{
    DelayedFetch, FetchPartition, FetchState, FollowerFetch, Partition, Place, Reader, SessionFetch,
    SessionKey, Throttles, fetch_error, is_current, throttle_bound,
};
use crate::time::Now;
use crate::timer::Timer;
use crate::types::{BrokerId, Offset, TopicIdPartition};

/// Reads what is there. On the listeners of controllers that is the metadata log. Parked until `min_bytes` are, an error shows, or `max_wait_ms` is over.
pub(crate) fn handle(
    node: &mut Node,
    now: Now,
    fx: &mut Effects,
    call: &Call,
    request: FetchRequest,
) -> Option<Response> {
    if call.peer.kind == ListenerKind::Controller {
        node.ask_quorum(now, fx, call, request.into());
        return None;
    }
    let slots = node.env.config.fetch_session_slots;
    let begun = node.sessions.begin(now.monotonic, slots, &mut node.env.rng, call.api_version, &request);
    let (session, wanted) = match begun {
        Ok(begun) => begun,
        Err(error_code) => {
            return Some(Response::Fetch(FetchResponse { error_code, ..FetchResponse::default() }));
        }
    };
    let fetch = DelayedFetch {
        api_version: call.api_version,
        partitions: wanted.into_iter().map(|fetch| resolve(node, fetch)).collect(),
        session,
        reader: reader(call, &request),
        min_bytes: usize::try_from(request.min_bytes).unwrap_or(0),
        max_bytes: usize::try_from(request.max_bytes.min(node.env.config.fetch_max_bytes)).unwrap_or(0),
        deadline: now.monotonic.after_ms(request.max_wait_ms.into()),
    };
    advance(node, now, fx, call.ticket, fetch)
}

/// The first version in which clients name their rack.
const RACK_SINCE: i16 = 11;
/// In an answer: the one who answers serves the reader.
const NO_REPLICA: BrokerId = -1;

fn reader(call: &Call, request: &FetchRequest) -> Reader {
    let (old, new) = (request.replica_id, &request.replica_state);
    let replica = old.max(new.replica_id);
    if replica >= 0 {
        return Reader::Follower { replica, broker_epoch: new.replica_epoch };
    }
    let place = Place { rack: request.rack_id.clone(), listener: call.peer.listener.clone() };
    let place = Some(place).filter(|_| call.api_version >= RACK_SINCE);
    Reader::Consumer { read_committed: request.isolation_level == 1, place }
}

/// Finds the partition that is meant; a client that names an unknown one gets the error of its version.
fn resolve(node: &Node, fetch: SessionFetch) -> FetchPartition {
    let (id, state) = match node.resolve(&fetch.topic, fetch.topic_id, fetch.partition) {
        Ok((_, id)) => (id, FetchState::Unread),
        Err(code) => {
            let id = TopicIdPartition { topic_id: fetch.topic_id, partition: fetch.partition };
            (id, FetchState::Done(fetch_error(fetch.partition, code)))
        }
    };
    FetchPartition {
        topic: fetch.topic,
        topic_id: fetch.topic_id,
        partition: fetch.partition,
        id,
        current_leader_epoch: fetch.current_leader_epoch,
        fetch_offset: fetch.fetch_offset,
        last_fetched_epoch: fetch.last_fetched_epoch,
        log_start_offset: fetch.log_start_offset,
        max_bytes: fetch.max_bytes,
        state,
    }
}

/// The high watermark has moved, the disk has answered, or time is up: looks again.
pub(crate) fn resume(node: &mut Node, now: Now, fx: &mut Effects, ticket: Ticket) {
    let Some(Delayed::Fetch(mut fetch)) = node.delayed.take(ticket) else { return };
    for partition in &mut fetch.partitions {
        if let Some(partition) = node.partitions.get_mut(&partition.id) {
            partition.forget(ticket);
        }
        if matches!(partition.state, FetchState::Pending | FetchState::Empty(_)) {
            partition.state = FetchState::Unread;
        }
    }
    if let Some(response) = advance(node, now, fx, ticket, fetch) {
        node.connections.answer(fx, ticket, Answer::Response(response));
    }
}

/// Reads on; the answer if there is enough, else the request is parked.
fn advance(
    node: &mut Node,
    now: Now,
    fx: &mut Effects,
    ticket: Ticket,
    mut fetch: DelayedFetch,
) -> Option<Response> {
    let mut bytes: usize = fetch.partitions.iter().map(FetchPartition::bytes).sum();
    for index in 0..fetch.partitions.len() {
        if fetch.partitions[index].state != FetchState::Unread {
            continue;
        }
        let room = fetch.max_bytes.saturating_sub(bytes);
        let wanted = &fetch.partitions[index];
        let state = match node.partitions.get_mut(&wanted.id) {
            None => FetchState::Done(fetch_error(wanted.partition, ErrorCode::NOT_LEADER_OR_FOLLOWER)),
            Some(partition) => {
                let mut cx = node.env.cx(now, fx);
                // A replica that is copied too fast is given nothing, and no error.
                let room = match is_too_fast(&cx, &mut node.throttles, partition, &fetch.reader) {
                    true => Room::None,
                    false => Room::Bytes { room, first: bytes == 0 },
                };
                read(&mut cx, partition, wanted, &fetch.reader, room)
            }
        };
        if let Reader::Follower { replica, broker_epoch } = fetch.reader
            && tells_progress(&node.env.config, &state)
        {
            let FetchPartition { id, fetch_offset, log_start_offset, .. } = *wanted;
            let progress = FollowerFetch { replica, broker_epoch, fetch_offset, log_start_offset };
            node.on_follower_fetch(now, fx, id, progress);
        }
        fetch.partitions[index].state = state;
        bytes += fetch.partitions[index].bytes();
    }
    if fetch.may_answer(now, bytes) {
        node.env.timers.cancel(&Timer::Request(ticket));
        if matches!(fetch.reader, Reader::Follower { .. }) {
            count_throttled(node, now, &fetch);
        }
        return Some(answer(node, ticket, fetch));
    }
    park(node, now, ticket, fetch);
    None
}

/// Whether a follower's offset says what it holds: not if its history differs, or could not be compared.
fn tells_progress(config: &Config, state: &FetchState) -> bool {
    match state {
        FetchState::Done(_) if config.has_flaw(Flaw::DivergingFetchCounts) => true,
        FetchState::Done(data) => data.error_code.is_none() && data.diverging_epoch.end_offset == -1,
        FetchState::Empty(_) | FetchState::Pending => true,
        FetchState::Unread => false,
    }
}

/// Whether a replica may be read by this reader.
///
/// # Errors
/// What it is told: another replica may serve it, or its epoch is over.
fn check_reader(
    cx: &Cx<'_>,
    partition: &Partition,
    wanted: &FetchPartition,
    reader: &Reader,
) -> Result<(), ErrorCode> {
    let epoch = wanted.current_leader_epoch;
    match *reader {
        Reader::Consumer { place: Some(_), .. } => partition.check_replica(epoch),
        Reader::Consumer { place: None, .. } => partition.check_leader(epoch).map(|_| ()),
        Reader::Follower { replica, broker_epoch } => {
            if !cx.config.has_flaw(Flaw::ZombieFetchUnfenced) {
                partition.check_leader(epoch)?;
            }
            let leader = partition.leader().ok_or(ErrorCode::NOT_LEADER_OR_FOLLOWER)?;
            // What an earlier life of the follower held says nothing about this one.
            let current = is_current(cx.image, replica, broker_epoch);
            if current && leader.is_follower(replica) {
                Ok(())
            } else {
                Err(ErrorCode::NOT_LEADER_OR_FOLLOWER)
            }
        }
    }
}

/// How much of a partition may be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Room {
    /// Nothing for now.
    None,
    /// So many bytes; of the `first` partition with records one batch, however large.
    Bytes { room: usize, first: bool },
}

/// Whether this is a throttled replica out of sync, and such replicas were sent more than may be.
///
/// Kafka: `ReplicaManager.shouldLeaderThrottle`.
fn is_too_fast(cx: &Cx<'_>, throttles: &mut Throttles, partition: &Partition, reader: &Reader) -> bool {
    let Reader::Follower { replica, .. } = *reader else { return false };
    let is_in_sync = partition.leader().is_none_or(|leader| leader.isr().contains(&replica));
    if is_in_sync || !is_throttled(cx.config, partition) {
        return false;
    }
    let bound = throttle_bound(cx.image, cx.config.node_id, LEADER_RATE);
    throttles.leader.exceeds(cx.now.monotonic, bound)
}

fn is_throttled(config: &Config, partition: &Partition) -> bool {
    partition.config.leader_throttled.contains(partition.id.partition, config.node_id)
}

/// Counts what throttled replicas are sent, those in sync included.
fn count_throttled(node: &mut Node, now: Now, fetch: &DelayedFetch) {
    let throttled = fetch.partitions.iter().filter(|wanted| {
        let partition = node.partitions.get(&wanted.id);
        partition.is_some_and(|partition| is_throttled(&node.env.config, partition))
    });
    let bytes: usize = throttled.map(FetchPartition::bytes).sum();
    if bytes > 0 {
        node.throttles.leader.record(now.monotonic, bytes as u64);
    }
}

/// Whom this reader should ask instead of this leader (KIP-392).
fn preferred_replica(
    cx: &Cx<'_>,
    partition: &Partition,
    reader: &Reader,
    offset: Offset,
) -> Option<BrokerId> {
    match (cx.config.replica_selector, reader) {
        (ReplicaSelector::RackAware, Reader::Consumer { place: Some(place), .. }) => {
            partition.leader()?.preferred_replica(cx, place, offset)
        }
        _ => None,
    }
}

/// One partition's part of the answer.
fn read(
    cx: &mut Cx<'_>,
    partition: &mut Partition,
    wanted: &FetchPartition,
    reader: &Reader,
    room: Room,
) -> FetchState {
    let failed = |code| FetchState::Done(fetch_error(wanted.partition, code));
    if let Err(code) = check_reader(cx, partition, wanted, reader) {
        return failed(code);
    }
    let read_committed = matches!(reader, Reader::Consumer { read_committed: true, .. });
    let upper = match reader {
        Reader::Consumer { read_committed: true, .. } => partition.stable_visible_end(cx.config),
        Reader::Consumer { read_committed: false, .. } => partition.visible_end(cx.config),
        Reader::Follower { .. } => partition.log.log_end_offset(),
    };
    let mut data = PartitionData {
        partition_index: wanted.partition,
        high_watermark: partition.high_watermark(),
        last_stable_offset: partition.last_stable_offset(),
        log_start_offset: partition.log.log_start_offset(),
        aborted_transactions: read_committed.then(Vec::new),
        records: Some(Bytes::new().into()),
        ..PartitionData::default()
    };
    if let Some(preferred) = preferred_replica(cx, partition, reader, wanted.fetch_offset) {
        data.preferred_read_replica = preferred;
        return FetchState::Done(data);
    }
    let (start, end) = (partition.log.log_start_offset(), partition.log.log_end_offset());
    if wanted.fetch_offset < start {
        data.error_code = ErrorCode::OFFSET_OUT_OF_RANGE;
        return FetchState::Done(data);
    }
    let compares = wanted.last_fetched_epoch >= 0 && !cx.config.has_flaw(Flaw::ZombieFetchUnfenced);
    if compares {
        let (epoch, end_offset) = partition.log.end_offset_for_epoch(wanted.last_fetched_epoch);
        if end_offset < 0 {
            // Nothing is known that the two could share.
            data.error_code = ErrorCode::OFFSET_OUT_OF_RANGE;
            return FetchState::Done(data);
        }
        let names_no_epoch = cx.config.has_flaw(Flaw::TruncSingleRound);
        let epoch = if names_no_epoch { wanted.last_fetched_epoch } else { epoch };
        if epoch < wanted.last_fetched_epoch || end_offset < wanted.fetch_offset {
            data.diverging_epoch.epoch = epoch;
            data.diverging_epoch.end_offset = end_offset;
            return FetchState::Done(data);
        }
    }
    // Only now: a follower behind the end of its leader is told where their histories part, not that it is lost.
    if wanted.fetch_offset > end {
        data.error_code = ErrorCode::OFFSET_OUT_OF_RANGE;
        return FetchState::Done(data);
    }
    // Between the high watermark and the end: nothing yet, and no error.
    if wanted.fetch_offset >= upper {
        return FetchState::Empty(data);
    }
    let (room, first) = match room {
        Room::None => return FetchState::Empty(data),
        // A full answer reads no further.
        Room::Bytes { room: 0, first: false } => return FetchState::Done(data),
        Room::Bytes { room, first } => (room, first),
    };
    let max_bytes = wanted.max_bytes.min(u32::try_from(room).unwrap_or(u32::MAX));
    match partition.log.read(cx, wanted.fetch_offset, upper, max_bytes, first) {
        // Without a record, if not even the next batch fits beside the others. That is final, too: looking again
        // whenever another partition has news could go on for ever, two partitions bringing news to each other.
        Read::Records { records, next_offset, .. } => {
            if read_committed {
                let aborted = partition.log.aborted_in(wanted.fetch_offset, next_offset);
                data.aborted_transactions = Some(aborted.into_iter().map(AbortedTransaction::from).collect());
            }
            data.records = Some(records);
            FetchState::Done(data)
        }
        Read::Pending => FetchState::Pending,
        Read::OutOfRange => {
            data.error_code = ErrorCode::OFFSET_OUT_OF_RANGE;
            FetchState::Done(data)
        }
        Read::Corrupt => failed(ErrorCode::CORRUPT_MESSAGE),
        Read::Failed(_) => failed(ErrorCode::KAFKA_STORAGE_ERROR),
    }
}

impl From<log::AbortedTransaction> for AbortedTransaction {
    fn from(aborted: log::AbortedTransaction) -> Self {
        Self { producer_id: aborted.producer_id, first_offset: aborted.first_offset }
    }
}

/// Waits at every partition that could bring news.
fn park(node: &mut Node, now: Now, ticket: Ticket, mut fetch: DelayedFetch) {
    if fetch.partitions.iter().all(|wanted| wanted.state != FetchState::Pending) {
        // Too few bytes so far: what there is now is read again together with what comes.
        for wanted in &mut fetch.partitions {
            wanted.reconsider();
        }
    }
    let is_follower = matches!(fetch.reader, Reader::Follower { .. });
    for wanted in &fetch.partitions {
        let Some(partition) = node.partitions.get_mut(&wanted.id) else { continue };
        match wanted.state {
            FetchState::Pending => partition.wait_for_disk(ticket),
            FetchState::Empty(_) => partition.wait_for_records(is_follower, ticket),
            FetchState::Unread | FetchState::Done(_) => {}
        }
    }
    // Past the deadline only the disk is waited for, and it always answers.
    if fetch.deadline > now.monotonic {
        node.env.timers.arm(Timer::Request(ticket), fetch.deadline);
    }
    node.delayed.park(ticket, Delayed::Fetch(fetch));
}

fn answer(node: &mut Node, ticket: Ticket, mut fetch: DelayedFetch) -> Response {
    for wanted in &fetch.partitions {
        assert!(!matches!(wanted.state, FetchState::Pending | FetchState::Unread), "an answer is complete");
    }
    let node_endpoints = tell_leaders(node, ticket, &mut fetch);
    let answers = fetch.partitions.into_iter().filter_map(|wanted| match wanted.state {
        FetchState::Empty(data) | FetchState::Done(data) => Some((wanted.topic, wanted.topic_id, data)),
        FetchState::Unread | FetchState::Pending => None,
    });
    let answers = node.sessions.finish(fetch.session, answers.collect());
    let session_id = match fetch.session {
        SessionKey::Sessionless => 0,
        SessionKey::Session { id, .. } => id,
    };
    let mut response = FetchResponse { session_id, node_endpoints, ..FetchResponse::default() };
    for (topic, topic_id, data) in answers {
        push(&mut response.responses, topic, topic_id, data);
    }
    Response::Fetch(response)
}

/// Says who leads the partitions that are led elsewhere; where those leaders are found.
fn tell_leaders(node: &Node, ticket: Ticket, fetch: &mut DelayedFetch) -> Vec<NodeEndpoint> {
    let Some(listener) = node.connections.listener(ticket.connection) else { return Vec::new() };
    if fetch.api_version < current_leader::FETCH_SINCE {
        return Vec::new();
    }
    let mut leaders = CurrentLeaders::new(&node.env.image, listener.clone());
    for wanted in &mut fetch.partitions {
        if let FetchState::Done(data) = &mut wanted.state
            && current_leader::is_told_with(data.error_code)
            && let Some((leader_id, leader_epoch)) = leaders.tell(wanted.id)
        {
            data.current_leader = LeaderIdAndEpoch { leader_id, leader_epoch };
        }
    }
    let endpoint = |(broker, at): (&Registration, &BrokerEndpoint)| NodeEndpoint {
        node_id: broker.id,
        host: at.host.clone(),
        port: at.port.into(),
        rack: broker.rack.clone(),
    };
    leaders.endpoints().map(endpoint).collect()
}

/// Puts a partition behind those of the same topic that precede it.
fn push(topics: &mut Vec<FetchableTopicResponse>, topic: Str, topic_id: Uuid, data: PartitionData) {
    match topics.last_mut() {
        Some(last) if last.topic == topic && last.topic_id == topic_id => last.partitions.push(data),
        _ => topics.push(FetchableTopicResponse { topic, topic_id, partitions: alloc::vec![data] }),
    }
}

impl FetchPartition {
    fn bytes(&self) -> usize {
        match &self.state {
            FetchState::Done(data) => data.records.as_ref().map_or(0, klamm_wire::Records::len),
            _ => 0,
        }
    }

    /// Takes what was read for preliminary.
    fn reconsider(&mut self) {
        if let FetchState::Done(data) = &mut self.state
            && data.error_code == ErrorCode::NONE
        {
            assert_eq!(data.preferred_read_replica, NO_REPLICA, "a reader that is sent away does not wait");
            self.state = FetchState::Empty(core::mem::take(data));
        }
    }

    /// Whether the reader should hear at once what it can do nothing about by waiting.
    fn is_urgent(&self) -> bool {
        let FetchState::Done(data) = &self.state else { return false };
        data.error_code.is_error()
            || data.diverging_epoch.end_offset != -1
            || data.preferred_read_replica != NO_REPLICA
    }
}

impl DelayedFetch {
    /// Whether to answer now: never while the disk is asked, else when there is enough, an error, or no time.
    fn may_answer(&self, now: Now, bytes: usize) -> bool {
        let pending = |wanted: &FetchPartition| wanted.state == FetchState::Pending;
        if self.partitions.iter().any(pending) {
            return false;
        }
        bytes >= self.min_bytes
            || self.partitions.is_empty()
            || now.monotonic >= self.deadline
            || self.partitions.iter().any(FetchPartition::is_urgent)
    }
}

/// The ids a parked fetch waits at, for a node that forgets it.
pub(crate) fn waits_at(fetch: &DelayedFetch) -> impl Iterator<Item = TopicIdPartition> + '_ {
    fetch.partitions.iter().map(|partition| partition.id)
}
