//! Progress: once a core of the cluster is whole, it serves, whatever the rest is like.
//!
//! The core is a majority of the voters and some brokers. The rest stays down, or cut off from everybody. What is
//! demanded of the core: a leader of the quorum, brokers that are let in, leaders for every partition all of whose
//! replicas are in the core, reassignments that end, and records that are committed.

use super::phases::{demand, wait_for_ready};
use crate::checkers::Violation;
use crate::clients::prober::{Prober, ProberConfig};
use crate::clients::producer::{Producer, ProducerConfig};
use crate::coverage::Point;
use crate::faults::Rest;
use crate::ledger::PartitionId;
use crate::network::NodeId;
use crate::random::Stream;
use crate::swarm::Plan;
use crate::world::World;

/// How often it is looked whether replicas agree.
const LOOK_MS: u64 = 20;

/// In a share of the runs, only a core is healed at first and has to serve.
pub(super) fn serve_from_core(world: &mut World, plan: &Plan) -> Result<(), Violation> {
    let random = &mut Stream::new(plan.seed, "core");
    if plan.machines.len() < 2 || !random.chance(500_000) {
        return Ok(());
    }
    let core = draw_core(plan, random);
    if core.len() == plan.machines.len() {
        return Ok(());
    }
    let rest = *random.pick(&[Rest::Down, Rest::CutOff]);
    world.hit(Point::CoreHealed);
    world.heal_core(&core, rest);
    demand(
        world,
        "readiness of the core",
        |world| core.iter().all(|node| world.machines[*node].is_ready()),
        |world| {
            let unready = core.iter().filter(|node| !world.machines[**node].is_ready());
            format!("{:?} not ready", unready.collect::<Vec<_>>())
        },
    )?;
    serve(world, plan, &core)
}

/// A majority of the voters, at least one broker, and whoever else is drawn.
fn draw_core(plan: &Plan, random: &mut Stream) -> Vec<NodeId> {
    let mut nodes: Vec<NodeId> = (0..plan.machines.len()).collect();
    random.shuffle(&mut nodes);
    let roles = |node: &NodeId| plan.machines[*node].config.roles;
    let voters = nodes.iter().filter(|node| roles(node).controller).count();
    let (mut majority, mut brokers) = (voters / 2 + 1, 1);
    let mut core = Vec::new();
    for node in nodes {
        let (votes, serves) = (roles(&node).controller, roles(&node).broker);
        let is_needed = votes && majority > 0 || serves && brokers > 0;
        if is_needed || random.chance(500_000) {
            majority -= usize::from(votes && majority > 0);
            brokers -= usize::from(serves && brokers > 0);
            core.push(node);
        }
    }
    core.sort_unstable();
    core
}

/// Partitions that the core has to serve: all of their replicas are in it, and enough of them to commit.
fn servable(world: &World, core: &[NodeId]) -> Vec<PartitionId> {
    let is_servable = |truth: &&crate::replicas::Truth| {
        let count = truth.logs().count();
        let is_complete = count >= truth.terms.min_isr && count >= truth.terms.replicas;
        is_complete && !truth.waits_for_stranger() && truth.logs().all(|(node, _)| core.contains(&node))
    };
    let servable = world.replicas.partitions().iter().filter(is_servable).filter_map(|truth| truth.workload);
    servable.filter(|partition| !world.ledger.partitions[*partition].is_transactional).collect()
}

/// The core has to do what a cluster does.
fn serve(world: &mut World, plan: &Plan, core: &[NodeId]) -> Result<(), Violation> {
    let brokers: Vec<NodeId> = plan.brokers().into_iter().filter(|node| core.contains(node)).collect();
    let partitions = servable(world, core);
    let id_of = |node: &NodeId| plan.machines[*node].config.node_id;
    let config = ProberConfig {
        brokers: brokers.iter().map(id_of).collect(),
        partitions: partitions.clone(),
        core: core.iter().map(id_of).collect(),
    };
    let prober = world.add_client(Box::new(Prober::new(plan.seed, world.now(), &brokers, config)));
    demand_client(world, "a cluster of the core", prober)?;
    if partitions.is_empty() {
        return Ok(());
    }
    world.hit(Point::CoreServes);
    let filler_max = 10;
    let config = ProducerConfig {
        producer: world.ledger.add_producer(true, filler_max),
        idempotent: true,
        acks: -1,
        api_version: 13,
        in_flight_max: 3,
        waits_for_old_leader: true,
        records: u32::try_from(partitions.len() * 4).expect("few partitions"),
        partitions,
        batch_records_max: 1,
        filler_max,
        pause_ms_max: 1,
    };
    let producer = world.add_client(Box::new(Producer::new(plan.seed, world.now(), &brokers, config)));
    demand_client(world, "commits by the core", producer)
}

/// A client must have done what it was made for.
fn demand_client(world: &mut World, what: &str, client: usize) -> Result<(), Violation> {
    demand(
        world,
        what,
        |world| world.clients().nth(client).is_some_and(|client| client.is_done()),
        |world| world.clients().nth(client).map(|client| client.describe()).unwrap_or_default(),
    )
}

/// Every replica holds what was committed.
pub(super) fn replicas_agree(world: &mut World) -> Result<(), Violation> {
    wait_for_ready(world)?;
    let mut look_at = world.now();
    demand(
        world,
        "agreement of the replicas",
        |world| {
            if world.now() < look_at {
                return false;
            }
            look_at = world.now().after_ms(LOOK_MS);
            world.replicas.lagging().is_none()
        },
        |world| world.replicas.lagging().unwrap_or_default(),
    )
}
