//! `AlterConfigsRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the AlterConfigs API (key 33), versions 0 to 2.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AlterConfigsRequest {
    pub resources: Vec<AlterConfigsResource>,
    pub validate_only: bool,
}

impl Wire for AlterConfigsRequest {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=1 => 5,
            _ => 3,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            resources: d.read(v, "AlterConfigsRequest.resources")?,
            validate_only: d.read(v, "AlterConfigsRequest.validate_only")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.resources, v, "AlterConfigsRequest.resources");
        e.write(&self.validate_only, v, "AlterConfigsRequest.validate_only");
        e.tags(v, |_| {});
    }
}

/// Part of [`AlterConfigsRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AlterConfigsResource {
    pub resource_type: i8,
    pub resource_name: Str,
    pub configs: Vec<AlterableConfig>,
}

impl Wire for AlterConfigsResource {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=1 => 7,
            _ => 4,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            resource_type: d.read(v, "AlterConfigsResource.resource_type")?,
            resource_name: d.read(v, "AlterConfigsResource.resource_name")?,
            configs: d.read(v, "AlterConfigsResource.configs")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.resource_type, v, "AlterConfigsResource.resource_type");
        e.write(&self.resource_name, v, "AlterConfigsResource.resource_name");
        e.write(&self.configs, v, "AlterConfigsResource.configs");
        e.tags(v, |_| {});
    }
}

/// Part of [`AlterConfigsRequest`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AlterableConfig {
    pub name: Str,
    pub value: Option<Str>,
}

impl Default for AlterableConfig {
    fn default() -> Self {
        Self {
            name: Str::default(),
            value: Some(Str::default()),
        }
    }
}

impl Wire for AlterableConfig {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=1 => 4,
            _ => 3,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            name: d.read(v, "AlterableConfig.name")?,
            value: d.read(v, "AlterableConfig.value")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.name, v, "AlterableConfig.name");
        e.write(&self.value, v, "AlterableConfig.value");
        e.tags(v, |_| {});
    }
}

impl Message for AlterConfigsRequest {
    const NAME: &'static str = "AlterConfigsRequest";
    const VERSIONS: RangeInclusive<i16> = 0..=2;
    const FLEXIBLE_FROM: i16 = 2;
}
