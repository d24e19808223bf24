//! The consumer's configuration: Kafka's names and defaults.

use alloc::vec;
use alloc::vec::Vec;

use klamm_wire::Str;

use super::assignor::Assignor;
use crate::client::ClusterConfig;

/// Where to begin when there is no valid position.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum OffsetReset {
    /// At the log start.
    Earliest,
    /// At the end: only what is written from now on.
    #[default]
    Latest,
    /// Nowhere: the owner decides.
    None,
}

/// Which records of transactions are seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Isolation {
    /// All of them.
    #[default]
    ReadUncommitted,
    /// Committed ones, and nothing behind an open transaction.
    ReadCommitted,
}

impl Isolation {
    /// As it stands on the wire.
    pub(crate) fn to_wire(self) -> i8 {
        match self {
            Self::ReadUncommitted => 0,
            Self::ReadCommitted => 1,
        }
    }
}

/// How a consumer takes part in a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupConfig {
    /// `group.id`.
    pub group_id: Str,
    /// `group.instance.id`: a static member keeps its partitions while it restarts.
    pub instance_id: Option<Str>,
    /// `session.timeout.ms`.
    pub session_timeout_ms: u32,
    /// `heartbeat.interval.ms`.
    pub heartbeat_interval_ms: u32,
    /// `max.poll.interval.ms`: a consumer that does not poll for longer leaves. Also the time that others wait for
    /// it in a rebalance.
    pub max_poll_interval_ms: u32,
    /// `partition.assignment.strategy`, preferred one first. Cooperative only if all of them are.
    pub assignors: Vec<Assignor>,
}

impl GroupConfig {
    /// A member of `group_id` with Kafka's defaults.
    pub fn new(group_id: Str) -> Self {
        Self {
            group_id,
            instance_id: None,
            session_timeout_ms: 45_000,
            heartbeat_interval_ms: 3_000,
            max_poll_interval_ms: 300_000,
            assignors: vec![Assignor::Range, Assignor::CooperativeSticky],
        }
    }

    /// Whether partitions that stay with this member are kept during a rebalance (KIP-429).
    pub(super) fn is_cooperative(&self) -> bool {
        self.assignors.iter().all(|assignor| *assignor == Assignor::CooperativeSticky)
    }
}

/// How a consumer works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsumerConfig {
    /// How the cluster is reached.
    pub cluster: ClusterConfig,
    /// Needed to subscribe, and to commit.
    pub group: Option<GroupConfig>,
    /// `client.rack`: brokers that are told to may send the consumer to a replica in the same rack; empty for none.
    pub client_rack: Str,
    /// `auto.offset.reset`.
    pub auto_offset_reset: OffsetReset,
    /// `isolation.level`.
    pub isolation: Isolation,
    /// `enable.auto.commit`: positions of polled records are committed every `auto.commit.interval.ms`, before a
    /// rebalance and at the end. Only with a group.
    pub enable_auto_commit: bool,
    /// `auto.commit.interval.ms`.
    pub auto_commit_interval_ms: u32,
    /// `fetch.min.bytes`.
    pub fetch_min_bytes: i32,
    /// `fetch.max.bytes`.
    pub fetch_max_bytes: i32,
    /// `fetch.max.wait.ms`.
    pub fetch_max_wait_ms: i32,
    /// `max.partition.fetch.bytes`. A partition is fetched ahead while less than this waits to be polled.
    pub max_partition_fetch_bytes: i32,
    /// Bytes one compressed batch may grow to; a larger one is an error rather than the end of the process.
    pub max_decompressed_bytes: usize,
}

impl Default for ConsumerConfig {
    fn default() -> Self {
        Self {
            cluster: ClusterConfig { allow_auto_create_topics: true, ..ClusterConfig::default() },
            group: None,
            client_rack: Str::default(),
            auto_offset_reset: OffsetReset::default(),
            isolation: Isolation::default(),
            enable_auto_commit: true,
            auto_commit_interval_ms: 5_000,
            fetch_min_bytes: 1,
            fetch_max_bytes: 52_428_800,
            fetch_max_wait_ms: 500,
            max_partition_fetch_bytes: 1_048_576,
            max_decompressed_bytes: 128 << 20,
        }
    }
}
