//! `BrokerHeartbeatResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the BrokerHeartbeat API (key 63), versions 0 to 2.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BrokerHeartbeatResponse {
    pub throttle_time_ms: i32,
    pub error_code: ErrorCode,
    pub is_caught_up: bool,
    pub is_fenced: bool,
    pub should_shut_down: bool,
}

impl Default for BrokerHeartbeatResponse {
    fn default() -> Self {
        Self {
            throttle_time_ms: 0,
            error_code: ErrorCode::NONE,
            is_caught_up: false,
            is_fenced: true,
            should_shut_down: false,
        }
    }
}

impl Wire for BrokerHeartbeatResponse {
    fn min_size(_: Version) -> usize {
        10
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            throttle_time_ms: d.read(v, "BrokerHeartbeatResponse.throttle_time_ms")?,
            error_code: d.read(v, "BrokerHeartbeatResponse.error_code")?,
            is_caught_up: d.read(v, "BrokerHeartbeatResponse.is_caught_up")?,
            is_fenced: d.read(v, "BrokerHeartbeatResponse.is_fenced")?,
            should_shut_down: d.read(v, "BrokerHeartbeatResponse.should_shut_down")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.throttle_time_ms, v, "BrokerHeartbeatResponse.throttle_time_ms");
        e.write(&self.error_code, v, "BrokerHeartbeatResponse.error_code");
        e.write(&self.is_caught_up, v, "BrokerHeartbeatResponse.is_caught_up");
        e.write(&self.is_fenced, v, "BrokerHeartbeatResponse.is_fenced");
        e.write(&self.should_shut_down, v, "BrokerHeartbeatResponse.should_shut_down");
        e.tags(v, |_| {});
    }
}

impl Message for BrokerHeartbeatResponse {
    const NAME: &'static str = "BrokerHeartbeatResponse";
    const VERSIONS: RangeInclusive<i16> = 0..=2;
    const FLEXIBLE_FROM: i16 = 0;
}
