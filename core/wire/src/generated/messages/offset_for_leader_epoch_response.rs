//! `OffsetForLeaderEpochResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the OffsetForLeaderEpoch API (key 23), versions 2 to 4.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct OffsetForLeaderEpochResponse {
    pub throttle_time_ms: i32,
    pub topics: Vec<OffsetForLeaderTopicResult>,
}

impl Wire for OffsetForLeaderEpochResponse {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=3 => 8,
            _ => 6,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            throttle_time_ms: d.read(v, "OffsetForLeaderEpochResponse.throttle_time_ms")?,
            topics: d.read(v, "OffsetForLeaderEpochResponse.topics")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.throttle_time_ms, v, "OffsetForLeaderEpochResponse.throttle_time_ms");
        e.write(&self.topics, v, "OffsetForLeaderEpochResponse.topics");
        e.tags(v, |_| {});
    }
}

/// Part of [`OffsetForLeaderEpochResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct OffsetForLeaderTopicResult {
    pub topic: Str,
    pub partitions: Vec<EpochEndOffset>,
}

impl Wire for OffsetForLeaderTopicResult {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=3 => 6,
            _ => 3,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            topic: d.read(v, "OffsetForLeaderTopicResult.topic")?,
            partitions: d.read(v, "OffsetForLeaderTopicResult.partitions")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.topic, v, "OffsetForLeaderTopicResult.topic");
        e.write(&self.partitions, v, "OffsetForLeaderTopicResult.partitions");
        e.tags(v, |_| {});
    }
}

/// Part of [`OffsetForLeaderEpochResponse`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EpochEndOffset {
    pub error_code: ErrorCode,
    pub partition: i32,
    pub leader_epoch: i32,
    pub end_offset: i64,
}

impl Default for EpochEndOffset {
    fn default() -> Self {
        Self {
            error_code: ErrorCode::NONE,
            partition: 0,
            leader_epoch: -1,
            end_offset: -1,
        }
    }
}

impl Wire for EpochEndOffset {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=3 => 18,
            _ => 19,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            error_code: d.read(v, "EpochEndOffset.error_code")?,
            partition: d.read(v, "EpochEndOffset.partition")?,
            leader_epoch: d.read(v, "EpochEndOffset.leader_epoch")?,
            end_offset: d.read(v, "EpochEndOffset.end_offset")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.error_code, v, "EpochEndOffset.error_code");
        e.write(&self.partition, v, "EpochEndOffset.partition");
        e.write(&self.leader_epoch, v, "EpochEndOffset.leader_epoch");
        e.write(&self.end_offset, v, "EpochEndOffset.end_offset");
        e.tags(v, |_| {});
    }
}

impl Message for OffsetForLeaderEpochResponse {
    const NAME: &'static str = "OffsetForLeaderEpochResponse";
    const VERSIONS: RangeInclusive<i16> = 2..=4;
    const FLEXIBLE_FROM: i16 = 4;
}
