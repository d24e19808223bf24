//! `AlterShareGroupOffsetsRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the AlterShareGroupOffsets API (key 91), version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AlterShareGroupOffsetsRequest {
    pub group_id: Str,
    pub topics: Vec<AlterShareGroupOffsetsRequestTopic>,
}

impl Wire for AlterShareGroupOffsetsRequest {
    fn min_size(_: Version) -> usize {
        3
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            group_id: d.read(v, "AlterShareGroupOffsetsRequest.group_id")?,
            topics: d.read(v, "AlterShareGroupOffsetsRequest.topics")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.group_id, v, "AlterShareGroupOffsetsRequest.group_id");
        e.write(&self.topics, v, "AlterShareGroupOffsetsRequest.topics");
        e.tags(v, |_| {});
    }
}

/// Part of [`AlterShareGroupOffsetsRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AlterShareGroupOffsetsRequestTopic {
    pub topic_name: Str,
    pub partitions: Vec<AlterShareGroupOffsetsRequestPartition>,
}

impl Wire for AlterShareGroupOffsetsRequestTopic {
    fn min_size(_: Version) -> usize {
        3
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            topic_name: d.read(v, "AlterShareGroupOffsetsRequestTopic.topic_name")?,
            partitions: d.read(v, "AlterShareGroupOffsetsRequestTopic.partitions")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.topic_name, v, "AlterShareGroupOffsetsRequestTopic.topic_name");
        e.write(&self.partitions, v, "AlterShareGroupOffsetsRequestTopic.partitions");
        e.tags(v, |_| {});
    }
}

/// Part of [`AlterShareGroupOffsetsRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AlterShareGroupOffsetsRequestPartition {
    pub partition_index: i32,
    pub start_offset: i64,
}

impl Wire for AlterShareGroupOffsetsRequestPartition {
    fn min_size(_: Version) -> usize {
        13
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            partition_index: d.read(v, "AlterShareGroupOffsetsRequestPartition.partition_index")?,
            start_offset: d.read(v, "AlterShareGroupOffsetsRequestPartition.start_offset")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.partition_index, v, "AlterShareGroupOffsetsRequestPartition.partition_index");
        e.write(&self.start_offset, v, "AlterShareGroupOffsetsRequestPartition.start_offset");
        e.tags(v, |_| {});
    }
}

impl Message for AlterShareGroupOffsetsRequest {
    const NAME: &'static str = "AlterShareGroupOffsetsRequest";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
