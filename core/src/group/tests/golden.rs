//! The bytes of records, against those of Apache Kafka 4.3.1 (`GroupCoordinatorRecordHelpers` and its serde).

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use bytes::Bytes;
use klamm_wire::Uuid;

use crate::coordinator::shard_of;
use crate::group::records::{ClassicGroup, ClassicMember, CommittedOffset, Record};

const OFFSET_KEY: &str = "000100016700017400000003";
const GROUP_KEY: &str = "0002000167";

fn bytes(hex: &str) -> Bytes {
    let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).expect("hexadecimal digits");
    (0..hex.len()).step_by(2).map(byte).collect()
}

fn hex(bytes: &Bytes) -> String {
    bytes.iter().map(|byte| alloc::format!("{byte:02x}")).collect()
}

fn offset(value: Option<CommittedOffset>) -> Record {
    Record::Offset { group: "g".into(), topic: "t".into(), partition: 3, value }
}

fn group(value: Option<ClassicGroup>) -> Record {
    Record::Group { group: "g".into(), value }
}

fn committed() -> CommittedOffset {
    CommittedOffset {
        offset: 42,
        leader_epoch: 7,
        metadata: "m".into(),
        commit_timestamp: 1_700_000_000_000,
        expire_timestamp: None,
        topic_id: Uuid::ZERO,
        record_offset: -1,
    }
}

fn stable() -> ClassicGroup {
    ClassicGroup {
        protocol_type: Some("consumer".into()),
        generation: 5,
        protocol: Some("range".into()),
        leader: Some("m1".into()),
        state_timestamp: Some(1_700_000_000_000),
        members: vec![ClassicMember {
            id: "m1".into(),
            instance_id: Some("i1".into()),
            client_id: "c".into(),
            client_host: "/127.0.0.1".into(),
            rebalance_timeout_ms: 300_000,
            session_timeout_ms: 45_000,
            subscription: Bytes::from_static(&[1, 2]),
            assignment: Bytes::from_static(&[9]),
        }],
    }
}

/// Goal: Kafka reads what this coordinator writes, and the other way round.
#[test]
fn records_have_the_bytes_that_kafka_writes() {
    let mut topic_id = [0; 16];
    (topic_id[7], topic_id[15]) = (1, 2);
    let with_id =
        CommittedOffset { leader_epoch: -1, metadata: "".into(), topic_id: Uuid(topic_id), ..committed() };
    let empty = ClassicGroup { generation: 6, protocol: None, leader: None, members: vec![], ..stable() };
    let cases = [
        (offset(Some(committed())), OFFSET_KEY, Some("0004000000000000002a00000007026d0000018bcfe5680000")),
        (
            offset(Some(with_id)),
            OFFSET_KEY,
            Some("0004000000000000002affffffff010000018bcfe5680001001000000000000000010000000000000002"),
        ),
        (offset(None), OFFSET_KEY, None),
        (group(None), GROUP_KEY, None),
        (
            group(Some(stable())),
            GROUP_KEY,
            Some(
                "00030008636f6e73756d657200000005000572616e676500026d310000018bcfe568000000000100026d31\
                 00026931000163000a2f3132372e302e302e31000493e00000afc80000000201020000000109",
            ),
        ),
        (
            group(Some(empty)),
            GROUP_KEY,
            Some("00030008636f6e73756d657200000006ffffffff0000018bcfe5680000000000"),
        ),
    ];
    for (record, key, value) in cases {
        let (written_key, written_value) = record.encode();
        assert_eq!(hex(&written_key), key, "{record:?}");
        assert_eq!(written_value.as_ref().map(hex).as_deref(), value, "{record:?}");
        let value = value.map(bytes);
        assert_eq!(Record::decode(Some(&bytes(key)), value.as_ref()), Some(record));
    }
}

/// Goal: an offset with an expiry of its own is written in the one version that carries it, and loses what
/// that version has no room for.
#[test]
fn an_explicit_expiry_is_written_in_version_1() {
    let expiring = CommittedOffset { expire_timestamp: Some(1_700_000_060_000), ..committed() };
    let (key, value) = offset(Some(expiring.clone())).encode();
    let value = value.expect("an offset");
    assert_eq!(hex(&value), "0001000000000000002a00016d0000018bcfe568000000018bcfe65260");
    let read = Record::decode(Some(&key), Some(&value));
    assert_eq!(read, Some(offset(Some(CommittedOffset { leader_epoch: -1, ..expiring }))));
}

/// Goal: a log written by a newer coordinator, or damaged by a client, is skipped and not choked on.
#[test]
fn records_of_unknown_kind_or_without_sense_are_skipped() {
    for key in ["0003000167", "0063000167", "00", "", "0001000a67"] {
        assert_eq!(Record::decode(Some(&bytes(key)), None), None, "{key}");
    }
    assert_eq!(Record::decode(None, None), None);
    assert_eq!(Record::decode(Some(&bytes(GROUP_KEY)), Some(&bytes("0063"))), None, "unknown version");
}

/// Goal: whatever stands in a log becomes a valid group. Method: a group whose leader is nobody, with a member
/// twice, an instance twice; and members without a protocol.
#[test]
fn a_group_read_from_a_log_is_made_valid() {
    let member = |id: &str, instance: &str| ClassicMember {
        id: id.into(),
        instance_id: Some(instance.into()),
        ..stable().members[0].clone()
    };
    let crooked = ClassicGroup {
        leader: Some("nobody".into()),
        members: vec![member("b", "1"), member("a", "2"), member("b", "3"), member("c", "2")],
        ..stable()
    };
    let (key, value) = group(Some(crooked.clone())).encode();
    let Some(Record::Group { value: Some(read), .. }) = Record::decode(Some(&key), value.as_ref()) else {
        panic!("a group was written")
    };
    assert_eq!(read.leader.as_deref(), Some("a"));
    assert_eq!(read.members.iter().map(|member| &*member.id).collect::<Vec<_>>(), ["a", "b"]);
    let (key, value) = group(Some(ClassicGroup { protocol: None, ..crooked })).encode();
    let Some(Record::Group { value: Some(read), .. }) = Record::decode(Some(&key), value.as_ref()) else {
        panic!("a group was written")
    };
    assert!(read.members.is_empty());
    assert_eq!(read.leader, None);
}

/// Goal: a group is looked for in the partition in which Kafka keeps it. Source: Java's `String.hashCode`:
/// "polygenelubricants" has the smallest integer, and "\u{1F600}" is two UTF-16 units (0xd83d, 0xde00).
#[test]
fn the_shard_of_a_group_is_the_one_kafka_chooses() {
    assert_eq!(shard_of("", 50), 0);
    assert_eq!(shard_of("a", 50), 97 % 50);
    assert_eq!(shard_of("polygenelubricants", 50), 0);
    assert_eq!(shard_of("\u{1F600}", 50), (0xd83d * 31 + 0xde00) % 50);
    assert_eq!(shard_of("my-group-id", 50), 12);
}
