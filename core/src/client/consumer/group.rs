//! Membership in a classic group: join, sync, heartbeat, leave.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec;
use alloc::vec::Vec;

use klamm_wire::messages::join_group_request::JoinGroupRequestProtocol;
use klamm_wire::messages::leave_group_request::MemberIdentity;
use klamm_wire::messages::sync_group_request::SyncGroupRequestAssignment;
use klamm_wire::messages::{
    HeartbeatRequest, HeartbeatResponse, JoinGroupRequest, JoinGroupResponse, LeaveGroupRequest,
    SyncGroupRequest, SyncGroupResponse,
};
use klamm_wire::{ApiKey, ErrorCode, Str};

use super::assignor::{Assignor, Member};
use super::protocol::{
    PROTOCOL_TYPE, decode_assignment, decode_subscription, encode_assignment, encode_subscription,
};
use super::{Consumer, ConsumerError, ConsumerOutcome, Effects, StartAt, Tag};
use crate::client::{ClientEffect, ErrorClass, Lane, NodeRef};
use crate::time::{Now, Timestamp};
use crate::types::TopicPartition;

/// What a broker may add to the rebalance timeout before it answers a join.
const JOIN_SLACK_MS: u32 = 5_000;

/// | from | to | when |
/// |---|---|---|
/// | outside | joining | topics are subscribed, the owner polls and the backoff is over |
/// | joining | leading | the group is complete and this member computes the assignment |
/// | joining, leading | syncing | the assignment is sent, or awaited |
/// | syncing | stable | the assignment is there |
/// | stable | joining | the group or the subscription changed |
/// | any | outside | the coordinator does not know us, is lost, or refuses |
/// | any | refused | the coordinator will never take us |
#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    Outside {
        retry_at: Timestamp,
    },
    Joining,
    /// Leader, waiting for metadata of the members' topics.
    Leading {
        members: Vec<Member>,
        assignor: Assignor,
    },
    Syncing,
    Stable,
    Refused,
}

/// This consumer as a member of its group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Membership {
    state: State,
    member_id: Str,
    generation: i32,
    protocol: Option<Str>,
    /// Join again as soon as the owner polls.
    rejoin: bool,
    /// Distinguishes this attempt from earlier ones, whose answers are ignored.
    attempt: u64,
    failures: u32,
    heartbeat_at: Timestamp,
    heartbeat_in_flight: bool,
    /// Partition counts that the assignment was computed from; a change calls for another one.
    counts: Option<BTreeMap<Str, i32>>,
}

impl Default for Membership {
    fn default() -> Self {
        Self {
            state: State::Outside { retry_at: Timestamp::default() },
            member_id: Str::default(),
            generation: -1,
            protocol: None,
            rejoin: false,
            attempt: 0,
            failures: 0,
            heartbeat_at: Timestamp::default(),
            heartbeat_in_flight: false,
            counts: None,
        }
    }
}

impl Membership {
    /// Member id and generation for requests; empty and -1 outside of a group.
    pub(super) fn identity(&self) -> (Str, i32) {
        match self.state {
            State::Outside { .. } | State::Refused => (Str::default(), -1),
            _ if self.generation < 0 => (Str::default(), -1),
            _ => (self.member_id.clone(), self.generation),
        }
    }

    /// Whether the coordinator counts us as a member, perhaps one that is still joining.
    pub(super) fn is_inside(&self) -> bool {
        !self.member_id.is_empty() && self.state != State::Refused
    }

    pub(super) fn is_stable(&self) -> bool {
        self.state == State::Stable && !self.rejoin
    }

    pub(super) fn want_rejoin(&mut self) {
        self.rejoin = true;
    }

    fn is_joining(&self) -> bool {
        matches!(self.state, State::Joining)
    }

    /// A membership that has not begun; answers to the old one are ignored.
    pub(super) fn anew(&self) -> Self {
        Self { attempt: self.attempt + 1, ..Self::default() }
    }

    fn outside(&mut self, retry_at: Timestamp) {
        self.state = State::Outside { retry_at };
        self.attempt += 1;
        self.heartbeat_in_flight = false;
        self.rejoin = false;
    }
}

impl Consumer {
    /// The coordinator, if a request can be sent to it now.
    pub(super) fn coordinator(&mut self, now: Now, lane: Lane, fx: &mut Effects) -> Option<NodeRef> {
        let group = self.config.group.as_ref()?.group_id.clone();
        let node = match self.cluster.coordinator(&group, lane) {
            Ok(node) => node?,
            Err(code) => {
                self.membership.state = State::Refused;
                self.report(ConsumerError::Group(code), fx);
                return None;
            }
        };
        self.known_coordinator = Some(node.clone());
        self.cluster.is_ready(now, &node, fx).then_some(node)
    }

    pub(super) fn forget_coordinator(&mut self, now: Now) {
        if let Some(group) = &self.config.group {
            self.known_coordinator = None;
            let group_id = group.group_id.clone();
            self.cluster.forget_coordinator(now, &group_id);
        }
    }

    fn is_cooperative(&self) -> bool {
        self.config.group.as_ref().is_some_and(super::GroupConfig::is_cooperative)
    }

    /// Moves membership on as far as it goes without an answer.
    pub(super) fn maybe_advance_membership(&mut self, now: Now, fx: &mut Effects) {
        if self.topics.is_empty() || self.config.group.is_none() {
            return;
        }
        if self.poll_overdue(now) {
            return self.leave_for_silence(now, fx);
        }
        let wants_in = match &self.membership.state {
            State::Outside { retry_at } => *retry_at <= now.monotonic,
            State::Stable => self.membership.rejoin,
            _ => false,
        };
        // Partitions are given up only while the owner polls: what it got before is processed then.
        if wants_in && self.is_polling() {
            self.join(now, fx);
        }
        if let State::Leading { .. } = self.membership.state {
            self.maybe_assign(now, fx);
        }
        self.maybe_heartbeat(now, fx);
    }

    fn join(&mut self, now: Now, fx: &mut Effects) {
        let Some(node) = self.coordinator(now, Lane::Coordinator, fx) else { return };
        let Some(version) = self.cluster.version(&node, ApiKey::JoinGroup, i16::MAX) else {
            return self.report(ConsumerError::Unsupported(ApiKey::JoinGroup), fx);
        };
        if self.auto_commits() {
            // On the same connection and in front of the join, so the coordinator sees it before the rebalance ends.
            let offsets = self.uncommitted();
            self.begin_commit(now, offsets, true, fx);
            self.maybe_send_commits(now, fx);
        }
        if !self.is_cooperative() {
            self.revoke_all(fx);
        }
        let group = self.config.group.clone().expect("checked by the caller");
        let owned: Vec<TopicPartition> = self.owned_before.iter().cloned().collect();
        let generation = self.membership.generation;
        let protocols = group.assignors.iter().map(|assignor| JoinGroupRequestProtocol {
            name: assignor.name().into(),
            metadata: encode_subscription(*assignor, &self.topics, &owned, generation),
        });
        let request = JoinGroupRequest {
            group_id: group.group_id,
            session_timeout_ms: i32::try_from(group.session_timeout_ms).unwrap_or(i32::MAX),
            rebalance_timeout_ms: i32::try_from(group.max_poll_interval_ms).unwrap_or(i32::MAX),
            member_id: self.membership.member_id.clone(),
            group_instance_id: group.instance_id.filter(|_| version >= 5),
            protocol_type: PROTOCOL_TYPE.into(),
            protocols: protocols.collect(),
            reason: None,
        };
        self.membership.attempt += 1;
        self.membership.state = State::Joining;
        self.membership.rejoin = false;
        self.membership.heartbeat_in_flight = false;
        let tag = Tag::Join(self.membership.attempt);
        let timeout_ms = group.max_poll_interval_ms.saturating_add(JOIN_SLACK_MS);
        self.cluster.send_within(now, &node, tag, version, request.into(), timeout_ms, fx);
    }

    pub(super) fn on_joined(
        &mut self,
        now: Now,
        attempt: u64,
        response: &JoinGroupResponse,
        fx: &mut Effects,
    ) {
        if attempt != self.membership.attempt {
            return;
        }
        if response.error_code == ErrorCode::MEMBER_ID_REQUIRED {
            // The id is ours now; only with it does the group wait for us (KIP-394).
            self.membership.member_id = response.member_id.clone();
            self.membership.outside(now.monotonic);
            return;
        }
        if response.error_code != ErrorCode::NONE {
            return self.on_group_error(now, response.error_code, fx);
        }
        self.membership.failures = 0;
        self.membership.member_id = response.member_id.clone();
        self.membership.generation = response.generation_id;
        self.membership.protocol = response.protocol_name.clone();
        self.membership.counts = None;
        self.membership.heartbeat_at = self.next_heartbeat(now);
        let leads = response.leader == response.member_id && !response.skip_assignment;
        if !leads {
            return self.sync(now, vec![], fx);
        }
        let assignor = response.protocol_name.as_deref().and_then(Assignor::from_name);
        let Some(assignor) = assignor else {
            return self.on_group_error(now, ErrorCode::INCONSISTENT_GROUP_PROTOCOL, fx);
        };
        let members = response.members.iter().filter_map(|member| {
            decode_subscription(&member.member_id, member.group_instance_id.as_ref(), &member.metadata)
        });
        let members: Vec<Member> = members.collect();
        for topic in members.iter().flat_map(|member| &member.topics) {
            self.cluster.add_topic(topic);
        }
        self.membership.state = State::Leading { members, assignor };
        self.maybe_assign(now, fx);
    }

    /// Computes the assignment once metadata says something about every topic of the group.
    fn maybe_assign(&mut self, now: Now, fx: &mut Effects) {
        let State::Leading { members, assignor } = &self.membership.state else { return };
        let topics: BTreeSet<&Str> = members.iter().flat_map(|member| &member.topics).collect();
        if topics.iter().any(|topic| !self.cluster.metadata.topics.contains_key(*topic)) {
            self.cluster.refresh_metadata();
            return;
        }
        let counts = self.partition_counts(topics.into_iter());
        let assignment = assignor.assign(members, &counts);
        let assignments = assignment.iter().map(|(member_id, partitions)| SyncGroupRequestAssignment {
            member_id: member_id.clone(),
            assignment: encode_assignment(partitions),
        });
        let assignments = assignments.collect();
        self.membership.counts = Some(counts);
        self.sync(now, assignments, fx);
    }

    fn partition_counts<'a>(&self, topics: impl Iterator<Item = &'a Str>) -> BTreeMap<Str, i32> {
        let known = topics.filter_map(|topic| {
            let metadata = self.cluster.metadata.usable_topic(topic)?;
            Some((topic.clone(), metadata.partition_count()))
        });
        known.collect()
    }

    fn sync(&mut self, now: Now, assignments: Vec<SyncGroupRequestAssignment>, fx: &mut Effects) {
        let Some(node) = self.coordinator(now, Lane::Coordinator, fx) else {
            // The connection broke after the join was answered: the group goes on without this attempt.
            return self.membership.outside(now.monotonic);
        };
        let Some(version) = self.cluster.version(&node, ApiKey::SyncGroup, i16::MAX) else {
            return self.report(ConsumerError::Unsupported(ApiKey::SyncGroup), fx);
        };
        let group = self.config.group.clone().expect("members have a group");
        let request = SyncGroupRequest {
            group_id: group.group_id,
            generation_id: self.membership.generation,
            member_id: self.membership.member_id.clone(),
            group_instance_id: group.instance_id.filter(|_| version >= 3),
            protocol_type: Some(PROTOCOL_TYPE.into()),
            protocol_name: self.membership.protocol.clone(),
            assignments,
        };
        self.membership.state = State::Syncing;
        let tag = Tag::Sync(self.membership.attempt);
        let timeout_ms = group.max_poll_interval_ms.saturating_add(JOIN_SLACK_MS);
        self.cluster.send_within(now, &node, tag, version, request.into(), timeout_ms, fx);
    }

    pub(super) fn on_synced(
        &mut self,
        now: Now,
        attempt: u64,
        response: &SyncGroupResponse,
        fx: &mut Effects,
    ) {
        if attempt != self.membership.attempt {
            return;
        }
        if response.error_code != ErrorCode::NONE {
            return self.on_group_error(now, response.error_code, fx);
        }
        let Some(assigned) = decode_assignment(&response.assignment) else {
            return self.on_group_error(now, ErrorCode::INCONSISTENT_GROUP_PROTOCOL, fx);
        };
        self.membership.state = State::Stable;
        self.membership.heartbeat_at = self.next_heartbeat(now);
        for partition in &assigned {
            self.cluster.add_topic(&partition.topic);
        }
        let owned: BTreeSet<TopicPartition> = self.partitions.names().cloned().collect();
        let lost: Vec<TopicPartition> = owned.difference(&assigned).cloned().collect();
        if !lost.is_empty() {
            assert!(self.is_cooperative(), "an eager member has given everything up before it joined");
            self.revoke(lost, fx);
            self.membership.rejoin = true; // so that others can have them
        }
        let gained: Vec<TopicPartition> = assigned.difference(&owned).cloned().collect();
        for partition in &gained {
            self.partitions.add(partition.clone(), StartAt::Committed);
        }
        self.owned_before = assigned;
        self.auto_commit_at = now.monotonic.after_ms(i64::from(self.config.auto_commit_interval_ms));
        fx.push(ClientEffect::Outcome(ConsumerOutcome::Assigned(gained)));
    }

    fn next_heartbeat(&self, now: Now) -> Timestamp {
        let interval_ms = self.config.group.as_ref().map_or(0, |group| group.heartbeat_interval_ms);
        now.monotonic.after_ms(i64::from(interval_ms))
    }

    fn maybe_heartbeat(&mut self, now: Now, fx: &mut Effects) {
        let awaited = matches!(self.membership.state, State::Stable | State::Leading { .. });
        if !awaited || self.membership.heartbeat_in_flight || self.membership.heartbeat_at > now.monotonic {
            return;
        }
        let Some(node) = self.coordinator(now, Lane::Coordinator, fx) else { return };
        let Some(version) = self.cluster.version(&node, ApiKey::Heartbeat, i16::MAX) else { return };
        let group = self.config.group.clone().expect("members have a group");
        let request = HeartbeatRequest {
            group_id: group.group_id,
            generation_id: self.membership.generation,
            member_id: self.membership.member_id.clone(),
            group_instance_id: group.instance_id.filter(|_| version >= 3),
        };
        self.membership.heartbeat_in_flight = true;
        let tag = Tag::Heartbeat(self.membership.attempt);
        // A coordinator that is silent for a whole session is not worth waiting for.
        let timeout_ms = group.session_timeout_ms;
        self.cluster.send_within(now, &node, tag, version, request.into(), timeout_ms, fx);
    }

    pub(super) fn on_heartbeat(
        &mut self,
        now: Now,
        attempt: u64,
        response: &HeartbeatResponse,
        fx: &mut Effects,
    ) {
        if attempt != self.membership.attempt {
            return;
        }
        self.membership.heartbeat_in_flight = false;
        self.membership.heartbeat_at = self.next_heartbeat(now);
        match response.error_code {
            ErrorCode::NONE => {}
            ErrorCode::REBALANCE_IN_PROGRESS => self.membership.want_rejoin(),
            code => self.on_group_error(now, code, fx),
        }
    }

    /// A join, sync or heartbeat will not be answered.
    pub(super) fn on_group_request_lost(&mut self, now: Now, attempt: u64) {
        self.forget_coordinator(now);
        if attempt != self.membership.attempt {
            return;
        }
        self.membership.heartbeat_in_flight = false;
        if self.membership.state != State::Stable {
            self.step_out(now);
        }
    }

    fn step_out(&mut self, now: Now) {
        self.membership.failures += 1;
        let retry_at = self.cluster.retry_at(now, self.membership.failures);
        self.membership.outside(retry_at);
    }

    /// What a member does about an error of its coordinator.
    pub(super) fn on_group_error(&mut self, now: Now, code: ErrorCode, fx: &mut Effects) {
        match (code, ErrorClass::of(code)) {
            (ErrorCode::REBALANCE_IN_PROGRESS, _) => match self.membership.state {
                State::Stable => self.membership.want_rejoin(),
                _ => self.step_out(now),
            },
            (ErrorCode::UNKNOWN_MEMBER_ID | ErrorCode::ILLEGAL_GENERATION, _) => {
                self.on_membership_error(now, code, fx);
            }
            (_, ErrorClass::FindCoordinator) => {
                self.forget_coordinator(now);
                if self.membership.state != State::Stable {
                    self.step_out(now);
                }
            }
            (_, class) if class.is_retriable() => {
                if self.membership.state != State::Stable {
                    self.step_out(now);
                }
            }
            _ => {
                self.lose_all(fx);
                self.membership = self.membership.anew();
                self.membership.state = State::Refused;
                self.report(ConsumerError::Group(code), fx);
            }
        }
    }

    /// The coordinator does not know this member, or not in this generation: partitions may have other owners by
    /// now.
    pub(super) fn on_membership_error(&mut self, now: Now, code: ErrorCode, fx: &mut Effects) {
        match code {
            ErrorCode::UNKNOWN_MEMBER_ID | ErrorCode::FENCED_INSTANCE_ID => {
                self.membership.member_id = Str::default();
            }
            ErrorCode::ILLEGAL_GENERATION => {}
            ErrorCode::REBALANCE_IN_PROGRESS => return self.membership.want_rejoin(),
            _ => return,
        }
        if self.topics.is_empty() {
            return; // assigned by hand: there is no membership to repair
        }
        self.membership.generation = -1;
        self.lose_all(fx);
        self.owned_before.clear();
        self.step_out(now);
    }

    /// The partitions of a subscription are gone without a chance to commit.
    fn lose_all(&mut self, fx: &mut Effects) {
        let lost = self.partitions.clear();
        self.committed.clear();
        self.commits.retain(|commit| !commit.automatic);
        if !lost.is_empty() {
            fx.push(ClientEffect::Outcome(ConsumerOutcome::Lost(lost)));
        }
    }

    fn revoke_all(&mut self, fx: &mut Effects) {
        let revoked = self.partitions.clear();
        self.committed.clear();
        if !revoked.is_empty() {
            fx.push(ClientEffect::Outcome(ConsumerOutcome::Revoked(revoked)));
        }
    }

    fn revoke(&mut self, partitions: Vec<TopicPartition>, fx: &mut Effects) {
        for partition in &partitions {
            self.partitions.remove(partition);
            self.committed.remove(partition);
        }
        fx.push(ClientEffect::Outcome(ConsumerOutcome::Revoked(partitions)));
    }

    /// The subscription or the number of partitions has changed: the group has to be computed anew.
    pub(super) fn maybe_rejoin_for_metadata(&mut self) {
        let Some(counts) = &self.membership.counts else { return };
        let topics: BTreeSet<Str> = counts.keys().chain(&self.topics).cloned().collect();
        let now_counts = self.partition_counts(topics.iter());
        // A topic that is missing for a moment keeps its owners.
        if now_counts.iter().any(|(topic, count)| counts.get(topic) != Some(count)) {
            self.membership.want_rejoin();
        }
    }

    /// The owner has not polled for `max.poll.interval.ms`: others should get the partitions.
    fn leave_for_silence(&mut self, now: Now, fx: &mut Effects) {
        if !self.membership.is_inside() {
            return;
        }
        self.send_leave(now, fx);
        self.lose_all(fx);
        self.owned_before.clear();
        self.membership.member_id = Str::default();
        self.membership.generation = -1;
        self.membership.outside(now.monotonic);
        self.report(ConsumerError::PollTooLate, fx);
    }

    /// Says goodbye. Static members stay: their id comes back.
    pub(super) fn send_leave(&mut self, now: Now, fx: &mut Effects) -> bool {
        let Some(group) = self.config.group.clone() else { return false };
        if group.instance_id.is_some() || !self.membership.is_inside() {
            return false;
        }
        // Behind a parked join nothing would be read.
        let lane = if self.membership.is_joining() { Lane::Data } else { Lane::Coordinator };
        let Some(node) = self.coordinator(now, lane, fx) else { return false };
        let Some(version) = self.cluster.version(&node, ApiKey::LeaveGroup, i16::MAX) else { return false };
        let member_id = self.membership.member_id.clone();
        let mut request = LeaveGroupRequest { group_id: group.group_id, ..Default::default() };
        if version >= 3 {
            let member = MemberIdentity { member_id, ..Default::default() };
            request.members = vec![member];
        } else {
            request.member_id = member_id;
        }
        self.cluster.send(now, &node, Tag::Leave, version, request.into(), fx);
        true
    }

    pub(super) fn next_membership_deadline(&self) -> Option<Timestamp> {
        if self.topics.is_empty() || self.config.group.is_none() {
            return None;
        }
        let due = match &self.membership.state {
            State::Outside { retry_at } if self.is_polling() => Some(*retry_at),
            State::Stable | State::Leading { .. } if !self.membership.heartbeat_in_flight => {
                Some(self.membership.heartbeat_at)
            }
            _ => None,
        };
        // Without a coordinator it is the search for one that has a deadline.
        let node = self.known_coordinator.as_ref();
        let send = due.and_then(|at| self.cluster.can_send_at(node?, at, usize::MAX));
        send.into_iter().chain(self.poll_deadline()).min()
    }
}
