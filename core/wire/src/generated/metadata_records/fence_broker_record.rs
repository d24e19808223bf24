//! `FenceBrokerRecord`: generated from the schema text.

use crate::codec::prelude::*;

/// Record of the cluster metadata log (type 7), version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct FenceBrokerRecord {
    pub id: i32,
    pub epoch: i64,
}

impl Wire for FenceBrokerRecord {
    fn min_size(_: Version) -> usize {
        13
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            id: d.read(v, "FenceBrokerRecord.id")?,
            epoch: d.read(v, "FenceBrokerRecord.epoch")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.id, v, "FenceBrokerRecord.id");
        e.write(&self.epoch, v, "FenceBrokerRecord.epoch");
        e.tags(v, |_| {});
    }
}

impl Message for FenceBrokerRecord {
    const NAME: &'static str = "FenceBrokerRecord";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
