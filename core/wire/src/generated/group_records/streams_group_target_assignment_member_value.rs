//! `StreamsGroupTargetAssignmentMemberValue`: generated from the schema text.

use crate::codec::prelude::*;

/// Value of the coordinator records of type 21, version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct StreamsGroupTargetAssignmentMemberValue {
    pub active_tasks: Vec<TaskIds>,
    pub standby_tasks: Vec<TaskIds>,
    pub warmup_tasks: Vec<TaskIds>,
}

impl Wire for StreamsGroupTargetAssignmentMemberValue {
    fn min_size(_: Version) -> usize {
        4
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            active_tasks: d.read(v, "StreamsGroupTargetAssignmentMemberValue.active_tasks")?,
            standby_tasks: d.read(v, "StreamsGroupTargetAssignmentMemberValue.standby_tasks")?,
            warmup_tasks: d.read(v, "StreamsGroupTargetAssignmentMemberValue.warmup_tasks")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.active_tasks, v, "StreamsGroupTargetAssignmentMemberValue.active_tasks");
        e.write(&self.standby_tasks, v, "StreamsGroupTargetAssignmentMemberValue.standby_tasks");
        e.write(&self.warmup_tasks, v, "StreamsGroupTargetAssignmentMemberValue.warmup_tasks");
        e.tags(v, |_| {});
    }
}

/// Part of [`StreamsGroupTargetAssignmentMemberValue`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TaskIds {
    pub subtopology_id: Str,
    pub partitions: Vec<i32>,
}

impl Wire for TaskIds {
    fn min_size(_: Version) -> usize {
        3
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            subtopology_id: d.read(v, "TaskIds.subtopology_id")?,
            partitions: d.read(v, "TaskIds.partitions")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.subtopology_id, v, "TaskIds.subtopology_id");
        e.write(&self.partitions, v, "TaskIds.partitions");
        e.tags(v, |_| {});
    }
}

impl Message for StreamsGroupTargetAssignmentMemberValue {
    const NAME: &'static str = "StreamsGroupTargetAssignmentMemberValue";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
