//! `ApiVersionsResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the ApiVersions API (key 18), versions 0 to 4.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ApiVersionsResponse {
    pub error_code: ErrorCode,
    pub api_keys: Vec<ApiVersion>,
    pub throttle_time_ms: i32,
    pub supported_features: Vec<SupportedFeatureKey>,
    pub finalized_features_epoch: i64,
    pub finalized_features: Vec<FinalizedFeatureKey>,
    pub zk_migration_ready: bool,
}

impl Default for ApiVersionsResponse {
    fn default() -> Self {
        Self {
            error_code: ErrorCode::NONE,
            api_keys: Vec::new(),
            throttle_time_ms: 0,
            supported_features: Vec::new(),
            finalized_features_epoch: -1,
            finalized_features: Vec::new(),
            zk_migration_ready: false,
        }
    }
}

impl Wire for ApiVersionsResponse {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=0 => 6,
            1..=2 => 10,
            _ => 8,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let mut this = Self {
            error_code: d.read(v, "ApiVersionsResponse.error_code")?,
            api_keys: d.read(v, "ApiVersionsResponse.api_keys")?,
            throttle_time_ms: if v.number >= 1 { d.read(v, "ApiVersionsResponse.throttle_time_ms")? } else { 0 },
            supported_features: Vec::new(),
            finalized_features_epoch: -1,
            finalized_features: Vec::new(),
            zk_migration_ready: false,
        };
        d.tags(v, |d, tag| {
            match tag {
                0 => this.supported_features = d.read(v, "ApiVersionsResponse.supported_features")?,
                1 => this.finalized_features_epoch = d.read(v, "ApiVersionsResponse.finalized_features_epoch")?,
                2 => this.finalized_features = d.read(v, "ApiVersionsResponse.finalized_features")?,
                3 => this.zk_migration_ready = d.read(v, "ApiVersionsResponse.zk_migration_ready")?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.error_code, v, "ApiVersionsResponse.error_code");
        e.write(&self.api_keys, v, "ApiVersionsResponse.api_keys");
        if v.number >= 1 { e.write(&self.throttle_time_ms, v, "ApiVersionsResponse.throttle_time_ms"); }
        e.tags(v, |t| {
            t.field(0, !self.supported_features.is_empty(), &self.supported_features, v, "ApiVersionsResponse.supported_features");
            t.field(1, self.finalized_features_epoch != -1, &self.finalized_features_epoch, v, "ApiVersionsResponse.finalized_features_epoch");
            t.field(2, !self.finalized_features.is_empty(), &self.finalized_features, v, "ApiVersionsResponse.finalized_features");
            t.field(3, self.zk_migration_ready, &self.zk_migration_ready, v, "ApiVersionsResponse.zk_migration_ready");
        });
    }
}

/// Part of [`ApiVersionsResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct FinalizedFeatureKey {
    pub name: Str,
    pub max_version_level: i16,
    pub min_version_level: i16,
}

impl Wire for FinalizedFeatureKey {
    fn min_size(_: Version) -> usize {
        6
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            name: d.read(v, "FinalizedFeatureKey.name")?,
            max_version_level: d.read(v, "FinalizedFeatureKey.max_version_level")?,
            min_version_level: d.read(v, "FinalizedFeatureKey.min_version_level")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.name, v, "FinalizedFeatureKey.name");
        e.write(&self.max_version_level, v, "FinalizedFeatureKey.max_version_level");
        e.write(&self.min_version_level, v, "FinalizedFeatureKey.min_version_level");
        e.tags(v, |_| {});
    }
}

/// Part of [`ApiVersionsResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct SupportedFeatureKey {
    pub name: Str,
    pub min_version: i16,
    pub max_version: i16,
}

impl Wire for SupportedFeatureKey {
    fn min_size(_: Version) -> usize {
        6
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            name: d.read(v, "SupportedFeatureKey.name")?,
            min_version: d.read(v, "SupportedFeatureKey.min_version")?,
            max_version: d.read(v, "SupportedFeatureKey.max_version")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.name, v, "SupportedFeatureKey.name");
        e.write(&self.min_version, v, "SupportedFeatureKey.min_version");
        e.write(&self.max_version, v, "SupportedFeatureKey.max_version");
        e.tags(v, |_| {});
    }
}

/// Part of [`ApiVersionsResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ApiVersion {
    pub api_key: i16,
    pub min_version: i16,
    pub max_version: i16,
}

impl Wire for ApiVersion {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=2 => 6,
            _ => 7,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            api_key: d.read(v, "ApiVersion.api_key")?,
            min_version: d.read(v, "ApiVersion.min_version")?,
            max_version: d.read(v, "ApiVersion.max_version")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.api_key, v, "ApiVersion.api_key");
        e.write(&self.min_version, v, "ApiVersion.min_version");
        e.write(&self.max_version, v, "ApiVersion.max_version");
        e.tags(v, |_| {});
    }
}

impl Message for ApiVersionsResponse {
    const NAME: &'static str = "ApiVersionsResponse";
    const VERSIONS: RangeInclusive<i16> = 0..=4;
    const FLEXIBLE_FROM: i16 = 3;
}
