//! `LegacyOffsetCommitValue`: generated from the schema text.

use crate::codec::prelude::*;

/// Value of the coordinator records of type 0, version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct LegacyOffsetCommitValue {
    pub offset: i64,
    pub metadata: Str,
    pub commit_timestamp: i64,
}

impl Wire for LegacyOffsetCommitValue {
    fn min_size(_: Version) -> usize {
        18
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        Ok(Self {
            offset: d.read(v, "LegacyOffsetCommitValue.offset")?,
            metadata: d.read(v, "LegacyOffsetCommitValue.metadata")?,
            commit_timestamp: d.read(v, "LegacyOffsetCommitValue.commit_timestamp")?,
        })
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.offset, v, "LegacyOffsetCommitValue.offset");
        e.write(&self.metadata, v, "LegacyOffsetCommitValue.metadata");
        e.write(&self.commit_timestamp, v, "LegacyOffsetCommitValue.commit_timestamp");
    }
}

impl Message for LegacyOffsetCommitValue {
    const NAME: &'static str = "LegacyOffsetCommitValue";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = i16::MAX;
}
