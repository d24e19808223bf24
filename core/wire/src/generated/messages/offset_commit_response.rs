//! `OffsetCommitResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the OffsetCommit API (key 8), versions 2 to 10.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct OffsetCommitResponse {
    pub throttle_time_ms: i32,
    pub topics: Vec<OffsetCommitResponseTopic>,
}

impl Wire for OffsetCommitResponse {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=2 => 4,
            3..=7 => 8,
            _ => 6,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            throttle_time_ms: if v.number >= 3 { d.read(v, "OffsetCommitResponse.throttle_time_ms")? } else { 0 },
            topics: d.read(v, "OffsetCommitResponse.topics")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        if v.number >= 3 { e.write(&self.throttle_time_ms, v, "OffsetCommitResponse.throttle_time_ms"); }
        e.write(&self.topics, v, "OffsetCommitResponse.topics");
        e.tags(v, |_| {});
    }
}

/// Part of [`OffsetCommitResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct OffsetCommitResponseTopic {
    pub name: Str,
    pub topic_id: Uuid,
    pub partitions: Vec<OffsetCommitResponsePartition>,
}

impl Wire for OffsetCommitResponseTopic {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=7 => 6,
            8..=9 => 3,
            _ => 18,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            name: if v.number <= 9 { d.read(v, "OffsetCommitResponseTopic.name")? } else { Str::default() },
            topic_id: if v.number >= 10 { d.read(v, "OffsetCommitResponseTopic.topic_id")? } else { Uuid::ZERO },
            partitions: d.read(v, "OffsetCommitResponseTopic.partitions")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        if v.number <= 9 { e.write(&self.name, v, "OffsetCommitResponseTopic.name"); }
        if v.number >= 10 { e.write(&self.topic_id, v, "OffsetCommitResponseTopic.topic_id"); }
        e.write(&self.partitions, v, "OffsetCommitResponseTopic.partitions");
        e.tags(v, |_| {});
    }
}

/// Part of [`OffsetCommitResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct OffsetCommitResponsePartition {
    pub partition_index: i32,
    pub error_code: ErrorCode,
}

impl Wire for OffsetCommitResponsePartition {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=7 => 6,
            _ => 7,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            partition_index: d.read(v, "OffsetCommitResponsePartition.partition_index")?,
            error_code: d.read(v, "OffsetCommitResponsePartition.error_code")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.partition_index, v, "OffsetCommitResponsePartition.partition_index");
        e.write(&self.error_code, v, "OffsetCommitResponsePartition.error_code");
        e.tags(v, |_| {});
    }
}

impl Message for OffsetCommitResponse {
    const NAME: &'static str = "OffsetCommitResponse";
    const VERSIONS: RangeInclusive<i16> = 2..=10;
    const FLEXIBLE_FROM: i16 = 8;
}
