//! `klamm consume`.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write as _};
use std::time::Duration;

use bytes::Bytes;
use clap::{Args, ValueEnum};
use klamm_core::client::consumer::{
    ConsumerConfig, ConsumerRecord, GroupConfig, Isolation, OffsetReset, StartAt,
};
use klamm_core::types::TopicPartition;
use klamm_wire::Str;
use serde_json::{Value, json};

use crate::connection::{AdminSession, ClusterOptions, split};
use crate::consuming::{Consumed, Source, Until, consume};
use crate::context::Context;
use crate::exit::{Exit, Failure, Outcome};
use crate::groups::select_partitions;
use crate::when::{parse_time, show_time};

/// Prints the records of topics.
#[derive(Debug, Args)]
pub struct Consume {
    /// Topics, or topic:0,1 for some partitions
    #[arg(required = true, value_name = "TOPIC[:PARTITIONS]")]
    topics: Vec<String>,
    #[command(flatten)]
    cluster: ClusterOptions,
    /// Consume as a member of this group, going on where it stopped
    #[arg(short, long)]
    group: Option<String>,
    /// Begin at the first record; in a group, only where it has no offset
    #[arg(short = 's', long, conflicts_with_all = ["offset", "since"])]
    from_beginning: bool,
    /// Begin at this offset; counted from the end if negative
    #[arg(long, allow_negative_numbers = true, conflicts_with_all = ["since", "group"])]
    offset: Option<i64>,
    /// Begin at this time: 2026-01-31T12:00:00Z, milliseconds, or an age like 10m
    #[arg(long, value_name = "TIME", value_parser = parse_time, conflicts_with = "group")]
    since: Option<i64>,
    /// End after so many records
    #[arg(short = 'n', long)]
    count: Option<u64>,
    /// End at what is the end now, instead of waiting for more
    #[arg(short, long)]
    exit_at_end: bool,
    /// What is printed of each record (`-o json` prints everything)
    #[arg(short, long, value_enum, default_value_t = Format::Value)]
    format: Format,
    /// Separator between the parts of a line
    #[arg(long, default_value = "\t", hide_default_value = true)]
    separator: String,
    /// Only records of committed transactions
    #[arg(long)]
    read_committed: bool,
    /// Where this consumer stands: brokers with `replica.selector.class` send it to a replica in this rack
    #[arg(long, value_name = "RACK", default_value = "", hide_default_value = true)]
    rack: String,
}

/// What is printed of each record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// The value
    Value,
    /// Key and value
    KeyValue,
    /// Partition, offset, time, key, value, headers
    Full,
    /// The value in hexadecimal digits
    Hex,
}

impl Consume {
    pub(super) fn run(self, context: &Context) -> Outcome {
        let mut admin = AdminSession::open(&self.cluster)?;
        let (source, ends) = self.source(&mut admin)?;
        let in_group = self.group.is_some();
        let config = ConsumerConfig {
            cluster: self.cluster.config("klamm-consume")?,
            group: self.group.as_deref().map(|group| GroupConfig::new(group.into())),
            client_rack: self.rack.as_str().into(),
            auto_offset_reset: if self.from_beginning { OffsetReset::Earliest } else { OffsetReset::Latest },
            isolation: if self.read_committed {
                Isolation::ReadCommitted
            } else {
                Isolation::ReadUncommitted
            },
            ..ConsumerConfig::default()
        };
        // Where the group is and which partitions this member gets is not known here; silence has to do.
        let silence = self.exit_at_end.then_some(Duration::from_secs(if in_group { 3 } else { 2 }));
        let until = Until { count: self.count, ends: ends.filter(|_| !in_group), silence };
        let mut stdout = io::stdout().lock();
        let is_json = context.is_json();
        let take = |record: &ConsumerRecord| {
            if is_json {
                writeln!(stdout, "{}", record_as_json(record))?;
            } else {
                self.print(&mut stdout, record)?;
            }
            stdout.flush()
        };
        let consumed = consume(&admin.runtime, config, source, &until, take)?;
        self.outcome(consumed)
    }

    /// What to consume, and where the ends are now.
    fn source(
        &self,
        admin: &mut AdminSession,
    ) -> Result<(Source, Option<BTreeMap<TopicPartition, i64>>), Failure> {
        if self.group.is_some() {
            if self.topics.iter().any(|topic| topic.contains(':')) {
                let why = "the group shares the partitions out";
                return Err(Failure::new(Exit::Usage, "cannot choose partitions in a group", why)
                    .next("leave out the partitions, or --group"));
            }
            let topics = self.topics.iter().map(|topic| topic.as_str().into()).collect();
            return Ok((Source::Topics(topics), None));
        }
        let partitions = select_partitions(admin, &self.topics)?;
        let mut ends = || offsets_at(admin, &partitions, -1);
        let starts: Vec<_> = match (self.offset, self.since) {
            (Some(back), _) if back < 0 => {
                let ends = ends()?;
                let start = |name: &TopicPartition| StartAt::Offset((ends[name] + back).max(0));
                partitions.iter().map(|name| (name.clone(), start(name))).collect()
            }
            (offset, since) => {
                let start = match (offset, since) {
                    (Some(offset), _) => StartAt::Offset(offset),
                    (_, Some(ms)) => StartAt::Timestamp(ms),
                    _ if self.from_beginning => StartAt::Earliest,
                    _ => StartAt::Latest,
                };
                partitions.iter().map(|name| (name.clone(), start)).collect()
            }
        };
        let ends =
            if self.exit_at_end { Some(self.reachable_ends(admin, &partitions, &starts)?) } else { None };
        Ok((Source::Partitions(starts), ends))
    }

    /// Ends of partitions that have a record to come; the others are done before they begin.
    fn reachable_ends(
        &self,
        admin: &mut AdminSession,
        partitions: &BTreeSet<TopicPartition>,
        starts: &[(TopicPartition, StartAt)],
    ) -> Result<BTreeMap<TopicPartition, i64>, Failure> {
        let firsts = offsets_at(admin, partitions, -2)?;
        let mut ends = offsets_at(admin, partitions, -1)?;
        for (name, start) in starts {
            let begins = match start {
                StartAt::Offset(offset) => (*offset).max(firsts[name]),
                StartAt::Latest => ends[name],
                _ => firsts[name],
            };
            if begins >= ends[name] {
                ends.remove(name);
            }
        }
        Ok(ends)
    }

    fn print(&self, out: &mut impl io::Write, record: &ConsumerRecord) -> io::Result<()> {
        let separator = self.separator.as_bytes();
        let nothing = Bytes::new();
        let value = record.value.as_ref().unwrap_or(&nothing);
        match self.format {
            Format::Value => out.write_all(value)?,
            Format::Hex => value.iter().try_for_each(|byte| write!(out, "{byte:02x}"))?,
            Format::KeyValue => {
                out.write_all(record.key.as_ref().unwrap_or(&nothing))?;
                out.write_all(separator)?;
                out.write_all(value)?;
            }
            Format::Full => {
                write!(out, "{}", record.partition)?;
                out.write_all(separator)?;
                write!(out, "{}", record.offset)?;
                out.write_all(separator)?;
                write!(out, "{}", show_time(record.timestamp_ms))?;
                out.write_all(separator)?;
                out.write_all(record.key.as_deref().unwrap_or(b"-"))?;
                out.write_all(separator)?;
                out.write_all(record.value.as_deref().unwrap_or(b"-"))?;
                for (name, value) in &record.headers {
                    out.write_all(separator)?;
                    write!(out, "{name}=")?;
                    out.write_all(value.as_deref().unwrap_or(b"-"))?;
                }
            }
        }
        out.write_all(b"\n")
    }

    fn outcome(&self, consumed: Consumed) -> Outcome {
        let wanted = self.count.unwrap_or(0);
        if consumed.count < wanted && consumed.interrupted {
            let what = format!("stopped after {} of {wanted} records", consumed.count);
            return Err(Failure::new(Exit::Interrupted, what, "interrupted"));
        }
        Ok(())
    }
}

fn offsets_at(
    admin: &mut AdminSession,
    partitions: &BTreeSet<TopicPartition>,
    timestamp: i64,
) -> Result<BTreeMap<TopicPartition, i64>, Failure> {
    let asked = partitions.iter().map(|name| (name.clone(), timestamp)).collect();
    let (offsets, failure) = split("cannot look offsets up", admin.list_offsets(asked)?, ToString::to_string);
    match failure {
        Some(failure) => Err(failure),
        None => Ok(offsets.into_iter().map(|(name, listed)| (name, listed.offset)).collect()),
    }
}

/// Everything about a record. Bytes that are not text become an object with their base64 form.
pub(crate) fn record_as_json(record: &ConsumerRecord) -> Value {
    let header = |(name, value): &(Str, Option<Bytes>)| json!({"name": &**name, "value": bytes_as_json(value.as_ref())});
    json!({
        "topic": &*record.partition.topic,
        "partition": record.partition.partition,
        "offset": record.offset,
        "timestamp": record.timestamp_ms,
        "timestamp_type": if record.is_log_append_time { "LogAppendTime" } else { "CreateTime" },
        "key": bytes_as_json(record.key.as_ref()),
        "value": bytes_as_json(record.value.as_ref()),
        "headers": record.headers.iter().map(header).collect::<Value>(),
    })
}

/// Text as text, null as null, anything else as `{"base64": ...}`.
pub(crate) fn bytes_as_json(bytes: Option<&Bytes>) -> Value {
    match bytes.map(|bytes| (std::str::from_utf8(bytes), bytes)) {
        None => Value::Null,
        Some((Ok(text), _)) => json!(text),
        Some((Err(_), bytes)) => json!({"base64": base64(bytes)}),
    }
}

/// Source: RFC 4648, section 4.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let mut three = [0; 3];
        three[..chunk.len()].copy_from_slice(chunk);
        let bits = u32::from_be_bytes([0, three[0], three[1], three[2]]);
        for digit in 0..4 {
            let index = usize::try_from(bits >> (18 - 6 * digit) & 63).expect("six bits");
            text.push(if digit <= chunk.len() { char::from(ALPHABET[index]) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: bytes that are no text survive JSON. Source: the vectors of RFC 4648, section 10.
    #[test]
    fn bytes_become_base64() {
        for (bytes, text) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")]
        {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
        assert_eq!(bytes_as_json(Some(&Bytes::from_static(&[0xff]))), json!({"base64": "/w=="}));
        assert_eq!(bytes_as_json(Some(&Bytes::from_static(b"text"))), json!("text"));
    }
}
