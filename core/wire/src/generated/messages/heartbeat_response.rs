//! `HeartbeatResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the Heartbeat API (key 12), versions 0 to 4.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct HeartbeatResponse {
    pub throttle_time_ms: i32,
    pub error_code: ErrorCode,
}

impl Wire for HeartbeatResponse {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=0 => 2,
            1..=3 => 6,
            _ => 7,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            throttle_time_ms: if v.number >= 1 { d.read(v, "HeartbeatResponse.throttle_time_ms")? } else { 0 },
            error_code: d.read(v, "HeartbeatResponse.error_code")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        if v.number >= 1 { e.write(&self.throttle_time_ms, v, "HeartbeatResponse.throttle_time_ms"); }
        e.write(&self.error_code, v, "HeartbeatResponse.error_code");
        e.tags(v, |_| {});
    }
}

impl Message for HeartbeatResponse {
    const NAME: &'static str = "HeartbeatResponse";
    const VERSIONS: RangeInclusive<i16> = 0..=4;
    const FLEXIBLE_FROM: i16 = 4;
}
