//! The power of the simulator, measured: each flaw is put back, and random seeds are run until a check fires.
//!
//! A flaw is found by a seed only if that seed fails with it and keeps every promise without it. What is not found was
//! either never reached, if every run ends with the digest it has without the flaw, or was reached and not noticed.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use klamm_core::flaw::Flaw;

use crate::hash::Digest;
use crate::report::quoted;
use crate::run::{Options, Outcome, run};

/// What is measured.
#[derive(Clone, Debug)]
pub struct ScoreOptions {
    /// The flaws, each by itself.
    pub flaws: Vec<Flaw>,
    /// How often each is looked for, every time among other seeds.
    pub campaigns: u64,
    /// A search is given up after so many seeds.
    pub seeds: u64,
    /// The first seed of the first campaign; each campaign begins where the one before may end.
    pub first_seed: u64,
    /// Threads.
    pub jobs: usize,
    /// How each run is done; the flaw in it is ignored.
    pub run: Options,
}

/// How a flaw was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Find {
    /// The seed that fails.
    pub seed: u64,
    /// How many seeds were run up to it, with it.
    pub seeds: u64,
    /// The check that fired.
    pub check: String,
    /// What it said.
    pub sentence: String,
    /// Events of the failing run.
    pub events: u64,
    /// Simulated milliseconds of the failing run.
    pub simulated_ms: u64,
}

/// One flaw in one campaign.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// How it was found, if it was.
    pub find: Option<Find>,
    /// Seeds that were run, up to the one that found it.
    pub tried: u64,
    /// Of these, how many ran in another way than without the flaw.
    pub reached: u64,
    /// Seeds that fail without the flaw, too: false alarms, or faults of the broker.
    pub alarms: Vec<u64>,
}

/// All searches for one flaw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Score {
    /// The flaw.
    pub flaw: Flaw,
    /// By campaign.
    pub searches: Vec<Search>,
}

/// What a score comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// In every campaign.
    Found,
    /// In some campaigns.
    Sometimes,
    /// In none, though runs went another way.
    NotNoticed,
    /// In none, and no run went another way.
    NeverReached,
}

impl Verdict {
    /// As reports say it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Found => "found",
            Self::Sometimes => "found sometimes",
            Self::NotNoticed => "reached and not noticed",
            Self::NeverReached => "never reached",
        }
    }
}

impl Score {
    /// What it comes to.
    pub fn verdict(&self) -> Verdict {
        let found = self.searches.iter().filter(|search| search.find.is_some()).count();
        match found {
            0 if self.searches.iter().all(|search| search.reached == 0) => Verdict::NeverReached,
            0 => Verdict::NotNoticed,
            found if found == self.searches.len() => Verdict::Found,
            _ => Verdict::Sometimes,
        }
    }

    /// Seeds to the first failure over the campaigns that have one: the least, the median and the most.
    pub fn seeds(&self) -> Option<(u64, u64, u64)> {
        let mut seeds: Vec<u64> =
            self.searches.iter().filter_map(|search| search.find.as_ref()).map(|find| find.seeds).collect();
        seeds.sort_unstable();
        Some((*seeds.first()?, seeds[(seeds.len() - 1) / 2], *seeds.last()?))
    }

    /// Of a thousand seeds that were tried, how many went another way.
    pub fn reached_per_thousand(&self) -> u64 {
        let (tried, reached) =
            self.searches.iter().fold((0, 0), |sum, search| (sum.0 + search.tried, sum.1 + search.reached));
        reached * 1000 / tried.max(1)
    }

    /// The checks that fired, with how often.
    pub fn checks(&self) -> BTreeMap<&str, usize> {
        let mut checks = BTreeMap::new();
        for find in self.searches.iter().filter_map(|search| search.find.as_ref()) {
            *checks.entry(find.check.as_str()).or_default() += 1;
        }
        checks
    }
}

/// Runs without a flaw that were done already, by seed.
type Clean = Mutex<BTreeMap<u64, (Digest, bool)>>;

/// Measures. `progress` is told of every search that has ended, and answers whether to go on.
pub fn score(options: &ScoreOptions, progress: &mut dyn FnMut(Flaw, &Search) -> bool) -> Vec<Score> {
    let clean = Clean::default();
    let mut scores: Vec<Score> = Vec::new();
    for flaw in &options.flaws {
        let mut score = Score { flaw: *flaw, searches: Vec::new() };
        for campaign in 0..options.campaigns {
            let first_seed = options.first_seed.wrapping_add(campaign.wrapping_mul(options.seeds));
            let search = search(*flaw, first_seed, options, &clean);
            let goes_on = progress(*flaw, &search);
            score.searches.push(search);
            if !goes_on {
                scores.push(score);
                return scores;
            }
        }
        scores.push(score);
    }
    scores
}

/// Runs seeds until one finds the flaw. Which one does not depend on the number of threads: seeds before it are all run.
fn search(flaw: Flaw, first_seed: u64, options: &ScoreOptions, clean: &Clean) -> Search {
    let next = AtomicU64::new(0);
    let found_at = AtomicU64::new(options.seeds);
    let tried: Mutex<BTreeMap<u64, Tried>> = Mutex::default();
    let is_empty = AtomicBool::new(false);
    let work = || {
        while !is_empty.load(Ordering::Relaxed) {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= found_at.load(Ordering::Relaxed) {
                is_empty.store(true, Ordering::Relaxed);
                break;
            }
            let one = try_seed(flaw, first_seed.wrapping_add(index), &options.run, clean);
            if one.finds() {
                found_at.fetch_min(index, Ordering::Relaxed);
            }
            tried.lock().expect("no thread panics while it holds the results").insert(index, one);
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..options.jobs.max(1) {
            scope.spawn(work);
        }
        work();
    });
    let tried = tried.into_inner().expect("no thread panics while it holds the results");
    conclude(tried, found_at.into_inner())
}

/// One seed, with the flaw and without.
struct Tried {
    flawed: Outcome,
    digest: Digest,
    holds: bool,
}

impl Tried {
    fn finds(&self) -> bool {
        self.holds && self.flawed.failure.is_some()
    }
}

fn try_seed(flaw: Flaw, seed: u64, options: &Options, clean: &Clean) -> Tried {
    let flawed = run(seed, &Options { flaw: Some(flaw), trace: None, ..options.clone() });
    let known = clean.lock().expect("no thread panics while it holds the runs").get(&seed).copied();
    let (digest, holds) = known.unwrap_or_else(|| {
        let outcome = run(seed, &Options { flaw: None, trace: None, ..options.clone() });
        let done = (outcome.digest, outcome.failure.is_none());
        clean.lock().expect("no thread panics while it holds the runs").insert(seed, done);
        done
    });
    Tried { flawed, digest, holds }
}

fn conclude(tried: BTreeMap<u64, Tried>, found_at: u64) -> Search {
    let mut search = Search::default();
    for (index, one) in tried.into_iter().take_while(|(index, _)| *index <= found_at) {
        search.tried += 1;
        search.reached += u64::from(one.flawed.digest != one.digest);
        if !one.holds {
            search.alarms.push(one.flawed.seed);
        } else if let Some(violation) = &one.flawed.failure {
            search.find = Some(Find {
                seed: one.flawed.seed,
                seeds: index + 1,
                check: violation.check.to_string(),
                sentence: format!("{}: {}", violation.object, violation.sentence),
                events: one.flawed.events,
                simulated_ms: one.flawed.simulated.as_ms(),
            });
        }
    }
    search
}

/// The scores as a table of Markdown.
pub fn table(scores: &[Score]) -> String {
    let mut lines = vec![
        "| flaw | verdict | seeds to the first failure: median (least to most) | reached by | checks | again |".to_owned(),
        "|---|---|---|---|---|---|".to_owned(),
    ];
    for score in scores {
        let seeds = score
            .seeds()
            .map_or("-".to_owned(), |(least, median, most)| format!("{median} ({least} to {most})"));
        let checks: Vec<String> =
            score.checks().iter().map(|(check, times)| format!("{check} ({times})")).collect();
        let again = score.searches.iter().find_map(|search| search.find.as_ref());
        let again = again.map_or("-".to_owned(), |find| format!("`--seed {}`", find.seed));
        let thousand = score.reached_per_thousand();
        lines.push(format!(
            "| `{}` | {} | {seeds} | {}.{} % | {} | {again} |",
            score.flaw.slug(),
            score.verdict().words(),
            thousand / 10,
            thousand % 10,
            if checks.is_empty() { "-".to_owned() } else { checks.join(", ") },
        ));
    }
    lines.join("\n") + "\n"
}

/// The scores as one JSON array.
pub fn json(scores: &[Score]) -> String {
    let rows = scores.iter().map(|score| {
        let searches = score.searches.iter().map(|search| {
            let find = search.find.as_ref().map_or("null".to_owned(), |find| {
                format!(
                    "{{\"seed\":{},\"seeds\":{},\"check\":{},\"sentence\":{},\"events\":{},\"simulated_ms\":{}}}",
                    find.seed,
                    find.seeds,
                    quoted(&find.check),
                    quoted(&find.sentence),
                    find.events,
                    find.simulated_ms
                )
            });
            let alarms: Vec<String> = search.alarms.iter().map(ToString::to_string).collect();
            format!(
                "{{\"tried\":{},\"reached\":{},\"alarms\":[{}],\"find\":{find}}}",
                search.tried,
                search.reached,
                alarms.join(",")
            )
        });
        format!(
            "{{\"flaw\":\"{}\",\"verdict\":\"{}\",\"searches\":[{}]}}",
            score.flaw.slug(),
            score.verdict().words(),
            searches.collect::<Vec<_>>().join(",")
        )
    });
    format!("[{}]", rows.collect::<Vec<_>>().join(",\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::swarm::Size;

    fn options(flaw: Flaw, jobs: usize) -> ScoreOptions {
        let run = Options { size: Size::One, ..Options::default() };
        ScoreOptions { flaws: vec![flaw], campaigns: 2, seeds: 30, first_seed: 1, jobs, run }
    }

    #[test]
    fn a_score_does_not_depend_on_threads() {
        let one = score(&options(Flaw::AckBeforeFsync, 1), &mut |_, _| true);
        let four = score(&options(Flaw::AckBeforeFsync, 4), &mut |_, _| true);
        assert_eq!(one, four);
        assert_eq!(one[0].verdict(), Verdict::Found, "{one:?}");
        assert!(table(&one).contains("| `ack-before-fsync` | found |"), "{}", table(&one));
    }

    #[test]
    fn what_needs_a_second_machine_is_never_reached_on_one() {
        let scores = score(&options(Flaw::ZombieFetchUnfenced, 2), &mut |_, _| true);
        assert_eq!(scores[0].verdict(), Verdict::NeverReached, "{scores:?}");
        assert_eq!((scores[0].seeds(), scores[0].searches[0].tried), (None, 30));
    }
}
