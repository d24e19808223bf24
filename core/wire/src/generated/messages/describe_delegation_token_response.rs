//! `DescribeDelegationTokenResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the DescribeDelegationToken API (key 41), versions 1 to 3.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DescribeDelegationTokenResponse {
    pub error_code: ErrorCode,
    pub tokens: Vec<DescribedDelegationToken>,
    pub throttle_time_ms: i32,
}

impl Wire for DescribeDelegationTokenResponse {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=1 => 10,
            _ => 8,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            error_code: d.read(v, "DescribeDelegationTokenResponse.error_code")?,
            tokens: d.read(v, "DescribeDelegationTokenResponse.tokens")?,
            throttle_time_ms: d.read(v, "DescribeDelegationTokenResponse.throttle_time_ms")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.error_code, v, "DescribeDelegationTokenResponse.error_code");
        e.write(&self.tokens, v, "DescribeDelegationTokenResponse.tokens");
        e.write(&self.throttle_time_ms, v, "DescribeDelegationTokenResponse.throttle_time_ms");
        e.tags(v, |_| {});
    }
}

/// Part of [`DescribeDelegationTokenResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DescribedDelegationToken {
    pub principal_type: Str,
    pub principal_name: Str,
    pub token_requester_principal_type: Str,
    pub token_requester_principal_name: Str,
    pub issue_timestamp: i64,
    pub expiry_timestamp: i64,
    pub max_timestamp: i64,
    pub token_id: Str,
    pub hmac: Bytes,
    pub renewers: Vec<DescribedDelegationTokenRenewer>,
}

impl Wire for DescribedDelegationToken {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=1 => 38,
            2..=2 => 30,
            _ => 32,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            principal_type: d.read(v, "DescribedDelegationToken.principal_type")?,
            principal_name: d.read(v, "DescribedDelegationToken.principal_name")?,
            token_requester_principal_type: if v.number >= 3 { d.read(v, "DescribedDelegationToken.token_requester_principal_type")? } else { Str::default() },
            token_requester_principal_name: if v.number >= 3 { d.read(v, "DescribedDelegationToken.token_requester_principal_name")? } else { Str::default() },
            issue_timestamp: d.read(v, "DescribedDelegationToken.issue_timestamp")?,
            expiry_timestamp: d.read(v, "DescribedDelegationToken.expiry_timestamp")?,
            max_timestamp: d.read(v, "DescribedDelegationToken.max_timestamp")?,
            token_id: d.read(v, "DescribedDelegationToken.token_id")?,
            hmac: d.read(v, "DescribedDelegationToken.hmac")?,
            renewers: d.read(v, "DescribedDelegationToken.renewers")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.principal_type, v, "DescribedDelegationToken.principal_type");
        e.write(&self.principal_name, v, "DescribedDelegationToken.principal_name");
        if v.number >= 3 { e.write(&self.token_requester_principal_type, v, "DescribedDelegationToken.token_requester_principal_type"); } else { e.absent(!self.token_requester_principal_type.is_empty(), "DescribedDelegationToken.token_requester_principal_type"); }
        if v.number >= 3 { e.write(&self.token_requester_principal_name, v, "DescribedDelegationToken.token_requester_principal_name"); } else { e.absent(!self.token_requester_principal_name.is_empty(), "DescribedDelegationToken.token_requester_principal_name"); }
        e.write(&self.issue_timestamp, v, "DescribedDelegationToken.issue_timestamp");
        e.write(&self.expiry_timestamp, v, "DescribedDelegationToken.expiry_timestamp");
        e.write(&self.max_timestamp, v, "DescribedDelegationToken.max_timestamp");
        e.write(&self.token_id, v, "DescribedDelegationToken.token_id");
        e.write(&self.hmac, v, "DescribedDelegationToken.hmac");
        e.write(&self.renewers, v, "DescribedDelegationToken.renewers");
        e.tags(v, |_| {});
    }
}

/// Part of [`DescribeDelegationTokenResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DescribedDelegationTokenRenewer {
    pub principal_type: Str,
    pub principal_name: Str,
}

impl Wire for DescribedDelegationTokenRenewer {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=1 => 4,
            _ => 3,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            principal_type: d.read(v, "DescribedDelegationTokenRenewer.principal_type")?,
            principal_name: d.read(v, "DescribedDelegationTokenRenewer.principal_name")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.principal_type, v, "DescribedDelegationTokenRenewer.principal_type");
        e.write(&self.principal_name, v, "DescribedDelegationTokenRenewer.principal_name");
        e.tags(v, |_| {});
    }
}

impl Message for DescribeDelegationTokenResponse {
    const NAME: &'static str = "DescribeDelegationTokenResponse";
    const VERSIONS: RangeInclusive<i16> = 1..=3;
    const FLEXIBLE_FROM: i16 = 2;
}
