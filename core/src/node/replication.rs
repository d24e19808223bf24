//! Replication between brokers: what followers tell this leader, and what this follower fetches.

use alloc::vec::Vec;

use klamm_wire::ErrorCode;
use klamm_wire::messages::fetch_response::PartitionData;
use klamm_wire::messages::{FetchResponse, Response};

use crate::config::FOLLOWER_RATE;
use crate::edge::{Channel, Effects, Purpose};
use crate::flaw::Flaw;
use crate::node::peers::{Asked, Lost};
use crate::node::{Node, Phase};
use crate::peer::Outgoing;
use crate::replica::{
    Fetcher, FollowerFetch, Partition, Position, Readiness, throttle_bound, truncation_offset,
};
use crate::time::Now;
use crate::timer::Timer;
use crate::types::{BrokerId, Offset, TopicIdPartition};

/// Version of the fetches between brokers.
const FETCH_VERSION: i16 = 17;

impl Node {
    /// A follower has fetched from this leader: it holds everything below its offset.
    pub(crate) fn on_follower_fetch(
        &mut self,
        now: Now,
        fx: &mut Effects,
        id: TopicIdPartition,
        fetch: FollowerFetch,
    ) {
        let Some(partition) = self.partitions.get_mut(&id) else { return };
        let end = partition.log.log_end_offset();
        let Some(leader) = partition.leader_mut() else { return };
        let starts_later = leader.on_fetch(now.monotonic, fetch, end);
        let cx = &mut self.env.cx(now, fx);
        partition.maybe_advance_high_watermark(cx);
        let high_watermark = partition.high_watermark();
        let leader = partition.leader_mut().expect("it was just one");
        if leader.maybe_expand(cx, fetch.replica, high_watermark) {
            self.propose_isr(id);
        }
        if starts_later {
            self.wake_deletions(now, fx, id);
        }
        self.dirty.insert(id);
    }

    /// The low watermark of a partition may have moved.
    pub(crate) fn wake_deletions(&mut self, now: Now, fx: &mut Effects, id: TopicIdPartition) {
        let Some(partition) = self.partitions.get_mut(&id) else { return };
        for ticket in partition.take_deletion_waiters() {
            self.resume(now, fx, ticket);
        }
    }

    /// Looks for members of ISRs that lag.
    pub(crate) fn shrink_isrs(&mut self, now: Now, fx: &mut Effects) {
        let mut proposed = Vec::new();
        for (id, partition) in &mut self.partitions {
            let end = partition.log.log_end_offset();
            let cx = self.env.cx(now, fx);
            if let Some(leader) = partition.leader_mut()
                && leader.maybe_shrink(&cx, end)
            {
                proposed.push(*id);
            }
        }
        proposed.into_iter().for_each(|id| self.propose_isr(id));
        self.arm_isr_check(now);
    }

    /// A lag is noticed between one and one and a half times the time it may last.
    pub(crate) fn arm_isr_check(&mut self, now: Now) {
        let interval = (self.env.config.replica_lag_time_max_ms / 2).max(1);
        self.env.timers.arm(Timer::IsrShrink, now.monotonic.after_ms(interval));
    }

    /// Follows a partition at its leader from now on, or at nobody; whatever was followed before is not.
    pub(crate) fn follow(&mut self, now: Now, fx: &mut Effects, id: TopicIdPartition) {
        self.unfollow(now, fx, id);
        let partition = &self.partitions[&id];
        let leader = partition.follower().and_then(|follower| follower.leader);
        let Some(leader) = leader.filter(|leader| *leader != self.env.config.node_id) else { return };
        self.fetchers.entry(leader).or_default().add(id);
        self.maybe_fetch(now, fx, leader);
    }

    /// Fetches a partition from nobody any more. The others of its leader may have waited for it only.
    pub(crate) fn unfollow(&mut self, now: Now, fx: &mut Effects, id: TopicIdPartition) {
        let left =
            self.fetchers.iter_mut().filter_map(|(leader, fetcher)| fetcher.remove(id).then_some(*leader));
        let left: Vec<BrokerId> = left.collect();
        left.into_iter().for_each(|leader| self.maybe_fetch(now, fx, leader));
    }

    /// What a follower has appended is held, or can be fetched again: its leader may be asked for more.
    pub(crate) fn fetch_on(&mut self, now: Now, fx: &mut Effects, id: TopicIdPartition) {
        let follower = self.partitions.get(&id).and_then(Partition::follower);
        if let Some(leader) = follower.and_then(|follower| follower.leader) {
            self.maybe_fetch(now, fx, leader);
        }
    }

    /// Sends the next fetch to a leader, if it is time for one.
    pub(crate) fn maybe_fetch(&mut self, now: Now, fx: &mut Effects, leader: BrokerId) {
        if self.phase < Phase::Logs || self.phase >= Phase::Stopping {
            return;
        }
        let broker_epoch = self.lifecycle.broker_epoch();
        let too_fast = self.fetches_too_fast(now);
        let Some(fetcher) = self.fetchers.get_mut(&leader) else { return };
        let partitions = &self.partitions;
        let config = &self.env.config;
        let readiness = |id: TopicIdPartition, is_in_sync: bool| {
            let partition = partitions.get(&id);
            let throttled = |partition: &Partition| {
                partition.config.follower_throttled.contains(id.partition, config.node_id)
            };
            match partition.is_some_and(|it| !is_in_sync && too_fast && throttled(it)) {
                true => Readiness::Throttled,
                false => readiness(config, partition, leader),
            }
        };
        let request = fetcher.next_request(now.monotonic, config, broker_epoch, readiness);
        match fetcher.next_deadline(now.monotonic) {
            Some(at) => self.env.timers.arm(Timer::Fetcher(leader), at),
            None => self.env.timers.cancel(&Timer::Fetcher(leader)),
        }
        let Some(request) = request else { return };
        let Some(address) = self.broker_address(leader) else {
            // Not registered any more, or not where this node could reach it; metadata will say who leads.
            return self.on_fetch_answer(now, fx, leader, Err(Lost));
        };
        let request = Outgoing {
            channel: Channel { node: leader, purpose: Purpose::Replica },
            address,
            api_version: FETCH_VERSION,
            body: request.into(),
            timeout_ms: self.env.config.request_timeout_ms,
        };
        self.ask(now, fx, request, Asked::Records);
    }

    /// Whether the followers here have fetched more of throttled replicas than they may.
    fn fetches_too_fast(&mut self, now: Now) -> bool {
        if self.throttles.follower.is_idle() {
            return false;
        }
        let bound = throttle_bound(&self.env.image, self.env.config.node_id, FOLLOWER_RATE);
        self.throttles.follower.exceeds(now.monotonic, bound)
    }

    /// A leader has answered a fetch, or the answer is lost.
    pub(crate) fn on_fetch_answer(
        &mut self,
        now: Now,
        fx: &mut Effects,
        leader: BrokerId,
        answer: Result<FetchResponse, Lost>,
    ) {
        let backoff_ms = self.env.config.replica_fetch_backoff_ms;
        let Some(fetcher) = self.fetchers.get_mut(&leader) else { return };
        match answer {
            Err(Lost) => fetcher.on_lost(now.monotonic, backoff_ms),
            Ok(response) => {
                let FetchResponse { error_code, session_id, .. } = response;
                if fetcher.on_answer(now.monotonic, error_code, session_id, backoff_ms) {
                    self.take_in(now, fx, leader, response);
                }
            }
        }
        self.maybe_fetch(now, fx, leader);
        let idle = self.fetchers.get(&leader).is_some_and(Fetcher::is_idle);
        let in_flight = self.peers.in_flight(Channel { node: leader, purpose: Purpose::Replica });
        if idle && in_flight == 0 {
            self.fetchers.remove(&leader);
            self.env.timers.cancel(&Timer::Fetcher(leader));
        }
    }

    /// Every partition of a leader's answer.
    fn take_in(&mut self, now: Now, fx: &mut Effects, leader: BrokerId, response: FetchResponse) {
        for topic in response.responses {
            for data in topic.partitions {
                let id = TopicIdPartition { topic_id: topic.topic_id, partition: data.partition_index };
                self.take_in_partition(now, fx, leader, id, data);
            }
        }
    }

    fn take_in_partition(
        &mut self,
        now: Now,
        fx: &mut Effects,
        leader: BrokerId,
        id: TopicIdPartition,
        data: PartitionData,
    ) {
        let asked = self.fetchers.get(&leader).and_then(|fetcher| fetcher.asked(id));
        let (Some(asked), Some(partition)) = (asked, self.partitions.get_mut(&id)) else { return };
        let ready = readiness(&self.env.config, Some(partition), leader) == Readiness::Ready(asked);
        // An answer to a question that is not open any more: the log or the leader has changed since.
        let stale_is_taken = self.env.config.has_flaw(Flaw::StaleFetchResponseApplied)
            && partition.log.is_open()
            && partition.follower().is_some();
        if !ready && !stale_is_taken {
            return;
        }
        let later = now.monotonic.after_ms(self.env.config.replica_fetch_backoff_ms);
        let cx = &mut self.env.cx(now, fx);
        match data.error_code {
            ErrorCode::NONE if data.diverging_epoch.end_offset >= 0 => {
                let diverging = (data.diverging_epoch.epoch, data.diverging_epoch.end_offset);
                self.on_divergence(now, fx, id, diverging, data.log_start_offset);
            }
            ErrorCode::NONE => {
                self.append_fetched(now, fx, leader, id, asked, &data);
            }
            ErrorCode::OFFSET_OUT_OF_RANGE => {
                // Below the leader's start, or behind its end with nothing to compare: what is here is of no use.
                let start = data.log_start_offset.max(0);
                partition.reset_to(cx, start);
                self.lower_recovery_point(now, fx, id);
            }
            ErrorCode::FENCED_LEADER_EPOCH => {
                self.fetchers.get_mut(&leader).expect("it was just asked").stop(id);
            }
            _ => self.fetchers.get_mut(&leader).expect("it was just asked").delay(id, later),
        }
    }

    /// Appends what a leader has sent and takes over its marks.
    fn append_fetched(
        &mut self,
        now: Now,
        fx: &mut Effects,
        leader: BrokerId,
        id: TopicIdPartition,
        asked: Position,
        data: &PartitionData,
    ) {
        let records = data.records.as_ref().map(klamm_wire::Records::to_bytes).unwrap_or_default();
        let later = now.monotonic.after_ms(self.env.config.replica_fetch_backoff_ms);
        let cx = &mut self.env.cx(now, fx);
        let partition = self.partitions.get_mut(&id).expect("it is followed");
        if let Some(start) = partition.log.begins_below(&records) {
            partition.begin_with(cx, start, records, asked.current_leader_epoch);
            return self.lower_recovery_point(now, fx, id);
        }
        let bytes = records.len();
        let appended = partition.log.append_as_follower(cx, records, asked.current_leader_epoch);
        let is_in_sync = data.high_watermark <= partition.log.log_end_offset();
        if partition.config.follower_throttled.contains(id.partition, cx.config.node_id) {
            self.throttles.follower.record(now.monotonic, bytes as u64);
        }
        self.fetchers.get_mut(&leader).expect("it was just asked").caught_up(id, is_in_sync);
        partition.on_leader_marks(cx, data.high_watermark, data.log_start_offset);
        self.dirty.insert(id);
        if appended.is_err() {
            self.fetchers.get_mut(&leader).expect("it was just asked").delay(id, later);
        }
    }

    /// The leader's history parts from this log's at or below the end of that epoch: cuts what it does not share.
    ///
    /// A leader has forgotten the epochs below its log's start: it cannot tell where histories part there, and names its
    /// start. What lies below is deleted, so nothing of it is kept: it might differ, and come back with an older start.
    fn on_divergence(
        &mut self,
        now: Now,
        fx: &mut Effects,
        id: TopicIdPartition,
        leader: (i32, i64),
        leader_start: Offset,
    ) {
        let cx = &mut self.env.cx(now, fx);
        let partition = self.partitions.get_mut(&id).expect("it is followed");
        let log = &mut partition.log;
        let own = log.end_offset_for_epoch(leader.0);
        let end = truncation_offset(leader, own, log.log_end_offset());
        if end >= log.log_end_offset() {
            // Only epochs in which nothing was written differ.
            return log.forget_epochs_from(cx, end);
        }
        let start = log.log_start_offset().max(leader_start);
        if end < log.log_start_offset() || end <= leader_start {
            partition.reset_to(cx, start);
        } else {
            partition.truncate_to(cx, end);
        }
        self.lower_recovery_point(now, fx, id);
    }

    /// A log is cut, or empty: goes on fetching.
    pub(crate) fn on_truncated(&mut self, now: Now, fx: &mut Effects, id: TopicIdPartition) {
        // Meanwhile this node may have been made the leader, which waited for the log.
        self.apply_partition_state(now, fx, id);
        self.fetch_on(now, fx, id);
    }
}

/// Whether a partition can be fetched from this leader, and from where.
fn readiness(config: &crate::config::Config, partition: Option<&Partition>, leader: BrokerId) -> Readiness {
    let Some(partition) = partition else { return Readiness::Absent };
    let Some(follower) = partition.follower().filter(|follower| follower.leader == Some(leader)) else {
        return Readiness::Absent;
    };
    if follower.truncating || !partition.log.is_open() {
        return Readiness::Absent;
    }
    if partition.log.stable_end(config) < partition.log.log_end_offset() {
        return Readiness::Waiting;
    }
    Readiness::Ready(Position {
        fetch_offset: partition.log.log_end_offset(),
        last_fetched_epoch: partition.log.latest_epoch().unwrap_or(-1),
        current_leader_epoch: follower.epoch,
        log_start_offset: partition.log.log_start_offset(),
    })
}

/// The fetch in an answer.
pub(super) fn fetch_in(response: Response) -> Result<FetchResponse, Lost> {
    match response {
        Response::Fetch(fetch) => Ok(fetch),
        other => unreachable!("a fetch is answered by {:?}", other.api_key()),
    }
}
