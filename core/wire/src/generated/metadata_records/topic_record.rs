//! `TopicRecord`: generated from the schema text.

use crate::codec::prelude::*;

/// Record of the cluster metadata log (type 2), version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TopicRecord {
    pub name: Str,
    pub topic_id: Uuid,
}

impl Wire for TopicRecord {
    fn min_size(_: Version) -> usize {
        18
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            name: d.read(v, "TopicRecord.name")?,
            topic_id: d.read(v, "TopicRecord.topic_id")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.name, v, "TopicRecord.name");
        e.write(&self.topic_id, v, "TopicRecord.topic_id");
        e.tags(v, |_| {});
    }
}

impl Message for TopicRecord {
    const NAME: &'static str = "TopicRecord";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
