//! `SyncGroupRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the SyncGroup API (key 14), versions 0 to 5.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct SyncGroupRequest {
    pub group_id: Str,
    pub generation_id: i32,
    pub member_id: Str,
    pub group_instance_id: Option<Str>,
    pub protocol_type: Option<Str>,
    pub protocol_name: Option<Str>,
    pub assignments: Vec<SyncGroupRequestAssignment>,
}

impl Wire for SyncGroupRequest {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=2 => 12,
            3..=3 => 14,
            4..=4 => 9,
            _ => 11,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            group_id: d.read(v, "SyncGroupRequest.group_id")?,
            generation_id: d.read(v, "SyncGroupRequest.generation_id")?,
            member_id: d.read(v, "SyncGroupRequest.member_id")?,
            group_instance_id: if v.number >= 3 { d.read(v, "SyncGroupRequest.group_instance_id")? } else { None },
            protocol_type: if v.number >= 5 { d.read(v, "SyncGroupRequest.protocol_type")? } else { None },
            protocol_name: if v.number >= 5 { d.read(v, "SyncGroupRequest.protocol_name")? } else { None },
            assignments: d.read(v, "SyncGroupRequest.assignments")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.group_id, v, "SyncGroupRequest.group_id");
        e.write(&self.generation_id, v, "SyncGroupRequest.generation_id");
        e.write(&self.member_id, v, "SyncGroupRequest.member_id");
        if v.number >= 3 { e.write(&self.group_instance_id, v, "SyncGroupRequest.group_instance_id"); } else { e.absent(self.group_instance_id.is_some(), "SyncGroupRequest.group_instance_id"); }
        if v.number >= 5 { e.write(&self.protocol_type, v, "SyncGroupRequest.protocol_type"); }
        if v.number >= 5 { e.write(&self.protocol_name, v, "SyncGroupRequest.protocol_name"); }
        e.write(&self.assignments, v, "SyncGroupRequest.assignments");
        e.tags(v, |_| {});
    }
}

/// Part of [`SyncGroupRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct SyncGroupRequestAssignment {
    pub member_id: Str,
    pub assignment: Bytes,
}

impl Wire for SyncGroupRequestAssignment {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=3 => 6,
            _ => 3,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            member_id: d.read(v, "SyncGroupRequestAssignment.member_id")?,
            assignment: d.read(v, "SyncGroupRequestAssignment.assignment")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.member_id, v, "SyncGroupRequestAssignment.member_id");
        e.write(&self.assignment, v, "SyncGroupRequestAssignment.assignment");
        e.tags(v, |_| {});
    }
}

impl Message for SyncGroupRequest {
    const NAME: &'static str = "SyncGroupRequest";
    const VERSIONS: RangeInclusive<i16> = 0..=5;
    const FLEXIBLE_FROM: i16 = 4;
}
