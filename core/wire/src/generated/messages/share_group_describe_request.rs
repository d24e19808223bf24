//! `ShareGroupDescribeRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the ShareGroupDescribe API (key 77), version 1.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ShareGroupDescribeRequest {
    pub group_ids: Vec<Str>,
    pub include_authorized_operations: bool,
}

impl Wire for ShareGroupDescribeRequest {
    fn min_size(_: Version) -> usize {
        3
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            group_ids: d.read(v, "ShareGroupDescribeRequest.group_ids")?,
            include_authorized_operations: d.read(v, "ShareGroupDescribeRequest.include_authorized_operations")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.group_ids, v, "ShareGroupDescribeRequest.group_ids");
        e.write(&self.include_authorized_operations, v, "ShareGroupDescribeRequest.include_authorized_operations");
        e.tags(v, |_| {});
    }
}

impl Message for ShareGroupDescribeRequest {
    const NAME: &'static str = "ShareGroupDescribeRequest";
    const VERSIONS: RangeInclusive<i16> = 1..=1;
    const FLEXIBLE_FROM: i16 = 1;
}
