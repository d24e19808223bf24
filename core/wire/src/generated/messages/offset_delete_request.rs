//! `OffsetDeleteRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the OffsetDelete API (key 47), version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct OffsetDeleteRequest {
    pub group_id: Str,
    pub topics: Vec<OffsetDeleteRequestTopic>,
}

impl Wire for OffsetDeleteRequest {
    fn min_size(_: Version) -> usize {
        6
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        Ok(Self {
            group_id: d.read(v, "OffsetDeleteRequest.group_id")?,
            topics: d.read(v, "OffsetDeleteRequest.topics")?,
        })
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.group_id, v, "OffsetDeleteRequest.group_id");
        e.write(&self.topics, v, "OffsetDeleteRequest.topics");
    }
}

/// Part of [`OffsetDeleteRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct OffsetDeleteRequestTopic {
    pub name: Str,
    pub partitions: Vec<OffsetDeleteRequestPartition>,
}

impl Wire for OffsetDeleteRequestTopic {
    fn min_size(_: Version) -> usize {
        6
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        Ok(Self {
            name: d.read(v, "OffsetDeleteRequestTopic.name")?,
            partitions: d.read(v, "OffsetDeleteRequestTopic.partitions")?,
        })
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.name, v, "OffsetDeleteRequestTopic.name");
        e.write(&self.partitions, v, "OffsetDeleteRequestTopic.partitions");
    }
}

/// Part of [`OffsetDeleteRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct OffsetDeleteRequestPartition {
    pub partition_index: i32,
}

impl Wire for OffsetDeleteRequestPartition {
    fn min_size(_: Version) -> usize {
        4
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        Ok(Self {
            partition_index: d.read(v, "OffsetDeleteRequestPartition.partition_index")?,
        })
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.partition_index, v, "OffsetDeleteRequestPartition.partition_index");
    }
}

impl Message for OffsetDeleteRequest {
    const NAME: &'static str = "OffsetDeleteRequest";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = i16::MAX;
}
