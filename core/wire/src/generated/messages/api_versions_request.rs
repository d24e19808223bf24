//! `ApiVersionsRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the ApiVersions API (key 18), versions 0 to 4.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ApiVersionsRequest {
    pub client_software_name: Str,
    pub client_software_version: Str,
}

impl Wire for ApiVersionsRequest {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=2 => 0,
            _ => 3,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            client_software_name: if v.number >= 3 { d.read(v, "ApiVersionsRequest.client_software_name")? } else { Str::default() },
            client_software_version: if v.number >= 3 { d.read(v, "ApiVersionsRequest.client_software_version")? } else { Str::default() },
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        if v.number >= 3 { e.write(&self.client_software_name, v, "ApiVersionsRequest.client_software_name"); }
        if v.number >= 3 { e.write(&self.client_software_version, v, "ApiVersionsRequest.client_software_version"); }
        e.tags(v, |_| {});
    }
}

impl Message for ApiVersionsRequest {
    const NAME: &'static str = "ApiVersionsRequest";
    const VERSIONS: RangeInclusive<i16> = 0..=4;
    const FLEXIBLE_FROM: i16 = 3;
}
