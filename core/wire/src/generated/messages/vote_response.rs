//! `VoteResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the Vote API (key 52), versions 0 to 2.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct VoteResponse {
    pub error_code: ErrorCode,
    pub topics: Vec<TopicData>,
    pub node_endpoints: Vec<NodeEndpoint>,
}

impl Wire for VoteResponse {
    fn min_size(_: Version) -> usize {
        4
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let mut this = Self {
            error_code: d.read(v, "VoteResponse.error_code")?,
            topics: d.read(v, "VoteResponse.topics")?,
            node_endpoints: Vec::new(),
        };
        d.tags(v, |d, tag| {
            match tag {
                0 if v.number >= 1 => this.node_endpoints = d.read(v, "VoteResponse.node_endpoints")?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.error_code, v, "VoteResponse.error_code");
        e.write(&self.topics, v, "VoteResponse.topics");
        if v.number < 1 { e.absent(!self.node_endpoints.is_empty(), "VoteResponse.node_endpoints"); }
        e.tags(v, |t| {
            t.field(0, v.number >= 1 && !self.node_endpoints.is_empty(), &self.node_endpoints, v, "VoteResponse.node_endpoints");
        });
    }
}

/// Part of [`VoteResponse`].
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

/// Part of [`VoteResponse`].
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

/// Part of [`VoteResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PartitionData {
    pub partition_index: i32,
    pub error_code: ErrorCode,
    pub leader_id: i32,
    pub leader_epoch: i32,
    pub vote_granted: bool,
}

impl Wire for PartitionData {
    fn min_size(_: Version) -> usize {
        16
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            partition_index: d.read(v, "PartitionData.partition_index")?,
            error_code: d.read(v, "PartitionData.error_code")?,
            leader_id: d.read(v, "PartitionData.leader_id")?,
            leader_epoch: d.read(v, "PartitionData.leader_epoch")?,
            vote_granted: d.read(v, "PartitionData.vote_granted")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.partition_index, v, "PartitionData.partition_index");
        e.write(&self.error_code, v, "PartitionData.error_code");
        e.write(&self.leader_id, v, "PartitionData.leader_id");
        e.write(&self.leader_epoch, v, "PartitionData.leader_epoch");
        e.write(&self.vote_granted, v, "PartitionData.vote_granted");
        e.tags(v, |_| {});
    }
}

impl Message for VoteResponse {
    const NAME: &'static str = "VoteResponse";
    const VERSIONS: RangeInclusive<i16> = 0..=2;
    const FLEXIBLE_FROM: i16 = 0;
}
