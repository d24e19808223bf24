//! `JoinGroupResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the JoinGroup API (key 11), versions 0 to 9.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct JoinGroupResponse {
    pub throttle_time_ms: i32,
    pub error_code: ErrorCode,
    pub generation_id: i32,
    pub protocol_type: Option<Str>,
    pub protocol_name: Option<Str>,
    pub leader: Str,
    pub skip_assignment: bool,
    pub member_id: Str,
    pub members: Vec<JoinGroupResponseMember>,
}

impl Default for JoinGroupResponse {
    fn default() -> Self {
        Self {
            throttle_time_ms: 0,
            error_code: ErrorCode::NONE,
            generation_id: -1,
            protocol_type: None,
            protocol_name: Some(Str::default()),
            leader: Str::default(),
            skip_assignment: false,
            member_id: Str::default(),
            members: Vec::new(),
        }
    }
}

impl Wire for JoinGroupResponse {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=1 => 16,
            2..=5 => 20,
            6..=6 => 15,
            7..=8 => 16,
            _ => 17,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            throttle_time_ms: if v.number >= 2 { d.read(v, "JoinGroupResponse.throttle_time_ms")? } else { 0 },
            error_code: d.read(v, "JoinGroupResponse.error_code")?,
            generation_id: d.read(v, "JoinGroupResponse.generation_id")?,
            protocol_type: if v.number >= 7 { d.read(v, "JoinGroupResponse.protocol_type")? } else { None },
            protocol_name: if v.number >= 7 { d.read(v, "JoinGroupResponse.protocol_name")? } else { Some(d.read(v, "JoinGroupResponse.protocol_name")?) },
            leader: d.read(v, "JoinGroupResponse.leader")?,
            skip_assignment: if v.number >= 9 { d.read(v, "JoinGroupResponse.skip_assignment")? } else { false },
            member_id: d.read(v, "JoinGroupResponse.member_id")?,
            members: d.read(v, "JoinGroupResponse.members")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        if v.number >= 2 { e.write(&self.throttle_time_ms, v, "JoinGroupResponse.throttle_time_ms"); }
        e.write(&self.error_code, v, "JoinGroupResponse.error_code");
        e.write(&self.generation_id, v, "JoinGroupResponse.generation_id");
        if v.number >= 7 { e.write(&self.protocol_type, v, "JoinGroupResponse.protocol_type"); }
        if v.number >= 7 { e.write(&self.protocol_name, v, "JoinGroupResponse.protocol_name"); } else { e.required(self.protocol_name.as_ref(), v, "JoinGroupResponse.protocol_name"); }
        e.write(&self.leader, v, "JoinGroupResponse.leader");
        if v.number >= 9 { e.write(&self.skip_assignment, v, "JoinGroupResponse.skip_assignment"); } else { e.absent(self.skip_assignment, "JoinGroupResponse.skip_assignment"); }
        e.write(&self.member_id, v, "JoinGroupResponse.member_id");
        e.write(&self.members, v, "JoinGroupResponse.members");
        e.tags(v, |_| {});
    }
}

/// Part of [`JoinGroupResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct JoinGroupResponseMember {
    pub member_id: Str,
    pub group_instance_id: Option<Str>,
    pub metadata: Bytes,
}

impl Wire for JoinGroupResponseMember {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=4 => 6,
            5..=5 => 8,
            _ => 4,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            member_id: d.read(v, "JoinGroupResponseMember.member_id")?,
            group_instance_id: if v.number >= 5 { d.read(v, "JoinGroupResponseMember.group_instance_id")? } else { None },
            metadata: d.read(v, "JoinGroupResponseMember.metadata")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.member_id, v, "JoinGroupResponseMember.member_id");
        if v.number >= 5 { e.write(&self.group_instance_id, v, "JoinGroupResponseMember.group_instance_id"); }
        e.write(&self.metadata, v, "JoinGroupResponseMember.metadata");
        e.tags(v, |_| {});
    }
}

impl Message for JoinGroupResponse {
    const NAME: &'static str = "JoinGroupResponse";
    const VERSIONS: RangeInclusive<i16> = 0..=9;
    const FLEXIBLE_FROM: i16 = 6;
}
