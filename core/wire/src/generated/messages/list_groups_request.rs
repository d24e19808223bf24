//! `ListGroupsRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the ListGroups API (key 16), versions 0 to 5.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ListGroupsRequest {
    pub states_filter: Vec<Str>,
    pub types_filter: Vec<Str>,
}

impl Wire for ListGroupsRequest {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=2 => 0,
            3..=3 => 1,
            4..=4 => 2,
            _ => 3,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            states_filter: if v.number >= 4 { d.read(v, "ListGroupsRequest.states_filter")? } else { Vec::new() },
            types_filter: if v.number >= 5 { d.read(v, "ListGroupsRequest.types_filter")? } else { Vec::new() },
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        if v.number >= 4 { e.write(&self.states_filter, v, "ListGroupsRequest.states_filter"); } else { e.absent(!self.states_filter.is_empty(), "ListGroupsRequest.states_filter"); }
        if v.number >= 5 { e.write(&self.types_filter, v, "ListGroupsRequest.types_filter"); } else { e.absent(!self.types_filter.is_empty(), "ListGroupsRequest.types_filter"); }
        e.tags(v, |_| {});
    }
}

impl Message for ListGroupsRequest {
    const NAME: &'static str = "ListGroupsRequest";
    const VERSIONS: RangeInclusive<i16> = 0..=5;
    const FLEXIBLE_FROM: i16 = 3;
}
