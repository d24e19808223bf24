//! Committing: on command, every `auto.commit.interval.ms`, before a rebalance, at the end.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use klamm_wire::messages::offset_commit_request::{OffsetCommitRequestPartition, OffsetCommitRequestTopic};
use klamm_wire::messages::{OffsetCommitRequest, OffsetCommitResponse};
use klamm_wire::{ApiKey, ErrorCode, Str};

use super::subscription::Position;
use super::{Consumer, ConsumerError, ConsumerOutcome, Effects, Tag};
use crate::client::{ClientEffect, ErrorClass, Lane};
use crate::time::{Now, Timestamp};
use crate::types::{LeaderEpoch, Offset, TopicPartition};

/// The last version that names topics; later ones carry their ids.
const LAST_VERSION_WITH_NAMES: i16 = 9;

/// Next offset and leader epoch by partition.
pub(super) type Offsets = BTreeMap<TopicPartition, (Offset, LeaderEpoch)>;

/// A commit that waits for the coordinator, or for a retry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PendingCommit {
    pub(super) offsets: Offsets,
    pub(super) automatic: bool,
    failures: u32,
    retry_at: Timestamp,
    /// Given up then; an automatic one is overtaken by the next instead.
    deadline: Timestamp,
}

impl Consumer {
    /// Positions of everything that was handed out, as far as they are not committed.
    pub(super) fn uncommitted(&self) -> Offsets {
        let known = |state: &super::PartitionState| state.position == Position::At;
        let all = self.partitions.iter().filter(|(_, state)| known(state));
        let offsets = all.map(|(name, state)| (name.clone(), (state.next, state.leader_epoch)));
        offsets.filter(|(name, (offset, _))| self.committed.get(name) != Some(offset)).collect()
    }

    /// Takes a commit in hand; with nothing to commit it is done at once.
    pub(super) fn begin_commit(&mut self, now: Now, offsets: Offsets, automatic: bool, fx: &mut Effects) {
        if offsets.is_empty() {
            if !automatic {
                let offsets = BTreeMap::new();
                let error = ErrorCode::NONE;
                fx.push(ClientEffect::Outcome(ConsumerOutcome::Committed { offsets, error, automatic }));
            }
            return;
        }
        let timeout_ms = i64::from(self.config.cluster.request_timeout_ms);
        self.commits.push_back(PendingCommit {
            offsets,
            automatic,
            failures: 0,
            retry_at: Timestamp::default(),
            deadline: now.monotonic.after_ms(timeout_ms),
        });
    }

    /// Begins an automatic commit when one is due. Called while the owner polls: what was handed out before is
    /// processed by then.
    pub(super) fn maybe_auto_commit(&mut self, now: Now, fx: &mut Effects) {
        if !self.auto_commits() || self.auto_commit_at > now.monotonic {
            return;
        }
        self.auto_commit_at = now.monotonic.after_ms(i64::from(self.config.auto_commit_interval_ms));
        if self.commits.iter().any(|commit| commit.automatic) {
            return; // the last one still waits
        }
        let offsets = self.uncommitted();
        self.begin_commit(now, offsets, true, fx);
    }

    pub(super) fn auto_commits(&self) -> bool {
        self.config.enable_auto_commit && self.config.group.is_some()
    }

    /// Sends commits that wait, in order.
    pub(super) fn maybe_send_commits(&mut self, now: Now, fx: &mut Effects) {
        while let Some(first) = self.commits.front() {
            if first.deadline <= now.monotonic {
                let expired = self.commits.pop_front().expect("there is a first one");
                self.finish_commit(expired, ErrorCode::REQUEST_TIMED_OUT, fx);
                continue;
            }
            if first.retry_at > now.monotonic {
                return;
            }
            let Some(node) = self.coordinator(now, Lane::Coordinator, fx) else { return };
            let Some(version) = self.cluster.version(&node, ApiKey::OffsetCommit, LAST_VERSION_WITH_NAMES)
            else {
                return self.report(ConsumerError::Unsupported(ApiKey::OffsetCommit), fx);
            };
            let commit = self.commits.pop_front().expect("there is a first one");
            let request = self.commit_request(&commit.offsets, version);
            self.commits_in_flight += 1;
            self.cluster.send(now, &node, Tag::Commit(commit), version, request.into(), fx);
        }
    }

    fn commit_request(&self, offsets: &Offsets, version: i16) -> OffsetCommitRequest {
        let group = self.config.group.as_ref().expect("only groups commit");
        let mut topics: BTreeMap<Str, Vec<OffsetCommitRequestPartition>> = BTreeMap::new();
        for (name, (offset, leader_epoch)) in offsets {
            topics.entry(name.topic.clone()).or_default().push(OffsetCommitRequestPartition {
                partition_index: name.partition,
                committed_offset: *offset,
                committed_leader_epoch: *leader_epoch,
                committed_metadata: Some(Str::default()),
            });
        }
        let by_name =
            |(name, partitions)| OffsetCommitRequestTopic { name, partitions, ..Default::default() };
        let (member_id, generation) = self.membership.identity();
        OffsetCommitRequest {
            group_id: group.group_id.clone(),
            generation_id_or_member_epoch: generation,
            member_id,
            group_instance_id: group.instance_id.clone().filter(|_| version >= 7 && generation >= 0),
            topics: topics.into_iter().map(by_name).collect(),
            ..Default::default()
        }
    }

    pub(super) fn on_commit_answered(
        &mut self,
        now: Now,
        commit: PendingCommit,
        response: &OffsetCommitResponse,
        fx: &mut Effects,
    ) {
        let codes = response.topics.iter().flat_map(|topic| &topic.partitions).map(|p| p.error_code);
        let worst = codes
            .filter(|code| *code != ErrorCode::NONE)
            .max_by_key(|code| (ErrorClass::of(*code) == ErrorClass::Fatal, core::cmp::Reverse(code.0)));
        let Some(code) = worst else {
            return self.finish_commit(commit, ErrorCode::NONE, fx);
        };
        if ErrorClass::of(code).is_retriable() {
            if ErrorClass::of(code) == ErrorClass::FindCoordinator {
                self.forget_coordinator(now);
            }
            return self.retry_commit(now, commit);
        }
        self.on_membership_error(now, code, fx);
        self.finish_commit(commit, code, fx);
    }

    /// The coordinator may or may not have it; committing the same offsets again does no harm.
    pub(super) fn retry_commit(&mut self, now: Now, mut commit: PendingCommit) {
        commit.failures += 1;
        commit.retry_at = self.cluster.retry_at(now, commit.failures);
        // In front: a later commit of the same partition must stay later.
        self.commits.push_front(commit);
    }

    fn finish_commit(&mut self, commit: PendingCommit, error: ErrorCode, fx: &mut Effects) {
        let automatic = commit.automatic;
        let offsets: BTreeMap<TopicPartition, Offset> =
            commit.offsets.into_iter().map(|(name, (offset, _))| (name, offset)).collect();
        if error == ErrorCode::NONE {
            let ours = |name: &TopicPartition| self.partitions.contains(name);
            let kept = offsets.iter().filter(|(name, _)| ours(name));
            self.committed.extend(kept.map(|(name, offset)| (name.clone(), *offset)));
        }
        fx.push(ClientEffect::Outcome(ConsumerOutcome::Committed { offsets, error, automatic }));
    }

    pub(super) fn next_commit_deadline(&self) -> Option<Timestamp> {
        let first = self.commits.front();
        let node = self.known_coordinator.as_ref()?;
        let send = first.and_then(|first| self.cluster.can_send_at(node, first.retry_at, usize::MAX));
        let expiry = first.map(|first| first.deadline);
        let due = self.auto_commits() && self.is_polling() && !self.partitions.is_empty();
        [send, expiry, due.then_some(self.auto_commit_at)].into_iter().flatten().min()
    }
}
