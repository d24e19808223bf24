//! `LegacyOffsetCommitKey`: generated from the schema text.

use crate::codec::prelude::*;

/// Key of the coordinator records of type 0, version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct LegacyOffsetCommitKey {
    pub group: Str,
    pub topic: Str,
    pub partition: i32,
}

impl Wire for LegacyOffsetCommitKey {
    fn min_size(_: Version) -> usize {
        8
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        Ok(Self {
            group: d.read(v, "LegacyOffsetCommitKey.group")?,
            topic: d.read(v, "LegacyOffsetCommitKey.topic")?,
            partition: d.read(v, "LegacyOffsetCommitKey.partition")?,
        })
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.group, v, "LegacyOffsetCommitKey.group");
        e.write(&self.topic, v, "LegacyOffsetCommitKey.topic");
        e.write(&self.partition, v, "LegacyOffsetCommitKey.partition");
    }
}

impl Message for LegacyOffsetCommitKey {
    const NAME: &'static str = "LegacyOffsetCommitKey";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = i16::MAX;
}
