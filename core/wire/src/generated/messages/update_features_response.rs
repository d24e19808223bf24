//! `UpdateFeaturesResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the UpdateFeatures API (key 57), versions 0 to 2.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UpdateFeaturesResponse {
    pub throttle_time_ms: i32,
    pub error_code: ErrorCode,
    pub error_message: Option<Str>,
    pub results: Vec<UpdatableFeatureResult>,
}

impl Default for UpdateFeaturesResponse {
    fn default() -> Self {
        Self {
            throttle_time_ms: 0,
            error_code: ErrorCode::NONE,
            error_message: Some(Str::default()),
            results: Vec::new(),
        }
    }
}

impl Wire for UpdateFeaturesResponse {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=1 => 9,
            _ => 8,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            throttle_time_ms: d.read(v, "UpdateFeaturesResponse.throttle_time_ms")?,
            error_code: d.read(v, "UpdateFeaturesResponse.error_code")?,
            error_message: d.read(v, "UpdateFeaturesResponse.error_message")?,
            results: if v.number <= 1 { d.read(v, "UpdateFeaturesResponse.results")? } else { Vec::new() },
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.throttle_time_ms, v, "UpdateFeaturesResponse.throttle_time_ms");
        e.write(&self.error_code, v, "UpdateFeaturesResponse.error_code");
        e.write(&self.error_message, v, "UpdateFeaturesResponse.error_message");
        if v.number <= 1 { e.write(&self.results, v, "UpdateFeaturesResponse.results"); }
        e.tags(v, |_| {});
    }
}

/// Part of [`UpdateFeaturesResponse`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UpdatableFeatureResult {
    pub feature: Str,
    pub error_code: ErrorCode,
    pub error_message: Option<Str>,
}

impl Default for UpdatableFeatureResult {
    fn default() -> Self {
        Self {
            feature: Str::default(),
            error_code: ErrorCode::NONE,
            error_message: Some(Str::default()),
        }
    }
}

impl Wire for UpdatableFeatureResult {
    fn min_size(_: Version) -> usize {
        5
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            feature: d.read(v, "UpdatableFeatureResult.feature")?,
            error_code: d.read(v, "UpdatableFeatureResult.error_code")?,
            error_message: d.read(v, "UpdatableFeatureResult.error_message")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.feature, v, "UpdatableFeatureResult.feature");
        e.write(&self.error_code, v, "UpdatableFeatureResult.error_code");
        e.write(&self.error_message, v, "UpdatableFeatureResult.error_message");
        e.tags(v, |_| {});
    }
}

impl Message for UpdateFeaturesResponse {
    const NAME: &'static str = "UpdateFeaturesResponse";
    const VERSIONS: RangeInclusive<i16> = 0..=2;
    const FLEXIBLE_FROM: i16 = 0;
}
