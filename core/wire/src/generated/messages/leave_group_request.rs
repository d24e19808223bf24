//! `LeaveGroupRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the LeaveGroup API (key 13), versions 0 to 5.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct LeaveGroupRequest {
    pub group_id: Str,
    pub member_id: Str,
    pub members: Vec<MemberIdentity>,
}

impl Wire for LeaveGroupRequest {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=2 => 4,
            3..=3 => 6,
            _ => 3,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            group_id: d.read(v, "LeaveGroupRequest.group_id")?,
            member_id: if v.number <= 2 { d.read(v, "LeaveGroupRequest.member_id")? } else { Str::default() },
            members: if v.number >= 3 { d.read(v, "LeaveGroupRequest.members")? } else { Vec::new() },
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.group_id, v, "LeaveGroupRequest.group_id");
        if v.number <= 2 { e.write(&self.member_id, v, "LeaveGroupRequest.member_id"); } else { e.absent(!self.member_id.is_empty(), "LeaveGroupRequest.member_id"); }
        if v.number >= 3 { e.write(&self.members, v, "LeaveGroupRequest.members"); } else { e.absent(!self.members.is_empty(), "LeaveGroupRequest.members"); }
        e.tags(v, |_| {});
    }
}

/// Part of [`LeaveGroupRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct MemberIdentity {
    pub member_id: Str,
    pub group_instance_id: Option<Str>,
    pub reason: Option<Str>,
}

impl Wire for MemberIdentity {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=3 => 4,
            4..=4 => 3,
            _ => 4,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            member_id: d.read(v, "MemberIdentity.member_id")?,
            group_instance_id: d.read(v, "MemberIdentity.group_instance_id")?,
            reason: if v.number >= 5 { d.read(v, "MemberIdentity.reason")? } else { None },
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.member_id, v, "MemberIdentity.member_id");
        e.write(&self.group_instance_id, v, "MemberIdentity.group_instance_id");
        if v.number >= 5 { e.write(&self.reason, v, "MemberIdentity.reason"); }
        e.tags(v, |_| {});
    }
}

impl Message for LeaveGroupRequest {
    const NAME: &'static str = "LeaveGroupRequest";
    const VERSIONS: RangeInclusive<i16> = 0..=5;
    const FLEXIBLE_FROM: i16 = 4;
}
