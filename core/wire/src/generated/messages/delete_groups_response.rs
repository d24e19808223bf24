//! `DeleteGroupsResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the DeleteGroups API (key 42), versions 0 to 2.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DeleteGroupsResponse {
    pub throttle_time_ms: i32,
    pub results: Vec<DeletableGroupResult>,
}

impl Wire for DeleteGroupsResponse {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=1 => 8,
            _ => 6,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            throttle_time_ms: d.read(v, "DeleteGroupsResponse.throttle_time_ms")?,
            results: d.read(v, "DeleteGroupsResponse.results")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.throttle_time_ms, v, "DeleteGroupsResponse.throttle_time_ms");
        e.write(&self.results, v, "DeleteGroupsResponse.results");
        e.tags(v, |_| {});
    }
}

/// Part of [`DeleteGroupsResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DeletableGroupResult {
    pub group_id: Str,
    pub error_code: ErrorCode,
}

impl Wire for DeletableGroupResult {
    fn min_size(_: Version) -> usize {
        4
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            group_id: d.read(v, "DeletableGroupResult.group_id")?,
            error_code: d.read(v, "DeletableGroupResult.error_code")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.group_id, v, "DeletableGroupResult.group_id");
        e.write(&self.error_code, v, "DeletableGroupResult.error_code");
        e.tags(v, |_| {});
    }
}

impl Message for DeleteGroupsResponse {
    const NAME: &'static str = "DeleteGroupsResponse";
    const VERSIONS: RangeInclusive<i16> = 0..=2;
    const FLEXIBLE_FROM: i16 = 2;
}
