//! `DeleteTopicsRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the DeleteTopics API (key 20), versions 1 to 6.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DeleteTopicsRequest {
    pub topics: Vec<DeleteTopicState>,
    pub topic_names: Vec<Str>,
    pub timeout_ms: i32,
}

impl Wire for DeleteTopicsRequest {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=3 => 8,
            _ => 6,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            topics: if v.number >= 6 { d.read(v, "DeleteTopicsRequest.topics")? } else { Vec::new() },
            topic_names: if v.number <= 5 { d.read(v, "DeleteTopicsRequest.topic_names")? } else { Vec::new() },
            timeout_ms: d.read(v, "DeleteTopicsRequest.timeout_ms")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        if v.number >= 6 { e.write(&self.topics, v, "DeleteTopicsRequest.topics"); } else { e.absent(!self.topics.is_empty(), "DeleteTopicsRequest.topics"); }
        if v.number <= 5 { e.write(&self.topic_names, v, "DeleteTopicsRequest.topic_names"); }
        e.write(&self.timeout_ms, v, "DeleteTopicsRequest.timeout_ms");
        e.tags(v, |_| {});
    }
}

/// Part of [`DeleteTopicsRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DeleteTopicState {
    pub name: Option<Str>,
    pub topic_id: Uuid,
}

impl Wire for DeleteTopicState {
    fn min_size(_: Version) -> usize {
        18
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            name: d.read(v, "DeleteTopicState.name")?,
            topic_id: d.read(v, "DeleteTopicState.topic_id")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.name, v, "DeleteTopicState.name");
        e.write(&self.topic_id, v, "DeleteTopicState.topic_id");
        e.tags(v, |_| {});
    }
}

impl Message for DeleteTopicsRequest {
    const NAME: &'static str = "DeleteTopicsRequest";
    const VERSIONS: RangeInclusive<i16> = 1..=6;
    const FLEXIBLE_FROM: i16 = 4;
}
