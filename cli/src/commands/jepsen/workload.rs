//! Clients that write down what they do: producers of single records, consumers of chosen partitions, consumers of a group.
//!
//! The beginning of an operation is written down before anything is asked of the cluster, its end after the answer: so the
//! order of events never claims that an operation was over before another began if it was not.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use klamm_core::Rng;
use klamm_core::client::consumer::{Consumer, ConsumerCommand, ConsumerOutcome, ConsumerRecord, StartAt};
use klamm_core::client::producer::{Producer, ProducerCommand, ProducerOutcome, ProducerRecord, RecordId};
use klamm_core::types::{Offset, TopicPartition};
use klamm_jepsen::history::{Atom, Function, Kind, Op, Record};
use klamm_net::client::Client;
use klamm_wire::ErrorCode;
use tokio::sync::{mpsc, watch};

/// How long a poll waits for a first record.
const POLL_MS: u32 = 200;
/// How many records a poll returns at most.
const POLL_RECORDS_MAX: usize = 500;
/// A poll or a commit that has no answer by then is given up.
const ANSWER_MAX: Duration = Duration::from_secs(30);
/// How long closing may take.
const CLOSE_MAX: Duration = Duration::from_secs(5);

/// What all clients of a run share.
pub(super) struct Shared {
    events: mpsc::UnboundedSender<Op>,
    started: Instant,
    next_process: AtomicI64,
    next_value: AtomicI64,
    /// Becomes true when no operation shall begin any more.
    stop: watch::Receiver<bool>,
    pub(super) partitions: Vec<TopicPartition>,
    pub(super) acknowledged: AtomicU64,
    pub(super) polled: AtomicU64,
}

impl Shared {
    pub(super) fn new(
        events: mpsc::UnboundedSender<Op>,
        stop: watch::Receiver<bool>,
        partitions: Vec<TopicPartition>,
    ) -> Arc<Self> {
        Arc::new(Self {
            events,
            started: Instant::now(),
            next_process: AtomicI64::new(0),
            next_value: AtomicI64::new(1),
            stop,
            partitions,
            acknowledged: AtomicU64::new(0),
            polled: AtomicU64::new(0),
        })
    }

    fn process(&self) -> i64 {
        self.next_process.fetch_add(1, Ordering::Relaxed)
    }

    fn note(&self, mut op: Op) {
        op.time = i64::try_from(self.started.elapsed().as_nanos()).ok();
        // Nobody listens only when the file cannot be written, which ends the run.
        let _ = self.events.send(op);
    }

    fn stopped(&self) -> bool {
        *self.stop.borrow()
    }

    async fn rest(&self, pause: Duration) {
        let mut stop = self.stop.clone();
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = stop.wait_for(|stop| *stop) => {}
        }
    }
}

/// Sends one record after the other to partitions by chance.
pub(super) async fn produce(
    shared: Arc<Shared>,
    mut client: Client<Producer>,
    mut random: Rng,
    pause: Duration,
) {
    let mut process = shared.process();
    let mut number = 0;
    while !shared.stopped() {
        let bound = u64::try_from(shared.partitions.len()).expect("a length fits");
        let chosen = usize::try_from(random.below(bound)).expect("below a length");
        let partition = &shared.partitions[chosen];
        let key = i64::from(partition.partition);
        let value = shared.next_value.fetch_add(1, Ordering::Relaxed);
        shared.note(Op::new(Kind::Invoke, process, Function::Send).send(key, None, value));
        let record = ProducerRecord {
            topic: partition.topic.clone(),
            partition: Some(partition.partition),
            value: Some(Bytes::from(value.to_string())),
            ..ProducerRecord::default()
        };
        client.command(ProducerCommand::Send(RecordId(number), record)).await;
        let (kind, offset) = outcome_of(&mut client, RecordId(number)).await;
        number += 1;
        shared.note(Op::new(kind, process, Function::Send).send(key, offset, value));
        match kind {
            Kind::Ok => drop(shared.acknowledged.fetch_add(1, Ordering::Relaxed)),
            // Whoever does not know what became of its last operation is somebody else from now on.
            Kind::Info => process = shared.process(),
            Kind::Invoke | Kind::Fail => {}
        }
        shared.rest(pause).await;
    }
    client.command(ProducerCommand::Close).await;
    let closed =
        async { while client.outcome().await.is_some_and(|told| told != ProducerOutcome::Closed) {} };
    let _ = tokio::time::timeout(CLOSE_MAX, closed).await;
}

async fn outcome_of(client: &mut Client<Producer>, wanted: RecordId) -> (Kind, Option<Offset>) {
    loop {
        match client.outcome().await {
            Some(ProducerOutcome::Delivered { record, offset, .. }) if record == wanted => {
                return (Kind::Ok, offset);
            }
            Some(ProducerOutcome::Failed { record, reason, maybe_written }) if record == wanted => {
                tracing::info!(%reason, maybe_written, "a record was not acknowledged");
                return (if maybe_written { Kind::Info } else { Kind::Fail }, None);
            }
            Some(ProducerOutcome::Closed) | None => return (Kind::Info, None),
            Some(_) => {}
        }
    }
}

/// Reads all partitions from the beginning, each record once.
pub(super) async fn consume(shared: Arc<Shared>, mut client: Client<Consumer>) {
    let process = assign(&shared, &client).await;
    while !shared.stopped() {
        if poll(&shared, &mut client, process, false).await.is_none() {
            return;
        }
    }
    close(&mut client).await;
}

/// Reads what a group gives it, and commits after each poll.
pub(super) async fn subscribe(shared: Arc<Shared>, mut client: Client<Consumer>) {
    let mut process = shared.process();
    let topics = shared.partitions.iter().map(|partition| partition.topic.clone()).collect();
    client.command(ConsumerCommand::Subscribe(topics)).await;
    note_partitions(&shared, process, Function::Subscribe);
    while !shared.stopped() {
        if poll(&shared, &mut client, process, true).await.is_none() {
            // What it had polled may have been committed or not: it goes on as somebody else.
            process = shared.process();
            note_partitions(&shared, process, Function::Subscribe);
        }
    }
    close(&mut client).await;
}

/// Reads everything up to these offsets. False if that does not end within the time.
pub(super) async fn read_back(
    shared: &Shared,
    mut client: Client<Consumer>,
    mut ends: BTreeMap<TopicPartition, Offset>,
    patience: Duration,
) -> bool {
    let process = assign(shared, &client).await;
    ends.retain(|_, end| *end > 0);
    let mut last_progress = Instant::now();
    while !ends.is_empty() && last_progress.elapsed() < patience {
        let Some(records) = poll(shared, &mut client, process, false).await else { return false };
        for record in &records {
            last_progress = Instant::now();
            if ends.get(&record.partition).is_some_and(|end| record.offset + 1 >= *end) {
                ends.remove(&record.partition);
            }
        }
    }
    close(&mut client).await;
    ends.is_empty()
}

async fn assign(shared: &Shared, client: &Client<Consumer>) -> i64 {
    let process = shared.process();
    let partitions = shared.partitions.iter().map(|partition| (partition.clone(), StartAt::Earliest));
    client.command(ConsumerCommand::Assign(partitions.collect())).await;
    note_partitions(shared, process, Function::Assign);
    process
}

fn note_partitions(shared: &Shared, process: i64, function: Function) {
    for kind in [Kind::Invoke, Kind::Ok] {
        let mut op = Op::new(kind, process, function.clone());
        op.keys = shared.partitions.iter().map(|partition| Atom::Int(partition.partition.into())).collect();
        shared.note(op);
    }
}

/// One poll. None if nobody knows how it ended.
async fn poll(
    shared: &Shared,
    client: &mut Client<Consumer>,
    process: i64,
    commits: bool,
) -> Option<Vec<ConsumerRecord>> {
    let nothing: [(i64, Vec<Record>); 0] = [];
    shared.note(Op::new(Kind::Invoke, process, Function::Poll).poll(nothing));
    client.command(ConsumerCommand::Poll { max_records: POLL_RECORDS_MAX, timeout_ms: POLL_MS }).await;
    let mut moved = Vec::new();
    let answer = tokio::time::timeout(ANSWER_MAX, answer(client, &mut moved, commits)).await;
    let (records, known) = answer.unwrap_or((Vec::new(), false));
    let mut returned: BTreeMap<i64, Vec<Record>> = BTreeMap::new();
    for record in &records {
        let partition = record.partition.partition.into();
        let value = value_of(record.value.as_ref());
        returned.entry(partition).or_default().push(Record { offset: Some(record.offset), value });
    }
    let kind = if known { Kind::Ok } else { Kind::Info };
    let mut op = Op::new(kind, process, Function::Poll).poll(returned);
    op.rebalanced = moved.iter().map(|partition| Atom::Int(partition.partition.into())).collect();
    shared.note(op);
    shared.polled.fetch_add(u64::try_from(records.len()).expect("a length fits"), Ordering::Relaxed);
    known.then_some(records)
}

/// What the poll returns, and whether it and the commit behind it are known to have worked.
async fn answer(
    client: &mut Client<Consumer>,
    moved: &mut Vec<TopicPartition>,
    commits: bool,
) -> (Vec<ConsumerRecord>, bool) {
    let mut polled: Option<Vec<ConsumerRecord>> = None;
    loop {
        match client.outcome().await {
            Some(ConsumerOutcome::Polled(records)) => {
                if !commits || records.is_empty() {
                    return (records, true);
                }
                polled = Some(records);
                client.command(ConsumerCommand::Commit(None)).await;
            }
            Some(ConsumerOutcome::Committed { error, automatic: false, .. }) => {
                if let Some(records) = polled.take() {
                    return (records, error == ErrorCode::NONE);
                }
            }
            Some(
                ConsumerOutcome::Assigned(partitions)
                | ConsumerOutcome::Revoked(partitions)
                | ConsumerOutcome::Lost(partitions),
            ) => moved.extend(partitions),
            Some(ConsumerOutcome::Error(error)) => tracing::info!(%error, "a consumer is in trouble"),
            Some(ConsumerOutcome::Committed { .. }) => {}
            Some(ConsumerOutcome::Closed) | None => return (polled.unwrap_or_default(), false),
        }
    }
}

/// Records of others are shown as they are.
fn value_of(value: Option<&Bytes>) -> Atom {
    let text = value.map_or(String::new(), |value| String::from_utf8_lossy(value).into_owned());
    text.parse::<i64>().map_or_else(|_| Atom::from(text.as_str()), Atom::Int)
}

async fn close(client: &mut Client<Consumer>) {
    client.command(ConsumerCommand::Close).await;
    let closed =
        async { while client.outcome().await.is_some_and(|told| told != ConsumerOutcome::Closed) {} };
    let _ = tokio::time::timeout(CLOSE_MAX, closed).await;
}
