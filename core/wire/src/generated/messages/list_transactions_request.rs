//! `ListTransactionsRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the ListTransactions API (key 66), versions 0 to 2.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ListTransactionsRequest {
    pub state_filters: Vec<Str>,
    pub producer_id_filters: Vec<i64>,
    pub duration_filter: i64,
    pub transactional_id_pattern: Option<Str>,
}

impl Default for ListTransactionsRequest {
    fn default() -> Self {
        Self {
            state_filters: Vec::new(),
            producer_id_filters: Vec::new(),
            duration_filter: -1,
            transactional_id_pattern: None,
        }
    }
}

impl Wire for ListTransactionsRequest {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=0 => 3,
            1..=1 => 11,
            _ => 12,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            state_filters: d.read(v, "ListTransactionsRequest.state_filters")?,
            producer_id_filters: d.read(v, "ListTransactionsRequest.producer_id_filters")?,
            duration_filter: if v.number >= 1 { d.read(v, "ListTransactionsRequest.duration_filter")? } else { -1 },
            transactional_id_pattern: if v.number >= 2 { d.read(v, "ListTransactionsRequest.transactional_id_pattern")? } else { None },
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.state_filters, v, "ListTransactionsRequest.state_filters");
        e.write(&self.producer_id_filters, v, "ListTransactionsRequest.producer_id_filters");
        if v.number >= 1 { e.write(&self.duration_filter, v, "ListTransactionsRequest.duration_filter"); } else { e.absent(self.duration_filter != -1, "ListTransactionsRequest.duration_filter"); }
        if v.number >= 2 { e.write(&self.transactional_id_pattern, v, "ListTransactionsRequest.transactional_id_pattern"); } else { e.absent(self.transactional_id_pattern.is_some(), "ListTransactionsRequest.transactional_id_pattern"); }
        e.tags(v, |_| {});
    }
}

impl Message for ListTransactionsRequest {
    const NAME: &'static str = "ListTransactionsRequest";
    const VERSIONS: RangeInclusive<i16> = 0..=2;
    const FLEXIBLE_FROM: i16 = 0;
}
