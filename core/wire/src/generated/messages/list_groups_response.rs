//! `ListGroupsResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the ListGroups API (key 16), versions 0 to 5.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ListGroupsResponse {
    pub throttle_time_ms: i32,
    pub error_code: ErrorCode,
    pub groups: Vec<ListedGroup>,
}

impl Wire for ListGroupsResponse {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=0 => 6,
            1..=2 => 10,
            _ => 8,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            throttle_time_ms: if v.number >= 1 { d.read(v, "ListGroupsResponse.throttle_time_ms")? } else { 0 },
            error_code: d.read(v, "ListGroupsResponse.error_code")?,
            groups: d.read(v, "ListGroupsResponse.groups")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        if v.number >= 1 { e.write(&self.throttle_time_ms, v, "ListGroupsResponse.throttle_time_ms"); }
        e.write(&self.error_code, v, "ListGroupsResponse.error_code");
        e.write(&self.groups, v, "ListGroupsResponse.groups");
        e.tags(v, |_| {});
    }
}

/// Part of [`ListGroupsResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ListedGroup {
    pub group_id: Str,
    pub protocol_type: Str,
    pub group_state: Str,
    pub group_type: Str,
}

impl Wire for ListedGroup {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=2 => 4,
            3..=3 => 3,
            4..=4 => 4,
            _ => 5,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            group_id: d.read(v, "ListedGroup.group_id")?,
            protocol_type: d.read(v, "ListedGroup.protocol_type")?,
            group_state: if v.number >= 4 { d.read(v, "ListedGroup.group_state")? } else { Str::default() },
            group_type: if v.number >= 5 { d.read(v, "ListedGroup.group_type")? } else { Str::default() },
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.group_id, v, "ListedGroup.group_id");
        e.write(&self.protocol_type, v, "ListedGroup.protocol_type");
        if v.number >= 4 { e.write(&self.group_state, v, "ListedGroup.group_state"); }
        if v.number >= 5 { e.write(&self.group_type, v, "ListedGroup.group_type"); }
        e.tags(v, |_| {});
    }
}

impl Message for ListGroupsResponse {
    const NAME: &'static str = "ListGroupsResponse";
    const VERSIONS: RangeInclusive<i16> = 0..=5;
    const FLEXIBLE_FROM: i16 = 3;
}
