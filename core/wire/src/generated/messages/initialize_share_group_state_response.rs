//! `InitializeShareGroupStateResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the InitializeShareGroupState API (key 83), version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct InitializeShareGroupStateResponse {
    pub results: Vec<InitializeStateResult>,
}

impl Wire for InitializeShareGroupStateResponse {
    fn min_size(_: Version) -> usize {
        2
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            results: d.read(v, "InitializeShareGroupStateResponse.results")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.results, v, "InitializeShareGroupStateResponse.results");
        e.tags(v, |_| {});
    }
}

/// Part of [`InitializeShareGroupStateResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct InitializeStateResult {
    pub topic_id: Uuid,
    pub partitions: Vec<PartitionResult>,
}

impl Wire for InitializeStateResult {
    fn min_size(_: Version) -> usize {
        18
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            topic_id: d.read(v, "InitializeStateResult.topic_id")?,
            partitions: d.read(v, "InitializeStateResult.partitions")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.topic_id, v, "InitializeStateResult.topic_id");
        e.write(&self.partitions, v, "InitializeStateResult.partitions");
        e.tags(v, |_| {});
    }
}

/// Part of [`InitializeShareGroupStateResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PartitionResult {
    pub partition: i32,
    pub error_code: ErrorCode,
    pub error_message: Option<Str>,
}

impl Wire for PartitionResult {
    fn min_size(_: Version) -> usize {
        8
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            partition: d.read(v, "PartitionResult.partition")?,
            error_code: d.read(v, "PartitionResult.error_code")?,
            error_message: d.read(v, "PartitionResult.error_message")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.partition, v, "PartitionResult.partition");
        e.write(&self.error_code, v, "PartitionResult.error_code");
        e.write(&self.error_message, v, "PartitionResult.error_message");
        e.tags(v, |_| {});
    }
}

impl Message for InitializeShareGroupStateResponse {
    const NAME: &'static str = "InitializeShareGroupStateResponse";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
