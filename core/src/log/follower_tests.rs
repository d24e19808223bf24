//! A follower's log: batches as the leader has placed them, and cuts.

use alloc::vec::Vec;

use bytes::{Bytes, BytesMut};

use crate::log::append::OutOfPlace;
use crate::log::batch::parse_whole;
use crate::log::testing::{Harness, Spec};
use crate::log::{Log, LogEvent, Opening, Read, Verdict};
use crate::types::{LeaderEpoch, Offset};

/// Batches of two records with these base offsets and epochs, of producer 9.
fn batches(specs: &[(Offset, LeaderEpoch)]) -> Bytes {
    let mut bytes = BytesMut::new();
    for (base_offset, epoch) in specs {
        let sequence = i32::try_from(*base_offset).expect("small");
        let spec = Spec::new(2).producer(9, 0, sequence).base_offset(*base_offset).leader_epoch(*epoch);
        bytes.extend_from_slice(&spec.build());
    }
    bytes.freeze()
}

fn append(h: &mut Harness, log: &mut Log, specs: &[(Offset, LeaderEpoch)]) {
    let bytes = batches(specs);
    assert_eq!(h.with_cx(|cx| log.append_as_follower(cx, bytes, 100)), Ok(()));
}

/// Twenty batches of two records: epoch 1 below 10, epoch 2 below 30, epoch 5 above.
fn history() -> Vec<(Offset, LeaderEpoch)> {
    let epoch = |offset| match offset {
        ..10 => 1,
        10..30 => 2,
        _ => 5,
    };
    (0..20).map(|number| (number * 2, epoch(number * 2))).collect()
}

fn all(h: &mut Harness, log: &mut Log) -> Bytes {
    let (mut offset, mut found) = (log.log_start_offset(), BytesMut::new());
    while offset < log.log_end_offset() {
        let end = log.log_end_offset();
        match h.with_cx(|cx| log.read(cx, offset, end, 10_000, true)) {
            Read::Records { records, next_offset, .. } => {
                found.extend_from_slice(&records.to_bytes());
                offset = next_offset;
            }
            Read::Pending => drop(h.settle(log)),
            other => panic!("{other:?}"),
        }
    }
    found.freeze()
}

/// Lets a truncation that has begun come to its end, as a node does.
fn finish(h: &mut Harness, log: &mut Log) {
    assert!(!log.is_open());
    h.with_cx(|cx| log.on_recovery_point_lowered(cx));
    let events = h.settle(log);
    assert!(events.contains(&LogEvent::Truncated), "{events:?}");
    assert!(log.is_open());
}

/// Goal: a follower's log has the leader's bytes, epochs and producers.
#[test]
fn a_follower_keeps_the_leaders_bytes() {
    let mut h = Harness::new();
    let mut log = h.create();
    append(&mut h, &mut log, &history());
    h.settle(&mut log);
    assert_eq!(all(&mut h, &mut log), batches(&history()));
    assert_eq!(log.end_offset_for_epoch(1), (1, 10));
    assert_eq!(log.end_offset_for_epoch(4), (2, 30));
    assert_eq!(log.recovery_point(), 40);
    let repeated = parse_whole(&batches(&[(38, 5)])).expect("a batch");
    let verdict = h.with_cx(|cx| log.producers().check(cx, &repeated));
    assert_eq!(verdict, Verdict::Duplicate { base_offset: 38, last_offset: 39, timestamp: 1000 });
}

/// Goal: nothing of a leader the follower has not heard of is taken. Source: KAFKA-18723.
#[test]
fn batches_of_a_later_epoch_are_left_out() {
    let mut h = Harness::new();
    let mut log = h.create();
    let bytes = batches(&[(0, 1), (2, 2), (4, 1)]);
    assert_eq!(h.with_cx(|cx| log.append_as_follower(cx, bytes, 1)), Ok(()));
    assert_eq!(log.log_end_offset(), 2);
}

/// Goal: records that do not continue the log are refused; a gap is compaction's work.
#[test]
fn batches_below_the_end_are_out_of_place() {
    let mut h = Harness::new();
    let mut log = h.create();
    append(&mut h, &mut log, &[(0, 1), (6, 1)]);
    let bytes = batches(&[(6, 1)]);
    assert_eq!(h.with_cx(|cx| log.append_as_follower(cx, bytes, 1)), Err(OutOfPlace));
    assert_eq!(log.log_end_offset(), 8);
}

/// Goal: after a cut the log is what it was before the cut-off part came, wherever the cut lies: bytes, epochs,
/// producers, and what a restart finds. Method: every offset, with appends still under way and without.
#[test]
fn a_cut_log_is_the_log_before() {
    for quiet in [true, false] {
        for end in 0..40 {
            let mut h = Harness::new();
            let mut log = h.create();
            append(&mut h, &mut log, &history());
            if quiet {
                h.settle(&mut log);
            } else {
                h.step(&mut log);
            }
            let kept: Vec<_> = history().into_iter().filter(|(base, _)| base + 2 <= end).collect();
            let expected_end = Offset::try_from(kept.len()).expect("few") * 2;
            h.with_cx(|cx| log.truncate_to(cx, end));
            assert!(
                log.recovery_point() <= expected_end,
                "the checkpoint before a cut at {end} lies above it"
            );
            finish(&mut h, &mut log);
            assert_eq!(log.log_end_offset(), expected_end, "cut at {end}");
            assert_eq!(all(&mut h, &mut log), batches(&kept), "cut at {end}");
            assert_eq!(log.latest_epoch(), kept.last().map(|(_, epoch)| *epoch), "cut at {end}");
            assert!(log.recovery_point() <= end);
            // Other records take the place of those that are gone.
            append(&mut h, &mut log, &[(expected_end, 7), (expected_end + 2, 7)]);
            h.settle(&mut log);
            let kept = [kept, [(expected_end, 7), (expected_end + 2, 7)].into()].concat();
            h.crash();
            h.disk.lose_power(|_| 0);
            let opening = Opening { recovery_point: Some(end), ..Opening::default() };
            let mut log = h.open(opening);
            assert_eq!(all(&mut h, &mut log), batches(&kept), "cut at {end}");
        }
    }
}

/// Goal: a log that begins anew holds nothing and begins where it was told to, now and after a restart.
#[test]
fn a_log_that_begins_anew_is_empty() {
    let mut h = Harness::new();
    let mut log = h.create();
    append(&mut h, &mut log, &history());
    h.with_cx(|cx| log.reset_to(cx, 100));
    finish(&mut h, &mut log);
    assert_eq!((log.log_start_offset(), log.log_end_offset()), (100, 100));
    assert_eq!((log.latest_epoch(), log.size_bytes()), (None, 0));
    append(&mut h, &mut log, &[(100, 8)]);
    h.settle(&mut log);
    h.crash();
    h.disk.lose_power(|_| 0);
    let mut log = h.open(Opening::default());
    assert_eq!(log.log_start_offset(), 100);
    assert_eq!(all(&mut h, &mut log), batches(&[(100, 8)]));
}

/// Goal: no part of a log that is being emptied passes for the whole. Method: a crash between any two steps.
#[test]
fn a_log_whose_emptying_was_cut_off_is_a_prefix_or_empty() {
    let mut h = Harness::new();
    let mut log = h.create();
    append(&mut h, &mut log, &history());
    h.settle(&mut log);
    h.with_cx(|cx| log.reset_to(cx, 100));
    h.with_cx(|cx| log.on_recovery_point_lowered(cx));
    let op = h.pending.pop_front().expect("it is emptied");
    for count in 1..op.steps.len() {
        let mut h = Harness::new();
        let mut log = h.create();
        append(&mut h, &mut log, &history());
        h.settle(&mut log);
        let steps = op.steps[..count].to_vec();
        h.disk.run_steps(&steps);
        h.crash();
        let mut log = h.open(Opening { recovery_point: Some(40), ..Opening::default() });
        let found = all(&mut h, &mut log);
        let is_prefix = batches(&history()).starts_with(&found);
        assert!(is_prefix, "after {count} steps: {} to {}", log.log_start_offset(), log.log_end_offset());
    }
}

/// Goal: a follower whose leader's log starts inside a batch takes the whole batch. Source: KAFKA-6361.
#[test]
fn a_log_may_begin_with_a_batch_that_reaches_over_its_start() {
    let mut h = Harness::new();
    let mut log = h.create();
    append(&mut h, &mut log, &[(0, 1), (2, 1)]);
    h.settle(&mut log);
    h.with_cx(|cx| log.reset_to(cx, 39));
    finish(&mut h, &mut log);
    let records = batches(&[(38, 5), (40, 5)]);
    assert_eq!(log.begins_below(&batches(&[(36, 5)])), None, "nothing of it would be readable");
    assert_eq!(log.begins_below(&batches(&[(39, 5)])), None, "it fits");
    assert_eq!(log.begins_below(&records), Some(38));
    h.with_cx(|cx| log.begin_with(cx, 38, records.clone(), 5));
    finish(&mut h, &mut log);
    h.settle(&mut log);
    assert_eq!((log.log_start_offset(), log.log_end_offset(), log.recovery_point()), (38, 42, 42));
    assert_eq!(all(&mut h, &mut log), records);
    assert_eq!(log.begins_below(&records), None, "it is not empty any more");
}
