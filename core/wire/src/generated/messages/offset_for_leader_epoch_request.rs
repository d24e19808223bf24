//! `OffsetForLeaderEpochRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the OffsetForLeaderEpoch API (key 23), versions 2 to 4.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OffsetForLeaderEpochRequest {
    pub replica_id: i32,
    pub topics: Vec<OffsetForLeaderTopic>,
}

impl Default for OffsetForLeaderEpochRequest {
    fn default() -> Self {
        Self {
            replica_id: -2,
            topics: Vec::new(),
        }
    }
}

impl Wire for OffsetForLeaderEpochRequest {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=2 => 4,
            3..=3 => 8,
            _ => 6,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            replica_id: if v.number >= 3 { d.read(v, "OffsetForLeaderEpochRequest.replica_id")? } else { -2 },
            topics: d.read(v, "OffsetForLeaderEpochRequest.topics")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        if v.number >= 3 { e.write(&self.replica_id, v, "OffsetForLeaderEpochRequest.replica_id"); }
        e.write(&self.topics, v, "OffsetForLeaderEpochRequest.topics");
        e.tags(v, |_| {});
    }
}

/// Part of [`OffsetForLeaderEpochRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct OffsetForLeaderTopic {
    pub topic: Str,
    pub partitions: Vec<OffsetForLeaderPartition>,
}

impl Wire for OffsetForLeaderTopic {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=3 => 6,
            _ => 3,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            topic: d.read(v, "OffsetForLeaderTopic.topic")?,
            partitions: d.read(v, "OffsetForLeaderTopic.partitions")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.topic, v, "OffsetForLeaderTopic.topic");
        e.write(&self.partitions, v, "OffsetForLeaderTopic.partitions");
        e.tags(v, |_| {});
    }
}

/// Part of [`OffsetForLeaderEpochRequest`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OffsetForLeaderPartition {
    pub partition: i32,
    pub current_leader_epoch: i32,
    pub leader_epoch: i32,
}

impl Default for OffsetForLeaderPartition {
    fn default() -> Self {
        Self {
            partition: 0,
            current_leader_epoch: -1,
            leader_epoch: 0,
        }
    }
}

impl Wire for OffsetForLeaderPartition {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=3 => 12,
            _ => 13,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            partition: d.read(v, "OffsetForLeaderPartition.partition")?,
            current_leader_epoch: d.read(v, "OffsetForLeaderPartition.current_leader_epoch")?,
            leader_epoch: d.read(v, "OffsetForLeaderPartition.leader_epoch")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.partition, v, "OffsetForLeaderPartition.partition");
        e.write(&self.current_leader_epoch, v, "OffsetForLeaderPartition.current_leader_epoch");
        e.write(&self.leader_epoch, v, "OffsetForLeaderPartition.leader_epoch");
        e.tags(v, |_| {});
    }
}

impl Message for OffsetForLeaderEpochRequest {
    const NAME: &'static str = "OffsetForLeaderEpochRequest";
    const VERSIONS: RangeInclusive<i16> = 2..=4;
    const FLEXIBLE_FROM: i16 = 4;
}
