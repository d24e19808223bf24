//! `ExpireDelegationTokenRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the ExpireDelegationToken API (key 40), versions 1 to 2.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ExpireDelegationTokenRequest {
    pub hmac: Bytes,
    pub expiry_time_period_ms: i64,
}

impl Wire for ExpireDelegationTokenRequest {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=1 => 12,
            _ => 10,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            hmac: d.read(v, "ExpireDelegationTokenRequest.hmac")?,
            expiry_time_period_ms: d.read(v, "ExpireDelegationTokenRequest.expiry_time_period_ms")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.hmac, v, "ExpireDelegationTokenRequest.hmac");
        e.write(&self.expiry_time_period_ms, v, "ExpireDelegationTokenRequest.expiry_time_period_ms");
        e.tags(v, |_| {});
    }
}

impl Message for ExpireDelegationTokenRequest {
    const NAME: &'static str = "ExpireDelegationTokenRequest";
    const VERSIONS: RangeInclusive<i16> = 1..=2;
    const FLEXIBLE_FROM: i16 = 2;
}
