//! `FetchResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the Fetch API (key 1), versions 4 to 18.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct FetchResponse {
    pub throttle_time_ms: i32,
    pub error_code: ErrorCode,
    pub session_id: i32,
    pub responses: Vec<FetchableTopicResponse>,
    pub node_endpoints: Vec<NodeEndpoint>,
}

impl Wire for FetchResponse {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=6 => 8,
            7..=11 => 14,
            _ => 12,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let mut this = Self {
            throttle_time_ms: d.read(v, "FetchResponse.throttle_time_ms")?,
            error_code: if v.number >= 7 { d.read(v, "FetchResponse.error_code")? } else { ErrorCode::NONE },
            session_id: if v.number >= 7 { d.read(v, "FetchResponse.session_id")? } else { 0 },
            responses: d.read(v, "FetchResponse.responses")?,
            node_endpoints: Vec::new(),
        };
        d.tags(v, |d, tag| {
            match tag {
                0 if v.number >= 16 => this.node_endpoints = d.read(v, "FetchResponse.node_endpoints")?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.throttle_time_ms, v, "FetchResponse.throttle_time_ms");
        if v.number >= 7 { e.write(&self.error_code, v, "FetchResponse.error_code"); }
        if v.number >= 7 { e.write(&self.session_id, v, "FetchResponse.session_id"); } else { e.absent(self.session_id != 0, "FetchResponse.session_id"); }
        e.write(&self.responses, v, "FetchResponse.responses");
        if v.number < 16 { e.absent(!self.node_endpoints.is_empty(), "FetchResponse.node_endpoints"); }
        e.tags(v, |t| {
            t.field(0, v.number >= 16 && !self.node_endpoints.is_empty(), &self.node_endpoints, v, "FetchResponse.node_endpoints");
        });
    }
}

/// Part of [`FetchResponse`].
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

/// Part of [`FetchResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct FetchableTopicResponse {
    pub topic: Str,
    pub topic_id: Uuid,
    pub partitions: Vec<PartitionData>,
}

impl Wire for FetchableTopicResponse {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=11 => 6,
            12..=12 => 3,
            _ => 18,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            topic: if v.number <= 12 { d.read(v, "FetchableTopicResponse.topic")? } else { Str::default() },
            topic_id: if v.number >= 13 { d.read(v, "FetchableTopicResponse.topic_id")? } else { Uuid::ZERO },
            partitions: d.read(v, "FetchableTopicResponse.partitions")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        if v.number <= 12 { e.write(&self.topic, v, "FetchableTopicResponse.topic"); }
        if v.number >= 13 { e.write(&self.topic_id, v, "FetchableTopicResponse.topic_id"); }
        e.write(&self.partitions, v, "FetchableTopicResponse.partitions");
        e.tags(v, |_| {});
    }
}

/// Part of [`FetchResponse`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PartitionData {
    pub partition_index: i32,
    pub error_code: ErrorCode,
    pub high_watermark: i64,
    pub last_stable_offset: i64,
    pub log_start_offset: i64,
    pub diverging_epoch: EpochEndOffset,
    pub current_leader: LeaderIdAndEpoch,
    pub snapshot_id: SnapshotId,
    pub aborted_transactions: Option<Vec<AbortedTransaction>>,
    pub preferred_read_replica: i32,
    pub records: Option<Records>,
}

impl Default for PartitionData {
    fn default() -> Self {
        Self {
            partition_index: 0,
            error_code: ErrorCode::NONE,
            high_watermark: 0,
            last_stable_offset: -1,
            log_start_offset: -1,
            diverging_epoch: EpochEndOffset::default(),
            current_leader: LeaderIdAndEpoch::default(),
            snapshot_id: SnapshotId::default(),
            aborted_transactions: Some(Vec::new()),
            preferred_read_replica: -1,
            records: Some(Records::new()),
        }
    }
}

impl Wire for PartitionData {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=4 => 30,
            5..=10 => 38,
            11..=11 => 42,
            _ => 37,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let mut this = Self {
            partition_index: d.read(v, "PartitionData.partition_index")?,
            error_code: d.read(v, "PartitionData.error_code")?,
            high_watermark: d.read(v, "PartitionData.high_watermark")?,
            last_stable_offset: d.read(v, "PartitionData.last_stable_offset")?,
            log_start_offset: if v.number >= 5 { d.read(v, "PartitionData.log_start_offset")? } else { -1 },
            diverging_epoch: EpochEndOffset::default(),
            current_leader: LeaderIdAndEpoch::default(),
            snapshot_id: SnapshotId::default(),
            aborted_transactions: d.read(v, "PartitionData.aborted_transactions")?,
            preferred_read_replica: if v.number >= 11 { d.read(v, "PartitionData.preferred_read_replica")? } else { -1 },
            records: d.read(v, "PartitionData.records")?,
        };
        d.tags(v, |d, tag| {
            match tag {
                0 => this.diverging_epoch = d.read(v, "PartitionData.diverging_epoch")?,
                1 => this.current_leader = d.read(v, "PartitionData.current_leader")?,
                2 => this.snapshot_id = d.read(v, "PartitionData.snapshot_id")?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.partition_index, v, "PartitionData.partition_index");
        e.write(&self.error_code, v, "PartitionData.error_code");
        e.write(&self.high_watermark, v, "PartitionData.high_watermark");
        e.write(&self.last_stable_offset, v, "PartitionData.last_stable_offset");
        if v.number >= 5 { e.write(&self.log_start_offset, v, "PartitionData.log_start_offset"); }
        if v.number < 12 { e.absent(self.diverging_epoch != EpochEndOffset::default(), "PartitionData.diverging_epoch"); }
        if v.number < 12 { e.absent(self.current_leader != LeaderIdAndEpoch::default(), "PartitionData.current_leader"); }
        if v.number < 12 { e.absent(self.snapshot_id != SnapshotId::default(), "PartitionData.snapshot_id"); }
        e.write(&self.aborted_transactions, v, "PartitionData.aborted_transactions");
        if v.number >= 11 { e.write(&self.preferred_read_replica, v, "PartitionData.preferred_read_replica"); } else { e.absent(self.preferred_read_replica != -1, "PartitionData.preferred_read_replica"); }
        e.write(&self.records, v, "PartitionData.records");
        e.tags(v, |t| {
            t.field(0, self.diverging_epoch != EpochEndOffset::default(), &self.diverging_epoch, v, "PartitionData.diverging_epoch");
            t.field(1, self.current_leader != LeaderIdAndEpoch::default(), &self.current_leader, v, "PartitionData.current_leader");
            t.field(2, self.snapshot_id != SnapshotId::default(), &self.snapshot_id, v, "PartitionData.snapshot_id");
        });
    }
}

/// Part of [`FetchResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AbortedTransaction {
    pub producer_id: i64,
    pub first_offset: i64,
}

impl Wire for AbortedTransaction {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=11 => 16,
            _ => 17,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            producer_id: d.read(v, "AbortedTransaction.producer_id")?,
            first_offset: d.read(v, "AbortedTransaction.first_offset")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.producer_id, v, "AbortedTransaction.producer_id");
        e.write(&self.first_offset, v, "AbortedTransaction.first_offset");
        e.tags(v, |_| {});
    }
}

/// Part of [`FetchResponse`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SnapshotId {
    pub end_offset: i64,
    pub epoch: i32,
}

impl Default for SnapshotId {
    fn default() -> Self {
        Self {
            end_offset: -1,
            epoch: -1,
        }
    }
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

/// Part of [`FetchResponse`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LeaderIdAndEpoch {
    pub leader_id: i32,
    pub leader_epoch: i32,
}

impl Default for LeaderIdAndEpoch {
    fn default() -> Self {
        Self {
            leader_id: -1,
            leader_epoch: -1,
        }
    }
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

/// Part of [`FetchResponse`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EpochEndOffset {
    pub epoch: i32,
    pub end_offset: i64,
}

impl Default for EpochEndOffset {
    fn default() -> Self {
        Self {
            epoch: -1,
            end_offset: -1,
        }
    }
}

impl Wire for EpochEndOffset {
    fn min_size(_: Version) -> usize {
        13
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            epoch: d.read(v, "EpochEndOffset.epoch")?,
            end_offset: d.read(v, "EpochEndOffset.end_offset")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.epoch, v, "EpochEndOffset.epoch");
        e.write(&self.end_offset, v, "EpochEndOffset.end_offset");
        e.tags(v, |_| {});
    }
}

impl Message for FetchResponse {
    const NAME: &'static str = "FetchResponse";
    const VERSIONS: RangeInclusive<i16> = 4..=18;
    const FLEXIBLE_FROM: i16 = 12;
}
