//! `FetchSnapshotResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the FetchSnapshot API (key 59), versions 0 to 1.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct FetchSnapshotResponse {
    pub throttle_time_ms: i32,
    pub error_code: ErrorCode,
    pub topics: Vec<TopicSnapshot>,
    pub node_endpoints: Vec<NodeEndpoint>,
}

impl Wire for FetchSnapshotResponse {
    fn min_size(_: Version) -> usize {
        8
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let mut this = Self {
            throttle_time_ms: d.read(v, "FetchSnapshotResponse.throttle_time_ms")?,
            error_code: d.read(v, "FetchSnapshotResponse.error_code")?,
            topics: d.read(v, "FetchSnapshotResponse.topics")?,
            node_endpoints: Vec::new(),
        };
        d.tags(v, |d, tag| {
            match tag {
                0 if v.number >= 1 => this.node_endpoints = d.read(v, "FetchSnapshotResponse.node_endpoints")?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.throttle_time_ms, v, "FetchSnapshotResponse.throttle_time_ms");
        e.write(&self.error_code, v, "FetchSnapshotResponse.error_code");
        e.write(&self.topics, v, "FetchSnapshotResponse.topics");
        if v.number < 1 { e.absent(!self.node_endpoints.is_empty(), "FetchSnapshotResponse.node_endpoints"); }
        e.tags(v, |t| {
            t.field(0, v.number >= 1 && !self.node_endpoints.is_empty(), &self.node_endpoints, v, "FetchSnapshotResponse.node_endpoints");
        });
    }
}

/// Part of [`FetchSnapshotResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct NodeEndpoint {
    pub node_id: i32,
    pub host: Str,
    pub port: u16,
}

impl Wire for NodeEndpoint {
    fn min_size(_: Version) -> usize {
        8
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            node_id: d.read(v, "NodeEndpoint.node_id")?,
            host: d.read(v, "NodeEndpoint.host")?,
            port: d.read(v, "NodeEndpoint.port")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.node_id, v, "NodeEndpoint.node_id");
        e.write(&self.host, v, "NodeEndpoint.host");
        e.write(&self.port, v, "NodeEndpoint.port");
        e.tags(v, |_| {});
    }
}

/// Part of [`FetchSnapshotResponse`].
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

/// Part of [`FetchSnapshotResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PartitionSnapshot {
    pub index: i32,
    pub error_code: ErrorCode,
    pub snapshot_id: SnapshotId,
    pub current_leader: LeaderIdAndEpoch,
    pub size: i64,
    pub position: i64,
    pub unaligned_records: Records,
}

impl Wire for PartitionSnapshot {
    fn min_size(_: Version) -> usize {
        37
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let mut this = Self {
            index: d.read(v, "PartitionSnapshot.index")?,
            error_code: d.read(v, "PartitionSnapshot.error_code")?,
            snapshot_id: d.read(v, "PartitionSnapshot.snapshot_id")?,
            current_leader: LeaderIdAndEpoch::default(),
            size: d.read(v, "PartitionSnapshot.size")?,
            position: d.read(v, "PartitionSnapshot.position")?,
            unaligned_records: d.read(v, "PartitionSnapshot.unaligned_records")?,
        };
        d.tags(v, |d, tag| {
            match tag {
                0 => this.current_leader = d.read(v, "PartitionSnapshot.current_leader")?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.index, v, "PartitionSnapshot.index");
        e.write(&self.error_code, v, "PartitionSnapshot.error_code");
        e.write(&self.snapshot_id, v, "PartitionSnapshot.snapshot_id");
        e.write(&self.size, v, "PartitionSnapshot.size");
        e.write(&self.position, v, "PartitionSnapshot.position");
        e.write(&self.unaligned_records, v, "PartitionSnapshot.unaligned_records");
        e.tags(v, |t| {
            t.field(0, self.current_leader != LeaderIdAndEpoch::default(), &self.current_leader, v, "PartitionSnapshot.current_leader");
        });
    }
}

/// Part of [`FetchSnapshotResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct LeaderIdAndEpoch {
    pub leader_id: i32,
    pub leader_epoch: i32,
}

impl Wire for LeaderIdAndEpoch {
    fn min_size(_: Version) -> usize {
        9
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            leader_id: d.read(v, "LeaderIdAndEpoch.leader_id")?,
            leader_epoch: d.read(v, "LeaderIdAndEpoch.leader_epoch")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.leader_id, v, "LeaderIdAndEpoch.leader_id");
        e.write(&self.leader_epoch, v, "LeaderIdAndEpoch.leader_epoch");
        e.tags(v, |_| {});
    }
}

/// Part of [`FetchSnapshotResponse`].
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

impl Message for FetchSnapshotResponse {
    const NAME: &'static str = "FetchSnapshotResponse";
    const VERSIONS: RangeInclusive<i16> = 0..=1;
    const FLEXIBLE_FROM: i16 = 0;
}
