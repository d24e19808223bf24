//! `klamm perf`: how fast, and at what price.

use std::collections::VecDeque;
use std::fs;
use std::time::{Duration, Instant};

use bytes::Bytes;
use clap::{Args, Subcommand};
use klamm_core::client::consumer::{
    Consumer, ConsumerCommand, ConsumerConfig, ConsumerOutcome, OffsetReset, StartAt,
};
use klamm_core::client::producer::{
    Producer, ProducerCommand, ProducerConfig, ProducerOutcome, ProducerRecord, RecordId,
};
use klamm_core::types::TopicPartition;
use klamm_net::client::Client;
use klamm_wire::Str;
use serde_json::{Value, json};

use super::produce::{AcksChoice, Compression};
use crate::connection::{AdminSession, ClusterOptions, entropy, runtime, spawn};
use crate::context::Context;
use crate::exit::{Exit, Failure, Outcome};
use crate::groups::select_partitions;
use crate::render::{human_bytes, print_json, print_line};

/// Measures throughput and latency of a broker.
#[derive(Debug, Args)]
pub struct Perf {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Writes records as fast as they are acknowledged
    Produce(Load),
    /// Reads records as fast as they come
    Consume(Read),
    /// Writes records at a fixed rate and measures how long each takes to be acknowledged
    Latency {
        #[command(flatten)]
        load: Load,
        /// Records per second, all producers together
        #[arg(long, default_value_t = 1_000)]
        rate: u64,
    },
}

/// What is common to all measurements.
#[derive(Clone, Debug, Args)]
struct Target {
    /// Topic
    topic: String,
    #[command(flatten)]
    cluster: ClusterOptions,
    /// Process id of the broker, on this machine: its CPU time and memory are shown, too
    #[arg(long)]
    pid: Option<u32>,
}

/// What is written.
#[derive(Clone, Debug, Args)]
struct Load {
    #[command(flatten)]
    target: Target,
    /// Number of records
    #[arg(short = 'n', long, default_value_t = 100_000)]
    records: u64,
    /// Bytes of each value
    #[arg(short, long, default_value_t = 1_024)]
    size: usize,
    /// Bytes of a batch
    #[arg(long, default_value_t = 16_384)]
    batch_bytes: usize,
    /// How long a batch that is not full waits, in milliseconds
    #[arg(long, default_value_t = 5)]
    linger_ms: u32,
    /// How many replicas must hold a record
    #[arg(long, value_enum, default_value_t = AcksChoice::All)]
    acks: AcksChoice,
    /// How batches are compressed
    #[arg(short = 'z', long, value_enum, default_value_t = Compression::None)]
    compression: Compression,
    /// Producers side by side, a connection each
    #[arg(short, long, default_value_t = 1)]
    producers: u64,
    /// Without producer ids and sequences
    #[arg(long)]
    no_idempotence: bool,
}

/// What is read.
#[derive(Clone, Debug, Args)]
struct Read {
    #[command(flatten)]
    target: Target,
    /// Number of records
    #[arg(short = 'n', long, default_value_t = 100_000)]
    records: u64,
    /// `fetch.max.bytes`
    #[arg(long, default_value_t = 52_428_800)]
    fetch_bytes: i32,
    /// `max.partition.fetch.bytes`
    #[arg(long, default_value_t = 1_048_576)]
    partition_bytes: i32,
}

impl Perf {
    pub(super) fn run(self, context: &Context) -> Outcome {
        match self.action {
            Action::Produce(load) => produce(context, &load, None),
            Action::Latency { load, rate } => produce(context, &load, Some(rate.max(1))),
            Action::Consume(read) => consume(context, &read),
        }
    }
}

/// What a process has used so far, as Linux tells.
#[derive(Clone, Copy, Debug)]
struct Usage {
    cpu: Duration,
    resident_bytes: u64,
}

fn usage(pid: u32) -> Result<Usage, Failure> {
    let failure = |why: String| {
        Failure::new(Exit::Usage, format!("cannot see process {pid}"), why)
            .next("give the id of a broker on this machine, or leave out --pid")
    };
    let read = |file: &str| {
        fs::read_to_string(format!("/proc/{pid}/{file}")).map_err(|error| failure(error.to_string()))
    };
    parse_usage(&read("stat")?, &read("statm")?).ok_or_else(|| failure("its statistics do not parse".into()))
}

/// Source: proc(5): user and system time are the 14th and 15th field, in ticks of which Linux shows 100 per second;
/// resident pages of 4096 bytes are the second field of statm.
fn parse_usage(stat: &str, statm: &str) -> Option<Usage> {
    let after_name = &stat[stat.rfind(')')? + 1..];
    let mut fields = after_name.split_whitespace().skip(11);
    let ticks = fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?;
    let pages = statm.split_whitespace().nth(1)?.parse::<u64>().ok()?;
    Some(Usage { cpu: Duration::from_millis(ticks * 10), resident_bytes: pages * 4096 })
}

/// What was measured.
struct Measured {
    records: u64,
    bytes: u64,
    failed: u64,
    elapsed: Duration,
    /// Sorted, in microseconds; empty where latency has no meaning.
    latencies_us: Vec<u64>,
}

impl Measured {
    /// The latency that `permille` of the records did not exceed.
    fn percentile(&self, permille: usize) -> u64 {
        assert!(!self.latencies_us.is_empty(), "percentiles need records");
        let last = self.latencies_us.len() - 1;
        self.latencies_us[(last * permille).div_ceil(1000)]
    }

    fn report(&self, context: &Context, before: Option<Usage>, after: Option<Usage>) {
        let micros = u64::try_from(self.elapsed.as_micros()).unwrap_or(u64::MAX).max(1);
        let per_second = |amount: u64| {
            u64::try_from(u128::from(amount) * 1_000_000 / u128::from(micros)).unwrap_or(u64::MAX)
        };
        let (records_per_s, bytes_per_s) = (per_second(self.records), per_second(self.bytes));
        let cpu = before.zip(after).map(|(before, after)| after.cpu.saturating_sub(before.cpu));
        let percentiles = [("p50", 500), ("p90", 900), ("p99", 990), ("p99.9", 999), ("max", 1000)];
        let latency = || percentiles.map(|(name, permille)| (name, self.percentile(permille)));
        if context.is_json() {
            let mut report = json!({
                "records": self.records,
                "bytes": self.bytes,
                "failed": self.failed,
                "seconds": self.elapsed.as_secs_f64(),
                "records_per_second": records_per_s,
                "bytes_per_second": bytes_per_s,
            });
            if !self.latencies_us.is_empty() {
                let named = latency().map(|(name, us)| (name.to_owned(), json!(us)));
                report["latency_us"] = Value::Object(named.into_iter().collect());
            }
            if let (Some(cpu), Some(after)) = (cpu, after) {
                report["broker"] =
                    json!({"cpu_seconds": cpu.as_secs_f64(), "resident_bytes": after.resident_bytes});
            }
            print_json(&report);
            return;
        }
        print_line(&format!(
            "{} records, {} in {:.2} s: {records_per_s} records/s, {}/s",
            self.records,
            human_bytes(self.bytes),
            self.elapsed.as_secs_f64(),
            human_bytes(bytes_per_s),
        ));
        if !self.latencies_us.is_empty() {
            let shown = latency().map(|(name, us)| format!("{name} {}.{:03} ms", us / 1000, us % 1000));
            print_line(&format!("latency: {}", shown.join("  ")));
        }
        if let (Some(cpu), Some(after)) = (cpu, after) {
            let gigabytes = self.bytes as f64 / 1e9;
            let millions = self.records as f64 / 1e6;
            print_line(&format!(
                "broker: {:.2} s CPU, {:.2} s per GB, {:.2} s per million records, {} resident",
                cpu.as_secs_f64(),
                cpu.as_secs_f64() / gigabytes,
                cpu.as_secs_f64() / millions,
                human_bytes(after.resident_bytes),
            ));
        }
    }
}

fn produce(context: &Context, load: &Load, rate: Option<u64>) -> Outcome {
    let request_ms = load.target.cluster.timeout_ms();
    let config = ProducerConfig {
        cluster: load.target.cluster.config("klamm-perf")?,
        acks: load.acks.acks(),
        enable_idempotence: load.acks == AcksChoice::All && !load.no_idempotence,
        compression: load.compression.codec(),
        batch_size: load.batch_bytes,
        linger_ms: load.linger_ms,
        max_request_size: (1 << 20).max(load.batch_bytes * 2),
        buffer_memory: (32 << 20).max(load.batch_bytes * 16),
        max_block_ms: request_ms,
        ..ProducerConfig::default()
    };
    let producers = load.producers.max(1);
    let runtime = runtime()?;
    let before = load.target.pid.map(usage).transpose()?;
    let started = Instant::now();
    let mut tasks = Vec::new();
    for index in 0..producers {
        let share = load.records / producers + u64::from(index < load.records % producers);
        let client = spawn(&runtime, Producer::new(config.clone(), entropy()));
        let pace = rate.map(|rate| Duration::from_nanos(1_000_000_000 * producers / rate));
        let writer = Writer {
            client,
            topic: load.target.topic.as_str().into(),
            payload: payload(load.size, index),
            window: config.buffer_memory / 2,
            pace,
        };
        tasks.push(runtime.spawn(writer.run(share)));
    }
    let mut all =
        Measured { records: 0, bytes: 0, failed: 0, elapsed: Duration::ZERO, latencies_us: Vec::new() };
    let mut first_error = None;
    for task in tasks {
        let (latencies, failed, error) = runtime.block_on(task).expect("a writer does not panic");
        all.records += u64::try_from(latencies.len()).expect("a count fits");
        all.failed += failed;
        all.latencies_us.extend(latencies);
        first_error = first_error.or(error);
    }
    all.elapsed = started.elapsed();
    all.bytes = all.records * u64::try_from(load.size).expect("a size fits");
    all.latencies_us.sort_unstable();
    let after = load.target.pid.map(usage).transpose()?;
    if all.records > 0 {
        all.report(context, before, after);
    }
    match first_error {
        Some(error) => {
            Err(Failure::new(Exit::Failure, format!("{} records were not written", all.failed), error))
        }
        None => Ok(()),
    }
}

/// Bytes that compress about as well as text does, the same in every run.
fn payload(size: usize, seed: u64) -> Bytes {
    let mut rng = klamm_core::Rng::new(seed);
    let letters = b"etaoin shrdlu cmfwyp vbgkjq xz0123456789";
    let count = u64::try_from(letters.len()).expect("few letters");
    (0..size).map(|_| letters[usize::try_from(rng.below(count)).expect("few letters")]).collect()
}

struct Writer {
    client: Client<Producer>,
    topic: Str,
    payload: Bytes,
    /// Bytes under way at most.
    window: usize,
    /// Time between two records; none means as fast as possible.
    pace: Option<Duration>,
}

impl Writer {
    /// Latencies in microseconds, failures, and why the first one failed.
    ///
    /// With a pace, the clock of a record starts when it should have been sent: a broker that stalls cannot hide it
    /// by stalling the load ("coordinated omission").
    async fn run(mut self, count: u64) -> (Vec<u64>, u64, Option<String>) {
        let capacity = usize::try_from(count).unwrap_or(0);
        let (mut latencies, mut failed, mut error) = (Vec::with_capacity(capacity), 0, None);
        let mut sent_at: VecDeque<(u64, Option<Instant>)> = VecDeque::new();
        let record_bytes = self.payload.len() + 100;
        let started = Instant::now();
        let (mut next, mut under_way) = (0u64, 0usize);
        let mut closing = false;
        loop {
            if next == count && !closing {
                closing = true;
                self.client.command(ProducerCommand::Close).await;
            }
            let may_send = next < count && (under_way + 1) * record_bytes <= self.window.max(record_bytes);
            let due = self.pace.map(|pace| started + pace * u32::try_from(next).unwrap_or(u32::MAX));
            let outcome = tokio::select! {
                biased;
                outcome = self.client.outcome() => outcome,
                () = wait_until(due), if may_send => {
                    let record = ProducerRecord {
                        topic: self.topic.clone(),
                        value: Some(self.payload.clone()),
                        ..ProducerRecord::default()
                    };
                    sent_at.push_back((next, Some(due.unwrap_or_else(Instant::now))));
                    under_way += 1;
                    self.client.command(ProducerCommand::Send(RecordId(next), record)).await;
                    next += 1;
                    continue;
                }
            };
            match outcome {
                Some(ProducerOutcome::Delivered { record, .. }) => {
                    under_way -= 1;
                    if let Some(at) = take(&mut sent_at, record.0) {
                        latencies.push(u64::try_from(at.elapsed().as_micros()).unwrap_or(u64::MAX));
                    }
                }
                Some(ProducerOutcome::Failed { record, reason, .. }) => {
                    under_way -= 1;
                    take(&mut sent_at, record.0);
                    failed += 1;
                    error.get_or_insert_with(|| reason.to_string());
                }
                Some(ProducerOutcome::Flushed) => {}
                Some(ProducerOutcome::Closed) | None => return (latencies, failed, error),
            }
        }
    }
}

/// When a record was sent. Records are sent in the order of their numbers and mostly end in it, too.
fn take(sent_at: &mut VecDeque<(u64, Option<Instant>)>, record: u64) -> Option<Instant> {
    let first = sent_at.front()?.0;
    let index = usize::try_from(record.checked_sub(first)?).ok()?;
    let at = sent_at.get_mut(index)?.1.take();
    while sent_at.front().is_some_and(|(_, at)| at.is_none()) {
        sent_at.pop_front();
    }
    at
}

async fn wait_until(due: Option<Instant>) {
    if let Some(due) = due
        && due > Instant::now()
    {
        tokio::time::sleep_until(due.into()).await;
    }
}

fn consume(context: &Context, read: &Read) -> Outcome {
    let mut admin = AdminSession::open(&read.target.cluster)?;
    let partitions = select_partitions(&mut admin, std::slice::from_ref(&read.target.topic))?;
    let starts: Vec<(TopicPartition, StartAt)> =
        partitions.into_iter().map(|partition| (partition, StartAt::Earliest)).collect();
    let config = ConsumerConfig {
        cluster: read.target.cluster.config("klamm-perf")?,
        auto_offset_reset: OffsetReset::Earliest,
        fetch_max_bytes: read.fetch_bytes,
        max_partition_fetch_bytes: read.partition_bytes,
        ..ConsumerConfig::default()
    };
    let before = read.target.pid.map(usage).transpose()?;
    let mut client = spawn(&admin.runtime, Consumer::new(config, entropy()));
    let silence = Duration::from_millis(read.target.cluster.timeout_ms().into());
    let measured = admin.runtime.block_on(count_records(&mut client, starts, read.records, silence))?;
    let after = read.target.pid.map(usage).transpose()?;
    measured.report(context, before, after);
    Ok(())
}

async fn count_records(
    client: &mut Client<Consumer>,
    starts: Vec<(TopicPartition, StartAt)>,
    wanted: u64,
    silence: Duration,
) -> Result<Measured, Failure> {
    let started = Instant::now();
    let mut last = started;
    let mut measured =
        Measured { records: 0, bytes: 0, failed: 0, elapsed: Duration::ZERO, latencies_us: Vec::new() };
    client.command(ConsumerCommand::Assign(starts)).await;
    while measured.records < wanted {
        client.command(ConsumerCommand::Poll { max_records: 5_000, timeout_ms: 500 }).await;
        loop {
            match client.outcome().await {
                Some(ConsumerOutcome::Polled(records)) => {
                    for record in &records {
                        measured.records += 1;
                        measured.bytes += u64::try_from(record.payload_bytes()).expect("a size fits");
                    }
                    if !records.is_empty() {
                        last = Instant::now();
                    }
                    break;
                }
                Some(ConsumerOutcome::Error(error)) => {
                    return Err(Failure::new(Exit::Failure, "cannot consume", error));
                }
                Some(_) => {}
                None => return Err(Failure::new(Exit::Failure, "cannot consume", "the consumer has ended")),
            }
        }
        if last.elapsed() > silence {
            let what = format!("only {} of {wanted} records came", measured.records);
            let why = format!("nothing came for {} s", silence.as_secs());
            return Err(Failure::new(Exit::Failure, what, why).next("write some with `klamm perf produce`"));
        }
    }
    measured.elapsed = last - started;
    Ok(measured)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: CPU time is found whatever the process is called. Source: proc(5).
    #[test]
    fn the_statistics_of_a_process_are_read() {
        let stat = "42 (a (b) c) S 1 42 42 0 -1 4194560 1 0 0 0 150 50 0 0 20 0 5 0 100 1000 200 1 1";
        let usage = parse_usage(stat, "1000 200 30 1 0 50 0").expect("well-formed");
        assert_eq!((usage.cpu, usage.resident_bytes), (Duration::from_secs(2), 200 * 4096));
        assert!(parse_usage("nonsense", "").is_none());
    }

    /// Goal: percentiles of a known sample are exact.
    #[test]
    fn percentiles_are_exact() {
        let latencies_us = (1..=1000).collect();
        let measured = Measured { records: 1000, bytes: 0, failed: 0, elapsed: Duration::ZERO, latencies_us };
        assert_eq!(
            [500, 990, 999, 1000].map(|permille| measured.percentile(permille)),
            [501, 991, 1000, 1000]
        );
    }

    /// Goal: outcomes out of order find their time of sending, each once.
    #[test]
    fn a_time_of_sending_is_taken_once() {
        let now = Instant::now();
        let mut sent_at: VecDeque<_> = (5..8).map(|record| (record, Some(now))).collect();
        assert_eq!(take(&mut sent_at, 6), Some(now));
        assert_eq!(take(&mut sent_at, 6), None);
        assert_eq!(take(&mut sent_at, 5), Some(now));
        assert_eq!(sent_at.len(), 1);
        assert_eq!(take(&mut sent_at, 99), None);
    }
}
