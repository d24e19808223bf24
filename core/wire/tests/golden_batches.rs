//! Batches are byte for byte those of Kafka's own classes, and what those have compressed is read.

use bytes::Bytes;
use klamm_wire::batch::{BatchBuilder, BatchView, Codec, ControlRecord, Rebuild, inspect, rebuild_inspected};
use klamm_wire::messages::leader_change_message::Voter;
use klamm_wire::messages::{
    KRaftVersionRecord, LeaderChangeMessage, SnapshotFooterRecord, SnapshotHeaderRecord,
};

const GOLDEN: &str = include_str!("golden/batches.txt");
const LIMIT: usize = 1 << 20;
const COMPRESSED: [(&str, Codec); 5] = [
    ("gzip", Codec::Gzip),
    ("snappy", Codec::Snappy),
    ("lz4", Codec::Lz4),
    ("zstd", Codec::Zstd),
    // Its frame asks for a window far larger than the batch.
    ("zstd-level-22", Codec::Zstd),
];

fn golden(name: &str) -> Bytes {
    let row = GOLDEN.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    let digits: Vec<u32> = row.expect("a row").chars().filter_map(|c| c.to_digit(16)).collect();
    digits.chunks(2).map(|pair| (pair[0] << 4 | pair[1]) as u8).collect()
}

fn view(bytes: &Bytes) -> BatchView {
    let batch = BatchView::parse_first(bytes).unwrap();
    assert_eq!(batch.len(), bytes.len());
    batch
}

/// The records of every row that is not a control batch.
fn built(codec: Codec) -> BatchBuilder {
    let mut builder =
        BatchBuilder::new(codec).base_offset(42).leader_epoch(7).producer(4711, 3, 100).transactional();
    builder.append(1_700_000_000_005, Some(b"key"), Some(b"value"), &[]);
    builder.append(1_700_000_000_009, None, Some(&[b'x'; 300]), &[]);
    let headers = [("name".into(), Some(Bytes::from_static(b"v"))), ("größe".into(), None)];
    builder.append(1_700_000_000_009, Some(b""), None, &headers);
    builder.append(1_699_999_999_000, Some(b"late"), Some(b""), &[]);
    builder
}

/// Goal: Kafka's tools cannot tell our logs from their own.
#[test]
fn uncompressed_batches_are_those_of_kafka() {
    assert_eq!(built(Codec::None).build().unwrap(), golden("none"));
    let stamped = built(Codec::None).log_append_time(1_700_000_009_999).build().unwrap();
    assert_eq!(stamped, golden("log-append-time"));
    assert_eq!(view(&golden("none")).with_log_append_time(1_700_000_009_999), golden("log-append-time"));
}

/// Goal: what Java's producer compresses is read, and rebuilt without a codec it is the same batch.
#[test]
fn batches_compressed_by_kafka_hold_the_same_records() {
    let plain = inspect(&view(&golden("none")), LIMIT).unwrap();
    for (name, codec) in COMPRESSED {
        let bytes = golden(name);
        let found = inspect(&view(&bytes), LIMIT).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(found.codec, codec, "{name}");
        assert_eq!(klamm_wire::batch::Inspected { codec: Codec::None, ..found }, plain, "{name}");
        let unpacked = Rebuild { codec: Codec::None, log_append_time_ms: None };
        let (rebuilt, _) = rebuild_inspected(&bytes, &unpacked).unwrap();
        assert_eq!(rebuilt, golden("none"), "{name}");
    }
}

/// Goal: our compressed batches differ from Kafka's at most in the compressed stream.
#[test]
fn our_compressed_batches_have_the_header_of_kafka() {
    for (name, codec) in COMPRESSED {
        let (ours, theirs) = (built(codec).build().unwrap(), golden(name));
        let mut header = view(&ours).header();
        let expected = view(&theirs).header();
        header.batch_length = expected.batch_length;
        header.crc = expected.crc;
        assert_eq!(header, expected, "{name}");
        assert_eq!(
            view(&ours).decompressed_content(LIMIT),
            view(&theirs).decompressed_content(LIMIT),
            "{name}"
        );
    }
}

/// Goal: markers and the quorum's records are those of Kafka. It writes them in version 0.
#[test]
fn control_batches_are_those_of_kafka() {
    for (name, commit) in [("commit-marker", true), ("abort-marker", false)] {
        let marker = ControlRecord::transaction_marker(4711, 3, commit, 21, 1_700_000_000_000);
        assert_eq!(view(&marker).set_base_offset_and_epoch(42, 7), golden(name), "{name}");
    }
    let voter = Voter { voter_id: 1, ..Default::default() };
    let leader = LeaderChangeMessage {
        leader_id: 1,
        voters: vec![voter.clone()],
        granting_voters: vec![voter],
        ..Default::default()
    };
    let header = SnapshotHeaderRecord { last_contained_log_timestamp: 1234, ..Default::default() };
    let version = KRaftVersionRecord { kraft_version: 1, ..Default::default() };
    for (name, record) in [
        ("leader-change", ControlRecord::LeaderChange(leader)),
        ("snapshot-header", ControlRecord::SnapshotHeader(header)),
        ("snapshot-footer", ControlRecord::SnapshotFooter(SnapshotFooterRecord::default())),
        ("kraft-version", ControlRecord::KRaftVersion(version)),
    ] {
        assert_eq!(record.to_batch(42, 7, 1_700_000_000_000).unwrap(), golden(name), "{name}");
        let read = view(&golden(name)).records().next().unwrap().unwrap();
        let decoded = ControlRecord::decode(&read.key.unwrap(), &read.value.unwrap());
        assert_eq!(decoded, Ok(Some(record)), "{name}");
    }
}
