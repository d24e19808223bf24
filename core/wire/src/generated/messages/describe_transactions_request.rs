//! `DescribeTransactionsRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the DescribeTransactions API (key 65), version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DescribeTransactionsRequest {
    pub transactional_ids: Vec<Str>,
}

impl Wire for DescribeTransactionsRequest {
    fn min_size(_: Version) -> usize {
        2
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            transactional_ids: d.read(v, "DescribeTransactionsRequest.transactional_ids")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.transactional_ids, v, "DescribeTransactionsRequest.transactional_ids");
        e.tags(v, |_| {});
    }
}

impl Message for DescribeTransactionsRequest {
    const NAME: &'static str = "DescribeTransactionsRequest";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
