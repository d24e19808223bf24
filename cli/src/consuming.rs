//! Records in, lines out: what `consume` and Kafka's console consumer share.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use klamm_core::client::consumer::{
    Consumer, ConsumerCommand, ConsumerConfig, ConsumerError, ConsumerOutcome, ConsumerRecord, StartAt,
};
use klamm_core::types::{Offset, TopicPartition};
use klamm_net::client::Client;
use klamm_wire::{ErrorCode, Str};
use tokio::runtime::Runtime;

use crate::connection::{entropy, spawn};
use crate::exit::{Exit, Failure};

/// How long one poll waits, so that the other ends of a run are looked at in between.
const POLL_MS: u32 = 200;
/// How long closing may take; the group finds out by itself after its session timeout.
const CLOSE_MAX: Duration = Duration::from_secs(5);

/// What is consumed.
#[derive(Clone, Debug)]
pub enum Source {
    /// As a member of the group.
    Topics(Vec<Str>),
    /// By hand.
    Partitions(Vec<(TopicPartition, StartAt)>),
}

/// When a run ends, whatever comes first. Without any, it goes on until it is interrupted.
#[derive(Clone, Debug, Default)]
pub struct Until {
    /// After so many records.
    pub count: Option<u64>,
    /// When everything below these offsets was seen.
    pub ends: Option<BTreeMap<TopicPartition, Offset>>,
    /// After so long without a record.
    pub silence: Option<Duration>,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Consumed {
    /// Records that were handed over.
    pub count: u64,
    /// Whether it was stopped from outside.
    pub interrupted: bool,
    /// Whether it ended for lack of records.
    pub silent: bool,
}

/// Consumes until an end is reached, commits and leaves the group. `take` sees each record in order.
///
/// # Errors
/// The consumer cannot go on, or no broker could be reached within `reach`.
pub fn consume(
    runtime: &Runtime,
    config: ConsumerConfig,
    source: Source,
    until: &Until,
    mut take: impl FnMut(&ConsumerRecord) -> std::io::Result<()>,
) -> Result<Consumed, Failure> {
    let mut client = spawn(runtime, Consumer::new(config, entropy()));
    runtime.block_on(async {
        client
            .command(match source {
                Source::Topics(topics) => ConsumerCommand::Subscribe(topics.into_iter().collect()),
                Source::Partitions(partitions) => ConsumerCommand::Assign(partitions),
            })
            .await;
        let consumed = run(&mut client, until, &mut take).await;
        close(&mut client).await;
        consumed
    })
}

async fn run(
    client: &mut Client<Consumer>,
    until: &Until,
    take: &mut impl FnMut(&ConsumerRecord) -> std::io::Result<()>,
) -> Result<Consumed, Failure> {
    let mut consumed = Consumed::default();
    let mut ends = until.ends.clone();
    if let Some(ends) = &mut ends {
        ends.retain(|_, end| *end > 0);
    }
    let mut last_record = Instant::now();
    loop {
        let left = until.count.map_or(u64::MAX, |count| count - consumed.count);
        if left == 0 || ends.as_ref().is_some_and(BTreeMap::is_empty) {
            return Ok(consumed);
        }
        let max_records = usize::try_from(left.min(500)).expect("at most 500");
        client.command(ConsumerCommand::Poll { max_records, timeout_ms: POLL_MS }).await;
        let records = tokio::select! {
            _ = tokio::signal::ctrl_c() => return Ok(Consumed { interrupted: true, ..consumed }),
            polled = next_poll(client) => polled?,
        };
        if !records.is_empty() {
            last_record = Instant::now();
        }
        for record in &records {
            if let Err(error) = take(record) {
                crate::render::quit_if_broken(&error);
                return Err(Failure::new(Exit::Failure, "cannot write the output", error));
            }
            consumed.count += 1;
            if let Some(ends) = &mut ends
                && ends.get(&record.partition).is_some_and(|end| record.offset + 1 >= *end)
            {
                ends.remove(&record.partition);
            }
        }
        if until.silence.is_some_and(|silence| last_record.elapsed() >= silence) {
            return Ok(Consumed { silent: true, ..consumed });
        }
    }
}

async fn next_poll(client: &mut Client<Consumer>) -> Result<Vec<ConsumerRecord>, Failure> {
    loop {
        match client.outcome().await {
            Some(ConsumerOutcome::Polled(records)) => return Ok(records),
            Some(ConsumerOutcome::Error(error)) => on_error(&error)?,
            Some(ConsumerOutcome::Committed { error, .. }) if error != ErrorCode::NONE => {
                tracing::warn!(%error, "offsets were not committed");
            }
            Some(ConsumerOutcome::Assigned(partitions)) => tracing::info!(?partitions, "assigned"),
            Some(ConsumerOutcome::Revoked(partitions)) => tracing::info!(?partitions, "revoked"),
            Some(ConsumerOutcome::Lost(partitions)) => tracing::warn!(?partitions, "lost"),
            Some(_) => {}
            None => return Err(Failure::new(Exit::Failure, "cannot consume", "the consumer has ended")),
        }
    }
}

fn on_error(error: &ConsumerError) -> Result<(), Failure> {
    let failure = |next: &str| Failure::new(Exit::Failure, "cannot consume", error).next(next);
    match error {
        ConsumerError::PollTooLate => {
            tracing::warn!("{error}");
            Ok(())
        }
        ConsumerError::NoOffset(_) | ConsumerError::OffsetOutOfRange(..) => {
            Err(failure("say where to begin, for example with --from-beginning"))
        }
        ConsumerError::Damaged(..) => Err(failure("look at the log with `klamm log dump`")),
        ConsumerError::Unsupported(_) => Err(failure("use a newer broker")),
        ConsumerError::Group(_) | ConsumerError::Partition(..) => {
            Err(Failure::new(Exit::Failure, "cannot consume", error))
        }
    }
}

async fn close(client: &mut Client<Consumer>) {
    client.command(ConsumerCommand::Close).await;
    let closed = async {
        while let Some(outcome) = client.outcome().await {
            match outcome {
                ConsumerOutcome::Closed => return,
                ConsumerOutcome::Committed { error, .. } if error != ErrorCode::NONE => {
                    tracing::warn!(%error, "offsets were not committed");
                }
                _ => {}
            }
        }
    };
    if tokio::time::timeout(CLOSE_MAX, closed).await.is_err() {
        tracing::warn!("the group did not answer the farewell");
    }
}
