//! `AddOffsetsToTxnRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the AddOffsetsToTxn API (key 25), versions 0 to 4.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AddOffsetsToTxnRequest {
    pub transactional_id: Str,
    pub producer_id: i64,
    pub producer_epoch: i16,
    pub group_id: Str,
}

impl Wire for AddOffsetsToTxnRequest {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=2 => 14,
            _ => 13,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            transactional_id: d.read(v, "AddOffsetsToTxnRequest.transactional_id")?,
            producer_id: d.read(v, "AddOffsetsToTxnRequest.producer_id")?,
            producer_epoch: d.read(v, "AddOffsetsToTxnRequest.producer_epoch")?,
            group_id: d.read(v, "AddOffsetsToTxnRequest.group_id")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.transactional_id, v, "AddOffsetsToTxnRequest.transactional_id");
        e.write(&self.producer_id, v, "AddOffsetsToTxnRequest.producer_id");
        e.write(&self.producer_epoch, v, "AddOffsetsToTxnRequest.producer_epoch");
        e.write(&self.group_id, v, "AddOffsetsToTxnRequest.group_id");
        e.tags(v, |_| {});
    }
}

impl Message for AddOffsetsToTxnRequest {
    const NAME: &'static str = "AddOffsetsToTxnRequest";
    const VERSIONS: RangeInclusive<i16> = 0..=4;
    const FLEXIBLE_FROM: i16 = 3;
}
