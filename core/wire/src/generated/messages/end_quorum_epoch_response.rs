//! `EndQuorumEpochResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the EndQuorumEpoch API (key 54), versions 0 to 1.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct EndQuorumEpochResponse {
    pub error_code: ErrorCode,
    pub topics: Vec<TopicData>,
    pub node_endpoints: Vec<NodeEndpoint>,
}

impl Wire for EndQuorumEpochResponse {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=0 => 6,
            _ => 4,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let mut this = Self {
            error_code: d.read(v, "EndQuorumEpochResponse.error_code")?,
            topics: d.read(v, "EndQuorumEpochResponse.topics")?,
            node_endpoints: Vec::new(),
        };
        d.tags(v, |d, tag| {
            match tag {
                0 => this.node_endpoints = d.read(v, "EndQuorumEpochResponse.node_endpoints")?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.error_code, v, "EndQuorumEpochResponse.error_code");
        e.write(&self.topics, v, "EndQuorumEpochResponse.topics");
        if v.number < 1 { e.absent(!self.node_endpoints.is_empty(), "EndQuorumEpochResponse.node_endpoints"); }
        e.tags(v, |t| {
            t.field(0, !self.node_endpoints.is_empty(), &self.node_endpoints, v, "EndQuorumEpochResponse.node_endpoints");
        });
    }
}

/// Part of [`EndQuorumEpochResponse`].
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

/// Part of [`EndQuorumEpochResponse`].
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

/// Part of [`EndQuorumEpochResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PartitionData {
    pub partition_index: i32,
    pub error_code: ErrorCode,
    pub leader_id: i32,
    pub leader_epoch: i32,
}

impl Wire for PartitionData {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=0 => 14,
            _ => 15,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            partition_index: d.read(v, "PartitionData.partition_index")?,
            error_code: d.read(v, "PartitionData.error_code")?,
            leader_id: d.read(v, "PartitionData.leader_id")?,
            leader_epoch: d.read(v, "PartitionData.leader_epoch")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.partition_index, v, "PartitionData.partition_index");
        e.write(&self.error_code, v, "PartitionData.error_code");
        e.write(&self.leader_id, v, "PartitionData.leader_id");
        e.write(&self.leader_epoch, v, "PartitionData.leader_epoch");
        e.tags(v, |_| {});
    }
}

impl Message for EndQuorumEpochResponse {
    const NAME: &'static str = "EndQuorumEpochResponse";
    const VERSIONS: RangeInclusive<i16> = 0..=1;
    const FLEXIBLE_FROM: i16 = 1;
}
