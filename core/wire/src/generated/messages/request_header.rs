//! `RequestHeader`: generated from the schema text.

use crate::codec::prelude::*;

/// Header in front of a message, versions 1 to 2.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RequestHeader {
    pub request_api_key: i16,
    pub request_api_version: i16,
    pub correlation_id: i32,
    pub client_id: Option<Str>,
}

impl Default for RequestHeader {
    fn default() -> Self {
        Self {
            request_api_key: 0,
            request_api_version: 0,
            correlation_id: 0,
            client_id: Some(Str::default()),
        }
    }
}

impl Wire for RequestHeader {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=1 => 10,
            _ => 11,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            request_api_key: d.read(v, "RequestHeader.request_api_key")?,
            request_api_version: d.read(v, "RequestHeader.request_api_version")?,
            correlation_id: d.read(v, "RequestHeader.correlation_id")?,
            client_id: d.read(v.inflexible(), "RequestHeader.client_id")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.request_api_key, v, "RequestHeader.request_api_key");
        e.write(&self.request_api_version, v, "RequestHeader.request_api_version");
        e.write(&self.correlation_id, v, "RequestHeader.correlation_id");
        e.write(&self.client_id, v.inflexible(), "RequestHeader.client_id");
        e.tags(v, |_| {});
    }
}

impl Message for RequestHeader {
    const NAME: &'static str = "RequestHeader";
    const VERSIONS: RangeInclusive<i16> = 1..=2;
    const FLEXIBLE_FROM: i16 = 2;
}
