//! `EndTxnResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the EndTxn API (key 26), versions 0 to 5.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EndTxnResponse {
    pub throttle_time_ms: i32,
    pub error_code: ErrorCode,
    pub producer_id: i64,
    pub producer_epoch: i16,
}

impl Default for EndTxnResponse {
    fn default() -> Self {
        Self {
            throttle_time_ms: 0,
            error_code: ErrorCode::NONE,
            producer_id: -1,
            producer_epoch: -1,
        }
    }
}

impl Wire for EndTxnResponse {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=2 => 6,
            3..=4 => 7,
            _ => 17,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            throttle_time_ms: d.read(v, "EndTxnResponse.throttle_time_ms")?,
            error_code: d.read(v, "EndTxnResponse.error_code")?,
            producer_id: if v.number >= 5 { d.read(v, "EndTxnResponse.producer_id")? } else { -1 },
            producer_epoch: if v.number >= 5 { d.read(v, "EndTxnResponse.producer_epoch")? } else { -1 },
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.throttle_time_ms, v, "EndTxnResponse.throttle_time_ms");
        e.write(&self.error_code, v, "EndTxnResponse.error_code");
        if v.number >= 5 { e.write(&self.producer_id, v, "EndTxnResponse.producer_id"); }
        if v.number >= 5 { e.write(&self.producer_epoch, v, "EndTxnResponse.producer_epoch"); }
        e.tags(v, |_| {});
    }
}

impl Message for EndTxnResponse {
    const NAME: &'static str = "EndTxnResponse";
    const VERSIONS: RangeInclusive<i16> = 0..=5;
    const FLEXIBLE_FROM: i16 = 3;
}
