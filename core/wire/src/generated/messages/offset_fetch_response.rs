//! `OffsetFetchResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the OffsetFetch API (key 9), versions 1 to 10.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct OffsetFetchResponse {
    pub throttle_time_ms: i32,
    pub topics: Vec<OffsetFetchResponseTopic>,
    pub error_code: ErrorCode,
    pub groups: Vec<OffsetFetchResponseGroup>,
}

impl Wire for OffsetFetchResponse {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=1 => 4,
            2..=2 => 6,
            3..=5 => 10,
            6..=7 => 8,
            _ => 6,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            throttle_time_ms: if v.number >= 3 { d.read(v, "OffsetFetchResponse.throttle_time_ms")? } else { 0 },
            topics: if v.number <= 7 { d.read(v, "OffsetFetchResponse.topics")? } else { Vec::new() },
            error_code: if (2..=7).contains(&v.number) { d.read(v, "OffsetFetchResponse.error_code")? } else { ErrorCode::NONE },
            groups: if v.number >= 8 { d.read(v, "OffsetFetchResponse.groups")? } else { Vec::new() },
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        if v.number >= 3 { e.write(&self.throttle_time_ms, v, "OffsetFetchResponse.throttle_time_ms"); }
        if v.number <= 7 { e.write(&self.topics, v, "OffsetFetchResponse.topics"); } else { e.absent(!self.topics.is_empty(), "OffsetFetchResponse.topics"); }
        if (2..=7).contains(&v.number) { e.write(&self.error_code, v, "OffsetFetchResponse.error_code"); }
        if v.number >= 8 { e.write(&self.groups, v, "OffsetFetchResponse.groups"); } else { e.absent(!self.groups.is_empty(), "OffsetFetchResponse.groups"); }
        e.tags(v, |_| {});
    }
}

/// Part of [`OffsetFetchResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct OffsetFetchResponseGroup {
    pub group_id: Str,
    pub topics: Vec<OffsetFetchResponseTopics>,
    pub error_code: ErrorCode,
}

impl Wire for OffsetFetchResponseGroup {
    fn min_size(_: Version) -> usize {
        5
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            group_id: d.read(v, "OffsetFetchResponseGroup.group_id")?,
            topics: d.read(v, "OffsetFetchResponseGroup.topics")?,
            error_code: d.read(v, "OffsetFetchResponseGroup.error_code")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.group_id, v, "OffsetFetchResponseGroup.group_id");
        e.write(&self.topics, v, "OffsetFetchResponseGroup.topics");
        e.write(&self.error_code, v, "OffsetFetchResponseGroup.error_code");
        e.tags(v, |_| {});
    }
}

/// Part of [`OffsetFetchResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct OffsetFetchResponseTopics {
    pub name: Str,
    pub topic_id: Uuid,
    pub partitions: Vec<OffsetFetchResponsePartitions>,
}

impl Wire for OffsetFetchResponseTopics {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=9 => 3,
            _ => 18,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            name: if v.number <= 9 { d.read(v, "OffsetFetchResponseTopics.name")? } else { Str::default() },
            topic_id: if v.number >= 10 { d.read(v, "OffsetFetchResponseTopics.topic_id")? } else { Uuid::ZERO },
            partitions: d.read(v, "OffsetFetchResponseTopics.partitions")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        if v.number <= 9 { e.write(&self.name, v, "OffsetFetchResponseTopics.name"); }
        if v.number >= 10 { e.write(&self.topic_id, v, "OffsetFetchResponseTopics.topic_id"); }
        e.write(&self.partitions, v, "OffsetFetchResponseTopics.partitions");
        e.tags(v, |_| {});
    }
}

/// Part of [`OffsetFetchResponse`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OffsetFetchResponsePartitions {
    pub partition_index: i32,
    pub committed_offset: i64,
    pub committed_leader_epoch: i32,
    pub metadata: Option<Str>,
    pub error_code: ErrorCode,
}

impl Default for OffsetFetchResponsePartitions {
    fn default() -> Self {
        Self {
            partition_index: 0,
            committed_offset: 0,
            committed_leader_epoch: -1,
            metadata: Some(Str::default()),
            error_code: ErrorCode::NONE,
        }
    }
}

impl Wire for OffsetFetchResponsePartitions {
    fn min_size(_: Version) -> usize {
        20
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            partition_index: d.read(v, "OffsetFetchResponsePartitions.partition_index")?,
            committed_offset: d.read(v, "OffsetFetchResponsePartitions.committed_offset")?,
            committed_leader_epoch: d.read(v, "OffsetFetchResponsePartitions.committed_leader_epoch")?,
            metadata: d.read(v, "OffsetFetchResponsePartitions.metadata")?,
            error_code: d.read(v, "OffsetFetchResponsePartitions.error_code")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.partition_index, v, "OffsetFetchResponsePartitions.partition_index");
        e.write(&self.committed_offset, v, "OffsetFetchResponsePartitions.committed_offset");
        e.write(&self.committed_leader_epoch, v, "OffsetFetchResponsePartitions.committed_leader_epoch");
        e.write(&self.metadata, v, "OffsetFetchResponsePartitions.metadata");
        e.write(&self.error_code, v, "OffsetFetchResponsePartitions.error_code");
        e.tags(v, |_| {});
    }
}

/// Part of [`OffsetFetchResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct OffsetFetchResponseTopic {
    pub name: Str,
    pub partitions: Vec<OffsetFetchResponsePartition>,
}

impl Wire for OffsetFetchResponseTopic {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=5 => 6,
            _ => 3,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            name: d.read(v, "OffsetFetchResponseTopic.name")?,
            partitions: d.read(v, "OffsetFetchResponseTopic.partitions")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.name, v, "OffsetFetchResponseTopic.name");
        e.write(&self.partitions, v, "OffsetFetchResponseTopic.partitions");
        e.tags(v, |_| {});
    }
}

/// Part of [`OffsetFetchResponse`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OffsetFetchResponsePartition {
    pub partition_index: i32,
    pub committed_offset: i64,
    pub committed_leader_epoch: i32,
    pub metadata: Option<Str>,
    pub error_code: ErrorCode,
}

impl Default for OffsetFetchResponsePartition {
    fn default() -> Self {
        Self {
            partition_index: 0,
            committed_offset: 0,
            committed_leader_epoch: -1,
            metadata: Some(Str::default()),
            error_code: ErrorCode::NONE,
        }
    }
}

impl Wire for OffsetFetchResponsePartition {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=4 => 16,
            _ => 20,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            partition_index: d.read(v, "OffsetFetchResponsePartition.partition_index")?,
            committed_offset: d.read(v, "OffsetFetchResponsePartition.committed_offset")?,
            committed_leader_epoch: if v.number >= 5 { d.read(v, "OffsetFetchResponsePartition.committed_leader_epoch")? } else { -1 },
            metadata: d.read(v, "OffsetFetchResponsePartition.metadata")?,
            error_code: d.read(v, "OffsetFetchResponsePartition.error_code")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.partition_index, v, "OffsetFetchResponsePartition.partition_index");
        e.write(&self.committed_offset, v, "OffsetFetchResponsePartition.committed_offset");
        if v.number >= 5 { e.write(&self.committed_leader_epoch, v, "OffsetFetchResponsePartition.committed_leader_epoch"); }
        e.write(&self.metadata, v, "OffsetFetchResponsePartition.metadata");
        e.write(&self.error_code, v, "OffsetFetchResponsePartition.error_code");
        e.tags(v, |_| {});
    }
}

impl Message for OffsetFetchResponse {
    const NAME: &'static str = "OffsetFetchResponse";
    const VERSIONS: RangeInclusive<i16> = 1..=10;
    const FLEXIBLE_FROM: i16 = 6;
}
