//! `MetadataResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the Metadata API (key 3), versions 0 to 13.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MetadataResponse {
    pub throttle_time_ms: i32,
    pub brokers: Vec<MetadataResponseBroker>,
    pub cluster_id: Option<Str>,
    pub controller_id: i32,
    pub topics: Vec<MetadataResponseTopic>,
    pub cluster_authorized_operations: i32,
    pub error_code: ErrorCode,
}

impl Default for MetadataResponse {
    fn default() -> Self {
        Self {
            throttle_time_ms: 0,
            brokers: Vec::new(),
            cluster_id: None,
            controller_id: -1,
            topics: Vec::new(),
            cluster_authorized_operations: -2147483648,
            error_code: ErrorCode::NONE,
        }
    }
}

impl Wire for MetadataResponse {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=0 => 8,
            1..=1 => 12,
            2..=2 => 14,
            3..=7 => 18,
            8..=8 => 22,
            9..=10 => 16,
            11..=12 => 12,
            _ => 14,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            throttle_time_ms: if v.number >= 3 { d.read(v, "MetadataResponse.throttle_time_ms")? } else { 0 },
            brokers: d.read(v, "MetadataResponse.brokers")?,
            cluster_id: if v.number >= 2 { d.read(v, "MetadataResponse.cluster_id")? } else { None },
            controller_id: if v.number >= 1 { d.read(v, "MetadataResponse.controller_id")? } else { -1 },
            topics: d.read(v, "MetadataResponse.topics")?,
            cluster_authorized_operations: if (8..=10).contains(&v.number) { d.read(v, "MetadataResponse.cluster_authorized_operations")? } else { -2147483648 },
            error_code: if v.number >= 13 { d.read(v, "MetadataResponse.error_code")? } else { ErrorCode::NONE },
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        if v.number >= 3 { e.write(&self.throttle_time_ms, v, "MetadataResponse.throttle_time_ms"); }
        e.write(&self.brokers, v, "MetadataResponse.brokers");
        if v.number >= 2 { e.write(&self.cluster_id, v, "MetadataResponse.cluster_id"); }
        if v.number >= 1 { e.write(&self.controller_id, v, "MetadataResponse.controller_id"); }
        e.write(&self.topics, v, "MetadataResponse.topics");
        if (8..=10).contains(&v.number) { e.write(&self.cluster_authorized_operations, v, "MetadataResponse.cluster_authorized_operations"); } else { e.absent(self.cluster_authorized_operations != -2147483648, "MetadataResponse.cluster_authorized_operations"); }
        if v.number >= 13 { e.write(&self.error_code, v, "MetadataResponse.error_code"); }
        e.tags(v, |_| {});
    }
}

/// Part of [`MetadataResponse`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MetadataResponseTopic {
    pub error_code: ErrorCode,
    pub name: Option<Str>,
    pub topic_id: Uuid,
    pub is_internal: bool,
    pub partitions: Vec<MetadataResponsePartition>,
    pub topic_authorized_operations: i32,
}

impl Default for MetadataResponseTopic {
    fn default() -> Self {
        Self {
            error_code: ErrorCode::NONE,
            name: Some(Str::default()),
            topic_id: Uuid::ZERO,
            is_internal: false,
            partitions: Vec::new(),
            topic_authorized_operations: -2147483648,
        }
    }
}

impl Wire for MetadataResponseTopic {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=0 => 8,
            1..=7 => 9,
            8..=8 => 13,
            9..=9 => 10,
            _ => 26,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            error_code: d.read(v, "MetadataResponseTopic.error_code")?,
            name: if v.number >= 12 { d.read(v, "MetadataResponseTopic.name")? } else { Some(d.read(v, "MetadataResponseTopic.name")?) },
            topic_id: if v.number >= 10 { d.read(v, "MetadataResponseTopic.topic_id")? } else { Uuid::ZERO },
            is_internal: if v.number >= 1 { d.read(v, "MetadataResponseTopic.is_internal")? } else { false },
            partitions: d.read(v, "MetadataResponseTopic.partitions")?,
            topic_authorized_operations: if v.number >= 8 { d.read(v, "MetadataResponseTopic.topic_authorized_operations")? } else { -2147483648 },
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.error_code, v, "MetadataResponseTopic.error_code");
        if v.number >= 12 { e.write(&self.name, v, "MetadataResponseTopic.name"); } else { e.required(self.name.as_ref(), v, "MetadataResponseTopic.name"); }
        if v.number >= 10 { e.write(&self.topic_id, v, "MetadataResponseTopic.topic_id"); }
        if v.number >= 1 { e.write(&self.is_internal, v, "MetadataResponseTopic.is_internal"); }
        e.write(&self.partitions, v, "MetadataResponseTopic.partitions");
        if v.number >= 8 { e.write(&self.topic_authorized_operations, v, "MetadataResponseTopic.topic_authorized_operations"); } else { e.absent(self.topic_authorized_operations != -2147483648, "MetadataResponseTopic.topic_authorized_operations"); }
        e.tags(v, |_| {});
    }
}

/// Part of [`MetadataResponse`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MetadataResponsePartition {
    pub error_code: ErrorCode,
    pub partition_index: i32,
    pub leader_id: i32,
    pub leader_epoch: i32,
    pub replica_nodes: Vec<i32>,
    pub isr_nodes: Vec<i32>,
    pub offline_replicas: Vec<i32>,
}

impl Default for MetadataResponsePartition {
    fn default() -> Self {
        Self {
            error_code: ErrorCode::NONE,
            partition_index: 0,
            leader_id: 0,
            leader_epoch: -1,
            replica_nodes: Vec::new(),
            isr_nodes: Vec::new(),
            offline_replicas: Vec::new(),
        }
    }
}

impl Wire for MetadataResponsePartition {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=4 => 18,
            5..=6 => 22,
            7..=8 => 26,
            _ => 18,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            error_code: d.read(v, "MetadataResponsePartition.error_code")?,
            partition_index: d.read(v, "MetadataResponsePartition.partition_index")?,
            leader_id: d.read(v, "MetadataResponsePartition.leader_id")?,
            leader_epoch: if v.number >= 7 { d.read(v, "MetadataResponsePartition.leader_epoch")? } else { -1 },
            replica_nodes: d.read(v, "MetadataResponsePartition.replica_nodes")?,
            isr_nodes: d.read(v, "MetadataResponsePartition.isr_nodes")?,
            offline_replicas: if v.number >= 5 { d.read(v, "MetadataResponsePartition.offline_replicas")? } else { Vec::new() },
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.error_code, v, "MetadataResponsePartition.error_code");
        e.write(&self.partition_index, v, "MetadataResponsePartition.partition_index");
        e.write(&self.leader_id, v, "MetadataResponsePartition.leader_id");
        if v.number >= 7 { e.write(&self.leader_epoch, v, "MetadataResponsePartition.leader_epoch"); }
        e.write(&self.replica_nodes, v, "MetadataResponsePartition.replica_nodes");
        e.write(&self.isr_nodes, v, "MetadataResponsePartition.isr_nodes");
        if v.number >= 5 { e.write(&self.offline_replicas, v, "MetadataResponsePartition.offline_replicas"); }
        e.tags(v, |_| {});
    }
}

/// Part of [`MetadataResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct MetadataResponseBroker {
    pub node_id: i32,
    pub host: Str,
    pub port: i32,
    pub rack: Option<Str>,
}

impl Wire for MetadataResponseBroker {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=0 => 10,
            1..=8 => 12,
            _ => 11,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            node_id: d.read(v, "MetadataResponseBroker.node_id")?,
            host: d.read(v, "MetadataResponseBroker.host")?,
            port: d.read(v, "MetadataResponseBroker.port")?,
            rack: if v.number >= 1 { d.read(v, "MetadataResponseBroker.rack")? } else { None },
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.node_id, v, "MetadataResponseBroker.node_id");
        e.write(&self.host, v, "MetadataResponseBroker.host");
        e.write(&self.port, v, "MetadataResponseBroker.port");
        if v.number >= 1 { e.write(&self.rack, v, "MetadataResponseBroker.rack"); }
        e.tags(v, |_| {});
    }
}

impl Message for MetadataResponse {
    const NAME: &'static str = "MetadataResponse";
    const VERSIONS: RangeInclusive<i16> = 0..=13;
    const FLEXIBLE_FROM: i16 = 9;
}
