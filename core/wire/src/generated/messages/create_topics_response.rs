//! `CreateTopicsResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the CreateTopics API (key 19), versions 2 to 7.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct CreateTopicsResponse {
    pub throttle_time_ms: i32,
    pub topics: Vec<CreatableTopicResult>,
}

impl Wire for CreateTopicsResponse {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=4 => 8,
            _ => 6,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            throttle_time_ms: d.read(v, "CreateTopicsResponse.throttle_time_ms")?,
            topics: d.read(v, "CreateTopicsResponse.topics")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.throttle_time_ms, v, "CreateTopicsResponse.throttle_time_ms");
        e.write(&self.topics, v, "CreateTopicsResponse.topics");
        e.tags(v, |_| {});
    }
}

/// Part of [`CreateTopicsResponse`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CreatableTopicResult {
    pub name: Str,
    pub topic_id: Uuid,
    pub error_code: ErrorCode,
    pub error_message: Option<Str>,
    pub topic_config_error_code: ErrorCode,
    pub num_partitions: i32,
    pub replication_factor: i16,
    pub configs: Option<Vec<CreatableTopicConfigs>>,
}

impl Default for CreatableTopicResult {
    fn default() -> Self {
        Self {
            name: Str::default(),
            topic_id: Uuid::ZERO,
            error_code: ErrorCode::NONE,
            error_message: Some(Str::default()),
            topic_config_error_code: ErrorCode::NONE,
            num_partitions: -1,
            replication_factor: -1,
            configs: Some(Vec::new()),
        }
    }
}

impl Wire for CreatableTopicResult {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=4 => 6,
            5..=6 => 12,
            _ => 28,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let mut this = Self {
            name: d.read(v, "CreatableTopicResult.name")?,
            topic_id: if v.number >= 7 { d.read(v, "CreatableTopicResult.topic_id")? } else { Uuid::ZERO },
            error_code: d.read(v, "CreatableTopicResult.error_code")?,
            error_message: d.read(v, "CreatableTopicResult.error_message")?,
            topic_config_error_code: ErrorCode::NONE,
            num_partitions: if v.number >= 5 { d.read(v, "CreatableTopicResult.num_partitions")? } else { -1 },
            replication_factor: if v.number >= 5 { d.read(v, "CreatableTopicResult.replication_factor")? } else { -1 },
            configs: if v.number >= 5 { d.read(v, "CreatableTopicResult.configs")? } else { Some(Vec::new()) },
        };
        d.tags(v, |d, tag| {
            match tag {
                0 => this.topic_config_error_code = d.read(v, "CreatableTopicResult.topic_config_error_code")?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.name, v, "CreatableTopicResult.name");
        if v.number >= 7 { e.write(&self.topic_id, v, "CreatableTopicResult.topic_id"); }
        e.write(&self.error_code, v, "CreatableTopicResult.error_code");
        e.write(&self.error_message, v, "CreatableTopicResult.error_message");
        if v.number >= 5 { e.write(&self.num_partitions, v, "CreatableTopicResult.num_partitions"); }
        if v.number >= 5 { e.write(&self.replication_factor, v, "CreatableTopicResult.replication_factor"); }
        if v.number >= 5 { e.write(&self.configs, v, "CreatableTopicResult.configs"); }
        e.tags(v, |t| {
            t.field(0, self.topic_config_error_code != ErrorCode::NONE, &self.topic_config_error_code, v, "CreatableTopicResult.topic_config_error_code");
        });
    }
}

/// Part of [`CreateTopicsResponse`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CreatableTopicConfigs {
    pub name: Str,
    pub value: Option<Str>,
    pub read_only: bool,
    pub config_source: i8,
    pub is_sensitive: bool,
}

impl Default for CreatableTopicConfigs {
    fn default() -> Self {
        Self {
            name: Str::default(),
            value: Some(Str::default()),
            read_only: false,
            config_source: -1,
            is_sensitive: false,
        }
    }
}

impl Wire for CreatableTopicConfigs {
    fn min_size(_: Version) -> usize {
        6
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            name: d.read(v, "CreatableTopicConfigs.name")?,
            value: d.read(v, "CreatableTopicConfigs.value")?,
            read_only: d.read(v, "CreatableTopicConfigs.read_only")?,
            config_source: d.read(v, "CreatableTopicConfigs.config_source")?,
            is_sensitive: d.read(v, "CreatableTopicConfigs.is_sensitive")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.name, v, "CreatableTopicConfigs.name");
        e.write(&self.value, v, "CreatableTopicConfigs.value");
        e.write(&self.read_only, v, "CreatableTopicConfigs.read_only");
        e.write(&self.config_source, v, "CreatableTopicConfigs.config_source");
        e.write(&self.is_sensitive, v, "CreatableTopicConfigs.is_sensitive");
        e.tags(v, |_| {});
    }
}

impl Message for CreateTopicsResponse {
    const NAME: &'static str = "CreateTopicsResponse";
    const VERSIONS: RangeInclusive<i16> = 2..=7;
    const FLEXIBLE_FROM: i16 = 5;
}
