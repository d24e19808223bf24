//! `ReadShareGroupStateRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the ReadShareGroupState API (key 84), version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ReadShareGroupStateRequest {
    pub group_id: Str,
    pub topics: Vec<ReadStateData>,
}

impl Wire for ReadShareGroupStateRequest {
    fn min_size(_: Version) -> usize {
        3
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            group_id: d.read(v, "ReadShareGroupStateRequest.group_id")?,
            topics: d.read(v, "ReadShareGroupStateRequest.topics")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.group_id, v, "ReadShareGroupStateRequest.group_id");
        e.write(&self.topics, v, "ReadShareGroupStateRequest.topics");
        e.tags(v, |_| {});
    }
}

/// Part of [`ReadShareGroupStateRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ReadStateData {
    pub topic_id: Uuid,
    pub partitions: Vec<PartitionData>,
}

impl Wire for ReadStateData {
    fn min_size(_: Version) -> usize {
        18
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            topic_id: d.read(v, "ReadStateData.topic_id")?,
            partitions: d.read(v, "ReadStateData.partitions")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.topic_id, v, "ReadStateData.topic_id");
        e.write(&self.partitions, v, "ReadStateData.partitions");
        e.tags(v, |_| {});
    }
}

/// Part of [`ReadShareGroupStateRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PartitionData {
    pub partition: i32,
    pub leader_epoch: i32,
}

impl Wire for PartitionData {
    fn min_size(_: Version) -> usize {
        9
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            partition: d.read(v, "PartitionData.partition")?,
            leader_epoch: d.read(v, "PartitionData.leader_epoch")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.partition, v, "PartitionData.partition");
        e.write(&self.leader_epoch, v, "PartitionData.leader_epoch");
        e.tags(v, |_| {});
    }
}

impl Message for ReadShareGroupStateRequest {
    const NAME: &'static str = "ReadShareGroupStateRequest";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
