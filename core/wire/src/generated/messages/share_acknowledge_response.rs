//! `ShareAcknowledgeResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the ShareAcknowledge API (key 79), versions 1 to 2.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ShareAcknowledgeResponse {
    pub throttle_time_ms: i32,
    pub error_code: ErrorCode,
    pub error_message: Option<Str>,
    pub acquisition_lock_timeout_ms: i32,
    pub responses: Vec<ShareAcknowledgeTopicResponse>,
    pub node_endpoints: Vec<NodeEndpoint>,
}

impl Wire for ShareAcknowledgeResponse {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=1 => 10,
            _ => 14,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            throttle_time_ms: d.read(v, "ShareAcknowledgeResponse.throttle_time_ms")?,
            error_code: d.read(v, "ShareAcknowledgeResponse.error_code")?,
            error_message: d.read(v, "ShareAcknowledgeResponse.error_message")?,
            acquisition_lock_timeout_ms: if v.number >= 2 { d.read(v, "ShareAcknowledgeResponse.acquisition_lock_timeout_ms")? } else { 0 },
            responses: d.read(v, "ShareAcknowledgeResponse.responses")?,
            node_endpoints: d.read(v, "ShareAcknowledgeResponse.node_endpoints")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.throttle_time_ms, v, "ShareAcknowledgeResponse.throttle_time_ms");
        e.write(&self.error_code, v, "ShareAcknowledgeResponse.error_code");
        e.write(&self.error_message, v, "ShareAcknowledgeResponse.error_message");
        if v.number >= 2 { e.write(&self.acquisition_lock_timeout_ms, v, "ShareAcknowledgeResponse.acquisition_lock_timeout_ms"); }
        e.write(&self.responses, v, "ShareAcknowledgeResponse.responses");
        e.write(&self.node_endpoints, v, "ShareAcknowledgeResponse.node_endpoints");
        e.tags(v, |_| {});
    }
}

/// Part of [`ShareAcknowledgeResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct NodeEndpoint {
    pub node_id: i32,
    pub host: Str,
    pub port: i32,
    pub rack: Option<Str>,
}

impl Wire for NodeEndpoint {
    fn min_size(_: Version) -> usize {
        11
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            node_id: d.read(v, "NodeEndpoint.node_id")?,
            host: d.read(v, "NodeEndpoint.host")?,
            port: d.read(v, "NodeEndpoint.port")?,
            rack: d.read(v, "NodeEndpoint.rack")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.node_id, v, "NodeEndpoint.node_id");
        e.write(&self.host, v, "NodeEndpoint.host");
        e.write(&self.port, v, "NodeEndpoint.port");
        e.write(&self.rack, v, "NodeEndpoint.rack");
        e.tags(v, |_| {});
    }
}

/// Part of [`ShareAcknowledgeResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ShareAcknowledgeTopicResponse {
    pub topic_id: Uuid,
    pub partitions: Vec<PartitionData>,
}

impl Wire for ShareAcknowledgeTopicResponse {
    fn min_size(_: Version) -> usize {
        18
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            topic_id: d.read(v, "ShareAcknowledgeTopicResponse.topic_id")?,
            partitions: d.read(v, "ShareAcknowledgeTopicResponse.partitions")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.topic_id, v, "ShareAcknowledgeTopicResponse.topic_id");
        e.write(&self.partitions, v, "ShareAcknowledgeTopicResponse.partitions");
        e.tags(v, |_| {});
    }
}

/// Part of [`ShareAcknowledgeResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PartitionData {
    pub partition_index: i32,
    pub error_code: ErrorCode,
    pub error_message: Option<Str>,
    pub current_leader: LeaderIdAndEpoch,
}

impl Wire for PartitionData {
    fn min_size(_: Version) -> usize {
        17
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            partition_index: d.read(v, "PartitionData.partition_index")?,
            error_code: d.read(v, "PartitionData.error_code")?,
            error_message: d.read(v, "PartitionData.error_message")?,
            current_leader: d.read(v, "PartitionData.current_leader")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.partition_index, v, "PartitionData.partition_index");
        e.write(&self.error_code, v, "PartitionData.error_code");
        e.write(&self.error_message, v, "PartitionData.error_message");
        e.write(&self.current_leader, v, "PartitionData.current_leader");
        e.tags(v, |_| {});
    }
}

/// Part of [`ShareAcknowledgeResponse`].
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

impl Message for ShareAcknowledgeResponse {
    const NAME: &'static str = "ShareAcknowledgeResponse";
    const VERSIONS: RangeInclusive<i16> = 1..=2;
    const FLEXIBLE_FROM: i16 = 1;
}
