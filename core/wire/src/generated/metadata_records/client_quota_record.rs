//! `ClientQuotaRecord`: generated from the schema text.

use crate::codec::prelude::*;

/// Record of the cluster metadata log (type 14), version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ClientQuotaRecord {
    pub entity: Vec<EntityData>,
    pub key: Str,
    pub value: F64,
    pub remove: bool,
}

impl Wire for ClientQuotaRecord {
    fn min_size(_: Version) -> usize {
        12
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            entity: d.read(v, "ClientQuotaRecord.entity")?,
            key: d.read(v, "ClientQuotaRecord.key")?,
            value: d.read(v, "ClientQuotaRecord.value")?,
            remove: d.read(v, "ClientQuotaRecord.remove")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.entity, v, "ClientQuotaRecord.entity");
        e.write(&self.key, v, "ClientQuotaRecord.key");
        e.write(&self.value, v, "ClientQuotaRecord.value");
        e.write(&self.remove, v, "ClientQuotaRecord.remove");
        e.tags(v, |_| {});
    }
}

/// Part of [`ClientQuotaRecord`].
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
    fn min_size(_: Version) -> usize {
        3
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

impl Message for ClientQuotaRecord {
    const NAME: &'static str = "ClientQuotaRecord";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
