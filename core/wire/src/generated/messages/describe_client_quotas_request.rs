//! `DescribeClientQuotasRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the DescribeClientQuotas API (key 48), versions 0 to 1.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DescribeClientQuotasRequest {
    pub components: Vec<ComponentData>,
    pub strict: bool,
}

impl Wire for DescribeClientQuotasRequest {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=0 => 5,
            _ => 3,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            components: d.read(v, "DescribeClientQuotasRequest.components")?,
            strict: d.read(v, "DescribeClientQuotasRequest.strict")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.components, v, "DescribeClientQuotasRequest.components");
        e.write(&self.strict, v, "DescribeClientQuotasRequest.strict");
        e.tags(v, |_| {});
    }
}

/// Part of [`DescribeClientQuotasRequest`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ComponentData {
    pub entity_type: Str,
    pub match_type: i8,
    pub r#match: Option<Str>,
}

impl Default for ComponentData {
    fn default() -> Self {
        Self {
            entity_type: Str::default(),
            match_type: 0,
            r#match: Some(Str::default()),
        }
    }
}

impl Wire for ComponentData {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=0 => 5,
            _ => 4,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            entity_type: d.read(v, "ComponentData.entity_type")?,
            match_type: d.read(v, "ComponentData.match_type")?,
            r#match: d.read(v, "ComponentData.match")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.entity_type, v, "ComponentData.entity_type");
        e.write(&self.match_type, v, "ComponentData.match_type");
        e.write(&self.r#match, v, "ComponentData.match");
        e.tags(v, |_| {});
    }
}

impl Message for DescribeClientQuotasRequest {
    const NAME: &'static str = "DescribeClientQuotasRequest";
    const VERSIONS: RangeInclusive<i16> = 0..=1;
    const FLEXIBLE_FROM: i16 = 1;
}
