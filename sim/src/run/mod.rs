//! One run: a seed, chaos, healing, and the question whether everything that was promised is there.

mod liveness;
mod phases;

use klamm_core::flaw::Flaw;

use crate::checkers::Violation;
use crate::clock::Time;
use crate::coverage::{Coverage, Point};
use crate::faults::{Decision, TABLE};
use crate::hash::Digest;
use crate::ledger::{Fate, Tally};
use crate::swarm::{Plan, Size};
use crate::trace::{Detail, Trace};
use crate::world::World;

/// How a run is done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// A deliberate mistake in the core.
    pub flaw: Option<Flaw>,
    /// How many machines there are.
    pub size: Size,
    /// Keep what happens, in this detail.
    pub trace: Option<Detail>,
    /// Faults, by name, that are left out.
    pub without: Vec<String>,
}

/// Lines of a trace that are kept.
const TRACE_LINES: usize = 300_000;

impl Options {
    /// What a seed stands for.
    pub fn plan(&self, seed: u64) -> Plan {
        let mut plan = Plan::draw(seed, self.flaw, self.size);
        let is_left_out = |index: usize| self.without.iter().any(|name| *name == TABLE[index].name);
        plan.faults.retain(|(index, _)| !is_left_out(*index));
        plan
    }
}

/// What came of a run.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The run.
    pub seed: u64,
    /// Of everything nodes were given and did.
    pub digest: Digest,
    /// How many events happened.
    pub events: u64,
    /// How much time passed in the world.
    pub simulated: Time,
    /// The first broken promise.
    pub failure: Option<Violation>,
    /// What was reached.
    pub coverage: Coverage,
    /// The faults that struck.
    pub decisions: Vec<Decision>,
    /// Records acknowledged, and records sent.
    pub records: (u64, u64),
    /// Acknowledged records that the contract lets go, and that are gone.
    pub excused: Tally,
    /// What happened, if it was asked for.
    pub trace: Option<Trace>,
}

/// Does one run.
pub fn run(seed: u64, options: &Options) -> Outcome {
    let plan = options.plan(seed);
    let mut world = World::new(seed, plan.network);
    if let Some(detail) = options.trace {
        world.keep_trace(Trace::new(detail, TRACE_LINES));
    }
    let mut failure = phases::play(&mut world, &plan).err();
    if let Some(violation) = world.violation() {
        failure = Some(violation.clone());
    }
    conclude(world, seed, failure)
}

fn conclude(mut world: World, seed: u64, failure: Option<Violation>) -> Outcome {
    if let Some(violation) = &failure {
        world.tell(|| format!("!! {violation}"));
    }
    let mut records = (0, 0);
    for producer in &world.ledger.producers {
        for sent in &producer.sent {
            records.1 += 1;
            let told = matches!(sent.fate, Fate::Acknowledged(_) | Fate::AcknowledgedSomewhere);
            records.0 += u64::from(told);
        }
    }
    for index in 0..world.machines.len() {
        let counters = world.machine(index).disk_counters();
        let coverage = &mut world.ledger.coverage;
        coverage.add(Point::ReadError, counters.read_errors);
        coverage.add(Point::WriteError, counters.write_errors);
        coverage.add(Point::SyncError, counters.sync_errors);
        coverage.add(Point::NoSpace, counters.no_space);
    }
    Outcome {
        seed,
        digest: world.digest(),
        events: world.events(),
        simulated: world.now(),
        failure,
        records,
        excused: world.ledger.tally,
        trace: world.take_trace(),
        decisions: core::mem::take(&mut world.faults.decisions),
        coverage: world.ledger.coverage,
    }
}
