//! `RemoveTopicRecord`: generated from the schema text.

use crate::codec::prelude::*;

/// Record of the cluster metadata log (type 9), version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct RemoveTopicRecord {
    pub topic_id: Uuid,
}

impl Wire for RemoveTopicRecord {
    fn min_size(_: Version) -> usize {
        17
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            topic_id: d.read(v, "RemoveTopicRecord.topic_id")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.topic_id, v, "RemoveTopicRecord.topic_id");
        e.tags(v, |_| {});
    }
}

impl Message for RemoveTopicRecord {
    const NAME: &'static str = "RemoveTopicRecord";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
