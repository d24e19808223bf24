//! `AllocateProducerIdsRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the AllocateProducerIds API (key 67), version 0.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AllocateProducerIdsRequest {
    pub broker_id: i32,
    pub broker_epoch: i64,
}

impl Default for AllocateProducerIdsRequest {
    fn default() -> Self {
        Self {
            broker_id: 0,
            broker_epoch: -1,
        }
    }
}

impl Wire for AllocateProducerIdsRequest {
    fn min_size(_: Version) -> usize {
        13
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            broker_id: d.read(v, "AllocateProducerIdsRequest.broker_id")?,
            broker_epoch: d.read(v, "AllocateProducerIdsRequest.broker_epoch")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.broker_id, v, "AllocateProducerIdsRequest.broker_id");
        e.write(&self.broker_epoch, v, "AllocateProducerIdsRequest.broker_epoch");
        e.tags(v, |_| {});
    }
}

impl Message for AllocateProducerIdsRequest {
    const NAME: &'static str = "AllocateProducerIdsRequest";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
