//! `UnregisterBrokerRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the UnregisterBroker API (key 64), version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct UnregisterBrokerRequest {
    pub broker_id: i32,
}

impl Wire for UnregisterBrokerRequest {
    fn min_size(_: Version) -> usize {
        5
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            broker_id: d.read(v, "UnregisterBrokerRequest.broker_id")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.broker_id, v, "UnregisterBrokerRequest.broker_id");
        e.tags(v, |_| {});
    }
}

impl Message for UnregisterBrokerRequest {
    const NAME: &'static str = "UnregisterBrokerRequest";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
