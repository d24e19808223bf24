//! `SnapshotHeaderRecord`: generated from the schema text.

use crate::codec::prelude::*;

/// Message inside a record or file, version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct SnapshotHeaderRecord {
    pub version: i16,
    pub last_contained_log_timestamp: i64,
}

impl Wire for SnapshotHeaderRecord {
    fn min_size(_: Version) -> usize {
        11
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            version: d.read(v, "SnapshotHeaderRecord.version")?,
            last_contained_log_timestamp: d.read(v, "SnapshotHeaderRecord.last_contained_log_timestamp")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.version, v, "SnapshotHeaderRecord.version");
        e.write(&self.last_contained_log_timestamp, v, "SnapshotHeaderRecord.last_contained_log_timestamp");
        e.tags(v, |_| {});
    }
}

impl Message for SnapshotHeaderRecord {
    const NAME: &'static str = "SnapshotHeaderRecord";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
