//! `ListConfigResourcesRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the ListConfigResources API (key 74), versions 0 to 1.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ListConfigResourcesRequest {
    pub resource_types: Vec<i8>,
}

impl Wire for ListConfigResourcesRequest {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=0 => 1,
            _ => 2,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            resource_types: if v.number >= 1 { d.read(v, "ListConfigResourcesRequest.resource_types")? } else { Vec::new() },
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        if v.number >= 1 { e.write(&self.resource_types, v, "ListConfigResourcesRequest.resource_types"); } else { e.absent(!self.resource_types.is_empty(), "ListConfigResourcesRequest.resource_types"); }
        e.tags(v, |_| {});
    }
}

impl Message for ListConfigResourcesRequest {
    const NAME: &'static str = "ListConfigResourcesRequest";
    const VERSIONS: RangeInclusive<i16> = 0..=1;
    const FLEXIBLE_FROM: i16 = 0;
}
