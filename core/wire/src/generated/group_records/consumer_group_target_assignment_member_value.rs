//! `ConsumerGroupTargetAssignmentMemberValue`: generated from the schema text.

use crate::codec::prelude::*;

/// Value of the coordinator records of type 7, version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ConsumerGroupTargetAssignmentMemberValue {
    pub topic_partitions: Vec<TopicPartition>,
}

impl Wire for ConsumerGroupTargetAssignmentMemberValue {
    fn min_size(_: Version) -> usize {
        2
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            topic_partitions: d.read(v, "ConsumerGroupTargetAssignmentMemberValue.topic_partitions")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.topic_partitions, v, "ConsumerGroupTargetAssignmentMemberValue.topic_partitions");
        e.tags(v, |_| {});
    }
}

/// Part of [`ConsumerGroupTargetAssignmentMemberValue`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TopicPartition {
    pub topic_id: Uuid,
    pub partitions: Vec<i32>,
}

impl Wire for TopicPartition {
    fn min_size(_: Version) -> usize {
        18
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            topic_id: d.read(v, "TopicPartition.topic_id")?,
            partitions: d.read(v, "TopicPartition.partitions")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.topic_id, v, "TopicPartition.topic_id");
        e.write(&self.partitions, v, "TopicPartition.partitions");
        e.tags(v, |_| {});
    }
}

impl Message for ConsumerGroupTargetAssignmentMemberValue {
    const NAME: &'static str = "ConsumerGroupTargetAssignmentMemberValue";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
