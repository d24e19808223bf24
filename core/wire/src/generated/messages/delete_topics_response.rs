//! `DeleteTopicsResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the DeleteTopics API (key 20), versions 1 to 6.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DeleteTopicsResponse {
    pub throttle_time_ms: i32,
    pub responses: Vec<DeletableTopicResult>,
}

impl Wire for DeleteTopicsResponse {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=3 => 8,
            _ => 6,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            throttle_time_ms: d.read(v, "DeleteTopicsResponse.throttle_time_ms")?,
            responses: d.read(v, "DeleteTopicsResponse.responses")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.throttle_time_ms, v, "DeleteTopicsResponse.throttle_time_ms");
        e.write(&self.responses, v, "DeleteTopicsResponse.responses");
        e.tags(v, |_| {});
    }
}

/// Part of [`DeleteTopicsResponse`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DeletableTopicResult {
    pub name: Option<Str>,
    pub topic_id: Uuid,
    pub error_code: ErrorCode,
    pub error_message: Option<Str>,
}

impl Default for DeletableTopicResult {
    fn default() -> Self {
        Self {
            name: Some(Str::default()),
            topic_id: Uuid::ZERO,
            error_code: ErrorCode::NONE,
            error_message: None,
        }
    }
}

impl Wire for DeletableTopicResult {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=4 => 4,
            5..=5 => 5,
            _ => 21,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            name: if v.number >= 6 { d.read(v, "DeletableTopicResult.name")? } else { Some(d.read(v, "DeletableTopicResult.name")?) },
            topic_id: if v.number >= 6 { d.read(v, "DeletableTopicResult.topic_id")? } else { Uuid::ZERO },
            error_code: d.read(v, "DeletableTopicResult.error_code")?,
            error_message: if v.number >= 5 { d.read(v, "DeletableTopicResult.error_message")? } else { None },
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        if v.number >= 6 { e.write(&self.name, v, "DeletableTopicResult.name"); } else { e.required(self.name.as_ref(), v, "DeletableTopicResult.name"); }
        if v.number >= 6 { e.write(&self.topic_id, v, "DeletableTopicResult.topic_id"); }
        e.write(&self.error_code, v, "DeletableTopicResult.error_code");
        if v.number >= 5 { e.write(&self.error_message, v, "DeletableTopicResult.error_message"); }
        e.tags(v, |_| {});
    }
}

impl Message for DeleteTopicsResponse {
    const NAME: &'static str = "DeleteTopicsResponse";
    const VERSIONS: RangeInclusive<i16> = 1..=6;
    const FLEXIBLE_FROM: i16 = 4;
}
