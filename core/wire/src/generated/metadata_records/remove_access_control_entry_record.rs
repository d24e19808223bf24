//! `RemoveAccessControlEntryRecord`: generated from the schema text.

use crate::codec::prelude::*;

/// Record of the cluster metadata log (type 19), version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct RemoveAccessControlEntryRecord {
    pub id: Uuid,
}

impl Wire for RemoveAccessControlEntryRecord {
    fn min_size(_: Version) -> usize {
        17
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            id: d.read(v, "RemoveAccessControlEntryRecord.id")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.id, v, "RemoveAccessControlEntryRecord.id");
        e.tags(v, |_| {});
    }
}

impl Message for RemoveAccessControlEntryRecord {
    const NAME: &'static str = "RemoveAccessControlEntryRecord";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
