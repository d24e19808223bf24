//! `DescribeLogDirsRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the DescribeLogDirs API (key 35), versions 1 to 5.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DescribeLogDirsRequest {
    pub topics: Option<Vec<DescribableLogDirTopic>>,
}

impl Default for DescribeLogDirsRequest {
    fn default() -> Self {
        Self {
            topics: Some(Vec::new()),
        }
    }
}

impl Wire for DescribeLogDirsRequest {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=1 => 4,
            _ => 2,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            topics: d.read(v, "DescribeLogDirsRequest.topics")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.topics, v, "DescribeLogDirsRequest.topics");
        e.tags(v, |_| {});
    }
}

/// Part of [`DescribeLogDirsRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DescribableLogDirTopic {
    pub topic: Str,
    pub partitions: Vec<i32>,
}

impl Wire for DescribableLogDirTopic {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=1 => 6,
            _ => 3,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            topic: d.read(v, "DescribableLogDirTopic.topic")?,
            partitions: d.read(v, "DescribableLogDirTopic.partitions")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.topic, v, "DescribableLogDirTopic.topic");
        e.write(&self.partitions, v, "DescribableLogDirTopic.partitions");
        e.tags(v, |_| {});
    }
}

impl Message for DescribeLogDirsRequest {
    const NAME: &'static str = "DescribeLogDirsRequest";
    const VERSIONS: RangeInclusive<i16> = 1..=5;
    const FLEXIBLE_FROM: i16 = 2;
}
