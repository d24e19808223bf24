//! `AbortTransactionRecord`: generated from the schema text.

use crate::codec::prelude::*;

/// Record of the cluster metadata log (type 25), version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AbortTransactionRecord {
    pub reason: Option<Str>,
}

impl Wire for AbortTransactionRecord {
    fn min_size(_: Version) -> usize {
        1
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let mut this = Self {
            reason: None,
        };
        d.tags(v, |d, tag| {
            match tag {
                0 => this.reason = d.read(v, "AbortTransactionRecord.reason")?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.tags(v, |t| {
            t.field(0, self.reason.is_some(), &self.reason, v, "AbortTransactionRecord.reason");
        });
    }
}

impl Message for AbortTransactionRecord {
    const NAME: &'static str = "AbortTransactionRecord";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
