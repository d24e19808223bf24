//! `ConsumerGroupMetadataKey`: generated from the schema text.

use crate::codec::prelude::*;

/// Key of the coordinator records of type 3, version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ConsumerGroupMetadataKey {
    pub group_id: Str,
}

impl Wire for ConsumerGroupMetadataKey {
    fn min_size(_: Version) -> usize {
        2
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        Ok(Self {
            group_id: d.read(v, "ConsumerGroupMetadataKey.group_id")?,
        })
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.group_id, v, "ConsumerGroupMetadataKey.group_id");
    }
}

impl Message for ConsumerGroupMetadataKey {
    const NAME: &'static str = "ConsumerGroupMetadataKey";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = i16::MAX;
}
