//! `SaslAuthenticateRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the SaslAuthenticate API (key 36), versions 0 to 2.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct SaslAuthenticateRequest {
    pub auth_bytes: Bytes,
}

impl Wire for SaslAuthenticateRequest {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=1 => 4,
            _ => 2,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            auth_bytes: d.read(v, "SaslAuthenticateRequest.auth_bytes")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.auth_bytes, v, "SaslAuthenticateRequest.auth_bytes");
        e.tags(v, |_| {});
    }
}

impl Message for SaslAuthenticateRequest {
    const NAME: &'static str = "SaslAuthenticateRequest";
    const VERSIONS: RangeInclusive<i16> = 0..=2;
    const FLEXIBLE_FROM: i16 = 2;
}
