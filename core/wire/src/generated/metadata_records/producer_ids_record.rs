//! `ProducerIdsRecord`: generated from the schema text.

use crate::codec::prelude::*;

/// Record of the cluster metadata log (type 15), version 0.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ProducerIdsRecord {
    pub broker_id: i32,
    pub broker_epoch: i64,
    pub next_producer_id: i64,
}

impl Default for ProducerIdsRecord {
    fn default() -> Self {
        Self {
            broker_id: 0,
            broker_epoch: -1,
            next_producer_id: 0,
        }
    }
}

impl Wire for ProducerIdsRecord {
    fn min_size(_: Version) -> usize {
        21
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            broker_id: d.read(v, "ProducerIdsRecord.broker_id")?,
            broker_epoch: d.read(v, "ProducerIdsRecord.broker_epoch")?,
            next_producer_id: d.read(v, "ProducerIdsRecord.next_producer_id")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.broker_id, v, "ProducerIdsRecord.broker_id");
        e.write(&self.broker_epoch, v, "ProducerIdsRecord.broker_epoch");
        e.write(&self.next_producer_id, v, "ProducerIdsRecord.next_producer_id");
        e.tags(v, |_| {});
    }
}

impl Message for ProducerIdsRecord {
    const NAME: &'static str = "ProducerIdsRecord";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
