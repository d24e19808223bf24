//! `DeleteShareGroupStateRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the DeleteShareGroupState API (key 86), version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DeleteShareGroupStateRequest {
    pub group_id: Str,
    pub topics: Vec<DeleteStateData>,
}

impl Wire for DeleteShareGroupStateRequest {
    fn min_size(_: Version) -> usize {
        3
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            group_id: d.read(v, "DeleteShareGroupStateRequest.group_id")?,
            topics: d.read(v, "DeleteShareGroupStateRequest.topics")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.group_id, v, "DeleteShareGroupStateRequest.group_id");
        e.write(&self.topics, v, "DeleteShareGroupStateRequest.topics");
        e.tags(v, |_| {});
    }
}

/// Part of [`DeleteShareGroupStateRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DeleteStateData {
    pub topic_id: Uuid,
    pub partitions: Vec<PartitionData>,
}

impl Wire for DeleteStateData {
    fn min_size(_: Version) -> usize {
        18
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            topic_id: d.read(v, "DeleteStateData.topic_id")?,
            partitions: d.read(v, "DeleteStateData.partitions")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.topic_id, v, "DeleteStateData.topic_id");
        e.write(&self.partitions, v, "DeleteStateData.partitions");
        e.tags(v, |_| {});
    }
}

/// Part of [`DeleteShareGroupStateRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PartitionData {
    pub partition: i32,
}

impl Wire for PartitionData {
    fn min_size(_: Version) -> usize {
        5
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            partition: d.read(v, "PartitionData.partition")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.partition, v, "PartitionData.partition");
        e.tags(v, |_| {});
    }
}

impl Message for DeleteShareGroupStateRequest {
    const NAME: &'static str = "DeleteShareGroupStateRequest";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
