//! `InitializeShareGroupStateRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the InitializeShareGroupState API (key 83), version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct InitializeShareGroupStateRequest {
    pub group_id: Str,
    pub topics: Vec<InitializeStateData>,
}

impl Wire for InitializeShareGroupStateRequest {
    fn min_size(_: Version) -> usize {
        3
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            group_id: d.read(v, "InitializeShareGroupStateRequest.group_id")?,
            topics: d.read(v, "InitializeShareGroupStateRequest.topics")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.group_id, v, "InitializeShareGroupStateRequest.group_id");
        e.write(&self.topics, v, "InitializeShareGroupStateRequest.topics");
        e.tags(v, |_| {});
    }
}

/// Part of [`InitializeShareGroupStateRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct InitializeStateData {
    pub topic_id: Uuid,
    pub partitions: Vec<PartitionData>,
}

impl Wire for InitializeStateData {
    fn min_size(_: Version) -> usize {
        18
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            topic_id: d.read(v, "InitializeStateData.topic_id")?,
            partitions: d.read(v, "InitializeStateData.partitions")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.topic_id, v, "InitializeStateData.topic_id");
        e.write(&self.partitions, v, "InitializeStateData.partitions");
        e.tags(v, |_| {});
    }
}

/// Part of [`InitializeShareGroupStateRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PartitionData {
    pub partition: i32,
    pub state_epoch: i32,
    pub start_offset: i64,
}

impl Wire for PartitionData {
    fn min_size(_: Version) -> usize {
        17
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            partition: d.read(v, "PartitionData.partition")?,
            state_epoch: d.read(v, "PartitionData.state_epoch")?,
            start_offset: d.read(v, "PartitionData.start_offset")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.partition, v, "PartitionData.partition");
        e.write(&self.state_epoch, v, "PartitionData.state_epoch");
        e.write(&self.start_offset, v, "PartitionData.start_offset");
        e.tags(v, |_| {});
    }
}

impl Message for InitializeShareGroupStateRequest {
    const NAME: &'static str = "InitializeShareGroupStateRequest";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
