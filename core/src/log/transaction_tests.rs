//! Transactions in a log: what is stable, what was aborted, and that both survive every kind of restart.

use alloc::vec::Vec;

use crate::log::testing::{Harness, Spec};
use crate::log::{AbortedTransaction, Log, LogEvent, Opening};
use crate::types::Offset;

/// One record in the open transaction of this producer, or the one that it opens. `sequence` counts its records.
fn send(h: &mut Harness, log: &mut Log, producer_id: i64, sequence: i32) -> Offset {
    let spec = Spec::new(1).producer(producer_id, 0, sequence).transactional();
    h.append(log, spec).base_offset
}

/// What a log knows of transactions, as far as it shows.
fn shown(log: &Log) -> (Option<Offset>, Vec<AbortedTransaction>) {
    (log.producers().first_unstable_offset(Offset::MAX), log.aborted_in(0, Offset::MAX))
}

fn aborted(
    producer_id: i64,
    first_offset: Offset,
    last_offset: Offset,
    last_stable_offset: Offset,
) -> AbortedTransaction {
    AbortedTransaction { producer_id, first_offset, last_offset, last_stable_offset }
}

/// Two transactions that overlap over several segments, one of them aborted, and a third that stays open at 8.
///
/// ```text
/// offset    0  1  2  3  4  5  6  7  8
/// producer  7  9  7  9  7a 9  9c -  5
/// ```
fn overlapping(h: &mut Harness, log: &mut Log) {
    for (producer_id, sequence) in [(7, 0), (9, 0), (7, 1), (9, 1)] {
        send(h, log, producer_id, sequence);
    }
    h.end(log, 7, false);
    send(h, log, 9, 2);
    h.end(log, 9, true);
    h.append(log, Spec::new(1));
    send(h, log, 5, 0);
}

/// Goal: nothing of an open transaction is stable, nor of one whose marker is not below the high watermark. Source:
/// KIP-98, `ProducerStateManager.firstUnstableOffset`.
#[test]
fn the_last_stable_offset_waits_for_markers_and_for_their_commit() {
    let mut h = Harness::new();
    let mut log = h.create();
    let unstable = |log: &Log, high_watermark| log.producers().first_unstable_offset(high_watermark);
    h.append(&mut log, Spec::new(1));
    assert_eq!(unstable(&log, 1), None);
    let first = send(&mut h, &mut log, 7, 0);
    send(&mut h, &mut log, 9, 0);
    assert_eq!(unstable(&log, 3), Some(first));
    let marker = h.end(&mut log, 7, true).base_offset;
    assert_eq!(unstable(&log, marker), Some(first), "the marker may still be lost");
    assert_eq!(unstable(&log, marker + 1), Some(2), "another one is open");
    log.on_high_watermark(marker + 1);
    assert_eq!(unstable(&log, marker + 1), Some(2));
    h.end(&mut log, 9, false);
    log.on_high_watermark(marker + 2);
    assert_eq!(unstable(&log, marker + 2), None);
}

/// Goal: a reader learns of every aborted transaction whose records are in its range, and of no other. Source: Kafka's
/// `TransactionIndex.collectAbortedTxns`.
#[test]
fn a_reader_learns_of_what_was_aborted_in_its_range() {
    let mut h = Harness::new();
    let mut log = h.create();
    overlapping(&mut h, &mut log);
    assert_eq!(shown(&log), (Some(8), [aborted(7, 0, 4, 1)].into()));
    assert_eq!(log.aborted_in(0, 1).len(), 1);
    assert_eq!(log.aborted_in(4, 9).len(), 1, "the marker itself");
    assert_eq!(log.aborted_in(5, 9), []);
    h.end(&mut log, 5, false);
    let all = [aborted(7, 0, 4, 1), aborted(5, 8, 9, 10)];
    assert_eq!(log.aborted_in(0, 9), all);
    assert_eq!(log.aborted_in(5, 8), [], "it begins behind the range");
    assert_eq!(log.aborted_in(9, 10), all[1..]);
}

/// Goal: a transaction without records here has no entry, and its marker opens or holds nothing.
#[test]
fn an_empty_transaction_leaves_no_entry() {
    let mut h = Harness::new();
    let mut log = h.create();
    h.end(&mut log, 7, false);
    assert_eq!(shown(&log), (None, [].into()));
    assert_eq!(log.producers().of(7).expect("its epoch counts").coordinator_epoch(), 3);
}

/// Goal: whatever kind of restart, the same transactions are open and the same were aborted. Method: segments of two
/// batches; an orderly stop, a crash recovered from every point, a loss of every index of aborted transactions.
#[test]
fn transactions_survive_every_restart() {
    let mut h = Harness::new();
    h.topic.segment_bytes = 200;
    let mut log = h.create();
    overlapping(&mut h, &mut log);
    h.end(&mut log, 5, false);
    send(&mut h, &mut log, 5, 1);
    h.settle(&mut log);
    let before = shown(&log);
    assert_eq!((before.0, before.1.len()), (Some(10), 2));
    let disk = h.disk.clone();

    h.close(log);
    let mut log = h.open_clean();
    assert_eq!(shown(&log), before, "after an orderly stop");
    h.end(&mut log, 5, true);
    assert_eq!(log.producers().first_unstable_offset(11), Some(10), "its marker is not committed");
    assert_eq!(log.producers().first_unstable_offset(12), None);

    for recovery_point in 0..=11 {
        h.crash();
        h.disk = disk.clone();
        let log = h.open(Opening { recovery_point: Some(recovery_point), ..Opening::default() });
        assert_eq!(shown(&log), before, "recovered from {recovery_point}");
    }

    h.crash();
    h.disk = disk.clone();
    h.disk.content_mut("00000000000000000004.txnindex").truncate(20);
    let log = h.open(Opening { recovery_point: Some(11), ..Opening::default() });
    assert_eq!(shown(&log), before, "a torn index is made anew");
}

/// Goal: what is cut off is forgotten, and what was open at the cut is open again. Method: cuts at every offset, each
/// followed by a crash.
#[test]
fn a_cut_takes_markers_back() {
    for end in 0..10 {
        let mut h = Harness::new();
        h.topic.segment_bytes = 200;
        let mut log = h.create();
        overlapping(&mut h, &mut log);
        h.end(&mut log, 5, false);
        h.settle(&mut log);
        h.with_cx(|cx| log.truncate_to(cx, end));
        h.with_cx(|cx| log.on_recovery_point_lowered(cx));
        let events = h.settle(&mut log);
        assert!(events.contains(&LogEvent::Truncated), "{events:?}");
        let open = match end {
            0 => None,
            1..=4 => Some(0),
            5..=6 => Some(1),
            7..=8 => None,
            _ => Some(8),
        };
        let expected: &[_] = if end > 4 { &[aborted(7, 0, 4, 1)] } else { &[] };
        // Markers that are left may not be committed; those that are not, hold nothing back.
        log.on_high_watermark(end);
        assert_eq!(log.producers().first_unstable_offset(end), open, "cut at {end}");
        assert_eq!(log.aborted_in(0, Offset::MAX), expected, "cut at {end}");
        h.crash();
        let log = h.open(Opening { recovery_point: Some(end), ..Opening::default() });
        assert_eq!(log.aborted_in(0, Offset::MAX), expected, "cut at {end}, then a crash");
    }
}

/// Goal: a producer whose transaction is open is not forgotten, however long it is silent: nobody else knows where the
/// transaction begins.
#[test]
fn an_open_transaction_keeps_its_producer() {
    let mut h = Harness::new();
    let mut log = h.create();
    send(&mut h, &mut log, 7, 0);
    h.append(&mut log, Spec::new(1).producer(9, 0, 0));
    h.now.wall_ms += 2 * h.config.producer_id_expiration_ms;
    h.with_cx(|cx| log.expire_producers(cx));
    assert!(log.producers().of(7).is_some() && log.producers().of(9).is_none());
}

/// Goal: the file lies where Kafka looks for it, and only where something was aborted.
#[test]
fn the_index_lies_beside_its_segment() {
    let mut h = Harness::new();
    h.topic.segment_bytes = 200;
    let mut log = h.create();
    overlapping(&mut h, &mut log);
    h.settle(&mut log);
    h.close(log);
    let indexes: Vec<_> = h.disk.list().into_iter().filter(|name| name.ends_with(".txnindex")).collect();
    assert_eq!(indexes, ["00000000000000000004.txnindex"]);
    assert_eq!(h.disk.content("00000000000000000004.txnindex").len(), 34);
}
