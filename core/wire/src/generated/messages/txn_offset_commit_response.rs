//! `TxnOffsetCommitResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the TxnOffsetCommit API (key 28), versions 0 to 5.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TxnOffsetCommitResponse {
    pub throttle_time_ms: i32,
    pub topics: Vec<TxnOffsetCommitResponseTopic>,
}

impl Wire for TxnOffsetCommitResponse {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=2 => 8,
            _ => 6,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            throttle_time_ms: d.read(v, "TxnOffsetCommitResponse.throttle_time_ms")?,
            topics: d.read(v, "TxnOffsetCommitResponse.topics")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.throttle_time_ms, v, "TxnOffsetCommitResponse.throttle_time_ms");
        e.write(&self.topics, v, "TxnOffsetCommitResponse.topics");
        e.tags(v, |_| {});
    }
}

/// Part of [`TxnOffsetCommitResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TxnOffsetCommitResponseTopic {
    pub name: Str,
    pub partitions: Vec<TxnOffsetCommitResponsePartition>,
}

impl Wire for TxnOffsetCommitResponseTopic {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=2 => 6,
            _ => 3,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            name: d.read(v, "TxnOffsetCommitResponseTopic.name")?,
            partitions: d.read(v, "TxnOffsetCommitResponseTopic.partitions")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.name, v, "TxnOffsetCommitResponseTopic.name");
        e.write(&self.partitions, v, "TxnOffsetCommitResponseTopic.partitions");
        e.tags(v, |_| {});
    }
}

/// Part of [`TxnOffsetCommitResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TxnOffsetCommitResponsePartition {
    pub partition_index: i32,
    pub error_code: ErrorCode,
}

impl Wire for TxnOffsetCommitResponsePartition {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=2 => 6,
            _ => 7,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            partition_index: d.read(v, "TxnOffsetCommitResponsePartition.partition_index")?,
            error_code: d.read(v, "TxnOffsetCommitResponsePartition.error_code")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.partition_index, v, "TxnOffsetCommitResponsePartition.partition_index");
        e.write(&self.error_code, v, "TxnOffsetCommitResponsePartition.error_code");
        e.tags(v, |_| {});
    }
}

impl Message for TxnOffsetCommitResponse {
    const NAME: &'static str = "TxnOffsetCommitResponse";
    const VERSIONS: RangeInclusive<i16> = 0..=5;
    const FLEXIBLE_FROM: i16 = 3;
}
