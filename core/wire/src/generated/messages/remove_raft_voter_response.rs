//! `RemoveRaftVoterResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the RemoveRaftVoter API (key 81), version 0.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RemoveRaftVoterResponse {
    pub throttle_time_ms: i32,
    pub error_code: ErrorCode,
    pub error_message: Option<Str>,
}

impl Default for RemoveRaftVoterResponse {
    fn default() -> Self {
        Self {
            throttle_time_ms: 0,
            error_code: ErrorCode::NONE,
            error_message: Some(Str::default()),
        }
    }
}

impl Wire for RemoveRaftVoterResponse {
    fn min_size(_: Version) -> usize {
        8
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            throttle_time_ms: d.read(v, "RemoveRaftVoterResponse.throttle_time_ms")?,
            error_code: d.read(v, "RemoveRaftVoterResponse.error_code")?,
            error_message: d.read(v, "RemoveRaftVoterResponse.error_message")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.throttle_time_ms, v, "RemoveRaftVoterResponse.throttle_time_ms");
        e.write(&self.error_code, v, "RemoveRaftVoterResponse.error_code");
        e.write(&self.error_message, v, "RemoveRaftVoterResponse.error_message");
        e.tags(v, |_| {});
    }
}

impl Message for RemoveRaftVoterResponse {
    const NAME: &'static str = "RemoveRaftVoterResponse";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
