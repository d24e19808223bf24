//! `SyncGroupResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the SyncGroup API (key 14), versions 0 to 5.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct SyncGroupResponse {
    pub throttle_time_ms: i32,
    pub error_code: ErrorCode,
    pub protocol_type: Option<Str>,
    pub protocol_name: Option<Str>,
    pub assignment: Bytes,
}

impl Wire for SyncGroupResponse {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=0 => 6,
            1..=3 => 10,
            4..=4 => 8,
            _ => 10,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            throttle_time_ms: if v.number >= 1 { d.read(v, "SyncGroupResponse.throttle_time_ms")? } else { 0 },
            error_code: d.read(v, "SyncGroupResponse.error_code")?,
            protocol_type: if v.number >= 5 { d.read(v, "SyncGroupResponse.protocol_type")? } else { None },
            protocol_name: if v.number >= 5 { d.read(v, "SyncGroupResponse.protocol_name")? } else { None },
            assignment: d.read(v, "SyncGroupResponse.assignment")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        if v.number >= 1 { e.write(&self.throttle_time_ms, v, "SyncGroupResponse.throttle_time_ms"); }
        e.write(&self.error_code, v, "SyncGroupResponse.error_code");
        if v.number >= 5 { e.write(&self.protocol_type, v, "SyncGroupResponse.protocol_type"); }
        if v.number >= 5 { e.write(&self.protocol_name, v, "SyncGroupResponse.protocol_name"); }
        e.write(&self.assignment, v, "SyncGroupResponse.assignment");
        e.tags(v, |_| {});
    }
}

impl Message for SyncGroupResponse {
    const NAME: &'static str = "SyncGroupResponse";
    const VERSIONS: RangeInclusive<i16> = 0..=5;
    const FLEXIBLE_FROM: i16 = 4;
}
