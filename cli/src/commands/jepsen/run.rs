//! `klamm jepsen run`: a history of a real cluster, and the verdict on it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use klamm_core::client::ClusterConfig;
use klamm_core::client::admin::NewTopic;
use klamm_core::client::consumer::{Consumer, ConsumerConfig, GroupConfig, Isolation, OffsetReset};
use klamm_core::client::producer::{Acks, Producer, ProducerConfig};
use klamm_core::types::{Offset, TopicPartition};
use klamm_jepsen::Anomaly;
use klamm_jepsen::history::{Op, write_json};
use klamm_wire::Str;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::check::{AcksOption, Judging};
use super::workload::{self, Shared};
use crate::connection::{AdminSession, ClusterOptions, entropy, spawn};
use crate::context::Context;
use crate::exit::{Exit, Failure, Outcome};

/// A record that is not acknowledged by then is given up.
const DELIVERY_MS: u32 = 15_000;
const REQUEST_MS: u32 = 5_000;
/// Reading everything back is given up after so long without a record.
const READ_BACK: Duration = Duration::from_secs(30);
/// The timestamp that asks for the end of a log.
const LATEST: i64 = -1;

const RUN_HELP: &str = "\
Any Kafka-compatible cluster will do. A new topic is created and left there. Producers send one record at a time, each to a
partition by chance; consumers read all partitions; subscribers share them in a group. Break the cluster while it runs. At
the end, or with Ctrl-C, everything is read back, and the history is judged as `klamm jepsen check` does; a second Ctrl-C
ends at once. Say with the options below what was promised and what you have done to it.";

#[derive(Debug, Args)]
#[command(after_help = RUN_HELP)]
pub(super) struct Run {
    #[command(flatten)]
    cluster: ClusterOptions,
    /// How long clients work
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Partitions of the topic
    #[arg(long, default_value_t = 4)]
    partitions: i32,
    /// Replicas of each partition; the cluster's default if not given
    #[arg(long, default_value_t = -1, allow_negative_numbers = true)]
    replication_factor: i16,
    /// Producers, each a process that sends one record after the other
    #[arg(long, default_value_t = 4)]
    producers: u32,
    /// Consumers that read all partitions
    #[arg(long, default_value_t = 2)]
    consumers: u32,
    /// Consumers that share the partitions in a group
    #[arg(long, default_value_t = 2)]
    subscribers: u32,
    /// Records per second, all producers together; as fast as they are acknowledged if not given
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    rate: Option<u32>,
    /// Where the history goes
    #[arg(long, value_name = "FILE", default_value = "klamm-history.jsonl")]
    history: PathBuf,
    #[command(flatten)]
    judging: Judging,
}

impl Run {
    pub(super) fn run(&self, context: &Context) -> Outcome {
        let file = File::create(&self.history).map_err(|error| {
            let what = format!("cannot write {}", self.history.display());
            Failure::new(Exit::Failure, what, error).next("choose another file with --history")
        })?;
        let mut admin = AdminSession::open(&self.cluster)?;
        let partitions = self.create_topic(&mut admin)?;
        let (events, events_in) = mpsc::unbounded_channel();
        let recorder = std::thread::spawn(move || record(file, events_in));
        let complete = self.drive(&mut admin, partitions, events, context)?;
        let written = recorder.join().expect("the recorder does not panic");
        written.map_err(|error| {
            Failure::new(Exit::Failure, format!("cannot write {}", self.history.display()), error)
        })?;
        let mut judging = self.judging.clone();
        if !complete {
            tracing::warn!("not everything could be read back, so records that nobody has seen say nothing");
            judging.allow.push(Anomaly::Unseen);
        }
        if !context.is_json() {
            eprintln!("history: {}", self.history.display());
        }
        judging.judge(&self.history, context)
    }

    fn create_topic(&self, admin: &mut AdminSession) -> Result<Vec<TopicPartition>, Failure> {
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let name: Str = format!("klamm-jepsen-{seconds}-{}", std::process::id()).as_str().into();
        let mut configs = BTreeMap::new();
        if self.judging.promise.min_insync_replicas > 1 {
            let replicas = self.judging.promise.min_insync_replicas.to_string();
            configs.insert("min.insync.replicas".into(), replicas.as_str().into());
        }
        let topic = NewTopic {
            name: name.clone(),
            partitions: self.partitions,
            replication_factor: self.replication_factor,
            assignments: BTreeMap::new(),
            configs,
        };
        let created = admin.create_topics(vec![topic], false)?;
        if let Some(Err(error)) = created.get(&name) {
            return Err(Failure::new(Exit::Failure, format!("cannot create topic {name}"), error));
        }
        Ok((0..self.partitions).map(|partition| TopicPartition { topic: name.clone(), partition }).collect())
    }

    /// Lets clients work and reads everything back. Says whether that came to its end.
    fn drive(
        &self,
        admin: &mut AdminSession,
        partitions: Vec<TopicPartition>,
        events: mpsc::UnboundedSender<Op>,
        context: &Context,
    ) -> Result<bool, Failure> {
        let cluster =
            ClusterConfig { request_timeout_ms: REQUEST_MS, ..self.cluster.config("klamm-jepsen")? };
        let (stop, stopped) = watch::channel(false);
        let shared = Shared::new(events, stopped, partitions);
        let mut tasks = JoinSet::new();
        let inside = admin.runtime.enter();
        self.start(&admin.runtime, &cluster, &shared, &mut tasks);
        drop(inside);
        let bar = progress_bar(self.seconds, context);
        admin.runtime.block_on(async {
            self.wait(&shared, &bar).await;
            // Whoever waits for an answer gets it, or gives up in time.
            let _ = stop.send(true);
            bar.set_message("waiting for the last answers; Ctrl-C ends at once");
            until_interrupted(async { while tasks.join_next().await.is_some() {} }).await;
        });
        bar.set_message("reading everything back; Ctrl-C ends at once");
        let timestamps = shared.partitions.iter().map(|partition| (partition.clone(), LATEST)).collect();
        // Without the ends nobody knows what was to be read, and the history is judged all the same.
        let complete = match admin.list_offsets(timestamps) {
            Ok(listed) => {
                let ends: BTreeMap<TopicPartition, Offset> = listed
                    .into_iter()
                    .filter_map(|(partition, listed)| Some((partition, listed.ok()?.offset)))
                    .collect();
                let all = ends.len() == shared.partitions.len();
                let client = spawn(&admin.runtime, Consumer::new(consumer(&cluster, None), entropy()));
                let read = workload::read_back(&shared, client, ends, READ_BACK);
                admin.runtime.block_on(until_interrupted(read)) && all
            }
            Err(failure) => {
                tracing::warn!("{failure}");
                false
            }
        };
        bar.finish_and_clear();
        Ok(complete)
    }

    fn start(
        &self,
        runtime: &tokio::runtime::Runtime,
        cluster: &ClusterConfig,
        shared: &Arc<Shared>,
        tasks: &mut JoinSet<()>,
    ) {
        let acks = match self.judging.promise.acks {
            AcksOption::All => Acks::All,
            AcksOption::Leader => Acks::Leader,
            AcksOption::None => Acks::None,
        };
        let config = ProducerConfig {
            cluster: cluster.clone(),
            acks,
            enable_idempotence: acks == Acks::All,
            linger_ms: 0,
            delivery_timeout_ms: DELIVERY_MS,
            max_block_ms: DELIVERY_MS,
            ..ProducerConfig::default()
        };
        let per_producer = |rate: u32| Duration::from_secs(self.producers.max(1).into()) / rate;
        let pause = self.rate.map_or(Duration::ZERO, per_producer);
        for _ in 0..self.producers {
            let client = spawn(runtime, Producer::new(config.clone(), entropy()));
            tasks.spawn(workload::produce(shared.clone(), client, entropy(), pause));
        }
        for _ in 0..self.consumers {
            let client = spawn(runtime, Consumer::new(consumer(cluster, None), entropy()));
            tasks.spawn(workload::consume(shared.clone(), client));
        }
        let group: Option<Str> = shared.partitions.first().map(|partition| partition.topic.clone());
        for _ in 0..self.subscribers {
            let client = spawn(runtime, Consumer::new(consumer(cluster, group.clone()), entropy()));
            tasks.spawn(workload::subscribe(shared.clone(), client));
        }
    }

    /// Until the time is over, or Ctrl-C.
    async fn wait(&self, shared: &Shared, bar: &ProgressBar) {
        let started = Instant::now();
        let end = Duration::from_secs(self.seconds);
        while started.elapsed() < end {
            bar.set_position(started.elapsed().as_secs());
            let acknowledged = shared.acknowledged.load(Ordering::Relaxed);
            let polled = shared.polled.load(Ordering::Relaxed);
            bar.set_message(format!("{acknowledged} records acknowledged, {polled} polled"));
            let pause = Duration::from_millis(200).min(end.saturating_sub(started.elapsed()));
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                _ = tokio::signal::ctrl_c() => return,
            }
        }
    }
}

/// The second Ctrl-C ends the process; what was written down until then is in the file.
async fn until_interrupted<T>(work: impl Future<Output = T>) -> T {
    tokio::select! {
        done = work => done,
        _ = tokio::signal::ctrl_c() => std::process::exit(Exit::Interrupted.code().into()),
    }
}

fn consumer(cluster: &ClusterConfig, group: Option<Str>) -> ConsumerConfig {
    ConsumerConfig {
        cluster: cluster.clone(),
        group: group.map(|group| GroupConfig { session_timeout_ms: 10_000, ..GroupConfig::new(group) }),
        auto_offset_reset: OffsetReset::Earliest,
        isolation: Isolation::ReadCommitted,
        enable_auto_commit: false,
        ..ConsumerConfig::default()
    }
}

/// Writes events as they come; whoever ends the process at once loses little.
fn record(file: File, mut events: mpsc::UnboundedReceiver<Op>) -> std::io::Result<()> {
    let mut out = BufWriter::new(file);
    let mut text = String::new();
    let mut index = 0;
    while let Some(mut op) = events.blocking_recv() {
        op.index = Some(index);
        index += 1;
        text.clear();
        write_json(&op, &mut text);
        out.write_all(text.as_bytes())?;
        if events.is_empty() {
            out.flush()?;
        }
    }
    out.flush()
}

fn progress_bar(seconds: u64, context: &Context) -> ProgressBar {
    if context.is_json() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} s  {msg}");
    // indicatif draws on stderr, and only if that is a terminal.
    ProgressBar::new(seconds).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
