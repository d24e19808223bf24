//! `AlterUserScramCredentialsResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the AlterUserScramCredentials API (key 51), version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AlterUserScramCredentialsResponse {
    pub throttle_time_ms: i32,
    pub results: Vec<AlterUserScramCredentialsResult>,
}

impl Wire for AlterUserScramCredentialsResponse {
    fn min_size(_: Version) -> usize {
        6
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            throttle_time_ms: d.read(v, "AlterUserScramCredentialsResponse.throttle_time_ms")?,
            results: d.read(v, "AlterUserScramCredentialsResponse.results")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.throttle_time_ms, v, "AlterUserScramCredentialsResponse.throttle_time_ms");
        e.write(&self.results, v, "AlterUserScramCredentialsResponse.results");
        e.tags(v, |_| {});
    }
}

/// Part of [`AlterUserScramCredentialsResponse`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AlterUserScramCredentialsResult {
    pub user: Str,
    pub error_code: ErrorCode,
    pub error_message: Option<Str>,
}

impl Default for AlterUserScramCredentialsResult {
    fn default() -> Self {
        Self {
            user: Str::default(),
            error_code: ErrorCode::NONE,
            error_message: Some(Str::default()),
        }
    }
}

impl Wire for AlterUserScramCredentialsResult {
    fn min_size(_: Version) -> usize {
        5
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            user: d.read(v, "AlterUserScramCredentialsResult.user")?,
            error_code: d.read(v, "AlterUserScramCredentialsResult.error_code")?,
            error_message: d.read(v, "AlterUserScramCredentialsResult.error_message")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.user, v, "AlterUserScramCredentialsResult.user");
        e.write(&self.error_code, v, "AlterUserScramCredentialsResult.error_code");
        e.write(&self.error_message, v, "AlterUserScramCredentialsResult.error_message");
        e.tags(v, |_| {});
    }
}

impl Message for AlterUserScramCredentialsResponse {
    const NAME: &'static str = "AlterUserScramCredentialsResponse";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
