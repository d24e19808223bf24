//! `BeginTransactionRecord`: generated from the schema text.

use crate::codec::prelude::*;

/// Record of the cluster metadata log (type 23), version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct BeginTransactionRecord {
    pub name: Option<Str>,
}

impl Wire for BeginTransactionRecord {
    fn min_size(_: Version) -> usize {
        1
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let mut this = Self {
            name: None,
        };
        d.tags(v, |d, tag| {
            match tag {
                0 => this.name = d.read(v, "BeginTransactionRecord.name")?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.tags(v, |t| {
            t.field(0, self.name.is_some(), &self.name, v, "BeginTransactionRecord.name");
        });
    }
}

impl Message for BeginTransactionRecord {
    const NAME: &'static str = "BeginTransactionRecord";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
