//! `AlterReplicaLogDirsResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the AlterReplicaLogDirs API (key 34), versions 1 to 2.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AlterReplicaLogDirsResponse {
    pub throttle_time_ms: i32,
    pub results: Vec<AlterReplicaLogDirTopicResult>,
}

impl Wire for AlterReplicaLogDirsResponse {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=1 => 8,
            _ => 6,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            throttle_time_ms: d.read(v, "AlterReplicaLogDirsResponse.throttle_time_ms")?,
            results: d.read(v, "AlterReplicaLogDirsResponse.results")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.throttle_time_ms, v, "AlterReplicaLogDirsResponse.throttle_time_ms");
        e.write(&self.results, v, "AlterReplicaLogDirsResponse.results");
        e.tags(v, |_| {});
    }
}

/// Part of [`AlterReplicaLogDirsResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AlterReplicaLogDirTopicResult {
    pub topic_name: Str,
    pub partitions: Vec<AlterReplicaLogDirPartitionResult>,
}

impl Wire for AlterReplicaLogDirTopicResult {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=1 => 6,
            _ => 3,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            topic_name: d.read(v, "AlterReplicaLogDirTopicResult.topic_name")?,
            partitions: d.read(v, "AlterReplicaLogDirTopicResult.partitions")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.topic_name, v, "AlterReplicaLogDirTopicResult.topic_name");
        e.write(&self.partitions, v, "AlterReplicaLogDirTopicResult.partitions");
        e.tags(v, |_| {});
    }
}

/// Part of [`AlterReplicaLogDirsResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AlterReplicaLogDirPartitionResult {
    pub partition_index: i32,
    pub error_code: ErrorCode,
}

impl Wire for AlterReplicaLogDirPartitionResult {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=1 => 6,
            _ => 7,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            partition_index: d.read(v, "AlterReplicaLogDirPartitionResult.partition_index")?,
            error_code: d.read(v, "AlterReplicaLogDirPartitionResult.error_code")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.partition_index, v, "AlterReplicaLogDirPartitionResult.partition_index");
        e.write(&self.error_code, v, "AlterReplicaLogDirPartitionResult.error_code");
        e.tags(v, |_| {});
    }
}

impl Message for AlterReplicaLogDirsResponse {
    const NAME: &'static str = "AlterReplicaLogDirsResponse";
    const VERSIONS: RangeInclusive<i16> = 1..=2;
    const FLEXIBLE_FROM: i16 = 2;
}
