//! How committed offsets end: by age, or with their topic.
//!
//! Both are done in steps that fit into one batch each; a step that leaves something behind arms the timer for
//! the next one at once.

use alloc::vec::Vec;

use klamm_wire::{Str, Uuid};

use crate::coordinator::Decision;
use crate::cx::Cx;
use crate::group::Answer;
use crate::group::classic::{Group, Phase};
use crate::group::offsets::forget_offset;
use crate::group::records::{CommittedOffset, Record};
use crate::group::shard::{GroupShard, Soft};
use crate::timer::Timer;

/// What the log record of a tombstone costs besides its names, at most.
const TOMBSTONE_OVERHEAD: usize = 64;

/// Tombstones of one step.
struct Step {
    records: Vec<Record>,
    bytes_left: usize,
    /// Whether something had to be left for the next step.
    cut: bool,
}

impl Step {
    /// Half a batch: enough for thousands of offsets, and far from every limit.
    fn new(cx: &Cx<'_>) -> Self {
        let max = usize::try_from(cx.config.topic.max_message_bytes).unwrap_or(0);
        Self { records: Vec::new(), bytes_left: max / 2, cut: false }
    }

    /// Whether the tombstone is in this step. The first one always is.
    fn push(&mut self, record: Record) -> bool {
        let names = match &record {
            Record::Offset { group, topic, .. } => group.len() + topic.len(),
            Record::Group { group, .. } => group.len(),
            other => unreachable!("expiry writes no {other:?}"),
        };
        let bytes = names + TOMBSTONE_OVERHEAD;
        if bytes > self.bytes_left && !self.records.is_empty() {
            self.cut = true;
            return false;
        }
        self.bytes_left = self.bytes_left.saturating_sub(bytes);
        self.records.push(record);
        true
    }
}

/// From when on the age of an offset counts.
enum Age {
    /// From its commit.
    Commit,
    /// From the time the group became empty, where that is known.
    Emptied(Option<i64>),
}

/// Whose offsets may expire at all, and from when their age counts; `None` while members may come back to them.
///
/// Source: KIP-211. Kafka: `ClassicGroup.offsetExpirationCondition`.
fn age(group: &Group) -> Option<Age> {
    match (&group.protocol_type, &group.phase) {
        (None, _) => Some(Age::Commit),
        (Some(_), Phase::Empty) => Some(Age::Emptied(group.state_timestamp)),
        (Some(_), Phase::Stable) if group.subscribed_topics().is_some() => Some(Age::Commit),
        _ => None,
    }
}

impl Age {
    fn is_over(&self, committed: &CommittedOffset, now_ms: i64, retention_ms: i64) -> bool {
        if let Some(expires) = committed.expire_timestamp {
            return now_ms >= expires;
        }
        let since = match self {
            Self::Commit => committed.commit_timestamp,
            Self::Emptied(since) => since.unwrap_or(committed.commit_timestamp),
        };
        now_ms.saturating_sub(since) >= retention_ms
    }
}

impl GroupShard {
    /// Arms the next look at the age of offsets.
    pub(crate) fn arm_expiry(&self, cx: &mut Cx<'_>) {
        let interval = cx.config.offsets_retention_check_interval_ms.max(1);
        cx.timers.arm(Timer::OffsetExpiry(self.shard), cx.now.monotonic.after_ms(interval));
    }

    fn finish(&self, cx: &mut Cx<'_>, step: Step) -> Decision<Record, Answer> {
        if step.cut {
            cx.timers.arm(Timer::OffsetExpiry(self.shard), cx.now.monotonic.after_ms(1));
        }
        Decision { records: step.records, answers: Vec::new() }
    }

    /// Forgets offsets that have outlived their retention, and empty groups without offsets.
    ///
    /// Kafka: `GroupCoordinatorShard.cleanupExpiredOffsets`.
    pub(crate) fn expire_offsets(&self, soft: &mut Soft, cx: &mut Cx<'_>) -> Decision<Record, Answer> {
        self.arm_expiry(cx);
        let mut step = Step::new(cx);
        self.forget_deleted(soft, &mut step);
        for id in self.groups.keys() {
            if step.cut {
                break;
            }
            let group = self.view(&soft.groups, id).expect("it has a record");
            let all_gone = self.expire_group(cx, &mut step, id, &group);
            let idle = group.phase == Phase::Empty && group.pending.is_empty();
            if all_gone && idle && !self.has_pending_offsets(id) {
                step.push(Record::Group { group: id.clone(), value: None });
            }
        }
        self.finish(cx, step)
    }

    /// Forgets the aged offsets of one group; whether it has none left.
    fn expire_group(&self, cx: &Cx<'_>, step: &mut Step, id: &Str, group: &Group) -> bool {
        let Some(offsets) = self.offsets.get(id) else { return true };
        let Some(age) = age(group) else { return false };
        let subscribed = group.subscribed_topics();
        let mut all_gone = true;
        for (topic, partitions) in offsets {
            if Group::is_subscribed(subscribed.as_ref(), group.is_consumer(), topic) {
                all_gone = false;
                continue;
            }
            for (partition, committed) in partitions {
                let over = age.is_over(committed, cx.now.wall_ms, cx.config.offsets_retention_ms);
                all_gone &= over && step.push(forget_offset(id, topic, *partition));
            }
        }
        all_gone
    }

    /// Topics are gone: what was committed in them means nothing any more, not even under the same name.
    ///
    /// Kafka: `GroupCoordinator.onPartitionsDeleted`.
    pub(crate) fn forget_topics(
        &self,
        soft: &mut Soft,
        cx: &mut Cx<'_>,
        topics: Vec<DeletedTopic>,
    ) -> Decision<Record, Answer> {
        soft.deleted_topics.extend(topics.into_iter().map(|topic| (topic.id, topic.name)));
        let mut step = Step::new(cx);
        self.forget_deleted(soft, &mut step);
        self.finish(cx, step)
    }

    fn forget_deleted(&self, soft: &mut Soft, step: &mut Step) {
        if soft.deleted_topics.is_empty() {
            return;
        }
        for (id, offsets) in &self.offsets {
            for (topic, partitions) in offsets {
                for (partition, committed) in partitions {
                    let gone = if committed.topic_id.is_zero() {
                        // An offset of an old format does not say which topic of that name it was.
                        soft.deleted_topics.values().any(|name| name.as_ref() == Some(topic))
                    } else {
                        soft.deleted_topics.contains_key(&committed.topic_id)
                    };
                    if gone && !step.push(forget_offset(id, topic, *partition)) {
                        return;
                    }
                }
            }
        }
        soft.deleted_topics.clear();
    }
}

/// A topic that does not exist any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DeletedTopic {
    pub(crate) id: Uuid,
    /// What it was called, where this broker still knows.
    pub(crate) name: Option<Str>,
}
