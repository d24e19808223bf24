//! `PushTelemetryResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the PushTelemetry API (key 72), version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PushTelemetryResponse {
    pub throttle_time_ms: i32,
    pub error_code: ErrorCode,
}

impl Wire for PushTelemetryResponse {
    fn min_size(_: Version) -> usize {
        7
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            throttle_time_ms: d.read(v, "PushTelemetryResponse.throttle_time_ms")?,
            error_code: d.read(v, "PushTelemetryResponse.error_code")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.throttle_time_ms, v, "PushTelemetryResponse.throttle_time_ms");
        e.write(&self.error_code, v, "PushTelemetryResponse.error_code");
        e.tags(v, |_| {});
    }
}

impl Message for PushTelemetryResponse {
    const NAME: &'static str = "PushTelemetryResponse";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
