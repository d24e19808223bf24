//! `VoteRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the Vote API (key 52), versions 0 to 2.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct VoteRequest {
    pub cluster_id: Option<Str>,
    pub voter_id: i32,
    pub topics: Vec<TopicData>,
}

impl Default for VoteRequest {
    fn default() -> Self {
        Self {
            cluster_id: None,
            voter_id: -1,
            topics: Vec::new(),
        }
    }
}

impl Wire for VoteRequest {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=0 => 3,
            _ => 7,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            cluster_id: d.read(v, "VoteRequest.cluster_id")?,
            voter_id: if v.number >= 1 { d.read(v, "VoteRequest.voter_id")? } else { -1 },
            topics: d.read(v, "VoteRequest.topics")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.cluster_id, v, "VoteRequest.cluster_id");
        if v.number >= 1 { e.write(&self.voter_id, v, "VoteRequest.voter_id"); }
        e.write(&self.topics, v, "VoteRequest.topics");
        e.tags(v, |_| {});
    }
}

/// Part of [`VoteRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TopicData {
    pub topic_name: Str,
    pub partitions: Vec<PartitionData>,
}

impl Wire for TopicData {
    fn min_size(_: Version) -> usize {
        3
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            topic_name: d.read(v, "TopicData.topic_name")?,
            partitions: d.read(v, "TopicData.partitions")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.topic_name, v, "TopicData.topic_name");
        e.write(&self.partitions, v, "TopicData.partitions");
        e.tags(v, |_| {});
    }
}

/// Part of [`VoteRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PartitionData {
    pub partition_index: i32,
    pub replica_epoch: i32,
    pub replica_id: i32,
    pub replica_directory_id: Uuid,
    pub voter_directory_id: Uuid,
    pub last_offset_epoch: i32,
    pub last_offset: i64,
    pub pre_vote: bool,
}

impl Wire for PartitionData {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=0 => 25,
            1..=1 => 57,
            _ => 58,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            partition_index: d.read(v, "PartitionData.partition_index")?,
            replica_epoch: d.read(v, "PartitionData.replica_epoch")?,
            replica_id: d.read(v, "PartitionData.replica_id")?,
            replica_directory_id: if v.number >= 1 { d.read(v, "PartitionData.replica_directory_id")? } else { Uuid::ZERO },
            voter_directory_id: if v.number >= 1 { d.read(v, "PartitionData.voter_directory_id")? } else { Uuid::ZERO },
            last_offset_epoch: d.read(v, "PartitionData.last_offset_epoch")?,
            last_offset: d.read(v, "PartitionData.last_offset")?,
            pre_vote: if v.number >= 2 { d.read(v, "PartitionData.pre_vote")? } else { false },
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.partition_index, v, "PartitionData.partition_index");
        e.write(&self.replica_epoch, v, "PartitionData.replica_epoch");
        e.write(&self.replica_id, v, "PartitionData.replica_id");
        if v.number >= 1 { e.write(&self.replica_directory_id, v, "PartitionData.replica_directory_id"); }
        if v.number >= 1 { e.write(&self.voter_directory_id, v, "PartitionData.voter_directory_id"); }
        e.write(&self.last_offset_epoch, v, "PartitionData.last_offset_epoch");
        e.write(&self.last_offset, v, "PartitionData.last_offset");
        if v.number >= 2 { e.write(&self.pre_vote, v, "PartitionData.pre_vote"); } else { e.absent(self.pre_vote, "PartitionData.pre_vote"); }
        e.tags(v, |_| {});
    }
}

impl Message for VoteRequest {
    const NAME: &'static str = "VoteRequest";
    const VERSIONS: RangeInclusive<i16> = 0..=2;
    const FLEXIBLE_FROM: i16 = 0;
}
