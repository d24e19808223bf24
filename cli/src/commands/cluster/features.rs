//! `klamm cluster features`: what all nodes have agreed on.

use clap::Args;
use klamm_core::client::admin::{FeatureDescription, FeatureDirection, FeatureUpdate};
use klamm_wire::Str;
use serde_json::{Value, json};

use crate::connection::AdminSession;
use crate::context::Context;
use crate::exit::{Exit, Failure, Outcome};
use crate::render::{print_json, print_table};

/// Shows or changes the levels of features.
#[derive(Debug, Args)]
pub(super) struct Features {
    /// A level to agree on, for example eligible.leader.replicas.version=1; may be repeated
    #[arg(long, value_name = "FEATURE=LEVEL", value_parser = parse_level)]
    set: Vec<(String, i16)>,
    /// Allow levels to go down
    #[arg(long, requires = "set")]
    downgrade: bool,
    /// Only check whether it could be done
    #[arg(long, requires = "set")]
    validate_only: bool,
}

/// Reads `FEATURE=LEVEL`.
pub(in crate::commands) fn parse_level(text: &str) -> Result<(String, i16), String> {
    let parsed =
        text.split_once('=').and_then(|(name, level)| Some((name.trim(), level.trim().parse().ok()?)));
    match parsed {
        Some((name, level)) if !name.is_empty() && level >= 0 => Ok((name.to_owned(), level)),
        _ => Err("it must be FEATURE=LEVEL, with a level from 0 on".into()),
    }
}

impl Features {
    pub(super) fn run(self, context: &Context, admin: &mut AdminSession) -> Outcome {
        if !self.set.is_empty() {
            let direction =
                if self.downgrade { FeatureDirection::SafeDowngrade } else { FeatureDirection::Upgrade };
            let update =
                |(name, level): (String, i16)| FeatureUpdate { name: name.as_str().into(), level, direction };
            let updates = self.set.into_iter().map(update).collect();
            admin
                .update_features(updates, self.validate_only)?
                .map_err(|error| Failure::new(Exit::Failure, "the levels stay as they are", error))?;
        }
        show(context, &admin.describe_features()?);
        Ok(())
    }
}

fn show(context: &Context, features: &FeatureDescription) {
    let level = |name: &Str| features.finalized.get(name).copied().unwrap_or(0);
    if context.is_json() {
        let feature = |(name, (min, max)): (&Str, &(i16, i16))| json!({ "feature": &**name, "level": level(name), "min": min, "max": max });
        print_json(&json!({
            "epoch": features.epoch,
            "features": features.supported.iter().map(feature).collect::<Value>(),
        }));
        return;
    }
    let row = |(name, (min, max)): (&Str, &(i16, i16))| {
        vec![name.to_string(), level(name).to_string(), min.to_string(), max.to_string()]
    };
    print_table(
        context,
        &["FEATURE", "LEVEL", "LOWEST", "HIGHEST"],
        features.supported.iter().map(row).collect(),
    );
}
