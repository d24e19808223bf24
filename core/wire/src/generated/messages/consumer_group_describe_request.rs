//! `ConsumerGroupDescribeRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the ConsumerGroupDescribe API (key 69), versions 0 to 1.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ConsumerGroupDescribeRequest {
    pub group_ids: Vec<Str>,
    pub include_authorized_operations: bool,
}

impl Wire for ConsumerGroupDescribeRequest {
    fn min_size(_: Version) -> usize {
        3
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            group_ids: d.read(v, "ConsumerGroupDescribeRequest.group_ids")?,
            include_authorized_operations: d.read(v, "ConsumerGroupDescribeRequest.include_authorized_operations")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.group_ids, v, "ConsumerGroupDescribeRequest.group_ids");
        e.write(&self.include_authorized_operations, v, "ConsumerGroupDescribeRequest.include_authorized_operations");
        e.tags(v, |_| {});
    }
}

impl Message for ConsumerGroupDescribeRequest {
    const NAME: &'static str = "ConsumerGroupDescribeRequest";
    const VERSIONS: RangeInclusive<i16> = 0..=1;
    const FLEXIBLE_FROM: i16 = 0;
}
