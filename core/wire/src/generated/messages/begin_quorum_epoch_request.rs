//! `BeginQuorumEpochRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the BeginQuorumEpoch API (key 53), versions 0 to 1.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BeginQuorumEpochRequest {
    pub cluster_id: Option<Str>,
    pub voter_id: i32,
    pub topics: Vec<TopicData>,
    pub leader_endpoints: Vec<LeaderEndpoint>,
}

impl Default for BeginQuorumEpochRequest {
    fn default() -> Self {
        Self {
            cluster_id: None,
            voter_id: -1,
            topics: Vec::new(),
            leader_endpoints: Vec::new(),
        }
    }
}

impl Wire for BeginQuorumEpochRequest {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=0 => 6,
            _ => 8,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            cluster_id: d.read(v, "BeginQuorumEpochRequest.cluster_id")?,
            voter_id: if v.number >= 1 { d.read(v, "BeginQuorumEpochRequest.voter_id")? } else { -1 },
            topics: d.read(v, "BeginQuorumEpochRequest.topics")?,
            leader_endpoints: if v.number >= 1 { d.read(v, "BeginQuorumEpochRequest.leader_endpoints")? } else { Vec::new() },
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.cluster_id, v, "BeginQuorumEpochRequest.cluster_id");
        if v.number >= 1 { e.write(&self.voter_id, v, "BeginQuorumEpochRequest.voter_id"); }
        e.write(&self.topics, v, "BeginQuorumEpochRequest.topics");
        if v.number >= 1 { e.write(&self.leader_endpoints, v, "BeginQuorumEpochRequest.leader_endpoints"); }
        e.tags(v, |_| {});
    }
}

/// Part of [`BeginQuorumEpochRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct LeaderEndpoint {
    pub name: Str,
    pub host: Str,
    pub port: u16,
}

impl Wire for LeaderEndpoint {
    fn min_size(_: Version) -> usize {
        5
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            name: d.read(v, "LeaderEndpoint.name")?,
            host: d.read(v, "LeaderEndpoint.host")?,
            port: d.read(v, "LeaderEndpoint.port")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.name, v, "LeaderEndpoint.name");
        e.write(&self.host, v, "LeaderEndpoint.host");
        e.write(&self.port, v, "LeaderEndpoint.port");
        e.tags(v, |_| {});
    }
}

/// Part of [`BeginQuorumEpochRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TopicData {
    pub topic_name: Str,
    pub partitions: Vec<PartitionData>,
}

impl Wire for TopicData {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=0 => 6,
            _ => 3,
        }
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

/// Part of [`BeginQuorumEpochRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PartitionData {
    pub partition_index: i32,
    pub voter_directory_id: Uuid,
    pub leader_id: i32,
    pub leader_epoch: i32,
}

impl Wire for PartitionData {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=0 => 12,
            _ => 29,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            partition_index: d.read(v, "PartitionData.partition_index")?,
            voter_directory_id: if v.number >= 1 { d.read(v, "PartitionData.voter_directory_id")? } else { Uuid::ZERO },
            leader_id: d.read(v, "PartitionData.leader_id")?,
            leader_epoch: d.read(v, "PartitionData.leader_epoch")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.partition_index, v, "PartitionData.partition_index");
        if v.number >= 1 { e.write(&self.voter_directory_id, v, "PartitionData.voter_directory_id"); }
        e.write(&self.leader_id, v, "PartitionData.leader_id");
        e.write(&self.leader_epoch, v, "PartitionData.leader_epoch");
        e.tags(v, |_| {});
    }
}

impl Message for BeginQuorumEpochRequest {
    const NAME: &'static str = "BeginQuorumEpochRequest";
    const VERSIONS: RangeInclusive<i16> = 0..=1;
    const FLEXIBLE_FROM: i16 = 1;
}
