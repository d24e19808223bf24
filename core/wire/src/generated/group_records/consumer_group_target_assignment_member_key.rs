//! `ConsumerGroupTargetAssignmentMemberKey`: generated from the schema text.

use crate::codec::prelude::*;

/// Key of the coordinator records of type 7, version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ConsumerGroupTargetAssignmentMemberKey {
    pub group_id: Str,
    pub member_id: Str,
}

impl Wire for ConsumerGroupTargetAssignmentMemberKey {
    fn min_size(_: Version) -> usize {
        4
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        Ok(Self {
            group_id: d.read(v, "ConsumerGroupTargetAssignmentMemberKey.group_id")?,
            member_id: d.read(v, "ConsumerGroupTargetAssignmentMemberKey.member_id")?,
        })
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.group_id, v, "ConsumerGroupTargetAssignmentMemberKey.group_id");
        e.write(&self.member_id, v, "ConsumerGroupTargetAssignmentMemberKey.member_id");
    }
}

impl Message for ConsumerGroupTargetAssignmentMemberKey {
    const NAME: &'static str = "ConsumerGroupTargetAssignmentMemberKey";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = i16::MAX;
}
