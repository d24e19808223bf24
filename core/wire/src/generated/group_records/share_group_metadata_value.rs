//! `ShareGroupMetadataValue`: generated from the schema text.

use crate::codec::prelude::*;

/// Value of the coordinator records of type 11, version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ShareGroupMetadataValue {
    pub epoch: i32,
    pub metadata_hash: i64,
}

impl Wire for ShareGroupMetadataValue {
    fn min_size(_: Version) -> usize {
        13
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            epoch: d.read(v, "ShareGroupMetadataValue.epoch")?,
            metadata_hash: d.read(v, "ShareGroupMetadataValue.metadata_hash")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.epoch, v, "ShareGroupMetadataValue.epoch");
        e.write(&self.metadata_hash, v, "ShareGroupMetadataValue.metadata_hash");
        e.tags(v, |_| {});
    }
}

impl Message for ShareGroupMetadataValue {
    const NAME: &'static str = "ShareGroupMetadataValue";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
