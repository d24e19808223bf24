//! The phases of a run: chaos, the healing of a part, the healing of all, rest, audit, a last power loss, an audit.

use super::liveness;
use crate::checkers::{Check, Violation, check_all};
use crate::clients::auditor::{Audit, Auditor};
use crate::clock::Time;
use crate::swarm::Plan;
use crate::world::World;

/// After healing, everything must be at rest within this time.
pub(super) const PATIENCE_MS: u64 = 60_000;
/// No run of one machine has more events than this: more would be a node that never comes to rest.
const EVENTS_MAX: u64 = 3_000_000;

fn has_too_many_events(world: &World) -> bool {
    world.events() > EVENTS_MAX * world.machines.len() as u64
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

/// Everything, from the first start to the last audit.
pub(super) fn play(world: &mut World, plan: &Plan) -> Result<(), Violation> {
    set_up(world, plan);
    let chaos_ends = Time::default().after_ms(plan.chaos_ms);
    world.unleash(plan.seed, &plan.faults, chaos_ends);
    go(world, chaos_ends)?;
    if world.ledger.damaged {
        world.heal();
        return after_damage(world, plan);
    }
    liveness::serve_from_core(world, plan)?;
    world.heal();
    come_to_rest(world)?;
    let audit = audit(world, plan, 0)?;
    judge(world, &audit)?;
    let all = 0..world.machines.len();
    all.clone().for_each(|node| world.lose_power(node));
    all.for_each(|node| world.start(node));
    wait_for_ready(world)?;
    let audit = self::audit(world, plan, 1)?;
    judge(world, &audit)
}

/// Runs until `end`, unless a promise is broken.
fn go(world: &mut World, end: Time) -> Result<(), Violation> {
    world.run_until(end, |world| has_too_many_events(world));
    match world.violation() {
        Some(violation) => Err(violation.clone()),
        None if has_too_many_events(world) => {
            let sentence = format!("{} events and no end", world.events());
            Err(Violation::new(Check::Live, world.now(), "world", sentence))
        }
        None => Ok(()),
    }
}

/// Lets `done` come true within the time that healed things may take.
pub(super) fn demand(
    world: &mut World,
    what: &str,
    mut done: impl FnMut(&mut World) -> bool,
    missing: impl Fn(&mut World) -> String,
) -> Result<(), Violation> {
    let end = world.now().after_ms(PATIENCE_MS);
    let came = world.run_until(end, |world| has_too_many_events(world) || done(world));
    if let Some(violation) = world.violation() {
        return Err(violation.clone());
    }
    if came && !has_too_many_events(world) {
        return Ok(());
    }
    let missing = missing(world);
    let sentence = format!("{what} did not come within {} s after healing: {missing}", PATIENCE_MS / 1000);
    Err(Violation::new(Check::Live, world.now(), "world", sentence))
}

/// Every machine that has started serves.
pub(super) fn wait_for_ready(world: &mut World) -> Result<(), Violation> {
    demand(
        world,
        "readiness",
        |world| world.machines.iter().all(|machine| machine.is_ready()),
        |world| {
            let unready = (0..world.machines.len()).filter(|node| !world.machines[*node].is_ready());
            let unready: Vec<String> = unready.map(|node| format!("n{node}")).collect();
            format!("{} not ready", unready.join(" "))
        },
    )
}

/// Clients finish what they have begun; nothing that was asked stays unanswered; replicas hold the same.
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
    )?;
    liveness::replicas_agree(world)
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
    if world.machines.iter().any(|machine| machine.is_ready()) {
        let auditor = add_auditor(world, plan, 0);
        let end = world.now().after_ms(20_000);
        world.run_until(end, |world| {
            has_too_many_events(world) || world.clients().nth(auditor).is_some_and(|client| client.is_done())
        });
    }
    match world.violation() {
        Some(violation) => Err(violation.clone()),
        None => Ok(()),
    }
}
