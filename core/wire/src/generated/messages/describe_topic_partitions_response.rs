//! `DescribeTopicPartitionsResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the DescribeTopicPartitions API (key 75), version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DescribeTopicPartitionsResponse {
    pub throttle_time_ms: i32,
    pub topics: Vec<DescribeTopicPartitionsResponseTopic>,
    pub next_cursor: Option<Cursor>,
}

impl Wire for DescribeTopicPartitionsResponse {
    fn min_size(_: Version) -> usize {
        7
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            throttle_time_ms: d.read(v, "DescribeTopicPartitionsResponse.throttle_time_ms")?,
            topics: d.read(v, "DescribeTopicPartitionsResponse.topics")?,
            next_cursor: d.read(v, "DescribeTopicPartitionsResponse.next_cursor")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.throttle_time_ms, v, "DescribeTopicPartitionsResponse.throttle_time_ms");
        e.write(&self.topics, v, "DescribeTopicPartitionsResponse.topics");
        e.write(&self.next_cursor, v, "DescribeTopicPartitionsResponse.next_cursor");
        e.tags(v, |_| {});
    }
}

/// Part of [`DescribeTopicPartitionsResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Cursor {
    pub topic_name: Str,
    pub partition_index: i32,
}

impl Wire for Cursor {
    fn min_size(_: Version) -> usize {
        6
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            topic_name: d.read(v, "Cursor.topic_name")?,
            partition_index: d.read(v, "Cursor.partition_index")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.topic_name, v, "Cursor.topic_name");
        e.write(&self.partition_index, v, "Cursor.partition_index");
        e.tags(v, |_| {});
    }
}

impl Nullable for Cursor {}

/// Part of [`DescribeTopicPartitionsResponse`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DescribeTopicPartitionsResponseTopic {
    pub error_code: ErrorCode,
    pub name: Option<Str>,
    pub topic_id: Uuid,
    pub is_internal: bool,
    pub partitions: Vec<DescribeTopicPartitionsResponsePartition>,
    pub topic_authorized_operations: i32,
}

impl Default for DescribeTopicPartitionsResponseTopic {
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

impl Wire for DescribeTopicPartitionsResponseTopic {
    fn min_size(_: Version) -> usize {
        26
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            error_code: d.read(v, "DescribeTopicPartitionsResponseTopic.error_code")?,
            name: d.read(v, "DescribeTopicPartitionsResponseTopic.name")?,
            topic_id: d.read(v, "DescribeTopicPartitionsResponseTopic.topic_id")?,
            is_internal: d.read(v, "DescribeTopicPartitionsResponseTopic.is_internal")?,
            partitions: d.read(v, "DescribeTopicPartitionsResponseTopic.partitions")?,
            topic_authorized_operations: d.read(v, "DescribeTopicPartitionsResponseTopic.topic_authorized_operations")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.error_code, v, "DescribeTopicPartitionsResponseTopic.error_code");
        e.write(&self.name, v, "DescribeTopicPartitionsResponseTopic.name");
        e.write(&self.topic_id, v, "DescribeTopicPartitionsResponseTopic.topic_id");
        e.write(&self.is_internal, v, "DescribeTopicPartitionsResponseTopic.is_internal");
        e.write(&self.partitions, v, "DescribeTopicPartitionsResponseTopic.partitions");
        e.write(&self.topic_authorized_operations, v, "DescribeTopicPartitionsResponseTopic.topic_authorized_operations");
        e.tags(v, |_| {});
    }
}

/// Part of [`DescribeTopicPartitionsResponse`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DescribeTopicPartitionsResponsePartition {
    pub error_code: ErrorCode,
    pub partition_index: i32,
    pub leader_id: i32,
    pub leader_epoch: i32,
    pub replica_nodes: Vec<i32>,
    pub isr_nodes: Vec<i32>,
    pub eligible_leader_replicas: Option<Vec<i32>>,
    pub last_known_elr: Option<Vec<i32>>,
    pub offline_replicas: Vec<i32>,
}

impl Default for DescribeTopicPartitionsResponsePartition {
    fn default() -> Self {
        Self {
            error_code: ErrorCode::NONE,
            partition_index: 0,
            leader_id: 0,
            leader_epoch: -1,
            replica_nodes: Vec::new(),
            isr_nodes: Vec::new(),
            eligible_leader_replicas: None,
            last_known_elr: None,
            offline_replicas: Vec::new(),
        }
    }
}

impl Wire for DescribeTopicPartitionsResponsePartition {
    fn min_size(_: Version) -> usize {
        20
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            error_code: d.read(v, "DescribeTopicPartitionsResponsePartition.error_code")?,
            partition_index: d.read(v, "DescribeTopicPartitionsResponsePartition.partition_index")?,
            leader_id: d.read(v, "DescribeTopicPartitionsResponsePartition.leader_id")?,
            leader_epoch: d.read(v, "DescribeTopicPartitionsResponsePartition.leader_epoch")?,
            replica_nodes: d.read(v, "DescribeTopicPartitionsResponsePartition.replica_nodes")?,
            isr_nodes: d.read(v, "DescribeTopicPartitionsResponsePartition.isr_nodes")?,
            eligible_leader_replicas: d.read(v, "DescribeTopicPartitionsResponsePartition.eligible_leader_replicas")?,
            last_known_elr: d.read(v, "DescribeTopicPartitionsResponsePartition.last_known_elr")?,
            offline_replicas: d.read(v, "DescribeTopicPartitionsResponsePartition.offline_replicas")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.error_code, v, "DescribeTopicPartitionsResponsePartition.error_code");
        e.write(&self.partition_index, v, "DescribeTopicPartitionsResponsePartition.partition_index");
        e.write(&self.leader_id, v, "DescribeTopicPartitionsResponsePartition.leader_id");
        e.write(&self.leader_epoch, v, "DescribeTopicPartitionsResponsePartition.leader_epoch");
        e.write(&self.replica_nodes, v, "DescribeTopicPartitionsResponsePartition.replica_nodes");
        e.write(&self.isr_nodes, v, "DescribeTopicPartitionsResponsePartition.isr_nodes");
        e.write(&self.eligible_leader_replicas, v, "DescribeTopicPartitionsResponsePartition.eligible_leader_replicas");
        e.write(&self.last_known_elr, v, "DescribeTopicPartitionsResponsePartition.last_known_elr");
        e.write(&self.offline_replicas, v, "DescribeTopicPartitionsResponsePartition.offline_replicas");
        e.tags(v, |_| {});
    }
}

impl Message for DescribeTopicPartitionsResponse {
    const NAME: &'static str = "DescribeTopicPartitionsResponse";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
