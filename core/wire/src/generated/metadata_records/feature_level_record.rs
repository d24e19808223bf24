//! `FeatureLevelRecord`: generated from the schema text.

use crate::codec::prelude::*;

/// Record of the cluster metadata log (type 12), version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct FeatureLevelRecord {
    pub name: Str,
    pub feature_level: i16,
}

impl Wire for FeatureLevelRecord {
    fn min_size(_: Version) -> usize {
        4
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            name: d.read(v, "FeatureLevelRecord.name")?,
            feature_level: d.read(v, "FeatureLevelRecord.feature_level")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.name, v, "FeatureLevelRecord.name");
        e.write(&self.feature_level, v, "FeatureLevelRecord.feature_level");
        e.tags(v, |_| {});
    }
}

impl Message for FeatureLevelRecord {
    const NAME: &'static str = "FeatureLevelRecord";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
