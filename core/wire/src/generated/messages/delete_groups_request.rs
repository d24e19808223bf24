//! `DeleteGroupsRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the DeleteGroups API (key 42), versions 0 to 2.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DeleteGroupsRequest {
    pub groups_names: Vec<Str>,
}

impl Wire for DeleteGroupsRequest {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=1 => 4,
            _ => 2,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            groups_names: d.read(v, "DeleteGroupsRequest.groups_names")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.groups_names, v, "DeleteGroupsRequest.groups_names");
        e.tags(v, |_| {});
    }
}

impl Message for DeleteGroupsRequest {
    const NAME: &'static str = "DeleteGroupsRequest";
    const VERSIONS: RangeInclusive<i16> = 0..=2;
    const FLEXIBLE_FROM: i16 = 2;
}
