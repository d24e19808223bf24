//! `ExpireDelegationTokenResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the ExpireDelegationToken API (key 40), versions 1 to 2.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ExpireDelegationTokenResponse {
    pub error_code: ErrorCode,
    pub expiry_timestamp_ms: i64,
    pub throttle_time_ms: i32,
}

impl Wire for ExpireDelegationTokenResponse {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=1 => 14,
            _ => 15,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            error_code: d.read(v, "ExpireDelegationTokenResponse.error_code")?,
            expiry_timestamp_ms: d.read(v, "ExpireDelegationTokenResponse.expiry_timestamp_ms")?,
            throttle_time_ms: d.read(v, "ExpireDelegationTokenResponse.throttle_time_ms")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.error_code, v, "ExpireDelegationTokenResponse.error_code");
        e.write(&self.expiry_timestamp_ms, v, "ExpireDelegationTokenResponse.expiry_timestamp_ms");
        e.write(&self.throttle_time_ms, v, "ExpireDelegationTokenResponse.throttle_time_ms");
        e.tags(v, |_| {});
    }
}

impl Message for ExpireDelegationTokenResponse {
    const NAME: &'static str = "ExpireDelegationTokenResponse";
    const VERSIONS: RangeInclusive<i16> = 1..=2;
    const FLEXIBLE_FROM: i16 = 2;
}
