//! `klamm produce`.

use std::io::{self, BufReader, IsTerminal as _};
use std::path::PathBuf;

use bytes::Bytes;
use clap::{Args, ValueEnum};
use klamm_core::client::producer::{Acks, ProducerConfig, ProducerOutcome, ProducerRecord};
use klamm_wire::batch::Codec;
use serde_json::json;

use super::topic::parse_setting;
use crate::connection::ClusterOptions;
use crate::context::Context;
use crate::exit::{Exit, Failure, Outcome};
use crate::producing::{ParseLine, produce_lines, split_key};
use crate::render::{counted, print_line};

/// Writes the lines of stdin, or of a file, as records.
#[derive(Debug, Args)]
pub struct Produce {
    /// Topic to write to; created if the broker allows it
    topic: String,
    #[command(flatten)]
    cluster: ClusterOptions,
    /// Cut each line at the first occurrence of this into key and value
    #[arg(short = 'K', long, value_name = "TEXT")]
    key_separator: Option<String>,
    /// The key of all records
    #[arg(short, long, conflicts_with = "key_separator")]
    key: Option<String>,
    /// A header of all records; may be repeated
    #[arg(short = 'H', long = "header", value_name = "NAME=VALUE", value_parser = parse_setting)]
    headers: Vec<(String, String)>,
    /// Write to this partition, instead of choosing by key
    #[arg(short, long)]
    partition: Option<i32>,
    /// Lines with exactly this value become tombstones
    #[arg(long, value_name = "TEXT")]
    null: Option<String>,
    /// How batches are compressed
    #[arg(short = 'z', long, value_enum, default_value_t = Compression::None)]
    compression: Compression,
    /// How many replicas must hold a record
    #[arg(long, value_enum, default_value_t = AcksChoice::All)]
    acks: AcksChoice,
    /// Do without sequences: a retry may write a record twice
    #[arg(long)]
    no_idempotence: bool,
    /// How long a batch waits for more records, in milliseconds
    #[arg(long, default_value_t = 5)]
    linger_ms: u32,
    /// Bytes after which a batch does not wait
    #[arg(long, default_value_t = 16_384)]
    batch_size: usize,
    /// Read from this file instead of stdin
    #[arg(short, long)]
    file: Option<PathBuf>,
}

/// Codecs by name.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Compression {
    None,
    Gzip,
    Snappy,
    Lz4,
    Zstd,
}

impl Compression {
    pub(super) fn codec(self) -> Codec {
        match self {
            Self::None => Codec::None,
            Self::Gzip => Codec::Gzip,
            Self::Snappy => Codec::Snappy,
            Self::Lz4 => Codec::Lz4,
            Self::Zstd => Codec::Zstd,
        }
    }
}

/// Acknowledgements by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum AcksChoice {
    /// None; the broker does not even answer
    #[value(name = "0")]
    None,
    /// The leader
    #[value(name = "1")]
    Leader,
    /// The whole in-sync set
    #[value(name = "all", alias = "-1")]
    All,
}

impl AcksChoice {
    pub(super) fn acks(self) -> Acks {
        match self {
            Self::None => Acks::None,
            Self::Leader => Acks::Leader,
            Self::All => Acks::All,
        }
    }
}

impl Produce {
    pub(super) fn run(self, context: &Context) -> Outcome {
        let timeout_ms = self.cluster.timeout_ms();
        let mut cluster = self.cluster.config("klamm-produce")?;
        self.cluster.knock()?;
        cluster.request_timeout_ms = cluster.request_timeout_ms.min(timeout_ms);
        let config = ProducerConfig {
            acks: self.acks.acks(),
            enable_idempotence: self.acks == AcksChoice::All && !self.no_idempotence,
            compression: self.compression.codec(),
            linger_ms: self.linger_ms,
            batch_size: self.batch_size,
            max_block_ms: timeout_ms,
            delivery_timeout_ms: timeout_ms
                .saturating_add(cluster.request_timeout_ms)
                .saturating_add(self.linger_ms),
            cluster,
            ..ProducerConfig::default()
        };
        let is_json = context.is_json();
        let tell = |outcome: &ProducerOutcome| {
            if is_json {
                tell_json(outcome);
            }
        };
        let tally = match self.file.clone() {
            Some(path) => {
                let file = std::fs::File::open(&path).map_err(|error| {
                    Failure::new(Exit::Failure, format!("cannot read {}", path.display()), error)
                })?;
                produce_lines(config, BufReader::new(file), self.parser(), tell)?
            }
            None => {
                if io::stdin().is_terminal() {
                    eprintln!("One record per line; Ctrl-D ends.");
                }
                produce_lines(config, BufReader::new(io::stdin()), self.parser(), tell)?
            }
        };
        tally.outcome()?;
        if !is_json {
            eprintln!("{} written.", counted(tally.delivered, "record"));
        }
        if tally.interrupted {
            return Err(Failure::new(Exit::Interrupted, "stopped", "interrupted; what was read is written"));
        }
        Ok(())
    }

    /// How a line becomes a record.
    fn parser(self) -> Box<ParseLine> {
        let headers: Vec<_> = self
            .headers
            .iter()
            .map(|(name, value)| (name.as_str().into(), Some(Bytes::from(value.clone()))))
            .collect();
        let fixed_key = self.key.map(Bytes::from);
        let topic: klamm_wire::Str = self.topic.into();
        Box::new(move |line| {
            let (key, value) = match &self.key_separator {
                Some(separator) => {
                    let (key, value) = split_key(line, separator)?;
                    (Some(key), value)
                }
                None => (fixed_key.clone(), Bytes::from(line)),
            };
            let is_null = self.null.as_ref().is_some_and(|null| null.as_bytes() == value);
            Ok(Some(ProducerRecord {
                topic: topic.clone(),
                partition: self.partition,
                key,
                value: (!is_null).then_some(value),
                headers: headers.clone(),
                ..ProducerRecord::default()
            }))
        })
    }
}

fn tell_json(outcome: &ProducerOutcome) {
    match outcome {
        ProducerOutcome::Delivered { record, partition, offset, timestamp_ms } => print_line(
            &json!({
                "record": record.0,
                "topic": &*partition.topic,
                "partition": partition.partition,
                "offset": offset,
                "timestamp": timestamp_ms,
            })
            .to_string(),
        ),
        ProducerOutcome::Failed { record, reason, maybe_written } => print_line(
            &json!({"record": record.0, "error": reason.to_string(), "maybe_written": maybe_written})
                .to_string(),
        ),
        ProducerOutcome::Flushed | ProducerOutcome::Closed => {}
    }
}
