//! `DeleteShareGroupOffsetsRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the DeleteShareGroupOffsets API (key 92), version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DeleteShareGroupOffsetsRequest {
    pub group_id: Str,
    pub topics: Vec<DeleteShareGroupOffsetsRequestTopic>,
}

impl Wire for DeleteShareGroupOffsetsRequest {
    fn min_size(_: Version) -> usize {
        3
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            group_id: d.read(v, "DeleteShareGroupOffsetsRequest.group_id")?,
            topics: d.read(v, "DeleteShareGroupOffsetsRequest.topics")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.group_id, v, "DeleteShareGroupOffsetsRequest.group_id");
        e.write(&self.topics, v, "DeleteShareGroupOffsetsRequest.topics");
        e.tags(v, |_| {});
    }
}

/// Part of [`DeleteShareGroupOffsetsRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DeleteShareGroupOffsetsRequestTopic {
    pub topic_name: Str,
}

impl Wire for DeleteShareGroupOffsetsRequestTopic {
    fn min_size(_: Version) -> usize {
        2
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            topic_name: d.read(v, "DeleteShareGroupOffsetsRequestTopic.topic_name")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.topic_name, v, "DeleteShareGroupOffsetsRequestTopic.topic_name");
        e.tags(v, |_| {});
    }
}

impl Message for DeleteShareGroupOffsetsRequest {
    const NAME: &'static str = "DeleteShareGroupOffsetsRequest";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
