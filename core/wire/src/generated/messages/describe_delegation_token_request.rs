//! `DescribeDelegationTokenRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the DescribeDelegationToken API (key 41), versions 1 to 3.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DescribeDelegationTokenRequest {
    pub owners: Option<Vec<DescribeDelegationTokenOwner>>,
}

impl Default for DescribeDelegationTokenRequest {
    fn default() -> Self {
        Self {
            owners: Some(Vec::new()),
        }
    }
}

impl Wire for DescribeDelegationTokenRequest {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=1 => 4,
            _ => 2,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            owners: d.read(v, "DescribeDelegationTokenRequest.owners")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.owners, v, "DescribeDelegationTokenRequest.owners");
        e.tags(v, |_| {});
    }
}

/// Part of [`DescribeDelegationTokenRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DescribeDelegationTokenOwner {
    pub principal_type: Str,
    pub principal_name: Str,
}

impl Wire for DescribeDelegationTokenOwner {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=1 => 4,
            _ => 3,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            principal_type: d.read(v, "DescribeDelegationTokenOwner.principal_type")?,
            principal_name: d.read(v, "DescribeDelegationTokenOwner.principal_name")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.principal_type, v, "DescribeDelegationTokenOwner.principal_type");
        e.write(&self.principal_name, v, "DescribeDelegationTokenOwner.principal_name");
        e.tags(v, |_| {});
    }
}

impl Message for DescribeDelegationTokenRequest {
    const NAME: &'static str = "DescribeDelegationTokenRequest";
    const VERSIONS: RangeInclusive<i16> = 1..=3;
    const FLEXIBLE_FROM: i16 = 2;
}
