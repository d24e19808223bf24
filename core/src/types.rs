//! One type per meaning: offsets, epochs and names cannot be swapped by accident.

use core::fmt;

use klamm_wire::{Str, Uuid};

/// A position in a partition's log, in records. Ranges of offsets are half-open unless a name says otherwise.
pub type Offset = i64;

/// Counts the leaders of a partition; also Raft's term for the metadata log. -1 where unknown.
pub type LeaderEpoch = i32;

/// Names a node of the cluster.
pub type BrokerId = i32;

/// A partition by the identity that survives neither deletion nor re-creation of its topic.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicIdPartition {
    /// The topic's id, drawn at creation.
    pub topic_id: Uuid,
    /// Index within the topic, from 0.
    pub partition: i32,
}

impl fmt::Debug for TopicIdPartition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.topic_id, self.partition)
    }
}

/// A partition by the name people use.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicPartition {
    /// The topic's name: 1 to 249 of `[a-zA-Z0-9._-]`.
    pub topic: Str,
    /// Index within the topic, from 0.
    pub partition: i32,
}

impl fmt::Display for TopicPartition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.topic, self.partition)
    }
}

impl fmt::Debug for TopicPartition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The topic id of `__cluster_metadata`, fixed by KRaft.
pub const METADATA_TOPIC_ID: Uuid = Uuid([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
/// The partition of the metadata log.
pub const METADATA_PARTITION: TopicIdPartition =
    TopicIdPartition { topic_id: METADATA_TOPIC_ID, partition: 0 };
/// The topic name of the metadata log; also its directory with `-0` behind it.
pub const METADATA_TOPIC: &str = "__cluster_metadata";
/// The topic of committed offsets and classic groups.
pub const OFFSETS_TOPIC: &str = "__consumer_offsets";
/// The topic of the transaction coordinator.
pub const TRANSACTION_TOPIC: &str = "__transaction_state";
/// The topic of the share coordinator.
pub const SHARE_TOPIC: &str = "__share_group_state";

/// Whether clients may not write to the topic (the admin client may).
pub fn is_internal_topic(name: &str) -> bool {
    matches!(name, OFFSETS_TOPIC | TRANSACTION_TOPIC | SHARE_TOPIC)
}
