//! `DescribeTransactionsResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the DescribeTransactions API (key 65), version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DescribeTransactionsResponse {
    pub throttle_time_ms: i32,
    pub transaction_states: Vec<TransactionState>,
}

impl Wire for DescribeTransactionsResponse {
    fn min_size(_: Version) -> usize {
        6
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            throttle_time_ms: d.read(v, "DescribeTransactionsResponse.throttle_time_ms")?,
            transaction_states: d.read(v, "DescribeTransactionsResponse.transaction_states")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.throttle_time_ms, v, "DescribeTransactionsResponse.throttle_time_ms");
        e.write(&self.transaction_states, v, "DescribeTransactionsResponse.transaction_states");
        e.tags(v, |_| {});
    }
}

/// Part of [`DescribeTransactionsResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TransactionState {
    pub error_code: ErrorCode,
    pub transactional_id: Str,
    pub transaction_state: Str,
    pub transaction_timeout_ms: i32,
    pub transaction_start_time_ms: i64,
    pub producer_id: i64,
    pub producer_epoch: i16,
    pub topics: Vec<TopicData>,
}

impl Wire for TransactionState {
    fn min_size(_: Version) -> usize {
        28
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            error_code: d.read(v, "TransactionState.error_code")?,
            transactional_id: d.read(v, "TransactionState.transactional_id")?,
            transaction_state: d.read(v, "TransactionState.transaction_state")?,
            transaction_timeout_ms: d.read(v, "TransactionState.transaction_timeout_ms")?,
            transaction_start_time_ms: d.read(v, "TransactionState.transaction_start_time_ms")?,
            producer_id: d.read(v, "TransactionState.producer_id")?,
            producer_epoch: d.read(v, "TransactionState.producer_epoch")?,
            topics: d.read(v, "TransactionState.topics")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.error_code, v, "TransactionState.error_code");
        e.write(&self.transactional_id, v, "TransactionState.transactional_id");
        e.write(&self.transaction_state, v, "TransactionState.transaction_state");
        e.write(&self.transaction_timeout_ms, v, "TransactionState.transaction_timeout_ms");
        e.write(&self.transaction_start_time_ms, v, "TransactionState.transaction_start_time_ms");
        e.write(&self.producer_id, v, "TransactionState.producer_id");
        e.write(&self.producer_epoch, v, "TransactionState.producer_epoch");
        e.write(&self.topics, v, "TransactionState.topics");
        e.tags(v, |_| {});
    }
}

/// Part of [`DescribeTransactionsResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TopicData {
    pub topic: Str,
    pub partitions: Vec<i32>,
}

impl Wire for TopicData {
    fn min_size(_: Version) -> usize {
        3
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            topic: d.read(v, "TopicData.topic")?,
            partitions: d.read(v, "TopicData.partitions")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.topic, v, "TopicData.topic");
        e.write(&self.partitions, v, "TopicData.partitions");
        e.tags(v, |_| {});
    }
}

impl Message for DescribeTransactionsResponse {
    const NAME: &'static str = "DescribeTransactionsResponse";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
