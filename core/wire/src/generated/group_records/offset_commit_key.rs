//! `OffsetCommitKey`: generated from the schema text.

use crate::codec::prelude::*;

/// Key of the coordinator records of type 1, version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct OffsetCommitKey {
    pub group: Str,
    pub topic: Str,
    pub partition: i32,
}

impl Wire for OffsetCommitKey {
    fn min_size(_: Version) -> usize {
        8
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        Ok(Self {
            group: d.read(v, "OffsetCommitKey.group")?,
            topic: d.read(v, "OffsetCommitKey.topic")?,
            partition: d.read(v, "OffsetCommitKey.partition")?,
        })
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.group, v, "OffsetCommitKey.group");
        e.write(&self.topic, v, "OffsetCommitKey.topic");
        e.write(&self.partition, v, "OffsetCommitKey.partition");
    }
}

impl Message for OffsetCommitKey {
    const NAME: &'static str = "OffsetCommitKey";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = i16::MAX;
}
