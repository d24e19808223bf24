//! The group coordinator: who is a member of which group, who consumes what, and how far they are.
//!
//! Groups live in `__consumer_offsets`: the partition is chosen by the group id, and whoever leads the
//! partition coordinates the group. A partition with its groups is a shard, a replicated machine over that
//! partition's log ([`GroupShard`]). Its hard state is what Kafka's records say: committed offsets, and each
//! classic group as of its newest stable or empty generation. What the classic protocol keeps in memory between
//! two records (who has joined, who waits, whose session ends when) is soft state and dies with the leadership;
//! members then go on in the generation of the newest record, or join again.
//!
//! Invariants, beside those of [`classic::Group`] and of [`records::ClassicGroup`]:
//! - a member learns its assignment only when the generation it belongs to is committed;
//! - a commit of a generation that is not the current one changes nothing;
//! - every request is answered once: now, when its record is committed, or when the rebalance it waits for ends;
//! - every member of a group that is waited for has a deadline: its session, or the rebalance.
//!
//! Architecture invariant: assignors run in clients. The coordinator does not look into metadata and
//! assignments, except for the topics of a consumer's subscription, which keep offsets from expiring.

mod admin;
mod answers;
mod classic;
mod expiry;
mod gather;
mod join;
mod member;
mod offsets;
mod rebalance;
mod records;
mod shard;
mod subscription;
mod sync;
#[cfg(test)]
mod tests;

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use klamm_wire::{ErrorCode, Str, Uuid};

use crate::connection::{Call, Ticket};
use crate::coordinator::Hosted;
use crate::cx::Cx;
use crate::image::MetadataImage;
use crate::node::Loading;
use crate::timer::Timer;
use crate::types::{OFFSETS_TOPIC, TopicIdPartition};

pub(crate) use admin::{Describe, List, undescribed};
pub(crate) use answers::Answer;
pub(crate) use classic::Parked;
pub(crate) use expiry::DeletedTopic;
pub(crate) use gather::{Gather, Part};
pub(crate) use join::Join;
pub(crate) use offsets::{Commit, commit_refusal};
pub(crate) use rebalance::{join_refusal, sync_refusal};
pub(crate) use records::CommittedOffset;
pub(crate) use shard::{Command, GroupShard};

/// How long a FindCoordinator may wait for the offsets topic to come into being.
const OFFSETS_TOPIC_WAIT_MS: i64 = 2000;

/// The shards this node coordinates, and the requests that are of no single shard.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct GroupCoordinator {
    shards: BTreeMap<i32, Shard>,
    /// Requests that ask several shards.
    pub(crate) gathers: BTreeMap<Ticket, Gather>,
    /// FindCoordinators that wait for the offsets topic: the call and the keys.
    waiting: Vec<(Call, FindKeys)>,
}

/// What a FindCoordinator asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FindKeys {
    pub(crate) key_type: i8,
    pub(crate) keys: Vec<Str>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Shard {
    topic_id: Uuid,
    state: State,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    Loading(Loading<GroupShard>),
    Serving(Hosted<GroupShard>),
}

/// The partition of the offsets topic that a group lives in.
///
/// Source: Java's `String.hashCode` over UTF-16 units, made positive as Kafka's `Utils.abs` does: the smallest
/// integer, which has no positive counterpart, becomes 0.
pub(crate) fn shard_of(group: &str, partitions: i32) -> i32 {
    assert!(partitions > 0, "a topic has partitions");
    let hash =
        group.encode_utf16().fold(0i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit)));
    hash.checked_abs().unwrap_or(0) % partitions
}

impl GroupCoordinator {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// The partition behind a shard that this node leads.
    pub(crate) fn partition(&self, shard: i32) -> Option<TopicIdPartition> {
        let found = self.shards.get(&shard)?;
        Some(TopicIdPartition { topic_id: found.topic_id, partition: shard })
    }

    /// The shard that serves a group here.
    ///
    /// # Errors
    /// `NOT_COORDINATOR`: the client asks who is. `COORDINATOR_LOAD_IN_PROGRESS`: it tries again.
    pub(crate) fn find(&self, image: &MetadataImage, group: &str) -> Result<i32, ErrorCode> {
        let topic = image.topic(OFFSETS_TOPIC).ok_or(ErrorCode::NOT_COORDINATOR)?;
        let partitions = i32::try_from(topic.partitions.len()).expect("partitions are counted in 32 bits");
        let shard = shard_of(group, partitions);
        match self.shards.get(&shard).map(|shard| &shard.state) {
            None => Err(ErrorCode::NOT_COORDINATOR),
            Some(State::Loading(_)) => Err(ErrorCode::COORDINATOR_LOAD_IN_PROGRESS),
            Some(State::Serving(_)) => Ok(shard),
        }
    }

    /// This node leads a partition of the offsets topic from now on; its log is to be read.
    pub(crate) fn begin_loading(&mut self, id: TopicIdPartition) {
        let loading = Loading::new(GroupShard::new(id.partition), 0);
        let shard = Shard { topic_id: id.topic_id, state: State::Loading(loading) };
        let replaced = self.shards.insert(id.partition, shard);
        assert!(replaced.is_none(), "{id:?} is loaded once");
    }

    pub(crate) fn loading_mut(&mut self, shard: i32) -> Option<&mut Loading<GroupShard>> {
        match &mut self.shards.get_mut(&shard)?.state {
            State::Loading(loading) => Some(loading),
            State::Serving(_) => None,
        }
    }

    pub(crate) fn hosted_mut(&mut self, shard: i32) -> Option<&mut Hosted<GroupShard>> {
        match &mut self.shards.get_mut(&shard)?.state {
            State::Loading(_) => None,
            State::Serving(hosted) => Some(hosted),
        }
    }

    /// The shard's committed state.
    pub(crate) fn committed(&self, shard: i32) -> Option<&GroupShard> {
        match &self.shards.get(&shard)?.state {
            State::Loading(_) => None,
            State::Serving(hosted) => Some(hosted.committed()),
        }
    }

    /// Every shard that is here, loaded or not.
    pub(crate) fn shards(&self) -> impl Iterator<Item = i32> + '_ {
        self.shards.keys().copied()
    }

    /// Whether a shard is still being read.
    pub(crate) fn is_loading(&self) -> bool {
        self.shards.values().any(|shard| matches!(shard.state, State::Loading(_)))
    }

    /// The shard's log is read to its end: its groups are served.
    pub(crate) fn on_loaded(&mut self, cx: &mut Cx<'_>, shard: i32) {
        let found = self.shards.get_mut(&shard).expect("a shard that is loaded is here");
        let State::Loading(loading) = &found.state else { panic!("shard {shard} is loaded once") };
        let machine = loading.machine.clone();
        let mut hosted = Hosted::new(machine.clone());
        machine.on_loaded(&mut hosted.soft, cx);
        found.state = State::Serving(hosted);
    }

    /// This node does not lead the partition any more. What is returned is to be answered at once.
    pub(crate) fn on_unloaded(&mut self, cx: &mut Cx<'_>, shard: i32) -> Vec<(Ticket, Answer)> {
        let Some(Shard { state: State::Serving(mut hosted), .. }) = self.shards.remove(&shard) else {
            return Vec::new();
        };
        let machine = hosted.written().clone();
        let parked = machine.on_unloaded(&mut hosted.soft, cx);
        let decided = hosted.resign().into_iter();
        parked.into_iter().chain(decided).map(|(ticket, answer)| (ticket, answer.not_coordinator())).collect()
    }

    /// What a deadline asks of which shard.
    pub(crate) fn on_timer(&self, timer: &Timer) -> Vec<(i32, Command)> {
        match timer {
            Timer::GroupMember(shard, group, member) => {
                alloc::vec![(*shard, Command::MemberExpired(group.clone(), member.clone()))]
            }
            Timer::GroupRebalance(shard, group) => {
                alloc::vec![(*shard, Command::RebalanceTimeout(group.clone()))]
            }
            Timer::OffsetExpiry(shard) => alloc::vec![(*shard, Command::ExpireOffsets)],
            _ => Vec::new(),
        }
    }

    /// Lets a FindCoordinator wait until the offsets topic is there, for a bounded time.
    pub(crate) fn park_find(&mut self, cx: &mut Cx<'_>, call: Call, keys: FindKeys) {
        if self.waiting.is_empty() {
            cx.timers.arm(Timer::OffsetsTopic, cx.now.monotonic.after_ms(OFFSETS_TOPIC_WAIT_MS));
        }
        self.waiting.push((call, keys));
    }

    /// Everyone who waits for the offsets topic.
    pub(crate) fn take_waiting_for_topic(&mut self, cx: &mut Cx<'_>) -> Vec<(Call, FindKeys)> {
        cx.timers.cancel(&Timer::OffsetsTopic);
        core::mem::take(&mut self.waiting)
    }
}
