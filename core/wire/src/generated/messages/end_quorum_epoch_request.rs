//! `EndQuorumEpochRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the EndQuorumEpoch API (key 54), versions 0 to 1.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct EndQuorumEpochRequest {
    pub cluster_id: Option<Str>,
    pub topics: Vec<TopicData>,
    pub leader_endpoints: Vec<LeaderEndpoint>,
}

impl Wire for EndQuorumEpochRequest {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=0 => 6,
            _ => 4,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            cluster_id: d.read(v, "EndQuorumEpochRequest.cluster_id")?,
            topics: d.read(v, "EndQuorumEpochRequest.topics")?,
            leader_endpoints: if v.number >= 1 { d.read(v, "EndQuorumEpochRequest.leader_endpoints")? } else { Vec::new() },
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.cluster_id, v, "EndQuorumEpochRequest.cluster_id");
        e.write(&self.topics, v, "EndQuorumEpochRequest.topics");
        if v.number >= 1 { e.write(&self.leader_endpoints, v, "EndQuorumEpochRequest.leader_endpoints"); }
        e.tags(v, |_| {});
    }
}

/// Part of [`EndQuorumEpochRequest`].
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

/// Part of [`EndQuorumEpochRequest`].
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

/// Part of [`EndQuorumEpochRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PartitionData {
    pub partition_index: i32,
    pub leader_id: i32,
    pub leader_epoch: i32,
    pub preferred_successors: Vec<i32>,
    pub preferred_candidates: Vec<ReplicaInfo>,
}

impl Wire for PartitionData {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=0 => 16,
            _ => 14,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            partition_index: d.read(v, "PartitionData.partition_index")?,
            leader_id: d.read(v, "PartitionData.leader_id")?,
            leader_epoch: d.read(v, "PartitionData.leader_epoch")?,
            preferred_successors: if v.number <= 0 { d.read(v, "PartitionData.preferred_successors")? } else { Vec::new() },
            preferred_candidates: if v.number >= 1 { d.read(v, "PartitionData.preferred_candidates")? } else { Vec::new() },
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.partition_index, v, "PartitionData.partition_index");
        e.write(&self.leader_id, v, "PartitionData.leader_id");
        e.write(&self.leader_epoch, v, "PartitionData.leader_epoch");
        if v.number <= 0 { e.write(&self.preferred_successors, v, "PartitionData.preferred_successors"); }
        if v.number >= 1 { e.write(&self.preferred_candidates, v, "PartitionData.preferred_candidates"); }
        e.tags(v, |_| {});
    }
}

/// Part of [`EndQuorumEpochRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ReplicaInfo {
    pub candidate_id: i32,
    pub candidate_directory_id: Uuid,
}

impl Wire for ReplicaInfo {
    fn min_size(_: Version) -> usize {
        21
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            candidate_id: d.read(v, "ReplicaInfo.candidate_id")?,
            candidate_directory_id: d.read(v, "ReplicaInfo.candidate_directory_id")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.candidate_id, v, "ReplicaInfo.candidate_id");
        e.write(&self.candidate_directory_id, v, "ReplicaInfo.candidate_directory_id");
        e.tags(v, |_| {});
    }
}

impl Message for EndQuorumEpochRequest {
    const NAME: &'static str = "EndQuorumEpochRequest";
    const VERSIONS: RangeInclusive<i16> = 0..=1;
    const FLEXIBLE_FROM: i16 = 1;
}
