//! `ListOffsetsResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the ListOffsets API (key 2), versions 1 to 11.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ListOffsetsResponse {
    pub throttle_time_ms: i32,
    pub topics: Vec<ListOffsetsTopicResponse>,
}

impl Wire for ListOffsetsResponse {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=1 => 4,
            2..=5 => 8,
            _ => 6,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            throttle_time_ms: if v.number >= 2 { d.read(v, "ListOffsetsResponse.throttle_time_ms")? } else { 0 },
            topics: d.read(v, "ListOffsetsResponse.topics")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        if v.number >= 2 { e.write(&self.throttle_time_ms, v, "ListOffsetsResponse.throttle_time_ms"); }
        e.write(&self.topics, v, "ListOffsetsResponse.topics");
        e.tags(v, |_| {});
    }
}

/// Part of [`ListOffsetsResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ListOffsetsTopicResponse {
    pub name: Str,
    pub partitions: Vec<ListOffsetsPartitionResponse>,
}

impl Wire for ListOffsetsTopicResponse {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=5 => 6,
            _ => 3,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            name: d.read(v, "ListOffsetsTopicResponse.name")?,
            partitions: d.read(v, "ListOffsetsTopicResponse.partitions")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.name, v, "ListOffsetsTopicResponse.name");
        e.write(&self.partitions, v, "ListOffsetsTopicResponse.partitions");
        e.tags(v, |_| {});
    }
}

/// Part of [`ListOffsetsResponse`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ListOffsetsPartitionResponse {
    pub partition_index: i32,
    pub error_code: ErrorCode,
    pub timestamp: i64,
    pub offset: i64,
    pub leader_epoch: i32,
}

impl Default for ListOffsetsPartitionResponse {
    fn default() -> Self {
        Self {
            partition_index: 0,
            error_code: ErrorCode::NONE,
            timestamp: -1,
            offset: -1,
            leader_epoch: -1,
        }
    }
}

impl Wire for ListOffsetsPartitionResponse {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=3 => 22,
            4..=5 => 26,
            _ => 27,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            partition_index: d.read(v, "ListOffsetsPartitionResponse.partition_index")?,
            error_code: d.read(v, "ListOffsetsPartitionResponse.error_code")?,
            timestamp: d.read(v, "ListOffsetsPartitionResponse.timestamp")?,
            offset: d.read(v, "ListOffsetsPartitionResponse.offset")?,
            leader_epoch: if v.number >= 4 { d.read(v, "ListOffsetsPartitionResponse.leader_epoch")? } else { -1 },
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.partition_index, v, "ListOffsetsPartitionResponse.partition_index");
        e.write(&self.error_code, v, "ListOffsetsPartitionResponse.error_code");
        e.write(&self.timestamp, v, "ListOffsetsPartitionResponse.timestamp");
        e.write(&self.offset, v, "ListOffsetsPartitionResponse.offset");
        if v.number >= 4 { e.write(&self.leader_epoch, v, "ListOffsetsPartitionResponse.leader_epoch"); } else { e.absent(self.leader_epoch != -1, "ListOffsetsPartitionResponse.leader_epoch"); }
        e.tags(v, |_| {});
    }
}

impl Message for ListOffsetsResponse {
    const NAME: &'static str = "ListOffsetsResponse";
    const VERSIONS: RangeInclusive<i16> = 1..=11;
    const FLEXIBLE_FROM: i16 = 6;
}
