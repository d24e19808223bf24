//! What a seed stands for: machines, configuration, workload and faults, drawn anew for every run.
//!
//! All bounds are drawn small, so that segments roll, sessions are evicted, leaders change and records expire
//! within seconds of simulated time. Each group of draws has a stream of its own.

mod cluster;
mod config;
mod show;
mod workload;

use klamm_core::config::Config;
use klamm_core::flaw::Flaw;

use crate::clock::Clock;
use crate::disk::Latency;
use crate::faults::{Mix, TABLE};
use crate::network::{NetworkConfig, NodeId};
use crate::random::Stream;

use workload::Workload;

/// So many runs in a million are those of clusters, unless it is asked for otherwise.
const CLUSTER_CHANCE: u32 = 500_000;

/// How many machines the worlds of a campaign have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Size {
    /// As the seed says.
    #[default]
    Any,
    /// One machine that is a whole cluster.
    One,
    /// Several machines.
    Many,
}

impl Size {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Any, Self::One, Self::Many];

    /// The word people use.
    pub fn word(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::One => "one",
            Self::Many => "many",
        }
    }

    /// The size of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|size| size.word() == word)
    }
}

/// One machine of a run.
#[derive(Clone, Debug)]
pub struct MachinePlan {
    /// Configuration of its node.
    pub config: Config,
    /// Its disk.
    pub latency: Latency,
    /// Nanoseconds per second, and milliseconds: how wrong its clocks are.
    pub clock: (i64, i64),
}

impl MachinePlan {
    /// The machine's clocks.
    pub fn clock(&self) -> Clock {
        Clock::new(self.clock.0, self.clock.1)
    }
}

/// Everything drawn for one run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Drawn from.
    pub seed: u64,
    /// The machines, in the order of their names.
    pub machines: Vec<MachinePlan>,
    /// The network.
    pub network: NetworkConfig,
    /// Which faults there may be.
    pub mix: Mix,
    /// Index into the faults' table, and the longest gap between two strikes in milliseconds.
    pub faults: Vec<(usize, u64)>,
    /// How long the chaos lasts.
    pub chaos_ms: u64,
    workload: Workload,
}

impl Plan {
    /// Draws a run.
    pub fn draw(seed: u64, flaw: Option<Flaw>, size: Size) -> Self {
        let random = &mut Stream::new(seed, "plan");
        let mix = if random.chance(120_000) { Mix::Damage } else { Mix::Promise };
        let common = Config { flaw, ..config::draw(&mut Stream::new(seed, "config")) };
        let many = match size {
            Size::Any => Stream::new(seed, "size").chance(CLUSTER_CHANCE),
            Size::One => false,
            Size::Many => true,
        };
        let small_batch_bytes = u64::from(common.topic.segment_bytes.unsigned_abs()) / 2;
        let configs = if many { cluster::draw(seed, &common) } else { vec![cluster::alone(common)] };
        let machines = draw_machines(seed, configs);
        let network = NetworkConfig {
            latency: (random.scaled(5_000, 200_000), random.scaled(200_000, 5_000_000)),
            per_kib: random.scaled(10, 100_000),
            encode: random.chance(400_000),
        };
        let chaos_ms = random.scaled(2_000, 30_000);
        Self {
            seed,
            network,
            mix,
            faults: draw_faults(&mut Stream::new(seed, "fault mix"), mix, machines.len()),
            chaos_ms,
            workload: Workload::draw(seed, &machines, small_batch_bytes, chaos_ms),
            machines,
        }
    }

    /// Machines that serve clients.
    pub fn brokers(&self) -> Vec<NodeId> {
        (0..self.machines.len()).filter(|node| self.machines[*node].config.roles.broker).collect()
    }
}

fn draw_machines(seed: u64, configs: Vec<Config>) -> Vec<MachinePlan> {
    let random = &mut Stream::new(seed, "machines");
    let common = config::draw_latency(random);
    let each_its_own = random.chance(300_000);
    let mut machine = |config| MachinePlan {
        config,
        latency: if each_its_own { config::draw_latency(random) } else { common },
        clock: (signed(random, 200_000), if random.chance(500_000) { 0 } else { signed(random, 600_000) }),
    };
    configs.into_iter().map(&mut machine).collect()
}

fn signed(random: &mut Stream, bound: u64) -> i64 {
    let value = i64::try_from(random.below(bound + 1)).expect("small");
    if random.chance(500_000) { value } else { -value }
}

fn draw_faults(random: &mut Stream, mix: Mix, machines: usize) -> Vec<(usize, u64)> {
    // One run in ten has no fault at all: what fails there is simple.
    if random.chance(100_000) {
        return Vec::new();
    }
    let mut chosen = Vec::new();
    for (index, kind) in TABLE.iter().enumerate() {
        // Drawn in any case, so that the table can grow at its end.
        let (hit, gap) = (random.chance(kind.chance), random.scaled(kind.gap_ms.0, kind.gap_ms.1));
        let fits = kind.machines <= machines && (kind.mix == Mix::Promise || mix == Mix::Damage);
        if hit && fits {
            chosen.push((index, gap));
        }
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_draws_the_same_run_with_or_without_a_flaw() {
        for (seed, size) in (0..20).flat_map(|seed| [(seed, Size::One), (seed, Size::Many)]) {
            let plain = Plan::draw(seed, None, size);
            let mut flawed = Plan::draw(seed, Some(Flaw::AckBeforeFsync), size);
            flawed.machines.iter_mut().for_each(|machine| machine.config.flaw = None);
            assert_eq!(format!("{plain:?}"), format!("{flawed:?}"), "seed {seed}");
            assert_eq!(plain.to_string(), flawed.to_string(), "seed {seed}");
        }
    }

    #[test]
    fn damage_strikes_only_in_runs_of_its_own() {
        for seed in 0..300 {
            let plan = Plan::draw(seed, None, Size::Any);
            let damaging = plan.faults.iter().any(|(index, _)| TABLE[*index].mix == Mix::Damage);
            assert!(!damaging || plan.mix == Mix::Damage, "seed {seed}");
        }
    }

    #[test]
    fn faults_of_links_between_machines_need_machines() {
        for seed in 0..100 {
            let alone = Plan::draw(seed, None, Size::One);
            assert!(alone.faults.iter().all(|(index, _)| TABLE[*index].machines == 1), "seed {seed}");
        }
        let many = (0..100).map(|seed| Plan::draw(seed, None, Size::Many));
        assert!(many.flat_map(|plan| plan.faults).any(|(index, _)| TABLE[index].name == "ring"));
    }
}
