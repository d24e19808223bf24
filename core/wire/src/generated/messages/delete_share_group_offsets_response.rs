//! `DeleteShareGroupOffsetsResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the DeleteShareGroupOffsets API (key 92), version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DeleteShareGroupOffsetsResponse {
    pub throttle_time_ms: i32,
    pub error_code: ErrorCode,
    pub error_message: Option<Str>,
    pub responses: Vec<DeleteShareGroupOffsetsResponseTopic>,
}

impl Wire for DeleteShareGroupOffsetsResponse {
    fn min_size(_: Version) -> usize {
        9
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            throttle_time_ms: d.read(v, "DeleteShareGroupOffsetsResponse.throttle_time_ms")?,
            error_code: d.read(v, "DeleteShareGroupOffsetsResponse.error_code")?,
            error_message: d.read(v, "DeleteShareGroupOffsetsResponse.error_message")?,
            responses: d.read(v, "DeleteShareGroupOffsetsResponse.responses")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.throttle_time_ms, v, "DeleteShareGroupOffsetsResponse.throttle_time_ms");
        e.write(&self.error_code, v, "DeleteShareGroupOffsetsResponse.error_code");
        e.write(&self.error_message, v, "DeleteShareGroupOffsetsResponse.error_message");
        e.write(&self.responses, v, "DeleteShareGroupOffsetsResponse.responses");
        e.tags(v, |_| {});
    }
}

/// Part of [`DeleteShareGroupOffsetsResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DeleteShareGroupOffsetsResponseTopic {
    pub topic_name: Str,
    pub topic_id: Uuid,
    pub error_code: ErrorCode,
    pub error_message: Option<Str>,
}

impl Wire for DeleteShareGroupOffsetsResponseTopic {
    fn min_size(_: Version) -> usize {
        21
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            topic_name: d.read(v, "DeleteShareGroupOffsetsResponseTopic.topic_name")?,
            topic_id: d.read(v, "DeleteShareGroupOffsetsResponseTopic.topic_id")?,
            error_code: d.read(v, "DeleteShareGroupOffsetsResponseTopic.error_code")?,
            error_message: d.read(v, "DeleteShareGroupOffsetsResponseTopic.error_message")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.topic_name, v, "DeleteShareGroupOffsetsResponseTopic.topic_name");
        e.write(&self.topic_id, v, "DeleteShareGroupOffsetsResponseTopic.topic_id");
        e.write(&self.error_code, v, "DeleteShareGroupOffsetsResponseTopic.error_code");
        e.write(&self.error_message, v, "DeleteShareGroupOffsetsResponseTopic.error_message");
        e.tags(v, |_| {});
    }
}

impl Message for DeleteShareGroupOffsetsResponse {
    const NAME: &'static str = "DeleteShareGroupOffsetsResponse";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
