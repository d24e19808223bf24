//! `CreateTopicsRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the CreateTopics API (key 19), versions 2 to 7.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CreateTopicsRequest {
    pub topics: Vec<CreatableTopic>,
    pub timeout_ms: i32,
    pub validate_only: bool,
}

impl Default for CreateTopicsRequest {
    fn default() -> Self {
        Self {
            topics: Vec::new(),
            timeout_ms: 60000,
            validate_only: false,
        }
    }
}

impl Wire for CreateTopicsRequest {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=4 => 9,
            _ => 7,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            topics: d.read(v, "CreateTopicsRequest.topics")?,
            timeout_ms: d.read(v, "CreateTopicsRequest.timeout_ms")?,
            validate_only: d.read(v, "CreateTopicsRequest.validate_only")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.topics, v, "CreateTopicsRequest.topics");
        e.write(&self.timeout_ms, v, "CreateTopicsRequest.timeout_ms");
        e.write(&self.validate_only, v, "CreateTopicsRequest.validate_only");
        e.tags(v, |_| {});
    }
}

/// Part of [`CreateTopicsRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct CreatableTopic {
    pub name: Str,
    pub num_partitions: i32,
    pub replication_factor: i16,
    pub assignments: Vec<CreatableReplicaAssignment>,
    pub configs: Vec<CreatableTopicConfig>,
}

impl Wire for CreatableTopic {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=4 => 16,
            _ => 10,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            name: d.read(v, "CreatableTopic.name")?,
            num_partitions: d.read(v, "CreatableTopic.num_partitions")?,
            replication_factor: d.read(v, "CreatableTopic.replication_factor")?,
            assignments: d.read(v, "CreatableTopic.assignments")?,
            configs: d.read(v, "CreatableTopic.configs")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.name, v, "CreatableTopic.name");
        e.write(&self.num_partitions, v, "CreatableTopic.num_partitions");
        e.write(&self.replication_factor, v, "CreatableTopic.replication_factor");
        e.write(&self.assignments, v, "CreatableTopic.assignments");
        e.write(&self.configs, v, "CreatableTopic.configs");
        e.tags(v, |_| {});
    }
}

/// Part of [`CreateTopicsRequest`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CreatableTopicConfig {
    pub name: Str,
    pub value: Option<Str>,
}

impl Default for CreatableTopicConfig {
    fn default() -> Self {
        Self {
            name: Str::default(),
            value: Some(Str::default()),
        }
    }
}

impl Wire for CreatableTopicConfig {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=4 => 4,
            _ => 3,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            name: d.read(v, "CreatableTopicConfig.name")?,
            value: d.read(v, "CreatableTopicConfig.value")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.name, v, "CreatableTopicConfig.name");
        e.write(&self.value, v, "CreatableTopicConfig.value");
        e.tags(v, |_| {});
    }
}

/// Part of [`CreateTopicsRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct CreatableReplicaAssignment {
    pub partition_index: i32,
    pub broker_ids: Vec<i32>,
}

impl Wire for CreatableReplicaAssignment {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=4 => 8,
            _ => 6,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            partition_index: d.read(v, "CreatableReplicaAssignment.partition_index")?,
            broker_ids: d.read(v, "CreatableReplicaAssignment.broker_ids")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.partition_index, v, "CreatableReplicaAssignment.partition_index");
        e.write(&self.broker_ids, v, "CreatableReplicaAssignment.broker_ids");
        e.tags(v, |_| {});
    }
}

impl Message for CreateTopicsRequest {
    const NAME: &'static str = "CreateTopicsRequest";
    const VERSIONS: RangeInclusive<i16> = 2..=7;
    const FLEXIBLE_FROM: i16 = 5;
}
