//! `DefaultPrincipalData`: generated from the schema text.

use crate::codec::prelude::*;

/// Message inside a record or file, version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DefaultPrincipalData {
    pub r#type: Str,
    pub name: Str,
    pub token_authenticated: bool,
}

impl Wire for DefaultPrincipalData {
    fn min_size(_: Version) -> usize {
        4
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            r#type: d.read(v, "DefaultPrincipalData.type")?,
            name: d.read(v, "DefaultPrincipalData.name")?,
            token_authenticated: d.read(v, "DefaultPrincipalData.token_authenticated")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.r#type, v, "DefaultPrincipalData.type");
        e.write(&self.name, v, "DefaultPrincipalData.name");
        e.write(&self.token_authenticated, v, "DefaultPrincipalData.token_authenticated");
        e.tags(v, |_| {});
    }
}

impl Message for DefaultPrincipalData {
    const NAME: &'static str = "DefaultPrincipalData";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
