//! `StreamsGroupCurrentMemberAssignmentValue`: generated from the schema text.

use crate::codec::prelude::*;

/// Value of the coordinator records of type 22, version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct StreamsGroupCurrentMemberAssignmentValue {
    pub member_epoch: i32,
    pub previous_member_epoch: i32,
    pub state: i8,
    pub active_tasks: Vec<TaskIds>,
    pub standby_tasks: Vec<TaskIds>,
    pub warmup_tasks: Vec<TaskIds>,
    pub active_tasks_pending_revocation: Vec<TaskIds>,
    pub standby_tasks_pending_revocation: Vec<TaskIds>,
    pub warmup_tasks_pending_revocation: Vec<TaskIds>,
}

impl Wire for StreamsGroupCurrentMemberAssignmentValue {
    fn min_size(_: Version) -> usize {
        16
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            member_epoch: d.read(v, "StreamsGroupCurrentMemberAssignmentValue.member_epoch")?,
            previous_member_epoch: d.read(v, "StreamsGroupCurrentMemberAssignmentValue.previous_member_epoch")?,
            state: d.read(v, "StreamsGroupCurrentMemberAssignmentValue.state")?,
            active_tasks: d.read(v, "StreamsGroupCurrentMemberAssignmentValue.active_tasks")?,
            standby_tasks: d.read(v, "StreamsGroupCurrentMemberAssignmentValue.standby_tasks")?,
            warmup_tasks: d.read(v, "StreamsGroupCurrentMemberAssignmentValue.warmup_tasks")?,
            active_tasks_pending_revocation: d.read(v, "StreamsGroupCurrentMemberAssignmentValue.active_tasks_pending_revocation")?,
            standby_tasks_pending_revocation: d.read(v, "StreamsGroupCurrentMemberAssignmentValue.standby_tasks_pending_revocation")?,
            warmup_tasks_pending_revocation: d.read(v, "StreamsGroupCurrentMemberAssignmentValue.warmup_tasks_pending_revocation")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.member_epoch, v, "StreamsGroupCurrentMemberAssignmentValue.member_epoch");
        e.write(&self.previous_member_epoch, v, "StreamsGroupCurrentMemberAssignmentValue.previous_member_epoch");
        e.write(&self.state, v, "StreamsGroupCurrentMemberAssignmentValue.state");
        e.write(&self.active_tasks, v, "StreamsGroupCurrentMemberAssignmentValue.active_tasks");
        e.write(&self.standby_tasks, v, "StreamsGroupCurrentMemberAssignmentValue.standby_tasks");
        e.write(&self.warmup_tasks, v, "StreamsGroupCurrentMemberAssignmentValue.warmup_tasks");
        e.write(&self.active_tasks_pending_revocation, v, "StreamsGroupCurrentMemberAssignmentValue.active_tasks_pending_revocation");
        e.write(&self.standby_tasks_pending_revocation, v, "StreamsGroupCurrentMemberAssignmentValue.standby_tasks_pending_revocation");
        e.write(&self.warmup_tasks_pending_revocation, v, "StreamsGroupCurrentMemberAssignmentValue.warmup_tasks_pending_revocation");
        e.tags(v, |_| {});
    }
}

/// Part of [`StreamsGroupCurrentMemberAssignmentValue`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TaskIds {
    pub subtopology_id: Str,
    pub partitions: Vec<i32>,
    pub assignment_epochs: Option<Vec<i32>>,
}

impl Default for TaskIds {
    fn default() -> Self {
        Self {
            subtopology_id: Str::default(),
            partitions: Vec::new(),
            assignment_epochs: Some(Vec::new()),
        }
    }
}

impl Wire for TaskIds {
    fn min_size(_: Version) -> usize {
        3
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let mut this = Self {
            subtopology_id: d.read(v, "TaskIds.subtopology_id")?,
            partitions: d.read(v, "TaskIds.partitions")?,
            assignment_epochs: Some(Vec::new()),
        };
        d.tags(v, |d, tag| {
            match tag {
                0 => this.assignment_epochs = d.read(v, "TaskIds.assignment_epochs")?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.subtopology_id, v, "TaskIds.subtopology_id");
        e.write(&self.partitions, v, "TaskIds.partitions");
        e.tags(v, |t| {
            t.field(0, self.assignment_epochs.as_ref().is_none_or(|x| !x.is_empty()), &self.assignment_epochs, v, "TaskIds.assignment_epochs");
        });
    }
}

impl Message for StreamsGroupCurrentMemberAssignmentValue {
    const NAME: &'static str = "StreamsGroupCurrentMemberAssignmentValue";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
