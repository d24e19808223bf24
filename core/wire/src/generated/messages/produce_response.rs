//! `ProduceResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the Produce API (key 0), versions 3 to 13.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ProduceResponse {
    pub responses: Vec<TopicProduceResponse>,
    pub throttle_time_ms: i32,
    pub node_endpoints: Vec<NodeEndpoint>,
}

impl Wire for ProduceResponse {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=8 => 8,
            _ => 6,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let mut this = Self {
            responses: d.read(v, "ProduceResponse.responses")?,
            throttle_time_ms: d.read(v, "ProduceResponse.throttle_time_ms")?,
            node_endpoints: Vec::new(),
        };
        d.tags(v, |d, tag| {
            match tag {
                0 if v.number >= 10 => this.node_endpoints = d.read(v, "ProduceResponse.node_endpoints")?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.responses, v, "ProduceResponse.responses");
        e.write(&self.throttle_time_ms, v, "ProduceResponse.throttle_time_ms");
        if v.number < 10 { e.absent(!self.node_endpoints.is_empty(), "ProduceResponse.node_endpoints"); }
        e.tags(v, |t| {
            t.field(0, v.number >= 10 && !self.node_endpoints.is_empty(), &self.node_endpoints, v, "ProduceResponse.node_endpoints");
        });
    }
}

/// Part of [`ProduceResponse`].
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

/// Part of [`ProduceResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TopicProduceResponse {
    pub name: Str,
    pub topic_id: Uuid,
    pub partition_responses: Vec<PartitionProduceResponse>,
}

impl Wire for TopicProduceResponse {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=8 => 6,
            9..=12 => 3,
            _ => 18,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            name: if v.number <= 12 { d.read(v, "TopicProduceResponse.name")? } else { Str::default() },
            topic_id: if v.number >= 13 { d.read(v, "TopicProduceResponse.topic_id")? } else { Uuid::ZERO },
            partition_responses: d.read(v, "TopicProduceResponse.partition_responses")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        if v.number <= 12 { e.write(&self.name, v, "TopicProduceResponse.name"); }
        if v.number >= 13 { e.write(&self.topic_id, v, "TopicProduceResponse.topic_id"); }
        e.write(&self.partition_responses, v, "TopicProduceResponse.partition_responses");
        e.tags(v, |_| {});
    }
}

/// Part of [`ProduceResponse`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PartitionProduceResponse {
    pub index: i32,
    pub error_code: ErrorCode,
    pub base_offset: i64,
    pub log_append_time_ms: i64,
    pub log_start_offset: i64,
    pub record_errors: Vec<BatchIndexAndErrorMessage>,
    pub error_message: Option<Str>,
    pub current_leader: LeaderIdAndEpoch,
}

impl Default for PartitionProduceResponse {
    fn default() -> Self {
        Self {
            index: 0,
            error_code: ErrorCode::NONE,
            base_offset: 0,
            log_append_time_ms: -1,
            log_start_offset: -1,
            record_errors: Vec::new(),
            error_message: None,
            current_leader: LeaderIdAndEpoch::default(),
        }
    }
}

impl Wire for PartitionProduceResponse {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=4 => 22,
            5..=7 => 30,
            8..=8 => 36,
            _ => 33,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let mut this = Self {
            index: d.read(v, "PartitionProduceResponse.index")?,
            error_code: d.read(v, "PartitionProduceResponse.error_code")?,
            base_offset: d.read(v, "PartitionProduceResponse.base_offset")?,
            log_append_time_ms: d.read(v, "PartitionProduceResponse.log_append_time_ms")?,
            log_start_offset: if v.number >= 5 { d.read(v, "PartitionProduceResponse.log_start_offset")? } else { -1 },
            record_errors: if v.number >= 8 { d.read(v, "PartitionProduceResponse.record_errors")? } else { Vec::new() },
            error_message: if v.number >= 8 { d.read(v, "PartitionProduceResponse.error_message")? } else { None },
            current_leader: LeaderIdAndEpoch::default(),
        };
        d.tags(v, |d, tag| {
            match tag {
                0 if v.number >= 10 => this.current_leader = d.read(v, "PartitionProduceResponse.current_leader")?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.index, v, "PartitionProduceResponse.index");
        e.write(&self.error_code, v, "PartitionProduceResponse.error_code");
        e.write(&self.base_offset, v, "PartitionProduceResponse.base_offset");
        e.write(&self.log_append_time_ms, v, "PartitionProduceResponse.log_append_time_ms");
        if v.number >= 5 { e.write(&self.log_start_offset, v, "PartitionProduceResponse.log_start_offset"); }
        if v.number >= 8 { e.write(&self.record_errors, v, "PartitionProduceResponse.record_errors"); }
        if v.number >= 8 { e.write(&self.error_message, v, "PartitionProduceResponse.error_message"); }
        if v.number < 10 { e.absent(self.current_leader != LeaderIdAndEpoch::default(), "PartitionProduceResponse.current_leader"); }
        e.tags(v, |t| {
            t.field(0, v.number >= 10 && self.current_leader != LeaderIdAndEpoch::default(), &self.current_leader, v, "PartitionProduceResponse.current_leader");
        });
    }
}

/// Part of [`ProduceResponse`].
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

/// Part of [`ProduceResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct BatchIndexAndErrorMessage {
    pub batch_index: i32,
    pub batch_index_error_message: Option<Str>,
}

impl Wire for BatchIndexAndErrorMessage {
    fn min_size(_: Version) -> usize {
        6
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            batch_index: d.read(v, "BatchIndexAndErrorMessage.batch_index")?,
            batch_index_error_message: d.read(v, "BatchIndexAndErrorMessage.batch_index_error_message")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.batch_index, v, "BatchIndexAndErrorMessage.batch_index");
        e.write(&self.batch_index_error_message, v, "BatchIndexAndErrorMessage.batch_index_error_message");
        e.tags(v, |_| {});
    }
}

impl Message for ProduceResponse {
    const NAME: &'static str = "ProduceResponse";
    const VERSIONS: RangeInclusive<i16> = 3..=13;
    const FLEXIBLE_FROM: i16 = 9;
}
