//! `ControllerRegistrationResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the ControllerRegistration API (key 70), version 0.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ControllerRegistrationResponse {
    pub throttle_time_ms: i32,
    pub error_code: ErrorCode,
    pub error_message: Option<Str>,
}

impl Default for ControllerRegistrationResponse {
    fn default() -> Self {
        Self {
            throttle_time_ms: 0,
            error_code: ErrorCode::NONE,
            error_message: Some(Str::default()),
        }
    }
}

impl Wire for ControllerRegistrationResponse {
    fn min_size(_: Version) -> usize {
        8
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            throttle_time_ms: d.read(v, "ControllerRegistrationResponse.throttle_time_ms")?,
            error_code: d.read(v, "ControllerRegistrationResponse.error_code")?,
            error_message: d.read(v, "ControllerRegistrationResponse.error_message")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.throttle_time_ms, v, "ControllerRegistrationResponse.throttle_time_ms");
        e.write(&self.error_code, v, "ControllerRegistrationResponse.error_code");
        e.write(&self.error_message, v, "ControllerRegistrationResponse.error_message");
        e.tags(v, |_| {});
    }
}

impl Message for ControllerRegistrationResponse {
    const NAME: &'static str = "ControllerRegistrationResponse";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
