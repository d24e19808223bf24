//! Lines in, records out: what `produce` and Kafka's console producer share.

use std::collections::HashMap;
use std::io::{self, BufRead};

use bytes::Bytes;
use klamm_core::client::producer::{
    Producer, ProducerCommand, ProducerConfig, ProducerOutcome, ProducerRecord, RecordId, SendError,
};
use klamm_net::client::Client;
use tokio::sync::mpsc;

use crate::connection::{entropy, runtime, spawn};
use crate::exit::{Exit, Failure};

/// Lines read ahead of the producer.
const LINES_WAITING_MAX: usize = 1024;

/// How a run of a producer ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Records that were acknowledged, or sent with acks=0.
    pub delivered: u64,
    /// Records that were not.
    pub failed: u64,
    /// Of the failed ones, those that may be in the log all the same.
    pub maybe_written: u64,
    /// Why the first one failed.
    pub first_error: Option<SendError>,
    /// Whether the run was stopped from outside.
    pub interrupted: bool,
}

impl Tally {
    fn add(&mut self, outcome: &ProducerOutcome) {
        match outcome {
            ProducerOutcome::Delivered { .. } => self.delivered += 1,
            ProducerOutcome::Failed { reason, maybe_written, .. } => {
                self.failed += 1;
                self.maybe_written += u64::from(*maybe_written);
                self.first_error.get_or_insert(*reason);
            }
            ProducerOutcome::Flushed | ProducerOutcome::Closed => {}
        }
    }

    /// Fails if a record did.
    ///
    /// # Errors
    /// How many failed, and why the first one did.
    pub fn outcome(&self) -> Result<(), Failure> {
        let Some(error) = self.first_error else { return Ok(()) };
        let what = format!("{} of {} records were not written", self.failed, self.failed + self.delivered);
        let exit = match error {
            SendError::NoMetadata(klamm_wire::ErrorCode::NONE) => Exit::Unreachable,
            _ => Exit::Failure,
        };
        let failure = Failure::new(exit, what, error);
        Err(match (error, self.maybe_written) {
            (SendError::NoMetadata(_), _) => failure.next("is the broker running, and is the topic there?"),
            (_, 0) => failure,
            (_, count) => failure.next(format!("{count} of them may be in the log all the same")),
        })
    }
}

/// A line of input as a record; `None` skips it.
pub type ParseLine = dyn FnMut(Vec<u8>) -> Result<Option<ProducerRecord>, String> + Send;

/// Writes every line of `input` as one record, in order. `tell` sees each outcome.
///
/// # Errors
/// A line that cannot be parsed ends the run after what came before is written; the failure of records is told by
/// [`Tally::outcome`].
pub fn produce_lines(
    config: ProducerConfig,
    input: impl BufRead + Send + 'static,
    mut parse: Box<ParseLine>,
    mut tell: impl FnMut(&ProducerOutcome),
) -> Result<Tally, Failure> {
    let window = config.buffer_memory / 2;
    let runtime = runtime()?;
    let mut client = spawn(&runtime, Producer::new(config, entropy()));
    let (lines, lines_in) = mpsc::channel(LINES_WAITING_MAX);
    std::thread::spawn(move || read_lines(input, &lines));
    runtime.block_on(async {
        let mut feed =
            Feed { lines: lines_in, tally: Tally::default(), sizes: HashMap::new(), bytes: 0, next: 0 };
        let broken = feed.run(&mut client, &mut parse, &mut tell, window).await;
        client.command(ProducerCommand::Close).await;
        while let Some(outcome) = client.outcome().await {
            feed.tally.add(&outcome);
            tell(&outcome);
            if outcome == ProducerOutcome::Closed {
                break;
            }
        }
        match broken {
            Some(failure) => Err(failure),
            None => Ok(feed.tally),
        }
    })
}

/// Hands lines over until there are none, or nobody wants them.
fn read_lines(mut input: impl BufRead, lines: &mpsc::Sender<io::Result<Vec<u8>>>) {
    loop {
        let mut line = Vec::new();
        match input.read_until(b'\n', &mut line) {
            Ok(0) => return,
            Ok(_) => {
                if line.last() == Some(&b'\n') {
                    line.pop();
                    if line.last() == Some(&b'\r') {
                        line.pop();
                    }
                }
                if lines.blocking_send(Ok(line)).is_err() {
                    return;
                }
            }
            Err(error) => {
                let _ = lines.blocking_send(Err(error));
                return;
            }
        }
    }
}

/// From lines to the producer, with a bound on what is under way.
struct Feed {
    lines: mpsc::Receiver<io::Result<Vec<u8>>>,
    tally: Tally,
    sizes: HashMap<u64, usize>,
    bytes: usize,
    next: u64,
}

impl Feed {
    async fn run(
        &mut self,
        client: &mut Client<Producer>,
        parse: &mut Box<ParseLine>,
        tell: &mut impl FnMut(&ProducerOutcome),
        window: usize,
    ) -> Option<Failure> {
        loop {
            tokio::select! {
                biased;
                _ = tokio::signal::ctrl_c() => {
                    self.tally.interrupted = true;
                    return None;
                }
                outcome = client.outcome() => match outcome {
                    Some(outcome) => self.on_outcome(&outcome, tell),
                    None => return None,
                },
                line = self.lines.recv(), if self.bytes < window => match line {
                    None => return None,
                    Some(Err(error)) => {
                        return Some(Failure::new(Exit::Failure, "cannot read the input", error));
                    }
                    Some(Ok(line)) => match parse(line) {
                        Ok(Some(record)) => self.send(client, record).await,
                        Ok(None) => {}
                        Err(why) => {
                            let what = format!("line {} is no record", self.next + 1);
                            return Some(Failure::new(Exit::Failure, what, why));
                        }
                    },
                },
            }
        }
    }

    async fn send(&mut self, client: &Client<Producer>, record: ProducerRecord) {
        let size = record.size_upper_bound();
        self.sizes.insert(self.next, size);
        self.bytes += size;
        client.command(ProducerCommand::Send(RecordId(self.next), record)).await;
        self.next += 1;
    }

    fn on_outcome(&mut self, outcome: &ProducerOutcome, tell: &mut impl FnMut(&ProducerOutcome)) {
        if let ProducerOutcome::Delivered { record, .. } | ProducerOutcome::Failed { record, .. } = outcome {
            self.bytes -= self.sizes.remove(&record.0).unwrap_or(0);
        }
        self.tally.add(outcome);
        tell(outcome);
    }
}

/// Cuts a line into key and value.
///
/// # Errors
/// The separator is missing.
pub fn split_key(line: Vec<u8>, separator: &str) -> Result<(Bytes, Bytes), String> {
    let line = Bytes::from(line);
    let wanted = separator.as_bytes();
    let at = line.windows(wanted.len()).position(|window| window == wanted);
    match at {
        Some(at) => Ok((line.slice(..at), line.slice(at + wanted.len()..))),
        None => Err(format!("there is no key separator `{separator}` in it")),
    }
}
