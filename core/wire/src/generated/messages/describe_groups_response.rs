//! `DescribeGroupsResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the DescribeGroups API (key 15), versions 0 to 6.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DescribeGroupsResponse {
    pub throttle_time_ms: i32,
    pub groups: Vec<DescribedGroup>,
}

impl Wire for DescribeGroupsResponse {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=0 => 4,
            1..=4 => 8,
            _ => 6,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            throttle_time_ms: if v.number >= 1 { d.read(v, "DescribeGroupsResponse.throttle_time_ms")? } else { 0 },
            groups: d.read(v, "DescribeGroupsResponse.groups")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        if v.number >= 1 { e.write(&self.throttle_time_ms, v, "DescribeGroupsResponse.throttle_time_ms"); }
        e.write(&self.groups, v, "DescribeGroupsResponse.groups");
        e.tags(v, |_| {});
    }
}

/// Part of [`DescribeGroupsResponse`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DescribedGroup {
    pub error_code: ErrorCode,
    pub error_message: Option<Str>,
    pub group_id: Str,
    pub group_state: Str,
    pub protocol_type: Str,
    pub protocol_data: Str,
    pub members: Vec<DescribedGroupMember>,
    pub authorized_operations: i32,
}

impl Default for DescribedGroup {
    fn default() -> Self {
        Self {
            error_code: ErrorCode::NONE,
            error_message: None,
            group_id: Str::default(),
            group_state: Str::default(),
            protocol_type: Str::default(),
            protocol_data: Str::default(),
            members: Vec::new(),
            authorized_operations: -2147483648,
        }
    }
}

impl Wire for DescribedGroup {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=2 => 14,
            3..=4 => 18,
            5..=5 => 12,
            _ => 13,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            error_code: d.read(v, "DescribedGroup.error_code")?,
            error_message: if v.number >= 6 { d.read(v, "DescribedGroup.error_message")? } else { None },
            group_id: d.read(v, "DescribedGroup.group_id")?,
            group_state: d.read(v, "DescribedGroup.group_state")?,
            protocol_type: d.read(v, "DescribedGroup.protocol_type")?,
            protocol_data: d.read(v, "DescribedGroup.protocol_data")?,
            members: d.read(v, "DescribedGroup.members")?,
            authorized_operations: if v.number >= 3 { d.read(v, "DescribedGroup.authorized_operations")? } else { -2147483648 },
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.error_code, v, "DescribedGroup.error_code");
        if v.number >= 6 { e.write(&self.error_message, v, "DescribedGroup.error_message"); } else { e.absent(self.error_message.is_some(), "DescribedGroup.error_message"); }
        e.write(&self.group_id, v, "DescribedGroup.group_id");
        e.write(&self.group_state, v, "DescribedGroup.group_state");
        e.write(&self.protocol_type, v, "DescribedGroup.protocol_type");
        e.write(&self.protocol_data, v, "DescribedGroup.protocol_data");
        e.write(&self.members, v, "DescribedGroup.members");
        if v.number >= 3 { e.write(&self.authorized_operations, v, "DescribedGroup.authorized_operations"); } else { e.absent(self.authorized_operations != -2147483648, "DescribedGroup.authorized_operations"); }
        e.tags(v, |_| {});
    }
}

/// Part of [`DescribeGroupsResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DescribedGroupMember {
    pub member_id: Str,
    pub group_instance_id: Option<Str>,
    pub client_id: Str,
    pub client_host: Str,
    pub member_metadata: Bytes,
    pub member_assignment: Bytes,
}

impl Wire for DescribedGroupMember {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=3 => 14,
            4..=4 => 16,
            _ => 7,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            member_id: d.read(v, "DescribedGroupMember.member_id")?,
            group_instance_id: if v.number >= 4 { d.read(v, "DescribedGroupMember.group_instance_id")? } else { None },
            client_id: d.read(v, "DescribedGroupMember.client_id")?,
            client_host: d.read(v, "DescribedGroupMember.client_host")?,
            member_metadata: d.read(v, "DescribedGroupMember.member_metadata")?,
            member_assignment: d.read(v, "DescribedGroupMember.member_assignment")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.member_id, v, "DescribedGroupMember.member_id");
        if v.number >= 4 { e.write(&self.group_instance_id, v, "DescribedGroupMember.group_instance_id"); }
        e.write(&self.client_id, v, "DescribedGroupMember.client_id");
        e.write(&self.client_host, v, "DescribedGroupMember.client_host");
        e.write(&self.member_metadata, v, "DescribedGroupMember.member_metadata");
        e.write(&self.member_assignment, v, "DescribedGroupMember.member_assignment");
        e.tags(v, |_| {});
    }
}

impl Message for DescribeGroupsResponse {
    const NAME: &'static str = "DescribeGroupsResponse";
    const VERSIONS: RangeInclusive<i16> = 0..=6;
    const FLEXIBLE_FROM: i16 = 5;
}
