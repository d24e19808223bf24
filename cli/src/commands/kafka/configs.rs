//! `kafka-configs`.

use std::collections::BTreeMap;

use clap::Args;
use klamm_core::client::admin::{
    ConfigChange, ConfigEntry, ConfigResource, ConfigResourceType, ConfigSource,
};
use klamm_wire::Str;

use super::{exactly_one, split_settings};
use crate::connection::{AdminSession, ClusterOptions, all_or_failure, split};
use crate::context::Context;
use crate::exit::{Exit, Failure, Outcome};
use crate::render::print_line;

/// Describes and alters settings, with the flags of Kafka's tool.
#[derive(Debug, Args)]
pub struct KafkaConfigs {
    /// Brokers to connect to
    #[arg(long, value_name = "HOST:PORT,...")]
    bootstrap_server: String,
    /// Show settings
    #[arg(long)]
    describe: bool,
    /// Change settings
    #[arg(long)]
    alter: bool,
    /// topics, brokers, groups or client-metrics
    #[arg(long)]
    entity_type: Option<String>,
    /// Name of the topic or group, id of the broker
    #[arg(long)]
    entity_name: Option<String>,
    /// All brokers
    #[arg(long, conflicts_with = "entity_name")]
    entity_default: bool,
    /// A topic; short for --entity-type topics --entity-name
    #[arg(long, conflicts_with_all = ["entity_type", "entity_name", "entity_default"])]
    topic: Option<String>,
    /// A broker; short for --entity-type brokers --entity-name
    #[arg(long, conflicts_with_all = ["topic", "entity_type", "entity_name", "entity_default"])]
    broker: Option<String>,
    /// Settings to set: `a=1,b=[2,3]`
    #[arg(long)]
    add_config: Option<String>,
    /// Settings to take back: a,b
    #[arg(long, value_delimiter = ',')]
    delete_config: Vec<String>,
    /// Also the settings nobody chose
    #[arg(long)]
    all: bool,
}

impl KafkaConfigs {
    pub(crate) fn run(self, _: &Context) -> Outcome {
        exactly_one(&[("--describe", self.describe), ("--alter", self.alter)])?;
        let kind = self.kind()?;
        let mut admin = AdminSession::open(&ClusterOptions::of(&self.bootstrap_server))?;
        if self.alter {
            return self.alter(&mut admin, kind);
        }
        let resources = match self.name() {
            Some(name) => vec![ConfigResource { kind, name }],
            None => every_resource(&mut admin, kind)?,
        };
        for resource in resources {
            self.describe(&mut admin, resource)?;
        }
        Ok(())
    }

    fn kind(&self) -> Result<ConfigResourceType, Failure> {
        match (self.entity_type.as_deref(), &self.topic, &self.broker) {
            (Some("topics"), _, _) | (_, Some(_), _) => Ok(ConfigResourceType::Topic),
            (Some("brokers"), _, _) | (_, _, Some(_)) => Ok(ConfigResourceType::Broker),
            (Some("groups"), _, _) => Ok(ConfigResourceType::Group),
            (Some("client-metrics"), _, _) => Ok(ConfigResourceType::ClientMetrics),
            (other, _, _) => {
                let what = format!("`{}` is no entity type", other.unwrap_or_default());
                Err(Failure::new(Exit::Usage, what, "it is topics, brokers, groups or client-metrics"))
            }
        }
    }

    /// The entity; the empty name is the default of all brokers.
    fn name(&self) -> Option<Str> {
        let named = self.entity_name.as_deref().or(self.topic.as_deref()).or(self.broker.as_deref());
        named.or(self.entity_default.then_some("")).map(Into::into)
    }

    fn describe(&self, admin: &mut AdminSession, resource: ConfigResource) -> Outcome {
        let (kind, name) = (resource.kind, resource.name.clone());
        let results = admin.describe_configs(vec![resource])?;
        let (entries, failure) =
            split("Error while executing config command", results, |r| r.name.to_string());
        if let Some(failure) = failure {
            return Err(failure);
        }
        let entity = match (kind, name.is_empty()) {
            (ConfigResourceType::Broker, true) => "brokers in the cluster".to_owned(),
            _ => format!("{} {name}", singular(kind)),
        };
        let how = match (self.all, name.is_empty()) {
            (true, _) => "All",
            (false, true) => "Default",
            (false, false) => "Dynamic",
        };
        print_line(&format!("{how} configs for {entity} are:"));
        for entry in entries.into_values().flatten() {
            let dynamic = !matches!(entry.source, ConfigSource::Default | ConfigSource::StaticBroker);
            let chosen = match kind {
                ConfigResourceType::Broker if name.is_empty() => {
                    entry.source == ConfigSource::DynamicDefaultBroker
                }
                ConfigResourceType::Broker => entry.source == ConfigSource::DynamicBroker,
                _ => dynamic,
            };
            if self.all || chosen {
                print_line(&entry_line(&entry));
            }
        }
        Ok(())
    }

    fn alter(&self, admin: &mut AdminSession, kind: ConfigResourceType) -> Outcome {
        let Some(name) = self.name() else {
            let why = "--entity-name or --entity-default says whose settings";
            return Err(Failure::new(Exit::Usage, "Missing required argument", why));
        };
        let set = split_settings(self.add_config.as_deref().unwrap_or_default())?;
        let set = set.into_iter().map(|(name, value)| ConfigChange::Set(name.into(), value.into()));
        let unset = self.delete_config.iter().map(|name| ConfigChange::Unset(name.trim().into()));
        let changes: Vec<ConfigChange> = set.chain(unset).collect();
        if changes.is_empty() {
            let why = "at least one of --add-config and --delete-config";
            return Err(Failure::new(Exit::Usage, "Missing required argument", why));
        }
        let results = admin.alter_configs(ConfigResource { kind, name: name.clone() }, changes)?;
        all_or_failure("Error while executing config command", results)?;
        print_line(&match name.is_empty() {
            true => "Completed updating default config for brokers in the cluster.".to_owned(),
            false => format!("Completed updating config for {} {name}.", singular(kind)),
        });
        Ok(())
    }
}

fn singular(kind: ConfigResourceType) -> &'static str {
    match kind {
        ConfigResourceType::Topic => "topic",
        ConfigResourceType::Broker | ConfigResourceType::BrokerLogger => "broker",
        ConfigResourceType::Group => "group",
        ConfigResourceType::ClientMetrics => "client-metric",
    }
}

fn every_resource(
    admin: &mut AdminSession,
    kind: ConfigResourceType,
) -> Result<Vec<ConfigResource>, Failure> {
    let names: Vec<Str> = match kind {
        ConfigResourceType::Topic => {
            let topics: BTreeMap<_, _> = admin.describe_topics(None)?;
            topics.into_keys().collect()
        }
        ConfigResourceType::Group => admin.list_groups()?.into_keys().collect(),
        ConfigResourceType::Broker => {
            let cluster = admin.describe_cluster()?;
            let brokers = cluster.brokers.iter().map(|broker| broker.id.to_string().into());
            brokers.chain(["".into()]).collect()
        }
        ConfigResourceType::BrokerLogger | ConfigResourceType::ClientMetrics => {
            let why = "--entity-name says whose settings";
            return Err(Failure::new(Exit::Usage, "Missing required argument", why));
        }
    };
    Ok(names.into_iter().map(|name| ConfigResource { kind, name }).collect())
}

fn entry_line(entry: &ConfigEntry) -> String {
    let shown = |value: &Option<Str>| value.as_deref().unwrap_or("null").to_owned();
    let synonyms: Vec<String> = entry
        .synonyms
        .iter()
        .map(|(name, value, source)| format!("{}:{name}={}", source.name(), shown(value)))
        .collect();
    format!(
        "  {}={} sensitive={} synonyms={{{}}}",
        entry.name,
        shown(&entry.value),
        entry.is_sensitive,
        synonyms.join(", ")
    )
}
