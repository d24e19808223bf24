//! Who may write under a transactional id.

use klamm_wire::ErrorCode;

use super::{NEW, OLD, Shard, TIMEOUT_MS};
use crate::transaction::State;
use crate::transaction::state::EPOCH_MAX;

/// Goal: each producer that begins gets a higher epoch, and whoever was there before is fenced. Source: KIP-98.
#[test]
fn a_new_producer_fences_the_one_before() {
    let mut shard = Shard::new();
    let first = shard.begun();
    assert_eq!(first, (1001, 0));
    shard.run_old(first, true);
    let second = shard.begun();
    assert_eq!(second, (1001, 1));
    assert_eq!(shard.add(first, &[0]), ErrorCode::PRODUCER_FENCED);
    assert_eq!(shard.end(OLD, first, true), Err(ErrorCode::PRODUCER_FENCED));
    assert_eq!(shard.ask(first, &[0], true), [ErrorCode::PRODUCER_FENCED]);
    assert_eq!(shard.add((77, 1), &[0]), ErrorCode::INVALID_PRODUCER_ID_MAPPING);
    shard.restart();
    assert_eq!(shard.add(second, &[0]), ErrorCode::NONE);
}

/// Goal: what the producer before has left open is aborted in an epoch nobody has, and only then the new one begins.
#[test]
fn what_is_open_is_aborted_before_another_begins() {
    let mut shard = Shard::new();
    let old = shard.begun();
    assert_eq!(shard.add(old, &[0, 1]), ErrorCode::NONE);
    assert_eq!(shard.init(None), Err(ErrorCode::CONCURRENT_TRANSACTIONS));
    assert_eq!((shard.state(), shard.transaction().producer_epoch), (State::PrepareAbort, 1));
    assert_eq!(shard.end(OLD, old, true), Err(ErrorCode::PRODUCER_FENCED));
    assert_eq!(shard.init(None), Err(ErrorCode::CONCURRENT_TRANSACTIONS), "markers are missing");
    shard.complete();
    assert_eq!(shard.state(), State::CompleteAbort);
    assert_eq!(shard.init(None), Ok((old.0, 2)));
}

/// Goal: a producer that goes on after an error keeps its id; one that was fenced does not come back; an answer that
/// was lost is given again. Source: KIP-360.
#[test]
fn a_producer_that_goes_on_names_itself() {
    let mut shard = Shard::new();
    let first = shard.begun();
    let next = shard.init(Some(first)).expect("it is the current one");
    assert_eq!(next, (first.0, 1));
    assert_eq!(shard.init(Some(first)), Ok(next), "the answer was lost");
    assert_eq!(shard.init(Some((first.0 + 5, 1))), Err(ErrorCode::PRODUCER_FENCED));
    let other = shard.begun();
    assert_eq!(other, (first.0, 2));
    assert_eq!(shard.init(Some(next)), Err(ErrorCode::PRODUCER_FENCED));
    assert_eq!(shard.add(other, &[0]), ErrorCode::NONE);
    assert_eq!(shard.init(Some(next)), Err(ErrorCode::PRODUCER_FENCED));
    assert_eq!(shard.state(), State::Ongoing, "the transaction of its successor stays open");
}

/// Goal: when the epochs of an id are used up, the next producer gets an id nobody has.
#[test]
fn used_up_epochs_lead_to_another_id() {
    let mut shard = Shard::new();
    let mut producer = shard.begun();
    while producer.1 < EPOCH_MAX {
        producer = shard.begun();
    }
    assert_eq!(producer, (1001, EPOCH_MAX));
    assert_eq!(shard.begun(), (1002, 0));
    assert_eq!(shard.transaction().previous_producer_id, 1001);
    shard.restart();
    assert_eq!(shard.begun(), (1002, 1));
}

/// Goal: the same between two transactions of a producer with an epoch for each: the answer to its last one names the
/// id it goes on with, however often it asks. Source: KIP-890.
#[test]
fn used_up_epochs_between_transactions_lead_to_another_id() {
    let mut shard = Shard::new();
    let mut producer = shard.begun();
    while producer.1 < EPOCH_MAX {
        producer = shard.begun();
    }
    assert_eq!(shard.ask(producer, &[0], false), [ErrorCode::NONE]);
    assert_eq!(shard.end(NEW, producer, true), Ok((1002, 0)));
    let prepared = shard.transaction();
    assert_eq!((prepared.producer_id, prepared.producer_epoch), (1001, i16::MAX), "what the markers carry");
    assert_eq!(shard.end(NEW, producer, true), Err(ErrorCode::CONCURRENT_TRANSACTIONS));
    shard.restart();
    shard.complete();
    assert_eq!(shard.end(NEW, producer, true), Ok((1002, 0)), "the answer was lost");
    assert_eq!(shard.ask((1002, 0), &[0], false), [ErrorCode::NONE]);
}

/// Goal: what hostile requests name is refused, not believed.
#[test]
fn the_epoch_behind_the_last_one_is_nobodys() {
    let mut shard = Shard::new();
    let mut producer = shard.begun();
    while producer.1 < EPOCH_MAX {
        producer = shard.begun();
    }
    assert_eq!(shard.ask(producer, &[0], false), [ErrorCode::NONE]);
    shard.pass(i64::from(TIMEOUT_MS) + 20_000);
    shard.complete();
    assert_eq!(shard.transaction().producer_epoch, i16::MAX);
    let nobody = (producer.0, i16::MAX);
    assert_eq!(shard.ask(nobody, &[0], false), [ErrorCode::PRODUCER_FENCED]);
    assert_eq!(shard.end(NEW, nobody, false), Err(ErrorCode::PRODUCER_FENCED));
    let next = shard.begun();
    assert!(next.0 > producer.0 && next.1 == 0, "{next:?}");
}

/// Goal: a timeout the broker does not allow is refused.
#[test]
fn timeouts_are_bounded() {
    let mut shard = Shard::new();
    shard.stage.config.transaction_max_timeout_ms = TIMEOUT_MS - 1;
    assert_eq!(shard.init(None), Err(ErrorCode::INVALID_TRANSACTION_TIMEOUT));
    shard.stage.config.transaction_max_timeout_ms = TIMEOUT_MS;
    assert_eq!(shard.init(None), Ok((1002, 0)));
}

/// Goal: an id that nobody has used for long is forgotten, unless its transaction is open.
#[test]
fn unused_ids_are_forgotten() {
    let mut shard = Shard::new();
    let week = shard.stage.config.transactional_id_expiration_ms;
    shard.stage.config.transaction_timeout_check_interval_ms = 2 * week;
    shard.restart();
    let producer = shard.begun();
    assert_eq!(shard.add(producer, &[0]), ErrorCode::NONE);
    shard.pass(week + 3_600_000);
    assert_eq!(shard.state(), State::Ongoing);
    assert_eq!(shard.end(OLD, producer, true), Ok((-1, -1)));
    shard.complete();
    shard.pass(week + 3_600_000);
    assert!(shard.hosted.committed().transactions.is_empty());
    assert_eq!(shard.add(producer, &[0]), ErrorCode::INVALID_PRODUCER_ID_MAPPING);
    shard.restart();
    assert_eq!(shard.begun(), (1002, 0));
}
