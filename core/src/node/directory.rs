//! One log directory: who it belongs to, what lies in it, and the checkpoints over all its logs.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use bytes::Bytes;
use klamm_wire::Uuid;
use klamm_wire::messages::Response;

use crate::connection::Ticket;
use crate::disk::{Checkpoint, DirIndex, Path};
use crate::types::{BrokerId, Offset, TopicIdPartition, TopicPartition};

/// Names of the files of a directory that are not logs.
pub(crate) const META_PROPERTIES: &str = "meta.properties";
pub(crate) const CLEAN_SHUTDOWN: &str = ".kafka_cleanshutdown";
pub(crate) const BROKER_EPOCH: &str = "klamm.broker.epoch";

/// What is known of a log directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Directory {
    pub(crate) index: DirIndex,
    pub(crate) meta: Option<MetaProperties>,
    /// Whether the last stop was orderly.
    pub(crate) clean: bool,
    /// Broker epoch of the life that stopped in order; -1 if none did.
    pub(crate) previous_broker_epoch: i64,
    /// Broker epoch of the last life that has held anything here, however it ended; -1 if none did.
    pub(crate) synced_broker_epoch: i64,
    /// Logs found: directory name to topic and, if its file could be read, topic id.
    pub(crate) logs: BTreeMap<TopicPartition, Option<Uuid>>,
    /// Names to remove before anything is opened.
    pub(crate) rubbish: Vec<String>,
    /// As read at start.
    pub(crate) recovery_points: BTreeMap<TopicPartition, Offset>,
    pub(crate) log_start_offsets: BTreeMap<TopicPartition, Offset>,
    pub(crate) high_watermarks: BTreeMap<TopicPartition, Offset>,
    /// Checkpoints on their way to the disk.
    pub(crate) writing: BTreeSet<Checkpoint>,
    /// Of these, the ones that have to be written again.
    pub(crate) stale: BTreeSet<Checkpoint>,
    /// Of the checkpoints by which a log is opened, those that may still speak of a log of an earlier topic.
    /// Until there are none, no log is created: it could be opened by what was true of its namesake.
    pub(crate) forgetting: BTreeSet<Checkpoint>,
    /// Answers that leave once the log starts that are written next, or now, are durable.
    pub(crate) after_log_starts: Vec<(Ticket, Response)>,
    pub(crate) after_next_log_starts: Vec<(Ticket, Response)>,
    /// Logs that are cut once the recovery points that are written next, or now, are durable.
    pub(crate) after_recovery_points: Vec<TopicIdPartition>,
    pub(crate) after_next_recovery_points: Vec<TopicIdPartition>,
}

/// `meta.properties`: whose directory this is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct MetaProperties {
    pub(crate) cluster_id: Uuid,
    pub(crate) node_id: BrokerId,
    pub(crate) directory_id: Uuid,
}

impl Directory {
    pub(crate) fn new(index: DirIndex) -> Self {
        Self {
            index,
            meta: None,
            clean: false,
            previous_broker_epoch: -1,
            synced_broker_epoch: -1,
            logs: BTreeMap::new(),
            rubbish: Vec::new(),
            recovery_points: BTreeMap::new(),
            log_start_offsets: BTreeMap::new(),
            high_watermarks: BTreeMap::new(),
            writing: BTreeSet::new(),
            stale: BTreeSet::new(),
            forgetting: BTreeSet::new(),
            after_log_starts: Vec::new(),
            after_next_log_starts: Vec::new(),
            after_recovery_points: Vec::new(),
            after_next_recovery_points: Vec::new(),
        }
    }

    /// A path below this directory.
    pub(crate) fn path(&self, name: &str) -> Path {
        Path::new(self.index, name)
    }

    /// The root of this directory.
    pub(crate) fn root(&self) -> Path {
        self.path("")
    }
}

/// The file of a checkpoint.
pub(crate) fn checkpoint_name(checkpoint: Checkpoint) -> &'static str {
    match checkpoint {
        Checkpoint::RecoveryPoint => "recovery-point-offset-checkpoint",
        Checkpoint::LogStartOffset => "log-start-offset-checkpoint",
        Checkpoint::HighWatermark => "replication-offset-checkpoint",
    }
}

impl MetaProperties {
    /// The file's content, in Java's properties format.
    pub(crate) fn encode(&self) -> Bytes {
        let Self { cluster_id, node_id, directory_id } = self;
        let text = format!(
            "#\nversion=1\ncluster.id={cluster_id}\nnode.id={node_id}\ndirectory.id={directory_id}\n"
        );
        Bytes::from(text)
    }

    /// Reads the file.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub(crate) fn parse(content: &[u8]) -> Result<Self, String> {
        let text = core::str::from_utf8(content).map_err(|_| String::from("it is not text"))?;
        let mut values = BTreeMap::new();
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let (key, value) = line.split_once('=').ok_or_else(|| format!("line {line:?} has no '='"))?;
            // Java escapes ':' and '=' in values.
            values.insert(key.trim(), value.trim().replace('\\', ""));
        }
        let value = |key: &str| values.get(key).ok_or_else(|| format!("{key} is missing"));
        let node_id = values.get("node.id").or_else(|| values.get("broker.id"));
        let node_id = node_id.ok_or("node.id is missing")?;
        let id = |key: &str, text: &String| {
            Uuid::from_base64(text).ok_or_else(|| format!("{key} {text:?} is not an id"))
        };
        Ok(Self {
            cluster_id: id("cluster.id", value("cluster.id")?)?,
            node_id: node_id.parse().map_err(|_| format!("node.id {node_id:?} is not a number"))?,
            directory_id: match values.get("directory.id") {
                Some(text) => id("directory.id", text)?,
                None => Uuid::ZERO,
            },
        })
    }
}

/// The topic and partition that a directory name stands for.
pub(crate) fn parse_log_name(name: &str) -> Option<TopicPartition> {
    let (topic, partition) = name.rsplit_once('-')?;
    let digits = !partition.is_empty() && partition.bytes().all(|byte| byte.is_ascii_digit());
    let partition = digits.then(|| partition.parse().ok())??;
    (!topic.is_empty()).then(|| TopicPartition { topic: topic.into(), partition })
}

/// The topic id in a `partition.metadata` file.
pub(crate) fn parse_partition_metadata(content: &[u8]) -> Option<Uuid> {
    let text = core::str::from_utf8(content).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("topic_id:"))?;
    Uuid::from_base64(line.trim())
}

/// The file that says which life a directory belongs to.
pub(crate) fn encode_epoch(broker_epoch: i64) -> Bytes {
    Bytes::from(format!("0\n{broker_epoch}\n"))
}

/// The broker epoch in such a file; -1 if it cannot be read: then nobody vouches for what lies beside it.
pub(crate) fn parse_epoch(content: &[u8]) -> i64 {
    let text = core::str::from_utf8(content).unwrap_or_default();
    match text.split('\n').collect::<Vec<_>>()[..] {
        ["0", epoch, ""] => epoch.parse().unwrap_or(-1),
        _ => -1,
    }
}

/// The clean-shutdown marker of this broker epoch.
pub(crate) fn encode_marker(broker_epoch: i64) -> Bytes {
    Bytes::from(format!("{{\"version\":0,\"brokerEpoch\":{broker_epoch}}}"))
}

/// The broker epoch in a clean-shutdown marker; -1 if it cannot be read.
pub(crate) fn parse_marker(content: &[u8]) -> i64 {
    let text = core::str::from_utf8(content).unwrap_or_default().to_string();
    let digits = text.split("\"brokerEpoch\"").nth(1).unwrap_or_default();
    let digits: String = digits
        .chars()
        .skip_while(|c| matches!(c, ':' | ' '))
        .take_while(|c| *c != '}' && *c != ',')
        .collect();
    digits.trim().parse().unwrap_or(-1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: a directory written here is recognised here, and by Kafka's names.
    #[test]
    fn meta_properties_read_back_as_written() {
        let meta = MetaProperties { cluster_id: Uuid([7; 16]), node_id: 7, directory_id: Uuid([9; 16]) };
        assert_eq!(MetaProperties::parse(&meta.encode()), Ok(meta));
    }

    /// Goal: a damaged file is refused with the reason, never guessed at.
    #[test]
    fn damaged_meta_properties_say_what_is_wrong() {
        assert_eq!(MetaProperties::parse(b"version=1\nnode.id=1\n").unwrap_err(), "cluster.id is missing");
        assert!(
            MetaProperties::parse(b"cluster.id=AAAAAAAAAAAAAAAAAAAAAQ\nnode.id=x\n")
                .unwrap_err()
                .contains("not a number")
        );
        assert!(MetaProperties::parse(&[0xff, 0xfe]).unwrap_err().contains("not text"));
    }

    /// Goal: topics may hold dashes; what is not `<topic>-<n>` is no log.
    #[test]
    fn log_names_split_at_the_last_dash() {
        let name = parse_log_name("a-b-12").expect("a log");
        assert_eq!((&*name.topic, name.partition), ("a-b", 12));
        for other in ["a", "a-", "-1", "a-b", "a-1.uuid-delete", "a-+1"] {
            assert_eq!(parse_log_name(other), None, "{other}");
        }
    }

    /// Goal: a directory says whose it was, or nothing.
    #[test]
    fn broker_epoch_reads_back() {
        assert_eq!(parse_epoch(&encode_epoch(42)), 42);
        for damaged in [&b""[..], b"0\n4", b"1\n42\n", b"0\n4 2\n", b"0\n\xff\n"] {
            assert_eq!(parse_epoch(damaged), -1, "{damaged:?}");
        }
    }

    /// Goal: the marker's epoch survives; a marker of unknown form counts as epoch -1.
    #[test]
    fn clean_shutdown_marker_reads_back() {
        assert_eq!(parse_marker(&encode_marker(42)), 42);
        assert_eq!(parse_marker(b"{\"version\": 0, \"brokerEpoch\": 17}"), 17);
        assert_eq!(parse_marker(b""), -1);
    }
}
