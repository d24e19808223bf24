//! `ShareFetchResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the ShareFetch API (key 78), versions 1 to 2.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ShareFetchResponse {
    pub throttle_time_ms: i32,
    pub error_code: ErrorCode,
    pub error_message: Option<Str>,
    pub acquisition_lock_timeout_ms: i32,
    pub responses: Vec<ShareFetchableTopicResponse>,
    pub node_endpoints: Vec<NodeEndpoint>,
}

impl Wire for ShareFetchResponse {
    fn min_size(_: Version) -> usize {
        14
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            throttle_time_ms: d.read(v, "ShareFetchResponse.throttle_time_ms")?,
            error_code: d.read(v, "ShareFetchResponse.error_code")?,
            error_message: d.read(v, "ShareFetchResponse.error_message")?,
            acquisition_lock_timeout_ms: d.read(v, "ShareFetchResponse.acquisition_lock_timeout_ms")?,
            responses: d.read(v, "ShareFetchResponse.responses")?,
            node_endpoints: d.read(v, "ShareFetchResponse.node_endpoints")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.throttle_time_ms, v, "ShareFetchResponse.throttle_time_ms");
        e.write(&self.error_code, v, "ShareFetchResponse.error_code");
        e.write(&self.error_message, v, "ShareFetchResponse.error_message");
        e.write(&self.acquisition_lock_timeout_ms, v, "ShareFetchResponse.acquisition_lock_timeout_ms");
        e.write(&self.responses, v, "ShareFetchResponse.responses");
        e.write(&self.node_endpoints, v, "ShareFetchResponse.node_endpoints");
        e.tags(v, |_| {});
    }
}

/// Part of [`ShareFetchResponse`].
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

/// Part of [`ShareFetchResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ShareFetchableTopicResponse {
    pub topic_id: Uuid,
    pub partitions: Vec<PartitionData>,
}

impl Wire for ShareFetchableTopicResponse {
    fn min_size(_: Version) -> usize {
        18
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            topic_id: d.read(v, "ShareFetchableTopicResponse.topic_id")?,
            partitions: d.read(v, "ShareFetchableTopicResponse.partitions")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.topic_id, v, "ShareFetchableTopicResponse.topic_id");
        e.write(&self.partitions, v, "ShareFetchableTopicResponse.partitions");
        e.tags(v, |_| {});
    }
}

/// Part of [`ShareFetchResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PartitionData {
    pub partition_index: i32,
    pub error_code: ErrorCode,
    pub error_message: Option<Str>,
    pub acknowledge_error_code: ErrorCode,
    pub acknowledge_error_message: Option<Str>,
    pub current_leader: LeaderIdAndEpoch,
    pub records: Records,
    pub acquired_records: Vec<AcquiredRecords>,
}

impl Wire for PartitionData {
    fn min_size(_: Version) -> usize {
        22
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            partition_index: d.read(v, "PartitionData.partition_index")?,
            error_code: d.read(v, "PartitionData.error_code")?,
            error_message: d.read(v, "PartitionData.error_message")?,
            acknowledge_error_code: d.read(v, "PartitionData.acknowledge_error_code")?,
            acknowledge_error_message: d.read(v, "PartitionData.acknowledge_error_message")?,
            current_leader: d.read(v, "PartitionData.current_leader")?,
            records: d.read(v, "PartitionData.records")?,
            acquired_records: d.read(v, "PartitionData.acquired_records")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.partition_index, v, "PartitionData.partition_index");
        e.write(&self.error_code, v, "PartitionData.error_code");
        e.write(&self.error_message, v, "PartitionData.error_message");
        e.write(&self.acknowledge_error_code, v, "PartitionData.acknowledge_error_code");
        e.write(&self.acknowledge_error_message, v, "PartitionData.acknowledge_error_message");
        e.write(&self.current_leader, v, "PartitionData.current_leader");
        e.write(&self.records, v, "PartitionData.records");
        e.write(&self.acquired_records, v, "PartitionData.acquired_records");
        e.tags(v, |_| {});
    }
}

/// Part of [`ShareFetchResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AcquiredRecords {
    pub first_offset: i64,
    pub last_offset: i64,
    pub delivery_count: i16,
}

impl Wire for AcquiredRecords {
    fn min_size(_: Version) -> usize {
        19
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            first_offset: d.read(v, "AcquiredRecords.first_offset")?,
            last_offset: d.read(v, "AcquiredRecords.last_offset")?,
            delivery_count: d.read(v, "AcquiredRecords.delivery_count")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.first_offset, v, "AcquiredRecords.first_offset");
        e.write(&self.last_offset, v, "AcquiredRecords.last_offset");
        e.write(&self.delivery_count, v, "AcquiredRecords.delivery_count");
        e.tags(v, |_| {});
    }
}

/// Part of [`ShareFetchResponse`].
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

impl Message for ShareFetchResponse {
    const NAME: &'static str = "ShareFetchResponse";
    const VERSIONS: RangeInclusive<i16> = 1..=2;
    const FLEXIBLE_FROM: i16 = 1;
}
