//! `ReadShareGroupStateSummaryRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the ReadShareGroupStateSummary API (key 87), versions 0 to 1.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ReadShareGroupStateSummaryRequest {
    pub group_id: Str,
    pub topics: Vec<ReadStateSummaryData>,
}

impl Wire for ReadShareGroupStateSummaryRequest {
    fn min_size(_: Version) -> usize {
        3
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            group_id: d.read(v, "ReadShareGroupStateSummaryRequest.group_id")?,
            topics: d.read(v, "ReadShareGroupStateSummaryRequest.topics")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.group_id, v, "ReadShareGroupStateSummaryRequest.group_id");
        e.write(&self.topics, v, "ReadShareGroupStateSummaryRequest.topics");
        e.tags(v, |_| {});
    }
}

/// Part of [`ReadShareGroupStateSummaryRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ReadStateSummaryData {
    pub topic_id: Uuid,
    pub partitions: Vec<PartitionData>,
}

impl Wire for ReadStateSummaryData {
    fn min_size(_: Version) -> usize {
        18
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            topic_id: d.read(v, "ReadStateSummaryData.topic_id")?,
            partitions: d.read(v, "ReadStateSummaryData.partitions")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.topic_id, v, "ReadStateSummaryData.topic_id");
        e.write(&self.partitions, v, "ReadStateSummaryData.partitions");
        e.tags(v, |_| {});
    }
}

/// Part of [`ReadShareGroupStateSummaryRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PartitionData {
    pub partition: i32,
    pub leader_epoch: i32,
}

impl Wire for PartitionData {
    fn min_size(_: Version) -> usize {
        9
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            partition: d.read(v, "PartitionData.partition")?,
            leader_epoch: d.read(v, "PartitionData.leader_epoch")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.partition, v, "PartitionData.partition");
        e.write(&self.leader_epoch, v, "PartitionData.leader_epoch");
        e.tags(v, |_| {});
    }
}

impl Message for ReadShareGroupStateSummaryRequest {
    const NAME: &'static str = "ReadShareGroupStateSummaryRequest";
    const VERSIONS: RangeInclusive<i16> = 0..=1;
    const FLEXIBLE_FROM: i16 = 0;
}
