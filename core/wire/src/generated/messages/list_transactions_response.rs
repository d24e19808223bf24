//! `ListTransactionsResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the ListTransactions API (key 66), versions 0 to 2.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ListTransactionsResponse {
    pub throttle_time_ms: i32,
    pub error_code: ErrorCode,
    pub unknown_state_filters: Vec<Str>,
    pub transaction_states: Vec<TransactionState>,
}

impl Wire for ListTransactionsResponse {
    fn min_size(_: Version) -> usize {
        9
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            throttle_time_ms: d.read(v, "ListTransactionsResponse.throttle_time_ms")?,
            error_code: d.read(v, "ListTransactionsResponse.error_code")?,
            unknown_state_filters: d.read(v, "ListTransactionsResponse.unknown_state_filters")?,
            transaction_states: d.read(v, "ListTransactionsResponse.transaction_states")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.throttle_time_ms, v, "ListTransactionsResponse.throttle_time_ms");
        e.write(&self.error_code, v, "ListTransactionsResponse.error_code");
        e.write(&self.unknown_state_filters, v, "ListTransactionsResponse.unknown_state_filters");
        e.write(&self.transaction_states, v, "ListTransactionsResponse.transaction_states");
        e.tags(v, |_| {});
    }
}

/// Part of [`ListTransactionsResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TransactionState {
    pub transactional_id: Str,
    pub producer_id: i64,
    pub transaction_state: Str,
}

impl Wire for TransactionState {
    fn min_size(_: Version) -> usize {
        11
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            transactional_id: d.read(v, "TransactionState.transactional_id")?,
            producer_id: d.read(v, "TransactionState.producer_id")?,
            transaction_state: d.read(v, "TransactionState.transaction_state")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.transactional_id, v, "TransactionState.transactional_id");
        e.write(&self.producer_id, v, "TransactionState.producer_id");
        e.write(&self.transaction_state, v, "TransactionState.transaction_state");
        e.tags(v, |_| {});
    }
}

impl Message for ListTransactionsResponse {
    const NAME: &'static str = "ListTransactionsResponse";
    const VERSIONS: RangeInclusive<i16> = 0..=2;
    const FLEXIBLE_FROM: i16 = 0;
}
