//! `DescribeShareGroupOffsetsResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the DescribeShareGroupOffsets API (key 90), versions 0 to 1.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DescribeShareGroupOffsetsResponse {
    pub throttle_time_ms: i32,
    pub groups: Vec<DescribeShareGroupOffsetsResponseGroup>,
}

impl Wire for DescribeShareGroupOffsetsResponse {
    fn min_size(_: Version) -> usize {
        6
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            throttle_time_ms: d.read(v, "DescribeShareGroupOffsetsResponse.throttle_time_ms")?,
            groups: d.read(v, "DescribeShareGroupOffsetsResponse.groups")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.throttle_time_ms, v, "DescribeShareGroupOffsetsResponse.throttle_time_ms");
        e.write(&self.groups, v, "DescribeShareGroupOffsetsResponse.groups");
        e.tags(v, |_| {});
    }
}

/// Part of [`DescribeShareGroupOffsetsResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DescribeShareGroupOffsetsResponseGroup {
    pub group_id: Str,
    pub topics: Vec<DescribeShareGroupOffsetsResponseTopic>,
    pub error_code: ErrorCode,
    pub error_message: Option<Str>,
}

impl Wire for DescribeShareGroupOffsetsResponseGroup {
    fn min_size(_: Version) -> usize {
        6
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            group_id: d.read(v, "DescribeShareGroupOffsetsResponseGroup.group_id")?,
            topics: d.read(v, "DescribeShareGroupOffsetsResponseGroup.topics")?,
            error_code: d.read(v, "DescribeShareGroupOffsetsResponseGroup.error_code")?,
            error_message: d.read(v, "DescribeShareGroupOffsetsResponseGroup.error_message")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.group_id, v, "DescribeShareGroupOffsetsResponseGroup.group_id");
        e.write(&self.topics, v, "DescribeShareGroupOffsetsResponseGroup.topics");
        e.write(&self.error_code, v, "DescribeShareGroupOffsetsResponseGroup.error_code");
        e.write(&self.error_message, v, "DescribeShareGroupOffsetsResponseGroup.error_message");
        e.tags(v, |_| {});
    }
}

/// Part of [`DescribeShareGroupOffsetsResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DescribeShareGroupOffsetsResponseTopic {
    pub topic_name: Str,
    pub topic_id: Uuid,
    pub partitions: Vec<DescribeShareGroupOffsetsResponsePartition>,
}

impl Wire for DescribeShareGroupOffsetsResponseTopic {
    fn min_size(_: Version) -> usize {
        19
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            topic_name: d.read(v, "DescribeShareGroupOffsetsResponseTopic.topic_name")?,
            topic_id: d.read(v, "DescribeShareGroupOffsetsResponseTopic.topic_id")?,
            partitions: d.read(v, "DescribeShareGroupOffsetsResponseTopic.partitions")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.topic_name, v, "DescribeShareGroupOffsetsResponseTopic.topic_name");
        e.write(&self.topic_id, v, "DescribeShareGroupOffsetsResponseTopic.topic_id");
        e.write(&self.partitions, v, "DescribeShareGroupOffsetsResponseTopic.partitions");
        e.tags(v, |_| {});
    }
}

/// Part of [`DescribeShareGroupOffsetsResponse`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DescribeShareGroupOffsetsResponsePartition {
    pub partition_index: i32,
    pub start_offset: i64,
    pub leader_epoch: i32,
    pub lag: i64,
    pub error_code: ErrorCode,
    pub error_message: Option<Str>,
}

impl Default for DescribeShareGroupOffsetsResponsePartition {
    fn default() -> Self {
        Self {
            partition_index: 0,
            start_offset: 0,
            leader_epoch: 0,
            lag: -1,
            error_code: ErrorCode::NONE,
            error_message: None,
        }
    }
}

impl Wire for DescribeShareGroupOffsetsResponsePartition {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=0 => 20,
            _ => 28,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            partition_index: d.read(v, "DescribeShareGroupOffsetsResponsePartition.partition_index")?,
            start_offset: d.read(v, "DescribeShareGroupOffsetsResponsePartition.start_offset")?,
            leader_epoch: d.read(v, "DescribeShareGroupOffsetsResponsePartition.leader_epoch")?,
            lag: if v.number >= 1 { d.read(v, "DescribeShareGroupOffsetsResponsePartition.lag")? } else { -1 },
            error_code: d.read(v, "DescribeShareGroupOffsetsResponsePartition.error_code")?,
            error_message: d.read(v, "DescribeShareGroupOffsetsResponsePartition.error_message")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.partition_index, v, "DescribeShareGroupOffsetsResponsePartition.partition_index");
        e.write(&self.start_offset, v, "DescribeShareGroupOffsetsResponsePartition.start_offset");
        e.write(&self.leader_epoch, v, "DescribeShareGroupOffsetsResponsePartition.leader_epoch");
        if v.number >= 1 { e.write(&self.lag, v, "DescribeShareGroupOffsetsResponsePartition.lag"); }
        e.write(&self.error_code, v, "DescribeShareGroupOffsetsResponsePartition.error_code");
        e.write(&self.error_message, v, "DescribeShareGroupOffsetsResponsePartition.error_message");
        e.tags(v, |_| {});
    }
}

impl Message for DescribeShareGroupOffsetsResponse {
    const NAME: &'static str = "DescribeShareGroupOffsetsResponse";
    const VERSIONS: RangeInclusive<i16> = 0..=1;
    const FLEXIBLE_FROM: i16 = 0;
}
