//! `ShareGroupStatePartitionMetadataValue`: generated from the schema text.

use crate::codec::prelude::*;

/// Value of the coordinator records of type 15, version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ShareGroupStatePartitionMetadataValue {
    pub initializing_topics: Vec<TopicPartitionsInfo>,
    pub initialized_topics: Vec<TopicPartitionsInfo>,
    pub deleting_topics: Vec<TopicInfo>,
}

impl Wire for ShareGroupStatePartitionMetadataValue {
    fn min_size(_: Version) -> usize {
        4
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            initializing_topics: d.read(v, "ShareGroupStatePartitionMetadataValue.initializing_topics")?,
            initialized_topics: d.read(v, "ShareGroupStatePartitionMetadataValue.initialized_topics")?,
            deleting_topics: d.read(v, "ShareGroupStatePartitionMetadataValue.deleting_topics")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.initializing_topics, v, "ShareGroupStatePartitionMetadataValue.initializing_topics");
        e.write(&self.initialized_topics, v, "ShareGroupStatePartitionMetadataValue.initialized_topics");
        e.write(&self.deleting_topics, v, "ShareGroupStatePartitionMetadataValue.deleting_topics");
        e.tags(v, |_| {});
    }
}

/// Part of [`ShareGroupStatePartitionMetadataValue`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TopicInfo {
    pub topic_id: Uuid,
    pub topic_name: Str,
}

impl Wire for TopicInfo {
    fn min_size(_: Version) -> usize {
        18
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            topic_id: d.read(v, "TopicInfo.topic_id")?,
            topic_name: d.read(v, "TopicInfo.topic_name")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.topic_id, v, "TopicInfo.topic_id");
        e.write(&self.topic_name, v, "TopicInfo.topic_name");
        e.tags(v, |_| {});
    }
}

/// Part of [`ShareGroupStatePartitionMetadataValue`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TopicPartitionsInfo {
    pub topic_id: Uuid,
    pub topic_name: Str,
    pub partitions: Vec<i32>,
}

impl Wire for TopicPartitionsInfo {
    fn min_size(_: Version) -> usize {
        19
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            topic_id: d.read(v, "TopicPartitionsInfo.topic_id")?,
            topic_name: d.read(v, "TopicPartitionsInfo.topic_name")?,
            partitions: d.read(v, "TopicPartitionsInfo.partitions")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.topic_id, v, "TopicPartitionsInfo.topic_id");
        e.write(&self.topic_name, v, "TopicPartitionsInfo.topic_name");
        e.write(&self.partitions, v, "TopicPartitionsInfo.partitions");
        e.tags(v, |_| {});
    }
}

impl Message for ShareGroupStatePartitionMetadataValue {
    const NAME: &'static str = "ShareGroupStatePartitionMetadataValue";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
