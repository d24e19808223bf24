//! `ShareGroupMemberMetadataKey`: generated from the schema text.

use crate::codec::prelude::*;

/// Key of the coordinator records of type 10, version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ShareGroupMemberMetadataKey {
    pub group_id: Str,
    pub member_id: Str,
}

impl Wire for ShareGroupMemberMetadataKey {
    fn min_size(_: Version) -> usize {
        4
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        Ok(Self {
            group_id: d.read(v, "ShareGroupMemberMetadataKey.group_id")?,
            member_id: d.read(v, "ShareGroupMemberMetadataKey.member_id")?,
        })
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.group_id, v, "ShareGroupMemberMetadataKey.group_id");
        e.write(&self.member_id, v, "ShareGroupMemberMetadataKey.member_id");
    }
}

impl Message for ShareGroupMemberMetadataKey {
    const NAME: &'static str = "ShareGroupMemberMetadataKey";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = i16::MAX;
}
