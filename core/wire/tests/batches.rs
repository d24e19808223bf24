//! Record batches: what is built is read back, and what is damaged is refused.

use bytes::{Bytes, BytesMut};
use klamm_wire::batch::{
    BatchBuilder, BatchError, BatchHeader, BatchView, Batches, Codec, HEADER_SIZE, Rebuild, compress,
    decompress, inspect, rebuild_inspected,
};

const LIMIT: usize = 1 << 20;

fn sample(codec: Codec) -> Bytes {
    let mut builder = BatchBuilder::new(codec).producer(77, 2, 1000).leader_epoch(-1);
    builder.append(1_700_000_000_005, Some(b"key"), Some(b"value"), &[]);
    builder.append(1_700_000_000_009, None, Some(&[b'x'; 300]), &[]);
    builder.append(
        1_700_000_000_009,
        Some(b""),
        None,
        &[("name".into(), Some(Bytes::from_static(b"v"))), ("name".into(), None)],
    );
    builder.append(1_699_999_999_000, Some(b"late"), Some(b""), &[]);
    builder.build().unwrap()
}

fn view(bytes: &Bytes) -> BatchView {
    BatchView::parse_first(bytes).unwrap()
}

fn damaged(bytes: &Bytes, at: usize, to: u8, fix_crc: bool) -> Bytes {
    let mut copy = BytesMut::from(&bytes[..]);
    copy[at] = to;
    if fix_crc {
        let mut header = BatchHeader::read(&copy).unwrap();
        let sealed = header.seal(&copy[HEADER_SIZE..]).unwrap();
        copy[..HEADER_SIZE].copy_from_slice(&sealed);
    }
    copy.freeze()
}

/// Goal: every codec carries every shape of record: null and empty keys and values, headers with and
/// without value, timestamps that go back.
#[test]
fn what_is_built_is_read_back_in_every_codec() {
    for codec in Codec::ALL {
        let bytes = sample(codec);
        let batch = view(&bytes);
        assert_eq!(batch.len(), bytes.len());
        let found = inspect(&batch, LIMIT).unwrap();
        assert_eq!((found.codec, found.record_count), (codec, 4));
        assert_eq!((found.min_timestamp, found.max_timestamp), (1_699_999_999_000, 1_700_000_000_009));
        assert_eq!(found.offset_of_max_timestamp, 1);
        assert!(found.has_null_key && found.consecutive_offset_deltas);
        assert_eq!(batch.max_timestamp(), found.max_timestamp);
        let records: Vec<_> = batch.records_decompressed(LIMIT).unwrap().map(Result::unwrap).collect();
        assert_eq!(records.len(), 4);
        assert_eq!(records[0].key.as_deref(), Some(&b"key"[..]));
        assert_eq!((records[1].key.as_deref(), records[1].timestamp_delta), (None, 4));
        assert_eq!(records[2].headers.len(), 2);
        assert_eq!(records[2].headers[1], ("name".into(), None));
        assert_eq!(records[2].value, None);
        assert_eq!(records[3].offset_delta, 3);
        assert_eq!(batch.timestamp(records[3].timestamp_delta), 1_699_999_999_000);
    }
}

/// Goal: an append rewrites 16 bytes and nothing else, and the checksum still fits.
#[test]
fn base_offset_and_leader_epoch_lie_outside_the_checksum() {
    let bytes = sample(Codec::Lz4);
    let batch = view(&bytes);
    let prefix = batch.prefix(1 << 33, 12);
    let written = [&prefix[..], &batch.after_prefix()].concat();
    assert_eq!(written, batch.set_base_offset_and_epoch(1 << 33, 12));
    let written = view(&Bytes::from(written));
    written.verify_crc().unwrap();
    assert_eq!((written.base_offset(), written.partition_leader_epoch()), (1 << 33, 12));
    assert_eq!(written.last_offset(), (1 << 33) + 3);
    assert_eq!(written.after_prefix(), batch.after_prefix());
}

/// Goal: on a topic with log append time every record has the broker's time. Source: KIP-32.
#[test]
fn log_append_time_sets_bit_maximum_and_checksum() {
    for codec in Codec::ALL {
        let bytes = sample(codec);
        let stamped = view(&view(&bytes).with_log_append_time(42));
        let found = inspect(&stamped, LIMIT).unwrap();
        assert!(stamped.is_log_append_time());
        assert_eq!((found.min_timestamp, found.max_timestamp, found.offset_of_max_timestamp), (42, 42, 0));
        assert_eq!(stamped.content(), view(&bytes).content());
        assert_eq!(stamped.timestamp(4), 42);
    }
}

/// Goal: bit rot anywhere behind the leader epoch is found.
#[test]
fn every_flipped_bit_under_the_checksum_is_found() {
    let bytes = sample(Codec::None);
    for at in 16..bytes.len() {
        for bit in 0..8 {
            let broken = damaged(&bytes, at, bytes[at] ^ 1 << bit, false);
            let found = BatchView::parse_first(&broken).and_then(|batch| inspect(&batch, LIMIT));
            assert!(found.is_err(), "byte {at} bit {bit}");
        }
    }
}

/// Goal: a sender that computes the checksum correctly still cannot get malformed records in.
#[test]
fn malformed_records_under_a_correct_checksum_are_refused() {
    let bytes = sample(Codec::None);
    let mut refused = 0;
    for at in HEADER_SIZE..bytes.len() {
        for to in [0, 1, 0x7f, 0x80, 0xff] {
            let broken = view(&damaged(&bytes, at, to, true));
            broken.verify_crc().unwrap();
            refused += usize::from(inspect(&broken, LIMIT).is_err());
            // Whatever it is: reading it ends and does not panic.
            let _ = broken.records().count();
        }
    }
    assert!(refused > 50, "only {refused} changes were noticed");
    let fewer = view(&damaged(&bytes, 60, 3, true));
    assert!(matches!(inspect(&fewer, LIMIT), Err(BatchError::RecordCount { header: 3, .. })));
    let more = view(&damaged(&bytes, 60, 5, true));
    assert_eq!(inspect(&more, LIMIT), Err(BatchError::RecordCount { header: 5, found: 4 }));
    let negative = view(&damaged(&bytes, 57, 0xff, true));
    assert!(matches!(inspect(&negative, LIMIT), Err(BatchError::RecordCount { .. })));
    let codec = view(&damaged(&bytes, 22, 7, true));
    assert_eq!(inspect(&codec, LIMIT), Err(BatchError::Codec(7)));
}

/// Goal: a stream of batches may end in the middle of one, as fetch responses and torn tails do.
#[test]
fn a_partial_last_batch_ends_the_iteration_without_error() {
    let one = sample(Codec::None);
    let two = sample(Codec::Zstd);
    let all = Bytes::from([&one[..], &two[..]].concat());
    for cut in 0..all.len() {
        let mut batches = Batches::new(all.slice(..cut));
        let whole: Vec<_> = batches.by_ref().map(Result::unwrap).collect();
        assert_eq!(whole.len(), usize::from(cut >= one.len()));
        let used: usize = whole.iter().map(BatchView::len).sum();
        assert_eq!(batches.rest().len(), cut - used);
    }
    assert_eq!(Batches::new(all.clone()).count(), 2);
    let old = Bytes::from([&one[..], &damaged(&two, 16, 1, false)].concat());
    let found: Vec<_> = Batches::new(old).collect();
    assert_eq!(found[1..], [Err(BatchError::Magic(1))]);
}

/// Goal: whatever the codecs, a batch written anew holds the same records; deltas count from 0.
#[test]
fn a_rebuilt_batch_holds_the_same_records() {
    let mut builder = BatchBuilder::new(Codec::Gzip).producer(5, 1, 9).transactional();
    builder.append_at(3, 100, Some(b"a"), Some(b"1"), &[("h".into(), None)]);
    builder.append_at(9, 90, None, Some(b"2"), &[]);
    let bytes = builder.build().unwrap();
    assert!(!inspect(&view(&bytes), LIMIT).unwrap().consecutive_offset_deltas);
    for codec in Codec::ALL {
        for log_append_time_ms in [None, Some(5000)] {
            let (new, found) = rebuild_inspected(&bytes, &Rebuild { codec, log_append_time_ms }).unwrap();
            let batch = view(&new);
            assert_eq!(inspect(&batch, LIMIT).unwrap(), found);
            assert!(found.consecutive_offset_deltas && batch.is_transactional());
            assert_eq!((batch.producer_id(), batch.producer_epoch(), batch.base_sequence()), (5, 1, 9));
            assert_eq!(batch.last_offset_delta(), 1);
            assert_eq!(batch.max_timestamp(), log_append_time_ms.unwrap_or(100));
            let records: Vec<_> = batch.records_decompressed(LIMIT).unwrap().map(Result::unwrap).collect();
            assert_eq!((records[0].offset_delta, records[1].offset_delta), (0, 1));
            assert_eq!(records[1].timestamp_delta, -10);
            assert_eq!(records[0].headers, [("h".into(), None)]);
        }
    }
}

/// Goal: a bomb costs no more memory than the limit. Method: megabytes of zeros, a limit far below.
#[test]
fn a_decompression_bomb_stops_at_the_limit() {
    let zeros = vec![0u8; 8 << 20];
    for codec in [Codec::Gzip, Codec::Snappy, Codec::Lz4, Codec::Zstd] {
        let bomb = compress(codec, &zeros).unwrap();
        assert!(bomb.len() < zeros.len() / 10);
        let refused = Err(BatchError::TooLarge { limit: LIMIT });
        assert_eq!(decompress(codec, &bomb, LIMIT), refused);
        assert_eq!(
            decompress(codec, &bomb, zeros.len() - 1),
            Err(BatchError::TooLarge { limit: zeros.len() - 1 })
        );
        assert_eq!(decompress(codec, &bomb, zeros.len()).unwrap(), zeros);
        assert_eq!(decompress(codec, &bomb, usize::MAX).unwrap(), zeros);
    }
}

/// Goal: damaged streams end in an error, whatever the damage. Method: every prefix, and every byte changed.
#[test]
fn damaged_streams_are_refused_or_read_but_never_panic() {
    let input: Vec<u8> = (0..4000u32).flat_map(|i| (i / 7).to_le_bytes()).collect();
    for codec in [Codec::Gzip, Codec::Snappy, Codec::Lz4, Codec::Zstd] {
        let good = compress(codec, &input).unwrap();
        for cut in (0..good.len()).step_by(1 + good.len() / 500) {
            if let Ok(out) = decompress(codec, &good.slice(..cut), LIMIT) {
                // The end mark of an lz4 frame holds nothing of the content.
                let only_end_mark = codec == Codec::Lz4 && good.len() - cut <= 4;
                assert!(out != input || only_end_mark, "{codec:?} cut at {cut}");
            }
        }
        for at in (0..good.len()).step_by(1 + good.len() / 300) {
            for flip in [1u8, 0x80, 0xff] {
                let mut bad = good.to_vec();
                bad[at] ^= flip;
                if let Ok(out) = decompress(codec, &Bytes::from(bad), LIMIT) {
                    assert!(out.len() <= LIMIT);
                }
            }
        }
        assert_eq!(decompress(codec, &compress(codec, b"").unwrap(), LIMIT).unwrap(), Bytes::new());
    }
}

/// Goal: raw Snappy, as librdkafka sends it, is read as well as xerial's framing.
#[test]
fn raw_snappy_is_read_and_framed_snappy_is_written() {
    let framed = compress(Codec::Snappy, &[7; 100_000]).unwrap();
    assert_eq!(framed[..16], *b"\x82SNAPPY\0\0\0\0\x01\0\0\0\x01");
    assert_eq!(decompress(Codec::Snappy, &framed, LIMIT).unwrap(), vec![7; 100_000]);
    // Length 5, one literal of 5 bytes.
    let raw = Bytes::from_static(b"\x05\x10hello");
    assert_eq!(decompress(Codec::Snappy, &raw, LIMIT).unwrap(), "hello");
    // A block that claims 4 GiB.
    let liar = Bytes::from_static(b"\xff\xff\xff\xff\x0f\0");
    assert_eq!(decompress(Codec::Snappy, &liar, usize::MAX), Err(BatchError::Compression(Codec::Snappy)));
}
