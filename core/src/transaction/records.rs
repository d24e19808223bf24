//! The records of `__transaction_state`, in Kafka's format.

use bytes::Bytes;
use klamm_wire::Str;
use klamm_wire::transaction_records::transaction_log_value::PartitionsSchema;
use klamm_wire::transaction_records::{TransactionLogKey, TransactionLogValue, TransactionRecord};

use crate::transaction::state::{Partitions, State, Transaction};

/// One change of a shard's hard state: a transactional id as it is from now on, or its end.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Record {
    pub(crate) transactional_id: Str,
    /// `None` forgets the id.
    pub(crate) value: Option<Transaction>,
    /// Whether the value may be of version 1, which `transaction.version` 1 allows.
    pub(crate) is_flexible: bool,
}

impl Record {
    /// Key and value of the log record.
    ///
    /// # Panics
    /// If a text is longer than the format allows: requests cannot carry such a text.
    pub(super) fn encode(&self) -> (Bytes, Option<Bytes>) {
        let key = TransactionLogKey { transactional_id: self.transactional_id.clone() };
        let value = self.value.as_ref().map(to_wire);
        // Version 0 cannot say everything; what it cannot say is not lost for the sake of old brokers.
        let plain = TransactionLogValue {
            previous_producer_id: -1,
            next_producer_id: -1,
            client_transaction_version: 0,
            ..value.clone().unwrap_or_default()
        };
        let needs_tags = value.as_ref().is_some_and(|value| *value != plain);
        let version = i16::from(self.is_flexible || needs_tags);
        let record = TransactionRecord::TransactionLog(key, value);
        record.encode(version).expect("texts of requests fit into records")
    }

    /// The change in a log record; `None` for what is malformed, or of a kind that a later Kafka writes.
    pub(super) fn decode(key: Option<&Bytes>, value: Option<&Bytes>) -> Option<Self> {
        let TransactionRecord::TransactionLog(key, value) = TransactionRecord::decode(key?, value).ok()??;
        let value = match value {
            Some(value) => Some(of_wire(value)?),
            None => None,
        };
        Some(Self { transactional_id: key.transactional_id, value, is_flexible: true })
    }
}

fn to_wire(value: &Transaction) -> TransactionLogValue {
    let partitions = value.partitions.iter().map(|(topic, indexes)| PartitionsSchema {
        topic: topic.clone(),
        partition_ids: indexes.iter().copied().collect(),
    });
    TransactionLogValue {
        producer_id: value.producer_id,
        previous_producer_id: value.previous_producer_id,
        next_producer_id: value.next_producer_id,
        producer_epoch: value.producer_epoch,
        next_producer_epoch: -1,
        transaction_timeout_ms: value.timeout_ms,
        transaction_status: value.state as i8,
        transaction_partitions: (value.state != State::Empty).then(|| partitions.collect()),
        transaction_last_update_timestamp_ms: value.last_update_ms,
        transaction_start_timestamp_ms: value.start_ms,
        client_transaction_version: value.client_version,
    }
}

fn of_wire(value: TransactionLogValue) -> Option<Transaction> {
    let mut partitions = Partitions::new();
    for topic in value.transaction_partitions.unwrap_or_default() {
        partitions.entry(topic.topic).or_default().extend(topic.partition_ids);
    }
    Some(Transaction {
        producer_id: value.producer_id,
        previous_producer_id: value.previous_producer_id,
        next_producer_id: value.next_producer_id,
        producer_epoch: value.producer_epoch,
        timeout_ms: value.transaction_timeout_ms,
        state: State::of(value.transaction_status)?,
        partitions,
        start_ms: value.transaction_start_timestamp_ms,
        last_update_ms: value.transaction_last_update_timestamp_ms,
        client_version: value.client_transaction_version,
    })
}
