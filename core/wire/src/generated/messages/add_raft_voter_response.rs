//! `AddRaftVoterResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the AddRaftVoter API (key 80), versions 0 to 1.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AddRaftVoterResponse {
    pub throttle_time_ms: i32,
    pub error_code: ErrorCode,
    pub error_message: Option<Str>,
}

impl Default for AddRaftVoterResponse {
    fn default() -> Self {
        Self {
            throttle_time_ms: 0,
            error_code: ErrorCode::NONE,
            error_message: Some(Str::default()),
        }
    }
}

impl Wire for AddRaftVoterResponse {
    fn min_size(_: Version) -> usize {
        8
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            throttle_time_ms: d.read(v, "AddRaftVoterResponse.throttle_time_ms")?,
            error_code: d.read(v, "AddRaftVoterResponse.error_code")?,
            error_message: d.read(v, "AddRaftVoterResponse.error_message")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.throttle_time_ms, v, "AddRaftVoterResponse.throttle_time_ms");
        e.write(&self.error_code, v, "AddRaftVoterResponse.error_code");
        e.write(&self.error_message, v, "AddRaftVoterResponse.error_message");
        e.tags(v, |_| {});
    }
}

impl Message for AddRaftVoterResponse {
    const NAME: &'static str = "AddRaftVoterResponse";
    const VERSIONS: RangeInclusive<i16> = 0..=1;
    const FLEXIBLE_FROM: i16 = 0;
}
