//! `ConsumerGroupCurrentMemberAssignmentValue`: generated from the schema text.

use crate::codec::prelude::*;

/// Value of the coordinator records of type 8, version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ConsumerGroupCurrentMemberAssignmentValue {
    pub member_epoch: i32,
    pub previous_member_epoch: i32,
    pub state: i8,
    pub assigned_partitions: Vec<TopicPartitions>,
    pub partitions_pending_revocation: Vec<TopicPartitions>,
}

impl Wire for ConsumerGroupCurrentMemberAssignmentValue {
    fn min_size(_: Version) -> usize {
        12
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            member_epoch: d.read(v, "ConsumerGroupCurrentMemberAssignmentValue.member_epoch")?,
            previous_member_epoch: d.read(v, "ConsumerGroupCurrentMemberAssignmentValue.previous_member_epoch")?,
            state: d.read(v, "ConsumerGroupCurrentMemberAssignmentValue.state")?,
            assigned_partitions: d.read(v, "ConsumerGroupCurrentMemberAssignmentValue.assigned_partitions")?,
            partitions_pending_revocation: d.read(v, "ConsumerGroupCurrentMemberAssignmentValue.partitions_pending_revocation")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.member_epoch, v, "ConsumerGroupCurrentMemberAssignmentValue.member_epoch");
        e.write(&self.previous_member_epoch, v, "ConsumerGroupCurrentMemberAssignmentValue.previous_member_epoch");
        e.write(&self.state, v, "ConsumerGroupCurrentMemberAssignmentValue.state");
        e.write(&self.assigned_partitions, v, "ConsumerGroupCurrentMemberAssignmentValue.assigned_partitions");
        e.write(&self.partitions_pending_revocation, v, "ConsumerGroupCurrentMemberAssignmentValue.partitions_pending_revocation");
        e.tags(v, |_| {});
    }
}

/// Part of [`ConsumerGroupCurrentMemberAssignmentValue`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TopicPartitions {
    pub topic_id: Uuid,
    pub partitions: Vec<i32>,
    pub assignment_epochs: Option<Vec<i32>>,
}

impl Default for TopicPartitions {
    fn default() -> Self {
        Self {
            topic_id: Uuid::ZERO,
            partitions: Vec::new(),
            assignment_epochs: Some(Vec::new()),
        }
    }
}

impl Wire for TopicPartitions {
    fn min_size(_: Version) -> usize {
        18
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let mut this = Self {
            topic_id: d.read(v, "TopicPartitions.topic_id")?,
            partitions: d.read(v, "TopicPartitions.partitions")?,
            assignment_epochs: Some(Vec::new()),
        };
        d.tags(v, |d, tag| {
            match tag {
                0 => this.assignment_epochs = d.read(v, "TopicPartitions.assignment_epochs")?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.topic_id, v, "TopicPartitions.topic_id");
        e.write(&self.partitions, v, "TopicPartitions.partitions");
        e.tags(v, |t| {
            t.field(0, self.assignment_epochs.as_ref().is_none_or(|x| !x.is_empty()), &self.assignment_epochs, v, "TopicPartitions.assignment_epochs");
        });
    }
}

impl Message for ConsumerGroupCurrentMemberAssignmentValue {
    const NAME: &'static str = "ConsumerGroupCurrentMemberAssignmentValue";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
