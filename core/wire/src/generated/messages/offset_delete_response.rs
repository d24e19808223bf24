//! `OffsetDeleteResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the OffsetDelete API (key 47), version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct OffsetDeleteResponse {
    pub error_code: ErrorCode,
    pub throttle_time_ms: i32,
    pub topics: Vec<OffsetDeleteResponseTopic>,
}

impl Wire for OffsetDeleteResponse {
    fn min_size(_: Version) -> usize {
        10
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        Ok(Self {
            error_code: d.read(v, "OffsetDeleteResponse.error_code")?,
            throttle_time_ms: d.read(v, "OffsetDeleteResponse.throttle_time_ms")?,
            topics: d.read(v, "OffsetDeleteResponse.topics")?,
        })
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.error_code, v, "OffsetDeleteResponse.error_code");
        e.write(&self.throttle_time_ms, v, "OffsetDeleteResponse.throttle_time_ms");
        e.write(&self.topics, v, "OffsetDeleteResponse.topics");
    }
}

/// Part of [`OffsetDeleteResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct OffsetDeleteResponseTopic {
    pub name: Str,
    pub partitions: Vec<OffsetDeleteResponsePartition>,
}

impl Wire for OffsetDeleteResponseTopic {
    fn min_size(_: Version) -> usize {
        6
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        Ok(Self {
            name: d.read(v, "OffsetDeleteResponseTopic.name")?,
            partitions: d.read(v, "OffsetDeleteResponseTopic.partitions")?,
        })
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.name, v, "OffsetDeleteResponseTopic.name");
        e.write(&self.partitions, v, "OffsetDeleteResponseTopic.partitions");
    }
}

/// Part of [`OffsetDeleteResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct OffsetDeleteResponsePartition {
    pub partition_index: i32,
    pub error_code: ErrorCode,
}

impl Wire for OffsetDeleteResponsePartition {
    fn min_size(_: Version) -> usize {
        6
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        Ok(Self {
            partition_index: d.read(v, "OffsetDeleteResponsePartition.partition_index")?,
            error_code: d.read(v, "OffsetDeleteResponsePartition.error_code")?,
        })
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.partition_index, v, "OffsetDeleteResponsePartition.partition_index");
        e.write(&self.error_code, v, "OffsetDeleteResponsePartition.error_code");
    }
}

impl Message for OffsetDeleteResponse {
    const NAME: &'static str = "OffsetDeleteResponse";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = i16::MAX;
}
