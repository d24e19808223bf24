//! `ConsumerGroupMetadataValue`: generated from the schema text.

use crate::codec::prelude::*;

/// Value of the coordinator records of type 3, version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ConsumerGroupMetadataValue {
    pub epoch: i32,
    pub metadata_hash: i64,
}

impl Wire for ConsumerGroupMetadataValue {
    fn min_size(_: Version) -> usize {
        5
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let mut this = Self {
            epoch: d.read(v, "ConsumerGroupMetadataValue.epoch")?,
            metadata_hash: 0,
        };
        d.tags(v, |d, tag| {
            match tag {
                0 => this.metadata_hash = d.read(v, "ConsumerGroupMetadataValue.metadata_hash")?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.epoch, v, "ConsumerGroupMetadataValue.epoch");
        e.tags(v, |t| {
            t.field(0, self.metadata_hash != 0, &self.metadata_hash, v, "ConsumerGroupMetadataValue.metadata_hash");
        });
    }
}

impl Message for ConsumerGroupMetadataValue {
    const NAME: &'static str = "ConsumerGroupMetadataValue";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
