//! `ConsumerGroupRegularExpressionValue`: generated from the schema text.

use crate::codec::prelude::*;

/// Value of the coordinator records of type 16, version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ConsumerGroupRegularExpressionValue {
    pub topics: Vec<Str>,
    pub version: i64,
    pub timestamp: i64,
}

impl Wire for ConsumerGroupRegularExpressionValue {
    fn min_size(_: Version) -> usize {
        18
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            topics: d.read(v, "ConsumerGroupRegularExpressionValue.topics")?,
            version: d.read(v, "ConsumerGroupRegularExpressionValue.version")?,
            timestamp: d.read(v, "ConsumerGroupRegularExpressionValue.timestamp")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.topics, v, "ConsumerGroupRegularExpressionValue.topics");
        e.write(&self.version, v, "ConsumerGroupRegularExpressionValue.version");
        e.write(&self.timestamp, v, "ConsumerGroupRegularExpressionValue.timestamp");
        e.tags(v, |_| {});
    }
}

impl Message for ConsumerGroupRegularExpressionValue {
    const NAME: &'static str = "ConsumerGroupRegularExpressionValue";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
