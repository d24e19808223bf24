//! `CreatePartitionsResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the CreatePartitions API (key 37), versions 0 to 3.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct CreatePartitionsResponse {
    pub throttle_time_ms: i32,
    pub results: Vec<CreatePartitionsTopicResult>,
}

impl Wire for CreatePartitionsResponse {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=1 => 8,
            _ => 6,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            throttle_time_ms: d.read(v, "CreatePartitionsResponse.throttle_time_ms")?,
            results: d.read(v, "CreatePartitionsResponse.results")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.throttle_time_ms, v, "CreatePartitionsResponse.throttle_time_ms");
        e.write(&self.results, v, "CreatePartitionsResponse.results");
        e.tags(v, |_| {});
    }
}

/// Part of [`CreatePartitionsResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct CreatePartitionsTopicResult {
    pub name: Str,
    pub error_code: ErrorCode,
    pub error_message: Option<Str>,
}

impl Wire for CreatePartitionsTopicResult {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=1 => 6,
            _ => 5,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            name: d.read(v, "CreatePartitionsTopicResult.name")?,
            error_code: d.read(v, "CreatePartitionsTopicResult.error_code")?,
            error_message: d.read(v, "CreatePartitionsTopicResult.error_message")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.name, v, "CreatePartitionsTopicResult.name");
        e.write(&self.error_code, v, "CreatePartitionsTopicResult.error_code");
        e.write(&self.error_message, v, "CreatePartitionsTopicResult.error_message");
        e.tags(v, |_| {});
    }
}

impl Message for CreatePartitionsResponse {
    const NAME: &'static str = "CreatePartitionsResponse";
    const VERSIONS: RangeInclusive<i16> = 0..=3;
    const FLEXIBLE_FROM: i16 = 2;
}
