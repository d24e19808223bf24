//! `CreateDelegationTokenRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the CreateDelegationToken API (key 38), versions 1 to 3.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CreateDelegationTokenRequest {
    pub owner_principal_type: Option<Str>,
    pub owner_principal_name: Option<Str>,
    pub renewers: Vec<CreatableRenewers>,
    pub max_lifetime_ms: i64,
}

impl Default for CreateDelegationTokenRequest {
    fn default() -> Self {
        Self {
            owner_principal_type: Some(Str::default()),
            owner_principal_name: Some(Str::default()),
            renewers: Vec::new(),
            max_lifetime_ms: 0,
        }
    }
}

impl Wire for CreateDelegationTokenRequest {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=1 => 12,
            2..=2 => 10,
            _ => 12,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            owner_principal_type: if v.number >= 3 { d.read(v, "CreateDelegationTokenRequest.owner_principal_type")? } else { Some(Str::default()) },
            owner_principal_name: if v.number >= 3 { d.read(v, "CreateDelegationTokenRequest.owner_principal_name")? } else { Some(Str::default()) },
            renewers: d.read(v, "CreateDelegationTokenRequest.renewers")?,
            max_lifetime_ms: d.read(v, "CreateDelegationTokenRequest.max_lifetime_ms")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        if v.number >= 3 { e.write(&self.owner_principal_type, v, "CreateDelegationTokenRequest.owner_principal_type"); } else { e.absent(self.owner_principal_type.as_ref().is_none_or(|x| !x.is_empty()), "CreateDelegationTokenRequest.owner_principal_type"); }
        if v.number >= 3 { e.write(&self.owner_principal_name, v, "CreateDelegationTokenRequest.owner_principal_name"); } else { e.absent(self.owner_principal_name.as_ref().is_none_or(|x| !x.is_empty()), "CreateDelegationTokenRequest.owner_principal_name"); }
        e.write(&self.renewers, v, "CreateDelegationTokenRequest.renewers");
        e.write(&self.max_lifetime_ms, v, "CreateDelegationTokenRequest.max_lifetime_ms");
        e.tags(v, |_| {});
    }
}

/// Part of [`CreateDelegationTokenRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct CreatableRenewers {
    pub principal_type: Str,
    pub principal_name: Str,
}

impl Wire for CreatableRenewers {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=1 => 4,
            _ => 3,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            principal_type: d.read(v, "CreatableRenewers.principal_type")?,
            principal_name: d.read(v, "CreatableRenewers.principal_name")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.principal_type, v, "CreatableRenewers.principal_type");
        e.write(&self.principal_name, v, "CreatableRenewers.principal_name");
        e.tags(v, |_| {});
    }
}

impl Message for CreateDelegationTokenRequest {
    const NAME: &'static str = "CreateDelegationTokenRequest";
    const VERSIONS: RangeInclusive<i16> = 1..=3;
    const FLEXIBLE_FROM: i16 = 2;
}
