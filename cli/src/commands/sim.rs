//! `klamm sim`: the deterministic simulator.

mod score;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use klamm_core::flaw::Flaw;
use klamm_sim::campaign::{CampaignOptions, Summary, campaign};
use klamm_sim::report::Report;
use klamm_sim::run::{Options, Outcome as RunOutcome, run};
use klamm_sim::swarm::Size;
use klamm_sim::trace::Detail;
use klamm_sim::{faults, replay};

use crate::context::Context;
use crate::exit::{Exit, Failure, Outcome};
use crate::render::{print_line, print_text};

/// `klamm sim` and what stands behind it.
#[derive(Debug, Args)]
#[command(after_help = "Without a subcommand, a small campaign is run.")]
pub struct Sim {
    #[command(subcommand)]
    command: Option<SimCommand>,
    #[command(flatten)]
    campaign: Campaign,
}

#[derive(Debug, Subcommand)]
enum SimCommand {
    /// Runs one seed
    Run(Run),
    /// Runs many seeds on all cores
    Campaign(Campaign),
    /// Measures how many seeds each deliberate mistake needs to be found
    Score(score::ScoreCommand),
    /// Runs a recorded run again and compares
    Replay(Replay),
    /// Says what a seed stands for, without running it
    Plan(Plan),
}

/// What single runs and campaigns have in common.
#[derive(Clone, Debug, Args)]
struct HowToRun {
    /// A deliberate mistake in the broker, by its name
    #[arg(long, value_name = "SLUG", value_parser = flaw)]
    flaw: Option<Flaw>,
    /// Worlds of one machine, of many, or as each seed says
    #[arg(long, value_name = "one|many|any", default_value = "any", value_parser = size)]
    machines: Size,
    /// Leaves a fault out; may be given several times
    #[arg(long, value_name = "FAULT", value_parser = fault)]
    without: Vec<String>,
}

#[derive(Debug, Args)]
struct Run {
    /// The seed: says all there is to say about a run
    #[arg(long)]
    seed: u64,
    #[command(flatten)]
    how: HowToRun,
    /// Prints what happens, one line each: changes of state, or every input and effect
    #[arg(long, value_name = "states|all", num_args = 0..=1, require_equals = true, default_missing_value = "states",
          value_parser = detail)]
    trace: Option<Detail>,
    /// Writes a file that `klamm sim replay` runs again
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct Campaign {
    /// How many seeds
    #[arg(long, default_value_t = 300)]
    seeds: u64,
    /// The first seed
    #[arg(long, default_value_t = 1)]
    first_seed: u64,
    /// Threads; all cores if not given
    #[arg(long)]
    jobs: Option<usize>,
    /// Stops after so many failures
    #[arg(long, default_value_t = 1, value_name = "COUNT")]
    failures: usize,
    #[command(flatten)]
    how: HowToRun,
    /// Where the report goes
    #[arg(long, default_value = "klamm-report", value_name = "DIRECTORY")]
    report: PathBuf,
}

#[derive(Debug, Args)]
struct Replay {
    /// Written by `klamm sim run --record`, or found beside a campaign's report
    file: PathBuf,
    /// Prints what happens, one line each: changes of state, or every input and effect
    #[arg(long, value_name = "states|all", num_args = 0..=1, require_equals = true, default_missing_value = "states",
          value_parser = detail)]
    trace: Option<Detail>,
}

#[derive(Debug, Args)]
struct Plan {
    /// The seed
    #[arg(long)]
    seed: u64,
    #[command(flatten)]
    how: HowToRun,
}

fn flaw(name: &str) -> Result<Flaw, String> {
    Flaw::from_slug(name).ok_or_else(|| {
        let known: Vec<&str> = Flaw::ALL.iter().map(|flaw| flaw.slug()).collect();
        format!("there is no such flaw; there are {}", known.join(", "))
    })
}

fn detail(word: &str) -> Result<Detail, String> {
    Detail::parse(word).ok_or_else(|| "expected states or all".to_owned())
}

fn size(word: &str) -> Result<Size, String> {
    Size::parse(word).ok_or_else(|| "expected one, many or any".to_owned())
}

fn fault(name: &str) -> Result<String, String> {
    faults::find(name).map(|_| name.to_owned()).ok_or_else(|| {
        let known: Vec<&str> = faults::TABLE.iter().map(|kind| kind.name).collect();
        format!("there is no such fault; there are {}", known.join(", "))
    })
}

impl HowToRun {
    fn options(&self, trace: Option<Detail>) -> Options {
        Options { flaw: self.flaw, size: self.machines, trace, without: self.without.clone() }
    }
}

impl Sim {
    /// Runs the simulator.
    ///
    /// # Errors
    /// A broken promise, or a file that cannot be read or written.
    pub fn run(self, context: &Context) -> Outcome {
        match self.command {
            Some(SimCommand::Run(run)) => run.run(context),
            Some(SimCommand::Campaign(campaign)) => campaign.run(context),
            Some(SimCommand::Score(score)) => score.run(context),
            Some(SimCommand::Replay(replay)) => replay.run(context),
            Some(SimCommand::Plan(plan)) => {
                print_text(&plan.how.options(None).plan(plan.seed).to_string());
                Ok(())
            }
            None => self.campaign.run(context),
        }
    }
}

impl Run {
    fn run(&self, context: &Context) -> Outcome {
        let options = self.how.options(self.trace);
        let outcome = run(self.seed, &options);
        print_trace(&outcome, context);
        if let Some(file) = &self.record {
            save(file, &replay::write(&outcome, &options))?;
        }
        print_outcome(&outcome, context);
        verdict(&outcome)
    }
}

impl Replay {
    fn run(&self, context: &Context) -> Outcome {
        let what = || format!("cannot replay {}", self.file.display());
        let text = fs::read_to_string(&self.file)
            .map_err(|error| Failure::new(Exit::Failure, what(), error).next("check the path"))?;
        let recorded = replay::read(&text).map_err(|error| Failure::new(Exit::Usage, what(), error))?;
        let mut options = recorded.options.clone();
        options.trace = self.trace;
        let outcome = run(recorded.seed, &options);
        print_trace(&outcome, context);
        print_outcome(&outcome, context);
        if outcome.digest != recorded.digest {
            let why = format!(
                "the run ends with digest {} and was recorded with {} by version {}",
                outcome.digest, recorded.digest, recorded.version
            );
            return Err(Failure::new(Exit::Failure, what(), why).next("use the version that recorded it"));
        }
        verdict(&outcome)
    }
}

impl Campaign {
    fn run(&self, context: &Context) -> Outcome {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let options = CampaignOptions {
            first_seed: self.first_seed,
            seeds: self.seeds,
            jobs: self.jobs.unwrap_or(cores),
            failures_max: self.failures,
            run: self.how.options(None),
        };
        let started = Instant::now();
        let interrupted = interruption();
        let bar = progress_bar(self.seeds, context);
        let summary = campaign(&options, &|progress| {
            bar.set_position(progress.done);
            let seconds = started.elapsed().as_secs_f64().max(0.001);
            bar.set_message(format!(
                "{:.0}k events/s, {:.0} s/s simulated, {} failed",
                progress.events as f64 / seconds / 1000.0,
                progress.simulated_ms as f64 / seconds / 1000.0,
                progress.failures
            ));
            !interrupted.load(Ordering::Relaxed)
        });
        bar.finish_and_clear();
        let wall_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let report = Report { options: &options, summary: &summary, wall_ms };
        self.save_report(&report, &summary)?;
        self.print(&report, context);
        if report.holds() && interrupted.load(Ordering::Relaxed) {
            let why = format!("{} of {} seeds were run", summary.runs.len(), self.seeds);
            Err(Failure::new(Exit::Interrupted, "the campaign was interrupted", why))
        } else if report.holds() {
            Ok(())
        } else {
            Err(Failure::new(Exit::Violation, "the campaign found a violation", report.verdict()))
        }
    }

    fn print(&self, report: &Report<'_>, context: &Context) {
        if context.is_json() {
            print_line(&report.json());
            return;
        }
        let seconds = report.summary.simulated_ms / 1000;
        print_line(&format!(
            "{}: {} events, {seconds} simulated seconds, {} records acknowledged, in {:.1} s",
            report.verdict(),
            report.summary.events,
            report.summary.records.0,
            report.wall_ms as f64 / 1000.0
        ));
        for failure in report.summary.failures.values() {
            print_line(&format!("\nseed {}: {}", failure.seed, failure.violation));
            print_line(&format!("  again: {}", report.replay_line(failure)));
        }
        let never = report.never_reached();
        if !never.is_empty() {
            let names: Vec<&str> = never.iter().map(|point| point.slug()).collect();
            print_line(&format!("never reached: {}", names.join(", ")));
        }
        print_line(&format!("report: {}", self.report.join("index.html").display()));
    }

    /// Text, JSON, a page, and for each of the first failures its trace and a file to replay.
    fn save_report(&self, report: &Report<'_>, summary: &Summary) -> Outcome {
        fs::create_dir_all(&self.report).map_err(|error| {
            let what = format!("cannot create {}", self.report.display());
            Failure::new(Exit::Failure, what, error).next("choose another directory with --report")
        })?;
        save(&self.report.join("report.txt"), &report.text())?;
        save(&self.report.join("report.json"), &report.json())?;
        save(&self.report.join("index.html"), &report.html())?;
        for failure in summary.failures.values().take(3) {
            let options = self.how.options(Some(Detail::All));
            let outcome = run(failure.seed, &options);
            let name = |extension: &str| self.report.join(format!("seed-{}.{extension}", failure.seed));
            save(&name("run"), &replay::write(&outcome, &options))?;
            save(&name("trace"), &outcome.trace.map(|trace| trace.render()).unwrap_or_default())?;
        }
        Ok(())
    }
}

/// Becomes true with the first Ctrl-C: runs that are under way are ended and reported. The second one ends the process.
fn interruption() -> Arc<AtomicBool> {
    let interrupted = Arc::new(AtomicBool::new(false));
    let told = interrupted.clone();
    std::thread::spawn(move || {
        // Without signals the campaign is only less polite.
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
        runtime.block_on(async {
            while tokio::signal::ctrl_c().await.is_ok() {
                if told.swap(true, Ordering::Relaxed) {
                    std::process::exit(Exit::Interrupted.code().into());
                }
            }
        });
    });
    interrupted
}

fn progress_bar(seeds: u64, context: &Context) -> ProgressBar {
    if context.is_json() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} seeds  {msg}  {eta} to go");
    // indicatif draws on stderr, and only if that is a terminal.
    ProgressBar::new(seeds).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

fn save(file: &Path, text: &str) -> Outcome {
    fs::write(file, text)
        .map_err(|error| Failure::new(Exit::Failure, format!("cannot write {}", file.display()), error))
}

fn print_trace(outcome: &RunOutcome, context: &Context) {
    if let Some(trace) = &outcome.trace {
        print_text(&if context.is_json() { trace.json() } else { trace.render() });
    }
}

fn print_outcome(outcome: &RunOutcome, context: &Context) {
    let holds = outcome.failure.is_none();
    if context.is_json() {
        let failure = outcome.failure.as_ref().map_or("null".to_owned(), |violation| {
            format!(
                "\"{}\"",
                violation.to_string().replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
            )
        });
        print_line(&format!(
            "{{\"seed\":{},\"holds\":{holds},\"digest\":\"{}\",\"events\":{},\"simulated_ms\":{},\"failure\":{failure}}}",
            outcome.seed,
            outcome.digest,
            outcome.events,
            outcome.simulated.as_ms(),
        ));
        return;
    }
    let kept = if holds { "every promise kept" } else { "a promise is broken" };
    print_line(&format!(
        "seed {}: {kept}; {} events, {} simulated, {} of {} records acknowledged, digest {}",
        outcome.seed, outcome.events, outcome.simulated, outcome.records.0, outcome.records.1, outcome.digest
    ));
}

fn verdict(outcome: &RunOutcome) -> Outcome {
    match &outcome.failure {
        None => Ok(()),
        Some(violation) => {
            Err(Failure::new(Exit::Violation, format!("seed {} found a violation", outcome.seed), violation))
        }
    }
}
