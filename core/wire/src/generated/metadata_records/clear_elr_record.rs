//! `ClearElrRecord`: generated from the schema text.

use crate::codec::prelude::*;

/// Record of the cluster metadata log (type 28), version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ClearElrRecord {
    pub topic_name: Str,
}

impl Wire for ClearElrRecord {
    fn min_size(_: Version) -> usize {
        2
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            topic_name: d.read(v, "ClearElrRecord.topic_name")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.topic_name, v, "ClearElrRecord.topic_name");
        e.tags(v, |_| {});
    }
}

impl Message for ClearElrRecord {
    const NAME: &'static str = "ClearElrRecord";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
