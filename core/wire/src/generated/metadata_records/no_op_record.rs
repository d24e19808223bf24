//! `NoOpRecord`: generated from the schema text.

use crate::codec::prelude::*;

/// Record of the cluster metadata log (type 20), version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct NoOpRecord {}

impl Wire for NoOpRecord {
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

impl Message for NoOpRecord {
    const NAME: &'static str = "NoOpRecord";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
