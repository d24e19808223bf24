//! `klamm log`.

use std::fs;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use clap::{Args, Subcommand};
use klamm_core::client::consumer::ConsumerRecord;
use klamm_core::log::inspect::{BatchRow, FileKind, batches, offset_index, producer_snapshot, time_index};
use klamm_core::types::{METADATA_TOPIC, OFFSETS_TOPIC, TopicPartition};
use klamm_wire::batch::{ControlRecord, Record};
use klamm_wire::group_records::GroupRecord;
use klamm_wire::metadata_records::MetadataRecord;
use serde_json::{Value, json};

use super::consume::record_as_json;
use crate::context::Context;
use crate::exit::{Exit, Failure, Outcome};
use crate::render::print_line;

/// Bytes that one compressed batch may grow to.
const DECOMPRESSED_MAX: usize = 1 << 30;

/// Looks into data directories. No broker is needed; one that runs is not disturbed.
#[derive(Debug, Args)]
pub struct Log {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Shows what is in segments, indexes, snapshots and checkpoints
    Dump {
        /// Files, or directories of partitions; those Kafka wrote as well
        #[arg(required = true)]
        paths: Vec<PathBuf>,
        /// Also the records; those of the cluster's own topics are decoded
        #[arg(short, long)]
        records: bool,
    },
}

impl Log {
    pub(super) fn run(self, context: &Context) -> Outcome {
        let Action::Dump { paths, records } = self.action;
        let mut dump = Dump { is_json: context.is_json(), records, damaged: 0 };
        for path in &paths {
            dump.path(path, true)?;
        }
        match dump.damaged {
            0 => Ok(()),
            count => Err(Failure::new(Exit::Violation, format!("{count} places are damaged"), "see above")),
        }
    }
}

struct Dump {
    is_json: bool,
    records: bool,
    /// Batches with a wrong checksum, torn ends, unreadable files.
    damaged: u64,
}

impl Dump {
    /// A file, or all files of a directory; directories below it only if it was named.
    fn path(&mut self, path: &Path, named: bool) -> Outcome {
        let failure = |error: std::io::Error| {
            Failure::new(Exit::Failure, format!("cannot read {}", path.display()), error)
                .next("name a segment file, or the directory of a partition")
        };
        if !fs::metadata(path).map_err(failure)?.is_dir() {
            return self.file(path, named);
        }
        let entries: Result<Vec<PathBuf>, _> =
            fs::read_dir(path).map_err(failure)?.map(|entry| entry.map(|entry| entry.path())).collect();
        let mut entries = entries.map_err(failure)?;
        entries.sort();
        for entry in entries {
            if named || !entry.is_dir() {
                self.path(&entry, false)?;
            }
        }
        Ok(())
    }

    fn file(&mut self, path: &Path, named: bool) -> Outcome {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        // Snapshots of the metadata log are batches like a segment; the name is `offset-epoch.checkpoint`.
        let snapshot = name.strip_suffix(".checkpoint").is_some();
        let kind = FileKind::of(name);
        let text = matches!(name, "meta.properties" | "quorum-state" | ".kafka_cleanshutdown");
        if kind.is_none() && !snapshot && !text {
            if named {
                let what = format!("cannot show {}", path.display());
                return Err(Failure::new(Exit::Failure, what, "its name is that of no log file"));
            }
            return Ok(());
        }
        let bytes = fs::read(path)
            .map(Bytes::from)
            .map_err(|error| Failure::new(Exit::Failure, format!("cannot read {}", path.display()), error))?;
        if !self.is_json {
            print_line(&format!("Dumping {}", path.display()));
        }
        match kind {
            Some(FileKind::Segment(base)) => {
                if !self.is_json {
                    print_line(&format!("Log starting offset: {base}"));
                }
                self.segment(path, bytes);
            }
            None if snapshot => self.segment(path, bytes),
            Some(FileKind::OffsetIndex(base)) => self.rows(path, offset_index(&bytes, base)),
            Some(FileKind::TimeIndex(base)) => self.rows(path, time_index(&bytes, base)),
            Some(FileKind::Snapshot(_)) => self.rows(path, producer_snapshot(&bytes)),
            Some(FileKind::TransactionIndex(_)) => self.transactions(path, &bytes),
            Some(FileKind::LeaderEpochs | FileKind::Offsets | FileKind::PartitionMetadata) | None => {
                self.text(path, &bytes);
            }
        }
        Ok(())
    }

    fn rows<T: std::fmt::Display>(&mut self, path: &Path, rows: Option<Vec<T>>) {
        let Some(rows) = rows else { return self.damage(path, "it is damaged") };
        for row in rows {
            self.line(path, &row.to_string());
        }
    }

    fn line(&self, path: &Path, line: &str) {
        if self.is_json {
            print_line(&json!({"file": path.display().to_string(), "line": line}).to_string());
        } else {
            print_line(line);
        }
    }

    fn text(&self, path: &Path, bytes: &Bytes) {
        String::from_utf8_lossy(bytes).lines().for_each(|line| self.line(path, line));
    }

    fn damage(&mut self, path: &Path, what: &str) {
        self.damaged += 1;
        if self.is_json {
            print_line(&json!({"file": path.display().to_string(), "damaged": what}).to_string());
        } else {
            print_line(&format!("Damaged: {what}"));
        }
    }

    /// Entries of 34 bytes: version, producer id, first, last and last stable offset.
    fn transactions(&mut self, path: &Path, bytes: &Bytes) {
        const ENTRY: usize = 34;
        if !bytes.len().is_multiple_of(ENTRY) {
            self.damage(path, "it is no whole number of entries");
        }
        for entry in bytes.chunks_exact(ENTRY) {
            let number = |at: usize| {
                i64::from_be_bytes(entry[at..at + 8].try_into().expect("eight bytes of a whole entry"))
            };
            let version = i16::from_be_bytes([entry[0], entry[1]]);
            self.line(
                path,
                &format!(
                    "version: {version} producerId: {} firstOffset: {} lastOffset: {} lastStableOffset: {}",
                    number(2),
                    number(10),
                    number(18),
                    number(26)
                ),
            );
        }
    }

    fn segment(&mut self, path: &Path, bytes: Bytes) {
        let partition = partition_of(path);
        for batch in batches(bytes) {
            match batch {
                Ok(row) => self.batch(path, &partition, &row),
                Err((position, error)) => self.damage(path, &format!("{error} (at position {position})")),
            }
        }
    }

    fn batch(&mut self, path: &Path, partition: &TopicPartition, row: &BatchRow) {
        if self.is_json {
            print_line(&batch_as_json(path, row).to_string());
        } else {
            print_line(&row.to_string());
        }
        if !row.is_valid {
            self.damage(path, &format!("wrong checksum at position {}", row.position));
            return;
        }
        if !self.records {
            return;
        }
        let records = match row.view.records_decompressed(DECOMPRESSED_MAX) {
            Ok(records) => records,
            Err(error) => return self.damage(path, &error.to_string()),
        };
        for record in records {
            match record {
                Ok(record) => self.record(partition, row, record),
                Err(error) => return self.damage(path, &error.to_string()),
            }
        }
    }

    fn record(&self, partition: &TopicPartition, row: &BatchRow, record: Record) {
        let decoded = decode(partition, row, &record);
        let sequence = match row.header.base_sequence {
            sequence if sequence < 0 => -1,
            sequence => sequence.wrapping_add(record.offset_delta) & i32::MAX,
        };
        let record = ConsumerRecord {
            partition: partition.clone(),
            offset: row.header.base_offset + i64::from(record.offset_delta),
            leader_epoch: row.header.partition_leader_epoch,
            timestamp_ms: row.view.timestamp(record.timestamp_delta),
            is_log_append_time: row.header.attributes.is_log_append_time(),
            key: record.key,
            value: record.value,
            headers: record.headers,
        };
        if self.is_json {
            let mut json = record_as_json(&record);
            json["decoded"] = decoded.map_or(Value::Null, Value::from);
            print_line(&json.to_string());
        } else {
            print_line(&record_line(&record, sequence, decoded.as_deref()));
        }
    }
}

/// The partition a directory is named after: `topic-3`. A file somewhere else belongs to none.
fn partition_of(path: &Path) -> TopicPartition {
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let directory =
        path.parent().and_then(Path::file_name).and_then(|name| name.to_str()).unwrap_or_default();
    let split = directory.rsplit_once('-').and_then(|(topic, index)| Some((topic, index.parse().ok()?)));
    let (topic, partition) = split.unwrap_or((directory, -1));
    TopicPartition { topic: topic.into(), partition }
}

fn batch_as_json(path: &Path, row: &BatchRow) -> Value {
    let header = &row.header;
    json!({
        "file": path.display().to_string(),
        "position": row.position,
        "size": header.size(),
        "base_offset": header.base_offset,
        "last_offset": header.last_offset(),
        "count": header.records_count,
        "leader_epoch": header.partition_leader_epoch,
        "max_timestamp": header.max_timestamp,
        "timestamp_type": if header.attributes.is_log_append_time() { "LogAppendTime" } else { "CreateTime" },
        "codec": header.attributes.codec().map_or("unknown", |codec| codec.name()),
        "producer_id": header.producer_id,
        "producer_epoch": header.producer_epoch,
        "base_sequence": header.base_sequence,
        "transactional": header.attributes.is_transactional(),
        "control": header.attributes.is_control(),
        "crc": header.crc,
        "valid": row.is_valid,
    })
}

/// What a record of the cluster's own topics, or a control record, means.
fn decode(partition: &TopicPartition, row: &BatchRow, record: &Record) -> Option<String> {
    if row.header.attributes.is_control() {
        let (key, value) = (record.key.as_ref()?, record.value.as_ref()?);
        return ControlRecord::decode(key, value).ok().flatten().map(|control| format!("{control:?}"));
    }
    match &*partition.topic {
        METADATA_TOPIC => {
            let decoded = MetadataRecord::decode_framed(record.value.as_ref()?);
            Some(decoded.map_or_else(|error| error.to_string(), |record| format!("{record:?}")))
        }
        OFFSETS_TOPIC => match GroupRecord::decode(record.key.as_ref()?, record.value.as_ref()) {
            Ok(decoded) => decoded.map(|record| format!("{record:?}")),
            Err(error) => Some(error.to_string()),
        },
        _ => None,
    }
}

fn record_line(record: &ConsumerRecord, sequence: i32, decoded: Option<&str>) -> String {
    let size =
        |bytes: &Option<Bytes>| bytes.as_ref().map_or(-1, |b| i64::try_from(b.len()).unwrap_or(i64::MAX));
    let time = if record.is_log_append_time { "LogAppendTime" } else { "CreateTime" };
    let headers: Vec<&str> = record.headers.iter().map(|(name, _)| &**name).collect();
    let mut line = format!(
        "| offset: {} {time}: {} keySize: {} valueSize: {} sequence: {sequence} headerKeys: [{}]",
        record.offset,
        record.timestamp_ms,
        size(&record.key),
        size(&record.value),
        headers.join(",")
    );
    let text = |bytes: &Bytes| String::from_utf8_lossy(bytes).into_owned();
    match decoded {
        Some(decoded) => line += &format!(" decoded: {decoded}"),
        None => {
            if let Some(key) = &record.key {
                line += &format!(" key: {}", text(key));
            }
            if let Some(value) = &record.value {
                line += &format!(" payload: {}", text(value));
            }
        }
    }
    line
}
