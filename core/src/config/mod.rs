//! Configuration: Kafka's names and defaults, typed.

mod alter;
mod broker_keys;
mod describe;
mod driver;
mod key;
mod listeners;
mod properties;
mod quorum;
mod resolve;
mod security;
mod throttled;
mod topic;
mod topic_keys;
mod value;

use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;

use klamm_wire::{Str, Uuid};

use crate::edge::Address;
use crate::flaw::Flaw;
use crate::types::BrokerId;

pub(crate) use alter::{
    FOLLOWER_RATE, LEADER_RATE, Operation, alter_list, check_broker, check_broker_alterable, check_topic,
    is_topic_key,
};
pub(crate) use describe::{Entry, Source, describe_broker, describe_topic};
pub use driver::DriverSettings;
pub use key::{ConfigError, ConfigErrorKind};
pub use listeners::Endpoint;
pub use properties::Settings;
pub use quorum::{Roles, Voter};
pub(crate) use resolve::{ConfigLayers, Overrides, inherited_text};
pub use throttled::ThrottledReplicas;
pub use topic::{CleanupPolicy, CompressionType, TimestampType, TopicConfig};
pub use value::Kind;

/// When a record counts as held by this node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FlushPolicy {
    /// Once the disk has said that it is synced. Survives power loss.
    #[default]
    Synced,
    /// Once it is written to the page cache, Kafka's way. Survives a crash of the process.
    Written,
}

impl FlushPolicy {
    /// From the number in a registration; `None` for a broker that is not Klamm.
    pub(crate) fn from_id(id: i8) -> Option<Self> {
        [Self::Synced, Self::Written].into_iter().find(|policy| *policy as i8 == id)
    }
}

/// Which replica serves consumers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReplicaSelector {
    /// The leader.
    #[default]
    Leader,
    /// One in sync in the consumer's rack, if there is one (KIP-392).
    RackAware,
}

/// Where clients find this broker.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Listener {
    /// For example `PLAINTEXT`.
    pub name: Str,
    /// Told to clients.
    pub advertised_host: Str,
    /// Told to clients.
    pub advertised_port: u16,
}

/// What one node is configured with. Topic-level defaults are in `topic`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Config {
    /// `node.id`.
    pub node_id: BrokerId,
    /// `process.roles`.
    pub roles: Roles,
    /// `controller.quorum.voters`. Empty for a controller that is a quorum of its own, and where the voters stand in
    /// the metadata log.
    pub quorum_voters: Vec<Voter>,
    /// `controller.quorum.bootstrap.servers`: where to ask for the quorum when no voter is known.
    pub quorum_bootstrap_servers: Vec<Address>,
    /// `controller.listener.names`: the first one is where other nodes find the controllers. Empty for a node
    /// that is a whole cluster by itself.
    pub controller_listeners: Vec<Str>,
    /// `inter.broker.listener.name`: where brokers find each other; `None` for the first listener.
    pub inter_broker_listener: Option<Str>,
    /// `controller.quorum.election.timeout.ms`: the shortest time without a leader before a voter stands for
    /// election; up to twice as long.
    pub quorum_election_timeout_ms: i64,
    /// `controller.quorum.fetch.timeout.ms`: how long a follower waits for its leader, and a leader for a majority.
    pub quorum_fetch_timeout_ms: i64,
    /// `controller.quorum.election.backoff.max.ms`: the longest wait before a voter stands again.
    pub quorum_election_backoff_max_ms: i64,
    /// `controller.quorum.request.timeout.ms`.
    pub quorum_request_timeout_ms: i64,
    /// `controller.quorum.retry.backoff.ms`.
    pub quorum_retry_backoff_ms: i64,
    /// `controller.quorum.fetch.max.bytes`.
    pub quorum_fetch_max_bytes: u32,
    /// `controller.quorum.fetch.snapshot.max.bytes`.
    pub quorum_fetch_snapshot_max_bytes: u32,
    /// `metadata.max.idle.interval.ms`: how long the metadata log of an active controller may stay as it is; 0 for
    /// ever.
    pub metadata_idle_interval_ms: i64,
    /// `broker.heartbeat.interval.ms`.
    pub broker_heartbeat_interval_ms: i64,
    /// `broker.session.timeout.ms`: without a heartbeat for so long, a broker is fenced.
    pub broker_session_timeout_ms: i64,
    /// `request.timeout.ms`: how long a broker waits for another node.
    pub request_timeout_ms: i64,
    /// `replica.lag.time.max.ms`: a follower that has not caught up for so long leaves the ISR.
    pub replica_lag_time_max_ms: i64,
    /// `replica.fetch.max.bytes`: per partition; one whole batch is always allowed.
    pub replica_fetch_max_bytes: u32,
    /// `replica.fetch.response.max.bytes`.
    pub replica_fetch_response_max_bytes: u32,
    /// `replica.fetch.wait.max.ms`.
    pub replica_fetch_wait_max_ms: i32,
    /// `replica.fetch.min.bytes`.
    pub replica_fetch_min_bytes: i32,
    /// `replica.fetch.backoff.ms`: after an error of a partition or a leader.
    pub replica_fetch_backoff_ms: i64,
    /// `replica.selector.class`.
    pub replica_selector: ReplicaSelector,
    /// `auto.leader.rebalance.enable`.
    pub auto_leader_rebalance: bool,
    /// `leader.imbalance.check.interval.seconds`, in milliseconds.
    pub leader_imbalance_check_interval_ms: i64,
    /// `unclean.leader.election.interval.ms`.
    pub unclean_election_interval_ms: i64,
    /// `controlled.shutdown.enable`.
    pub controlled_shutdown: bool,
    /// `cluster.id`: expected in the data directory; `None` takes what is there, or draws one.
    pub cluster_id: Option<Uuid>,
    /// `broker.rack`.
    pub rack: Option<Str>,
    /// `advertised.listeners`, the first one is the default.
    pub listeners: Vec<Listener>,
    /// Number of `log.dirs`.
    pub log_dirs: u16,
    /// `log.dirs` as clients that describe them are told; may be shorter than `log_dirs`.
    pub log_dir_names: Vec<Str>,
    /// Size of each directory's file system and what of it was free when the node started, in bytes; may be
    /// shorter than `log_dirs`.
    pub log_dir_space: Vec<(i64, i64)>,
    /// `klamm.flush.policy`: default of every topic and of the metadata log's answer.
    pub flush_policy: FlushPolicy,
    /// `klamm.tail.memory.bytes`: how much of the logs' recent ends is kept in memory, all partitions together.
    pub tail_memory_bytes: u64,
    /// `klamm.read.chunk.bytes`: how much recovery and cold fetches read at a time.
    pub read_chunk_bytes: u32,
    /// Defaults of topic configs, with the broker's own settings applied.
    pub topic: TopicConfig,
    /// `num.partitions`.
    pub num_partitions: i32,
    /// `default.replication.factor`.
    pub default_replication_factor: i16,
    /// `auto.create.topics.enable`.
    pub auto_create_topics: bool,
    /// `delete.topic.enable`.
    pub delete_topics: bool,
    /// `fetch.max.bytes`.
    pub fetch_max_bytes: i32,
    /// `max.incremental.fetch.session.cache.slots`.
    pub fetch_session_slots: u32,
    /// `socket.request.max.bytes`.
    pub request_max_bytes: u32,
    /// `max.request.partition.size.limit`.
    pub request_partition_limit: u32,
    /// `connections.max.idle.ms`.
    pub connections_max_idle_ms: i64,
    /// `klamm.connection.requests.max`: requests of one connection read ahead of their replies.
    pub connection_requests_max: u32,
    /// `log.retention.check.interval.ms`.
    pub retention_check_interval_ms: i64,
    /// `log.flush.offset.checkpoint.interval.ms` and its siblings.
    pub checkpoint_interval_ms: i64,
    /// `producer.id.expiration.ms`.
    pub producer_id_expiration_ms: i64,
    /// `transaction.partition.verification.enable`: whether what begins a transaction in a partition has to be known to
    /// the coordinator.
    pub transaction_verification: bool,
    /// `transaction.max.timeout.ms`.
    pub transaction_max_timeout_ms: i32,
    /// `transactional.id.expiration.ms`.
    pub transactional_id_expiration_ms: i64,
    /// `transaction.abort.timed.out.transaction.cleanup.interval.ms`.
    pub transaction_timeout_check_interval_ms: i64,
    /// `transaction.remove.expired.transaction.cleanup.interval.ms`.
    pub transactional_id_check_interval_ms: i64,
    /// `transaction.state.log.num.partitions`.
    pub transaction_topic_partitions: i32,
    /// `transaction.state.log.replication.factor`.
    pub transaction_topic_replication_factor: i16,
    /// `transaction.state.log.segment.bytes`.
    pub transaction_topic_segment_bytes: i32,
    /// `transaction.state.log.min.isr`.
    pub transaction_topic_min_isr: i32,
    /// `add.partitions.to.txn.retry.backoff.ms`: before a leader asks again whether a transaction before has ended.
    pub verification_retry_backoff_ms: i64,
    /// `add.partitions.to.txn.retry.backoff.max.ms`: how long a leader asks again before the producer has to.
    pub verification_retry_max_ms: i64,
    /// `offsets.topic.num.partitions`.
    pub offsets_topic_partitions: i32,
    /// `offsets.topic.replication.factor`.
    pub offsets_topic_replication_factor: i16,
    /// `offsets.topic.segment.bytes`.
    pub offsets_topic_segment_bytes: i32,
    /// `offsets.retention.minutes`, in milliseconds.
    pub offsets_retention_ms: i64,
    /// `offsets.retention.check.interval.ms`.
    pub offsets_retention_check_interval_ms: i64,
    /// `offset.metadata.max.bytes`.
    pub offset_metadata_max_bytes: u32,
    /// `group.initial.rebalance.delay.ms`.
    pub group_initial_rebalance_delay_ms: i64,
    /// `group.min.session.timeout.ms`.
    pub group_min_session_timeout_ms: i32,
    /// `group.max.session.timeout.ms`.
    pub group_max_session_timeout_ms: i32,
    /// `group.max.size`.
    pub group_max_size: u32,
    /// `metadata.log.max.record.bytes.between.snapshots`.
    pub metadata_snapshot_bytes: u64,
    /// `metadata.log.max.snapshot.interval.ms`.
    pub metadata_snapshot_interval_ms: i64,
    /// The keys that were given to [`Settings::from_properties`], as they were given: what `DescribeConfigs`
    /// calls static. Empty when the fields were set directly.
    pub given: BTreeMap<Str, Str>,
    /// A deliberate mistake; only builds with the feature `flaws` act on it.
    pub flaw: Option<Flaw>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            node_id: 1,
            roles: Roles::BOTH,
            quorum_voters: Vec::new(),
            quorum_bootstrap_servers: Vec::new(),
            controller_listeners: Vec::new(),
            inter_broker_listener: None,
            quorum_election_timeout_ms: 1000,
            quorum_fetch_timeout_ms: 2000,
            quorum_election_backoff_max_ms: 1000,
            quorum_request_timeout_ms: 2000,
            quorum_retry_backoff_ms: 20,
            quorum_fetch_max_bytes: 1 << 20,
            quorum_fetch_snapshot_max_bytes: 1 << 20,
            metadata_idle_interval_ms: 500,
            broker_heartbeat_interval_ms: 2000,
            broker_session_timeout_ms: 9000,
            request_timeout_ms: 30_000,
            replica_lag_time_max_ms: 30_000,
            replica_fetch_max_bytes: 1 << 20,
            replica_fetch_response_max_bytes: 10 << 20,
            replica_fetch_wait_max_ms: 500,
            replica_fetch_min_bytes: 1,
            replica_fetch_backoff_ms: 1000,
            replica_selector: ReplicaSelector::Leader,
            auto_leader_rebalance: true,
            leader_imbalance_check_interval_ms: 300_000,
            unclean_election_interval_ms: 300_000,
            controlled_shutdown: true,
            cluster_id: None,
            rack: None,
            listeners: vec![Listener {
                name: "PLAINTEXT".into(),
                advertised_host: "127.0.0.1".into(),
                advertised_port: 9092,
            }],
            log_dirs: 1,
            log_dir_names: Vec::new(),
            log_dir_space: Vec::new(),
            flush_policy: FlushPolicy::Synced,
            tail_memory_bytes: 64 << 20,
            read_chunk_bytes: 1 << 20,
            topic: TopicConfig::default(),
            num_partitions: 1,
            default_replication_factor: 1,
            auto_create_topics: true,
            delete_topics: true,
            fetch_max_bytes: 57_671_680,
            fetch_session_slots: 1000,
            request_max_bytes: 104_857_600,
            request_partition_limit: 2000,
            connections_max_idle_ms: 600_000,
            connection_requests_max: 32,
            retention_check_interval_ms: 300_000,
            checkpoint_interval_ms: 60_000,
            producer_id_expiration_ms: 86_400_000,
            transaction_verification: true,
            transaction_max_timeout_ms: 900_000,
            transactional_id_expiration_ms: 604_800_000,
            transaction_timeout_check_interval_ms: 10_000,
            transactional_id_check_interval_ms: 3_600_000,
            transaction_topic_partitions: 50,
            transaction_topic_replication_factor: 3,
            transaction_topic_segment_bytes: 104_857_600,
            transaction_topic_min_isr: 2,
            verification_retry_backoff_ms: 20,
            verification_retry_max_ms: 100,
            offsets_topic_partitions: 50,
            offsets_topic_replication_factor: 3,
            offsets_topic_segment_bytes: 104_857_600,
            offsets_retention_ms: 604_800_000,
            offsets_retention_check_interval_ms: 600_000,
            offset_metadata_max_bytes: 4096,
            group_initial_rebalance_delay_ms: 3000,
            group_min_session_timeout_ms: 6000,
            group_max_session_timeout_ms: 1_800_000,
            group_max_size: i32::MAX.cast_unsigned(),
            metadata_snapshot_bytes: 20 << 20,
            metadata_snapshot_interval_ms: 3_600_000,
            given: BTreeMap::new(),
            flaw: None,
        }
    }
}

impl Config {
    /// The listeners that clients and other brokers use.
    pub fn broker_listeners(&self) -> impl Iterator<Item = &Listener> {
        self.listeners.iter().filter(|listener| !self.controller_listeners.contains(&listener.name))
    }

    /// Whether a listener is for controllers.
    pub fn is_controller_listener(&self, name: &str) -> bool {
        self.controller_listeners.iter().any(|listener| &**listener == name)
    }

    /// Where other brokers find this one; `None` if it is no broker.
    pub fn inter_broker_listener_name(&self) -> Option<Str> {
        let given = self.inter_broker_listener.clone();
        given.or_else(|| self.broker_listeners().next().map(|listener| listener.name.clone()))
    }

    /// Whether this node's quorum has no other member: it begins its cluster by itself.
    pub fn is_own_quorum(&self) -> bool {
        let alone = self.quorum_voters.iter().all(|voter| voter.id == self.node_id);
        alone && self.quorum_bootstrap_servers.is_empty()
    }

    /// Whether this deliberate mistake is switched on.
    pub(crate) fn has_flaw(&self, flaw: Flaw) -> bool {
        cfg!(feature = "flaws") && self.flaw == Some(flaw)
    }
}
