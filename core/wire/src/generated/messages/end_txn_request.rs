//! `EndTxnRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the EndTxn API (key 26), versions 0 to 5.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct EndTxnRequest {
    pub transactional_id: Str,
    pub producer_id: i64,
    pub producer_epoch: i16,
    pub committed: bool,
}

impl Wire for EndTxnRequest {
    fn min_size(_: Version) -> usize {
        13
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            transactional_id: d.read(v, "EndTxnRequest.transactional_id")?,
            producer_id: d.read(v, "EndTxnRequest.producer_id")?,
            producer_epoch: d.read(v, "EndTxnRequest.producer_epoch")?,
            committed: d.read(v, "EndTxnRequest.committed")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.transactional_id, v, "EndTxnRequest.transactional_id");
        e.write(&self.producer_id, v, "EndTxnRequest.producer_id");
        e.write(&self.producer_epoch, v, "EndTxnRequest.producer_epoch");
        e.write(&self.committed, v, "EndTxnRequest.committed");
        e.tags(v, |_| {});
    }
}

impl Message for EndTxnRequest {
    const NAME: &'static str = "EndTxnRequest";
    const VERSIONS: RangeInclusive<i16> = 0..=5;
    const FLEXIBLE_FROM: i16 = 3;
}
