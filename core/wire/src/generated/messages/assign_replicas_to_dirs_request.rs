//! `AssignReplicasToDirsRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the AssignReplicasToDirs API (key 73), version 0.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AssignReplicasToDirsRequest {
    pub broker_id: i32,
    pub broker_epoch: i64,
    pub directories: Vec<DirectoryData>,
}

impl Default for AssignReplicasToDirsRequest {
    fn default() -> Self {
        Self {
            broker_id: 0,
            broker_epoch: -1,
            directories: Vec::new(),
        }
    }
}

impl Wire for AssignReplicasToDirsRequest {
    fn min_size(_: Version) -> usize {
        14
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            broker_id: d.read(v, "AssignReplicasToDirsRequest.broker_id")?,
            broker_epoch: d.read(v, "AssignReplicasToDirsRequest.broker_epoch")?,
            directories: d.read(v, "AssignReplicasToDirsRequest.directories")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.broker_id, v, "AssignReplicasToDirsRequest.broker_id");
        e.write(&self.broker_epoch, v, "AssignReplicasToDirsRequest.broker_epoch");
        e.write(&self.directories, v, "AssignReplicasToDirsRequest.directories");
        e.tags(v, |_| {});
    }
}

/// Part of [`AssignReplicasToDirsRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DirectoryData {
    pub id: Uuid,
    pub topics: Vec<TopicData>,
}

impl Wire for DirectoryData {
    fn min_size(_: Version) -> usize {
        18
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            id: d.read(v, "DirectoryData.id")?,
            topics: d.read(v, "DirectoryData.topics")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.id, v, "DirectoryData.id");
        e.write(&self.topics, v, "DirectoryData.topics");
        e.tags(v, |_| {});
    }
}

/// Part of [`AssignReplicasToDirsRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TopicData {
    pub topic_id: Uuid,
    pub partitions: Vec<PartitionData>,
}

impl Wire for TopicData {
    fn min_size(_: Version) -> usize {
        18
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            topic_id: d.read(v, "TopicData.topic_id")?,
            partitions: d.read(v, "TopicData.partitions")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.topic_id, v, "TopicData.topic_id");
        e.write(&self.partitions, v, "TopicData.partitions");
        e.tags(v, |_| {});
    }
}

/// Part of [`AssignReplicasToDirsRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PartitionData {
    pub partition_index: i32,
}

impl Wire for PartitionData {
    fn min_size(_: Version) -> usize {
        5
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            partition_index: d.read(v, "PartitionData.partition_index")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.partition_index, v, "PartitionData.partition_index");
        e.tags(v, |_| {});
    }
}

impl Message for AssignReplicasToDirsRequest {
    const NAME: &'static str = "AssignReplicasToDirsRequest";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
