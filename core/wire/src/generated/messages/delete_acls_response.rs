//! `DeleteAclsResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the DeleteAcls API (key 31), versions 1 to 3.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DeleteAclsResponse {
    pub throttle_time_ms: i32,
    pub filter_results: Vec<DeleteAclsFilterResult>,
}

impl Wire for DeleteAclsResponse {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=1 => 8,
            _ => 6,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            throttle_time_ms: d.read(v, "DeleteAclsResponse.throttle_time_ms")?,
            filter_results: d.read(v, "DeleteAclsResponse.filter_results")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.throttle_time_ms, v, "DeleteAclsResponse.throttle_time_ms");
        e.write(&self.filter_results, v, "DeleteAclsResponse.filter_results");
        e.tags(v, |_| {});
    }
}

/// Part of [`DeleteAclsResponse`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DeleteAclsFilterResult {
    pub error_code: ErrorCode,
    pub error_message: Option<Str>,
    pub matching_acls: Vec<DeleteAclsMatchingAcl>,
}

impl Default for DeleteAclsFilterResult {
    fn default() -> Self {
        Self {
            error_code: ErrorCode::NONE,
            error_message: Some(Str::default()),
            matching_acls: Vec::new(),
        }
    }
}

impl Wire for DeleteAclsFilterResult {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=1 => 8,
            _ => 5,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            error_code: d.read(v, "DeleteAclsFilterResult.error_code")?,
            error_message: d.read(v, "DeleteAclsFilterResult.error_message")?,
            matching_acls: d.read(v, "DeleteAclsFilterResult.matching_acls")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.error_code, v, "DeleteAclsFilterResult.error_code");
        e.write(&self.error_message, v, "DeleteAclsFilterResult.error_message");
        e.write(&self.matching_acls, v, "DeleteAclsFilterResult.matching_acls");
        e.tags(v, |_| {});
    }
}

/// Part of [`DeleteAclsResponse`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DeleteAclsMatchingAcl {
    pub error_code: ErrorCode,
    pub error_message: Option<Str>,
    pub resource_type: i8,
    pub resource_name: Str,
    pub pattern_type: i8,
    pub principal: Str,
    pub host: Str,
    pub operation: i8,
    pub permission_type: i8,
}

impl Default for DeleteAclsMatchingAcl {
    fn default() -> Self {
        Self {
            error_code: ErrorCode::NONE,
            error_message: Some(Str::default()),
            resource_type: 0,
            resource_name: Str::default(),
            pattern_type: 3,
            principal: Str::default(),
            host: Str::default(),
            operation: 0,
            permission_type: 0,
        }
    }
}

impl Wire for DeleteAclsMatchingAcl {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=1 => 14,
            _ => 11,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            error_code: d.read(v, "DeleteAclsMatchingAcl.error_code")?,
            error_message: d.read(v, "DeleteAclsMatchingAcl.error_message")?,
            resource_type: d.read(v, "DeleteAclsMatchingAcl.resource_type")?,
            resource_name: d.read(v, "DeleteAclsMatchingAcl.resource_name")?,
            pattern_type: d.read(v, "DeleteAclsMatchingAcl.pattern_type")?,
            principal: d.read(v, "DeleteAclsMatchingAcl.principal")?,
            host: d.read(v, "DeleteAclsMatchingAcl.host")?,
            operation: d.read(v, "DeleteAclsMatchingAcl.operation")?,
            permission_type: d.read(v, "DeleteAclsMatchingAcl.permission_type")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.error_code, v, "DeleteAclsMatchingAcl.error_code");
        e.write(&self.error_message, v, "DeleteAclsMatchingAcl.error_message");
        e.write(&self.resource_type, v, "DeleteAclsMatchingAcl.resource_type");
        e.write(&self.resource_name, v, "DeleteAclsMatchingAcl.resource_name");
        e.write(&self.pattern_type, v, "DeleteAclsMatchingAcl.pattern_type");
        e.write(&self.principal, v, "DeleteAclsMatchingAcl.principal");
        e.write(&self.host, v, "DeleteAclsMatchingAcl.host");
        e.write(&self.operation, v, "DeleteAclsMatchingAcl.operation");
        e.write(&self.permission_type, v, "DeleteAclsMatchingAcl.permission_type");
        e.tags(v, |_| {});
    }
}

impl Message for DeleteAclsResponse {
    const NAME: &'static str = "DeleteAclsResponse";
    const VERSIONS: RangeInclusive<i16> = 1..=3;
    const FLEXIBLE_FROM: i16 = 2;
}
