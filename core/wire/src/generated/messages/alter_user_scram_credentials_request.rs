//! `AlterUserScramCredentialsRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the AlterUserScramCredentials API (key 51), version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AlterUserScramCredentialsRequest {
    pub deletions: Vec<ScramCredentialDeletion>,
    pub upsertions: Vec<ScramCredentialUpsertion>,
}

impl Wire for AlterUserScramCredentialsRequest {
    fn min_size(_: Version) -> usize {
        3
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            deletions: d.read(v, "AlterUserScramCredentialsRequest.deletions")?,
            upsertions: d.read(v, "AlterUserScramCredentialsRequest.upsertions")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.deletions, v, "AlterUserScramCredentialsRequest.deletions");
        e.write(&self.upsertions, v, "AlterUserScramCredentialsRequest.upsertions");
        e.tags(v, |_| {});
    }
}

/// Part of [`AlterUserScramCredentialsRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ScramCredentialUpsertion {
    pub name: Str,
    pub mechanism: i8,
    pub iterations: i32,
    pub salt: Bytes,
    pub salted_password: Bytes,
}

impl Wire for ScramCredentialUpsertion {
    fn min_size(_: Version) -> usize {
        9
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            name: d.read(v, "ScramCredentialUpsertion.name")?,
            mechanism: d.read(v, "ScramCredentialUpsertion.mechanism")?,
            iterations: d.read(v, "ScramCredentialUpsertion.iterations")?,
            salt: d.read(v, "ScramCredentialUpsertion.salt")?,
            salted_password: d.read(v, "ScramCredentialUpsertion.salted_password")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.name, v, "ScramCredentialUpsertion.name");
        e.write(&self.mechanism, v, "ScramCredentialUpsertion.mechanism");
        e.write(&self.iterations, v, "ScramCredentialUpsertion.iterations");
        e.write(&self.salt, v, "ScramCredentialUpsertion.salt");
        e.write(&self.salted_password, v, "ScramCredentialUpsertion.salted_password");
        e.tags(v, |_| {});
    }
}

/// Part of [`AlterUserScramCredentialsRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ScramCredentialDeletion {
    pub name: Str,
    pub mechanism: i8,
}

impl Wire for ScramCredentialDeletion {
    fn min_size(_: Version) -> usize {
        3
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            name: d.read(v, "ScramCredentialDeletion.name")?,
            mechanism: d.read(v, "ScramCredentialDeletion.mechanism")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.name, v, "ScramCredentialDeletion.name");
        e.write(&self.mechanism, v, "ScramCredentialDeletion.mechanism");
        e.tags(v, |_| {});
    }
}

impl Message for AlterUserScramCredentialsRequest {
    const NAME: &'static str = "AlterUserScramCredentialsRequest";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
