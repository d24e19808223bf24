//! The table of topic keys, each with the broker keys that give its default.

use alloc::string::{String, ToString};

use klamm_wire::Str;
use klamm_wire::batch::Codec;

use super::key::{Access, Key, boolean, fixed, number};
use super::topic::{CleanupPolicy, CompressionType, TimestampType, TopicConfig};
use super::value::{Check, Kind};
use super::{FlushPolicy, ThrottledReplicas};

/// A topic key, and the names under which a broker gives its default.
pub(crate) struct TopicKey {
    pub(crate) key: Key<TopicConfig>,
    /// Most specific first; the last one has Kafka's default.
    pub(crate) broker: &'static [BrokerName],
}

/// A broker key that gives the default of a topic key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BrokerName {
    pub(crate) name: &'static str,
    /// Factor from this key's unit to the topic key's.
    pub(crate) unit: i64,
}

impl BrokerName {
    /// Whether the key can be changed while the broker runs. Kafka keeps the keys in coarser units fixed.
    pub(crate) fn is_dynamic(self) -> bool {
        self.unit == 1
    }
}

const fn same(name: &'static str) -> BrokerName {
    BrokerName { name, unit: 1 }
}

const fn scaled(name: &'static str, unit: i64) -> BrokerName {
    BrokerName { name, unit }
}

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 3_600_000;

const NO_TIERING: &str = "there is no remote storage";
const NO_COMPACTION_TUNING: &str = "compaction is not tuned per topic";
const NO_LEVELS: &str = "batches are compressed with the codec's default level";
const NO_PREALLOCATION: &str = "segments are not preallocated";

/// A key without a field: `$default` is all it accepts.
macro_rules! inert {
    ($name:literal, $kind:ident, $default:literal, $reason:expr, $broker:expr, $doc:literal) => {
        TopicKey {
            key: Key {
                name: $name,
                kind: Kind::$kind,
                check: Check::Only { default: $default, reason: $reason },
                access: fixed!($default),
                doc: $doc,
            },
            broker: $broker,
        }
    };
}

macro_rules! row {
    ($name:literal, $kind:ident, $check:expr, $access:expr, $broker:expr, $doc:literal) => {
        TopicKey {
            key: Key { name: $name, kind: Kind::$kind, check: $check, access: $access, doc: $doc },
            broker: $broker,
        }
    };
}

/// Every topic key, ordered by name. Source: Kafka's `LogConfig`, `TopicConfig` and `ServerTopicConfigSynonyms`.
pub(crate) static TOPIC_KEYS: &[TopicKey] = &[
    row!(
        "cleanup.policy",
        List,
        Check::EachOf(&["compact", "delete"]),
        Access {
            get: |c| cleanup_policy_text(c.cleanup_policy),
            set: |c, v| c.cleanup_policy = cleanup_policy(v.list())
        },
        &[same("log.cleanup.policy")],
        "What happens to old segments: they are deleted, compacted to the newest value per key, both, or neither when empty."
    ),
    inert!(
        "compression.gzip.level",
        Int,
        "-1",
        NO_LEVELS,
        &[same("compression.gzip.level")],
        "Level of gzip when the broker compresses."
    ),
    inert!(
        "compression.lz4.level",
        Int,
        "9",
        NO_LEVELS,
        &[same("compression.lz4.level")],
        "Level of lz4 when the broker compresses."
    ),
    row!(
        "compression.type",
        String,
        Check::OneOf(&["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"]),
        Access {
            get: |c| compression_text(c.compression_type).into(),
            set: |c, v| c.compression_type = compression(v.text())
        },
        &[same("compression.type")],
        "Codec of the stored batches; 'producer' keeps each batch as it was sent."
    ),
    inert!(
        "compression.zstd.level",
        Int,
        "3",
        NO_LEVELS,
        &[same("compression.zstd.level")],
        "Level of zstd when the broker compresses."
    ),
    row!(
        "delete.retention.ms",
        Long,
        Check::at_least(0),
        number!(delete_retention_ms: i64),
        &[same("log.cleaner.delete.retention.ms")],
        "How long compaction keeps a tombstone or transaction marker, in milliseconds."
    ),
    row!(
        "file.delete.delay.ms",
        Long,
        Check::at_least(0),
        number!(file_delete_delay_ms: i64),
        &[same("log.segment.delete.delay.ms")],
        "How long the files of a deleted segment stay on disk, in milliseconds."
    ),
    row!(
        "flush.messages",
        Long,
        Check::at_least(1),
        number!(flush_messages: i64),
        &[same("log.flush.interval.messages")],
        "A bound on records written and not yet synced; any bound makes the topic's flush policy 'synced', which is stronger."
    ),
    row!(
        "flush.ms",
        Long,
        Check::at_least(0),
        number!(flush_ms: i64),
        &[same("log.flush.interval.ms")],
        "A bound on the time a record is written and not yet synced; any bound makes the topic's flush policy 'synced', which is stronger."
    ),
    row!(
        "follower.replication.throttled.replicas",
        List,
        Check::Replicas,
        Access {
            get: |c| c.follower_throttled.to_text(),
            set: |c, v| c.follower_throttled = ThrottledReplicas::parse(v.list()).unwrap_or_default()
        },
        &[],
        "Replicas that are fetched no faster than follower.replication.throttled.rate, as partition:broker of the follower, or * for all."
    ),
    row!(
        "index.interval.bytes",
        Int,
        Check::at_least(0),
        number!(index_interval_bytes: i32),
        &[same("log.index.interval.bytes")],
        "How many bytes of log lie between two entries of the offset index."
    ),
    row!(
        "klamm.flush.policy",
        String,
        Check::OneOf(&["synced", "written"]),
        Access {
            get: |c| flush_policy_text(c.flush_policy).into(),
            set: |c, v| c.flush_policy = flush_policy(v.text())
        },
        &[same("klamm.flush.policy")],
        "When a record counts as held by a replica: once it is synced to the disk, or once it is written to the page cache."
    ),
    row!(
        "leader.replication.throttled.replicas",
        List,
        Check::Replicas,
        Access {
            get: |c| c.leader_throttled.to_text(),
            set: |c, v| c.leader_throttled = ThrottledReplicas::parse(v.list()).unwrap_or_default()
        },
        &[],
        "Replicas that the leader sends no faster than leader.replication.throttled.rate, as partition:broker of the leader, or * for all."
    ),
    inert!(
        "local.retention.bytes",
        Long,
        "-2",
        NO_TIERING,
        &[same("log.local.retention.bytes")],
        "Bytes kept locally of a tiered topic."
    ),
    inert!(
        "local.retention.ms",
        Long,
        "-2",
        NO_TIERING,
        &[same("log.local.retention.ms")],
        "Time kept locally of a tiered topic."
    ),
    inert!(
        "max.compaction.lag.ms",
        Long,
        "9223372036854775807",
        NO_COMPACTION_TUNING,
        &[same("log.cleaner.max.compaction.lag.ms")],
        "The longest a record stays uncompacted, in milliseconds."
    ),
    row!(
        "max.message.bytes",
        Int,
        Check::at_least(0),
        number!(max_message_bytes: i32),
        &[same("message.max.bytes")],
        "The largest batch that is accepted, with its header and after compression."
    ),
    row!(
        "message.timestamp.after.max.ms",
        Long,
        Check::at_least(0),
        number!(timestamp_after_max_ms: i64),
        &[same("log.message.timestamp.after.max.ms")],
        "How far a producer's timestamp may lie ahead of the broker's clock, in milliseconds."
    ),
    row!(
        "message.timestamp.before.max.ms",
        Long,
        Check::at_least(0),
        number!(timestamp_before_max_ms: i64),
        &[same("log.message.timestamp.before.max.ms")],
        "How far a producer's timestamp may lie behind the broker's clock, in milliseconds."
    ),
    row!(
        "message.timestamp.type",
        String,
        Check::OneOf(&["CreateTime", "LogAppendTime"]),
        Access {
            get: |c| timestamp_type_text(c.timestamp_type).into(),
            set: |c, v| c.timestamp_type = timestamp_type(v.text())
        },
        &[same("log.message.timestamp.type")],
        "Whether a record has the time its producer gave it or the time it was appended."
    ),
    inert!(
        "min.cleanable.dirty.ratio",
        Double,
        "0.5",
        NO_COMPACTION_TUNING,
        &[same("log.cleaner.min.cleanable.ratio")],
        "The share of a log that must be uncompacted before compaction starts."
    ),
    inert!(
        "min.compaction.lag.ms",
        Long,
        "0",
        NO_COMPACTION_TUNING,
        &[same("log.cleaner.min.compaction.lag.ms")],
        "The shortest a record stays uncompacted, in milliseconds."
    ),
    row!(
        "min.insync.replicas",
        Int,
        Check::at_least(1),
        number!(min_insync_replicas: i32),
        &[same("min.insync.replicas")],
        "How many replicas must be in sync for a write with acks=all to be accepted."
    ),
    inert!(
        "preallocate",
        Boolean,
        "false",
        NO_PREALLOCATION,
        &[same("log.preallocate")],
        "Whether a new segment's file gets its full size at once."
    ),
    inert!(
        "remote.storage.enable",
        Boolean,
        "false",
        NO_TIERING,
        &[],
        "Whether old segments move to remote storage."
    ),
    row!(
        "retention.bytes",
        Long,
        Check::at_least(-1),
        number!(retention_bytes: i64),
        &[same("log.retention.bytes")],
        "How large a partition may grow before its oldest segments are deleted; -1 for no bound."
    ),
    row!(
        "retention.ms",
        Long,
        Check::at_least(-1),
        number!(retention_ms: i64),
        &[
            same("log.retention.ms"),
            scaled("log.retention.minutes", MINUTE_MS),
            scaled("log.retention.hours", HOUR_MS)
        ],
        "How long a segment is kept after its newest record, in milliseconds; -1 for ever."
    ),
    row!(
        "segment.bytes",
        Int,
        Check::at_least(1 << 20),
        number!(segment_bytes: i32),
        &[same("log.segment.bytes")],
        "How large a segment grows before a new one is begun."
    ),
    row!(
        "segment.index.bytes",
        Int,
        Check::at_least(4),
        number!(segment_index_bytes: i32),
        &[same("log.index.size.max.bytes")],
        "The largest size of an index file."
    ),
    row!(
        "segment.jitter.ms",
        Long,
        Check::at_least(0),
        number!(segment_jitter_ms: i64),
        &[same("log.roll.jitter.ms"), scaled("log.roll.jitter.hours", HOUR_MS)],
        "How much of segment.ms may be taken off at random, so that segments do not roll all at once."
    ),
    row!(
        "segment.ms",
        Long,
        Check::at_least(1),
        number!(segment_ms: i64),
        &[same("log.roll.ms"), scaled("log.roll.hours", HOUR_MS)],
        "How old a segment grows before a new one is begun, in milliseconds."
    ),
    row!(
        "unclean.leader.election.enable",
        Boolean,
        Check::Any,
        boolean!(unclean_leader_election),
        &[same("unclean.leader.election.enable")],
        "Whether a replica outside the in-sync set may lead when no other can, at the price of lost records."
    ),
];

/// The row of a topic key.
pub(crate) fn topic_key(name: &str) -> Option<&'static TopicKey> {
    TOPIC_KEYS.binary_search_by(|row| row.key.name.cmp(name)).ok().map(|index| &TOPIC_KEYS[index])
}

/// The topic key whose default the broker key `name` gives.
pub(crate) fn topic_key_of_broker(name: &str) -> Option<(&'static TopicKey, BrokerName)> {
    TOPIC_KEYS
        .iter()
        .find_map(|row| row.broker.iter().find(|broker| broker.name == name).map(|broker| (row, *broker)))
}

fn cleanup_policy(list: &[Str]) -> CleanupPolicy {
    let has = |word: &str| list.iter().any(|element| &**element == word);
    CleanupPolicy { delete: has("delete"), compact: has("compact") }
}

fn cleanup_policy_text(policy: CleanupPolicy) -> String {
    let words = [(policy.compact, "compact"), (policy.delete, "delete")];
    let chosen = words.iter().filter(|(chosen, _)| *chosen).map(|(_, word)| word.to_string());
    chosen.collect::<alloc::vec::Vec<_>>().join(",")
}

fn compression(text: &str) -> CompressionType {
    match text {
        "uncompressed" => CompressionType::Codec(Codec::None),
        "gzip" => CompressionType::Codec(Codec::Gzip),
        "snappy" => CompressionType::Codec(Codec::Snappy),
        "lz4" => CompressionType::Codec(Codec::Lz4),
        "zstd" => CompressionType::Codec(Codec::Zstd),
        _ => CompressionType::Producer,
    }
}

fn compression_text(compression: CompressionType) -> &'static str {
    match compression {
        CompressionType::Producer => "producer",
        CompressionType::Codec(Codec::None) => "uncompressed",
        CompressionType::Codec(Codec::Gzip) => "gzip",
        CompressionType::Codec(Codec::Snappy) => "snappy",
        CompressionType::Codec(Codec::Lz4) => "lz4",
        CompressionType::Codec(Codec::Zstd) => "zstd",
    }
}

fn timestamp_type(text: &str) -> TimestampType {
    if text == "LogAppendTime" { TimestampType::LogAppendTime } else { TimestampType::CreateTime }
}

fn timestamp_type_text(kind: TimestampType) -> &'static str {
    match kind {
        TimestampType::CreateTime => "CreateTime",
        TimestampType::LogAppendTime => "LogAppendTime",
    }
}

fn flush_policy(text: &str) -> FlushPolicy {
    if text == "written" { FlushPolicy::Written } else { FlushPolicy::Synced }
}

fn flush_policy_text(policy: FlushPolicy) -> &'static str {
    match policy {
        FlushPolicy::Synced => "synced",
        FlushPolicy::Written => "written",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: lookup by binary search finds every row. Method: names ascend strictly.
    #[test]
    fn the_table_is_ordered_and_every_row_is_found() {
        assert!(TOPIC_KEYS.windows(2).all(|pair| pair[0].key.name < pair[1].key.name));
        for row in TOPIC_KEYS {
            let found = topic_key(row.key.name).expect("every row is found");
            assert_eq!(found.key.name, row.key.name);
            assert!(row.key.doc.ends_with('.'), "{}: one sentence", row.key.name);
        }
        assert!(topic_key("no.such.key").is_none());
    }

    /// Goal: what DescribeConfigs shows can be given back. Method: every default parses, passes its check and
    /// leaves the default in place.
    #[test]
    fn every_default_parses_back_to_itself() {
        for row in TOPIC_KEYS {
            let mut config = TopicConfig::default();
            let text = (row.key.access.get)(&config);
            let value = row.key.parse(&text).unwrap_or_else(|error| panic!("{error}"));
            (row.key.access.set)(&mut config, &value);
            assert_eq!(config, TopicConfig::default(), "{}", row.key.name);
            assert_eq!((row.key.access.get)(&config), text, "{}", row.key.name);
        }
    }

    /// Goal: every word of an enumerated key is a value of its own.
    #[test]
    fn every_word_of_an_enumeration_is_kept() {
        for row in TOPIC_KEYS {
            let Check::OneOf(words) = row.key.check else { continue };
            for word in words {
                let mut config = TopicConfig::default();
                (row.key.access.set)(&mut config, &row.key.parse(word).expect("a listed word is accepted"));
                assert_eq!((row.key.access.get)(&config), *word, "{}", row.key.name);
            }
        }
    }

    /// Goal: no broker key gives the default of two topic keys. Source: the names are Kafka's.
    #[test]
    fn a_broker_key_belongs_to_one_topic_key() {
        let mut names: alloc::vec::Vec<_> =
            TOPIC_KEYS.iter().flat_map(|row| row.broker).map(|broker| broker.name).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
        let (row, broker) = topic_key_of_broker("log.retention.hours").expect("Kafka's own default key");
        assert_eq!((row.key.name, broker.unit), ("retention.ms", HOUR_MS));
        assert!(!broker.is_dynamic());
    }
}
