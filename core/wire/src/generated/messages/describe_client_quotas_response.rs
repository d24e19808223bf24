//! `DescribeClientQuotasResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the DescribeClientQuotas API (key 48), versions 0 to 1.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DescribeClientQuotasResponse {
    pub throttle_time_ms: i32,
    pub error_code: ErrorCode,
    pub error_message: Option<Str>,
    pub entries: Option<Vec<EntryData>>,
}

impl Default for DescribeClientQuotasResponse {
    fn default() -> Self {
        Self {
            throttle_time_ms: 0,
            error_code: ErrorCode::NONE,
            error_message: Some(Str::default()),
            entries: Some(Vec::new()),
        }
    }
}

impl Wire for DescribeClientQuotasResponse {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=0 => 12,
            _ => 9,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            throttle_time_ms: d.read(v, "DescribeClientQuotasResponse.throttle_time_ms")?,
            error_code: d.read(v, "DescribeClientQuotasResponse.error_code")?,
            error_message: d.read(v, "DescribeClientQuotasResponse.error_message")?,
            entries: d.read(v, "DescribeClientQuotasResponse.entries")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.throttle_time_ms, v, "DescribeClientQuotasResponse.throttle_time_ms");
        e.write(&self.error_code, v, "DescribeClientQuotasResponse.error_code");
        e.write(&self.error_message, v, "DescribeClientQuotasResponse.error_message");
        e.write(&self.entries, v, "DescribeClientQuotasResponse.entries");
        e.tags(v, |_| {});
    }
}

/// Part of [`DescribeClientQuotasResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct EntryData {
    pub entity: Vec<EntityData>,
    pub values: Vec<ValueData>,
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
            values: d.read(v, "EntryData.values")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.entity, v, "EntryData.entity");
        e.write(&self.values, v, "EntryData.values");
        e.tags(v, |_| {});
    }
}

/// Part of [`DescribeClientQuotasResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ValueData {
    pub key: Str,
    pub value: F64,
}

impl Wire for ValueData {
    fn min_size(_: Version) -> usize {
        10
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            key: d.read(v, "ValueData.key")?,
            value: d.read(v, "ValueData.value")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.key, v, "ValueData.key");
        e.write(&self.value, v, "ValueData.value");
        e.tags(v, |_| {});
    }
}

/// Part of [`DescribeClientQuotasResponse`].
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

impl Message for DescribeClientQuotasResponse {
    const NAME: &'static str = "DescribeClientQuotasResponse";
    const VERSIONS: RangeInclusive<i16> = 0..=1;
    const FLEXIBLE_FROM: i16 = 1;
}
