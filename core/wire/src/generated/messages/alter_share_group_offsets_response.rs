//! `AlterShareGroupOffsetsResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the AlterShareGroupOffsets API (key 91), version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AlterShareGroupOffsetsResponse {
    pub throttle_time_ms: i32,
    pub error_code: ErrorCode,
    pub error_message: Option<Str>,
    pub responses: Vec<AlterShareGroupOffsetsResponseTopic>,
}

impl Wire for AlterShareGroupOffsetsResponse {
    fn min_size(_: Version) -> usize {
        9
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            throttle_time_ms: d.read(v, "AlterShareGroupOffsetsResponse.throttle_time_ms")?,
            error_code: d.read(v, "AlterShareGroupOffsetsResponse.error_code")?,
            error_message: d.read(v, "AlterShareGroupOffsetsResponse.error_message")?,
            responses: d.read(v, "AlterShareGroupOffsetsResponse.responses")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.throttle_time_ms, v, "AlterShareGroupOffsetsResponse.throttle_time_ms");
        e.write(&self.error_code, v, "AlterShareGroupOffsetsResponse.error_code");
        e.write(&self.error_message, v, "AlterShareGroupOffsetsResponse.error_message");
        e.write(&self.responses, v, "AlterShareGroupOffsetsResponse.responses");
        e.tags(v, |_| {});
    }
}

/// Part of [`AlterShareGroupOffsetsResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AlterShareGroupOffsetsResponseTopic {
    pub topic_name: Str,
    pub topic_id: Uuid,
    pub partitions: Vec<AlterShareGroupOffsetsResponsePartition>,
}

impl Wire for AlterShareGroupOffsetsResponseTopic {
    fn min_size(_: Version) -> usize {
        19
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            topic_name: d.read(v, "AlterShareGroupOffsetsResponseTopic.topic_name")?,
            topic_id: d.read(v, "AlterShareGroupOffsetsResponseTopic.topic_id")?,
            partitions: d.read(v, "AlterShareGroupOffsetsResponseTopic.partitions")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.topic_name, v, "AlterShareGroupOffsetsResponseTopic.topic_name");
        e.write(&self.topic_id, v, "AlterShareGroupOffsetsResponseTopic.topic_id");
        e.write(&self.partitions, v, "AlterShareGroupOffsetsResponseTopic.partitions");
        e.tags(v, |_| {});
    }
}

/// Part of [`AlterShareGroupOffsetsResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AlterShareGroupOffsetsResponsePartition {
    pub partition_index: i32,
    pub error_code: ErrorCode,
    pub error_message: Option<Str>,
}

impl Wire for AlterShareGroupOffsetsResponsePartition {
    fn min_size(_: Version) -> usize {
        8
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            partition_index: d.read(v, "AlterShareGroupOffsetsResponsePartition.partition_index")?,
            error_code: d.read(v, "AlterShareGroupOffsetsResponsePartition.error_code")?,
            error_message: d.read(v, "AlterShareGroupOffsetsResponsePartition.error_message")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.partition_index, v, "AlterShareGroupOffsetsResponsePartition.partition_index");
        e.write(&self.error_code, v, "AlterShareGroupOffsetsResponsePartition.error_code");
        e.write(&self.error_message, v, "AlterShareGroupOffsetsResponsePartition.error_message");
        e.tags(v, |_| {});
    }
}

impl Message for AlterShareGroupOffsetsResponse {
    const NAME: &'static str = "AlterShareGroupOffsetsResponse";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
