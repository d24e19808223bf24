//! What a seed stands for: configuration, workload and faults, drawn anew for every run.
//!
//! All bounds are drawn small, so that segments roll, sessions are evicted and records expire within seconds
//! of simulated time. Each group of draws has a stream of its own.

use klamm_core::config::{Config, FlushPolicy, TopicConfig};
use klamm_core::flaw::Flaw;
use klamm_core::types::TopicPartition;

use crate::clients::SimClient;
use crate::clients::admin::{Admin, AdminConfig, NewTopic};
use crate::clients::committer::Committer;
use crate::clients::producer::{Producer, ProducerConfig};
use crate::clients::reader::{Reader, ReaderConfig};
use crate::clock::{Clock, Time};
use crate::disk::Latency;
use crate::faults::{Mix, TABLE};
use crate::ledger::{Ledger, PartitionId};
use crate::network::NetworkConfig;
use crate::random::Stream;

/// Everything drawn for one run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Drawn from.
    pub seed: u64,
    /// Configuration of every node.
    pub config: Config,
    /// The disks.
    pub latency: Latency,
    /// Nanoseconds per second, and milliseconds: how wrong the clocks are.
    pub clock: (i64, i64),
    /// The network.
    pub network: NetworkConfig,
    /// Which faults there may be.
    pub mix: Mix,
    /// Index into the faults' table, and the longest gap between two strikes in milliseconds.
    pub faults: Vec<(usize, u64)>,
    /// How long the chaos lasts.
    pub chaos_ms: u64,
    topics: Vec<TopicPlan>,
    small_batch_bytes: u64,
}

#[derive(Clone, Debug)]
struct TopicPlan {
    new: NewTopic,
    policy: FlushPolicy,
    may_expire: bool,
}

impl Plan {
    /// Draws a run.
    pub fn draw(seed: u64, flaw: Option<Flaw>) -> Self {
        let random = &mut Stream::new(seed, "plan");
        let mix = if random.chance(120_000) { Mix::Damage } else { Mix::Promise };
        let mut config = draw_config(&mut Stream::new(seed, "config"));
        config.flaw = flaw;
        let topics = draw_topics(&mut Stream::new(seed, "topics"), &config);
        let small_batch_bytes = u64::from(config.topic.segment_bytes.unsigned_abs()) / 2;
        Self {
            seed,
            latency: draw_latency(&mut Stream::new(seed, "latency")),
            clock: (
                signed(random, 200_000),
                if random.chance(500_000) { 0 } else { signed(random, 600_000) },
            ),
            network: NetworkConfig {
                latency: (random.scaled(5_000, 200_000), random.scaled(200_000, 5_000_000)),
                per_kib: random.scaled(10, 100_000),
                encode: random.chance(400_000),
            },
            mix,
            faults: draw_faults(&mut Stream::new(seed, "fault mix"), mix, 1),
            chaos_ms: random.scaled(2_000, 30_000),
            config,
            topics,
            small_batch_bytes,
        }
    }

    /// The node's clocks.
    pub fn clock(&self) -> Clock {
        Clock::new(self.clock.0, self.clock.1)
    }

    /// Notes the workload's topics and partitions, and makes its clients.
    pub fn populate(&self, ledger: &mut Ledger) -> Vec<Box<dyn SimClient>> {
        ledger.default_policy = self.config.flush_policy;
        let mut partitions = Vec::new();
        let mut deletable = Vec::new();
        let random = &mut Stream::new(self.seed, "workload");
        for topic in &self.topics {
            for partition in 0..topic.new.partitions {
                let name = TopicPartition { topic: topic.new.name.clone(), partition };
                let id = ledger.add_partition(name, topic.policy, topic.may_expire);
                partitions.push(id);
                if random.chance(250_000) {
                    deletable.push(id);
                }
            }
        }
        let mut clients: Vec<Box<dyn SimClient>> = Vec::new();
        let admin = AdminConfig {
            topics: self.topics.iter().map(|topic| topic.new.clone()).collect(),
            deletable,
            plays: random.chance(400_000),
            pause_ms_max: random.scaled(20, 1_000),
        };
        clients.push(Box::new(Admin::new(self.seed, Time::default(), admin)));
        for _ in 0..random.between(1, 4) {
            let config = self.draw_producer(random, ledger, &partitions);
            clients.push(Box::new(Producer::new(self.seed, start(random), config)));
        }
        for number in 0..random.between(1, 3) {
            let config = draw_reader(random, number, &partitions);
            clients.push(Box::new(Reader::new(self.seed, start(random), config)));
        }
        for number in 0..random.below(3) {
            let some = pick_some(random, &partitions);
            let pause_ms = random.scaled(10, 500);
            clients.push(Box::new(Committer::new(self.seed, start(random), number, some, pause_ms)));
        }
        clients
    }

    fn draw_producer(
        &self,
        random: &mut Stream,
        ledger: &mut Ledger,
        partitions: &[PartitionId],
    ) -> ProducerConfig {
        let idempotent = random.chance(700_000);
        let acks = if idempotent { -1 } else { *random.pick(&[-1, 1, 1, 0]) };
        let filler_max = random.scaled(1, (self.small_batch_bytes / 2).min(4_000));
        let batch_records_max = (self.small_batch_bytes / (filler_max + 40)).clamp(1, 30);
        let filler_max = u32::try_from(filler_max).expect("small");
        ProducerConfig {
            producer: ledger.add_producer(idempotent, filler_max),
            idempotent,
            acks,
            api_version: i16::try_from(random.between(3, 13)).expect("small"),
            in_flight_max: if idempotent { random.index(5) + 1 } else { 1 },
            partitions: pick_some(random, partitions),
            batch_records_max: u32::try_from(random.between(1, batch_records_max)).expect("small"),
            filler_max,
            pause_ms_max: random.scaled(1, 200),
            records: u32::try_from(random.scaled(50, 3_000)).expect("small"),
        }
    }
}

fn start(random: &mut Stream) -> Time {
    Time::default().after_ms(random.below(500))
}

fn signed(random: &mut Stream, bound: u64) -> i64 {
    let value = i64::try_from(random.below(bound + 1)).expect("small");
    if random.chance(500_000) { value } else { -value }
}

fn pick_some(random: &mut Stream, partitions: &[PartitionId]) -> Vec<PartitionId> {
    let mut some = partitions.to_vec();
    random.shuffle(&mut some);
    some.truncate(random.index(some.len()) + 1);
    some.sort_unstable();
    some
}

fn draw_config(random: &mut Stream) -> Config {
    let int = |value: u64| i32::try_from(value).expect("small");
    let long = |value: u64| i64::try_from(value).expect("small");
    let flush_policy = if random.chance(800_000) { FlushPolicy::Synced } else { FlushPolicy::Written };
    let topic = TopicConfig {
        flush_policy,
        segment_bytes: int(random.scaled(1 << 10, 1 << 16)),
        index_interval_bytes: int(random.scaled(64, 4_096)),
        segment_index_bytes: int(random.scaled(64, 4_096)),
        file_delete_delay_ms: long(random.scaled(10, 5_000)),
        segment_ms: if random.chance(300_000) { long(random.scaled(200, 10_000)) } else { 604_800_000 },
        ..TopicConfig::default()
    };
    Config {
        flush_policy,
        topic,
        tail_memory_bytes: random.scaled(1 << 10, 1 << 20),
        read_chunk_bytes: u32::try_from(random.scaled(512, 1 << 16)).expect("small"),
        fetch_session_slots: u32::try_from(random.between(1, 6)).expect("small"),
        retention_check_interval_ms: long(random.scaled(100, 5_000)),
        checkpoint_interval_ms: long(random.scaled(50, 3_000)),
        offsets_topic_partitions: int(random.between(1, 4)),
        offsets_topic_replication_factor: 1,
        offsets_topic_segment_bytes: int(random.scaled(1 << 10, 1 << 16)),
        offsets_retention_check_interval_ms: long(random.scaled(500, 10_000)),
        group_initial_rebalance_delay_ms: long(random.below(500)),
        group_min_session_timeout_ms: 100,
        metadata_snapshot_bytes: random.scaled(1 << 9, 1 << 14),
        metadata_snapshot_interval_ms: long(random.scaled(500, 60_000)),
        connections_max_idle_ms: long(random.scaled(2_000, 600_000)),
        ..Config::default()
    }
}

fn draw_topics(random: &mut Stream, config: &Config) -> Vec<TopicPlan> {
    let topic = |random: &mut Stream, number: u64| {
        let mut configs = Vec::new();
        let mut policy = config.flush_policy;
        if random.chance(300_000) {
            policy = *random.pick(&[FlushPolicy::Synced, FlushPolicy::Written]);
            let value = if policy == FlushPolicy::Synced { "synced" } else { "written" };
            configs.push(("klamm.flush.policy", value.to_owned()));
        }
        let may_expire = random.chance(250_000);
        if may_expire {
            if random.chance(500_000) {
                configs.push(("retention.ms", random.scaled(500, 20_000).to_string()));
            } else {
                configs.push(("retention.bytes", random.scaled(2_000, 200_000).to_string()));
            }
        }
        if random.chance(150_000) {
            configs.push(("message.timestamp.type", "LogAppendTime".to_owned()));
        }
        let partitions = i32::try_from(random.between(1, 3)).expect("small");
        TopicPlan {
            new: NewTopic { name: format!("t{number}").into(), partitions, configs },
            policy,
            may_expire,
        }
    };
    let count = random.between(1, 3);
    (0..count).map(|number| topic(random, number)).collect()
}

fn draw_latency(random: &mut Stream) -> Latency {
    let sync = random.scaled(20_000, 5_000_000);
    Latency {
        read: (2_000, random.scaled(10_000, 500_000)),
        write: (1_000, random.scaled(5_000, 200_000)),
        sync: (sync / 10, sync),
        name: (1_000, random.scaled(5_000, 200_000)),
        per_kib: random.scaled(50, 5_000),
    }
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

fn draw_reader(random: &mut Stream, number: u64, partitions: &[PartitionId]) -> ReaderConfig {
    let int = |value: u64| i32::try_from(value).expect("small");
    let api_version = i16::try_from(random.between(4, 17)).expect("small");
    ReaderConfig {
        number,
        api_version,
        sessions: api_version >= 7 && random.chance(600_000),
        partitions: pick_some(random, partitions),
        max_bytes: int(random.scaled(100, 1 << 20)),
        partition_max_bytes: int(random.scaled(100, 1 << 18)),
        min_bytes: int(random.scaled(1, 10_000)),
        max_wait_ms: int(random.below(800)),
        rereads: random.chance(500_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_draws_the_same_run_with_or_without_a_flaw() {
        for seed in 0..20 {
            let plain = Plan::draw(seed, None);
            let mut flawed = Plan::draw(seed, Some(Flaw::AckBeforeFsync));
            flawed.config.flaw = None;
            assert_eq!(format!("{plain:?}"), format!("{flawed:?}"), "seed {seed}");
        }
    }

    #[test]
    fn damage_strikes_only_in_runs_of_its_own() {
        for seed in 0..300 {
            let plan = Plan::draw(seed, None);
            let damaging = plan.faults.iter().any(|(index, _)| TABLE[*index].mix == Mix::Damage);
            assert!(!damaging || plan.mix == Mix::Damage, "seed {seed}");
        }
    }
}
