//! `CreateAclsRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the CreateAcls API (key 30), versions 1 to 3.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct CreateAclsRequest {
    pub creations: Vec<AclCreation>,
}

impl Wire for CreateAclsRequest {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=1 => 4,
            _ => 2,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            creations: d.read(v, "CreateAclsRequest.creations")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.creations, v, "CreateAclsRequest.creations");
        e.tags(v, |_| {});
    }
}

/// Part of [`CreateAclsRequest`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AclCreation {
    pub resource_type: i8,
    pub resource_name: Str,
    pub resource_pattern_type: i8,
    pub principal: Str,
    pub host: Str,
    pub operation: i8,
    pub permission_type: i8,
}

impl Default for AclCreation {
    fn default() -> Self {
        Self {
            resource_type: 0,
            resource_name: Str::default(),
            resource_pattern_type: 3,
            principal: Str::default(),
            host: Str::default(),
            operation: 0,
            permission_type: 0,
        }
    }
}

impl Wire for AclCreation {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=1 => 10,
            _ => 8,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            resource_type: d.read(v, "AclCreation.resource_type")?,
            resource_name: d.read(v, "AclCreation.resource_name")?,
            resource_pattern_type: d.read(v, "AclCreation.resource_pattern_type")?,
            principal: d.read(v, "AclCreation.principal")?,
            host: d.read(v, "AclCreation.host")?,
            operation: d.read(v, "AclCreation.operation")?,
            permission_type: d.read(v, "AclCreation.permission_type")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.resource_type, v, "AclCreation.resource_type");
        e.write(&self.resource_name, v, "AclCreation.resource_name");
        e.write(&self.resource_pattern_type, v, "AclCreation.resource_pattern_type");
        e.write(&self.principal, v, "AclCreation.principal");
        e.write(&self.host, v, "AclCreation.host");
        e.write(&self.operation, v, "AclCreation.operation");
        e.write(&self.permission_type, v, "AclCreation.permission_type");
        e.tags(v, |_| {});
    }
}

impl Message for CreateAclsRequest {
    const NAME: &'static str = "CreateAclsRequest";
    const VERSIONS: RangeInclusive<i16> = 1..=3;
    const FLEXIBLE_FROM: i16 = 2;
}
