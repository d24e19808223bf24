//! `AddPartitionsToTxnResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the AddPartitionsToTxn API (key 24), versions 0 to 5.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AddPartitionsToTxnResponse {
    pub throttle_time_ms: i32,
    pub error_code: ErrorCode,
    pub results_by_transaction: Vec<AddPartitionsToTxnResult>,
    pub results_by_topic_v3_and_below: Vec<AddPartitionsToTxnTopicResult>,
}

impl Wire for AddPartitionsToTxnResponse {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=2 => 8,
            3..=3 => 6,
            _ => 8,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            throttle_time_ms: d.read(v, "AddPartitionsToTxnResponse.throttle_time_ms")?,
            error_code: if v.number >= 4 { d.read(v, "AddPartitionsToTxnResponse.error_code")? } else { ErrorCode::NONE },
            results_by_transaction: if v.number >= 4 { d.read(v, "AddPartitionsToTxnResponse.results_by_transaction")? } else { Vec::new() },
            results_by_topic_v3_and_below: if v.number <= 3 { d.read(v, "AddPartitionsToTxnResponse.results_by_topic_v3_and_below")? } else { Vec::new() },
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.throttle_time_ms, v, "AddPartitionsToTxnResponse.throttle_time_ms");
        if v.number >= 4 { e.write(&self.error_code, v, "AddPartitionsToTxnResponse.error_code"); }
        if v.number >= 4 { e.write(&self.results_by_transaction, v, "AddPartitionsToTxnResponse.results_by_transaction"); } else { e.absent(!self.results_by_transaction.is_empty(), "AddPartitionsToTxnResponse.results_by_transaction"); }
        if v.number <= 3 { e.write(&self.results_by_topic_v3_and_below, v, "AddPartitionsToTxnResponse.results_by_topic_v3_and_below"); } else { e.absent(!self.results_by_topic_v3_and_below.is_empty(), "AddPartitionsToTxnResponse.results_by_topic_v3_and_below"); }
        e.tags(v, |_| {});
    }
}

/// Part of [`AddPartitionsToTxnResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AddPartitionsToTxnResult {
    pub transactional_id: Str,
    pub topic_results: Vec<AddPartitionsToTxnTopicResult>,
}

impl Wire for AddPartitionsToTxnResult {
    fn min_size(_: Version) -> usize {
        3
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            transactional_id: d.read(v, "AddPartitionsToTxnResult.transactional_id")?,
            topic_results: d.read(v, "AddPartitionsToTxnResult.topic_results")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.transactional_id, v, "AddPartitionsToTxnResult.transactional_id");
        e.write(&self.topic_results, v, "AddPartitionsToTxnResult.topic_results");
        e.tags(v, |_| {});
    }
}

/// Part of [`AddPartitionsToTxnResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AddPartitionsToTxnPartitionResult {
    pub partition_index: i32,
    pub partition_error_code: ErrorCode,
}

impl Wire for AddPartitionsToTxnPartitionResult {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=2 => 6,
            _ => 7,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            partition_index: d.read(v, "AddPartitionsToTxnPartitionResult.partition_index")?,
            partition_error_code: d.read(v, "AddPartitionsToTxnPartitionResult.partition_error_code")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.partition_index, v, "AddPartitionsToTxnPartitionResult.partition_index");
        e.write(&self.partition_error_code, v, "AddPartitionsToTxnPartitionResult.partition_error_code");
        e.tags(v, |_| {});
    }
}

/// Part of [`AddPartitionsToTxnResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AddPartitionsToTxnTopicResult {
    pub name: Str,
    pub results_by_partition: Vec<AddPartitionsToTxnPartitionResult>,
}

impl Wire for AddPartitionsToTxnTopicResult {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=2 => 6,
            _ => 3,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            name: d.read(v, "AddPartitionsToTxnTopicResult.name")?,
            results_by_partition: d.read(v, "AddPartitionsToTxnTopicResult.results_by_partition")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.name, v, "AddPartitionsToTxnTopicResult.name");
        e.write(&self.results_by_partition, v, "AddPartitionsToTxnTopicResult.results_by_partition");
        e.tags(v, |_| {});
    }
}

impl Message for AddPartitionsToTxnResponse {
    const NAME: &'static str = "AddPartitionsToTxnResponse";
    const VERSIONS: RangeInclusive<i16> = 0..=5;
    const FLEXIBLE_FROM: i16 = 3;
}
