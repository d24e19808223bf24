//! `DescribeGroupsRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the DescribeGroups API (key 15), versions 0 to 6.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DescribeGroupsRequest {
    pub groups: Vec<Str>,
    pub include_authorized_operations: bool,
}

impl Wire for DescribeGroupsRequest {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=2 => 4,
            3..=4 => 5,
            _ => 3,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            groups: d.read(v, "DescribeGroupsRequest.groups")?,
            include_authorized_operations: if v.number >= 3 { d.read(v, "DescribeGroupsRequest.include_authorized_operations")? } else { false },
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.groups, v, "DescribeGroupsRequest.groups");
        if v.number >= 3 { e.write(&self.include_authorized_operations, v, "DescribeGroupsRequest.include_authorized_operations"); } else { e.absent(self.include_authorized_operations, "DescribeGroupsRequest.include_authorized_operations"); }
        e.tags(v, |_| {});
    }
}

impl Message for DescribeGroupsRequest {
    const NAME: &'static str = "DescribeGroupsRequest";
    const VERSIONS: RangeInclusive<i16> = 0..=6;
    const FLEXIBLE_FROM: i16 = 5;
}
