//! `AlterPartitionResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the AlterPartition API (key 56), versions 2 to 3.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AlterPartitionResponse {
    pub throttle_time_ms: i32,
    pub error_code: ErrorCode,
    pub topics: Vec<TopicData>,
}

impl Wire for AlterPartitionResponse {
    fn min_size(_: Version) -> usize {
        8
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            throttle_time_ms: d.read(v, "AlterPartitionResponse.throttle_time_ms")?,
            error_code: d.read(v, "AlterPartitionResponse.error_code")?,
            topics: d.read(v, "AlterPartitionResponse.topics")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.throttle_time_ms, v, "AlterPartitionResponse.throttle_time_ms");
        e.write(&self.error_code, v, "AlterPartitionResponse.error_code");
        e.write(&self.topics, v, "AlterPartitionResponse.topics");
        e.tags(v, |_| {});
    }
}

/// Part of [`AlterPartitionResponse`].
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

/// Part of [`AlterPartitionResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PartitionData {
    pub partition_index: i32,
    pub error_code: ErrorCode,
    pub leader_id: i32,
    pub leader_epoch: i32,
    pub isr: Vec<i32>,
    pub leader_recovery_state: i8,
    pub partition_epoch: i32,
}

impl Wire for PartitionData {
    fn min_size(_: Version) -> usize {
        21
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            partition_index: d.read(v, "PartitionData.partition_index")?,
            error_code: d.read(v, "PartitionData.error_code")?,
            leader_id: d.read(v, "PartitionData.leader_id")?,
            leader_epoch: d.read(v, "PartitionData.leader_epoch")?,
            isr: d.read(v, "PartitionData.isr")?,
            leader_recovery_state: d.read(v, "PartitionData.leader_recovery_state")?,
            partition_epoch: d.read(v, "PartitionData.partition_epoch")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.partition_index, v, "PartitionData.partition_index");
        e.write(&self.error_code, v, "PartitionData.error_code");
        e.write(&self.leader_id, v, "PartitionData.leader_id");
        e.write(&self.leader_epoch, v, "PartitionData.leader_epoch");
        e.write(&self.isr, v, "PartitionData.isr");
        e.write(&self.leader_recovery_state, v, "PartitionData.leader_recovery_state");
        e.write(&self.partition_epoch, v, "PartitionData.partition_epoch");
        e.tags(v, |_| {});
    }
}

impl Message for AlterPartitionResponse {
    const NAME: &'static str = "AlterPartitionResponse";
    const VERSIONS: RangeInclusive<i16> = 2..=3;
    const FLEXIBLE_FROM: i16 = 2;
}
