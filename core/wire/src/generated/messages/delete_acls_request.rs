//! `DeleteAclsRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the DeleteAcls API (key 31), versions 1 to 3.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DeleteAclsRequest {
    pub filters: Vec<DeleteAclsFilter>,
}

impl Wire for DeleteAclsRequest {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=1 => 4,
            _ => 2,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            filters: d.read(v, "DeleteAclsRequest.filters")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.filters, v, "DeleteAclsRequest.filters");
        e.tags(v, |_| {});
    }
}

/// Part of [`DeleteAclsRequest`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DeleteAclsFilter {
    pub resource_type_filter: i8,
    pub resource_name_filter: Option<Str>,
    pub pattern_type_filter: i8,
    pub principal_filter: Option<Str>,
    pub host_filter: Option<Str>,
    pub operation: i8,
    pub permission_type: i8,
}

impl Default for DeleteAclsFilter {
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

impl Wire for DeleteAclsFilter {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=1 => 10,
            _ => 8,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            resource_type_filter: d.read(v, "DeleteAclsFilter.resource_type_filter")?,
            resource_name_filter: d.read(v, "DeleteAclsFilter.resource_name_filter")?,
            pattern_type_filter: d.read(v, "DeleteAclsFilter.pattern_type_filter")?,
            principal_filter: d.read(v, "DeleteAclsFilter.principal_filter")?,
            host_filter: d.read(v, "DeleteAclsFilter.host_filter")?,
            operation: d.read(v, "DeleteAclsFilter.operation")?,
            permission_type: d.read(v, "DeleteAclsFilter.permission_type")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.resource_type_filter, v, "DeleteAclsFilter.resource_type_filter");
        e.write(&self.resource_name_filter, v, "DeleteAclsFilter.resource_name_filter");
        e.write(&self.pattern_type_filter, v, "DeleteAclsFilter.pattern_type_filter");
        e.write(&self.principal_filter, v, "DeleteAclsFilter.principal_filter");
        e.write(&self.host_filter, v, "DeleteAclsFilter.host_filter");
        e.write(&self.operation, v, "DeleteAclsFilter.operation");
        e.write(&self.permission_type, v, "DeleteAclsFilter.permission_type");
        e.tags(v, |_| {});
    }
}

impl Message for DeleteAclsRequest {
    const NAME: &'static str = "DeleteAclsRequest";
    const VERSIONS: RangeInclusive<i16> = 1..=3;
    const FLEXIBLE_FROM: i16 = 2;
}
