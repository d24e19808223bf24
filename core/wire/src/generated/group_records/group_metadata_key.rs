//! `GroupMetadataKey`: generated from the schema text.

use crate::codec::prelude::*;

/// Key of the coordinator records of type 2, version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct GroupMetadataKey {
    pub group: Str,
}

impl Wire for GroupMetadataKey {
    fn min_size(_: Version) -> usize {
        2
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        Ok(Self {
            group: d.read(v, "GroupMetadataKey.group")?,
        })
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.group, v, "GroupMetadataKey.group");
    }
}

impl Message for GroupMetadataKey {
    const NAME: &'static str = "GroupMetadataKey";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = i16::MAX;
}
