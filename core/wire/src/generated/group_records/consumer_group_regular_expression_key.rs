//! `ConsumerGroupRegularExpressionKey`: generated from the schema text.

use crate::codec::prelude::*;

/// Key of the coordinator records of type 16, version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ConsumerGroupRegularExpressionKey {
    pub group_id: Str,
    pub regular_expression: Str,
}

impl Wire for ConsumerGroupRegularExpressionKey {
    fn min_size(_: Version) -> usize {
        4
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        Ok(Self {
            group_id: d.read(v, "ConsumerGroupRegularExpressionKey.group_id")?,
            regular_expression: d.read(v, "ConsumerGroupRegularExpressionKey.regular_expression")?,
        })
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.group_id, v, "ConsumerGroupRegularExpressionKey.group_id");
        e.write(&self.regular_expression, v, "ConsumerGroupRegularExpressionKey.regular_expression");
    }
}

impl Message for ConsumerGroupRegularExpressionKey {
    const NAME: &'static str = "ConsumerGroupRegularExpressionKey";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = i16::MAX;
}
