//! `CreateDelegationTokenResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the CreateDelegationToken API (key 38), versions 1 to 3.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct CreateDelegationTokenResponse {
    pub error_code: ErrorCode,
    pub principal_type: Str,
    pub principal_name: Str,
    pub token_requester_principal_type: Str,
    pub token_requester_principal_name: Str,
    pub issue_timestamp_ms: i64,
    pub expiry_timestamp_ms: i64,
    pub max_timestamp_ms: i64,
    pub token_id: Str,
    pub hmac: Bytes,
    pub throttle_time_ms: i32,
}

impl Wire for CreateDelegationTokenResponse {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=1 => 40,
            2..=2 => 35,
            _ => 37,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            error_code: d.read(v, "CreateDelegationTokenResponse.error_code")?,
            principal_type: d.read(v, "CreateDelegationTokenResponse.principal_type")?,
            principal_name: d.read(v, "CreateDelegationTokenResponse.principal_name")?,
            token_requester_principal_type: if v.number >= 3 { d.read(v, "CreateDelegationTokenResponse.token_requester_principal_type")? } else { Str::default() },
            token_requester_principal_name: if v.number >= 3 { d.read(v, "CreateDelegationTokenResponse.token_requester_principal_name")? } else { Str::default() },
            issue_timestamp_ms: d.read(v, "CreateDelegationTokenResponse.issue_timestamp_ms")?,
            expiry_timestamp_ms: d.read(v, "CreateDelegationTokenResponse.expiry_timestamp_ms")?,
            max_timestamp_ms: d.read(v, "CreateDelegationTokenResponse.max_timestamp_ms")?,
            token_id: d.read(v, "CreateDelegationTokenResponse.token_id")?,
            hmac: d.read(v, "CreateDelegationTokenResponse.hmac")?,
            throttle_time_ms: d.read(v, "CreateDelegationTokenResponse.throttle_time_ms")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.error_code, v, "CreateDelegationTokenResponse.error_code");
        e.write(&self.principal_type, v, "CreateDelegationTokenResponse.principal_type");
        e.write(&self.principal_name, v, "CreateDelegationTokenResponse.principal_name");
        if v.number >= 3 { e.write(&self.token_requester_principal_type, v, "CreateDelegationTokenResponse.token_requester_principal_type"); } else { e.absent(!self.token_requester_principal_type.is_empty(), "CreateDelegationTokenResponse.token_requester_principal_type"); }
        if v.number >= 3 { e.write(&self.token_requester_principal_name, v, "CreateDelegationTokenResponse.token_requester_principal_name"); } else { e.absent(!self.token_requester_principal_name.is_empty(), "CreateDelegationTokenResponse.token_requester_principal_name"); }
        e.write(&self.issue_timestamp_ms, v, "CreateDelegationTokenResponse.issue_timestamp_ms");
        e.write(&self.expiry_timestamp_ms, v, "CreateDelegationTokenResponse.expiry_timestamp_ms");
        e.write(&self.max_timestamp_ms, v, "CreateDelegationTokenResponse.max_timestamp_ms");
        e.write(&self.token_id, v, "CreateDelegationTokenResponse.token_id");
        e.write(&self.hmac, v, "CreateDelegationTokenResponse.hmac");
        e.write(&self.throttle_time_ms, v, "CreateDelegationTokenResponse.throttle_time_ms");
        e.tags(v, |_| {});
    }
}

impl Message for CreateDelegationTokenResponse {
    const NAME: &'static str = "CreateDelegationTokenResponse";
    const VERSIONS: RangeInclusive<i16> = 1..=3;
    const FLEXIBLE_FROM: i16 = 2;
}
