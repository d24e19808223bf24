//! The workload: topics, and the clients that use them.

use klamm_core::config::FlushPolicy;
use klamm_core::types::TopicPartition;

use super::{MachinePlan, Plan};
use crate::clients::SimClient;
use crate::clients::admin::{Admin, AdminConfig, NewTopic};
use crate::clients::committer::{Committer, CommitterConfig};
use crate::clients::member::{Member, MemberConfig};
use crate::clients::operator::{Operator, OperatorConfig};
use crate::clients::producer::{Producer, ProducerConfig};
use crate::clients::reader::{Reader, ReaderConfig};
use crate::clients::transactor::{Transactor, TransactorConfig};
use crate::clock::Time;
use crate::ledger::{Ledger, PartitionId};
use crate::random::Stream;

/// A topic of the workload.
#[derive(Clone, Debug)]
pub(super) struct TopicPlan {
    pub(super) new: NewTopic,
    pub(super) policy: FlushPolicy,
    pub(super) may_expire: bool,
    /// `min.insync.replicas`.
    pub(super) min_isr: usize,
    /// `unclean.leader.election.enable`.
    pub(super) wants_unclean: bool,
    /// Only transactors write to it.
    pub(super) is_transactional: bool,
}

/// Topics and clients, each client with the time at which it starts.
#[derive(Clone, Debug)]
pub(super) struct Workload {
    pub(super) topics: Vec<TopicPlan>,
    pub(super) admin: AdminConfig,
    pub(super) producers: Vec<(Time, ProducerConfig)>,
    pub(super) readers: Vec<(Time, ReaderConfig)>,
    pub(super) committers: Vec<(Time, CommitterConfig)>,
    pub(super) transactors: Vec<(Time, TransactorConfig)>,
    pub(super) members: Vec<(Time, MemberConfig)>,
    pub(super) operator: Option<(Time, OperatorConfig)>,
}

impl Workload {
    pub(super) fn draw(seed: u64, machines: &[MachinePlan], small_batch_bytes: u64) -> Self {
        let mut topics = draw_topics(&mut Stream::new(seed, "topics"), machines);
        let random = &mut Stream::new(seed, "workload");
        let count: usize = topics.iter().map(|topic| topic.new.partitions.unsigned_abs() as usize).sum();
        let partitions: Vec<PartitionId> = (0..count).collect();
        let transactors =
            draw_transactors(&mut Stream::new(seed, "transactions"), machines, count, &mut topics);
        let admin = AdminConfig {
            topics: topics.iter().map(|topic| topic.new.clone()).collect(),
            deletable: partitions.iter().copied().filter(|_| random.chance(250_000)).collect(),
            plays: random.chance(400_000),
            pause_ms_max: random.scaled(20, 1_000),
            is_passed_on: machines.len() > 1,
        };
        let producers = 0..random.between(1, 4);
        let producers = producers.map(|number| {
            let config = draw_producer(random, number, &partitions, small_batch_bytes);
            (start(random), config)
        });
        let producers = producers.collect();
        let readers = 0..random.between(1, 3);
        let readers = readers.map(|number| (start(random), draw_reader(random, number, &partitions)));
        let readers = readers.collect();
        let committers = 0..random.below(3);
        let committers = committers.map(|number| {
            let partitions = pick_some(random, &partitions);
            (start(random), CommitterConfig { number, partitions, pause_ms_max: random.scaled(10, 500) })
        });
        let members = draw_members(&mut Stream::new(seed, "members"), &partitions);
        let operator = draw_operator(&mut Stream::new(seed, "operator plan"), machines, &topics);
        Self {
            committers: committers.collect(),
            topics,
            admin,
            producers,
            readers,
            transactors,
            members,
            operator,
        }
    }
}

impl Plan {
    /// Notes the workload's topics and partitions, and makes its clients.
    pub fn populate(&self, ledger: &mut Ledger) -> Vec<Box<dyn SimClient>> {
        let Workload { topics, admin, producers, readers, committers, transactors, members, operator } =
            &self.workload;
        ledger.default_policy = self.machines[0].config.flush_policy;
        for topic in topics {
            for partition in 0..topic.new.partitions {
                let name = TopicPartition { topic: topic.new.name.clone(), partition };
                let replicas = usize::try_from(topic.new.replication_factor).expect("small");
                let terms = (topic.min_isr, replicas);
                let id = ledger.add_partition(name, topic.policy, terms, topic.may_expire);
                ledger.partitions[id].is_transactional = topic.is_transactional;
                ledger.partitions[id].wants_unclean = topic.wants_unclean;
            }
        }
        let brokers = self.brokers();
        let mut clients: Vec<Box<dyn SimClient>> = Vec::new();
        clients.push(Box::new(Admin::new(self.seed, Time::default(), &brokers, admin.clone())));
        for (start, config) in producers {
            let number = ledger.add_producer(config.idempotent, config.filler_max);
            assert_eq!(number, config.producer, "producers are numbered in their order");
            clients.push(Box::new(Producer::new(self.seed, *start, &brokers, config.clone())));
        }
        for (start, config) in readers {
            clients.push(Box::new(Reader::new(self.seed, *start, &brokers, config.clone())));
        }
        for (start, config) in committers {
            clients.push(Box::new(Committer::new(self.seed, *start, &brokers, config.clone())));
        }
        for (start, config) in transactors {
            clients.push(Box::new(Transactor::new(self.seed, *start, &brokers, config.clone())));
        }
        for (start, config) in members {
            clients.push(Box::new(Member::new(self.seed, *start, &brokers, config.clone())));
        }
        if let Some((start, config)) = operator {
            clients.push(Box::new(Operator::new(self.seed, *start, &brokers, config.clone())));
        }
        clients
    }
}

/// In a share of the runs, a group of some members, or two.
fn draw_members(random: &mut Stream, partitions: &[PartitionId]) -> Vec<(Time, MemberConfig)> {
    let mut members = Vec::new();
    if !random.chance(500_000) {
        return members;
    }
    for group in 0..random.between(1, 2) {
        let partitions = pick_some(random, partitions);
        let session_ms = i32::try_from(random.scaled(200, 6_000)).expect("small");
        let rebalance_ms = i32::try_from(random.scaled(300, 3_000)).expect("small");
        let pause_ms_max = random.scaled(10, 500);
        for _ in 0..random.between(1, 3) {
            let config = MemberConfig {
                group,
                number: members.len() as u64,
                partitions: partitions.clone(),
                session_ms,
                rebalance_ms,
                is_static: random.chance(300_000),
                pause_ms_max,
            };
            members.push((start(random), config));
        }
    }
    members
}

/// In a share of the clusters, somebody who moves things.
fn draw_operator(
    random: &mut Stream,
    machines: &[MachinePlan],
    topics: &[TopicPlan],
) -> Option<(Time, OperatorConfig)> {
    if machines.len() == 1 || !random.chance(400_000) {
        return None;
    }
    let count: usize = topics.iter().map(|topic| topic.new.partitions.unsigned_abs() as usize).sum();
    let brokers = machines.iter().filter(|machine| machine.config.roles.broker);
    let config = OperatorConfig {
        partitions: (0..count).collect(),
        brokers: brokers.map(|machine| machine.config.node_id).collect(),
        pause_ms_max: random.scaled(20, 3_000),
    };
    Some((Time::default().after_ms(random.between(200, 3_000)), config))
}

fn start(random: &mut Stream) -> Time {
    Time::default().after_ms(random.below(500))
}

fn pick_some(random: &mut Stream, partitions: &[PartitionId]) -> Vec<PartitionId> {
    let mut some = partitions.to_vec();
    random.shuffle(&mut some);
    some.truncate(random.index(some.len()) + 1);
    some.sort_unstable();
    some
}

/// Topics with settings of their own.
fn draw_topics(random: &mut Stream, machines: &[MachinePlan]) -> Vec<TopicPlan> {
    let brokers = machines.iter().filter(|machine| machine.config.roles.broker).count();
    let default_policy = machines[0].config.flush_policy;
    let count = random.between(1, 3);
    (0..count).map(|number| draw_topic(random, number, brokers as u64, default_policy)).collect()
}

fn draw_topic(random: &mut Stream, number: u64, brokers: u64, default_policy: FlushPolicy) -> TopicPlan {
    let mut configs = Vec::new();
    let mut policy = default_policy;
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
    let factor = if random.chance(700_000) { brokers.min(3) } else { random.between(1, brokers.min(5)) };
    // One less than there are replicas is what people should choose; the rest is for corners.
    let min_isr = if random.chance(700_000) { factor.max(2) - 1 } else { random.between(1, factor) };
    let mut wants_unclean = false;
    if brokers > 1 {
        configs.push(("min.insync.replicas", min_isr.to_string()));
        wants_unclean = random.chance(120_000);
        if wants_unclean {
            configs.push(("unclean.leader.election.enable", "true".to_owned()));
        }
    }
    let partitions = i32::try_from(random.between(1, if brokers > 1 { 5 } else { 3 })).expect("small");
    let replication_factor = i16::try_from(factor).expect("small");
    TopicPlan {
        new: NewTopic { name: format!("t{number}").into(), partitions, replication_factor, configs },
        policy,
        may_expire,
        min_isr: usize::try_from(min_isr).expect("small"),
        wants_unclean,
        is_transactional: false,
    }
}

/// In a share of the runs, a topic of its own behind all others, and who writes transactions to it.
fn draw_transactors(
    random: &mut Stream,
    machines: &[MachinePlan],
    first: PartitionId,
    topics: &mut Vec<TopicPlan>,
) -> Vec<(Time, TransactorConfig)> {
    if !random.chance(500_000) {
        return Vec::new();
    }
    let brokers = machines.iter().filter(|machine| machine.config.roles.broker).count() as u64;
    let factor = if random.chance(700_000) { brokers.min(3) } else { random.between(1, brokers.min(5)) };
    let min_isr = factor.max(2) - 1;
    let partitions = random.between(1, 3);
    let configs = if brokers > 1 { vec![("min.insync.replicas", min_isr.to_string())] } else { Vec::new() };
    topics.push(TopicPlan {
        new: NewTopic {
            name: "transactions".into(),
            partitions: i32::try_from(partitions).expect("small"),
            replication_factor: i16::try_from(factor).expect("small"),
            configs,
        },
        policy: machines[0].config.flush_policy,
        may_expire: false,
        min_isr: usize::try_from(min_isr).expect("small"),
        wants_unclean: false,
        is_transactional: true,
    });
    let partitions: Vec<PartitionId> = (first..).take(usize::try_from(partitions).expect("small")).collect();
    let transactors = (0..random.between(1, 2)).map(|number| {
        let config = TransactorConfig {
            number,
            partitions: partitions.clone(),
            is_old: random.chance(400_000),
            transactions: u32::try_from(random.scaled(5, 200)).expect("small"),
            timeout_ms: i32::try_from(random.scaled(3_000, 60_000)).expect("small"),
            pause_ms_max: random.scaled(1, 100),
        };
        (start(random), config)
    });
    transactors.collect()
}

fn draw_producer(
    random: &mut Stream,
    number: u64,
    partitions: &[PartitionId],
    small_batch_bytes: u64,
) -> ProducerConfig {
    let idempotent = random.chance(700_000);
    let acks = if idempotent { -1 } else { *random.pick(&[-1, 1, 1, 0]) };
    let filler_max = random.scaled(1, (small_batch_bytes / 2).min(4_000));
    let batch_records_max = (small_batch_bytes / (filler_max + 40)).clamp(1, 30);
    ProducerConfig {
        producer: u32::try_from(number).expect("few producers"),
        idempotent,
        acks,
        api_version: i16::try_from(random.between(3, 13)).expect("small"),
        waits_for_old_leader: !idempotent || random.chance(700_000),
        in_flight_max: if idempotent { random.index(5) + 1 } else { 1 },
        partitions: pick_some(random, partitions),
        batch_records_max: u32::try_from(random.between(1, batch_records_max)).expect("small"),
        filler_max: u32::try_from(filler_max).expect("small"),
        pause_ms_max: random.scaled(1, 200),
        records: u32::try_from(random.scaled(50, 3_000)).expect("small"),
    }
}

fn draw_reader(random: &mut Stream, number: u64, partitions: &[PartitionId]) -> ReaderConfig {
    let int = |value: u64| i32::try_from(value).expect("small");
    let api_version = i16::try_from(random.between(4, 17)).expect("small");
    ReaderConfig {
        number,
        api_version,
        epochs: random.chance(700_000),
        sessions: api_version >= 7 && random.chance(600_000),
        partitions: pick_some(random, partitions),
        max_bytes: int(random.scaled(100, 1 << 20)),
        partition_max_bytes: int(random.scaled(100, 1 << 18)),
        min_bytes: int(random.scaled(1, 10_000)),
        max_wait_ms: int(random.below(800)),
        rereads: random.chance(500_000),
    }
}
