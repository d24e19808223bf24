//! `UnregisterBrokerRecord`: generated from the schema text.

use crate::codec::prelude::*;

/// Record of the cluster metadata log (type 1), version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct UnregisterBrokerRecord {
    pub broker_id: i32,
    pub broker_epoch: i64,
}

impl Wire for UnregisterBrokerRecord {
    fn min_size(_: Version) -> usize {
        13
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            broker_id: d.read(v, "UnregisterBrokerRecord.broker_id")?,
            broker_epoch: d.read(v, "UnregisterBrokerRecord.broker_epoch")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.broker_id, v, "UnregisterBrokerRecord.broker_id");
        e.write(&self.broker_epoch, v, "UnregisterBrokerRecord.broker_epoch");
        e.tags(v, |_| {});
    }
}

impl Message for UnregisterBrokerRecord {
    const NAME: &'static str = "UnregisterBrokerRecord";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
