//! The table of broker keys that are not the default of a topic key. None can be changed at run time.

use alloc::string::{String, ToString};

use klamm_wire::Uuid;

use super::key::{Access, Key, boolean, number};
use super::value::{Check, Kind, join};
use super::{Config, ReplicaSelector};

const MINUTE_MS: i64 = 60_000;
/// The only selector there is besides the leader, under the name of Kafka's class.
const RACK_AWARE: &str = "org.apache.kafka.common.replica.RackAwareReplicaSelector";

macro_rules! row {
    ($name:literal, $kind:ident, $check:expr, $access:expr, $doc:literal) => {
        Key { name: $name, kind: Kind::$kind, check: $check, access: $access, doc: $doc }
    };
}

/// A 32-bit count that Kafka keeps signed: `1..=i32::MAX` fits the field.
const COUNT: Check = Check::Range { min: 1, max: i32::MAX as i64 };

/// Every broker key with a field in [`Config`], ordered by name. Source: Kafka's `AbstractKafkaConfig` and the
/// classes it merges; names that begin with `klamm.` are our own.
pub(crate) static BROKER_KEYS: &[Key<Config>] = &[
    row!(
        "add.partitions.to.txn.retry.backoff.max.ms",
        Int,
        Check::at_least(0),
        number!(verification_retry_max_ms: i64),
        "How long a leader asks again whether a producer's transaction before has ended, in milliseconds."
    ),
    row!(
        "add.partitions.to.txn.retry.backoff.ms",
        Int,
        Check::at_least(1),
        number!(verification_retry_backoff_ms: i64),
        "How long a leader waits before it asks again about a transaction, in milliseconds."
    ),
    row!(
        "auto.create.topics.enable",
        Boolean,
        Check::Any,
        boolean!(auto_create_topics),
        "Whether asking for the metadata of a topic creates it."
    ),
    row!(
        "auto.leader.rebalance.enable",
        Boolean,
        Check::Any,
        boolean!(auto_leader_rebalance),
        "Whether leaderships go back to the preferred replicas by themselves."
    ),
    row!(
        "broker.heartbeat.interval.ms",
        Int,
        Check::at_least(1),
        number!(broker_heartbeat_interval_ms: i64),
        "How often a broker tells the controller that it lives, in milliseconds."
    ),
    row!(
        "broker.rack",
        String,
        Check::Any,
        Access {
            get: |c| c.rack.as_ref().map_or_else(String::new, ToString::to_string),
            set: |c, v| c.rack = Some(v.text()).filter(|rack| !rack.is_empty()).map(Into::into),
        },
        "The failure domain this node stands in; replicas are spread over racks."
    ),
    row!(
        "broker.session.timeout.ms",
        Int,
        Check::at_least(1),
        number!(broker_session_timeout_ms: i64),
        "How long a broker may be silent before it is fenced, in milliseconds."
    ),
    row!(
        "cluster.id",
        String,
        Check::Any,
        Access {
            get: |c| c.cluster_id.map_or_else(String::new, Uuid::to_base64),
            set: |c, v| c.cluster_id = Uuid::from_base64(v.text()),
        },
        "The cluster the data directory must belong to; unset takes what is there or draws a new one."
    ),
    row!(
        "connections.max.idle.ms",
        Long,
        Check::Any,
        number!(connections_max_idle_ms: i64),
        "How long a connection may be silent before it is closed, in milliseconds."
    ),
    row!(
        "controlled.shutdown.enable",
        Boolean,
        Check::Any,
        boolean!(controlled_shutdown),
        "Whether a broker that stops hands its leaderships over first."
    ),
    row!(
        "controller.quorum.election.backoff.max.ms",
        Int,
        Check::at_least(0),
        number!(quorum_election_backoff_max_ms: i64),
        "The longest wait after a lost election before the next one, in milliseconds."
    ),
    row!(
        "controller.quorum.election.timeout.ms",
        Int,
        Check::at_least(1),
        number!(quorum_election_timeout_ms: i64),
        "How long a voter without a leader waits before it stands for election, in milliseconds; up to twice as long."
    ),
    row!(
        "controller.quorum.fetch.max.bytes",
        Int,
        Check::at_least(1),
        number!(quorum_fetch_max_bytes: u32),
        "The most bytes of the metadata log that one fetch returns; one whole batch is always allowed."
    ),
    row!(
        "controller.quorum.fetch.snapshot.max.bytes",
        Int,
        Check::at_least(1),
        number!(quorum_fetch_snapshot_max_bytes: u32),
        "The most bytes of a metadata snapshot that one fetch returns."
    ),
    row!(
        "controller.quorum.fetch.timeout.ms",
        Int,
        Check::at_least(1),
        number!(quorum_fetch_timeout_ms: i64),
        "How long a follower of the quorum waits for its leader, in milliseconds."
    ),
    row!(
        "controller.quorum.request.timeout.ms",
        Int,
        Check::at_least(1),
        number!(quorum_request_timeout_ms: i64),
        "How long a node waits for an answer of the quorum, in milliseconds."
    ),
    row!(
        "controller.quorum.retry.backoff.ms",
        Int,
        Check::at_least(0),
        number!(quorum_retry_backoff_ms: i64),
        "How long a node waits before it asks the quorum again, in milliseconds."
    ),
    row!(
        "default.replication.factor",
        Short,
        Check::at_least(1),
        number!(default_replication_factor: i16),
        "Replicas of a topic that is created without saying how many."
    ),
    row!(
        "delete.topic.enable",
        Boolean,
        Check::Any,
        boolean!(delete_topics),
        "Whether topics may be deleted."
    ),
    row!(
        "fetch.max.bytes",
        Int,
        Check::at_least(1024),
        number!(fetch_max_bytes: i32),
        "The most bytes one fetch returns; one whole batch is always allowed."
    ),
    row!(
        "group.initial.rebalance.delay.ms",
        Int,
        Check::at_least(0),
        number!(group_initial_rebalance_delay_ms: i64),
        "How long a group that was empty waits for more members, in milliseconds."
    ),
    row!(
        "group.max.session.timeout.ms",
        Int,
        Check::at_least(1),
        number!(group_max_session_timeout_ms: i32),
        "The longest session timeout a member may ask for, in milliseconds."
    ),
    row!("group.max.size", Int, COUNT, number!(group_max_size: u32), "The most members a group may have."),
    row!(
        "group.min.session.timeout.ms",
        Int,
        Check::at_least(1),
        number!(group_min_session_timeout_ms: i32),
        "The shortest session timeout a member may ask for, in milliseconds."
    ),
    row!(
        "klamm.connection.requests.max",
        Int,
        COUNT,
        number!(connection_requests_max: u32),
        "How many requests of one connection are read ahead of their replies."
    ),
    row!(
        "klamm.read.chunk.bytes",
        Int,
        Check::Range { min: 4096, max: i32::MAX as i64 },
        number!(read_chunk_bytes: u32),
        "How much recovery and fetches of old records read from a file at a time."
    ),
    row!(
        "klamm.tail.memory.bytes",
        Long,
        Check::at_least(0),
        number!(tail_memory_bytes: u64),
        "How much of the logs' recent ends is kept in memory, all partitions together."
    ),
    row!(
        "leader.imbalance.check.interval.seconds",
        Long,
        Check::at_least(1),
        Access {
            get: |c| (c.leader_imbalance_check_interval_ms / 1000).to_string(),
            set: |c, v| c.leader_imbalance_check_interval_ms = v.number().saturating_mul(1000)
        },
        "How often leaderships are held against the preferred replicas, in seconds."
    ),
    row!(
        "log.dirs",
        List,
        Check::Any,
        Access {
            get: |c| join(&c.log_dir_names),
            set: |c, v| {
                c.log_dir_names = v.list().to_vec();
                c.log_dirs = u16::try_from(c.log_dir_names.len()).unwrap_or(u16::MAX).max(1);
            },
        },
        "Where records are kept, one directory per disk."
    ),
    row!(
        "log.flush.offset.checkpoint.interval.ms",
        Int,
        Check::at_least(1),
        number!(checkpoint_interval_ms: i64),
        "How often recovery points and log start offsets are written, in milliseconds."
    ),
    row!(
        "log.retention.check.interval.ms",
        Long,
        Check::at_least(1),
        number!(retention_check_interval_ms: i64),
        "How often segments are held against retention, in milliseconds."
    ),
    row!(
        "max.incremental.fetch.session.cache.slots",
        Int,
        Check::Range { min: 0, max: i32::MAX as i64 },
        number!(fetch_session_slots: u32),
        "How many fetch sessions are remembered."
    ),
    row!(
        "max.request.partition.size.limit",
        Int,
        COUNT,
        number!(request_partition_limit: u32),
        "The most partitions one DescribeTopicPartitions answers."
    ),
    row!(
        "metadata.log.max.record.bytes.between.snapshots",
        Long,
        Check::at_least(1),
        number!(metadata_snapshot_bytes: u64),
        "How many bytes of metadata records lie between two snapshots at most."
    ),
    row!(
        "metadata.log.max.snapshot.interval.ms",
        Long,
        Check::at_least(0),
        number!(metadata_snapshot_interval_ms: i64),
        "How much time lies between two metadata snapshots at most, in milliseconds; 0 for no bound."
    ),
    row!(
        "metadata.max.idle.interval.ms",
        Int,
        Check::at_least(0),
        number!(metadata_idle_interval_ms: i64),
        "How often an active controller writes a record when nothing else happens, in milliseconds; 0 for never."
    ),
    row!("node.id", Int, Check::at_least(0), number!(node_id: i32), "The name of this node in its cluster."),
    row!(
        "num.partitions",
        Int,
        Check::at_least(1),
        number!(num_partitions: i32),
        "Partitions of a topic that is created without saying how many."
    ),
    row!(
        "offset.metadata.max.bytes",
        Int,
        Check::Range { min: 0, max: i32::MAX as i64 },
        number!(offset_metadata_max_bytes: u32),
        "The longest text a client may store with an offset."
    ),
    row!(
        "offsets.retention.check.interval.ms",
        Long,
        Check::at_least(1),
        number!(offsets_retention_check_interval_ms: i64),
        "How often committed offsets are held against their retention, in milliseconds."
    ),
    row!(
        "offsets.retention.minutes",
        Int,
        Check::at_least(1),
        Access {
            get: |c| (c.offsets_retention_ms / MINUTE_MS).to_string(),
            set: |c, v| c.offsets_retention_ms = v.number().saturating_mul(MINUTE_MS),
        },
        "How long a group's offsets are kept after its last member left, in minutes."
    ),
    row!(
        "offsets.topic.num.partitions",
        Int,
        Check::at_least(1),
        number!(offsets_topic_partitions: i32),
        "Partitions of the topic of committed offsets; only its creation looks at it."
    ),
    row!(
        "offsets.topic.replication.factor",
        Short,
        Check::at_least(1),
        number!(offsets_topic_replication_factor: i16),
        "Replicas of the topic of committed offsets; a node that is a whole cluster by itself has one."
    ),
    row!(
        "offsets.topic.segment.bytes",
        Int,
        Check::at_least(1),
        number!(offsets_topic_segment_bytes: i32),
        "Segment size of the topic of committed offsets."
    ),
    row!(
        "producer.id.expiration.ms",
        Int,
        Check::at_least(1),
        number!(producer_id_expiration_ms: i64),
        "How long a partition remembers a silent producer, in milliseconds."
    ),
    row!(
        "replica.fetch.backoff.ms",
        Int,
        Check::at_least(0),
        number!(replica_fetch_backoff_ms: i64),
        "How long a follower waits after an error before it fetches again, in milliseconds."
    ),
    row!(
        "replica.fetch.max.bytes",
        Int,
        Check::at_least(1),
        number!(replica_fetch_max_bytes: u32),
        "The most bytes of one partition in a follower's fetch; one whole batch is always allowed."
    ),
    row!(
        "replica.fetch.min.bytes",
        Int,
        Check::at_least(0),
        number!(replica_fetch_min_bytes: i32),
        "How many bytes a follower's fetch waits for."
    ),
    row!(
        "replica.fetch.response.max.bytes",
        Int,
        Check::at_least(1),
        number!(replica_fetch_response_max_bytes: u32),
        "The most bytes of one follower's fetch."
    ),
    row!(
        "replica.fetch.wait.max.ms",
        Int,
        Check::at_least(0),
        number!(replica_fetch_wait_max_ms: i32),
        "How long a follower's fetch waits for bytes, in milliseconds."
    ),
    row!(
        "replica.lag.time.max.ms",
        Long,
        Check::at_least(1),
        number!(replica_lag_time_max_ms: i64),
        "How long a follower may lag before it leaves the ISR, in milliseconds."
    ),
    row!(
        "replica.selector.class",
        String,
        Check::OneOf(&["", RACK_AWARE]),
        Access {
            get: |c| match c.replica_selector {
                ReplicaSelector::Leader => String::new(),
                ReplicaSelector::RackAware => RACK_AWARE.into(),
            },
            set: |c, v| {
                let is_rack_aware = v.text() == RACK_AWARE;
                c.replica_selector =
                    if is_rack_aware { ReplicaSelector::RackAware } else { ReplicaSelector::Leader };
            },
        },
        "Which replica serves consumers: the leader, or with Kafka's RackAwareReplicaSelector one in their rack."
    ),
    row!(
        "request.timeout.ms",
        Int,
        Check::at_least(1),
        number!(request_timeout_ms: i64),
        "How long a broker waits for an answer of another node, in milliseconds."
    ),
    row!(
        "socket.request.max.bytes",
        Int,
        COUNT,
        number!(request_max_bytes: u32),
        "The largest request that is read; a larger one closes the connection."
    ),
    row!(
        "transaction.abort.timed.out.transaction.cleanup.interval.ms",
        Int,
        Check::at_least(1),
        number!(transaction_timeout_check_interval_ms: i64),
        "How often transactions are held against their timeout, in milliseconds."
    ),
    row!(
        "transaction.max.timeout.ms",
        Int,
        Check::at_least(1),
        number!(transaction_max_timeout_ms: i32),
        "The longest timeout a transactional producer may ask for, in milliseconds."
    ),
    row!(
        "transaction.partition.verification.enable",
        Boolean,
        Check::Any,
        boolean!(transaction_verification),
        "Whether the coordinator is asked before a transaction begins in a partition."
    ),
    row!(
        "transaction.remove.expired.transaction.cleanup.interval.ms",
        Int,
        Check::at_least(1),
        number!(transactional_id_check_interval_ms: i64),
        "How often transactional ids are held against their expiration, in milliseconds."
    ),
    row!(
        "transaction.state.log.min.isr",
        Int,
        Check::at_least(1),
        number!(transaction_topic_min_isr: i32),
        "Replicas of the topic of transactions that must be in sync; only its creation looks at it."
    ),
    row!(
        "transaction.state.log.num.partitions",
        Int,
        Check::at_least(1),
        number!(transaction_topic_partitions: i32),
        "Partitions of the topic of transactions; only its creation looks at it."
    ),
    row!(
        "transaction.state.log.replication.factor",
        Short,
        Check::at_least(1),
        number!(transaction_topic_replication_factor: i16),
        "Replicas of the topic of transactions; a node that is a whole cluster by itself has one."
    ),
    row!(
        "transaction.state.log.segment.bytes",
        Int,
        Check::at_least(1),
        number!(transaction_topic_segment_bytes: i32),
        "Segment size of the topic of transactions."
    ),
    row!(
        "transactional.id.expiration.ms",
        Int,
        Check::at_least(1),
        number!(transactional_id_expiration_ms: i64),
        "How long a transactional id that is not used is remembered, in milliseconds."
    ),
    row!(
        "unclean.leader.election.interval.ms",
        Long,
        Check::at_least(1),
        number!(unclean_election_interval_ms: i64),
        "How often partitions without a leader are looked at for an unclean election, in milliseconds."
    ),
];

/// The row of a broker key.
pub(crate) fn broker_key(name: &str) -> Option<&'static Key<Config>> {
    BROKER_KEYS.binary_search_by(|key| key.name.cmp(name)).ok().map(|index| &BROKER_KEYS[index])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::topic_keys::topic_key_of_broker;

    /// Goal: lookup finds every row, and no key stands in both tables.
    #[test]
    fn the_table_is_ordered_and_disjoint_from_the_topic_defaults() {
        assert!(BROKER_KEYS.windows(2).all(|pair| pair[0].name < pair[1].name));
        for key in BROKER_KEYS {
            assert_eq!(broker_key(key.name).expect("every row is found").name, key.name);
            assert!(topic_key_of_broker(key.name).is_none(), "{}", key.name);
            assert!(key.doc.ends_with('.'), "{}: one sentence", key.name);
        }
    }

    /// Goal: what DescribeConfigs shows can be given back.
    #[test]
    fn every_default_parses_back_to_itself() {
        for key in BROKER_KEYS {
            let mut config = Config::default();
            let text = (key.access.get)(&config);
            let value = key.parse(&text).unwrap_or_else(|error| panic!("{error}"));
            (key.access.set)(&mut config, &value);
            assert_eq!(config, Config::default(), "{}", key.name);
        }
    }

    /// Goal: no row writes into the field of another. Method: change each numeric key alone and look at all.
    #[test]
    fn every_key_has_a_field_of_its_own() {
        for key in BROKER_KEYS.iter().filter(|key| matches!(key.kind, Kind::Int | Kind::Long | Kind::Short)) {
            let mut config = Config::default();
            (key.access.set)(&mut config, &key.parse("7777").expect("within every range"));
            for other in BROKER_KEYS {
                let changed = (other.access.get)(&config) != (other.access.get)(&Config::default());
                assert_eq!(changed, other.name == key.name, "{} changed {}", key.name, other.name);
            }
        }
    }
}
