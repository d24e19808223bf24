//! `kafka-console-consumer`.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Duration;

use bytes::Bytes;
use clap::Args;
use klamm_core::client::consumer::{
    ConsumerConfig, ConsumerRecord, GroupConfig, Isolation, OffsetReset, StartAt,
};
use klamm_core::types::TopicPartition;

use super::{KafkaServer, TopicFilter, parse_property};
use crate::connection::{AdminSession, split};
use crate::consuming::{Source, Until, consume};
use crate::context::Context;
use crate::exit::{Exit, Failure, Outcome};
use crate::groups::partitions;

/// Prints the records of topics, with the flags of Kafka's tool.
#[derive(Debug, Args)]
pub struct KafkaConsoleConsumer {
    #[command(flatten)]
    server: KafkaServer,
    /// Topic to read
    #[arg(long, required_unless_present = "include")]
    topic: Option<String>,
    /// Regular expression of topics to read
    #[arg(long, conflicts_with_all = ["topic", "partition"])]
    include: Option<String>,
    /// Only this partition
    #[arg(long, requires = "topic")]
    partition: Option<i32>,
    /// Where to begin in the partition: an offset, earliest, or latest
    #[arg(long, requires = "partition")]
    offset: Option<String>,
    /// Without committed offset, begin at the first record
    #[arg(long)]
    from_beginning: bool,
    /// End after so many records
    #[arg(long)]
    max_messages: Option<u64>,
    /// End when nothing comes for so long
    #[arg(long)]
    timeout_ms: Option<u64>,
    /// Name of the group; one of its own if not given
    #[arg(long)]
    group: Option<String>,
    /// read_uncommitted or read_committed
    #[arg(long, default_value = "read_uncommitted")]
    isolation_level: String,
    /// What is printed: print.key, print.value, print.partition, print.offset, print.timestamp, print.headers,
    /// key.separator, line.separator, headers.separator, null.literal
    #[arg(long = "formatter-property", alias = "property", value_name = "NAME=VALUE", value_parser = parse_property)]
    properties: Vec<(String, String)>,
    /// auto.offset.reset, auto.commit.interval.ms, client.rack or enable.auto.commit
    #[arg(long = "command-property", alias = "consumer-property", value_name = "NAME=VALUE",
          value_parser = parse_property)]
    consumer_properties: Vec<(String, String)>,
}

/// Kafka's `DefaultMessageFormatter`.
struct Formatter {
    timestamp: bool,
    partition: bool,
    offset: bool,
    headers: bool,
    key: bool,
    value: bool,
    key_separator: String,
    line_separator: String,
    headers_separator: String,
    null_literal: String,
}

impl Formatter {
    fn new(properties: &[(String, String)]) -> Result<Self, Failure> {
        let mut given: BTreeMap<&str, &str> =
            properties.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let mut take = |name: &str, default: &str| given.remove(name).unwrap_or(default).to_owned();
        let formatter = Self {
            timestamp: take("print.timestamp", "false") == "true",
            partition: take("print.partition", "false") == "true",
            offset: take("print.offset", "false") == "true",
            headers: take("print.headers", "false") == "true",
            key: take("print.key", "false") == "true",
            value: take("print.value", "true") == "true",
            key_separator: take("key.separator", "\t"),
            line_separator: take("line.separator", "\n"),
            headers_separator: take("headers.separator", ","),
            null_literal: take("null.literal", "null"),
        };
        match given.keys().next() {
            None => Ok(formatter),
            Some(name) => {
                let what = format!("`{name}` is no property of the formatter");
                Err(Failure::new(Exit::Usage, what, "see --help"))
            }
        }
    }

    fn write(&self, out: &mut impl Write, record: &ConsumerRecord) -> io::Result<()> {
        let kind = if record.is_log_append_time { "LogAppendTime" } else { "CreateTime" };
        let bytes = |bytes: &Option<Bytes>| {
            bytes.clone().unwrap_or_else(|| Bytes::copy_from_slice(self.null_literal.as_bytes()))
        };
        let mut parts: Vec<Bytes> = Vec::new();
        if self.timestamp {
            let known = record.timestamp_ms >= 0;
            let text = if known { format!("{kind}:{}", record.timestamp_ms) } else { "NO_TIMESTAMP".into() };
            parts.push(text.into());
        }
        if self.partition {
            parts.push(format!("Partition:{}", record.partition.partition).into());
        }
        if self.offset {
            parts.push(format!("Offset:{}", record.offset).into());
        }
        if self.headers {
            parts.push(self.headers(record));
        }
        if self.key {
            parts.push(bytes(&record.key));
        }
        if self.value {
            parts.push(bytes(&record.value));
        }
        for (index, part) in parts.iter().enumerate() {
            if index > 0 {
                out.write_all(self.key_separator.as_bytes())?;
            }
            out.write_all(part)?;
        }
        out.write_all(self.line_separator.as_bytes())
    }

    fn headers(&self, record: &ConsumerRecord) -> Bytes {
        if record.headers.is_empty() {
            return Bytes::from_static(b"NO_HEADERS");
        }
        let mut text = Vec::new();
        for (index, (name, value)) in record.headers.iter().enumerate() {
            if index > 0 {
                text.extend_from_slice(self.headers_separator.as_bytes());
            }
            text.extend_from_slice(name.as_bytes());
            text.push(b':');
            text.extend_from_slice(value.as_deref().unwrap_or(self.null_literal.as_bytes()));
        }
        text.into()
    }
}

impl KafkaConsoleConsumer {
    pub(crate) fn run(self, _: &Context) -> Outcome {
        let formatter = Formatter::new(&self.properties)?;
        let options = self.server.options()?;
        let mut admin = AdminSession::open(&options)?;
        let (source, in_group) = self.source(&mut admin)?;
        let mut config = ConsumerConfig {
            cluster: options.config("console-consumer")?,
            auto_offset_reset: if self.from_beginning { OffsetReset::Earliest } else { OffsetReset::Latest },
            isolation: match self.isolation_level.as_str() {
                "read_committed" => Isolation::ReadCommitted,
                "read_uncommitted" => Isolation::ReadUncommitted,
                other => {
                    let what = format!("`{other}` is no isolation level");
                    return Err(Failure::new(Exit::Usage, what, "it is read_committed or read_uncommitted"));
                }
            },
            ..ConsumerConfig::default()
        };
        if in_group {
            // Kafka's tool draws a group name and commits nothing under it.
            config.enable_auto_commit = self.group.is_some();
            let drawn = || format!("console-consumer-{}", std::process::id());
            config.group = Some(GroupConfig::new(self.group.clone().unwrap_or_else(drawn).into()));
        }
        self.apply_properties(&mut config)?;
        let silence = self.timeout_ms.map(Duration::from_millis);
        let until = Until { count: self.max_messages, ends: None, silence };
        let mut stdout = io::stdout().lock();
        let take = |record: &ConsumerRecord| {
            formatter.write(&mut stdout, record)?;
            stdout.flush()
        };
        let consumed = consume(&admin.runtime, config, source, &until, take)?;
        eprintln!("Processed a total of {} messages", consumed.count);
        if consumed.silent && self.max_messages.is_some() {
            let what = format!("only {} records came", consumed.count);
            return Err(Failure::new(Exit::Failure, what, "nothing came for --timeout-ms"));
        }
        Ok(())
    }

    /// What to consume, and whether that takes a group.
    fn source(&self, admin: &mut AdminSession) -> Result<(Source, bool), Failure> {
        if let (Some(topic), Some(partition)) = (&self.topic, self.partition) {
            let name = TopicPartition { topic: topic.as_str().into(), partition };
            let start = match self.offset.as_deref() {
                Some("earliest") => StartAt::Earliest,
                Some("latest") => StartAt::Latest,
                Some(offset) => StartAt::Offset(offset.parse().map_err(|_| {
                    let what = format!("The provided offset value '{offset}' is incorrect");
                    Failure::new(Exit::Usage, what, "it is earliest, latest, or a number")
                })?),
                None if self.from_beginning => StartAt::Earliest,
                None => StartAt::Latest,
            };
            return Ok((Source::Partitions(vec![(name, start)]), false));
        }
        if let Some(topic) = &self.topic {
            return Ok((Source::Topics(vec![topic.as_str().into()]), true));
        }
        let filter = TopicFilter::new(self.include.as_deref())?;
        let (topics, _) = split("", admin.describe_topics(None)?, ToString::to_string);
        let matching: Vec<_> =
            topics.iter().filter(|(name, t)| filter.matches(name) && !t.is_internal).collect();
        if matching.iter().all(|(name, topic)| partitions(name, topic).is_empty()) {
            return Err(Failure::new(Exit::Failure, "nothing to consume", "no topic matches --include"));
        }
        Ok((Source::Topics(matching.into_iter().map(|(name, _)| name.clone()).collect()), true))
    }

    fn apply_properties(&self, config: &mut ConsumerConfig) -> Result<(), Failure> {
        for (name, value) in &self.consumer_properties {
            let wrong = || Failure::new(Exit::Usage, format!("{name} cannot be {value}"), "see --help");
            match (name.as_str(), value.as_str()) {
                ("auto.offset.reset", "earliest") => config.auto_offset_reset = OffsetReset::Earliest,
                ("auto.offset.reset", "latest") => config.auto_offset_reset = OffsetReset::Latest,
                ("auto.offset.reset", "none") => config.auto_offset_reset = OffsetReset::None,
                ("enable.auto.commit", "true") => config.enable_auto_commit = true,
                ("enable.auto.commit", "false") => config.enable_auto_commit = false,
                ("auto.commit.interval.ms", ms) => {
                    config.auto_commit_interval_ms = ms.parse().map_err(|_| wrong())?;
                }
                ("client.rack", rack) => config.client_rack = rack.into(),
                ("group.id", _) => {
                    if let Some(group) = &mut config.group {
                        group.group_id = value.as_str().into();
                        config.enable_auto_commit = true;
                    }
                }
                _ => return Err(wrong()),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: a line looks like one of Kafka's tool. Source: `DefaultMessageFormatterTest`.
    #[test]
    fn a_record_is_printed_as_kafka_does() {
        let all = ["print.timestamp", "print.partition", "print.offset", "print.headers", "print.key"];
        let on: Vec<_> = all.iter().map(|name| ((*name).to_owned(), "true".to_owned())).collect();
        let record = ConsumerRecord {
            partition: TopicPartition { topic: "t".into(), partition: 9 },
            offset: 9_876,
            leader_epoch: 0,
            timestamp_ms: 1_234,
            is_log_append_time: false,
            key: Some(Bytes::from_static(b"someKey")),
            value: None,
            headers: vec![("h1".into(), Some(Bytes::from_static(b"v1"))), ("h2".into(), None)],
        };
        let mut line = Vec::new();
        Formatter::new(&on).unwrap().write(&mut line, &record).unwrap();
        let expected = "CreateTime:1234\tPartition:9\tOffset:9876\th1:v1,h2:null\tsomeKey\tnull\n";
        assert_eq!(String::from_utf8(line).unwrap(), expected);
    }
}
