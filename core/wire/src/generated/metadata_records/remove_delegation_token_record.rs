//! `RemoveDelegationTokenRecord`: generated from the schema text.

use crate::codec::prelude::*;

/// Record of the cluster metadata log (type 26), version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct RemoveDelegationTokenRecord {
    pub token_id: Str,
}

impl Wire for RemoveDelegationTokenRecord {
    fn min_size(_: Version) -> usize {
        2
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            token_id: d.read(v, "RemoveDelegationTokenRecord.token_id")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.token_id, v, "RemoveDelegationTokenRecord.token_id");
        e.tags(v, |_| {});
    }
}

impl Message for RemoveDelegationTokenRecord {
    const NAME: &'static str = "RemoveDelegationTokenRecord";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
