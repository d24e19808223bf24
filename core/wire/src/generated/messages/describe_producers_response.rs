//! `DescribeProducersResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the DescribeProducers API (key 61), version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DescribeProducersResponse {
    pub throttle_time_ms: i32,
    pub topics: Vec<TopicResponse>,
}

impl Wire for DescribeProducersResponse {
    fn min_size(_: Version) -> usize {
        6
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            throttle_time_ms: d.read(v, "DescribeProducersResponse.throttle_time_ms")?,
            topics: d.read(v, "DescribeProducersResponse.topics")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.throttle_time_ms, v, "DescribeProducersResponse.throttle_time_ms");
        e.write(&self.topics, v, "DescribeProducersResponse.topics");
        e.tags(v, |_| {});
    }
}

/// Part of [`DescribeProducersResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TopicResponse {
    pub name: Str,
    pub partitions: Vec<PartitionResponse>,
}

impl Wire for TopicResponse {
    fn min_size(_: Version) -> usize {
        3
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            name: d.read(v, "TopicResponse.name")?,
            partitions: d.read(v, "TopicResponse.partitions")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.name, v, "TopicResponse.name");
        e.write(&self.partitions, v, "TopicResponse.partitions");
        e.tags(v, |_| {});
    }
}

/// Part of [`DescribeProducersResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PartitionResponse {
    pub partition_index: i32,
    pub error_code: ErrorCode,
    pub error_message: Option<Str>,
    pub active_producers: Vec<ProducerState>,
}

impl Wire for PartitionResponse {
    fn min_size(_: Version) -> usize {
        9
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            partition_index: d.read(v, "PartitionResponse.partition_index")?,
            error_code: d.read(v, "PartitionResponse.error_code")?,
            error_message: d.read(v, "PartitionResponse.error_message")?,
            active_producers: d.read(v, "PartitionResponse.active_producers")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.partition_index, v, "PartitionResponse.partition_index");
        e.write(&self.error_code, v, "PartitionResponse.error_code");
        e.write(&self.error_message, v, "PartitionResponse.error_message");
        e.write(&self.active_producers, v, "PartitionResponse.active_producers");
        e.tags(v, |_| {});
    }
}

/// Part of [`DescribeProducersResponse`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ProducerState {
    pub producer_id: i64,
    pub producer_epoch: i32,
    pub last_sequence: i32,
    pub last_timestamp: i64,
    pub coordinator_epoch: i32,
    pub current_txn_start_offset: i64,
}

impl Default for ProducerState {
    fn default() -> Self {
        Self {
            producer_id: 0,
            producer_epoch: 0,
            last_sequence: -1,
            last_timestamp: -1,
            coordinator_epoch: 0,
            current_txn_start_offset: -1,
        }
    }
}

impl Wire for ProducerState {
    fn min_size(_: Version) -> usize {
        37
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            producer_id: d.read(v, "ProducerState.producer_id")?,
            producer_epoch: d.read(v, "ProducerState.producer_epoch")?,
            last_sequence: d.read(v, "ProducerState.last_sequence")?,
            last_timestamp: d.read(v, "ProducerState.last_timestamp")?,
            coordinator_epoch: d.read(v, "ProducerState.coordinator_epoch")?,
            current_txn_start_offset: d.read(v, "ProducerState.current_txn_start_offset")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.producer_id, v, "ProducerState.producer_id");
        e.write(&self.producer_epoch, v, "ProducerState.producer_epoch");
        e.write(&self.last_sequence, v, "ProducerState.last_sequence");
        e.write(&self.last_timestamp, v, "ProducerState.last_timestamp");
        e.write(&self.coordinator_epoch, v, "ProducerState.coordinator_epoch");
        e.write(&self.current_txn_start_offset, v, "ProducerState.current_txn_start_offset");
        e.tags(v, |_| {});
    }
}

impl Message for DescribeProducersResponse {
    const NAME: &'static str = "DescribeProducersResponse";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
