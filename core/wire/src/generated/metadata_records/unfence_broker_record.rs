//! `UnfenceBrokerRecord`: generated from the schema text.

use crate::codec::prelude::*;

/// Record of the cluster metadata log (type 8), version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct UnfenceBrokerRecord {
    pub id: i32,
    pub epoch: i64,
}

impl Wire for UnfenceBrokerRecord {
    fn min_size(_: Version) -> usize {
        13
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            id: d.read(v, "UnfenceBrokerRecord.id")?,
            epoch: d.read(v, "UnfenceBrokerRecord.epoch")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.id, v, "UnfenceBrokerRecord.id");
        e.write(&self.epoch, v, "UnfenceBrokerRecord.epoch");
        e.tags(v, |_| {});
    }
}

impl Message for UnfenceBrokerRecord {
    const NAME: &'static str = "UnfenceBrokerRecord";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
