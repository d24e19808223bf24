//! `AlterClientQuotasRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the AlterClientQuotas API (key 49), versions 0 to 1.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AlterClientQuotasRequest {
    pub entries: Vec<EntryData>,
    pub validate_only: bool,
}

impl Wire for AlterClientQuotasRequest {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=0 => 5,
            _ => 3,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            entries: d.read(v, "AlterClientQuotasRequest.entries")?,
            validate_only: d.read(v, "AlterClientQuotasRequest.validate_only")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.entries, v, "AlterClientQuotasRequest.entries");
        e.write(&self.validate_only, v, "AlterClientQuotasRequest.validate_only");
        e.tags(v, |_| {});
    }
}

/// Part of [`AlterClientQuotasRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct EntryData {
    pub entity: Vec<EntityData>,
    pub ops: Vec<OpData>,
}

impl Wire for EntryData {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=0 => 8,
            _ => 3,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            entity: d.read(v, "EntryData.entity")?,
            ops: d.read(v, "EntryData.ops")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.entity, v, "EntryData.entity");
        e.write(&self.ops, v, "EntryData.ops");
        e.tags(v, |_| {});
    }
}

/// Part of [`AlterClientQuotasRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct OpData {
    pub key: Str,
    pub value: F64,
    pub remove: bool,
}

impl Wire for OpData {
    fn min_size(_: Version) -> usize {
        11
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            key: d.read(v, "OpData.key")?,
            value: d.read(v, "OpData.value")?,
            remove: d.read(v, "OpData.remove")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.key, v, "OpData.key");
        e.write(&self.value, v, "OpData.value");
        e.write(&self.remove, v, "OpData.remove");
        e.tags(v, |_| {});
    }
}

/// Part of [`AlterClientQuotasRequest`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EntityData {
    pub entity_type: Str,
    pub entity_name: Option<Str>,
}

impl Default for EntityData {
    fn default() -> Self {
        Self {
            entity_type: Str::default(),
            entity_name: Some(Str::default()),
        }
    }
}

impl Wire for EntityData {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=0 => 4,
            _ => 3,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            entity_type: d.read(v, "EntityData.entity_type")?,
            entity_name: d.read(v, "EntityData.entity_name")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.entity_type, v, "EntityData.entity_type");
        e.write(&self.entity_name, v, "EntityData.entity_name");
        e.tags(v, |_| {});
    }
}

impl Message for AlterClientQuotasRequest {
    const NAME: &'static str = "AlterClientQuotasRequest";
    const VERSIONS: RangeInclusive<i16> = 0..=1;
    const FLEXIBLE_FROM: i16 = 1;
}
