//! `TransactionLogKey`: generated from the schema text.

use crate::codec::prelude::*;

/// Key of the coordinator records of type 0, version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TransactionLogKey {
    pub transactional_id: Str,
}

impl Wire for TransactionLogKey {
    fn min_size(_: Version) -> usize {
        2
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        Ok(Self {
            transactional_id: d.read(v, "TransactionLogKey.transactional_id")?,
        })
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.transactional_id, v, "TransactionLogKey.transactional_id");
    }
}

impl Message for TransactionLogKey {
    const NAME: &'static str = "TransactionLogKey";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = i16::MAX;
}
