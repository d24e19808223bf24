//! `ResponseHeader`: generated from the schema text.

use crate::codec::prelude::*;

/// Header in front of a message, versions 0 to 1.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ResponseHeader {
    pub correlation_id: i32,
}

impl Wire for ResponseHeader {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=0 => 4,
            _ => 5,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            correlation_id: d.read(v, "ResponseHeader.correlation_id")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.correlation_id, v, "ResponseHeader.correlation_id");
        e.tags(v, |_| {});
    }
}

impl Message for ResponseHeader {
    const NAME: &'static str = "ResponseHeader";
    const VERSIONS: RangeInclusive<i16> = 0..=1;
    const FLEXIBLE_FROM: i16 = 1;
}
