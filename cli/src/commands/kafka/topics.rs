//! `kafka-topics`.

use std::collections::BTreeMap;

use clap::Args;
use klamm_core::client::admin::{
    ConfigEntry, ConfigResource, ConfigResourceType, ConfigSource, DescribedPartition, DescribedTopic,
    NewTopic,
};
use klamm_wire::{ErrorCode, Str};

use super::{KafkaServer, TopicFilter, exactly_one, split_settings};
use crate::connection::{AdminSession, all_or_failure, split};
use crate::context::Context;
use crate::exit::{Exit, Failure, Outcome};
use crate::render::{joined, print_line};

const WHAT: &str = "Error while executing topic command";

/// Creates, lists, describes, alters and deletes topics, with the flags of Kafka's tool.
#[derive(Debug, Args)]
pub struct KafkaTopics {
    #[command(flatten)]
    server: KafkaServer,
    /// Create a topic
    #[arg(long)]
    create: bool,
    /// List topics
    #[arg(long)]
    list: bool,
    /// Describe topics
    #[arg(long)]
    describe: bool,
    /// Raise the number of partitions
    #[arg(long)]
    alter: bool,
    /// Delete topics
    #[arg(long)]
    delete: bool,
    /// Name of the topic; a regular expression but for --create
    #[arg(long)]
    topic: Option<String>,
    /// Number of partitions
    #[arg(long)]
    partitions: Option<i32>,
    /// Replicas of each partition
    #[arg(long)]
    replication_factor: Option<i16>,
    /// Replicas by hand: broker ids joined by `:`, partitions by `,`
    #[arg(long, conflicts_with_all = ["partitions", "replication_factor"])]
    replica_assignment: Option<String>,
    /// A setting of the new topic; may be repeated
    #[arg(long, value_name = "NAME=VALUE")]
    config: Vec<String>,
    /// With --create: do nothing if the topic is there
    #[arg(long)]
    if_not_exists: bool,
    /// With --alter, --delete, --describe: do nothing if the topic is not there
    #[arg(long)]
    if_exists: bool,
    /// Leave out topics the cluster keeps for itself
    #[arg(long)]
    exclude_internal: bool,
    /// With --describe: only partitions that lack a replica in sync
    #[arg(long)]
    under_replicated_partitions: bool,
    /// With --describe: only partitions without leader
    #[arg(long)]
    unavailable_partitions: bool,
    /// With --describe: only partitions with fewer replicas in sync than min.insync.replicas
    #[arg(long)]
    under_min_isr_partitions: bool,
    /// With --describe: only partitions with just min.insync.replicas replicas in sync
    #[arg(long)]
    at_min_isr_partitions: bool,
    /// With --describe: only topics with settings of their own
    #[arg(long)]
    topics_with_overrides: bool,
}

impl KafkaTopics {
    pub(crate) fn run(self, _: &Context) -> Outcome {
        exactly_one(&[
            ("--list", self.list),
            ("--describe", self.describe),
            ("--create", self.create),
            ("--alter", self.alter),
            ("--delete", self.delete),
        ])?;
        let mut admin = AdminSession::open(&self.server.options()?)?;
        if self.create {
            return self.create(&mut admin);
        }
        if (self.alter || self.delete) && self.topic.is_none() {
            return Err(Failure::new(Exit::Usage, "Missing required argument", "--topic names the topics"));
        }
        let (mut topics, _) = split(WHAT, admin.describe_topics(None)?, Str::to_string);
        let filter = TopicFilter::new(self.topic.as_deref())?;
        topics.retain(|name, topic| filter.matches(name) && !(self.exclude_internal && topic.is_internal));
        if self.list {
            topics.keys().for_each(|name| print_line(name));
            return Ok(());
        }
        if let (Some(topic), true, false) = (&self.topic, topics.is_empty(), self.if_exists) {
            let why = format!("Topic '{topic}' does not exist as expected");
            return Err(Failure::new(Exit::Failure, WHAT, why));
        }
        if self.describe {
            self.describe(&mut admin, &topics)
        } else if self.alter {
            let Some(count) = self.partitions else {
                let why = "--partitions says how many there shall be";
                return Err(Failure::new(Exit::Usage, "Missing required argument", why));
            };
            let counts = topics.into_keys().map(|name| (name, count)).collect();
            all_or_failure(WHAT, admin.create_partitions(counts)?)
        } else {
            all_or_failure(WHAT, admin.delete_topics(topics.into_keys().collect())?)
        }
    }

    fn create(&self, admin: &mut AdminSession) -> Outcome {
        let Some(name) = &self.topic else {
            return Err(Failure::new(Exit::Usage, "Missing required argument", "--topic names the topic"));
        };
        if name.contains(['.', '_']) {
            print_line(
                "WARNING: Due to limitations in metric names, topics with a period ('.') or underscore ('_') could \
                 collide. To avoid issues it is best to use either, but not both.",
            );
        }
        let mut configs = BTreeMap::new();
        for config in &self.config {
            configs
                .extend(split_settings(config)?.into_iter().map(|(name, value)| (name.into(), value.into())));
        }
        let assignments = match &self.replica_assignment {
            Some(text) => parse_assignment(text)?,
            None => BTreeMap::new(),
        };
        let topic = NewTopic {
            name: name.as_str().into(),
            partitions: self.partitions.unwrap_or(-1),
            replication_factor: self.replication_factor.unwrap_or(-1),
            assignments,
            configs,
        };
        let mut created = admin.create_topics(vec![topic], false)?;
        match created.pop_first() {
            Some((_, Err(error))) if error.code == ErrorCode::TOPIC_ALREADY_EXISTS && self.if_not_exists => {
                Ok(())
            }
            Some((_, Err(error))) => Err(Failure::new(Exit::Failure, WHAT, error)),
            Some((_, Ok(_))) => {
                print_line(&format!("Created topic {name}."));
                Ok(())
            }
            None => Err(Failure::new(Exit::Failure, WHAT, "no answer about the topic")),
        }
    }

    fn describe(&self, admin: &mut AdminSession, topics: &BTreeMap<Str, DescribedTopic>) -> Outcome {
        let resource = |name: &Str| ConfigResource { kind: ConfigResourceType::Topic, name: name.clone() };
        let configs = admin.describe_configs(topics.keys().map(resource).collect())?;
        for (name, topic) in topics {
            let entries = configs.get(&resource(name)).and_then(|entries| entries.as_ref().ok());
            let entries = entries.map_or(&[][..], Vec::as_slice);
            if self.topics_with_overrides && !entries.iter().any(|e| e.source == ConfigSource::DynamicTopic) {
                continue;
            }
            if !self.is_about_partitions() {
                print_line(&topic_line(name, topic, entries));
            }
            if self.topics_with_overrides {
                continue;
            }
            for (index, partition) in &topic.partitions {
                if self.shows(partition, min_isr(entries)) {
                    print_line(&partition_line(name, *index, partition));
                }
            }
        }
        Ok(())
    }
}

impl KafkaTopics {
    /// Whether only some partitions are wanted, without the topics they belong to.
    fn is_about_partitions(&self) -> bool {
        self.under_replicated_partitions
            || self.unavailable_partitions
            || self.under_min_isr_partitions
            || self.at_min_isr_partitions
    }

    fn shows(&self, partition: &DescribedPartition, min_isr: usize) -> bool {
        let in_sync = partition.isr.len();
        (!self.under_replicated_partitions || in_sync < partition.replicas.len())
            && (!self.unavailable_partitions || partition.leader.is_none())
            && (!self.under_min_isr_partitions || in_sync < min_isr)
            && (!self.at_min_isr_partitions || in_sync == min_isr)
    }
}

/// What a topic's settings say about it; 1 if they say nothing.
fn min_isr(entries: &[ConfigEntry]) -> usize {
    let entry = entries.iter().find(|entry| &*entry.name == "min.insync.replicas");
    entry.and_then(|entry| entry.value.as_deref()?.parse().ok()).unwrap_or(1)
}

fn parse_assignment(text: &str) -> Result<BTreeMap<i32, Vec<i32>>, Failure> {
    let mut assignments = BTreeMap::new();
    for (index, replicas) in (0..).zip(text.split(',')) {
        let replicas: Result<Vec<i32>, _> = replicas.split(':').map(str::parse).collect();
        let replicas = replicas.map_err(|error| {
            Failure::new(Exit::Usage, format!("`{text}` is no replica assignment"), error)
        })?;
        assignments.insert(index, replicas);
    }
    Ok(assignments)
}

fn topic_line(name: &Str, topic: &DescribedTopic, entries: &[ConfigEntry]) -> String {
    let chosen = entries.iter().filter(|entry| entry.source != ConfigSource::Default);
    let configs: Vec<String> = chosen
        .map(|entry| format!("{}={}", entry.name, entry.value.as_deref().unwrap_or_default()))
        .collect();
    let replicas = topic.partitions.values().next().map_or(0, |partition| partition.replicas.len());
    format!(
        "Topic: {name}\tTopicId: {}\tPartitionCount: {}\tReplicationFactor: {replicas}\tConfigs: {}",
        topic.topic_id,
        topic.partitions.len(),
        configs.join(",")
    )
}

fn partition_line(name: &Str, index: i32, partition: &DescribedPartition) -> String {
    let known = |replicas: &Option<Vec<i32>>| replicas.as_ref().map_or("N/A".into(), |r| joined(r));
    format!(
        "\tTopic: {name}\tPartition: {index}\tLeader: {}\tReplicas: {}\tIsr: {}\tElr: {}\tLastKnownElr: {}",
        partition.leader.map_or("none".into(), |leader| leader.to_string()),
        joined(&partition.replicas),
        joined(&partition.isr),
        known(&partition.elr),
        known(&partition.last_known_elr),
    )
}
