//! `OffsetCommitRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the OffsetCommit API (key 8), versions 2 to 10.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OffsetCommitRequest {
    pub group_id: Str,
    pub generation_id_or_member_epoch: i32,
    pub member_id: Str,
    pub group_instance_id: Option<Str>,
    pub retention_time_ms: i64,
    pub topics: Vec<OffsetCommitRequestTopic>,
}

impl Default for OffsetCommitRequest {
    fn default() -> Self {
        Self {
            group_id: Str::default(),
            generation_id_or_member_epoch: -1,
            member_id: Str::default(),
            group_instance_id: None,
            retention_time_ms: -1,
            topics: Vec::new(),
        }
    }
}

impl Wire for OffsetCommitRequest {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=4 => 20,
            5..=6 => 12,
            7..=7 => 14,
            _ => 9,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            group_id: d.read(v, "OffsetCommitRequest.group_id")?,
            generation_id_or_member_epoch: d.read(v, "OffsetCommitRequest.generation_id_or_member_epoch")?,
            member_id: d.read(v, "OffsetCommitRequest.member_id")?,
            group_instance_id: if v.number >= 7 { d.read(v, "OffsetCommitRequest.group_instance_id")? } else { None },
            retention_time_ms: if v.number <= 4 { d.read(v, "OffsetCommitRequest.retention_time_ms")? } else { -1 },
            topics: d.read(v, "OffsetCommitRequest.topics")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.group_id, v, "OffsetCommitRequest.group_id");
        e.write(&self.generation_id_or_member_epoch, v, "OffsetCommitRequest.generation_id_or_member_epoch");
        e.write(&self.member_id, v, "OffsetCommitRequest.member_id");
        if v.number >= 7 { e.write(&self.group_instance_id, v, "OffsetCommitRequest.group_instance_id"); } else { e.absent(self.group_instance_id.is_some(), "OffsetCommitRequest.group_instance_id"); }
        if v.number <= 4 { e.write(&self.retention_time_ms, v, "OffsetCommitRequest.retention_time_ms"); }
        e.write(&self.topics, v, "OffsetCommitRequest.topics");
        e.tags(v, |_| {});
    }
}

/// Part of [`OffsetCommitRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct OffsetCommitRequestTopic {
    pub name: Str,
    pub topic_id: Uuid,
    pub partitions: Vec<OffsetCommitRequestPartition>,
}

impl Wire for OffsetCommitRequestTopic {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=7 => 6,
            8..=9 => 3,
            _ => 18,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            name: if v.number <= 9 { d.read(v, "OffsetCommitRequestTopic.name")? } else { Str::default() },
            topic_id: if v.number >= 10 { d.read(v, "OffsetCommitRequestTopic.topic_id")? } else { Uuid::ZERO },
            partitions: d.read(v, "OffsetCommitRequestTopic.partitions")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        if v.number <= 9 { e.write(&self.name, v, "OffsetCommitRequestTopic.name"); }
        if v.number >= 10 { e.write(&self.topic_id, v, "OffsetCommitRequestTopic.topic_id"); }
        e.write(&self.partitions, v, "OffsetCommitRequestTopic.partitions");
        e.tags(v, |_| {});
    }
}

/// Part of [`OffsetCommitRequest`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OffsetCommitRequestPartition {
    pub partition_index: i32,
    pub committed_offset: i64,
    pub committed_leader_epoch: i32,
    pub committed_metadata: Option<Str>,
}

impl Default for OffsetCommitRequestPartition {
    fn default() -> Self {
        Self {
            partition_index: 0,
            committed_offset: 0,
            committed_leader_epoch: -1,
            committed_metadata: Some(Str::default()),
        }
    }
}

impl Wire for OffsetCommitRequestPartition {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=5 => 14,
            _ => 18,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            partition_index: d.read(v, "OffsetCommitRequestPartition.partition_index")?,
            committed_offset: d.read(v, "OffsetCommitRequestPartition.committed_offset")?,
            committed_leader_epoch: if v.number >= 6 { d.read(v, "OffsetCommitRequestPartition.committed_leader_epoch")? } else { -1 },
            committed_metadata: d.read(v, "OffsetCommitRequestPartition.committed_metadata")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.partition_index, v, "OffsetCommitRequestPartition.partition_index");
        e.write(&self.committed_offset, v, "OffsetCommitRequestPartition.committed_offset");
        if v.number >= 6 { e.write(&self.committed_leader_epoch, v, "OffsetCommitRequestPartition.committed_leader_epoch"); }
        e.write(&self.committed_metadata, v, "OffsetCommitRequestPartition.committed_metadata");
        e.tags(v, |_| {});
    }
}

impl Message for OffsetCommitRequest {
    const NAME: &'static str = "OffsetCommitRequest";
    const VERSIONS: RangeInclusive<i16> = 2..=10;
    const FLEXIBLE_FROM: i16 = 8;
}
