//! `DescribeShareGroupOffsetsRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the DescribeShareGroupOffsets API (key 90), versions 0 to 1.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DescribeShareGroupOffsetsRequest {
    pub groups: Vec<DescribeShareGroupOffsetsRequestGroup>,
}

impl Wire for DescribeShareGroupOffsetsRequest {
    fn min_size(_: Version) -> usize {
        2
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            groups: d.read(v, "DescribeShareGroupOffsetsRequest.groups")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.groups, v, "DescribeShareGroupOffsetsRequest.groups");
        e.tags(v, |_| {});
    }
}

/// Part of [`DescribeShareGroupOffsetsRequest`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DescribeShareGroupOffsetsRequestGroup {
    pub group_id: Str,
    pub topics: Option<Vec<DescribeShareGroupOffsetsRequestTopic>>,
}

impl Default for DescribeShareGroupOffsetsRequestGroup {
    fn default() -> Self {
        Self {
            group_id: Str::default(),
            topics: Some(Vec::new()),
        }
    }
}

impl Wire for DescribeShareGroupOffsetsRequestGroup {
    fn min_size(_: Version) -> usize {
        3
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            group_id: d.read(v, "DescribeShareGroupOffsetsRequestGroup.group_id")?,
            topics: d.read(v, "DescribeShareGroupOffsetsRequestGroup.topics")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.group_id, v, "DescribeShareGroupOffsetsRequestGroup.group_id");
        e.write(&self.topics, v, "DescribeShareGroupOffsetsRequestGroup.topics");
        e.tags(v, |_| {});
    }
}

/// Part of [`DescribeShareGroupOffsetsRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DescribeShareGroupOffsetsRequestTopic {
    pub topic_name: Str,
    pub partitions: Vec<i32>,
}

impl Wire for DescribeShareGroupOffsetsRequestTopic {
    fn min_size(_: Version) -> usize {
        3
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            topic_name: d.read(v, "DescribeShareGroupOffsetsRequestTopic.topic_name")?,
            partitions: d.read(v, "DescribeShareGroupOffsetsRequestTopic.partitions")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.topic_name, v, "DescribeShareGroupOffsetsRequestTopic.topic_name");
        e.write(&self.partitions, v, "DescribeShareGroupOffsetsRequestTopic.partitions");
        e.tags(v, |_| {});
    }
}

impl Message for DescribeShareGroupOffsetsRequest {
    const NAME: &'static str = "DescribeShareGroupOffsetsRequest";
    const VERSIONS: RangeInclusive<i16> = 0..=1;
    const FLEXIBLE_FROM: i16 = 0;
}
