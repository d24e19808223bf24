//! `RenewDelegationTokenRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the RenewDelegationToken API (key 39), versions 1 to 2.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct RenewDelegationTokenRequest {
    pub hmac: Bytes,
    pub renew_period_ms: i64,
}

impl Wire for RenewDelegationTokenRequest {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=1 => 12,
            _ => 10,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            hmac: d.read(v, "RenewDelegationTokenRequest.hmac")?,
            renew_period_ms: d.read(v, "RenewDelegationTokenRequest.renew_period_ms")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.hmac, v, "RenewDelegationTokenRequest.hmac");
        e.write(&self.renew_period_ms, v, "RenewDelegationTokenRequest.renew_period_ms");
        e.tags(v, |_| {});
    }
}

impl Message for RenewDelegationTokenRequest {
    const NAME: &'static str = "RenewDelegationTokenRequest";
    const VERSIONS: RangeInclusive<i16> = 1..=2;
    const FLEXIBLE_FROM: i16 = 2;
}
