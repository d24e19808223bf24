//! `AllocateProducerIdsResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the AllocateProducerIds API (key 67), version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AllocateProducerIdsResponse {
    pub throttle_time_ms: i32,
    pub error_code: ErrorCode,
    pub producer_id_start: i64,
    pub producer_id_len: i32,
}

impl Wire for AllocateProducerIdsResponse {
    fn min_size(_: Version) -> usize {
        19
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            throttle_time_ms: d.read(v, "AllocateProducerIdsResponse.throttle_time_ms")?,
            error_code: d.read(v, "AllocateProducerIdsResponse.error_code")?,
            producer_id_start: d.read(v, "AllocateProducerIdsResponse.producer_id_start")?,
            producer_id_len: d.read(v, "AllocateProducerIdsResponse.producer_id_len")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.throttle_time_ms, v, "AllocateProducerIdsResponse.throttle_time_ms");
        e.write(&self.error_code, v, "AllocateProducerIdsResponse.error_code");
        e.write(&self.producer_id_start, v, "AllocateProducerIdsResponse.producer_id_start");
        e.write(&self.producer_id_len, v, "AllocateProducerIdsResponse.producer_id_len");
        e.tags(v, |_| {});
    }
}

impl Message for AllocateProducerIdsResponse {
    const NAME: &'static str = "AllocateProducerIdsResponse";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
