//! `ShareUpdateKey`: generated from the schema text.

use crate::codec::prelude::*;

/// Key of the coordinator records of type 1, version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ShareUpdateKey {
    pub group_id: Str,
    pub topic_id: Uuid,
    pub partition: i32,
}

impl Wire for ShareUpdateKey {
    fn min_size(_: Version) -> usize {
        22
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        Ok(Self {
            group_id: d.read(v, "ShareUpdateKey.group_id")?,
            topic_id: d.read(v, "ShareUpdateKey.topic_id")?,
            partition: d.read(v, "ShareUpdateKey.partition")?,
        })
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.group_id, v, "ShareUpdateKey.group_id");
        e.write(&self.topic_id, v, "ShareUpdateKey.topic_id");
        e.write(&self.partition, v, "ShareUpdateKey.partition");
    }
}

impl Message for ShareUpdateKey {
    const NAME: &'static str = "ShareUpdateKey";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = i16::MAX;
}
