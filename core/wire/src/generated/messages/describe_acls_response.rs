//! `DescribeAclsResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the DescribeAcls API (key 29), versions 1 to 3.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DescribeAclsResponse {
    pub throttle_time_ms: i32,
    pub error_code: ErrorCode,
    pub error_message: Option<Str>,
    pub resources: Vec<DescribeAclsResource>,
}

impl Default for DescribeAclsResponse {
    fn default() -> Self {
        Self {
            throttle_time_ms: 0,
            error_code: ErrorCode::NONE,
            error_message: Some(Str::default()),
            resources: Vec::new(),
        }
    }
}

impl Wire for DescribeAclsResponse {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=1 => 12,
            _ => 9,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            throttle_time_ms: d.read(v, "DescribeAclsResponse.throttle_time_ms")?,
            error_code: d.read(v, "DescribeAclsResponse.error_code")?,
            error_message: d.read(v, "DescribeAclsResponse.error_message")?,
            resources: d.read(v, "DescribeAclsResponse.resources")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.throttle_time_ms, v, "DescribeAclsResponse.throttle_time_ms");
        e.write(&self.error_code, v, "DescribeAclsResponse.error_code");
        e.write(&self.error_message, v, "DescribeAclsResponse.error_message");
        e.write(&self.resources, v, "DescribeAclsResponse.resources");
        e.tags(v, |_| {});
    }
}

/// Part of [`DescribeAclsResponse`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DescribeAclsResource {
    pub resource_type: i8,
    pub resource_name: Str,
    pub pattern_type: i8,
    pub acls: Vec<AclDescription>,
}

impl Default for DescribeAclsResource {
    fn default() -> Self {
        Self {
            resource_type: 0,
            resource_name: Str::default(),
            pattern_type: 3,
            acls: Vec::new(),
        }
    }
}

impl Wire for DescribeAclsResource {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=1 => 8,
            _ => 5,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            resource_type: d.read(v, "DescribeAclsResource.resource_type")?,
            resource_name: d.read(v, "DescribeAclsResource.resource_name")?,
            pattern_type: d.read(v, "DescribeAclsResource.pattern_type")?,
            acls: d.read(v, "DescribeAclsResource.acls")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.resource_type, v, "DescribeAclsResource.resource_type");
        e.write(&self.resource_name, v, "DescribeAclsResource.resource_name");
        e.write(&self.pattern_type, v, "DescribeAclsResource.pattern_type");
        e.write(&self.acls, v, "DescribeAclsResource.acls");
        e.tags(v, |_| {});
    }
}

/// Part of [`DescribeAclsResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AclDescription {
    pub principal: Str,
    pub host: Str,
    pub operation: i8,
    pub permission_type: i8,
}

impl Wire for AclDescription {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=1 => 6,
            _ => 5,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            principal: d.read(v, "AclDescription.principal")?,
            host: d.read(v, "AclDescription.host")?,
            operation: d.read(v, "AclDescription.operation")?,
            permission_type: d.read(v, "AclDescription.permission_type")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.principal, v, "AclDescription.principal");
        e.write(&self.host, v, "AclDescription.host");
        e.write(&self.operation, v, "AclDescription.operation");
        e.write(&self.permission_type, v, "AclDescription.permission_type");
        e.tags(v, |_| {});
    }
}

impl Message for DescribeAclsResponse {
    const NAME: &'static str = "DescribeAclsResponse";
    const VERSIONS: RangeInclusive<i16> = 1..=3;
    const FLEXIBLE_FROM: i16 = 2;
}
