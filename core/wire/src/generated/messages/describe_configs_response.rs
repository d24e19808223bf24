//! `DescribeConfigsResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the DescribeConfigs API (key 32), versions 1 to 4.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DescribeConfigsResponse {
    pub throttle_time_ms: i32,
    pub results: Vec<DescribeConfigsResult>,
}

impl Wire for DescribeConfigsResponse {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=3 => 8,
            _ => 6,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            throttle_time_ms: d.read(v, "DescribeConfigsResponse.throttle_time_ms")?,
            results: d.read(v, "DescribeConfigsResponse.results")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.throttle_time_ms, v, "DescribeConfigsResponse.throttle_time_ms");
        e.write(&self.results, v, "DescribeConfigsResponse.results");
        e.tags(v, |_| {});
    }
}

/// Part of [`DescribeConfigsResponse`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DescribeConfigsResult {
    pub error_code: ErrorCode,
    pub error_message: Option<Str>,
    pub resource_type: i8,
    pub resource_name: Str,
    pub configs: Vec<DescribeConfigsResourceResult>,
}

impl Default for DescribeConfigsResult {
    fn default() -> Self {
        Self {
            error_code: ErrorCode::NONE,
            error_message: Some(Str::default()),
            resource_type: 0,
            resource_name: Str::default(),
            configs: Vec::new(),
        }
    }
}

impl Wire for DescribeConfigsResult {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=3 => 11,
            _ => 7,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            error_code: d.read(v, "DescribeConfigsResult.error_code")?,
            error_message: d.read(v, "DescribeConfigsResult.error_message")?,
            resource_type: d.read(v, "DescribeConfigsResult.resource_type")?,
            resource_name: d.read(v, "DescribeConfigsResult.resource_name")?,
            configs: d.read(v, "DescribeConfigsResult.configs")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.error_code, v, "DescribeConfigsResult.error_code");
        e.write(&self.error_message, v, "DescribeConfigsResult.error_message");
        e.write(&self.resource_type, v, "DescribeConfigsResult.resource_type");
        e.write(&self.resource_name, v, "DescribeConfigsResult.resource_name");
        e.write(&self.configs, v, "DescribeConfigsResult.configs");
        e.tags(v, |_| {});
    }
}

/// Part of [`DescribeConfigsResponse`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DescribeConfigsResourceResult {
    pub name: Str,
    pub value: Option<Str>,
    pub read_only: bool,
    pub config_source: i8,
    pub is_sensitive: bool,
    pub synonyms: Vec<DescribeConfigsSynonym>,
    pub config_type: i8,
    pub documentation: Option<Str>,
}

impl Default for DescribeConfigsResourceResult {
    fn default() -> Self {
        Self {
            name: Str::default(),
            value: Some(Str::default()),
            read_only: false,
            config_source: -1,
            is_sensitive: false,
            synonyms: Vec::new(),
            config_type: 0,
            documentation: Some(Str::default()),
        }
    }
}

impl Wire for DescribeConfigsResourceResult {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=2 => 11,
            3..=3 => 14,
            _ => 9,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            name: d.read(v, "DescribeConfigsResourceResult.name")?,
            value: d.read(v, "DescribeConfigsResourceResult.value")?,
            read_only: d.read(v, "DescribeConfigsResourceResult.read_only")?,
            config_source: d.read(v, "DescribeConfigsResourceResult.config_source")?,
            is_sensitive: d.read(v, "DescribeConfigsResourceResult.is_sensitive")?,
            synonyms: d.read(v, "DescribeConfigsResourceResult.synonyms")?,
            config_type: if v.number >= 3 { d.read(v, "DescribeConfigsResourceResult.config_type")? } else { 0 },
            documentation: if v.number >= 3 { d.read(v, "DescribeConfigsResourceResult.documentation")? } else { Some(Str::default()) },
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.name, v, "DescribeConfigsResourceResult.name");
        e.write(&self.value, v, "DescribeConfigsResourceResult.value");
        e.write(&self.read_only, v, "DescribeConfigsResourceResult.read_only");
        e.write(&self.config_source, v, "DescribeConfigsResourceResult.config_source");
        e.write(&self.is_sensitive, v, "DescribeConfigsResourceResult.is_sensitive");
        e.write(&self.synonyms, v, "DescribeConfigsResourceResult.synonyms");
        if v.number >= 3 { e.write(&self.config_type, v, "DescribeConfigsResourceResult.config_type"); }
        if v.number >= 3 { e.write(&self.documentation, v, "DescribeConfigsResourceResult.documentation"); }
        e.tags(v, |_| {});
    }
}

/// Part of [`DescribeConfigsResponse`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DescribeConfigsSynonym {
    pub name: Str,
    pub value: Option<Str>,
    pub source: i8,
}

impl Default for DescribeConfigsSynonym {
    fn default() -> Self {
        Self {
            name: Str::default(),
            value: Some(Str::default()),
            source: 0,
        }
    }
}

impl Wire for DescribeConfigsSynonym {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=3 => 5,
            _ => 4,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            name: d.read(v, "DescribeConfigsSynonym.name")?,
            value: d.read(v, "DescribeConfigsSynonym.value")?,
            source: d.read(v, "DescribeConfigsSynonym.source")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.name, v, "DescribeConfigsSynonym.name");
        e.write(&self.value, v, "DescribeConfigsSynonym.value");
        e.write(&self.source, v, "DescribeConfigsSynonym.source");
        e.tags(v, |_| {});
    }
}

impl Message for DescribeConfigsResponse {
    const NAME: &'static str = "DescribeConfigsResponse";
    const VERSIONS: RangeInclusive<i16> = 1..=4;
    const FLEXIBLE_FROM: i16 = 4;
}
