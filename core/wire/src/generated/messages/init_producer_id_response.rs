//! `InitProducerIdResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the InitProducerId API (key 22), versions 0 to 6.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct InitProducerIdResponse {
    pub throttle_time_ms: i32,
    pub error_code: ErrorCode,
    pub producer_id: i64,
    pub producer_epoch: i16,
    pub ongoing_txn_producer_id: i64,
    pub ongoing_txn_producer_epoch: i16,
}

impl Default for InitProducerIdResponse {
    fn default() -> Self {
        Self {
            throttle_time_ms: 0,
            error_code: ErrorCode::NONE,
            producer_id: -1,
            producer_epoch: 0,
            ongoing_txn_producer_id: -1,
            ongoing_txn_producer_epoch: -1,
        }
    }
}

impl Wire for InitProducerIdResponse {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=1 => 16,
            2..=5 => 17,
            _ => 27,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            throttle_time_ms: d.read(v, "InitProducerIdResponse.throttle_time_ms")?,
            error_code: d.read(v, "InitProducerIdResponse.error_code")?,
            producer_id: d.read(v, "InitProducerIdResponse.producer_id")?,
            producer_epoch: d.read(v, "InitProducerIdResponse.producer_epoch")?,
            ongoing_txn_producer_id: if v.number >= 6 { d.read(v, "InitProducerIdResponse.ongoing_txn_producer_id")? } else { -1 },
            ongoing_txn_producer_epoch: if v.number >= 6 { d.read(v, "InitProducerIdResponse.ongoing_txn_producer_epoch")? } else { -1 },
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.throttle_time_ms, v, "InitProducerIdResponse.throttle_time_ms");
        e.write(&self.error_code, v, "InitProducerIdResponse.error_code");
        e.write(&self.producer_id, v, "InitProducerIdResponse.producer_id");
        e.write(&self.producer_epoch, v, "InitProducerIdResponse.producer_epoch");
        if v.number >= 6 { e.write(&self.ongoing_txn_producer_id, v, "InitProducerIdResponse.ongoing_txn_producer_id"); } else { e.absent(self.ongoing_txn_producer_id != -1, "InitProducerIdResponse.ongoing_txn_producer_id"); }
        if v.number >= 6 { e.write(&self.ongoing_txn_producer_epoch, v, "InitProducerIdResponse.ongoing_txn_producer_epoch"); } else { e.absent(self.ongoing_txn_producer_epoch != -1, "InitProducerIdResponse.ongoing_txn_producer_epoch"); }
        e.tags(v, |_| {});
    }
}

impl Message for InitProducerIdResponse {
    const NAME: &'static str = "InitProducerIdResponse";
    const VERSIONS: RangeInclusive<i16> = 0..=6;
    const FLEXIBLE_FROM: i16 = 2;
}
