//! `LeaveGroupResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the LeaveGroup API (key 13), versions 0 to 5.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct LeaveGroupResponse {
    pub throttle_time_ms: i32,
    pub error_code: ErrorCode,
    pub members: Vec<MemberResponse>,
}

impl Wire for LeaveGroupResponse {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=0 => 2,
            1..=2 => 6,
            3..=3 => 10,
            _ => 8,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            throttle_time_ms: if v.number >= 1 { d.read(v, "LeaveGroupResponse.throttle_time_ms")? } else { 0 },
            error_code: d.read(v, "LeaveGroupResponse.error_code")?,
            members: if v.number >= 3 { d.read(v, "LeaveGroupResponse.members")? } else { Vec::new() },
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        if v.number >= 1 { e.write(&self.throttle_time_ms, v, "LeaveGroupResponse.throttle_time_ms"); }
        e.write(&self.error_code, v, "LeaveGroupResponse.error_code");
        if v.number >= 3 { e.write(&self.members, v, "LeaveGroupResponse.members"); } else { e.absent(!self.members.is_empty(), "LeaveGroupResponse.members"); }
        e.tags(v, |_| {});
    }
}

/// Part of [`LeaveGroupResponse`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MemberResponse {
    pub member_id: Str,
    pub group_instance_id: Option<Str>,
    pub error_code: ErrorCode,
}

impl Default for MemberResponse {
    fn default() -> Self {
        Self {
            member_id: Str::default(),
            group_instance_id: Some(Str::default()),
            error_code: ErrorCode::NONE,
        }
    }
}

impl Wire for MemberResponse {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=3 => 6,
            _ => 5,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            member_id: d.read(v, "MemberResponse.member_id")?,
            group_instance_id: d.read(v, "MemberResponse.group_instance_id")?,
            error_code: d.read(v, "MemberResponse.error_code")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.member_id, v, "MemberResponse.member_id");
        e.write(&self.group_instance_id, v, "MemberResponse.group_instance_id");
        e.write(&self.error_code, v, "MemberResponse.error_code");
        e.tags(v, |_| {});
    }
}

impl Message for LeaveGroupResponse {
    const NAME: &'static str = "LeaveGroupResponse";
    const VERSIONS: RangeInclusive<i16> = 0..=5;
    const FLEXIBLE_FROM: i16 = 4;
}
