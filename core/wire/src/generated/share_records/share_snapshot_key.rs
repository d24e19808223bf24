//! `ShareSnapshotKey`: generated from the schema text.

use crate::codec::prelude::*;

/// Key of the coordinator records of type 0, version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ShareSnapshotKey {
    pub group_id: Str,
    pub topic_id: Uuid,
    pub partition: i32,
}

impl Wire for ShareSnapshotKey {
    fn min_size(_: Version) -> usize {
        22
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        Ok(Self {
            group_id: d.read(v, "ShareSnapshotKey.group_id")?,
            topic_id: d.read(v, "ShareSnapshotKey.topic_id")?,
            partition: d.read(v, "ShareSnapshotKey.partition")?,
        })
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.group_id, v, "ShareSnapshotKey.group_id");
        e.write(&self.topic_id, v, "ShareSnapshotKey.topic_id");
        e.write(&self.partition, v, "ShareSnapshotKey.partition");
    }
}

impl Message for ShareSnapshotKey {
    const NAME: &'static str = "ShareSnapshotKey";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = i16::MAX;
}
