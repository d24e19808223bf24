//! `ConfigRecord`: generated from the schema text.

use crate::codec::prelude::*;

/// Record of the cluster metadata log (type 4), version 0.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ConfigRecord {
    pub resource_type: i8,
    pub resource_name: Str,
    pub name: Str,
    pub value: Option<Str>,
}

impl Default for ConfigRecord {
    fn default() -> Self {
        Self {
            resource_type: 0,
            resource_name: Str::default(),
            name: Str::default(),
            value: Some(Str::default()),
        }
    }
}

impl Wire for ConfigRecord {
    fn min_size(_: Version) -> usize {
        5
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            resource_type: d.read(v, "ConfigRecord.resource_type")?,
            resource_name: d.read(v, "ConfigRecord.resource_name")?,
            name: d.read(v, "ConfigRecord.name")?,
            value: d.read(v, "ConfigRecord.value")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.resource_type, v, "ConfigRecord.resource_type");
        e.write(&self.resource_name, v, "ConfigRecord.resource_name");
        e.write(&self.name, v, "ConfigRecord.name");
        e.write(&self.value, v, "ConfigRecord.value");
        e.tags(v, |_| {});
    }
}

impl Message for ConfigRecord {
    const NAME: &'static str = "ConfigRecord";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
