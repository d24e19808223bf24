//! `CreateAclsResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the CreateAcls API (key 30), versions 1 to 3.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct CreateAclsResponse {
    pub throttle_time_ms: i32,
    pub results: Vec<AclCreationResult>,
}

impl Wire for CreateAclsResponse {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=1 => 8,
            _ => 6,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            throttle_time_ms: d.read(v, "CreateAclsResponse.throttle_time_ms")?,
            results: d.read(v, "CreateAclsResponse.results")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.throttle_time_ms, v, "CreateAclsResponse.throttle_time_ms");
        e.write(&self.results, v, "CreateAclsResponse.results");
        e.tags(v, |_| {});
    }
}

/// Part of [`CreateAclsResponse`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AclCreationResult {
    pub error_code: ErrorCode,
    pub error_message: Option<Str>,
}

impl Default for AclCreationResult {
    fn default() -> Self {
        Self {
            error_code: ErrorCode::NONE,
            error_message: Some(Str::default()),
        }
    }
}

impl Wire for AclCreationResult {
    fn min_size(_: Version) -> usize {
        4
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            error_code: d.read(v, "AclCreationResult.error_code")?,
            error_message: d.read(v, "AclCreationResult.error_message")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.error_code, v, "AclCreationResult.error_code");
        e.write(&self.error_message, v, "AclCreationResult.error_message");
        e.tags(v, |_| {});
    }
}

impl Message for CreateAclsResponse {
    const NAME: &'static str = "CreateAclsResponse";
    const VERSIONS: RangeInclusive<i16> = 1..=3;
    const FLEXIBLE_FROM: i16 = 2;
}
