//! `DeleteRecordsRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the DeleteRecords API (key 21), versions 0 to 2.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DeleteRecordsRequest {
    pub topics: Vec<DeleteRecordsTopic>,
    pub timeout_ms: i32,
}

impl Wire for DeleteRecordsRequest {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=1 => 8,
            _ => 6,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            topics: d.read(v, "DeleteRecordsRequest.topics")?,
            timeout_ms: d.read(v, "DeleteRecordsRequest.timeout_ms")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.topics, v, "DeleteRecordsRequest.topics");
        e.write(&self.timeout_ms, v, "DeleteRecordsRequest.timeout_ms");
        e.tags(v, |_| {});
    }
}

/// Part of [`DeleteRecordsRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DeleteRecordsTopic {
    pub name: Str,
    pub partitions: Vec<DeleteRecordsPartition>,
}

impl Wire for DeleteRecordsTopic {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=1 => 6,
            _ => 3,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            name: d.read(v, "DeleteRecordsTopic.name")?,
            partitions: d.read(v, "DeleteRecordsTopic.partitions")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.name, v, "DeleteRecordsTopic.name");
        e.write(&self.partitions, v, "DeleteRecordsTopic.partitions");
        e.tags(v, |_| {});
    }
}

/// Part of [`DeleteRecordsRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DeleteRecordsPartition {
    pub partition_index: i32,
    pub offset: i64,
}

impl Wire for DeleteRecordsPartition {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=1 => 12,
            _ => 13,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            partition_index: d.read(v, "DeleteRecordsPartition.partition_index")?,
            offset: d.read(v, "DeleteRecordsPartition.offset")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.partition_index, v, "DeleteRecordsPartition.partition_index");
        e.write(&self.offset, v, "DeleteRecordsPartition.offset");
        e.tags(v, |_| {});
    }
}

impl Message for DeleteRecordsRequest {
    const NAME: &'static str = "DeleteRecordsRequest";
    const VERSIONS: RangeInclusive<i16> = 0..=2;
    const FLEXIBLE_FROM: i16 = 2;
}
