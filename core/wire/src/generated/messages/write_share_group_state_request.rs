//! `WriteShareGroupStateRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the WriteShareGroupState API (key 85), versions 0 to 1.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct WriteShareGroupStateRequest {
    pub group_id: Str,
    pub topics: Vec<WriteStateData>,
}

impl Wire for WriteShareGroupStateRequest {
    fn min_size(_: Version) -> usize {
        3
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            group_id: d.read(v, "WriteShareGroupStateRequest.group_id")?,
            topics: d.read(v, "WriteShareGroupStateRequest.topics")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.group_id, v, "WriteShareGroupStateRequest.group_id");
        e.write(&self.topics, v, "WriteShareGroupStateRequest.topics");
        e.tags(v, |_| {});
    }
}

/// Part of [`WriteShareGroupStateRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct WriteStateData {
    pub topic_id: Uuid,
    pub partitions: Vec<PartitionData>,
}

impl Wire for WriteStateData {
    fn min_size(_: Version) -> usize {
        18
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            topic_id: d.read(v, "WriteStateData.topic_id")?,
            partitions: d.read(v, "WriteStateData.partitions")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.topic_id, v, "WriteStateData.topic_id");
        e.write(&self.partitions, v, "WriteStateData.partitions");
        e.tags(v, |_| {});
    }
}

/// Part of [`WriteShareGroupStateRequest`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PartitionData {
    pub partition: i32,
    pub state_epoch: i32,
    pub leader_epoch: i32,
    pub start_offset: i64,
    pub delivery_complete_count: i32,
    pub state_batches: Vec<StateBatch>,
}

impl Default for PartitionData {
    fn default() -> Self {
        Self {
            partition: 0,
            state_epoch: 0,
            leader_epoch: 0,
            start_offset: 0,
            delivery_complete_count: -1,
            state_batches: Vec::new(),
        }
    }
}

impl Wire for PartitionData {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=0 => 22,
            _ => 26,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            partition: d.read(v, "PartitionData.partition")?,
            state_epoch: d.read(v, "PartitionData.state_epoch")?,
            leader_epoch: d.read(v, "PartitionData.leader_epoch")?,
            start_offset: d.read(v, "PartitionData.start_offset")?,
            delivery_complete_count: if v.number >= 1 { d.read(v, "PartitionData.delivery_complete_count")? } else { -1 },
            state_batches: d.read(v, "PartitionData.state_batches")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.partition, v, "PartitionData.partition");
        e.write(&self.state_epoch, v, "PartitionData.state_epoch");
        e.write(&self.leader_epoch, v, "PartitionData.leader_epoch");
        e.write(&self.start_offset, v, "PartitionData.start_offset");
        if v.number >= 1 { e.write(&self.delivery_complete_count, v, "PartitionData.delivery_complete_count"); }
        e.write(&self.state_batches, v, "PartitionData.state_batches");
        e.tags(v, |_| {});
    }
}

/// Part of [`WriteShareGroupStateRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct StateBatch {
    pub first_offset: i64,
    pub last_offset: i64,
    pub delivery_state: i8,
    pub delivery_count: i16,
}

impl Wire for StateBatch {
    fn min_size(_: Version) -> usize {
        20
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            first_offset: d.read(v, "StateBatch.first_offset")?,
            last_offset: d.read(v, "StateBatch.last_offset")?,
            delivery_state: d.read(v, "StateBatch.delivery_state")?,
            delivery_count: d.read(v, "StateBatch.delivery_count")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.first_offset, v, "StateBatch.first_offset");
        e.write(&self.last_offset, v, "StateBatch.last_offset");
        e.write(&self.delivery_state, v, "StateBatch.delivery_state");
        e.write(&self.delivery_count, v, "StateBatch.delivery_count");
        e.tags(v, |_| {});
    }
}

impl Message for WriteShareGroupStateRequest {
    const NAME: &'static str = "WriteShareGroupStateRequest";
    const VERSIONS: RangeInclusive<i16> = 0..=1;
    const FLEXIBLE_FROM: i16 = 0;
}
