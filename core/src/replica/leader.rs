//! The leader of a partition: who follows, who is in sync, and what is committed.
//!
//! Two sets matter. The *committed* ISR is what the controller has recorded; a new produce is measured against it.
//! The *maximal* ISR also holds followers whose joining is proposed: the controller may have recorded them already, so
//! whatever is acknowledged must be on them, too. A proposed removal removes nobody until it is confirmed.
//!
//! Source: KIP-497, KIP-966, KIP-903, KIP-841; `AsyncIsr.tla`. Kafka: `Partition`, `Replica`.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use klamm_wire::ErrorCode;
use klamm_wire::messages::alter_partition_response::PartitionData;

use crate::config::Config;
use crate::cx::Cx;
use crate::flaw::Flaw;
use crate::image::{LeaderRecovery, MetadataImage, PartitionState};
use crate::time::Timestamp;
use crate::types::{BrokerId, LeaderEpoch, Offset};

/// A follower that does not say its broker epoch: its registration is not compared.
const UNKNOWN_BROKER_EPOCH: i64 = -1;

/// How far a follower has come.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Progress {
    /// Everything below is on the follower, as its flush policy counts it. `None` until it has fetched in this epoch.
    pub(crate) log_end_offset: Option<Offset>,
    pub(crate) log_start_offset: Offset,
    /// When it last held everything the leader had at that time.
    pub(super) last_caught_up: Timestamp,
    last_fetch: Timestamp,
    /// The leader's end when it fetched last.
    leader_end_at_fetch: Offset,
    /// Of the registration it fetches under.
    broker_epoch: i64,
}

/// What a follower's fetch says about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FollowerFetch {
    pub(crate) replica: BrokerId,
    /// -1 if the request's version does not carry it.
    pub(crate) broker_epoch: i64,
    pub(crate) fetch_offset: Offset,
    pub(crate) log_start_offset: Offset,
}

/// A change of the ISR that the controller is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Proposal {
    /// The whole new ISR with the broker epochs the leader has seen; -1 where it has seen none.
    pub(crate) isr: Vec<(BrokerId, i64)>,
    /// The state it changes.
    pub(crate) partition_epoch: i32,
    pub(crate) recovery: LeaderRecovery,
}

/// What the controller's answer to a proposal means for the one who sends them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Altered {
    /// It is not to be sent again.
    Settled,
    /// It is to be sent again.
    Retry,
}

/// The state of one leadership.
///
/// - One proposal at a time; none is made while one is not answered.
/// - Followers are those of the assignment, without this node.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Leader {
    node_id: BrokerId,
    epoch: LeaderEpoch,
    /// Where the epoch begins: everything below is from other leaders.
    epoch_start_offset: Offset,
    /// As recorded by the controller.
    state: PartitionState,
    proposal: Option<Proposal>,
    followers: BTreeMap<BrokerId, Progress>,
}

impl Leader {
    /// Leads the epoch of `state` from now on, at the end of the log.
    pub(crate) fn new(cx: &Cx<'_>, state: PartitionState, epoch_start_offset: Offset) -> Self {
        let mut leader = Self {
            node_id: cx.config.node_id,
            epoch: state.leader_epoch,
            epoch_start_offset,
            state,
            proposal: None,
            followers: BTreeMap::new(),
        };
        leader.take_assignment(cx);
        if leader.state.recovery == LeaderRecovery::Recovering {
            // Nothing is restored after an unclean election: what this replica holds is what there is.
            let isr = leader.state.isr.iter().map(|id| (*id, UNKNOWN_BROKER_EPOCH)).collect();
            leader.propose(isr);
        }
        leader
    }

    pub(super) fn node_id(&self) -> BrokerId {
        self.node_id
    }

    pub(crate) fn epoch(&self) -> LeaderEpoch {
        self.epoch
    }

    pub(crate) fn epoch_start_offset(&self) -> Offset {
        self.epoch_start_offset
    }

    pub(crate) fn partition_epoch(&self) -> i32 {
        self.state.partition_epoch
    }

    /// The ISR as the controller has recorded it.
    pub(crate) fn isr(&self) -> &[BrokerId] {
        &self.state.isr
    }

    /// The change that waits for the controller.
    pub(crate) fn proposal(&self) -> Option<&Proposal> {
        self.proposal.as_ref()
    }

    /// The other replicas and how far they have come.
    pub(crate) fn followers(&self) -> impl Iterator<Item = (BrokerId, &Progress)> {
        self.followers.iter().map(|(id, progress)| (*id, progress))
    }

    /// Whether the follower belongs to the assignment.
    pub(crate) fn is_follower(&self, replica: BrokerId) -> bool {
        self.followers.contains_key(&replica)
    }

    /// Takes over what the controller has recorded since, in the same leader epoch.
    pub(crate) fn on_state(&mut self, cx: &Cx<'_>, state: PartitionState) {
        assert_eq!(state.leader_epoch, self.epoch, "another epoch is another leadership");
        if state.partition_epoch < self.state.partition_epoch {
            return;
        }
        if self.proposal.as_ref().is_some_and(|proposal| proposal.partition_epoch < state.partition_epoch) {
            // Recorded, or overtaken by another change: either way it can not happen any more.
            self.proposal = None;
        }
        self.state = state;
        self.take_assignment(cx);
    }

    fn take_assignment(&mut self, cx: &Cx<'_>) {
        let (now, node_id) = (cx.now.monotonic, self.node_id);
        let Self { followers, state, .. } = self;
        followers.retain(|id, _| state.replicas.contains(id));
        for id in state.replicas.iter().filter(|id| **id != node_id) {
            // A member of the ISR has a whole lag time to show itself; others have never caught up.
            let in_sync = state.isr.contains(id);
            followers.entry(*id).or_insert_with(|| Progress {
                log_end_offset: None,
                log_start_offset: -1,
                last_caught_up: if in_sync { now } else { Timestamp::default() },
                last_fetch: Timestamp::default(),
                leader_end_at_fetch: 0,
                broker_epoch: UNKNOWN_BROKER_EPOCH,
            });
        }
    }

    /// Whether everything acknowledged has to be on this replica.
    pub(crate) fn is_in_maximal_isr(&self, config: &Config, replica: BrokerId) -> bool {
        let proposed = self.proposal.as_ref().map(|proposal| &proposal.isr);
        if config.has_flaw(Flaw::ShrinkAppliedBeforeAck)
            && let Some(proposed) = proposed
        {
            return proposed.iter().any(|(id, _)| *id == replica);
        }
        self.state.isr.contains(&replica)
            || proposed.is_some_and(|isr| isr.iter().any(|(id, _)| *id == replica))
    }

    /// How many replicas hold everything acknowledged, this one included.
    pub(crate) fn maximal_isr_size(&self, config: &Config) -> usize {
        self.state.replicas.iter().filter(|id| self.is_in_maximal_isr(config, **id)).count()
    }

    /// How many replicas have to be in sync; never more than there are.
    pub(crate) fn effective_min_isr(&self, min_insync_replicas: i32) -> usize {
        usize::try_from(min_insync_replicas).unwrap_or(0).min(self.state.replicas.len())
    }

    /// Where the high watermark may stand, given what this node counts as held itself: the smallest end in the maximal
    /// ISR, and of followers that are about to join it. `None` below `min.insync.replicas`.
    ///
    /// Source: KIP-966 (strict min ISR). Kafka: `Partition.maybeIncrementLeaderHW`.
    pub(crate) fn committed_end(
        &self,
        cx: &Cx<'_>,
        stable_end: Offset,
        min_insync_replicas: i32,
    ) -> Option<Offset> {
        if self.state.isr.len() < self.effective_min_isr(min_insync_replicas) {
            return None;
        }
        let counts = |id: BrokerId, progress: &Progress| {
            self.is_in_maximal_isr(cx.config, id)
                || (self.is_eligible(cx, id, progress) && !self.is_late(cx, progress))
        };
        let ends = self.followers.iter().filter(|(id, progress)| counts(**id, progress));
        ends.map(|(_, progress)| progress.log_end_offset.unwrap_or(-1)).chain([stable_end]).min()
    }

    /// A follower has fetched without error or divergence: everything below its offset is on it.
    ///
    /// Returns whether its log starts elsewhere than before.
    ///
    /// Source: Kafka's `Replica.updateFetchStateOrThrow`.
    pub(crate) fn on_fetch(&mut self, now: Timestamp, fetch: FollowerFetch, log_end_offset: Offset) -> bool {
        let progress = self.followers.get_mut(&fetch.replica).expect("followers are of the assignment");
        if fetch.fetch_offset >= log_end_offset {
            progress.last_caught_up = progress.last_caught_up.max(now);
        } else if fetch.fetch_offset >= progress.leader_end_at_fetch {
            progress.last_caught_up = progress.last_caught_up.max(progress.last_fetch);
        }
        progress.log_end_offset = Some(fetch.fetch_offset);
        let start = core::mem::replace(&mut progress.log_start_offset, fetch.log_start_offset);
        progress.leader_end_at_fetch = log_end_offset;
        progress.last_fetch = now;
        progress.broker_epoch = fetch.broker_epoch;
        start != fetch.log_start_offset
    }

    /// Where every replica that lives has begun to keep records at least: below, nobody has any. -1 while one has not
    /// said where its log starts.
    ///
    /// Kafka: `Partition.lowWatermarkIfLeader`.
    pub(crate) fn low_watermark(&self, image: &MetadataImage, own_start: Offset) -> Offset {
        let lives = |id: &BrokerId| image.brokers.get(id).is_some_and(|broker| !broker.fenced);
        let followers = self.followers.iter().filter(|(id, _)| lives(id));
        followers.map(|(_, progress)| progress.log_start_offset).chain([own_start]).min().expect("its own")
    }

    /// Proposes a follower for the ISR if it may join; whether it did.
    ///
    /// It must have reached the high watermark *and* the start of this epoch: the watermark of a new leader may be
    /// older than what its predecessor has committed (KAFKA-7128).
    pub(crate) fn maybe_expand(&mut self, cx: &Cx<'_>, replica: BrokerId, high_watermark: Offset) -> bool {
        let Some(progress) = self.followers.get(&replica) else { return false };
        let Some(end) = progress.log_end_offset else { return false };
        let start =
            if cx.config.has_flaw(Flaw::IsrJoinBelowEpochStart) { 0 } else { self.epoch_start_offset };
        let joins = self.proposal.is_none()
            && !self.state.isr.contains(&replica)
            && end >= high_watermark
            && end >= start
            && self.is_eligible(cx, replica, progress);
        if joins {
            let members = self.state.isr.iter().copied().chain([replica]);
            let isr = members.map(|id| (id, self.broker_epoch(cx, id))).collect();
            self.propose(isr);
        }
        joins
    }

    /// Proposes to go on without the members of the ISR that lag; whether there are any.
    pub(crate) fn maybe_shrink(&mut self, cx: &Cx<'_>, log_end_offset: Offset) -> bool {
        if self.proposal.is_some() {
            return false;
        }
        let stays = |id: &BrokerId| match self.followers.get(id) {
            None => true,
            Some(progress) => progress.log_end_offset == Some(log_end_offset) || !self.is_late(cx, progress),
        };
        let rest: Vec<BrokerId> = self.state.isr.iter().copied().filter(stays).collect();
        if rest.len() == self.state.isr.len() {
            return false;
        }
        assert!(rest.contains(&self.node_id), "a leader does not lag behind itself");
        let isr = rest.into_iter().map(|id| (id, self.broker_epoch(cx, id))).collect();
        self.propose(isr);
        true
    }

    fn propose(&mut self, isr: Vec<(BrokerId, i64)>) {
        assert!(self.proposal.is_none(), "one proposal at a time");
        self.proposal = Some(Proposal {
            isr,
            partition_epoch: self.state.partition_epoch,
            recovery: LeaderRecovery::Recovered,
        });
    }

    /// The controller has answered the proposal that was sent. The record of it may come earlier or later.
    ///
    /// Source: Kafka's `Partition.handleAlterPartitionError` and `handleAlterPartitionUpdate`.
    pub(crate) fn on_altered(&mut self, cx: &Cx<'_>, answer: &PartitionData) -> Altered {
        match answer.error_code {
            ErrorCode::NONE => {
                let is_newer = answer.partition_epoch > self.state.partition_epoch;
                if answer.leader_epoch == self.epoch && is_newer {
                    let isr = answer.isr.clone();
                    let recovery = LeaderRecovery::from_id(answer.leader_recovery_state);
                    let partition_epoch = answer.partition_epoch;
                    let state = PartitionState { isr, recovery, partition_epoch, ..self.state.clone() };
                    self.on_state(cx, state);
                }
                Altered::Settled
            }
            ErrorCode::INELIGIBLE_REPLICA | ErrorCode::OPERATION_NOT_ATTEMPTED => {
                self.proposal = None;
                Altered::Settled
            }
            // The controller knows better, or this leadership is over: metadata will tell. Until then the proposal
            // stands, for it may have been recorded.
            ErrorCode::UNKNOWN_TOPIC_OR_PARTITION
            | ErrorCode::UNKNOWN_TOPIC_ID
            | ErrorCode::FENCED_LEADER_EPOCH
            | ErrorCode::INVALID_UPDATE_VERSION
            | ErrorCode::INVALID_REQUEST
            | ErrorCode::NEW_LEADER_ELECTED => Altered::Settled,
            _ => Altered::Retry,
        }
    }

    /// The epoch that the controller compares with a registration: what the follower fetched under, or for this node
    /// what it is registered under.
    fn broker_epoch(&self, cx: &Cx<'_>, id: BrokerId) -> i64 {
        match self.followers.get(&id) {
            Some(progress) => progress.broker_epoch,
            None => cx.image.brokers.get(&id).map_or(UNKNOWN_BROKER_EPOCH, |broker| broker.epoch),
        }
    }

    /// Whether the controller would take it: active, and fetching under the registration that is current.
    fn is_eligible(&self, cx: &Cx<'_>, id: BrokerId, progress: &Progress) -> bool {
        is_current(cx.image, id, progress.broker_epoch) && cx.image.is_active(id)
    }

    fn is_late(&self, cx: &Cx<'_>, progress: &Progress) -> bool {
        progress.last_caught_up.after_ms(cx.config.replica_lag_time_max_ms) < cx.now.monotonic
    }

    /// Checks what must hold after every verb.
    pub(crate) fn check(&self) {
        assert!(self.state.leader == Some(self.node_id), "who leads is recorded as the leader");
        assert!(!self.followers.contains_key(&self.node_id), "nobody follows itself");
        if let Some(proposal) = &self.proposal {
            assert!(proposal.isr.iter().any(|(id, _)| *id == self.node_id), "a leader stays in its ISR");
        }
    }
}

/// Whether a broker epoch is that of the broker's present registration.
pub(crate) fn is_current(image: &MetadataImage, id: BrokerId, broker_epoch: i64) -> bool {
    let registered = image.brokers.get(&id).map(|broker| broker.epoch);
    broker_epoch == UNKNOWN_BROKER_EPOCH || registered == Some(broker_epoch)
}

#[cfg(test)]
mod tests {
    use super::super::sample::{fetched, register, stage};

    /// Goal: records are gone when no replica that lives has any, in sync or not. Source: Kafka's
    /// `Partition.lowWatermarkIfLeader`.
    #[test]
    fn the_low_watermark_is_that_of_every_replica_that_lives() {
        let (mut stage, mut leader) = stage();
        for (replica, start) in [(2, 30), (3, 40), (4, 35), (5, 10)] {
            assert_eq!(leader.low_watermark(&stage.image, 50), -1, "{replica} has not said where it starts");
            assert!(fetched(&stage, &mut leader, replica, 60, start), "that is news");
        }
        assert_eq!(leader.low_watermark(&stage.image, 50), 10);
        register(&mut stage.image, 5, "b", true);
        assert_eq!(leader.low_watermark(&stage.image, 50), 30, "nobody waits for one that is fenced");
        assert_eq!(leader.low_watermark(&stage.image, 20), 20, "the leader counts, too");
        assert!(!fetched(&stage, &mut leader, 2, 70, 30), "no news");
        assert!(fetched(&stage, &mut leader, 2, 70, 50));
        assert_eq!(leader.low_watermark(&stage.image, 50), 35);
    }
}
