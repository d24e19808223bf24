//! `UserScramCredentialRecord`: generated from the schema text.

use crate::codec::prelude::*;

/// Record of the cluster metadata log (type 11), version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct UserScramCredentialRecord {
    pub name: Str,
    pub mechanism: i8,
    pub salt: Bytes,
    pub stored_key: Bytes,
    pub server_key: Bytes,
    pub iterations: i32,
}

impl Wire for UserScramCredentialRecord {
    fn min_size(_: Version) -> usize {
        10
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            name: d.read(v, "UserScramCredentialRecord.name")?,
            mechanism: d.read(v, "UserScramCredentialRecord.mechanism")?,
            salt: d.read(v, "UserScramCredentialRecord.salt")?,
            stored_key: d.read(v, "UserScramCredentialRecord.stored_key")?,
            server_key: d.read(v, "UserScramCredentialRecord.server_key")?,
            iterations: d.read(v, "UserScramCredentialRecord.iterations")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.name, v, "UserScramCredentialRecord.name");
        e.write(&self.mechanism, v, "UserScramCredentialRecord.mechanism");
        e.write(&self.salt, v, "UserScramCredentialRecord.salt");
        e.write(&self.stored_key, v, "UserScramCredentialRecord.stored_key");
        e.write(&self.server_key, v, "UserScramCredentialRecord.server_key");
        e.write(&self.iterations, v, "UserScramCredentialRecord.iterations");
        e.tags(v, |_| {});
    }
}

impl Message for UserScramCredentialRecord {
    const NAME: &'static str = "UserScramCredentialRecord";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
