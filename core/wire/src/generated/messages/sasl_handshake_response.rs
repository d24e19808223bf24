//! `SaslHandshakeResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the SaslHandshake API (key 17), versions 0 to 1.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct SaslHandshakeResponse {
    pub error_code: ErrorCode,
    pub mechanisms: Vec<Str>,
}

impl Wire for SaslHandshakeResponse {
    fn min_size(_: Version) -> usize {
        6
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        Ok(Self {
            error_code: d.read(v, "SaslHandshakeResponse.error_code")?,
            mechanisms: d.read(v, "SaslHandshakeResponse.mechanisms")?,
        })
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.error_code, v, "SaslHandshakeResponse.error_code");
        e.write(&self.mechanisms, v, "SaslHandshakeResponse.mechanisms");
    }
}

impl Message for SaslHandshakeResponse {
    const NAME: &'static str = "SaslHandshakeResponse";
    const VERSIONS: RangeInclusive<i16> = 0..=1;
    const FLEXIBLE_FROM: i16 = i16::MAX;
}
