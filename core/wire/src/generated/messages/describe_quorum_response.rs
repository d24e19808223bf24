//! `DescribeQuorumResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the DescribeQuorum API (key 55), versions 0 to 2.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DescribeQuorumResponse {
    pub error_code: ErrorCode,
    pub error_message: Option<Str>,
    pub topics: Vec<TopicData>,
    pub nodes: Vec<Node>,
}

impl Default for DescribeQuorumResponse {
    fn default() -> Self {
        Self {
            error_code: ErrorCode::NONE,
            error_message: Some(Str::default()),
            topics: Vec::new(),
            nodes: Vec::new(),
        }
    }
}

impl Wire for DescribeQuorumResponse {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=1 => 4,
            _ => 6,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            error_code: d.read(v, "DescribeQuorumResponse.error_code")?,
            error_message: if v.number >= 2 { d.read(v, "DescribeQuorumResponse.error_message")? } else { Some(Str::default()) },
            topics: d.read(v, "DescribeQuorumResponse.topics")?,
            nodes: if v.number >= 2 { d.read(v, "DescribeQuorumResponse.nodes")? } else { Vec::new() },
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.error_code, v, "DescribeQuorumResponse.error_code");
        if v.number >= 2 { e.write(&self.error_message, v, "DescribeQuorumResponse.error_message"); }
        e.write(&self.topics, v, "DescribeQuorumResponse.topics");
        if v.number >= 2 { e.write(&self.nodes, v, "DescribeQuorumResponse.nodes"); } else { e.absent(!self.nodes.is_empty(), "DescribeQuorumResponse.nodes"); }
        e.tags(v, |_| {});
    }
}

/// Part of [`DescribeQuorumResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Node {
    pub node_id: i32,
    pub listeners: Vec<Listener>,
}

impl Wire for Node {
    fn min_size(_: Version) -> usize {
        6
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            node_id: d.read(v, "Node.node_id")?,
            listeners: d.read(v, "Node.listeners")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.node_id, v, "Node.node_id");
        e.write(&self.listeners, v, "Node.listeners");
        e.tags(v, |_| {});
    }
}

/// Part of [`DescribeQuorumResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Listener {
    pub name: Str,
    pub host: Str,
    pub port: u16,
}

impl Wire for Listener {
    fn min_size(_: Version) -> usize {
        5
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            name: d.read(v, "Listener.name")?,
            host: d.read(v, "Listener.host")?,
            port: d.read(v, "Listener.port")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.name, v, "Listener.name");
        e.write(&self.host, v, "Listener.host");
        e.write(&self.port, v, "Listener.port");
        e.tags(v, |_| {});
    }
}

/// Part of [`DescribeQuorumResponse`].
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

/// Part of [`DescribeQuorumResponse`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PartitionData {
    pub partition_index: i32,
    pub error_code: ErrorCode,
    pub error_message: Option<Str>,
    pub leader_id: i32,
    pub leader_epoch: i32,
    pub high_watermark: i64,
    pub current_voters: Vec<ReplicaState>,
    pub observers: Vec<ReplicaState>,
}

impl Default for PartitionData {
    fn default() -> Self {
        Self {
            partition_index: 0,
            error_code: ErrorCode::NONE,
            error_message: Some(Str::default()),
            leader_id: 0,
            leader_epoch: 0,
            high_watermark: 0,
            current_voters: Vec::new(),
            observers: Vec::new(),
        }
    }
}

impl Wire for PartitionData {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=1 => 25,
            _ => 26,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            partition_index: d.read(v, "PartitionData.partition_index")?,
            error_code: d.read(v, "PartitionData.error_code")?,
            error_message: if v.number >= 2 { d.read(v, "PartitionData.error_message")? } else { Some(Str::default()) },
            leader_id: d.read(v, "PartitionData.leader_id")?,
            leader_epoch: d.read(v, "PartitionData.leader_epoch")?,
            high_watermark: d.read(v, "PartitionData.high_watermark")?,
            current_voters: d.read(v, "PartitionData.current_voters")?,
            observers: d.read(v, "PartitionData.observers")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.partition_index, v, "PartitionData.partition_index");
        e.write(&self.error_code, v, "PartitionData.error_code");
        if v.number >= 2 { e.write(&self.error_message, v, "PartitionData.error_message"); }
        e.write(&self.leader_id, v, "PartitionData.leader_id");
        e.write(&self.leader_epoch, v, "PartitionData.leader_epoch");
        e.write(&self.high_watermark, v, "PartitionData.high_watermark");
        e.write(&self.current_voters, v, "PartitionData.current_voters");
        e.write(&self.observers, v, "PartitionData.observers");
        e.tags(v, |_| {});
    }
}

/// Part of [`DescribeQuorumResponse`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ReplicaState {
    pub replica_id: i32,
    pub replica_directory_id: Uuid,
    pub log_end_offset: i64,
    pub last_fetch_timestamp: i64,
    pub last_caught_up_timestamp: i64,
}

impl Default for ReplicaState {
    fn default() -> Self {
        Self {
            replica_id: 0,
            replica_directory_id: Uuid::ZERO,
            log_end_offset: 0,
            last_fetch_timestamp: -1,
            last_caught_up_timestamp: -1,
        }
    }
}

impl Wire for ReplicaState {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=0 => 13,
            1..=1 => 29,
            _ => 45,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            replica_id: d.read(v, "ReplicaState.replica_id")?,
            replica_directory_id: if v.number >= 2 { d.read(v, "ReplicaState.replica_directory_id")? } else { Uuid::ZERO },
            log_end_offset: d.read(v, "ReplicaState.log_end_offset")?,
            last_fetch_timestamp: if v.number >= 1 { d.read(v, "ReplicaState.last_fetch_timestamp")? } else { -1 },
            last_caught_up_timestamp: if v.number >= 1 { d.read(v, "ReplicaState.last_caught_up_timestamp")? } else { -1 },
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.replica_id, v, "ReplicaState.replica_id");
        if v.number >= 2 { e.write(&self.replica_directory_id, v, "ReplicaState.replica_directory_id"); } else { e.absent(self.replica_directory_id != Uuid::ZERO, "ReplicaState.replica_directory_id"); }
        e.write(&self.log_end_offset, v, "ReplicaState.log_end_offset");
        if v.number >= 1 { e.write(&self.last_fetch_timestamp, v, "ReplicaState.last_fetch_timestamp"); }
        if v.number >= 1 { e.write(&self.last_caught_up_timestamp, v, "ReplicaState.last_caught_up_timestamp"); }
        e.tags(v, |_| {});
    }
}

impl Message for DescribeQuorumResponse {
    const NAME: &'static str = "DescribeQuorumResponse";
    const VERSIONS: RangeInclusive<i16> = 0..=2;
    const FLEXIBLE_FROM: i16 = 0;
}
