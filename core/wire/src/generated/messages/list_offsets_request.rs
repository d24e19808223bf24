//! `ListOffsetsRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the ListOffsets API (key 2), versions 1 to 11.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ListOffsetsRequest {
    pub replica_id: i32,
    pub isolation_level: i8,
    pub topics: Vec<ListOffsetsTopic>,
    pub timeout_ms: i32,
}

impl Wire for ListOffsetsRequest {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=1 => 8,
            2..=5 => 9,
            6..=9 => 7,
            _ => 11,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            replica_id: d.read(v, "ListOffsetsRequest.replica_id")?,
            isolation_level: if v.number >= 2 { d.read(v, "ListOffsetsRequest.isolation_level")? } else { 0 },
            topics: d.read(v, "ListOffsetsRequest.topics")?,
            timeout_ms: if v.number >= 10 { d.read(v, "ListOffsetsRequest.timeout_ms")? } else { 0 },
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.replica_id, v, "ListOffsetsRequest.replica_id");
        if v.number >= 2 { e.write(&self.isolation_level, v, "ListOffsetsRequest.isolation_level"); } else { e.absent(self.isolation_level != 0, "ListOffsetsRequest.isolation_level"); }
        e.write(&self.topics, v, "ListOffsetsRequest.topics");
        if v.number >= 10 { e.write(&self.timeout_ms, v, "ListOffsetsRequest.timeout_ms"); }
        e.tags(v, |_| {});
    }
}

/// Part of [`ListOffsetsRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ListOffsetsTopic {
    pub name: Str,
    pub partitions: Vec<ListOffsetsPartition>,
}

impl Wire for ListOffsetsTopic {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=5 => 6,
            _ => 3,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            name: d.read(v, "ListOffsetsTopic.name")?,
            partitions: d.read(v, "ListOffsetsTopic.partitions")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.name, v, "ListOffsetsTopic.name");
        e.write(&self.partitions, v, "ListOffsetsTopic.partitions");
        e.tags(v, |_| {});
    }
}

/// Part of [`ListOffsetsRequest`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ListOffsetsPartition {
    pub partition_index: i32,
    pub current_leader_epoch: i32,
    pub timestamp: i64,
}

impl Default for ListOffsetsPartition {
    fn default() -> Self {
        Self {
            partition_index: 0,
            current_leader_epoch: -1,
            timestamp: 0,
        }
    }
}

impl Wire for ListOffsetsPartition {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=3 => 12,
            4..=5 => 16,
            _ => 17,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            partition_index: d.read(v, "ListOffsetsPartition.partition_index")?,
            current_leader_epoch: if v.number >= 4 { d.read(v, "ListOffsetsPartition.current_leader_epoch")? } else { -1 },
            timestamp: d.read(v, "ListOffsetsPartition.timestamp")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.partition_index, v, "ListOffsetsPartition.partition_index");
        if v.number >= 4 { e.write(&self.current_leader_epoch, v, "ListOffsetsPartition.current_leader_epoch"); }
        e.write(&self.timestamp, v, "ListOffsetsPartition.timestamp");
        e.tags(v, |_| {});
    }
}

impl Message for ListOffsetsRequest {
    const NAME: &'static str = "ListOffsetsRequest";
    const VERSIONS: RangeInclusive<i16> = 1..=11;
    const FLEXIBLE_FROM: i16 = 6;
}
