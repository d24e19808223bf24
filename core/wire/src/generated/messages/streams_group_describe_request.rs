//! `StreamsGroupDescribeRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the StreamsGroupDescribe API (key 89), version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct StreamsGroupDescribeRequest {
    pub group_ids: Vec<Str>,
    pub include_authorized_operations: bool,
}

impl Wire for StreamsGroupDescribeRequest {
    fn min_size(_: Version) -> usize {
        3
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            group_ids: d.read(v, "StreamsGroupDescribeRequest.group_ids")?,
            include_authorized_operations: d.read(v, "StreamsGroupDescribeRequest.include_authorized_operations")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.group_ids, v, "StreamsGroupDescribeRequest.group_ids");
        e.write(&self.include_authorized_operations, v, "StreamsGroupDescribeRequest.include_authorized_operations");
        e.tags(v, |_| {});
    }
}

impl Message for StreamsGroupDescribeRequest {
    const NAME: &'static str = "StreamsGroupDescribeRequest";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
