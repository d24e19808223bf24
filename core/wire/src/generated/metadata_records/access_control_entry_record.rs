//! `AccessControlEntryRecord`: generated from the schema text.

use crate::codec::prelude::*;

/// Record of the cluster metadata log (type 18), version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AccessControlEntryRecord {
    pub id: Uuid,
    pub resource_type: i8,
    pub resource_name: Str,
    pub pattern_type: i8,
    pub principal: Str,
    pub host: Str,
    pub operation: i8,
    pub permission_type: i8,
}

impl Wire for AccessControlEntryRecord {
    fn min_size(_: Version) -> usize {
        24
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            id: d.read(v, "AccessControlEntryRecord.id")?,
            resource_type: d.read(v, "AccessControlEntryRecord.resource_type")?,
            resource_name: d.read(v, "AccessControlEntryRecord.resource_name")?,
            pattern_type: d.read(v, "AccessControlEntryRecord.pattern_type")?,
            principal: d.read(v, "AccessControlEntryRecord.principal")?,
            host: d.read(v, "AccessControlEntryRecord.host")?,
            operation: d.read(v, "AccessControlEntryRecord.operation")?,
            permission_type: d.read(v, "AccessControlEntryRecord.permission_type")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.id, v, "AccessControlEntryRecord.id");
        e.write(&self.resource_type, v, "AccessControlEntryRecord.resource_type");
        e.write(&self.resource_name, v, "AccessControlEntryRecord.resource_name");
        e.write(&self.pattern_type, v, "AccessControlEntryRecord.pattern_type");
        e.write(&self.principal, v, "AccessControlEntryRecord.principal");
        e.write(&self.host, v, "AccessControlEntryRecord.host");
        e.write(&self.operation, v, "AccessControlEntryRecord.operation");
        e.write(&self.permission_type, v, "AccessControlEntryRecord.permission_type");
        e.tags(v, |_| {});
    }
}

impl Message for AccessControlEntryRecord {
    const NAME: &'static str = "AccessControlEntryRecord";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
