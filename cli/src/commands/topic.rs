//! `klamm topic`.

use std::collections::BTreeMap;

use clap::{Args, Subcommand};
use klamm_core::client::admin::{
    ConfigChange, ConfigEntry, ConfigResource, ConfigResourceType, ConfigSource, DescribedPartition,
    DescribedTopic, NewTopic,
};
use klamm_core::types::TopicPartition;
use klamm_wire::{ErrorCode, Str};
use serde_json::{Value, json};

use crate::connection::{AdminSession, ClusterOptions, all_or_failure, split};
use crate::context::Context;
use crate::exit::{Exit, Failure, Outcome};
use crate::render::{counted, joined, print_json, print_line, print_table};

/// Creates, shows, changes and deletes topics.
#[derive(Debug, Args)]
pub struct Topic {
    #[command(flatten)]
    cluster: ClusterOptions,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Creates a topic
    Create {
        /// Name of the topic
        name: String,
        /// Number of partitions; the broker's `num.partitions` if not given
        #[arg(short, long, default_value_t = -1, hide_default_value = true)]
        partitions: i32,
        /// Replicas of each partition; the broker's `default.replication.factor` if not given
        #[arg(short, long, default_value_t = -1, hide_default_value = true)]
        replication_factor: i16,
        /// A setting, for example retention.ms=3600000; may be repeated
        #[arg(short, long = "config", value_name = "NAME=VALUE", value_parser = parse_setting)]
        configs: Vec<(String, String)>,
        /// Succeed if the topic is there already
        #[arg(long)]
        if_not_exists: bool,
        /// Only check whether the topic could be created
        #[arg(long)]
        validate_only: bool,
    },
    /// Lists topics
    List {
        /// Also those the cluster keeps for itself
        #[arg(short, long)]
        all: bool,
    },
    /// Describes topics with their partitions and the settings that differ from the defaults
    Describe {
        /// Names of topics; all if none is given
        names: Vec<String>,
    },
    /// Adds partitions, changes settings
    Alter {
        /// Name of the topic
        name: String,
        /// New number of partitions; it can only grow
        #[arg(short, long)]
        partitions: Option<i32>,
        /// A setting; may be repeated
        #[arg(short, long = "config", value_name = "NAME=VALUE", value_parser = parse_setting)]
        configs: Vec<(String, String)>,
        /// A setting to be taken back; may be repeated
        #[arg(short, long, value_name = "NAME")]
        unset: Vec<String>,
    },
    /// Deletes topics with all their records
    Delete {
        /// Names of topics
        #[arg(required = true)]
        names: Vec<String>,
    },
}

/// Reads `NAME=VALUE`.
pub(super) fn parse_setting(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => Ok((name.trim().into(), value.trim().into())),
        _ => Err("it must be NAME=VALUE".into()),
    }
}

impl Topic {
    pub(super) fn run(self, context: &Context) -> Outcome {
        let mut admin = AdminSession::open(&self.cluster)?;
        match self.action {
            Action::Create {
                name,
                partitions,
                replication_factor,
                configs,
                if_not_exists,
                validate_only,
            } => {
                let configs = configs.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
                let topic = NewTopic {
                    name: name.as_str().into(),
                    partitions,
                    replication_factor,
                    configs,
                    ..NewTopic::default()
                };
                create(context, &mut admin, topic, if_not_exists, validate_only)
            }
            Action::List { all } => list(context, &mut admin, all),
            Action::Describe { names } => describe(context, &mut admin, &names),
            Action::Alter { name, partitions, configs, unset } => {
                let set =
                    configs.into_iter().map(|(name, value)| ConfigChange::Set(name.into(), value.into()));
                let unset = unset.into_iter().map(|name| ConfigChange::Unset(name.into()));
                let changes = set.chain(unset).collect();
                alter(context, &mut admin, &name.as_str().into(), partitions, changes)
            }
            Action::Delete { names } => delete(context, &mut admin, &names),
        }
    }
}

fn create(
    context: &Context,
    admin: &mut AdminSession,
    topic: NewTopic,
    if_not_exists: bool,
    validate_only: bool,
) -> Outcome {
    let name = topic.name.clone();
    let mut created = admin.create_topics(vec![topic], validate_only)?;
    match created.remove(&name) {
        Some(Err(error)) if error.code == ErrorCode::TOPIC_ALREADY_EXISTS && if_not_exists => {
            if context.is_json() {
                print_json(&json!({"topic": &*name, "created": false}));
            } else {
                print_line(&format!("Topic {name} is there already."));
            }
            Ok(())
        }
        Some(Err(error)) => {
            let failure = Failure::new(Exit::Failure, format!("cannot create topic {name}"), &error);
            Err(match error.code {
                ErrorCode::TOPIC_ALREADY_EXISTS => {
                    failure.next("choose another name, or add --if-not-exists")
                }
                _ => failure,
            })
        }
        Some(Ok(details)) => {
            if context.is_json() {
                print_json(&json!({
                    "topic": &*name,
                    "created": !validate_only,
                    "id": details.topic_id.to_string(),
                    "partitions": details.partitions,
                    "replication_factor": details.replication_factor,
                }));
            } else if validate_only {
                print_line(&format!("Topic {name} could be created."));
            } else {
                let partitions = counted(details.partitions, "partition");
                print_line(&format!("Created topic {name} with {partitions}."));
            }
            Ok(())
        }
        None => Err(Failure::new(Exit::Failure, format!("cannot create topic {name}"), "no answer about it")),
    }
}

fn list(context: &Context, admin: &mut AdminSession, all: bool) -> Outcome {
    let (mut topics, failure) = split("cannot list all topics", admin.describe_topics(None)?, Str::to_string);
    topics.retain(|_, topic| all || !topic.is_internal);
    let replicas = |topic: &DescribedTopic| topic.partitions.values().next().map_or(0, |p| p.replicas.len());
    if context.is_json() {
        let entry = |(name, topic): (&Str, &DescribedTopic)| {
            json!({
                "topic": &**name,
                "id": topic.topic_id.to_string(),
                "partitions": topic.partitions.len(),
                "replication_factor": replicas(topic),
                "internal": topic.is_internal,
            })
        };
        print_json(&topics.iter().map(entry).collect());
    } else {
        let row = |(name, topic): (&Str, &DescribedTopic)| {
            vec![name.to_string(), topic.partitions.len().to_string(), replicas(topic).to_string()]
        };
        print_table(context, &["TOPIC", "PARTITIONS", "REPLICAS"], topics.iter().map(row).collect());
    }
    failure.map_or(Ok(()), Err)
}

/// Settings that somebody chose, by topic.
pub(super) fn overrides(
    admin: &mut AdminSession,
    topics: impl Iterator<Item = Str>,
) -> Result<BTreeMap<Str, Vec<ConfigEntry>>, Failure> {
    let resource = |name: Str| ConfigResource { kind: ConfigResourceType::Topic, name };
    let described = admin.describe_configs(topics.map(resource).collect())?;
    let chosen = |entries: Vec<ConfigEntry>| -> Vec<ConfigEntry> {
        entries.into_iter().filter(|entry| entry.source == ConfigSource::DynamicTopic).collect()
    };
    let described = described.into_iter();
    Ok(described.map(|(resource, entries)| (resource.name, chosen(entries.unwrap_or_default()))).collect())
}

fn describe(context: &Context, admin: &mut AdminSession, names: &[String]) -> Outcome {
    let wanted = (!names.is_empty()).then(|| names.iter().map(|name| name.as_str().into()).collect());
    let (topics, failure) =
        split("cannot describe all topics", admin.describe_topics(wanted)?, Str::to_string);
    let configs = overrides(admin, topics.keys().cloned())?;
    let mut bounds = BTreeMap::new();
    for timestamp in [-2, -1] {
        let all = topics.iter().flat_map(|(name, topic)| {
            topic.partitions.iter().filter(|(_, p)| p.leader.is_some()).map(move |(partition, _)| {
                (TopicPartition { topic: name.clone(), partition: *partition }, timestamp)
            })
        });
        for (name, offset) in admin.list_offsets(all.collect())? {
            bounds.entry(name).or_insert_with(Vec::new).push(offset.map_or(-1, |listed| listed.offset));
        }
    }
    if context.is_json() {
        let described = topics.iter().map(|(name, topic)| as_json(name, topic, &configs, &bounds));
        print_json(&described.collect());
    } else {
        for (name, topic) in &topics {
            print_topic(context, name, topic, &configs, &bounds);
        }
    }
    failure.map_or(Ok(()), Err)
}

type Bounds = BTreeMap<TopicPartition, Vec<i64>>;

fn as_json(
    name: &Str,
    topic: &DescribedTopic,
    configs: &BTreeMap<Str, Vec<ConfigEntry>>,
    bounds: &Bounds,
) -> Value {
    let partitions = topic.partitions.iter().map(|(index, p)| {
        let offsets = bounds.get(&TopicPartition { topic: name.clone(), partition: *index });
        json!({
            "partition": index,
            "leader": p.leader,
            "leader_epoch": p.leader_epoch,
            "replicas": p.replicas,
            "isr": p.isr,
            "elr": p.elr,
            "last_known_elr": p.last_known_elr,
            "offline_replicas": p.offline_replicas,
            "log_start_offset": offsets.map(|offsets| offsets[0]),
            "high_watermark": offsets.and_then(|offsets| offsets.get(1)),
        })
    });
    let settings = configs.get(name).into_iter().flatten();
    let settings: serde_json::Map<String, Value> =
        settings.map(|entry| (entry.name.to_string(), json!(entry.value.as_deref()))).collect();
    json!({
        "topic": &**name,
        "id": topic.topic_id.to_string(),
        "internal": topic.is_internal,
        "configs": settings,
        "partitions": partitions.collect::<Value>(),
    })
}

fn print_topic(
    context: &Context,
    name: &Str,
    topic: &DescribedTopic,
    configs: &BTreeMap<Str, Vec<ConfigEntry>>,
    bounds: &Bounds,
) {
    let partitions = counted(topic.partitions.len(), "partition");
    print_line(&format!("Topic {name}  id {}  {partitions}", topic.topic_id));
    for entry in configs.get(name).into_iter().flatten() {
        print_line(&format!("  {} = {}", entry.name, entry.value.as_deref().unwrap_or_default()));
    }
    let rows = topic.partitions.iter().map(|(index, p)| {
        let offsets = bounds.get(&TopicPartition { topic: name.clone(), partition: *index });
        let offset = |which: usize| offsets.and_then(|o| o.get(which)).map_or("-".into(), i64::to_string);
        vec![
            index.to_string(),
            p.leader.map_or("none".into(), |leader| leader.to_string()),
            joined(&p.replicas),
            joined(&p.isr),
            eligible(p),
            offset(0),
            offset(1),
        ]
    });
    let headers = ["PARTITION", "LEADER", "REPLICAS", "ISR", "ELR", "START", "END"];
    print_table(context, &headers, rows.collect());
    print_line("");
}

/// Replicas that may lead although they are not in sync; those that could before the last of them was lost stand in brackets.
fn eligible(partition: &DescribedPartition) -> String {
    let elr = partition.elr.as_deref().unwrap_or_default();
    let lost = partition.last_known_elr.as_deref().unwrap_or_default();
    match (elr.is_empty(), lost.is_empty()) {
        (true, true) => "-".to_owned(),
        (false, true) => joined(elr),
        (true, false) => format!("({})", joined(lost)),
        (false, false) => format!("{} ({})", joined(elr), joined(lost)),
    }
}

fn alter(
    context: &Context,
    admin: &mut AdminSession,
    name: &Str,
    partitions: Option<i32>,
    changes: Vec<ConfigChange>,
) -> Outcome {
    if partitions.is_none() && changes.is_empty() {
        let why = "neither --partitions nor --config nor --unset is given";
        return Err(Failure::new(Exit::Usage, format!("nothing to change in topic {name}"), why)
            .next("name a setting, for example --config retention.ms=3600000"));
    }
    if let Some(count) = partitions {
        let results = admin.create_partitions([(name.clone(), count)].into())?;
        all_or_failure("cannot add partitions", results)?;
    }
    if !changes.is_empty() {
        let resource = ConfigResource { kind: ConfigResourceType::Topic, name: name.clone() };
        all_or_failure("cannot change settings", admin.alter_configs(resource, changes)?)?;
    }
    if context.is_json() {
        print_json(&json!({"topic": &**name, "altered": true}));
    } else {
        print_line(&format!("Changed topic {name}."));
    }
    Ok(())
}

fn delete(context: &Context, admin: &mut AdminSession, names: &[String]) -> Outcome {
    let names = names.iter().map(|name| name.as_str().into()).collect();
    let (deleted, failure) = split("cannot delete all topics", admin.delete_topics(names)?, Str::to_string);
    if context.is_json() {
        print_json(&json!({"deleted": deleted.keys().map(|name| &**name).collect::<Vec<_>>()}));
    } else {
        deleted.keys().for_each(|name| print_line(&format!("Deleted topic {name}.")));
    }
    failure.map_or(Ok(()), Err)
}
