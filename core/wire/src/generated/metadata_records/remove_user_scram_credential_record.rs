//! `RemoveUserScramCredentialRecord`: generated from the schema text.

use crate::codec::prelude::*;

/// Record of the cluster metadata log (type 22), version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct RemoveUserScramCredentialRecord {
    pub name: Str,
    pub mechanism: i8,
}

impl Wire for RemoveUserScramCredentialRecord {
    fn min_size(_: Version) -> usize {
        3
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            name: d.read(v, "RemoveUserScramCredentialRecord.name")?,
            mechanism: d.read(v, "RemoveUserScramCredentialRecord.mechanism")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.name, v, "RemoveUserScramCredentialRecord.name");
        e.write(&self.mechanism, v, "RemoveUserScramCredentialRecord.mechanism");
        e.tags(v, |_| {});
    }
}

impl Message for RemoveUserScramCredentialRecord {
    const NAME: &'static str = "RemoveUserScramCredentialRecord";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
