//! `DescribeConfigsRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the DescribeConfigs API (key 32), versions 1 to 4.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DescribeConfigsRequest {
    pub resources: Vec<DescribeConfigsResource>,
    pub include_synonyms: bool,
    pub include_documentation: bool,
}

impl Wire for DescribeConfigsRequest {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=2 => 5,
            3..=3 => 6,
            _ => 4,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            resources: d.read(v, "DescribeConfigsRequest.resources")?,
            include_synonyms: d.read(v, "DescribeConfigsRequest.include_synonyms")?,
            include_documentation: if v.number >= 3 { d.read(v, "DescribeConfigsRequest.include_documentation")? } else { false },
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.resources, v, "DescribeConfigsRequest.resources");
        e.write(&self.include_synonyms, v, "DescribeConfigsRequest.include_synonyms");
        if v.number >= 3 { e.write(&self.include_documentation, v, "DescribeConfigsRequest.include_documentation"); } else { e.absent(self.include_documentation, "DescribeConfigsRequest.include_documentation"); }
        e.tags(v, |_| {});
    }
}

/// Part of [`DescribeConfigsRequest`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DescribeConfigsResource {
    pub resource_type: i8,
    pub resource_name: Str,
    pub configuration_keys: Option<Vec<Str>>,
}

impl Default for DescribeConfigsResource {
    fn default() -> Self {
        Self {
            resource_type: 0,
            resource_name: Str::default(),
            configuration_keys: Some(Vec::new()),
        }
    }
}

impl Wire for DescribeConfigsResource {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=3 => 7,
            _ => 4,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            resource_type: d.read(v, "DescribeConfigsResource.resource_type")?,
            resource_name: d.read(v, "DescribeConfigsResource.resource_name")?,
            configuration_keys: d.read(v, "DescribeConfigsResource.configuration_keys")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.resource_type, v, "DescribeConfigsResource.resource_type");
        e.write(&self.resource_name, v, "DescribeConfigsResource.resource_name");
        e.write(&self.configuration_keys, v, "DescribeConfigsResource.configuration_keys");
        e.tags(v, |_| {});
    }
}

impl Message for DescribeConfigsRequest {
    const NAME: &'static str = "DescribeConfigsRequest";
    const VERSIONS: RangeInclusive<i16> = 1..=4;
    const FLEXIBLE_FROM: i16 = 4;
}
