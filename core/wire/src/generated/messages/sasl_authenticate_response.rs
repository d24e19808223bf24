//! `SaslAuthenticateResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the SaslAuthenticate API (key 36), versions 0 to 2.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SaslAuthenticateResponse {
    pub error_code: ErrorCode,
    pub error_message: Option<Str>,
    pub auth_bytes: Bytes,
    pub session_lifetime_ms: i64,
}

impl Default for SaslAuthenticateResponse {
    fn default() -> Self {
        Self {
            error_code: ErrorCode::NONE,
            error_message: Some(Str::default()),
            auth_bytes: Bytes::new(),
            session_lifetime_ms: 0,
        }
    }
}

impl Wire for SaslAuthenticateResponse {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=0 => 8,
            1..=1 => 16,
            _ => 13,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            error_code: d.read(v, "SaslAuthenticateResponse.error_code")?,
            error_message: d.read(v, "SaslAuthenticateResponse.error_message")?,
            auth_bytes: d.read(v, "SaslAuthenticateResponse.auth_bytes")?,
            session_lifetime_ms: if v.number >= 1 { d.read(v, "SaslAuthenticateResponse.session_lifetime_ms")? } else { 0 },
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.error_code, v, "SaslAuthenticateResponse.error_code");
        e.write(&self.error_message, v, "SaslAuthenticateResponse.error_message");
        e.write(&self.auth_bytes, v, "SaslAuthenticateResponse.auth_bytes");
        if v.number >= 1 { e.write(&self.session_lifetime_ms, v, "SaslAuthenticateResponse.session_lifetime_ms"); }
        e.tags(v, |_| {});
    }
}

impl Message for SaslAuthenticateResponse {
    const NAME: &'static str = "SaslAuthenticateResponse";
    const VERSIONS: RangeInclusive<i16> = 0..=2;
    const FLEXIBLE_FROM: i16 = 2;
}
