//! `DeleteRecordsResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the DeleteRecords API (key 21), versions 0 to 2.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DeleteRecordsResponse {
    pub throttle_time_ms: i32,
    pub topics: Vec<DeleteRecordsTopicResult>,
}

impl Wire for DeleteRecordsResponse {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=1 => 8,
            _ => 6,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            throttle_time_ms: d.read(v, "DeleteRecordsResponse.throttle_time_ms")?,
            topics: d.read(v, "DeleteRecordsResponse.topics")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.throttle_time_ms, v, "DeleteRecordsResponse.throttle_time_ms");
        e.write(&self.topics, v, "DeleteRecordsResponse.topics");
        e.tags(v, |_| {});
    }
}

/// Part of [`DeleteRecordsResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DeleteRecordsTopicResult {
    pub name: Str,
    pub partitions: Vec<DeleteRecordsPartitionResult>,
}

impl Wire for DeleteRecordsTopicResult {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=1 => 6,
            _ => 3,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            name: d.read(v, "DeleteRecordsTopicResult.name")?,
            partitions: d.read(v, "DeleteRecordsTopicResult.partitions")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.name, v, "DeleteRecordsTopicResult.name");
        e.write(&self.partitions, v, "DeleteRecordsTopicResult.partitions");
        e.tags(v, |_| {});
    }
}

/// Part of [`DeleteRecordsResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DeleteRecordsPartitionResult {
    pub partition_index: i32,
    pub low_watermark: i64,
    pub error_code: ErrorCode,
}

impl Wire for DeleteRecordsPartitionResult {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=1 => 14,
            _ => 15,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            partition_index: d.read(v, "DeleteRecordsPartitionResult.partition_index")?,
            low_watermark: d.read(v, "DeleteRecordsPartitionResult.low_watermark")?,
            error_code: d.read(v, "DeleteRecordsPartitionResult.error_code")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.partition_index, v, "DeleteRecordsPartitionResult.partition_index");
        e.write(&self.low_watermark, v, "DeleteRecordsPartitionResult.low_watermark");
        e.write(&self.error_code, v, "DeleteRecordsPartitionResult.error_code");
        e.tags(v, |_| {});
    }
}

impl Message for DeleteRecordsResponse {
    const NAME: &'static str = "DeleteRecordsResponse";
    const VERSIONS: RangeInclusive<i16> = 0..=2;
    const FLEXIBLE_FROM: i16 = 2;
}
