//! `TxnOffsetCommitRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the TxnOffsetCommit API (key 28), versions 0 to 5.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TxnOffsetCommitRequest {
    pub transactional_id: Str,
    pub group_id: Str,
    pub producer_id: i64,
    pub producer_epoch: i16,
    pub generation_id: i32,
    pub member_id: Str,
    pub group_instance_id: Option<Str>,
    pub topics: Vec<TxnOffsetCommitRequestTopic>,
}

impl Default for TxnOffsetCommitRequest {
    fn default() -> Self {
        Self {
            transactional_id: Str::default(),
            group_id: Str::default(),
            producer_id: 0,
            producer_epoch: 0,
            generation_id: -1,
            member_id: Str::default(),
            group_instance_id: None,
            topics: Vec::new(),
        }
    }
}

impl Wire for TxnOffsetCommitRequest {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=2 => 18,
            _ => 20,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            transactional_id: d.read(v, "TxnOffsetCommitRequest.transactional_id")?,
            group_id: d.read(v, "TxnOffsetCommitRequest.group_id")?,
            producer_id: d.read(v, "TxnOffsetCommitRequest.producer_id")?,
            producer_epoch: d.read(v, "TxnOffsetCommitRequest.producer_epoch")?,
            generation_id: if v.number >= 3 { d.read(v, "TxnOffsetCommitRequest.generation_id")? } else { -1 },
            member_id: if v.number >= 3 { d.read(v, "TxnOffsetCommitRequest.member_id")? } else { Str::default() },
            group_instance_id: if v.number >= 3 { d.read(v, "TxnOffsetCommitRequest.group_instance_id")? } else { None },
            topics: d.read(v, "TxnOffsetCommitRequest.topics")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.transactional_id, v, "TxnOffsetCommitRequest.transactional_id");
        e.write(&self.group_id, v, "TxnOffsetCommitRequest.group_id");
        e.write(&self.producer_id, v, "TxnOffsetCommitRequest.producer_id");
        e.write(&self.producer_epoch, v, "TxnOffsetCommitRequest.producer_epoch");
        if v.number >= 3 { e.write(&self.generation_id, v, "TxnOffsetCommitRequest.generation_id"); } else { e.absent(self.generation_id != -1, "TxnOffsetCommitRequest.generation_id"); }
        if v.number >= 3 { e.write(&self.member_id, v, "TxnOffsetCommitRequest.member_id"); } else { e.absent(!self.member_id.is_empty(), "TxnOffsetCommitRequest.member_id"); }
        if v.number >= 3 { e.write(&self.group_instance_id, v, "TxnOffsetCommitRequest.group_instance_id"); } else { e.absent(self.group_instance_id.is_some(), "TxnOffsetCommitRequest.group_instance_id"); }
        e.write(&self.topics, v, "TxnOffsetCommitRequest.topics");
        e.tags(v, |_| {});
    }
}

/// Part of [`TxnOffsetCommitRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TxnOffsetCommitRequestTopic {
    pub name: Str,
    pub partitions: Vec<TxnOffsetCommitRequestPartition>,
}

impl Wire for TxnOffsetCommitRequestTopic {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=2 => 6,
            _ => 3,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            name: d.read(v, "TxnOffsetCommitRequestTopic.name")?,
            partitions: d.read(v, "TxnOffsetCommitRequestTopic.partitions")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.name, v, "TxnOffsetCommitRequestTopic.name");
        e.write(&self.partitions, v, "TxnOffsetCommitRequestTopic.partitions");
        e.tags(v, |_| {});
    }
}

/// Part of [`TxnOffsetCommitRequest`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TxnOffsetCommitRequestPartition {
    pub partition_index: i32,
    pub committed_offset: i64,
    pub committed_leader_epoch: i32,
    pub committed_metadata: Option<Str>,
}

impl Default for TxnOffsetCommitRequestPartition {
    fn default() -> Self {
        Self {
            partition_index: 0,
            committed_offset: 0,
            committed_leader_epoch: -1,
            committed_metadata: Some(Str::default()),
        }
    }
}

impl Wire for TxnOffsetCommitRequestPartition {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=1 => 14,
            _ => 18,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            partition_index: d.read(v, "TxnOffsetCommitRequestPartition.partition_index")?,
            committed_offset: d.read(v, "TxnOffsetCommitRequestPartition.committed_offset")?,
            committed_leader_epoch: if v.number >= 2 { d.read(v, "TxnOffsetCommitRequestPartition.committed_leader_epoch")? } else { -1 },
            committed_metadata: d.read(v, "TxnOffsetCommitRequestPartition.committed_metadata")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.partition_index, v, "TxnOffsetCommitRequestPartition.partition_index");
        e.write(&self.committed_offset, v, "TxnOffsetCommitRequestPartition.committed_offset");
        if v.number >= 2 { e.write(&self.committed_leader_epoch, v, "TxnOffsetCommitRequestPartition.committed_leader_epoch"); }
        e.write(&self.committed_metadata, v, "TxnOffsetCommitRequestPartition.committed_metadata");
        e.tags(v, |_| {});
    }
}

impl Message for TxnOffsetCommitRequest {
    const NAME: &'static str = "TxnOffsetCommitRequest";
    const VERSIONS: RangeInclusive<i16> = 0..=5;
    const FLEXIBLE_FROM: i16 = 3;
}
