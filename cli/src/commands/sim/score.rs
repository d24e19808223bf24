//! `klamm sim score`: how many seeds each flaw needs to be found.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

use clap::Args;
use klamm_core::flaw::Flaw;
use klamm_sim::run::Options;
use klamm_sim::score::{ScoreOptions, Verdict, json, score, table};
use klamm_sim::swarm::Size;

use super::{flaw, interruption, save, size};
use crate::context::Context;
use crate::exit::{Exit, Failure, Outcome};
use crate::render::{print_line, print_text};

/// `klamm sim score`.
#[derive(Debug, Args)]
#[command(
    after_help = "A flaw counts as found by a seed that fails with it and keeps every promise without it. \
                        The exit code is 3 if a seed fails without a flaw."
)]
pub(super) struct ScoreCommand {
    /// A flaw to look for; may be given several times, all of them if not given
    #[arg(long = "flaw", value_name = "SLUG", value_parser = flaw)]
    flaws: Vec<Flaw>,
    /// How often each flaw is looked for, every time among other seeds
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..))]
    campaigns: u64,
    /// A search is given up after so many seeds
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u64).range(1..))]
    seeds: u64,
    /// The first seed of the first campaign
    #[arg(long, default_value_t = 1)]
    first_seed: u64,
    /// Threads; all cores if not given
    #[arg(long)]
    jobs: Option<usize>,
    /// Worlds of one machine, of many, or as each seed says
    #[arg(long, value_name = "one|many|any", default_value = "any", value_parser = size)]
    machines: Size,
    /// Where the table and its JSON form go
    #[arg(long, default_value = "klamm-report", value_name = "DIRECTORY")]
    report: PathBuf,
}

impl ScoreCommand {
    pub(super) fn run(&self, context: &Context) -> Outcome {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let options = ScoreOptions {
            flaws: if self.flaws.is_empty() { Flaw::ALL.to_vec() } else { self.flaws.clone() },
            campaigns: self.campaigns,
            seeds: self.seeds,
            first_seed: self.first_seed,
            jobs: self.jobs.unwrap_or(cores),
            run: Options { size: self.machines, ..Options::default() },
        };
        let interrupted = interruption();
        let mut alarms: Vec<u64> = Vec::new();
        let scores = score(&options, &mut |flaw, search| {
            alarms.extend(&search.alarms);
            if !context.is_json() {
                let what = search.find.as_ref().map_or_else(
                    || format!("not in {} seeds, {} went another way", search.tried, search.reached),
                    |find| format!("{} seeds: {} {}", find.seeds, find.check, find.sentence),
                );
                print_line(&format!("{:<30} {what}", flaw.slug()));
            }
            !interrupted.load(Ordering::Relaxed)
        });
        fs::create_dir_all(&self.report).map_err(|error| {
            let what = format!("cannot create {}", self.report.display());
            Failure::new(Exit::Failure, what, error).next("choose another directory with --report")
        })?;
        save(&self.report.join("score.md"), &table(&scores))?;
        save(&self.report.join("score.json"), &json(&scores))?;
        if context.is_json() {
            print_line(&json(&scores));
        } else {
            let found = scores.iter().filter(|score| score.verdict() == Verdict::Found).count();
            print_text(&format!("\n{}", table(&scores)));
            print_line(&format!("{found} of {} flaws found in every campaign", options.flaws.len()));
            print_line(&format!("report: {}", self.report.join("score.md").display()));
        }
        alarms.sort_unstable();
        alarms.dedup();
        if !alarms.is_empty() {
            let why = format!("they fail without a flaw, too: {alarms:?}");
            Err(Failure::new(Exit::Violation, "some seeds found a violation of their own", why))
        } else if interrupted.load(Ordering::Relaxed) {
            Err(Failure::new(
                Exit::Interrupted,
                "the score was interrupted",
                "what was done is in the report",
            ))
        } else {
            Ok(())
        }
    }
}
