//! `FetchSnapshotRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the FetchSnapshot API (key 59), versions 0 to 1.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FetchSnapshotRequest {
    pub cluster_id: Option<Str>,
    pub replica_id: i32,
    pub max_bytes: i32,
    pub topics: Vec<TopicSnapshot>,
}

impl Default for FetchSnapshotRequest {
    fn default() -> Self {
        Self {
            cluster_id: None,
            replica_id: -1,
            max_bytes: 2147483647,
            topics: Vec::new(),
        }
    }
}

impl Wire for FetchSnapshotRequest {
    fn min_size(_: Version) -> usize {
        10
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let mut this = Self {
            cluster_id: None,
            replica_id: d.read(v, "FetchSnapshotRequest.replica_id")?,
            max_bytes: d.read(v, "FetchSnapshotRequest.max_bytes")?,
            topics: d.read(v, "FetchSnapshotRequest.topics")?,
        };
        d.tags(v, |d, tag| {
            match tag {
                0 => this.cluster_id = d.read(v, "FetchSnapshotRequest.cluster_id")?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.replica_id, v, "FetchSnapshotRequest.replica_id");
        e.write(&self.max_bytes, v, "FetchSnapshotRequest.max_bytes");
        e.write(&self.topics, v, "FetchSnapshotRequest.topics");
        e.tags(v, |t| {
            t.field(0, self.cluster_id.is_some(), &self.cluster_id, v, "FetchSnapshotRequest.cluster_id");
        });
    }
}

/// Part of [`FetchSnapshotRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TopicSnapshot {
    pub name: Str,
    pub partitions: Vec<PartitionSnapshot>,
}

impl Wire for TopicSnapshot {
    fn min_size(_: Version) -> usize {
        3
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            name: d.read(v, "TopicSnapshot.name")?,
            partitions: d.read(v, "TopicSnapshot.partitions")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.name, v, "TopicSnapshot.name");
        e.write(&self.partitions, v, "TopicSnapshot.partitions");
        e.tags(v, |_| {});
    }
}

/// Part of [`FetchSnapshotRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PartitionSnapshot {
    pub partition: i32,
    pub current_leader_epoch: i32,
    pub snapshot_id: SnapshotId,
    pub position: i64,
    pub replica_directory_id: Uuid,
}

impl Wire for PartitionSnapshot {
    fn min_size(_: Version) -> usize {
        30
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let mut this = Self {
            partition: d.read(v, "PartitionSnapshot.partition")?,
            current_leader_epoch: d.read(v, "PartitionSnapshot.current_leader_epoch")?,
            snapshot_id: d.read(v, "PartitionSnapshot.snapshot_id")?,
            position: d.read(v, "PartitionSnapshot.position")?,
            replica_directory_id: Uuid::ZERO,
        };
        d.tags(v, |d, tag| {
            match tag {
                0 if v.number >= 1 => this.replica_directory_id = d.read(v, "PartitionSnapshot.replica_directory_id")?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.partition, v, "PartitionSnapshot.partition");
        e.write(&self.current_leader_epoch, v, "PartitionSnapshot.current_leader_epoch");
        e.write(&self.snapshot_id, v, "PartitionSnapshot.snapshot_id");
        e.write(&self.position, v, "PartitionSnapshot.position");
        e.tags(v, |t| {
            t.field(0, v.number >= 1 && self.replica_directory_id != Uuid::ZERO, &self.replica_directory_id, v, "PartitionSnapshot.replica_directory_id");
        });
    }
}

/// Part of [`FetchSnapshotRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct SnapshotId {
    pub end_offset: i64,
    pub epoch: i32,
}

impl Wire for SnapshotId {
    fn min_size(_: Version) -> usize {
        13
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            end_offset: d.read(v, "SnapshotId.end_offset")?,
            epoch: d.read(v, "SnapshotId.epoch")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.end_offset, v, "SnapshotId.end_offset");
        e.write(&self.epoch, v, "SnapshotId.epoch");
        e.tags(v, |_| {});
    }
}

impl Message for FetchSnapshotRequest {
    const NAME: &'static str = "FetchSnapshotRequest";
    const VERSIONS: RangeInclusive<i16> = 0..=1;
    const FLEXIBLE_FROM: i16 = 0;
}
