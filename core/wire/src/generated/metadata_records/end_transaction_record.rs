//! `EndTransactionRecord`: generated from the schema text.

use crate::codec::prelude::*;

/// Record of the cluster metadata log (type 24), version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct EndTransactionRecord {}

impl Wire for EndTransactionRecord {
    fn min_size(_: Version) -> usize {
        1
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.tags(v, |_| {});
    }
}

impl Message for EndTransactionRecord {
    const NAME: &'static str = "EndTransactionRecord";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
