//! `ListConfigResourcesResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the ListConfigResources API (key 74), versions 0 to 1.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ListConfigResourcesResponse {
    pub throttle_time_ms: i32,
    pub error_code: ErrorCode,
    pub config_resources: Vec<ConfigResource>,
}

impl Wire for ListConfigResourcesResponse {
    fn min_size(_: Version) -> usize {
        8
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            throttle_time_ms: d.read(v, "ListConfigResourcesResponse.throttle_time_ms")?,
            error_code: d.read(v, "ListConfigResourcesResponse.error_code")?,
            config_resources: d.read(v, "ListConfigResourcesResponse.config_resources")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.throttle_time_ms, v, "ListConfigResourcesResponse.throttle_time_ms");
        e.write(&self.error_code, v, "ListConfigResourcesResponse.error_code");
        e.write(&self.config_resources, v, "ListConfigResourcesResponse.config_resources");
        e.tags(v, |_| {});
    }
}

/// Part of [`ListConfigResourcesResponse`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ConfigResource {
    pub resource_name: Str,
    pub resource_type: i8,
}

impl Default for ConfigResource {
    fn default() -> Self {
        Self {
            resource_name: Str::default(),
            resource_type: 16,
        }
    }
}

impl Wire for ConfigResource {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=0 => 2,
            _ => 3,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            resource_name: d.read(v, "ConfigResource.resource_name")?,
            resource_type: if v.number >= 1 { d.read(v, "ConfigResource.resource_type")? } else { 16 },
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.resource_name, v, "ConfigResource.resource_name");
        if v.number >= 1 { e.write(&self.resource_type, v, "ConfigResource.resource_type"); }
        e.tags(v, |_| {});
    }
}

impl Message for ListConfigResourcesResponse {
    const NAME: &'static str = "ListConfigResourcesResponse";
    const VERSIONS: RangeInclusive<i16> = 0..=1;
    const FLEXIBLE_FROM: i16 = 0;
}
