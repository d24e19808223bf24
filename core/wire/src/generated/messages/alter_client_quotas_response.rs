//! `AlterClientQuotasResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the AlterClientQuotas API (key 49), versions 0 to 1.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AlterClientQuotasResponse {
    pub throttle_time_ms: i32,
    pub entries: Vec<EntryData>,
}

impl Wire for AlterClientQuotasResponse {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=0 => 8,
            _ => 6,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            throttle_time_ms: d.read(v, "AlterClientQuotasResponse.throttle_time_ms")?,
            entries: d.read(v, "AlterClientQuotasResponse.entries")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.throttle_time_ms, v, "AlterClientQuotasResponse.throttle_time_ms");
        e.write(&self.entries, v, "AlterClientQuotasResponse.entries");
        e.tags(v, |_| {});
    }
}

/// Part of [`AlterClientQuotasResponse`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EntryData {
    pub error_code: ErrorCode,
    pub error_message: Option<Str>,
    pub entity: Vec<EntityData>,
}

impl Default for EntryData {
    fn default() -> Self {
        Self {
            error_code: ErrorCode::NONE,
            error_message: Some(Str::default()),
            entity: Vec::new(),
        }
    }
}

impl Wire for EntryData {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=0 => 8,
            _ => 5,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            error_code: d.read(v, "EntryData.error_code")?,
            error_message: d.read(v, "EntryData.error_message")?,
            entity: d.read(v, "EntryData.entity")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.error_code, v, "EntryData.error_code");
        e.write(&self.error_message, v, "EntryData.error_message");
        e.write(&self.entity, v, "EntryData.entity");
        e.tags(v, |_| {});
    }
}

/// Part of [`AlterClientQuotasResponse`].
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

impl Message for AlterClientQuotasResponse {
    const NAME: &'static str = "AlterClientQuotasResponse";
    const VERSIONS: RangeInclusive<i16> = 0..=1;
    const FLEXIBLE_FROM: i16 = 1;
}
