//! `klamm jepsen check`: the verdict on a file.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use klamm_jepsen::contract::{Acks, Circumstances, Fault, Flush};
use klamm_jepsen::history::{Op, Reader, Syntax, write_edn, write_json};
use klamm_jepsen::verdict::{Rules, Verdict};
use klamm_jepsen::{Anomaly, Bounds, Checker, Options, report};

use super::{open, unreadable};
use crate::context::Context;
use crate::exit::{Exit, Failure, Outcome};
use crate::render::{print_line, print_text};

const CHECK_HELP: &str = "\
A history is a stream of events, in Jepsen's EDN or as JSON, one map per event:

  {\"process\":0,\"type\":\"invoke\",\"f\":\"send\",\"value\":[[\"send\",\"x\",17]]}
  {\"process\":0,\"type\":\"ok\",\"f\":\"send\",\"value\":[[\"send\",\"x\",[5,17]]]}
  {:process 1, :type :ok, :f :poll, :value [[:poll {\"x\" [[5 17]]}]]}

What the cluster had promised decides which lost records are violations. Without options, nothing that was acknowledged
may be lost. The faults that have happened can be given here or stand in the history, as operations power-loss,
unclean-election, failover and disks-lost: those excuse what was acknowledged before them, the options excuse everything.
docs/jepsen.md has the format, every anomaly with an example, and the contract.";

#[derive(Debug, Args)]
#[command(after_help = CHECK_HELP)]
pub(super) struct Check {
    /// The history; - is stdin
    file: PathBuf,
    #[command(flatten)]
    judging: Judging,
}

/// How a history is judged.
#[derive(Clone, Debug, Args)]
pub(super) struct Judging {
    #[command(flatten)]
    pub(super) promise: Promise,
    /// Never takes this anomaly for a violation; may be given several times
    #[arg(long, value_name = "ANOMALY", value_parser = anomaly)]
    pub(super) allow: Vec<Anomaly>,
    /// Always takes this anomaly for a violation; may be given several times
    #[arg(long, value_name = "ANOMALY", value_parser = anomaly)]
    forbid: Vec<Anomaly>,
    /// How many findings of each anomaly are told; all are counted
    #[arg(long, value_name = "COUNT", default_value_t = Rules::default().findings_max)]
    findings: usize,
    /// How many records are remembered; beyond that, those that are settled are forgotten
    #[arg(long, value_name = "COUNT", default_value_t = Bounds::default().records)]
    records_max: usize,
    /// How many operations with several records are remembered for the search for cycles
    #[arg(long, value_name = "COUNT", default_value_t = Bounds::default().transactions)]
    transactions_max: usize,
}

/// What the cluster had promised, and what has happened to it.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "What was promised, and what has happened")]
pub(super) struct Promise {
    /// What producers waited for
    #[arg(long, value_enum, default_value_t = AcksOption::All)]
    pub(super) acks: AcksOption,
    /// The brokers' flush policy; Apache Kafka's is written
    #[arg(long, value_enum, default_value_t = FlushOption::Synced)]
    flush: FlushOption,
    /// min.insync.replicas of the topics
    #[arg(long, value_name = "COUNT", default_value_t = 1)]
    pub(super) min_insync_replicas: u32,
    /// So many nodes had no power at the same time
    #[arg(long, value_name = "NODES")]
    power_loss: Option<u32>,
    /// A replica that was not in sync was elected
    #[arg(long)]
    unclean_election: bool,
    /// Leaders changed
    #[arg(long)]
    failover: bool,
    /// All disks that held a synced copy are lost
    #[arg(long)]
    disks_lost: bool,
    /// Consumers commit their offsets in the transactions that process what they have polled
    #[arg(long)]
    exactly_once: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum AcksOption {
    /// Everyone in sync
    All,
    /// The leader
    #[value(name = "1")]
    Leader,
    /// Nobody
    #[value(name = "0")]
    None,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum FlushOption {
    /// Acknowledged when disks have it
    Synced,
    /// Acknowledged when the operating system has it
    Written,
}

fn anomaly(name: &str) -> Result<Anomaly, String> {
    Anomaly::from_name(name).ok_or_else(|| {
        let known: Vec<&str> = Anomaly::all().map(Anomaly::name).collect();
        format!("there is no such anomaly; there are {}", known.join(", "))
    })
}

impl Check {
    pub(super) fn run(&self, context: &Context) -> Outcome {
        self.judging.judge(&self.file, context)
    }
}

impl Judging {
    /// Reads a history and tells the verdict.
    ///
    /// # Errors
    /// A violation, or a history that cannot be read.
    pub(super) fn judge(&self, file: &Path, context: &Context) -> Outcome {
        let verdict = self.verdict(file, context)?;
        if context.is_json() {
            print_line(&report::json(&verdict));
        } else {
            print_text(&report::text(&verdict, &events(file, &verdict)));
        }
        if verdict.is_valid() {
            return Ok(());
        }
        let violated = verdict.groups.iter().filter(|(_, group)| group.violations > 0);
        let names: Vec<String> =
            violated.map(|(name, group)| format!("{} {name}", group.violations)).collect();
        Err(Failure::new(Exit::Violation, format!("{} is not valid", file.display()), names.join(", ")))
    }

    fn options(&self) -> Options {
        Options {
            circumstances: self.promise.circumstances(),
            rules: Rules {
                findings_max: self.findings,
                allow: self.allow.iter().copied().collect(),
                forbid: self.forbid.iter().copied().collect(),
            },
            bounds: Bounds { records: self.records_max, transactions: self.transactions_max },
        }
    }

    fn verdict(&self, file: &Path, context: &Context) -> Result<Verdict, Failure> {
        let what = || format!("cannot judge {}", file.display());
        let read = AtomicU64::new(0);
        let (source, length) = open(file)?;
        let bar = progress_bar(length, context);
        let mut reader = Reader::new(Counted { source, read: &read });
        let mut checker = Checker::new(self.options());
        let mut op = Op::default();
        let mut events: u64 = 0;
        while reader.read(&mut op).map_err(|error| unreadable(what(), error))? {
            checker.push(&op).map_err(|error| Failure::new(Exit::Usage, what(), error))?;
            events += 1;
            if events.is_multiple_of(65_536) {
                bar.set_position(read.load(Ordering::Relaxed));
                bar.set_message(format!("{events} events"));
            }
        }
        bar.set_message("the verdict");
        let verdict = checker.verdict();
        bar.finish_and_clear();
        Ok(verdict)
    }
}

/// What the events say that findings name. A history from a pipe cannot be read again.
fn events(file: &Path, verdict: &Verdict) -> report::Events {
    let wanted = verdict.operations();
    let mut events = report::Events::new();
    let (Some(&last), Ok(file)) = (wanted.last(), File::open(file)) else { return events };
    let mut reader = Reader::new(file);
    let mut op = Op::default();
    for event in 0..=last {
        if !matches!(reader.read(&mut op), Ok(true)) {
            break;
        }
        if wanted.contains(&event) {
            let mut text = String::new();
            match reader.syntax() {
                Some(Syntax::Edn) => write_edn(&op, &mut text),
                _ => write_json(&op, &mut text),
            }
            events.insert(event, text);
        }
    }
    events
}

impl Promise {
    fn circumstances(&self) -> Circumstances {
        let mut faults = Vec::new();
        let mut happened = |did: bool, fault: Fault| faults.extend(did.then_some((fault, u32::MAX)));
        happened(self.unclean_election, Fault::UncleanElection);
        happened(self.failover, Fault::Failover);
        happened(self.disks_lost, Fault::DisksLost);
        if let Some(nodes) = self.power_loss {
            happened(true, Fault::PowerLoss(nodes));
        }
        Circumstances {
            acks: match self.acks {
                AcksOption::All => Acks::All,
                AcksOption::Leader => Acks::Leader,
                AcksOption::None => Acks::None,
            },
            flush: match self.flush {
                FlushOption::Synced => Flush::Synced,
                FlushOption::Written => Flush::Written,
            },
            min_insync_replicas: self.min_insync_replicas,
            faults,
            exactly_once: self.exactly_once,
        }
    }
}

/// Tells how far it has read.
struct Counted<'a, R> {
    source: R,
    read: &'a AtomicU64,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(buffer)?;
        self.read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

fn progress_bar(length: Option<u64>, context: &Context) -> ProgressBar {
    let (Some(length), false) = (length, context.is_json()) else { return ProgressBar::hidden() };
    let style = ProgressStyle::with_template("{bar:30} {percent}%  {msg}  {eta} to go");
    // indicatif draws on stderr, and only if that is a terminal.
    ProgressBar::new(length).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
