//! `ControlRecordTypeSchema`: generated from the schema text.

use crate::codec::prelude::*;

/// Message inside a record or file, version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ControlRecordTypeSchema {
    pub r#type: i16,
}

impl Wire for ControlRecordTypeSchema {
    fn min_size(_: Version) -> usize {
        2
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        Ok(Self {
            r#type: d.read(v, "ControlRecordTypeSchema.type")?,
        })
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.r#type, v, "ControlRecordTypeSchema.type");
    }
}

impl Message for ControlRecordTypeSchema {
    const NAME: &'static str = "ControlRecordTypeSchema";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = i16::MAX;
}
