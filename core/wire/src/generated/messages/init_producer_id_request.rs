//! `InitProducerIdRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the InitProducerId API (key 22), versions 0 to 6.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct InitProducerIdRequest {
    pub transactional_id: Option<Str>,
    pub transaction_timeout_ms: i32,
    pub producer_id: i64,
    pub producer_epoch: i16,
    pub enable2_pc: bool,
    pub keep_prepared_txn: bool,
}

impl Default for InitProducerIdRequest {
    fn default() -> Self {
        Self {
            transactional_id: Some(Str::default()),
            transaction_timeout_ms: 0,
            producer_id: -1,
            producer_epoch: -1,
            enable2_pc: false,
            keep_prepared_txn: false,
        }
    }
}

impl Wire for InitProducerIdRequest {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=2 => 6,
            3..=5 => 16,
            _ => 18,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            transactional_id: d.read(v, "InitProducerIdRequest.transactional_id")?,
            transaction_timeout_ms: d.read(v, "InitProducerIdRequest.transaction_timeout_ms")?,
            producer_id: if v.number >= 3 { d.read(v, "InitProducerIdRequest.producer_id")? } else { -1 },
            producer_epoch: if v.number >= 3 { d.read(v, "InitProducerIdRequest.producer_epoch")? } else { -1 },
            enable2_pc: if v.number >= 6 { d.read(v, "InitProducerIdRequest.enable2_pc")? } else { false },
            keep_prepared_txn: if v.number >= 6 { d.read(v, "InitProducerIdRequest.keep_prepared_txn")? } else { false },
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.transactional_id, v, "InitProducerIdRequest.transactional_id");
        e.write(&self.transaction_timeout_ms, v, "InitProducerIdRequest.transaction_timeout_ms");
        if v.number >= 3 { e.write(&self.producer_id, v, "InitProducerIdRequest.producer_id"); } else { e.absent(self.producer_id != -1, "InitProducerIdRequest.producer_id"); }
        if v.number >= 3 { e.write(&self.producer_epoch, v, "InitProducerIdRequest.producer_epoch"); } else { e.absent(self.producer_epoch != -1, "InitProducerIdRequest.producer_epoch"); }
        if v.number >= 6 { e.write(&self.enable2_pc, v, "InitProducerIdRequest.enable2_pc"); } else { e.absent(self.enable2_pc, "InitProducerIdRequest.enable2_pc"); }
        if v.number >= 6 { e.write(&self.keep_prepared_txn, v, "InitProducerIdRequest.keep_prepared_txn"); } else { e.absent(self.keep_prepared_txn, "InitProducerIdRequest.keep_prepared_txn"); }
        e.tags(v, |_| {});
    }
}

impl Message for InitProducerIdRequest {
    const NAME: &'static str = "InitProducerIdRequest";
    const VERSIONS: RangeInclusive<i16> = 0..=6;
    const FLEXIBLE_FROM: i16 = 2;
}
