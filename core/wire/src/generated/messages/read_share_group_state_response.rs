//! `ReadShareGroupStateResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the ReadShareGroupState API (key 84), version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ReadShareGroupStateResponse {
    pub results: Vec<ReadStateResult>,
}

impl Wire for ReadShareGroupStateResponse {
    fn min_size(_: Version) -> usize {
        2
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            results: d.read(v, "ReadShareGroupStateResponse.results")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.results, v, "ReadShareGroupStateResponse.results");
        e.tags(v, |_| {});
    }
}

/// Part of [`ReadShareGroupStateResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ReadStateResult {
    pub topic_id: Uuid,
    pub partitions: Vec<PartitionResult>,
}

impl Wire for ReadStateResult {
    fn min_size(_: Version) -> usize {
        18
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            topic_id: d.read(v, "ReadStateResult.topic_id")?,
            partitions: d.read(v, "ReadStateResult.partitions")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.topic_id, v, "ReadStateResult.topic_id");
        e.write(&self.partitions, v, "ReadStateResult.partitions");
        e.tags(v, |_| {});
    }
}

/// Part of [`ReadShareGroupStateResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PartitionResult {
    pub partition: i32,
    pub error_code: ErrorCode,
    pub error_message: Option<Str>,
    pub state_epoch: i32,
    pub start_offset: i64,
    pub state_batches: Vec<StateBatch>,
}

impl Wire for PartitionResult {
    fn min_size(_: Version) -> usize {
        21
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            partition: d.read(v, "PartitionResult.partition")?,
            error_code: d.read(v, "PartitionResult.error_code")?,
            error_message: d.read(v, "PartitionResult.error_message")?,
            state_epoch: d.read(v, "PartitionResult.state_epoch")?,
            start_offset: d.read(v, "PartitionResult.start_offset")?,
            state_batches: d.read(v, "PartitionResult.state_batches")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.partition, v, "PartitionResult.partition");
        e.write(&self.error_code, v, "PartitionResult.error_code");
        e.write(&self.error_message, v, "PartitionResult.error_message");
        e.write(&self.state_epoch, v, "PartitionResult.state_epoch");
        e.write(&self.start_offset, v, "PartitionResult.start_offset");
        e.write(&self.state_batches, v, "PartitionResult.state_batches");
        e.tags(v, |_| {});
    }
}

/// Part of [`ReadShareGroupStateResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct StateBatch {
    pub first_offset: i64,
    pub last_offset: i64,
    pub delivery_state: i8,
    pub delivery_count: i16,
}

impl Wire for StateBatch {
    fn min_size(_: Version) -> usize {
        20
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            first_offset: d.read(v, "StateBatch.first_offset")?,
            last_offset: d.read(v, "StateBatch.last_offset")?,
            delivery_state: d.read(v, "StateBatch.delivery_state")?,
            delivery_count: d.read(v, "StateBatch.delivery_count")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.first_offset, v, "StateBatch.first_offset");
        e.write(&self.last_offset, v, "StateBatch.last_offset");
        e.write(&self.delivery_state, v, "StateBatch.delivery_state");
        e.write(&self.delivery_count, v, "StateBatch.delivery_count");
        e.tags(v, |_| {});
    }
}

impl Message for ReadShareGroupStateResponse {
    const NAME: &'static str = "ReadShareGroupStateResponse";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
