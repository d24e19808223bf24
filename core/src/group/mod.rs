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
mod transactions;

use alloc::vec::Vec;

use klamm_wire::{ErrorCode, Str};

use crate::connection::{Call, Ticket};
use crate::coordinator::{Gathers, Shards};
use crate::cx::Cx;
use crate::image::MetadataImage;
use crate::timer::Timer;
use crate::types::{OFFSETS_TOPIC, TopicIdPartition};

pub(crate) use admin::{Describe, List, undescribed};
pub(crate) use answers::Answer;
pub(crate) use classic::Parked;
pub(crate) use expiry::DeletedTopic;
pub(crate) use gather::Part;
pub(crate) use join::Join;
pub(crate) use offsets::{Commit, commit_refusal};
pub(crate) use rebalance::{join_refusal, sync_refusal};
pub(crate) use records::CommittedOffset;
pub(crate) use shard::{Command, GroupShard};
pub(crate) use transactions::{TransactionalCommit, transactional_commit_refusal};

/// How long a FindCoordinator may wait for the offsets topic to come into being.
const OFFSETS_TOPIC_WAIT_MS: i64 = 2000;

/// The shards this node coordinates, and the requests that are of no single shard.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct GroupCoordinator {
    pub(crate) shards: Shards<GroupShard>,
    /// Requests that ask several shards.
    pub(crate) gathers: Gathers,
    /// FindCoordinators that wait for the offsets topic: the call and the keys.
    waiting: Vec<(Call, FindKeys)>,
}

/// What a FindCoordinator asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FindKeys {
    pub(crate) key_type: i8,
    pub(crate) keys: Vec<Str>,
}

impl GroupCoordinator {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// The shard that serves a group here.
    ///
    /// # Errors
    /// See [`Shards::find`].
    pub(crate) fn find(&self, image: &MetadataImage, group: &str) -> Result<i32, ErrorCode> {
        self.shards.find(image, OFFSETS_TOPIC, group)
    }

    /// This node leads a partition of the offsets topic from now on; its log is to be read.
    pub(crate) fn begin_loading(&mut self, id: TopicIdPartition) {
        self.shards.begin_loading(id, GroupShard::new(id.partition));
    }

    /// The shard's committed state.
    pub(crate) fn committed(&self, shard: i32) -> Option<&GroupShard> {
        Some(self.shards.hosted(shard)?.committed())
    }

    /// The shard's log is read to its end: its groups are served.
    pub(crate) fn on_loaded(&mut self, cx: &mut Cx<'_>, shard: i32) {
        let hosted = self.shards.serve(shard);
        let machine = hosted.written().clone();
        machine.on_loaded(&mut hosted.soft, cx);
    }

    /// This node does not lead the partition any more. What is returned is to be answered at once.
    pub(crate) fn on_unloaded(&mut self, cx: &mut Cx<'_>, shard: i32) -> Vec<(Ticket, Answer)> {
        let Some(mut hosted) = self.shards.remove(shard) else { return Vec::new() };
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
