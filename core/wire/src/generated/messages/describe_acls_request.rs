//! `DescribeAclsRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the DescribeAcls API (key 29), versions 1 to 3.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DescribeAclsRequest {
    pub resource_type_filter: i8,
    pub resource_name_filter: Option<Str>,
    pub pattern_type_filter: i8,
    pub principal_filter: Option<Str>,
    pub host_filter: Option<Str>,
    pub operation: i8,
    pub permission_type: i8,
}

impl Default for DescribeAclsRequest {
    fn default() -> Self {
        Self {
            resource_type_filter: 0,
            resource_name_filter: Some(Str::default()),
            pattern_type_filter: 3,
            principal_filter: Some(Str::default()),
            host_filter: Some(Str::default()),
            operation: 0,
            permission_type: 0,
        }
    }
}

impl Wire for DescribeAclsRequest {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=1 => 10,
            _ => 8,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            resource_type_filter: d.read(v, "DescribeAclsRequest.resource_type_filter")?,
            resource_name_filter: d.read(v, "DescribeAclsRequest.resource_name_filter")?,
            pattern_type_filter: d.read(v, "DescribeAclsRequest.pattern_type_filter")?,
            principal_filter: d.read(v, "DescribeAclsRequest.principal_filter")?,
            host_filter: d.read(v, "DescribeAclsRequest.host_filter")?,
            operation: d.read(v, "DescribeAclsRequest.operation")?,
            permission_type: d.read(v, "DescribeAclsRequest.permission_type")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.resource_type_filter, v, "DescribeAclsRequest.resource_type_filter");
        e.write(&self.resource_name_filter, v, "DescribeAclsRequest.resource_name_filter");
        e.write(&self.pattern_type_filter, v, "DescribeAclsRequest.pattern_type_filter");
        e.write(&self.principal_filter, v, "DescribeAclsRequest.principal_filter");
        e.write(&self.host_filter, v, "DescribeAclsRequest.host_filter");
        e.write(&self.operation, v, "DescribeAclsRequest.operation");
        e.write(&self.permission_type, v, "DescribeAclsRequest.permission_type");
        e.tags(v, |_| {});
    }
}

impl Message for DescribeAclsRequest {
    const NAME: &'static str = "DescribeAclsRequest";
    const VERSIONS: RangeInclusive<i16> = 1..=3;
    const FLEXIBLE_FROM: i16 = 2;
}
