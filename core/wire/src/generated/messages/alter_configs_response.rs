//! `AlterConfigsResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the AlterConfigs API (key 33), versions 0 to 2.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AlterConfigsResponse {
    pub throttle_time_ms: i32,
    pub responses: Vec<AlterConfigsResourceResponse>,
}

impl Wire for AlterConfigsResponse {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=1 => 8,
            _ => 6,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            throttle_time_ms: d.read(v, "AlterConfigsResponse.throttle_time_ms")?,
            responses: d.read(v, "AlterConfigsResponse.responses")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.throttle_time_ms, v, "AlterConfigsResponse.throttle_time_ms");
        e.write(&self.responses, v, "AlterConfigsResponse.responses");
        e.tags(v, |_| {});
    }
}

/// Part of [`AlterConfigsResponse`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AlterConfigsResourceResponse {
    pub error_code: ErrorCode,
    pub error_message: Option<Str>,
    pub resource_type: i8,
    pub resource_name: Str,
}

impl Default for AlterConfigsResourceResponse {
    fn default() -> Self {
        Self {
            error_code: ErrorCode::NONE,
            error_message: Some(Str::default()),
            resource_type: 0,
            resource_name: Str::default(),
        }
    }
}

impl Wire for AlterConfigsResourceResponse {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=1 => 7,
            _ => 6,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            error_code: d.read(v, "AlterConfigsResourceResponse.error_code")?,
            error_message: d.read(v, "AlterConfigsResourceResponse.error_message")?,
            resource_type: d.read(v, "AlterConfigsResourceResponse.resource_type")?,
            resource_name: d.read(v, "AlterConfigsResourceResponse.resource_name")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.error_code, v, "AlterConfigsResourceResponse.error_code");
        e.write(&self.error_message, v, "AlterConfigsResourceResponse.error_message");
        e.write(&self.resource_type, v, "AlterConfigsResourceResponse.resource_type");
        e.write(&self.resource_name, v, "AlterConfigsResourceResponse.resource_name");
        e.tags(v, |_| {});
    }
}

impl Message for AlterConfigsResponse {
    const NAME: &'static str = "AlterConfigsResponse";
    const VERSIONS: RangeInclusive<i16> = 0..=2;
    const FLEXIBLE_FROM: i16 = 2;
}
