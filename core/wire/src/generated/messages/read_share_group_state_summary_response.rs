//! `ReadShareGroupStateSummaryResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the ReadShareGroupStateSummary API (key 87), versions 0 to 1.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ReadShareGroupStateSummaryResponse {
    pub results: Vec<ReadStateSummaryResult>,
}

impl Wire for ReadShareGroupStateSummaryResponse {
    fn min_size(_: Version) -> usize {
        2
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            results: d.read(v, "ReadShareGroupStateSummaryResponse.results")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.results, v, "ReadShareGroupStateSummaryResponse.results");
        e.tags(v, |_| {});
    }
}

/// Part of [`ReadShareGroupStateSummaryResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ReadStateSummaryResult {
    pub topic_id: Uuid,
    pub partitions: Vec<PartitionResult>,
}

impl Wire for ReadStateSummaryResult {
    fn min_size(_: Version) -> usize {
        18
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            topic_id: d.read(v, "ReadStateSummaryResult.topic_id")?,
            partitions: d.read(v, "ReadStateSummaryResult.partitions")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.topic_id, v, "ReadStateSummaryResult.topic_id");
        e.write(&self.partitions, v, "ReadStateSummaryResult.partitions");
        e.tags(v, |_| {});
    }
}

/// Part of [`ReadShareGroupStateSummaryResponse`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PartitionResult {
    pub partition: i32,
    pub error_code: ErrorCode,
    pub error_message: Option<Str>,
    pub state_epoch: i32,
    pub leader_epoch: i32,
    pub start_offset: i64,
    pub delivery_complete_count: i32,
}

impl Default for PartitionResult {
    fn default() -> Self {
        Self {
            partition: 0,
            error_code: ErrorCode::NONE,
            error_message: None,
            state_epoch: 0,
            leader_epoch: 0,
            start_offset: 0,
            delivery_complete_count: -1,
        }
    }
}

impl Wire for PartitionResult {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=0 => 24,
            _ => 28,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            partition: d.read(v, "PartitionResult.partition")?,
            error_code: d.read(v, "PartitionResult.error_code")?,
            error_message: d.read(v, "PartitionResult.error_message")?,
            state_epoch: d.read(v, "PartitionResult.state_epoch")?,
            leader_epoch: d.read(v, "PartitionResult.leader_epoch")?,
            start_offset: d.read(v, "PartitionResult.start_offset")?,
            delivery_complete_count: if v.number >= 1 { d.read(v, "PartitionResult.delivery_complete_count")? } else { -1 },
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.partition, v, "PartitionResult.partition");
        e.write(&self.error_code, v, "PartitionResult.error_code");
        e.write(&self.error_message, v, "PartitionResult.error_message");
        e.write(&self.state_epoch, v, "PartitionResult.state_epoch");
        e.write(&self.leader_epoch, v, "PartitionResult.leader_epoch");
        e.write(&self.start_offset, v, "PartitionResult.start_offset");
        if v.number >= 1 { e.write(&self.delivery_complete_count, v, "PartitionResult.delivery_complete_count"); }
        e.tags(v, |_| {});
    }
}

impl Message for ReadShareGroupStateSummaryResponse {
    const NAME: &'static str = "ReadShareGroupStateSummaryResponse";
    const VERSIONS: RangeInclusive<i16> = 0..=1;
    const FLEXIBLE_FROM: i16 = 0;
}
