//! `klamm config`.

use clap::{Args, Subcommand, ValueEnum};
use klamm_core::client::admin::{
    ConfigChange, ConfigEntry, ConfigResource, ConfigResourceType, ConfigSource,
};
use serde_json::{Value, json};

use super::topic::parse_setting;
use crate::connection::{AdminSession, ClusterOptions, all_or_failure};
use crate::context::Context;
use crate::exit::{Exit, Failure, Outcome};
use crate::render::{print_json, print_line, print_table};

/// Shows and changes settings of topics, brokers and groups.
#[derive(Debug, Args)]
pub struct Config {
    #[command(flatten)]
    cluster: ClusterOptions,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Shows the settings that somebody chose
    Get {
        #[command(flatten)]
        resource: Resource,
        /// Only this setting
        setting: Option<String>,
        /// Also the defaults
        #[arg(short, long)]
        all: bool,
    },
    /// Changes settings
    Set {
        #[command(flatten)]
        resource: Resource,
        /// For example retention.ms=3600000
        #[arg(required = true, value_name = "NAME=VALUE", value_parser = parse_setting)]
        settings: Vec<(String, String)>,
    },
    /// Takes settings back
    Unset {
        #[command(flatten)]
        resource: Resource,
        /// For example retention.ms
        #[arg(required = true, value_name = "NAME")]
        settings: Vec<String>,
    },
}

/// Something that is configured.
#[derive(Debug, Args)]
struct Resource {
    /// What kind of thing
    kind: Kind,
    /// Its name; for a broker its id, or `default` for all brokers
    name: String,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    Topic,
    Broker,
    Group,
    ClientMetrics,
}

impl Resource {
    fn resolve(&self) -> ConfigResource {
        let kind = match self.kind {
            Kind::Topic => ConfigResourceType::Topic,
            Kind::Broker => ConfigResourceType::Broker,
            Kind::Group => ConfigResourceType::Group,
            Kind::ClientMetrics => ConfigResourceType::ClientMetrics,
        };
        let all_brokers = kind == ConfigResourceType::Broker && self.name == "default";
        ConfigResource { kind, name: if all_brokers { "".into() } else { self.name.as_str().into() } }
    }
}

impl Config {
    pub(super) fn run(self, context: &Context) -> Outcome {
        let mut admin = AdminSession::open(&self.cluster)?;
        match self.action {
            Action::Get { resource, setting, all } => {
                get(context, &mut admin, &resource, setting.as_deref(), all)
            }
            Action::Set { resource, settings } => {
                let set = |(name, value): (String, String)| ConfigChange::Set(name.into(), value.into());
                change(context, &mut admin, &resource, settings.into_iter().map(set).collect())
            }
            Action::Unset { resource, settings } => {
                let unset = |name: String| ConfigChange::Unset(name.into());
                change(context, &mut admin, &resource, settings.into_iter().map(unset).collect())
            }
        }
    }
}

fn get(
    context: &Context,
    admin: &mut AdminSession,
    resource: &Resource,
    setting: Option<&str>,
    all: bool,
) -> Outcome {
    let what = || format!("cannot show the settings of {}", resource.name);
    let mut described = admin.describe_configs(vec![resource.resolve()])?;
    let entries = match described.pop_first() {
        Some((_, Ok(entries))) => entries,
        Some((_, Err(error))) => return Err(Failure::new(Exit::Failure, what(), error)),
        None => return Err(Failure::new(Exit::Failure, what(), "no answer about it")),
    };
    let chosen = |entry: &&ConfigEntry| match setting {
        Some(name) => &*entry.name == name,
        None => all || entry.source != ConfigSource::Default,
    };
    let entries: Vec<&ConfigEntry> = entries.iter().filter(chosen).collect();
    if let (Some(name), true) = (setting, entries.is_empty()) {
        return Err(Failure::new(Exit::Failure, what(), format!("there is no setting {name}"))
            .next("see all of them with --all"));
    }
    if context.is_json() {
        let settings = entries.iter().map(|entry| {
            json!({
                "name": &*entry.name,
                "value": entry.value.as_deref(),
                "source": entry.source.name(),
                "read_only": entry.is_read_only,
                "sensitive": entry.is_sensitive,
            })
        });
        print_json(&settings.collect::<Value>());
    } else {
        let value = |entry: &ConfigEntry| match (&entry.value, entry.is_sensitive) {
            (_, true) => "(secret)".to_owned(),
            (value, false) => value.as_deref().unwrap_or("-").to_owned(),
        };
        let rows = entries
            .iter()
            .map(|entry| vec![entry.name.to_string(), value(entry), entry.source.name().to_owned()]);
        print_table(context, &["SETTING", "VALUE", "SOURCE"], rows.collect());
    }
    Ok(())
}

fn change(
    context: &Context,
    admin: &mut AdminSession,
    resource: &Resource,
    changes: Vec<ConfigChange>,
) -> Outcome {
    let results = admin.alter_configs(resource.resolve(), changes)?;
    all_or_failure("cannot change settings", results)?;
    if context.is_json() {
        print_json(&json!({"changed": resource.name}));
    } else {
        print_line(&format!("Changed the settings of {}.", resource.name));
    }
    Ok(())
}
