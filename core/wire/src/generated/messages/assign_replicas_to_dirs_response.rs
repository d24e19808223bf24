//! `AssignReplicasToDirsResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the AssignReplicasToDirs API (key 73), version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AssignReplicasToDirsResponse {
    pub throttle_time_ms: i32,
    pub error_code: ErrorCode,
    pub directories: Vec<DirectoryData>,
}

impl Wire for AssignReplicasToDirsResponse {
    fn min_size(_: Version) -> usize {
        8
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            throttle_time_ms: d.read(v, "AssignReplicasToDirsResponse.throttle_time_ms")?,
            error_code: d.read(v, "AssignReplicasToDirsResponse.error_code")?,
            directories: d.read(v, "AssignReplicasToDirsResponse.directories")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.throttle_time_ms, v, "AssignReplicasToDirsResponse.throttle_time_ms");
        e.write(&self.error_code, v, "AssignReplicasToDirsResponse.error_code");
        e.write(&self.directories, v, "AssignReplicasToDirsResponse.directories");
        e.tags(v, |_| {});
    }
}

/// Part of [`AssignReplicasToDirsResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DirectoryData {
    pub id: Uuid,
    pub topics: Vec<TopicData>,
}

impl Wire for DirectoryData {
    fn min_size(_: Version) -> usize {
        18
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            id: d.read(v, "DirectoryData.id")?,
            topics: d.read(v, "DirectoryData.topics")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.id, v, "DirectoryData.id");
        e.write(&self.topics, v, "DirectoryData.topics");
        e.tags(v, |_| {});
    }
}

/// Part of [`AssignReplicasToDirsResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TopicData {
    pub topic_id: Uuid,
    pub partitions: Vec<PartitionData>,
}

impl Wire for TopicData {
    fn min_size(_: Version) -> usize {
        18
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            topic_id: d.read(v, "TopicData.topic_id")?,
            partitions: d.read(v, "TopicData.partitions")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.topic_id, v, "TopicData.topic_id");
        e.write(&self.partitions, v, "TopicData.partitions");
        e.tags(v, |_| {});
    }
}

/// Part of [`AssignReplicasToDirsResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PartitionData {
    pub partition_index: i32,
    pub error_code: ErrorCode,
}

impl Wire for PartitionData {
    fn min_size(_: Version) -> usize {
        7
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            partition_index: d.read(v, "PartitionData.partition_index")?,
            error_code: d.read(v, "PartitionData.error_code")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.partition_index, v, "PartitionData.partition_index");
        e.write(&self.error_code, v, "PartitionData.error_code");
        e.tags(v, |_| {});
    }
}

impl Message for AssignReplicasToDirsResponse {
    const NAME: &'static str = "AssignReplicasToDirsResponse";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
