//! `EndTxnMarker`: generated from the schema text.

use crate::codec::prelude::*;

/// Message inside a record or file, version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct EndTxnMarker {
    pub coordinator_epoch: i32,
}

impl Wire for EndTxnMarker {
    fn min_size(_: Version) -> usize {
        4
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        Ok(Self {
            coordinator_epoch: d.read(v, "EndTxnMarker.coordinator_epoch")?,
        })
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.coordinator_epoch, v, "EndTxnMarker.coordinator_epoch");
    }
}

impl Message for EndTxnMarker {
    const NAME: &'static str = "EndTxnMarker";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = i16::MAX;
}
