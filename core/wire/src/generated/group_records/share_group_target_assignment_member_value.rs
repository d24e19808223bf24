//! `ShareGroupTargetAssignmentMemberValue`: generated from the schema text.

use crate::codec::prelude::*;

/// Value of the coordinator records of type 13, version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ShareGroupTargetAssignmentMemberValue {
    pub topic_partitions: Vec<TopicPartition>,
}

impl Wire for ShareGroupTargetAssignmentMemberValue {
    fn min_size(_: Version) -> usize {
        2
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            topic_partitions: d.read(v, "ShareGroupTargetAssignmentMemberValue.topic_partitions")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.topic_partitions, v, "ShareGroupTargetAssignmentMemberValue.topic_partitions");
        e.tags(v, |_| {});
    }
}

/// Part of [`ShareGroupTargetAssignmentMemberValue`].
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

impl Message for ShareGroupTargetAssignmentMemberValue {
    const NAME: &'static str = "ShareGroupTargetAssignmentMemberValue";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
