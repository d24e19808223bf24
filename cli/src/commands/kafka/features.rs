//! `kafka-features`.

use clap::{Args, Subcommand};
use klamm_core::client::admin::{FeatureDirection, FeatureUpdate};

use super::KafkaServer;
use crate::commands::cluster::parse_level;
use crate::connection::AdminSession;
use crate::context::Context;
use crate::exit::{Exit, Failure, Outcome};
use crate::render::print_line;

/// The feature whose levels have names.
const METADATA_VERSION: &str = "metadata.version";
/// Names of metadata versions, from level 7 on. Source: Kafka's `MetadataVersion`.
const FIRST_LEVEL: i16 = 7;
const METADATA_VERSIONS: [&str; 24] = [
    "3.3-IV3", "3.4-IV0", "3.5-IV0", "3.5-IV1", "3.5-IV2", "3.6-IV0", "3.6-IV1", "3.6-IV2", "3.7-IV0",
    "3.7-IV1", "3.7-IV2", "3.7-IV3", "3.7-IV4", "3.8-IV0", "3.9-IV0", "4.0-IV0", "4.0-IV1", "4.0-IV2",
    "4.0-IV3", "4.1-IV0", "4.1-IV1", "4.2-IV0", "4.2-IV1", "4.3-IV0",
];

/// Shows and changes levels of features, with the flags of Kafka's tool.
#[derive(Debug, Args)]
pub struct KafkaFeatures {
    #[command(flatten)]
    server: KafkaServer,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Describe the features
    Describe,
    /// Raise levels
    Upgrade(Levels),
    /// Lower levels
    Downgrade {
        #[command(flatten)]
        levels: Levels,
        /// Also if something is lost
        #[arg(long)]
        r#unsafe: bool,
    },
    /// Switch features off
    Disable {
        /// Name of a feature; may be repeated
        #[arg(long, required = true)]
        feature: Vec<String>,
        /// Also if something is lost
        #[arg(long)]
        r#unsafe: bool,
        /// Only check whether it could be done
        #[arg(long)]
        dry_run: bool,
    },
}

#[derive(Debug, Args)]
struct Levels {
    /// The metadata version, by name or number
    #[arg(long, value_name = "VERSION")]
    metadata: Option<String>,
    /// A level; may be repeated
    #[arg(long, value_name = "FEATURE=LEVEL", value_parser = parse_level)]
    feature: Vec<(String, i16)>,
    /// Only check whether it could be done
    #[arg(long)]
    dry_run: bool,
}

impl KafkaFeatures {
    pub(crate) fn run(self, _: &Context) -> Outcome {
        let mut admin = AdminSession::open(&self.server.options()?)?;
        let lower = |is_unsafe| {
            if is_unsafe { FeatureDirection::UnsafeDowngrade } else { FeatureDirection::SafeDowngrade }
        };
        match self.action {
            Action::Describe => describe(&mut admin),
            Action::Upgrade(levels) => {
                change(&mut admin, "upgraded", levels.wanted()?, FeatureDirection::Upgrade, levels.dry_run)
            }
            Action::Downgrade { levels, r#unsafe } => {
                change(&mut admin, "downgraded", levels.wanted()?, lower(r#unsafe), levels.dry_run)
            }
            Action::Disable { feature, r#unsafe, dry_run } => {
                let wanted = feature.into_iter().map(|name| (name, 0)).collect();
                change(&mut admin, "disabled", wanted, lower(r#unsafe), dry_run)
            }
        }
    }
}

impl Levels {
    fn wanted(&self) -> Result<Vec<(String, i16)>, Failure> {
        let mut wanted = self.feature.clone();
        if let Some(version) = &self.metadata {
            let Some(level) = level_of(version) else {
                let why = format!("it is one of {} to {}", METADATA_VERSIONS[0], METADATA_VERSIONS[23]);
                return Err(Failure::new(Exit::Usage, format!("`{version}` is no metadata version"), why));
            };
            wanted.push((METADATA_VERSION.to_owned(), level));
        }
        if wanted.is_empty() {
            let why = "at least one of --metadata and --feature";
            return Err(Failure::new(Exit::Usage, "Missing required argument", why));
        }
        Ok(wanted)
    }
}

/// Accepts `4.0-IV3`, `4.0` for the last one of a release, and numbers.
fn level_of(version: &str) -> Option<i16> {
    let named = |position: usize| Some(FIRST_LEVEL + i16::try_from(position).ok()?);
    let release = format!("{version}-IV");
    let exact = METADATA_VERSIONS.iter().position(|name| *name == version);
    let last = || METADATA_VERSIONS.iter().rposition(|name| name.starts_with(&release));
    exact.or_else(last).and_then(named).or_else(|| version.parse().ok())
}

fn name_of(feature: &str, level: i16) -> String {
    let index = usize::try_from(level - FIRST_LEVEL).ok();
    let name = index.filter(|_| feature == METADATA_VERSION).and_then(|index| METADATA_VERSIONS.get(index));
    name.map_or_else(|| level.to_string(), |name| (*name).to_owned())
}

fn describe(admin: &mut AdminSession) -> Outcome {
    let features = admin.describe_features()?;
    for (name, (min, max)) in &features.supported {
        let finalized = features.finalized.get(name).copied().unwrap_or(0);
        print_line(&format!(
            "Feature: {name}\tSupportedMinVersion: {}\tSupportedMaxVersion: {}\tFinalizedVersionLevel: {}\tEpoch: {}",
            name_of(name, *min),
            name_of(name, *max),
            name_of(name, finalized),
            features.epoch,
        ));
    }
    Ok(())
}

fn change(
    admin: &mut AdminSession,
    done: &str,
    wanted: Vec<(String, i16)>,
    direction: FeatureDirection,
    dry_run: bool,
) -> Outcome {
    let update = |(name, level): &(String, i16)| FeatureUpdate {
        name: name.as_str().into(),
        level: *level,
        direction,
    };
    let result = admin.update_features(wanted.iter().map(update).collect(), dry_run)?;
    for (name, level) in &wanted {
        let was = match (&result, dry_run) {
            (Ok(()), true) => "can be",
            (Ok(()), false) => "was",
            (Err(_), true) => "can not be",
            (Err(_), false) => "could not be",
        };
        let to = if done == "disabled" { String::new() } else { format!(" to {level}") };
        print_line(&format!("{name} {was} {done}{to}."));
    }
    result.map_err(|error| Failure::new(Exit::Failure, "the levels stay as they are", error))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: versions are named as Kafka names them, and found by name, release and number.
    #[test]
    fn metadata_versions_have_names() {
        assert_eq!(name_of(METADATA_VERSION, 7), "3.3-IV3");
        assert_eq!(name_of(METADATA_VERSION, 30), "4.3-IV0");
        assert_eq!(name_of(METADATA_VERSION, 31), "31");
        assert_eq!(name_of("group.version", 7), "7");
        for (text, level) in [("4.3-IV0", 30), ("4.3", 30), ("4.0", 25), ("3.3-IV3", 7), ("30", 30)] {
            assert_eq!(level_of(text), Some(level), "{text}");
        }
        assert_eq!(level_of("2.8"), None);
    }
}
