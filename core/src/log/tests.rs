//! What a log promises, shown on a disk in memory.

use alloc::vec;
use alloc::vec::Vec;

use bytes::Bytes;
use klamm_wire::batch::Codec;

use crate::config::FlushPolicy;
use crate::disk::{DiskErrorKind, LogOp};
use crate::event::{Event, LogStartCause};
use crate::log::append::Appended;
use crate::log::batch::parse_whole;
use crate::log::testing::{Harness, Spec, facts};
use crate::log::{Kept, Log, LogEvent, Lookup, Opening, Read, Verdict, checkpoint, inspect};
use crate::types::Offset;

/// Reads everything from `offset` on, waiting for the disk where needed: base offset and value of each record.
fn read_all(h: &mut Harness, log: &mut Log, mut offset: Offset) -> Vec<(Offset, Bytes)> {
    let mut records = Vec::new();
    let upper = log.log_end_offset();
    while offset < upper {
        match h.with_cx(|cx| log.read(cx, offset, upper, 500, true)) {
            Read::Records { records: found, next_offset, bytes } => {
                assert!(bytes > 0, "stuck at {offset}");
                assert_eq!(bytes, found.len());
                for row in inspect::batches(found.to_bytes()) {
                    let row = row.expect("whole batches");
                    assert!(row.is_valid);
                    for record in row.view.records_decompressed(1 << 20).expect("readable") {
                        let record = record.expect("well formed");
                        let at = row.header.base_offset + Offset::from(record.offset_delta);
                        records.push((at, record.value.unwrap_or_default()));
                    }
                }
                offset = next_offset;
            }
            Read::Pending => {
                assert!(h.settle(log).contains(&LogEvent::Readable));
            }
            other => panic!("{other:?} at {offset}"),
        }
    }
    records
}

/// Makes the node forget every batch that the disk has.
fn forget_memory(h: &mut Harness, log: &mut Log) {
    h.settle(log);
    while log.evict(Kept::Batch(Offset::MAX - 1)) && log.tail.front().is_some() {}
}

fn fill(h: &mut Harness, log: &mut Log, batches: u32) -> Vec<(Offset, Bytes)> {
    let mut expected = Vec::new();
    for number in 0..batches {
        let value = alloc::format!("value {number}").into_bytes();
        let appended = h.append(log, Spec::new(2).value(value.clone()));
        expected
            .extend((appended.base_offset..=appended.last_offset).map(|at| (at, Bytes::from(value.clone()))));
    }
    expected
}

/// Goal: offsets are dense, and what was appended is read, from memory and from the disk alike.
#[test]
fn what_is_appended_is_read_at_its_offset() {
    let mut h = Harness::new();
    let mut log = h.create();
    let expected = fill(&mut h, &mut log, 60);
    assert!(log.segments.len() > 3, "{}", log.segments.len());
    for from in [0, 1, 57, 119] {
        let tail = &expected[usize::try_from(from).expect("small")..];
        let skip = |records: Vec<(Offset, Bytes)>| {
            records.into_iter().filter(|(at, _)| *at >= from).collect::<Vec<_>>()
        };
        assert_eq!(skip(read_all(&mut h, &mut log, from)), tail);
        forget_memory(&mut h, &mut log);
        assert_eq!(skip(read_all(&mut h, &mut log, from)), tail);
    }
}

/// Goal: a fetch that asks for less than a batch gets one if it must, else nothing, and never a part.
#[test]
fn limits_of_a_read_fall_between_batches() {
    let mut h = Harness::new();
    let mut log = h.create();
    for _ in 0..3 {
        h.append(&mut log, Spec::new(1));
    }
    let size = Spec::new(1).build().len() as u32;
    for cold in [false, true] {
        if cold {
            forget_memory(&mut h, &mut log);
            assert_eq!(h.with_cx(|cx| log.read(cx, 0, 3, 1, true)), Read::Pending);
            h.settle(&mut log);
        }
        let mut read = |max_bytes, upper, one| match h.with_cx(|cx| log.read(cx, 0, upper, max_bytes, one)) {
            Read::Records { next_offset, bytes, .. } => (next_offset, bytes as u32),
            other => panic!("{other:?}"),
        };
        assert_eq!(read(1, 3, true), (1, size));
        assert_eq!(read(1, 3, false), (0, 0));
        assert_eq!(read(2 * size, 3, false), (2, 2 * size));
        assert_eq!(read(2 * size - 1, 3, false), (1, size));
        assert_eq!(read(9999, 2, true), (2, 2 * size));
        assert_eq!(read(9999, 0, true), (0, 0));
    }
    assert_eq!(h.with_cx(|cx| log.read(cx, 4, 3, 1, true)), Read::OutOfRange);
    assert_eq!(h.with_cx(|cx| log.read(cx, -1, 3, 1, true)), Read::OutOfRange);
}

/// Goal: under `synced` nothing counts before the sync that covers it; appends share syncs, one in flight.
#[test]
fn synced_data_counts_after_a_shared_sync() {
    let mut h = Harness::new();
    let mut log = h.create();
    h.done.clear();
    for _ in 0..4 {
        h.append(&mut log, Spec::new(1));
    }
    assert_eq!(h.with_cx(|cx| log.stable_end(cx.config)), 0);
    h.settle(&mut log);
    assert_eq!(h.with_cx(|cx| log.stable_end(cx.config)), 4);
    assert_eq!(log.recovery_point(), 4);
    let syncs = h.done.iter().filter(|op| matches!(op, LogOp::Sync { .. })).collect::<Vec<_>>();
    assert_eq!(syncs, [&LogOp::Sync { end: 1 }, &LogOp::Sync { end: 4 }]);
}

/// Goal: under `written` a write counts once it is done, and closed segments are synced behind it.
#[test]
fn written_data_counts_after_the_write_and_segments_are_synced_when_closed() {
    let mut h = Harness::new();
    h.topic.flush_policy = FlushPolicy::Written;
    let mut log = h.create();
    h.append(&mut log, Spec::new(1));
    assert_eq!(h.with_cx(|cx| log.stable_end(cx.config)), 0);
    assert_eq!(h.settle(&mut log), [LogEvent::StableEnd]);
    assert_eq!(h.with_cx(|cx| log.stable_end(cx.config)), 1);
    assert_eq!(log.recovery_point(), 0);
    fill(&mut h, &mut log, 20);
    h.settle(&mut log);
    assert_eq!(log.recovery_point(), log.active_segment().base);
}

/// Goal: a rolled segment, its name included, is durable before anything in its successor counts.
/// Source: `dir-entry-not-synced`, KAFKA-3968.
#[test]
fn a_power_loss_after_a_roll_takes_nothing_that_counted() {
    let mut h = Harness::new();
    let mut log = h.create();
    let expected = fill(&mut h, &mut log, 30);
    h.settle(&mut log);
    assert_eq!(log.recovery_point(), 60);
    h.crash();
    h.disk.lose_power(|_| 0);
    let mut log = h.open(Opening::default());
    assert_eq!(log.log_end_offset(), 60);
    assert_eq!(read_all(&mut h, &mut log, 0), expected);
}

/// Goal: segments roll by size and by the time that records' timestamps tell.
#[test]
fn segments_roll_by_size_and_by_time() {
    let mut h = Harness::new();
    h.topic.segment_ms = 500;
    let mut log = h.create();
    h.append(&mut log, Spec::new(1).timestamps(&[1000]));
    h.append(&mut log, Spec::new(1).timestamps(&[1500]));
    assert_eq!(log.segments.len(), 1);
    h.append(&mut log, Spec::new(1).timestamps(&[1501]));
    assert_eq!(log.segments.len(), 2);
    assert_eq!(log.active_segment().base, 2);
    h.append(&mut log, Spec::new(1).value(vec![0; 950]).timestamps(&[1501]));
    assert_eq!(log.segments.len(), 3);
    assert_eq!(h.events.iter().filter(|event| matches!(event, Event::SegmentRolled { .. })).count(), 2);
}

/// Goal: after an orderly stop the log is there as it was, without reading it through, and Kafka finds the
/// index and snapshot files it expects.
#[test]
fn an_orderly_stop_leaves_everything_for_the_next_start() {
    let mut h = Harness::new();
    let mut log = h.create();
    let expected = fill(&mut h, &mut log, 20);
    h.append(&mut log, Spec::new(1).producer(9, 0, 0));
    h.settle(&mut log);
    let before = log.clone();
    h.close(log);
    let mut log = h.open_clean();
    assert_eq!(log.log_end_offset(), 41);
    assert_eq!(log.recovery_point(), 41);
    assert_eq!(log.epochs, before.epochs);
    assert_eq!(log.size_bytes(), before.size_bytes());
    assert_eq!(log.producers().iter().map(|(id, _)| id).collect::<Vec<_>>(), [9]);
    let segments = |log: &Log| {
        let parts = log.segments.iter().map(|s| (s.base, s.size, s.largest_timestamp, s.offset_of_largest));
        parts.collect::<Vec<_>>()
    };
    assert_eq!(segments(&log), segments(&before));
    assert_eq!(read_all(&mut h, &mut log, 0)[..40], expected);
    for segment in &before.segments {
        let name = alloc::format!("{:020}", segment.base);
        let rows = inspect::offset_index(h.disk.content(&alloc::format!("{name}.index")), segment.base);
        assert!(!rows.expect("an index").is_empty() || segment.size < 400);
        let rows = inspect::time_index(h.disk.content(&alloc::format!("{name}.timeindex")), segment.base);
        assert_eq!(rows.expect("an index").last().map(|row| row.timestamp), Some(1000));
    }
    let snapshot = inspect::producer_snapshot(h.disk.content("00000000000000000041.snapshot"));
    assert_eq!(snapshot.expect("a snapshot").len(), 1);
    // And it goes on.
    let appended = h.append(&mut log, Spec::new(1));
    assert_eq!(appended, Appended { base_offset: 41, last_offset: 41 });
    h.settle(&mut log);
    assert_eq!(read_all(&mut h, &mut log, 40).len(), 2);
}

/// Goal: a torn tail is cut off, reported, and nothing in front of it is touched. Method: every length of the
/// last batch. Source: `recovery-skips-crc`.
#[test]
fn recovery_cuts_a_torn_batch_and_keeps_all_before_it() {
    let mut h = Harness::new();
    let mut log = h.create();
    let expected = fill(&mut h, &mut log, 3);
    h.settle(&mut log);
    let whole = h.disk.content("0.log").len();
    h.append(&mut log, Spec::new(2));
    h.settle(&mut log);
    h.crash();
    let image = h.disk.clone();
    let end = h.disk.content("0.log").len();
    for length in whole..end {
        for zeros in [false, true] {
            h.disk = image.clone();
            h.events.clear();
            let file = h.disk.content_mut("0.log");
            file.truncate(length);
            if zeros {
                file.resize(end, 0); // The length is there, the bytes are not.
            }
            if *file == image.content("0.log") {
                continue; // The bytes that are missing were zeros.
            }
            let mut log = h.open(Opening { recovery_point: Some(6), ..Opening::default() });
            assert_eq!(log.log_end_offset(), 6, "cut at {length}");
            assert_eq!(read_all(&mut h, &mut log, 0), expected);
            let torn = h.events.iter().any(|event| matches!(event, Event::TornTail { .. }));
            assert_eq!(torn, zeros || length > whole);
            assert_eq!(h.disk.content("0.log").len(), whole);
        }
    }
}

/// Goal: a bit that flipped in the last batch is noticed by recovery.
#[test]
fn recovery_notices_every_flipped_bit() {
    let mut h = Harness::new();
    let mut log = h.create();
    fill(&mut h, &mut log, 2);
    h.settle(&mut log);
    h.crash();
    let image = h.disk.clone();
    let second = image.content("0.log").len() / 2;
    for at in second..image.content("0.log").len() {
        // The leader epoch lies outside the CRC.
        if (second + 12..second + 16).contains(&at) {
            continue;
        }
        h.disk = image.clone();
        h.disk.content_mut("0.log")[at] ^= 0x40;
        let log = h.open(Opening::default());
        let moved = at < second + 8; // A batch with a higher base offset is a gap, and gaps are legal.
        assert!(
            log.log_end_offset() == 2 || (moved && log.log_end_offset() > 4),
            "byte {at}: {}",
            log.log_end_offset()
        );
    }
}

/// Goal: what recovery has read is synced before the log opens. Method: a process crash (the page cache
/// stays), recovery, then a power loss. Source: `recovery-point-runs-ahead`, KAFKA-10101.
#[test]
fn what_was_recovered_survives_the_next_power_loss() {
    let mut h = Harness::new();
    h.topic.flush_policy = FlushPolicy::Written;
    let mut log = h.create();
    let expected = fill(&mut h, &mut log, 30);
    while h.pending.iter().any(|op| !op.is_sync()) {
        h.step(&mut log);
    }
    h.crash();
    let log = h.open(Opening::default());
    assert_eq!(log.recovery_point(), 60);
    h.crash();
    h.disk.lose_power(|_| 0);
    let mut log = h.open(Opening { recovery_point: Some(60), ..Opening::default() });
    assert_eq!(read_all(&mut h, &mut log, 0), expected);
}

/// Goal: a recovery point above the log's end is not believed: it belongs to data that is gone, or to a
/// deleted topic of the same name. Method: a tear in a closed segment that the recovery point covers.
#[test]
fn a_recovery_point_above_the_end_is_not_believed() {
    let mut h = Harness::new();
    let mut log = h.create();
    fill(&mut h, &mut log, 30);
    h.settle(&mut log);
    let torn = log.segments[1].clone();
    h.crash();
    let name = alloc::format!("{:020}.log", torn.base);
    let length = h.disk.content(&name).len() - 1;
    h.disk.content_mut(&name).truncate(length);
    let mut log = h.open(Opening { recovery_point: Some(1000), ..Opening::default() });
    assert!((torn.base..torn.offset_of_largest + 20).contains(&log.log_end_offset()));
    let end = log.log_end_offset();
    assert_eq!(read_all(&mut h, &mut log, 0).last().map(|(offset, _)| offset + 1), Some(end));
    assert!(h.disk.list().iter().filter(|name| name.ends_with(".log")).count() == 2);
}

/// Goal: an epoch begins where its leader began, also after a crash that lost the checkpoint's newest state.
#[test]
fn leader_epochs_are_worked_out_anew_after_a_crash() {
    let mut h = Harness::new();
    let mut log = h.create();
    h.with_cx(|cx| log.begin_epoch(cx, 3));
    let batch = Spec::new(2).build();
    h.with_cx(|cx| log.append(cx, batch.clone(), &facts(&batch), 3));
    h.with_cx(|cx| log.begin_epoch(cx, 5));
    h.with_cx(|cx| log.append(cx, batch.clone(), &facts(&batch), 5));
    h.settle(&mut log);
    assert_eq!(log.end_offset_for_epoch(3), (3, 2));
    assert_eq!(log.end_offset_for_epoch(5), (5, 4));
    let text = h.disk.content("leader-epoch-checkpoint").to_vec();
    assert_eq!(text, b"0\n2\n3 0\n5 2\n");
    h.crash();
    *h.disk.content_mut("leader-epoch-checkpoint") = b"0\n1\n3 0\n".to_vec();
    let log = h.open(Opening::default());
    assert_eq!(log.end_offset_for_epoch(3), (3, 2));
    assert_eq!(log.latest_epoch(), Some(5));
    assert_eq!(checkpoint::parse_epochs(h.disk.content("leader-epoch-checkpoint")).map(|e| e.len()), Ok(2));
}

fn verdict(h: &mut Harness, log: &Log, sequence: i32) -> Verdict {
    let header = parse_whole(&Spec::new(1).producer(9, 0, sequence).build()).expect("well formed");
    h.with_cx(|cx| log.producers().check(cx, &header))
}

/// Goal: a batch sent again after a restart is still recognised, however the broker stopped and whatever
/// happened to the newest snapshot. Source: `producer-snapshot-unsynced`.
#[test]
fn duplicates_are_recognised_after_any_restart() {
    let mut h = Harness::new();
    let mut log = h.create();
    for sequence in 0..40 {
        h.append(&mut log, Spec::new(1).producer(9, 0, sequence));
    }
    h.settle(&mut log);
    let image = h.disk.clone();
    let duplicate = Verdict::Duplicate { base_offset: 39, last_offset: 39, timestamp: 1000 };
    assert_eq!(verdict(&mut h, &log, 39), duplicate);
    h.close(log);
    let log = h.open_clean();
    assert_eq!(verdict(&mut h, &log, 39), duplicate);
    assert_eq!(verdict(&mut h, &log, 40), Verdict::Append);
    // After a crash, with all snapshots good, the newest one torn, all torn, or none left.
    for torn in 0..4 {
        h.crash();
        h.disk = image.clone();
        let names = h.disk.list().into_iter().filter(|name| name.ends_with(".snapshot"));
        let names: Vec<_> = names.map(alloc::string::String::from).collect();
        assert!(names.len() > 2);
        for name in names.iter().rev().take(if torn == 1 { 1 } else { names.len() }).filter(|_| torn > 0) {
            let length = if torn == 3 { 0 } else { 7 };
            h.disk.content_mut(name).truncate(length);
        }
        let log = h.open(Opening { recovery_point: Some(40), ..Opening::default() });
        assert_eq!(verdict(&mut h, &log, 39), duplicate, "torn {torn}");
        assert_eq!(verdict(&mut h, &log, 40), Verdict::Append);
    }
}

/// Goal: retention by time and size takes whole old segments, never beyond the high watermark.
/// Source: `retention-past-hw`, KAFKA-5634.
#[test]
fn retention_stops_at_the_high_watermark() {
    let mut h = Harness::new();
    h.topic.retention_ms = 1000;
    let mut log = h.create();
    fill(&mut h, &mut log, 60);
    h.settle(&mut log);
    let bases: Vec<_> = log.segments.iter().map(|segment| segment.base).collect();
    h.now.wall_ms = 5000;
    h.with_cx(|cx| log.apply_retention(cx, bases[2] + 1));
    assert_eq!(log.log_start_offset(), bases[2]);
    h.settle(&mut log);
    assert_eq!(h.with_cx(|cx| log.read(cx, 0, 120, 100, true)), Read::OutOfRange);
    // All of it committed: the active segment is closed and goes, too.
    h.with_cx(|cx| log.apply_retention(cx, 120));
    h.settle(&mut log);
    h.with_cx(|cx| log.apply_retention(cx, 120));
    h.settle(&mut log);
    assert_eq!((log.log_start_offset(), log.log_end_offset(), log.size_bytes()), (120, 120, 0));
    let gone = h.disk.list().into_iter().filter(|name| name.ends_with(".deleted")).count();
    assert!(gone > 3 * bases.len());
    h.now.monotonic = h.timers.next().expect("armed");
    h.with_cx(|cx| log.remove_renamed(cx));
    h.settle(&mut log);
    assert!(!h.disk.list().iter().any(|name| name.ends_with(".deleted")), "{:?}", h.disk.list());
    // An empty log keeps its place.
    h.crash();
    h.disk.lose_power(|_| 0);
    let log = h.open(Opening::default());
    assert_eq!((log.log_start_offset(), log.log_end_offset()), (120, 120));
}

/// Goal: retention by size keeps at least what is configured.
#[test]
fn retention_by_size_keeps_at_least_the_limit() {
    let mut h = Harness::new();
    h.topic.retention_bytes = 2500;
    let mut log = h.create();
    fill(&mut h, &mut log, 60);
    h.settle(&mut log);
    h.with_cx(|cx| log.apply_retention(cx, 120));
    assert!(log.size_bytes() >= 2500 && log.size_bytes() < 2500 + 1000, "{}", log.size_bytes());
    assert!(log.log_start_offset() > 0);
    let events = h
        .events
        .iter()
        .filter(|event| matches!(event, Event::LogStartMoved { cause: LogStartCause::RetentionSize, .. }));
    assert_eq!(events.count(), 1);
}

/// Goal: a client's deletion moves the start at once and survives a restart through the node's checkpoint;
/// producers are remembered although their records are gone.
#[test]
fn deleted_records_are_gone_and_their_producers_are_not() {
    let mut h = Harness::new();
    let mut log = h.create();
    h.append(&mut log, Spec::new(1).producer(9, 0, 0));
    fill(&mut h, &mut log, 30);
    h.settle(&mut log);
    h.with_cx(|cx| log.raise_log_start(cx, 45, LogStartCause::Request));
    h.settle(&mut log);
    assert_eq!(log.log_start_offset(), 45);
    assert!(log.segments[0].base <= 45 && log.segments.get(1).is_none_or(|next| next.base > 45));
    assert_eq!(h.with_cx(|cx| log.read(cx, 44, 61, 100, true)), Read::OutOfRange);
    assert_eq!(verdict(&mut h, &log, 1), Verdict::Append);
    assert_eq!(
        verdict(&mut h, &log, 2),
        Verdict::Refuse(klamm_wire::ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER)
    );
    h.crash();
    let opening = Opening { log_start_offset: Some(45), recovery_point: Some(61), ..Opening::default() };
    let log = h.open(opening);
    assert_eq!((log.log_start_offset(), log.log_end_offset()), (45, 61));
    assert_eq!(
        verdict(&mut h, &log, 2),
        Verdict::Refuse(klamm_wire::ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER)
    );
}

/// Goal: a removal that fails half-way leaves no gap behind it. Method: more segments than one operation takes;
/// the next operation is not there before the one before it was answered.
#[test]
fn segments_are_removed_by_one_operation_at_a_time() {
    let mut h = Harness::new();
    let mut log = h.create();
    fill(&mut h, &mut log, 300);
    h.settle(&mut log);
    let before = log.segments.len();
    h.with_cx(|cx| log.raise_log_start(cx, log.log_end_offset(), LogStartCause::Request));
    let mut most = 0;
    while !h.pending.is_empty() {
        let removals = h
            .pending
            .iter()
            .filter(|op| matches!(op.owner, crate::disk::Owner::Log(_, LogOp::DeleteBefore { .. })));
        most = most.max(removals.count());
        h.step(&mut log);
    }
    assert_eq!(most, 1);
    assert!(before > 20 && log.segments.len() == 1, "{before}");
}

/// Goal: a log that has lost what was synced is told from one with a torn tail, and nothing of it is changed.
#[test]
fn a_log_that_must_reach_further_is_left_alone() {
    let mut h = Harness::new();
    let mut log = h.create();
    fill(&mut h, &mut log, 30);
    h.settle(&mut log);
    h.crash();
    let newest = alloc::format!("{:020}.log", log.segments.back().expect("one").base);
    let last = h.disk.content(&newest).len() - 1;
    h.disk.content_mut(&newest)[last] ^= 1;
    let before: Vec<(alloc::string::String, Vec<u8>)> =
        h.disk.list().into_iter().map(|name| (name.into(), h.disk.content(name).to_vec())).collect();
    for clean in [true, false] {
        let opening = Opening { clean, recovery_point: Some(60), must_reach: 60, ..Opening::default() };
        let topic = h.topic.clone();
        let mut log = h.with_cx(|cx| Log::open(cx, Harness::name(), topic, opening));
        assert_eq!(h.settle(&mut log), [LogEvent::Short { end: 58, expected: 60 }]);
        for (name, content) in &before {
            assert_eq!(h.disk.content(name), &content[..], "{name}");
        }
    }
}

/// Goal: a start offset above everything left means that nothing left counts.
#[test]
fn a_log_that_ends_below_its_start_begins_anew_there() {
    let mut h = Harness::new();
    let mut log = h.create();
    fill(&mut h, &mut log, 10);
    h.settle(&mut log);
    h.crash();
    let mut log = h.open(Opening { log_start_offset: Some(100), ..Opening::default() });
    assert_eq!((log.log_start_offset(), log.log_end_offset()), (100, 100));
    assert_eq!(h.append(&mut log, Spec::new(1)).base_offset, 100);
    h.settle(&mut log);
    assert_eq!(h.disk.list().into_iter().filter(|name| name.ends_with(".log")).count(), 1);
}

/// Goal: the disk's first no is the last thing the log does. Source: `append-after-io-error`, fsyncgate.
#[test]
fn a_failed_write_or_sync_fences_the_log() {
    for left in 0..2 {
        let mut h = Harness::new();
        let mut log = h.create();
        h.append(&mut log, Spec::new(1));
        h.append(&mut log, Spec::new(1));
        h.disk.fail_in = Some((left, DiskErrorKind::Io));
        let events = h.settle(&mut log);
        let failures = events.iter().filter(|event| matches!(event, LogEvent::Failed(_)));
        assert_eq!(failures.count(), 1, "{events:?}");
        assert!(!log.is_open());
        assert_eq!(h.with_cx(|cx| log.read(cx, 0, 1, 100, true)), Read::Corrupt);
        assert_eq!(h.with_cx(|cx| log.stable_end(cx.config)), 0);
    }
}

/// Goal: rot ends in an error for the reader, never in wrong bytes, and other batches stay readable.
#[test]
fn a_rotten_batch_is_refused_and_its_neighbours_are_served() {
    let mut h = Harness::new();
    let mut log = h.create();
    let expected = fill(&mut h, &mut log, 4);
    forget_memory(&mut h, &mut log);
    let size = h.disk.content("0.log").len() / 4;
    h.disk.content_mut("0.log")[size * 2 - 1] ^= 1;
    let mut read = |offset| {
        let first = h.with_cx(|cx| log.read(cx, offset, 8, 10_000, true));
        assert_eq!(first, Read::Pending);
        h.settle(&mut log);
        h.with_cx(|cx| log.read(cx, offset, 8, 10_000, true))
    };
    assert!(matches!(read(0), Read::Records { next_offset: 2, .. }));
    assert_eq!(read(2), Read::Corrupt);
    assert!(matches!(read(4), Read::Records { next_offset: 6.., .. }));
    assert_eq!(expected.len(), 8);
}

/// Goal: a rotten index costs time, not answers.
#[test]
fn a_rotten_index_does_not_hide_records() {
    let mut h = Harness::new();
    let mut log = h.create();
    let expected = fill(&mut h, &mut log, 30);
    forget_memory(&mut h, &mut log);
    let name = alloc::format!("{:020}.index", 0);
    let bytes = h.disk.content_mut(&name);
    let positions = bytes.chunks_exact_mut(8);
    for entry in positions {
        entry[7] ^= 5;
    }
    for from in [3, 7, 11] {
        let records = read_all(&mut h, &mut log, from);
        let from = usize::try_from(from).expect("small");
        assert_eq!(records.last(), expected.last());
        assert!(records.ends_with(&expected[from..]));
    }
}

fn lookup(h: &mut Harness, log: &mut Log, timestamp: i64, upper: Offset) -> Lookup {
    for _ in 0..20 {
        match h.with_cx(|cx| log.offset_for_timestamp(cx, timestamp, upper)) {
            Lookup::Pending => assert!(h.settle(log).contains(&LogEvent::Readable)),
            found => return found,
        }
    }
    panic!("a lookup of {timestamp} does not end")
}

fn newest(h: &mut Harness, log: &mut Log, upper: Offset) -> Lookup {
    for _ in 0..20 {
        match h.with_cx(|cx| log.max_timestamp(cx, upper)) {
            Lookup::Pending => assert!(h.settle(log).contains(&LogEvent::Readable)),
            found => return found,
        }
    }
    panic!("the newest timestamp is not found")
}

/// Goal: a lookup by timestamp is exact to the record, in memory and on the disk, in compressed batches, too.
/// Method: against a list of all records. Source: KIP-79, KIP-734.
#[test]
fn lookups_by_timestamp_find_the_first_record_that_is_not_older() {
    let mut h = Harness::new();
    let mut log = h.create();
    let mut all: Vec<(i64, Offset)> = Vec::new();
    for number in 0..50i64 {
        let timestamps = [2000 + number * 10, 2000 + number * 10 - 25 * (number % 3), 2003 + number * 10];
        let codec = if number % 2 == 0 { Codec::Gzip } else { Codec::None };
        let spec = Spec::new(3).with_codec(codec).timestamps(&timestamps);
        let appended = h.append(&mut log, spec);
        all.extend(timestamps.into_iter().zip(appended.base_offset..));
    }
    assert!(log.segments.len() > 3);
    let found = |timestamp, offset| Lookup::Found { timestamp, offset, leader_epoch: 0 };
    for upper in [150, 77, 0] {
        for cold in [false, true] {
            for target in (1900..2600).step_by(7) {
                if cold {
                    forget_memory(&mut h, &mut log);
                }
                let first = all.iter().find(|(timestamp, _)| *timestamp >= target);
                let expected = match first {
                    Some((timestamp, offset)) if *offset < upper => found(*timestamp, *offset),
                    _ => Lookup::NotFound,
                };
                assert_eq!(lookup(&mut h, &mut log, target, upper), expected, "{target} below {upper}");
            }
            let below = all.iter().filter(|(_, offset)| *offset < upper);
            let best = below.max_by_key(|(timestamp, offset)| (*timestamp, -offset));
            // Batches are visible as a whole or not at all.
            let expected = best.map_or(Lookup::NotFound, |(timestamp, offset)| found(*timestamp, *offset));
            let upper = upper / 3 * 3;
            if upper == 150 || upper == 0 {
                assert_eq!(newest(&mut h, &mut log, upper), expected);
            }
        }
    }
}

/// Goal: memory is given back batch by batch, and what the disk does not have stays.
#[test]
fn what_is_not_written_stays_in_memory() {
    let mut h = Harness::new();
    let mut log = h.create();
    h.append(&mut log, Spec::new(1));
    assert!(!log.evict(Kept::Batch(0)));
    h.settle(&mut log);
    h.append(&mut log, Spec::new(1));
    assert!(log.evict(Kept::Batch(0)));
    assert!(!log.evict(Kept::Batch(1)));
    assert_eq!(h.with_cx(|cx| log.read(cx, 1, 2, 1, true).clone()).bytes(), Spec::new(1).build().len());
    assert_eq!(h.with_cx(|cx| log.read(cx, 0, 2, 1, true)), Read::Pending);
    h.settle(&mut log);
    assert!(matches!(h.with_cx(|cx| log.read(cx, 0, 2, 1, true)), Read::Records { next_offset: 1, .. }));
}

impl Read {
    fn bytes(&self) -> usize {
        match self {
            Self::Records { bytes, .. } => *bytes,
            other => panic!("{other:?}"),
        }
    }
}

/// Goal: a deleted log frees its name at once and its space later.
#[test]
fn a_deleted_log_is_renamed_at_once_and_removed_later() {
    let mut h = Harness::new();
    let mut log = h.create();
    fill(&mut h, &mut log, 3);
    h.with_cx(|cx| log.delete(cx));
    assert_eq!(h.settle(&mut log), [LogEvent::Renamed]);
    let [_, renamed] = h.disk.dirs() else { panic!("{:?}", h.disk.dirs()) };
    assert!(renamed.name.starts_with("t-0.") && renamed.name.ends_with("-delete"), "{renamed:?}");
    assert_eq!(renamed.name.len(), "t-0.".len() + 32 + "-delete".len());
    h.now.monotonic = h.timers.next().expect("armed");
    h.with_cx(|cx| log.remove_renamed(cx));
    assert_eq!(h.settle(&mut log), [LogEvent::Deleted]);
    assert!(h.disk.list().is_empty());
}
