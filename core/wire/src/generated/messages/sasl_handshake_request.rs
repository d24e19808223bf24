//! `SaslHandshakeRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the SaslHandshake API (key 17), versions 0 to 1.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct SaslHandshakeRequest {
    pub mechanism: Str,
}

impl Wire for SaslHandshakeRequest {
    fn min_size(_: Version) -> usize {
        2
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        Ok(Self {
            mechanism: d.read(v, "SaslHandshakeRequest.mechanism")?,
        })
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.mechanism, v, "SaslHandshakeRequest.mechanism");
    }
}

impl Message for SaslHandshakeRequest {
    const NAME: &'static str = "SaslHandshakeRequest";
    const VERSIONS: RangeInclusive<i16> = 0..=1;
    const FLEXIBLE_FROM: i16 = i16::MAX;
}
