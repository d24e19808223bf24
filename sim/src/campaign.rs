//! A campaign: many seeds over many threads, and what they have in common.
//!
//! The result of a seed does not depend on which thread ran it or when, and results merge as sets; so a
//! campaign can be cut into shards that know nothing of each other.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::checkers::Violation;
use crate::coverage::Coverage;
use crate::faults::TABLE;
use crate::hash::Digest;
use crate::run::{Options, Outcome, run};

/// What a campaign does.
#[derive(Clone, Debug)]
pub struct CampaignOptions {
    /// The first seed.
    pub first_seed: u64,
    /// How many, one after the other.
    pub seeds: u64,
    /// Threads.
    pub jobs: usize,
    /// No new seed is begun after so many failures.
    pub failures_max: usize,
    /// How each run is done.
    pub run: Options,
}

/// A seed that broke a promise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The seed.
    pub seed: u64,
    /// Which promise, and how.
    pub violation: Violation,
    /// Of the run; a replay ends with the same.
    pub digest: Digest,
}

/// What came of a campaign, or of a part of one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Runs that were done, by seed, with their digests.
    pub runs: BTreeMap<u64, Digest>,
    /// Events of all runs.
    pub events: u64,
    /// Simulated time of all runs, in milliseconds.
    pub simulated_ms: u64,
    /// Records acknowledged, and records sent.
    pub records: (u64, u64),
    /// Seeds that broke a promise.
    pub failures: BTreeMap<u64, Failure>,
    /// What was reached.
    pub coverage: Coverage,
    /// How often each fault has struck, in the order of the table.
    pub strikes: Vec<u64>,
    /// Runs in which both of two faults have struck, by their places in the table.
    pub pairs: BTreeMap<(usize, usize), u64>,
}

impl Summary {
    /// Adds a run; one that is known already changes nothing.
    pub fn add(&mut self, outcome: &Outcome) {
        if self.runs.insert(outcome.seed, outcome.digest).is_some() {
            return;
        }
        self.events += outcome.events;
        self.simulated_ms += outcome.simulated.as_ms();
        self.records.0 += outcome.records.0;
        self.records.1 += outcome.records.1;
        self.coverage.merge(&outcome.coverage);
        self.strikes.resize(TABLE.len(), 0);
        let mut struck: Vec<usize> = Vec::new();
        for decision in &outcome.decisions {
            self.strikes[decision.fault] += 1;
            struck.push(decision.fault);
        }
        struck.sort_unstable();
        struck.dedup();
        for (position, first) in struck.iter().enumerate() {
            for second in &struck[position + 1..] {
                *self.pairs.entry((*first, *second)).or_default() += 1;
            }
        }
        if let Some(violation) = &outcome.failure {
            let failure =
                Failure { seed: outcome.seed, violation: violation.clone(), digest: outcome.digest };
            self.failures.insert(outcome.seed, failure);
        }
    }

    /// One hash over all runs: two campaigns over the same seeds agree in it or are not the same.
    pub fn digest(&self) -> Digest {
        crate::hash::digest_of(&self.runs)
    }
}

/// How far a campaign is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Runs done.
    pub done: u64,
    /// Of so many.
    pub seeds: u64,
    /// Failures so far.
    pub failures: usize,
    /// Events so far.
    pub events: u64,
    /// Simulated milliseconds so far.
    pub simulated_ms: u64,
}

/// Runs a campaign. `progress` is told after every run, from any thread, and answers whether to go on.
pub fn campaign(options: &CampaignOptions, progress: &(dyn Fn(Progress) -> bool + Sync)) -> Summary {
    let summary = Mutex::new(Summary::default());
    let next = AtomicU64::new(0);
    let enough = AtomicBool::new(false);
    let work = || {
        while !enough.load(Ordering::Relaxed) {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= options.seeds {
                break;
            }
            let outcome = run(options.first_seed.wrapping_add(index), &options.run);
            let mut summary = summary.lock().expect("no thread panics while it holds the summary");
            summary.add(&outcome);
            let told = Progress {
                done: summary.runs.len() as u64,
                seeds: options.seeds,
                failures: summary.failures.len(),
                events: summary.events,
                simulated_ms: summary.simulated_ms,
            };
            if summary.failures.len() >= options.failures_max.max(1) || !progress(told) {
                enough.store(true, Ordering::Relaxed);
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..options.jobs.max(1) {
            scope.spawn(work);
        }
        work();
    });
    summary.into_inner().expect("no thread panics while it holds the summary")
}
