//! `ConsumerGroupPartitionMetadataValue`: generated from the schema text.

use crate::codec::prelude::*;

/// Value of the coordinator records of type 4, version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ConsumerGroupPartitionMetadataValue {
    pub topics: Vec<TopicMetadata>,
}

impl Wire for ConsumerGroupPartitionMetadataValue {
    fn min_size(_: Version) -> usize {
        2
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            topics: d.read(v, "ConsumerGroupPartitionMetadataValue.topics")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.topics, v, "ConsumerGroupPartitionMetadataValue.topics");
        e.tags(v, |_| {});
    }
}

/// Part of [`ConsumerGroupPartitionMetadataValue`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TopicMetadata {
    pub topic_id: Uuid,
    pub topic_name: Str,
    pub num_partitions: i32,
    pub partition_metadata: Vec<PartitionMetadata>,
}

impl Wire for TopicMetadata {
    fn min_size(_: Version) -> usize {
        23
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            topic_id: d.read(v, "TopicMetadata.topic_id")?,
            topic_name: d.read(v, "TopicMetadata.topic_name")?,
            num_partitions: d.read(v, "TopicMetadata.num_partitions")?,
            partition_metadata: d.read(v, "TopicMetadata.partition_metadata")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.topic_id, v, "TopicMetadata.topic_id");
        e.write(&self.topic_name, v, "TopicMetadata.topic_name");
        e.write(&self.num_partitions, v, "TopicMetadata.num_partitions");
        e.write(&self.partition_metadata, v, "TopicMetadata.partition_metadata");
        e.tags(v, |_| {});
    }
}

/// Part of [`ConsumerGroupPartitionMetadataValue`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PartitionMetadata {
    pub partition: i32,
    pub racks: Vec<Str>,
}

impl Wire for PartitionMetadata {
    fn min_size(_: Version) -> usize {
        6
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            partition: d.read(v, "PartitionMetadata.partition")?,
            racks: d.read(v, "PartitionMetadata.racks")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.partition, v, "PartitionMetadata.partition");
        e.write(&self.racks, v, "PartitionMetadata.racks");
        e.tags(v, |_| {});
    }
}

impl Message for ConsumerGroupPartitionMetadataValue {
    const NAME: &'static str = "ConsumerGroupPartitionMetadataValue";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
