//! `UpdateFeaturesRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the UpdateFeatures API (key 57), versions 0 to 2.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UpdateFeaturesRequest {
    pub timeout_ms: i32,
    pub feature_updates: Vec<FeatureUpdateKey>,
    pub validate_only: bool,
}

impl Default for UpdateFeaturesRequest {
    fn default() -> Self {
        Self {
            timeout_ms: 60000,
            feature_updates: Vec::new(),
            validate_only: false,
        }
    }
}

impl Wire for UpdateFeaturesRequest {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=0 => 6,
            _ => 7,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            timeout_ms: d.read(v, "UpdateFeaturesRequest.timeout_ms")?,
            feature_updates: d.read(v, "UpdateFeaturesRequest.feature_updates")?,
            validate_only: if v.number >= 1 { d.read(v, "UpdateFeaturesRequest.validate_only")? } else { false },
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.timeout_ms, v, "UpdateFeaturesRequest.timeout_ms");
        e.write(&self.feature_updates, v, "UpdateFeaturesRequest.feature_updates");
        if v.number >= 1 { e.write(&self.validate_only, v, "UpdateFeaturesRequest.validate_only"); } else { e.absent(self.validate_only, "UpdateFeaturesRequest.validate_only"); }
        e.tags(v, |_| {});
    }
}

/// Part of [`UpdateFeaturesRequest`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FeatureUpdateKey {
    pub feature: Str,
    pub max_version_level: i16,
    pub allow_downgrade: bool,
    pub upgrade_type: i8,
}

impl Default for FeatureUpdateKey {
    fn default() -> Self {
        Self {
            feature: Str::default(),
            max_version_level: 0,
            allow_downgrade: false,
            upgrade_type: 1,
        }
    }
}

impl Wire for FeatureUpdateKey {
    fn min_size(_: Version) -> usize {
        5
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            feature: d.read(v, "FeatureUpdateKey.feature")?,
            max_version_level: d.read(v, "FeatureUpdateKey.max_version_level")?,
            allow_downgrade: if v.number <= 0 { d.read(v, "FeatureUpdateKey.allow_downgrade")? } else { false },
            upgrade_type: if v.number >= 1 { d.read(v, "FeatureUpdateKey.upgrade_type")? } else { 1 },
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.feature, v, "FeatureUpdateKey.feature");
        e.write(&self.max_version_level, v, "FeatureUpdateKey.max_version_level");
        if v.number <= 0 { e.write(&self.allow_downgrade, v, "FeatureUpdateKey.allow_downgrade"); } else { e.absent(self.allow_downgrade, "FeatureUpdateKey.allow_downgrade"); }
        if v.number >= 1 { e.write(&self.upgrade_type, v, "FeatureUpdateKey.upgrade_type"); } else { e.absent(self.upgrade_type != 1, "FeatureUpdateKey.upgrade_type"); }
        e.tags(v, |_| {});
    }
}

impl Message for UpdateFeaturesRequest {
    const NAME: &'static str = "UpdateFeaturesRequest";
    const VERSIONS: RangeInclusive<i16> = 0..=2;
    const FLEXIBLE_FROM: i16 = 0;
}
