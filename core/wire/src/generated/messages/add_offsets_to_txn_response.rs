//! `AddOffsetsToTxnResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the AddOffsetsToTxn API (key 25), versions 0 to 4.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AddOffsetsToTxnResponse {
    pub throttle_time_ms: i32,
    pub error_code: ErrorCode,
}

impl Wire for AddOffsetsToTxnResponse {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=2 => 6,
            _ => 7,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            throttle_time_ms: d.read(v, "AddOffsetsToTxnResponse.throttle_time_ms")?,
            error_code: d.read(v, "AddOffsetsToTxnResponse.error_code")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.throttle_time_ms, v, "AddOffsetsToTxnResponse.throttle_time_ms");
        e.write(&self.error_code, v, "AddOffsetsToTxnResponse.error_code");
        e.tags(v, |_| {});
    }
}

impl Message for AddOffsetsToTxnResponse {
    const NAME: &'static str = "AddOffsetsToTxnResponse";
    const VERSIONS: RangeInclusive<i16> = 0..=4;
    const FLEXIBLE_FROM: i16 = 3;
}
