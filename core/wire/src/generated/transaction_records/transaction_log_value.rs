//! `TransactionLogValue`: generated from the schema text.

use crate::codec::prelude::*;

/// Value of the coordinator records of type 0, versions 0 to 1.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TransactionLogValue {
    pub producer_id: i64,
    pub previous_producer_id: i64,
    pub next_producer_id: i64,
    pub producer_epoch: i16,
    pub next_producer_epoch: i16,
    pub transaction_timeout_ms: i32,
    pub transaction_status: i8,
    pub transaction_partitions: Option<Vec<PartitionsSchema>>,
    pub transaction_last_update_timestamp_ms: i64,
    pub transaction_start_timestamp_ms: i64,
    pub client_transaction_version: i16,
}

impl Default for TransactionLogValue {
    fn default() -> Self {
        Self {
            producer_id: 0,
            previous_producer_id: -1,
            next_producer_id: -1,
            producer_epoch: 0,
            next_producer_epoch: -1,
            transaction_timeout_ms: 0,
            transaction_status: 0,
            transaction_partitions: Some(Vec::new()),
            transaction_last_update_timestamp_ms: 0,
            transaction_start_timestamp_ms: 0,
            client_transaction_version: 0,
        }
    }
}

impl Wire for TransactionLogValue {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=0 => 35,
            _ => 33,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let mut this = Self {
            producer_id: d.read(v, "TransactionLogValue.producer_id")?,
            previous_producer_id: -1,
            next_producer_id: -1,
            producer_epoch: d.read(v, "TransactionLogValue.producer_epoch")?,
            next_producer_epoch: -1,
            transaction_timeout_ms: d.read(v, "TransactionLogValue.transaction_timeout_ms")?,
            transaction_status: d.read(v, "TransactionLogValue.transaction_status")?,
            transaction_partitions: d.read(v, "TransactionLogValue.transaction_partitions")?,
            transaction_last_update_timestamp_ms: d.read(v, "TransactionLogValue.transaction_last_update_timestamp_ms")?,
            transaction_start_timestamp_ms: d.read(v, "TransactionLogValue.transaction_start_timestamp_ms")?,
            client_transaction_version: 0,
        };
        d.tags(v, |d, tag| {
            match tag {
                0 => this.previous_producer_id = d.read(v, "TransactionLogValue.previous_producer_id")?,
                1 => this.next_producer_id = d.read(v, "TransactionLogValue.next_producer_id")?,
                2 => this.client_transaction_version = d.read(v, "TransactionLogValue.client_transaction_version")?,
                3 => this.next_producer_epoch = d.read(v, "TransactionLogValue.next_producer_epoch")?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.producer_id, v, "TransactionLogValue.producer_id");
        if v.number < 1 { e.absent(self.previous_producer_id != -1, "TransactionLogValue.previous_producer_id"); }
        if v.number < 1 { e.absent(self.next_producer_id != -1, "TransactionLogValue.next_producer_id"); }
        e.write(&self.producer_epoch, v, "TransactionLogValue.producer_epoch");
        if v.number < 1 { e.absent(self.next_producer_epoch != -1, "TransactionLogValue.next_producer_epoch"); }
        e.write(&self.transaction_timeout_ms, v, "TransactionLogValue.transaction_timeout_ms");
        e.write(&self.transaction_status, v, "TransactionLogValue.transaction_status");
        e.write(&self.transaction_partitions, v, "TransactionLogValue.transaction_partitions");
        e.write(&self.transaction_last_update_timestamp_ms, v, "TransactionLogValue.transaction_last_update_timestamp_ms");
        e.write(&self.transaction_start_timestamp_ms, v, "TransactionLogValue.transaction_start_timestamp_ms");
        if v.number < 1 { e.absent(self.client_transaction_version != 0, "TransactionLogValue.client_transaction_version"); }
        e.tags(v, |t| {
            t.field(0, self.previous_producer_id != -1, &self.previous_producer_id, v, "TransactionLogValue.previous_producer_id");
            t.field(1, self.next_producer_id != -1, &self.next_producer_id, v, "TransactionLogValue.next_producer_id");
            t.field(2, self.client_transaction_version != 0, &self.client_transaction_version, v, "TransactionLogValue.client_transaction_version");
            t.field(3, self.next_producer_epoch != -1, &self.next_producer_epoch, v, "TransactionLogValue.next_producer_epoch");
        });
    }
}

/// Part of [`TransactionLogValue`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PartitionsSchema {
    pub topic: Str,
    pub partition_ids: Vec<i32>,
}

impl Wire for PartitionsSchema {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=0 => 6,
            _ => 3,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            topic: d.read(v, "PartitionsSchema.topic")?,
            partition_ids: d.read(v, "PartitionsSchema.partition_ids")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.topic, v, "PartitionsSchema.topic");
        e.write(&self.partition_ids, v, "PartitionsSchema.partition_ids");
        e.tags(v, |_| {});
    }
}

impl Message for TransactionLogValue {
    const NAME: &'static str = "TransactionLogValue";
    const VERSIONS: RangeInclusive<i16> = 0..=1;
    const FLEXIBLE_FROM: i16 = 1;
}
