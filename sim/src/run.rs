//! One run: a seed, chaos, healing, and the question whether everything that was promised is there.

use klamm_core::flaw::Flaw;

use crate::checkers::{Check, Violation, check_all};
use crate::clients::auditor::{Audit, Auditor};
use crate::clock::Time;
use crate::coverage::{Coverage, Point};
use crate::faults::{Decision, TABLE};
use crate::hash::Digest;
use crate::swarm::{Plan, Size};
use crate::trace::Trace;
use crate::world::World;

/// How a run is done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// A deliberate mistake in the core.
    pub flaw: Option<Flaw>,
    /// How many machines there are.
    pub size: Size,
    /// Keep so many lines of what happens.
    pub trace_lines: Option<usize>,
    /// Faults, by name, that are left out.
    pub without: Vec<String>,
}

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
    /// What happened, if it was asked for.
    pub trace: Option<Trace>,
}

/// After healing, everything must be at rest within this time.
const PATIENCE_MS: u64 = 60_000;
/// No run has more events than this: more would be a node that never comes to rest.
const EVENTS_MAX: u64 = 3_000_000;

/// Does one run.
pub fn run(seed: u64, options: &Options) -> Outcome {
    let plan = options.plan(seed);
    let mut world = World::new(seed, plan.network);
    if let Some(lines) = options.trace_lines {
        world.keep_trace(Trace::new(lines));
    }
    let mut failure = play(&mut world, &plan).err();
    if let Some(violation) = world.violation() {
        failure = Some(violation.clone());
    }
    conclude(world, seed, failure)
}

/// Sets the scene.
fn set_up(world: &mut World, plan: &Plan) {
    let clients = plan.populate(&mut world.ledger);
    for machine in &plan.machines {
        world.add_machine(machine.config.clone(), machine.latency, machine.clock());
    }
    let voters = (0..plan.machines.len()).filter(|node| plan.machines[*node].config.roles.controller);
    world.replicas.set_voters(voters.collect());
    for client in clients {
        world.add_client(client);
    }
}

/// Chaos, rest, audit, a last power loss, and another audit.
fn play(world: &mut World, plan: &Plan) -> Result<(), Violation> {
    set_up(world, plan);
    let chaos_ends = Time::default().after_ms(plan.chaos_ms);
    world.unleash(plan.seed, &plan.faults, chaos_ends);
    go(world, chaos_ends)?;
    world.heal();
    if world.ledger.damaged {
        return after_damage(world, plan);
    }
    come_to_rest(world)?;
    let audit = audit(world, plan, 0)?;
    judge(world, &audit)?;
    world.lose_power(0);
    world.start(0);
    wait_for_ready(world)?;
    let audit = self::audit(world, plan, 1)?;
    judge(world, &audit)
}

/// Runs until `end`, unless a promise is broken.
fn go(world: &mut World, end: Time) -> Result<(), Violation> {
    world.run_until(end, |world| world.events() > EVENTS_MAX);
    match world.violation() {
        Some(violation) => Err(violation.clone()),
        None if world.events() > EVENTS_MAX => {
            let sentence = format!("{EVENTS_MAX} events and no end");
            Err(Violation::new(Check::Live, world.now(), "world", sentence))
        }
        None => Ok(()),
    }
}

/// Lets `done` come true within the time that healed things may take.
fn demand(
    world: &mut World,
    what: &str,
    mut done: impl FnMut(&mut World) -> bool,
    missing: impl Fn(&mut World) -> String,
) -> Result<(), Violation> {
    let end = world.now().after_ms(PATIENCE_MS);
    let came = world.run_until(end, |world| world.events() > EVENTS_MAX || done(world));
    if let Some(violation) = world.violation() {
        return Err(violation.clone());
    }
    if came && world.events() <= EVENTS_MAX {
        return Ok(());
    }
    let missing = missing(world);
    let sentence = format!("{what} did not come within {} s after healing: {missing}", PATIENCE_MS / 1000);
    Err(Violation::new(Check::Live, world.now(), "world", sentence))
}

fn wait_for_ready(world: &mut World) -> Result<(), Violation> {
    demand(world, "readiness", |world| world.machine(0).is_ready(), |_| "node 0 is not ready".to_owned())
}

/// Clients finish what they have begun; nothing that was asked stays unanswered.
fn come_to_rest(world: &mut World) -> Result<(), Violation> {
    wait_for_ready(world)?;
    let now = world.now();
    let count = world.clients().count();
    world.clients().for_each(|client| client.wind_down(now));
    (0..count).for_each(|client| world.nudge(client));
    demand(
        world,
        "rest",
        |world| world.clients().all(|client| client.is_done()),
        |world| {
            let busy = world.clients().filter(|client| !client.is_done());
            busy.map(|client| client.describe()).collect::<Vec<_>>().join("; ")
        },
    )
}

fn add_auditor(world: &mut World, plan: &Plan, number: u64) -> usize {
    let partitions = world.ledger.partitions.len();
    let auditor = Auditor::new(plan.seed, world.now(), number, &plan.brokers(), partitions);
    world.add_client(Box::new(auditor))
}

/// Reads everything back through the protocol.
fn audit(world: &mut World, plan: &Plan, number: u64) -> Result<Audit, Violation> {
    let auditor = add_auditor(world, plan, number);
    let mut found = None;
    demand(
        world,
        "the last reading",
        |world| {
            let auditor = world.clients().nth(auditor).and_then(|client| client.as_auditor());
            found = auditor.expect("just added").take();
            found.is_some()
        },
        |world| world.clients().nth(auditor).map(|client| client.describe()).unwrap_or_default(),
    )?;
    Ok(found.expect("the reading is complete"))
}

fn judge(world: &mut World, audit: &Audit) -> Result<(), Violation> {
    match check_all(&world.ledger, audit).into_iter().next() {
        Some(violation) => Err(violation),
        None => Ok(()),
    }
}

/// With the only copy damaged, nothing has to be there; what is served has to be right, and nothing panics.
fn after_damage(world: &mut World, plan: &Plan) -> Result<(), Violation> {
    let end = world.now().after_ms(5_000);
    go(world, end)?;
    if world.machine(0).is_ready() {
        let auditor = add_auditor(world, plan, 0);
        let end = world.now().after_ms(20_000);
        world.run_until(end, |world| {
            world.events() > EVENTS_MAX || world.clients().nth(auditor).is_some_and(|client| client.is_done())
        });
    }
    match world.violation() {
        Some(violation) => Err(violation.clone()),
        None => Ok(()),
    }
}

fn conclude(mut world: World, seed: u64, failure: Option<Violation>) -> Outcome {
    if let Some(violation) = &failure {
        world.tell(|| format!("!! {violation}"));
    }
    let mut records = (0, 0);
    for producer in &world.ledger.producers {
        for sent in &producer.sent {
            records.1 += 1;
            let told = matches!(
                sent.fate,
                crate::ledger::Fate::Acknowledged(_) | crate::ledger::Fate::AcknowledgedSomewhere
            );
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
        trace: world.take_trace(),
        decisions: core::mem::take(&mut world.faults.decisions),
        coverage: world.ledger.coverage,
    }
}
