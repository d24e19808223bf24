//! How transactions end.

use klamm_wire::ErrorCode;

use super::{ID, NEW, OLD, Shard, TIMEOUT_MS, partitions};
use crate::transaction::{State, TransactionCoordinator};

const CONCURRENT: ErrorCode = ErrorCode::CONCURRENT_TRANSACTIONS;

/// Goal: an outcome is told when it is committed, and no request of the same transaction changes it.
#[test]
fn an_outcome_is_told_once_it_is_committed_and_stays() {
    let mut shard = Shard::new();
    let producer = shard.begun();
    assert_eq!(shard.add(producer, &[0, 1]), ErrorCode::NONE);
    shard.hold_commits = true;
    let ticket = shard.send_end(OLD, producer, true);
    assert!(!shard.answers.contains_key(&ticket));
    assert_eq!(shard.state(), State::Ongoing);
    shard.commit();
    shard.hold_commits = false;
    assert!(shard.answers.contains_key(&ticket));
    assert_eq!(shard.state(), State::PrepareCommit);
    assert_eq!(shard.transaction().partitions, partitions(&[0, 1]));
    assert_eq!(shard.end(OLD, producer, false), Err(ErrorCode::INVALID_TXN_STATE));
    assert_eq!(shard.end(OLD, producer, true), Err(CONCURRENT));
    assert_eq!(shard.add(producer, &[2]), CONCURRENT);
    shard.complete();
    assert_eq!(shard.state(), State::CompleteCommit);
    assert_eq!(shard.end(OLD, producer, true), Ok((-1, -1)), "the answer was lost");
    assert_eq!(shard.end(OLD, producer, false), Err(ErrorCode::INVALID_TXN_STATE));
    assert!(shard.transaction().partitions.is_empty());
}

/// Goal: a coordinator that dies between the outcome and the markers leaves a successor that says all of them.
#[test]
fn a_successor_ends_what_was_decided() {
    let mut shard = Shard::new();
    let producer = shard.begun();
    assert_eq!(shard.add(producer, &[0, 1]), ErrorCode::NONE);
    shard.restart();
    assert!(shard.hosted.soft.endings.is_empty(), "nothing is decided");
    assert_eq!(shard.end(OLD, producer, true), Ok((-1, -1)));
    shard.restart();
    assert!(shard.hosted.soft.endings.contains_key(ID));
    assert_eq!(shard.hosted.soft.coordinator_epoch, 5);
    shard.complete();
    shard.restart();
    assert!(shard.hosted.soft.endings.is_empty());
}

/// Goal: a marker is only sent for an outcome that is committed.
#[test]
fn nothing_ends_before_its_outcome_is_committed() {
    let mut shard = Shard::new();
    let producer = shard.begun();
    assert_eq!(shard.add(producer, &[0]), ErrorCode::NONE);
    shard.hold_commits = true;
    shard.send_end(OLD, producer, true);
    assert!(shard.hosted.soft.endings.is_empty());
    let records = shard.hosted.commit(i64::MAX).records;
    let mut coordinator = TransactionCoordinator::default();
    let id = crate::types::TopicIdPartition { topic_id: klamm_wire::Uuid([9; 16]), partition: super::SHARD };
    coordinator.begin_loading(id);
    coordinator.on_loaded(&mut shard.stage.cx(), super::SHARD, 5);
    coordinator.has_markers = false;
    coordinator.on_committed(super::SHARD, &records);
    assert!(coordinator.has_markers);
    let hosted = coordinator.shards.hosted(super::SHARD).expect("it serves");
    assert!(hosted.soft.endings.contains_key(ID));
}

/// Goal: where an epoch lasts, an EndTxn that was delayed ends the transaction after the one it was meant for. So it
/// is, and so it is in Kafka; KIP-890 is about it.
#[test]
fn a_delayed_end_decides_another_transaction_where_epochs_last() {
    let mut shard = Shard::new();
    let producer = shard.begun();
    shard.run_old(producer, true);
    assert_eq!(shard.add(producer, &[0]), ErrorCode::NONE);
    assert_eq!(shard.end(OLD, producer, true), Ok((-1, -1)), "the one of the transaction before");
    assert_eq!(shard.state(), State::PrepareCommit);
}

/// Goal: where every transaction has an epoch of its own, it ends nothing. Source: KIP-890, `delayed-endtxn`.
#[test]
fn a_delayed_end_changes_nothing_where_each_transaction_has_its_epoch() {
    let mut shard = Shard::new();
    let first = shard.begun();
    assert_eq!(shard.ask(first, &[0], false), [ErrorCode::NONE]);
    let second = shard.end(NEW, first, true).expect("it is open");
    assert_eq!(second, (first.0, first.1 + 1));
    assert_eq!(shard.end(NEW, first, true), Err(CONCURRENT), "markers are missing");
    assert_eq!(shard.ask(second, &[0], false), [CONCURRENT]);
    shard.complete();
    assert_eq!(shard.end(NEW, first, true), Ok(second), "the answer was lost");
    assert_eq!(shard.end(NEW, first, false), Err(ErrorCode::INVALID_TXN_STATE), "the other outcome is told");
    assert_eq!(shard.ask(second, &[0], false), [ErrorCode::NONE]);
    assert_eq!(shard.end(NEW, first, true), Err(ErrorCode::PRODUCER_FENCED), "it was delayed");
    assert_eq!(shard.state(), State::Ongoing);
    assert_eq!(shard.end(NEW, second, false), Ok((first.0, first.1 + 2)));
}

/// Goal: a transaction without a partition cannot be committed; aborted, it ends its epoch. Source: KIP-890.
#[test]
fn an_empty_transaction_ends_its_epoch() {
    let mut shard = Shard::new();
    let producer = shard.begun();
    assert_eq!(shard.end(OLD, producer, true), Err(ErrorCode::INVALID_TXN_STATE));
    assert_eq!(shard.end(OLD, producer, false), Err(ErrorCode::INVALID_TXN_STATE));
    assert_eq!(shard.end(NEW, producer, true), Err(ErrorCode::INVALID_TXN_STATE));
    let next = shard.end(NEW, producer, false).expect("an abort is always possible");
    assert_eq!((next, shard.state()), ((producer.0, 1), State::PrepareAbort));
    assert_eq!(shard.end(NEW, next, false), Err(CONCURRENT), "the next one, before the markers of this one");
    shard.complete();
    assert_eq!(shard.end(NEW, producer, false), Ok(next), "the answer was lost");
    let after = shard.end(NEW, next, false).expect("another empty one");
    shard.complete();
    assert_eq!(after, (producer.0, 2));
    assert_eq!(shard.end(NEW, after, true), Err(ErrorCode::INVALID_TXN_STATE));
}

/// Goal: time that is up aborts the transaction and fences its producer. Source: `timeout-abort-no-bump`.
#[test]
fn a_transaction_that_takes_too_long_is_aborted_and_its_producer_fenced() {
    for client in [OLD, NEW] {
        let mut shard = Shard::new();
        let producer = shard.begun();
        let added =
            if client == OLD { shard.add(producer, &[0]) } else { shard.ask(producer, &[0], false)[0] };
        assert_eq!(added, ErrorCode::NONE);
        shard.pass(i64::from(TIMEOUT_MS) - 1);
        assert_eq!(shard.state(), State::Ongoing);
        shard.pass(20_000);
        assert_eq!((shard.state(), shard.transaction().producer_epoch), (State::PrepareAbort, 1));
        shard.complete();
        assert_eq!(shard.add(producer, &[1]), ErrorCode::PRODUCER_FENCED);
        let late = shard.end(client, producer, true);
        assert!(late.is_err(), "version {client}: {late:?}");
        assert_eq!(shard.state(), State::CompleteAbort);
    }
}

/// Goal: a leader that asks about a transaction hears what is part of it, and nothing becomes part of it by asking.
#[test]
fn a_question_changes_nothing() {
    let mut shard = Shard::new();
    let producer = shard.begun();
    assert_eq!(shard.ask(producer, &[0], true), [ErrorCode::TRANSACTION_ABORTABLE]);
    assert_eq!(shard.add(producer, &[0]), ErrorCode::NONE);
    let records = shard.log.len();
    assert_eq!(shard.ask(producer, &[0, 1], true), [ErrorCode::NONE, ErrorCode::TRANSACTION_ABORTABLE]);
    assert_eq!(shard.end(OLD, producer, false), Ok((-1, -1)));
    assert_eq!(shard.ask(producer, &[0], true), [CONCURRENT]);
    shard.complete();
    assert_eq!(shard.ask(producer, &[0], true), [ErrorCode::TRANSACTION_ABORTABLE], "it has ended");
    assert_eq!(shard.log.len(), records + 2);
}
