//! What nodes are configured with: every bound small enough to be met.

use klamm_core::config::{Config, FlushPolicy, TopicConfig};

use crate::disk::Latency;
use crate::random::Stream;

/// What all nodes of a run have in common, alone or not.
pub(super) fn draw(random: &mut Stream) -> Config {
    let int = |value: u64| i32::try_from(value).expect("small");
    let long = |value: u64| i64::try_from(value).expect("small");
    let flush_policy = if random.chance(800_000) { FlushPolicy::Synced } else { FlushPolicy::Written };
    let topic = TopicConfig {
        flush_policy,
        segment_bytes: int(random.scaled(1 << 10, 1 << 16)),
        index_interval_bytes: int(random.scaled(64, 4_096)),
        segment_index_bytes: int(random.scaled(64, 4_096)),
        file_delete_delay_ms: long(random.scaled(10, 5_000)),
        segment_ms: if random.chance(300_000) { long(random.scaled(200, 10_000)) } else { 604_800_000 },
        ..TopicConfig::default()
    };
    Config {
        flush_policy,
        topic,
        tail_memory_bytes: random.scaled(1 << 10, 1 << 20),
        read_chunk_bytes: u32::try_from(random.scaled(512, 1 << 16)).expect("small"),
        fetch_session_slots: u32::try_from(random.between(1, 6)).expect("small"),
        retention_check_interval_ms: long(random.scaled(100, 5_000)),
        checkpoint_interval_ms: long(random.scaled(50, 3_000)),
        offsets_topic_partitions: int(random.between(1, 4)),
        offsets_topic_replication_factor: 1,
        offsets_topic_segment_bytes: int(random.scaled(1 << 10, 1 << 16)),
        transaction_topic_partitions: int(random.between(1, 4)),
        transaction_topic_replication_factor: 1,
        transaction_topic_segment_bytes: int(random.scaled(1 << 10, 1 << 16)),
        transaction_topic_min_isr: int(random.between(1, 2)),
        transaction_timeout_check_interval_ms: long(random.scaled(50, 3_000)),
        transactional_id_check_interval_ms: long(random.scaled(500, 60_000)),
        verification_retry_max_ms: long(random.below(200)),
        offsets_retention_check_interval_ms: long(random.scaled(500, 10_000)),
        group_initial_rebalance_delay_ms: long(random.below(500)),
        group_min_session_timeout_ms: 100,
        metadata_snapshot_bytes: random.scaled(1 << 9, 1 << 14),
        metadata_snapshot_interval_ms: long(random.scaled(500, 60_000)),
        connections_max_idle_ms: long(random.scaled(2_000, 600_000)),
        ..Config::default()
    }
}

/// How long a disk takes.
pub(super) fn draw_latency(random: &mut Stream) -> Latency {
    let sync = random.scaled(20_000, 5_000_000);
    Latency {
        read: (2_000, random.scaled(10_000, 500_000)),
        write: (1_000, random.scaled(5_000, 200_000)),
        sync: (sync / 10, sync),
        name: (1_000, random.scaled(5_000, 200_000)),
        per_kib: random.scaled(50, 5_000),
    }
}
