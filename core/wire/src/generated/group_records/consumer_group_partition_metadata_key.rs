//! `ConsumerGroupPartitionMetadataKey`: generated from the schema text.

use crate::codec::prelude::*;

/// Key of the coordinator records of type 4, version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ConsumerGroupPartitionMetadataKey {
    pub group_id: Str,
}

impl Wire for ConsumerGroupPartitionMetadataKey {
    fn min_size(_: Version) -> usize {
        2
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        Ok(Self {
            group_id: d.read(v, "ConsumerGroupPartitionMetadataKey.group_id")?,
        })
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.group_id, v, "ConsumerGroupPartitionMetadataKey.group_id");
    }
}

impl Message for ConsumerGroupPartitionMetadataKey {
    const NAME: &'static str = "ConsumerGroupPartitionMetadataKey";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = i16::MAX;
}
