//! `DescribeUserScramCredentialsResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the DescribeUserScramCredentials API (key 50), version 0.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DescribeUserScramCredentialsResponse {
    pub throttle_time_ms: i32,
    pub error_code: ErrorCode,
    pub error_message: Option<Str>,
    pub results: Vec<DescribeUserScramCredentialsResult>,
}

impl Default for DescribeUserScramCredentialsResponse {
    fn default() -> Self {
        Self {
            throttle_time_ms: 0,
            error_code: ErrorCode::NONE,
            error_message: Some(Str::default()),
            results: Vec::new(),
        }
    }
}

impl Wire for DescribeUserScramCredentialsResponse {
    fn min_size(_: Version) -> usize {
        9
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            throttle_time_ms: d.read(v, "DescribeUserScramCredentialsResponse.throttle_time_ms")?,
            error_code: d.read(v, "DescribeUserScramCredentialsResponse.error_code")?,
            error_message: d.read(v, "DescribeUserScramCredentialsResponse.error_message")?,
            results: d.read(v, "DescribeUserScramCredentialsResponse.results")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.throttle_time_ms, v, "DescribeUserScramCredentialsResponse.throttle_time_ms");
        e.write(&self.error_code, v, "DescribeUserScramCredentialsResponse.error_code");
        e.write(&self.error_message, v, "DescribeUserScramCredentialsResponse.error_message");
        e.write(&self.results, v, "DescribeUserScramCredentialsResponse.results");
        e.tags(v, |_| {});
    }
}

/// Part of [`DescribeUserScramCredentialsResponse`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DescribeUserScramCredentialsResult {
    pub user: Str,
    pub error_code: ErrorCode,
    pub error_message: Option<Str>,
    pub credential_infos: Vec<CredentialInfo>,
}

impl Default for DescribeUserScramCredentialsResult {
    fn default() -> Self {
        Self {
            user: Str::default(),
            error_code: ErrorCode::NONE,
            error_message: Some(Str::default()),
            credential_infos: Vec::new(),
        }
    }
}

impl Wire for DescribeUserScramCredentialsResult {
    fn min_size(_: Version) -> usize {
        6
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            user: d.read(v, "DescribeUserScramCredentialsResult.user")?,
            error_code: d.read(v, "DescribeUserScramCredentialsResult.error_code")?,
            error_message: d.read(v, "DescribeUserScramCredentialsResult.error_message")?,
            credential_infos: d.read(v, "DescribeUserScramCredentialsResult.credential_infos")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.user, v, "DescribeUserScramCredentialsResult.user");
        e.write(&self.error_code, v, "DescribeUserScramCredentialsResult.error_code");
        e.write(&self.error_message, v, "DescribeUserScramCredentialsResult.error_message");
        e.write(&self.credential_infos, v, "DescribeUserScramCredentialsResult.credential_infos");
        e.tags(v, |_| {});
    }
}

/// Part of [`DescribeUserScramCredentialsResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct CredentialInfo {
    pub mechanism: i8,
    pub iterations: i32,
}

impl Wire for CredentialInfo {
    fn min_size(_: Version) -> usize {
        6
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            mechanism: d.read(v, "CredentialInfo.mechanism")?,
            iterations: d.read(v, "CredentialInfo.iterations")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.mechanism, v, "CredentialInfo.mechanism");
        e.write(&self.iterations, v, "CredentialInfo.iterations");
        e.tags(v, |_| {});
    }
}

impl Message for DescribeUserScramCredentialsResponse {
    const NAME: &'static str = "DescribeUserScramCredentialsResponse";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
