//! `BrokerRegistrationResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the BrokerRegistration API (key 62), versions 0 to 4.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BrokerRegistrationResponse {
    pub throttle_time_ms: i32,
    pub error_code: ErrorCode,
    pub broker_epoch: i64,
}

impl Default for BrokerRegistrationResponse {
    fn default() -> Self {
        Self {
            throttle_time_ms: 0,
            error_code: ErrorCode::NONE,
            broker_epoch: -1,
        }
    }
}

impl Wire for BrokerRegistrationResponse {
    fn min_size(_: Version) -> usize {
        15
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            throttle_time_ms: d.read(v, "BrokerRegistrationResponse.throttle_time_ms")?,
            error_code: d.read(v, "BrokerRegistrationResponse.error_code")?,
            broker_epoch: d.read(v, "BrokerRegistrationResponse.broker_epoch")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.throttle_time_ms, v, "BrokerRegistrationResponse.throttle_time_ms");
        e.write(&self.error_code, v, "BrokerRegistrationResponse.error_code");
        e.write(&self.broker_epoch, v, "BrokerRegistrationResponse.broker_epoch");
        e.tags(v, |_| {});
    }
}

impl Message for BrokerRegistrationResponse {
    const NAME: &'static str = "BrokerRegistrationResponse";
    const VERSIONS: RangeInclusive<i16> = 0..=4;
    const FLEXIBLE_FROM: i16 = 0;
}
