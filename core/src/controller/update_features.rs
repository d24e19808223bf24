//! The levels of features that the cluster has agreed on are changed.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use klamm_wire::messages::update_features_request::FeatureUpdateKey;
use klamm_wire::messages::update_features_response::UpdatableFeatureResult;
use klamm_wire::messages::{UpdateFeaturesRequest, UpdateFeaturesResponse};
use klamm_wire::metadata_records::{FeatureLevelRecord, MetadataRecord};
use klamm_wire::{ErrorCode, Str};

use super::features::FEATURES;
use super::{Answer, Controller, Outcome, Refusal};
use crate::config::Config;
use crate::image::{ELIGIBLE_LEADER_REPLICAS, METADATA_VERSION};
use crate::types::BrokerId;

/// The first metadata version with records of eligible leader replicas: 4.0-IV1.
const METADATA_VERSION_OF_ELR: i16 = 23;

/// Metadata versions that have changed what records say; a cluster cannot go back below one of them.
///
/// Kafka: `MetadataVersion.didMetadataChange`.
const METADATA_CHANGES: [i16; 9] = [7, 8, 11, 13, 14, 15, 17, 23, 30];

/// In which direction a level may change. Numbered as on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum UpgradeType {
    Upgrade = 1,
    SafeDowngrade = 2,
    UnsafeDowngrade = 3,
}

impl UpgradeType {
    /// Version 0 has a flag instead.
    fn of(update: &FeatureUpdateKey, version: i16) -> Option<Self> {
        if version == 0 {
            return Some(if update.allow_downgrade { Self::SafeDowngrade } else { Self::Upgrade });
        }
        [Self::Upgrade, Self::SafeDowngrade, Self::UnsafeDowngrade]
            .into_iter()
            .find(|kind| *kind as i8 == update.upgrade_type)
    }
}

impl Controller {
    /// Changes all levels that are named, or none.
    ///
    /// # Errors
    /// INVALID_UPDATE_VERSION: a node does not work at a level, the direction is not the one that was allowed, or
    /// going back would lose something. INVALID_REQUEST: a feature is named twice.
    ///
    /// Source: KIP-584, KIP-778. Kafka: `FeatureControlManager.updateFeatures`.
    pub(super) fn update_features(
        &self,
        config: &Config,
        request: &UpdateFeaturesRequest,
        version: i16,
    ) -> Outcome {
        let mut records = Vec::new();
        let mut outcome = Ok(());
        let mut seen: BTreeSet<&Str> = BTreeSet::new();
        for update in &request.feature_updates {
            let updated = if seen.insert(&update.feature) {
                self.update_feature(config, request, update, version)
            } else {
                Err(Refusal::new(ErrorCode::INVALID_REQUEST, "The feature is named twice."))
            };
            match updated {
                Ok(updated) => records.extend(updated),
                Err(refusal) => {
                    outcome = Err(refusal);
                    break;
                }
            }
        }
        if outcome.is_err() || request.validate_only {
            records.clear();
        }
        let response = answer(request, version, outcome);
        (records, Answer::Response(response.into()))
    }

    fn update_feature(
        &self,
        config: &Config,
        request: &UpdateFeaturesRequest,
        update: &FeatureUpdateKey,
        version: i16,
    ) -> Result<Vec<MetadataRecord>, Refusal> {
        let (name, level) = (&update.feature, update.max_version_level);
        let invalid = |why: &str| {
            let message = format!("Invalid update version {level} for feature {name}. {why}");
            Refusal::new(ErrorCode::INVALID_UPDATE_VERSION, message)
        };
        let kind = UpgradeType::of(update, version)
            .ok_or_else(|| invalid("The controller does not support the given upgrade type."))?;
        if level < 0 {
            return Err(invalid("A feature version cannot be less than 0."));
        }
        if let Some(why) = self.reason_not_supported(config, name, level) {
            return Err(invalid(&why));
        }
        let current = self.image.feature(name);
        if level < current && kind == UpgradeType::Upgrade {
            return Err(invalid(
                "Can't downgrade the version of this feature without setting the upgrade type to either safe or unsafe downgrade.",
            ));
        }
        if level > current && kind != UpgradeType::Upgrade {
            return Err(invalid("Can't downgrade to a newer version."));
        }
        if &**name == METADATA_VERSION {
            check_metadata_version(current, level, kind).map_err(invalid)?;
        }
        let record = FeatureLevelRecord { name: name.clone(), feature_level: level };
        let mut records = Vec::new();
        if &**name == ELIGIBLE_LEADER_REPLICAS && level != current {
            records = self.switch_elr(config, request, level).map_err(|refusal| invalid(&refusal.message))?;
        }
        records.push(record.into());
        Ok(records)
    }

    fn switch_elr(
        &self,
        config: &Config,
        request: &UpdateFeaturesRequest,
        level: i16,
    ) -> Result<Vec<MetadataRecord>, Refusal> {
        if level == 0 {
            return self.end_elr();
        }
        let asked = request.feature_updates.iter().find(|update| &*update.feature == METADATA_VERSION);
        let metadata_version =
            asked.map_or(self.image.feature(METADATA_VERSION), |update| update.max_version_level);
        if metadata_version < METADATA_VERSION_OF_ELR {
            let message = format!(
                "It needs {METADATA_VERSION} {METADATA_VERSION_OF_ELR}, and that is {metadata_version}."
            );
            return Err(Refusal::new(ErrorCode::INVALID_UPDATE_VERSION, message));
        }
        Ok(self.begin_elr(config))
    }

    /// Why not every node works at this level. A feature that a node does not name it has off.
    ///
    /// Kafka: `FeatureControlManager.reasonNotSupported`.
    fn reason_not_supported(&self, config: &Config, name: &str, level: i16) -> Option<String> {
        let lacks = |who: &str, range: Option<(i16, i16)>| {
            let (min, max) = range.unwrap_or((0, 0));
            let outside = !(min..=max).contains(&level);
            outside.then(|| {
                format!("{who} does not support this feature at it: it supports versions {min} to {max}.")
            })
        };
        let here = FEATURES.iter().find(|feature| feature.name == name);
        let here = lacks("The controller", here.map(|feature| (feature.min, feature.max)));
        let brokers = self.image.brokers.values().find_map(|broker| {
            let found = broker.features.iter().find(|feature| &*feature.name == name);
            let range = found.map(|feature| (feature.min_supported_version, feature.max_supported_version));
            lacks(&format!("Broker {}", broker.id), range)
        });
        let controllers = self.image.controllers().filter(|other| other.controller_id != config.node_id);
        let mut controllers = controllers.filter_map(|other| {
            let found = other.features.iter().find(|feature| &*feature.name == name);
            let range = found.map(|feature| (feature.min_supported_version, feature.max_supported_version));
            lacks(&format!("Controller {}", other.controller_id), range)
        });
        here.or(brokers).or_else(|| controllers.next()).or_else(|| self.silent_controller(config))
    }

    /// A voter that has not said what it works at.
    fn silent_controller(&self, config: &Config) -> Option<String> {
        let known: BTreeSet<BrokerId> =
            self.image.controllers().map(|other| other.controller_id).chain([config.node_id]).collect();
        let silent = config.quorum_voters.iter().find(|voter| !known.contains(&voter.id));
        silent.map(|voter| {
            format!("Controller {} has not registered, and may not support this feature.", voter.id)
        })
    }
}

fn check_metadata_version(current: i16, level: i16, kind: UpgradeType) -> Result<(), &'static str> {
    let crosses = METADATA_CHANGES.iter().any(|change| level < *change && *change <= current);
    match (crosses, kind) {
        (false, _) => Ok(()),
        (true, UpgradeType::UnsafeDowngrade) => {
            Err("Unsafe metadata downgrade is not supported in this version.")
        }
        (true, _) => {
            Err("Refusing to perform the requested downgrade because it might delete metadata information.")
        }
    }
}

fn answer(
    request: &UpdateFeaturesRequest,
    version: i16,
    outcome: Result<(), Refusal>,
) -> UpdateFeaturesResponse {
    let mut response = UpdateFeaturesResponse::default();
    match outcome {
        Ok(()) if version < 2 => {
            let result = |update: &FeatureUpdateKey| UpdatableFeatureResult {
                feature: update.feature.clone(),
                ..UpdatableFeatureResult::default()
            };
            response.results = request.feature_updates.iter().map(result).collect();
        }
        Ok(()) => {}
        Err(refusal) => {
            response.error_code = refusal.code;
            let message = &refusal.message;
            let message = format!(
                "The update failed for all features since the following feature had an error: {message}"
            );
            response.error_message = Some(message.into());
        }
    }
    response
}
