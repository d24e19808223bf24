//! The bytes of records, written down by hand from Kafka's schemas (`TransactionLogKey`, `TransactionLogValue`).

use alloc::vec::Vec;

use bytes::Bytes;

use crate::coordinator::Machine;
use crate::transaction::state::Transaction;
use crate::transaction::{Record, State, TransactionShard};

fn ongoing() -> Transaction {
    Transaction {
        producer_epoch: 2,
        state: State::Ongoing,
        partitions: super::partitions(&[0, 3]),
        start_ms: 0x11,
        last_update_ms: 0x22,
        ..Transaction::new(7, 60_000)
    }
}

fn encoded(value: Option<Transaction>, is_flexible: bool) -> (Bytes, Option<Bytes>) {
    let record = Record { transactional_id: "x".into(), value, is_flexible };
    let (key, value) = TransactionShard::encode(&record);
    (key.expect("a key"), value)
}

fn read_back(value: &Transaction, is_flexible: bool) -> Transaction {
    let (key, bytes) = encoded(Some(value.clone()), is_flexible);
    let record = TransactionShard::decode(Some(&key), bytes.as_ref()).expect("it was just encoded");
    record.value.expect("no tombstone")
}

/// Goal: a Kafka before 3.8 reads what is written at `transaction.version` 0.
#[test]
fn a_plain_record_has_kafkas_bytes() {
    let (key, value) = encoded(Some(ongoing()), false);
    assert_eq!(&key[..], b"\0\0\0\x01x");
    let mut expected: Vec<u8> = Vec::new();
    expected.extend([0, 0]); // version
    expected.extend(7i64.to_be_bytes());
    expected.extend(2i16.to_be_bytes());
    expected.extend(60_000i32.to_be_bytes());
    expected.push(1); // Ongoing
    expected.extend(1i32.to_be_bytes());
    expected.extend(b"\0\x01t");
    expected.extend(2i32.to_be_bytes());
    expected.extend(0i32.to_be_bytes());
    expected.extend(3i32.to_be_bytes());
    expected.extend(0x22i64.to_be_bytes());
    expected.extend(0x11i64.to_be_bytes());
    assert_eq!(value.as_deref(), Some(&expected[..]));
    assert_eq!(encoded(None, false).1, None);
}

/// Goal: from `transaction.version` 1 on records are flexible, and only what is not the default has a tag.
#[test]
fn a_flexible_record_has_kafkas_bytes() {
    let prepared = Transaction {
        state: State::PrepareCommit,
        next_producer_id: 9,
        client_version: 2,
        partitions: super::partitions(&[3]),
        ..ongoing()
    };
    let (_, value) = encoded(Some(prepared), true);
    let mut expected: Vec<u8> = Vec::new();
    expected.extend([0, 1]); // version
    expected.extend(7i64.to_be_bytes());
    expected.extend(2i16.to_be_bytes());
    expected.extend(60_000i32.to_be_bytes());
    expected.push(2); // PrepareCommit
    expected.extend(b"\x02\x02t\x02\0\0\0\x03\0"); // one topic, one partition, no tags
    expected.extend(0x22i64.to_be_bytes());
    expected.extend(0x11i64.to_be_bytes());
    expected.extend([2, 1, 8]); // two tags: the next producer id
    expected.extend(9i64.to_be_bytes());
    expected.extend([2, 2, 0, 2]); // and the client's version
    assert_eq!(value.as_deref(), Some(&expected[..]));
}

/// Goal: a record read back is what was written, whatever the version; nothing is lost for the sake of an old one.
#[test]
fn records_come_back_as_they_were() {
    let rotated =
        Transaction { previous_producer_id: 3, state: State::Empty, partitions: [].into(), ..ongoing() };
    let newer = Transaction { client_version: 2, ..ongoing() };
    for value in [ongoing(), rotated, newer] {
        for is_flexible in [false, true] {
            assert_eq!(read_back(&value, is_flexible), value);
        }
    }
}

/// Goal: what is no record of a transaction is skipped, as a state that a later Kafka may write.
#[test]
fn what_is_not_known_is_skipped() {
    let (key, value) = encoded(Some(ongoing()), false);
    let decode = |key: &[u8], value: &[u8]| {
        TransactionShard::decode(Some(&Bytes::copy_from_slice(key)), Some(&Bytes::copy_from_slice(value)))
    };
    let value = value.expect("no tombstone");
    assert!(decode(&key, &value).is_some());
    assert!(decode(b"\0\x63\0\x01x", &value).is_none(), "another type");
    assert!(decode(&key, &value[..20]).is_none(), "cut off");
    let mut other = value.to_vec();
    other[16] = 7; // PrepareEpochFence, which Kafka never writes
    assert!(decode(&key, &other).is_none());
}
