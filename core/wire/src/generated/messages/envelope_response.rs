//! `EnvelopeResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the Envelope API (key 58), version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct EnvelopeResponse {
    pub response_data: Option<Bytes>,
    pub error_code: ErrorCode,
}

impl Wire for EnvelopeResponse {
    fn min_size(_: Version) -> usize {
        4
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            response_data: d.read(v, "EnvelopeResponse.response_data")?,
            error_code: d.read(v, "EnvelopeResponse.error_code")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.response_data, v, "EnvelopeResponse.response_data");
        e.write(&self.error_code, v, "EnvelopeResponse.error_code");
        e.tags(v, |_| {});
    }
}

impl Message for EnvelopeResponse {
    const NAME: &'static str = "EnvelopeResponse";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
