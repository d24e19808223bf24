//! `SnapshotFooterRecord`: generated from the schema text.

use crate::codec::prelude::*;

/// Message inside a record or file, version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct SnapshotFooterRecord {
    pub version: i16,
}

impl Wire for SnapshotFooterRecord {
    fn min_size(_: Version) -> usize {
        3
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            version: d.read(v, "SnapshotFooterRecord.version")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.version, v, "SnapshotFooterRecord.version");
        e.tags(v, |_| {});
    }
}

impl Message for SnapshotFooterRecord {
    const NAME: &'static str = "SnapshotFooterRecord";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
