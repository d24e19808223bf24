//! `ConsumerGroupCurrentMemberAssignmentKey`: generated from the schema text.

use crate::codec::prelude::*;

/// Key of the coordinator records of type 8, version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ConsumerGroupCurrentMemberAssignmentKey {
    pub group_id: Str,
    pub member_id: Str,
}

impl Wire for ConsumerGroupCurrentMemberAssignmentKey {
    fn min_size(_: Version) -> usize {
        4
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        Ok(Self {
            group_id: d.read(v, "ConsumerGroupCurrentMemberAssignmentKey.group_id")?,
            member_id: d.read(v, "ConsumerGroupCurrentMemberAssignmentKey.member_id")?,
        })
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.group_id, v, "ConsumerGroupCurrentMemberAssignmentKey.group_id");
        e.write(&self.member_id, v, "ConsumerGroupCurrentMemberAssignmentKey.member_id");
    }
}

impl Message for ConsumerGroupCurrentMemberAssignmentKey {
    const NAME: &'static str = "ConsumerGroupCurrentMemberAssignmentKey";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = i16::MAX;
}
