//! `DescribeTopicPartitionsRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the DescribeTopicPartitions API (key 75), version 0.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DescribeTopicPartitionsRequest {
    pub topics: Vec<TopicRequest>,
    pub response_partition_limit: i32,
    pub cursor: Option<Cursor>,
}

impl Default for DescribeTopicPartitionsRequest {
    fn default() -> Self {
        Self {
            topics: Vec::new(),
            response_partition_limit: 2000,
            cursor: None,
        }
    }
}

impl Wire for DescribeTopicPartitionsRequest {
    fn min_size(_: Version) -> usize {
        7
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            topics: d.read(v, "DescribeTopicPartitionsRequest.topics")?,
            response_partition_limit: d.read(v, "DescribeTopicPartitionsRequest.response_partition_limit")?,
            cursor: d.read(v, "DescribeTopicPartitionsRequest.cursor")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.topics, v, "DescribeTopicPartitionsRequest.topics");
        e.write(&self.response_partition_limit, v, "DescribeTopicPartitionsRequest.response_partition_limit");
        e.write(&self.cursor, v, "DescribeTopicPartitionsRequest.cursor");
        e.tags(v, |_| {});
    }
}

/// Part of [`DescribeTopicPartitionsRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Cursor {
    pub topic_name: Str,
    pub partition_index: i32,
}

impl Wire for Cursor {
    fn min_size(_: Version) -> usize {
        6
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            topic_name: d.read(v, "Cursor.topic_name")?,
            partition_index: d.read(v, "Cursor.partition_index")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.topic_name, v, "Cursor.topic_name");
        e.write(&self.partition_index, v, "Cursor.partition_index");
        e.tags(v, |_| {});
    }
}

impl Nullable for Cursor {}

/// Part of [`DescribeTopicPartitionsRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TopicRequest {
    pub name: Str,
}

impl Wire for TopicRequest {
    fn min_size(_: Version) -> usize {
        2
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            name: d.read(v, "TopicRequest.name")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.name, v, "TopicRequest.name");
        e.tags(v, |_| {});
    }
}

impl Message for DescribeTopicPartitionsRequest {
    const NAME: &'static str = "DescribeTopicPartitionsRequest";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
