//! `ShareGroupCurrentMemberAssignmentValue`: generated from the schema text.

use crate::codec::prelude::*;

/// Value of the coordinator records of type 14, version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ShareGroupCurrentMemberAssignmentValue {
    pub member_epoch: i32,
    pub previous_member_epoch: i32,
    pub state: i8,
    pub assigned_partitions: Vec<TopicPartitions>,
}

impl Wire for ShareGroupCurrentMemberAssignmentValue {
    fn min_size(_: Version) -> usize {
        11
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            member_epoch: d.read(v, "ShareGroupCurrentMemberAssignmentValue.member_epoch")?,
            previous_member_epoch: d.read(v, "ShareGroupCurrentMemberAssignmentValue.previous_member_epoch")?,
            state: d.read(v, "ShareGroupCurrentMemberAssignmentValue.state")?,
            assigned_partitions: d.read(v, "ShareGroupCurrentMemberAssignmentValue.assigned_partitions")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.member_epoch, v, "ShareGroupCurrentMemberAssignmentValue.member_epoch");
        e.write(&self.previous_member_epoch, v, "ShareGroupCurrentMemberAssignmentValue.previous_member_epoch");
        e.write(&self.state, v, "ShareGroupCurrentMemberAssignmentValue.state");
        e.write(&self.assigned_partitions, v, "ShareGroupCurrentMemberAssignmentValue.assigned_partitions");
        e.tags(v, |_| {});
    }
}

/// Part of [`ShareGroupCurrentMemberAssignmentValue`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TopicPartitions {
    pub topic_id: Uuid,
    pub partitions: Vec<i32>,
}

impl Wire for TopicPartitions {
    fn min_size(_: Version) -> usize {
        18
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            topic_id: d.read(v, "TopicPartitions.topic_id")?,
            partitions: d.read(v, "TopicPartitions.partitions")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.topic_id, v, "TopicPartitions.topic_id");
        e.write(&self.partitions, v, "TopicPartitions.partitions");
        e.tags(v, |_| {});
    }
}

impl Message for ShareGroupCurrentMemberAssignmentValue {
    const NAME: &'static str = "ShareGroupCurrentMemberAssignmentValue";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
