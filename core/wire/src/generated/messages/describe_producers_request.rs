//! `DescribeProducersRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the DescribeProducers API (key 61), version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DescribeProducersRequest {
    pub topics: Vec<TopicRequest>,
}

impl Wire for DescribeProducersRequest {
    fn min_size(_: Version) -> usize {
        2
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            topics: d.read(v, "DescribeProducersRequest.topics")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.topics, v, "DescribeProducersRequest.topics");
        e.tags(v, |_| {});
    }
}

/// Part of [`DescribeProducersRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TopicRequest {
    pub name: Str,
    pub partition_indexes: Vec<i32>,
}

impl Wire for TopicRequest {
    fn min_size(_: Version) -> usize {
        3
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            name: d.read(v, "TopicRequest.name")?,
            partition_indexes: d.read(v, "TopicRequest.partition_indexes")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.name, v, "TopicRequest.name");
        e.write(&self.partition_indexes, v, "TopicRequest.partition_indexes");
        e.tags(v, |_| {});
    }
}

impl Message for DescribeProducersRequest {
    const NAME: &'static str = "DescribeProducersRequest";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
