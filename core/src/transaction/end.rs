//! How transactions end: EndTxn, time that is up, and the last marker; and how transactional ids do.

use alloc::vec::Vec;

use klamm_wire::messages::{EndTxnRequest, EndTxnResponse};
use klamm_wire::{ErrorCode, Str};

use crate::connection::Ticket;
use crate::coordinator::Decision;
use crate::cx::Cx;
use crate::event::Event;
use crate::flaw::Flaw;
use crate::timer::Timer;
use crate::transaction::shard::{Decided, Soft, TransactionShard, answer_only, write};
use crate::transaction::state::{EPOCH_MAX, State, Transaction};

/// First version in which every transaction has an epoch of its own.
const EPOCH_PER_TRANSACTION: i16 = 5;
/// First version whose clients know `PRODUCER_FENCED`.
const KNOWS_FENCED: i16 = 2;
/// Records of one decision that nobody waits for: a batch of them stays small.
const RECORDS_PER_STEP: usize = 64;

/// An EndTxn on its way to its shard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct End {
    pub(crate) api_version: i16,
    pub(crate) request: EndTxnRequest,
    /// A producer id nobody has, if [`TransactionShard::needs_next_producer_id`] has said so.
    pub(crate) fresh_producer_id: Option<i64>,
}

/// An EndTxn that was refused, as its version says it.
pub(crate) fn end_refusal(api_version: i16, error: ErrorCode) -> EndTxnResponse {
    let error_code = match error {
        ErrorCode::PRODUCER_FENCED if api_version < KNOWS_FENCED => ErrorCode::INVALID_PRODUCER_EPOCH,
        error => error,
    };
    EndTxnResponse { error_code, producer_id: -1, producer_epoch: -1, ..EndTxnResponse::default() }
}

/// What an EndTxn leads to.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    /// It ends what is open, or, without a partition, only the epoch.
    Prepare,
    /// It has ended before; the producer asks again.
    Repeat,
}

impl TransactionShard {
    /// Whether the producer has used up its epochs and goes on with an id nobody has.
    pub(crate) fn needs_next_producer_id(&self, api_version: i16, request: &EndTxnRequest) -> bool {
        let known = self.transactions.get(&request.transactional_id);
        api_version >= EPOCH_PER_TRANSACTION
            && known.is_some_and(|known| known.is_epoch_exhausted() && !known.state.is_prepared())
    }

    /// Decides an EndTxn. It is answered once the outcome is committed; the markers come after.
    ///
    /// Kafka: `TransactionCoordinator.endTransaction`; KIP-890.
    pub(super) fn end(&self, soft: &mut Soft, cx: &mut Cx<'_>, ticket: Ticket, end: &End) -> Decided {
        let request = &end.request;
        let id = &request.transactional_id;
        let refuse = |error| answer_only(ticket, end_refusal(end.api_version, error));
        let bumps = end.api_version >= EPOCH_PER_TRANSACTION && !cx.config.has_flaw(Flaw::DelayedEndTxn);
        let Some(known) = self.transactions.get(id) else {
            return refuse(ErrorCode::INVALID_PRODUCER_ID_MAPPING);
        };
        let step = if bumps { step_with_bump(known, request) } else { step_in_epoch(known, request) };
        match step {
            Err(error) => refuse(error),
            Ok(Step::Repeat) => answer_only(ticket, ended(end.api_version, known)),
            Ok(Step::Prepare) => {
                let next_producer_id = match (bumps && known.is_epoch_exhausted(), end.fresh_producer_id) {
                    (false, _) => -1,
                    (true, Some(fresh)) => fresh,
                    (true, None) => return refuse(ErrorCode::COORDINATOR_LOAD_IN_PROGRESS),
                };
                let epoch = known.producer_epoch.saturating_add(i16::from(bumps));
                let version = if bumps { 2 } else { 0 };
                let next = known.prepare(request.committed, epoch, next_producer_id, version, cx.now.wall_ms);
                if bumps {
                    soft.last_epochs.insert(id.clone(), known.producer_epoch);
                }
                let answer = ended(end.api_version, &next);
                write(ticket, Self::record(cx, id, Some(next)), answer)
            }
        }
    }

    /// Decides that a transaction has ended everywhere. Nothing, if it is not the one it was.
    pub(super) fn complete(&self, cx: &mut Cx<'_>, id: &Str, epoch: i16) -> Decided {
        let known = self.transactions.get(id);
        let known = known.filter(|known| known.state.is_prepared() && known.producer_epoch == epoch);
        let done = known.map(|known| known.complete(cx.now.wall_ms));
        let records = done.into_iter().map(|done| Self::record(cx, id, Some(done))).collect();
        Decision { records, answers: Vec::new() }
    }

    /// Aborts what has been open for longer than its producer allows. The producer is fenced: whatever it sends of
    /// the transaction later belongs to none.
    ///
    /// Kafka: `TransactionCoordinator.abortTimedOutTransactions`.
    pub(super) fn abort_timed_out(&self, soft: &mut Soft, cx: &mut Cx<'_>) -> Decided {
        let now_ms = cx.now.wall_ms;
        let is_late = |transaction: &Transaction| {
            let end_ms = transaction.start_ms.saturating_add(transaction.timeout_ms.into());
            transaction.state == State::Ongoing && end_ms < now_ms
        };
        self.arm_timeouts(cx);
        let late = self.transactions.iter().filter(|(_, transaction)| is_late(transaction));
        let late: Vec<_> = late.take(RECORDS_PER_STEP).collect();
        if late.len() == RECORDS_PER_STEP {
            cx.timers.arm(Timer::TransactionTimeouts(self.shard), cx.now.monotonic.after_ms(1));
        }
        let mut records = Vec::with_capacity(late.len());
        for (id, transaction) in late {
            let keeps_epoch = cx.config.has_flaw(Flaw::TimeoutAbortNoBump);
            let epoch = transaction.producer_epoch.saturating_add(i16::from(!keeps_epoch));
            let version = if keeps_epoch { 0 } else { transaction.client_version };
            let aborted = transaction.prepare(false, epoch, -1, version, now_ms);
            soft.last_epochs.remove(id);
            cx.observe(Event::TransactionTimedOut {
                transactional_id: id.clone(),
                producer_id: transaction.producer_id,
            });
            records.push(Self::record(cx, id, Some(aborted)));
        }
        Decision { records, answers: Vec::new() }
    }

    /// Forgets ids that nobody has used for long.
    ///
    /// Kafka: `TransactionStateManager.removeExpiredTransactionalIds`.
    pub(super) fn forget_ids(&self, soft: &mut Soft, cx: &mut Cx<'_>) -> Decided {
        let (now_ms, expiration_ms) = (cx.now.wall_ms, cx.config.transactional_id_expiration_ms);
        self.arm_forgetting(cx);
        let unused = |transaction: &Transaction| {
            transaction.state.is_idle() && now_ms.saturating_sub(transaction.last_update_ms) >= expiration_ms
        };
        let ids = self.transactions.iter().filter(|(_, transaction)| unused(transaction));
        let ids: Vec<_> = ids.map(|(id, _)| id).take(RECORDS_PER_STEP).collect();
        if ids.len() == RECORDS_PER_STEP {
            cx.timers.arm(Timer::TransactionalIds(self.shard), cx.now.monotonic.after_ms(1));
        }
        for id in &ids {
            soft.last_epochs.remove(*id);
        }
        let records = ids.into_iter().map(|id| Self::record(cx, id, None)).collect();
        Decision { records, answers: Vec::new() }
    }
}

/// What an EndTxn means where an epoch lasts over many transactions: whose it is cannot be told from it.
fn step_in_epoch(known: &Transaction, request: &EndTxnRequest) -> Result<Step, ErrorCode> {
    if request.producer_id != known.producer_id {
        return Err(ErrorCode::INVALID_PRODUCER_ID_MAPPING);
    }
    if request.producer_epoch != known.producer_epoch {
        return Err(ErrorCode::PRODUCER_FENCED);
    }
    match (known.state, request.committed) {
        (State::Ongoing, _) => Ok(Step::Prepare),
        (State::CompleteCommit, true) | (State::CompleteAbort, false) => Ok(Step::Repeat),
        (State::PrepareCommit, true) | (State::PrepareAbort, false) => {
            Err(ErrorCode::CONCURRENT_TRANSACTIONS)
        }
        _ => Err(ErrorCode::INVALID_TXN_STATE),
    }
}

/// What an EndTxn means where every transaction has an epoch of its own.
fn step_with_bump(known: &Transaction, request: &EndTxnRequest) -> Result<Step, ErrorCode> {
    let EndTxnRequest { producer_id, producer_epoch: epoch, committed, .. } = *request;
    let bumped = producer_id == known.producer_id && epoch.checked_add(1) == Some(known.producer_epoch);
    let rotated =
        producer_id == known.previous_producer_id && epoch == EPOCH_MAX && known.producer_epoch == 0;
    if producer_id != known.producer_id && !rotated {
        return Err(ErrorCode::INVALID_PRODUCER_ID_MAPPING);
    }
    // The epoch behind the last one is nobody's.
    let same = producer_id == known.producer_id && epoch == known.producer_epoch && epoch <= EPOCH_MAX;
    if same && known.state.is_prepared() {
        // It ends the next transaction, which it has begun without a partition, before the markers of this one are
        // written. Kafka takes it for fenced.
        return Err(ErrorCode::CONCURRENT_TRANSACTIONS);
    }
    let is_valid = match known.state {
        State::Ongoing | State::Empty => same,
        State::PrepareCommit | State::PrepareAbort => bumped,
        State::CompleteCommit | State::CompleteAbort => bumped || rotated || same,
    };
    if !is_valid {
        return Err(ErrorCode::PRODUCER_FENCED);
    }
    let repeats = bumped || rotated;
    match (known.state, committed) {
        (State::Ongoing, _) => Ok(Step::Prepare),
        (State::PrepareCommit, true) | (State::PrepareAbort, false) => {
            Err(ErrorCode::CONCURRENT_TRANSACTIONS)
        }
        (State::CompleteCommit, true) | (State::CompleteAbort, false) if repeats => Ok(Step::Repeat),
        // A transaction without a partition: only its epoch ends.
        (State::Empty | State::CompleteCommit | State::CompleteAbort, false) if !repeats => Ok(Step::Prepare),
        _ => Err(ErrorCode::INVALID_TXN_STATE),
    }
}

fn ended(api_version: i16, transaction: &Transaction) -> EndTxnResponse {
    let (producer_id, producer_epoch) =
        if api_version >= EPOCH_PER_TRANSACTION { transaction.goes_on_as() } else { (-1, -1) };
    EndTxnResponse { producer_id, producer_epoch, ..EndTxnResponse::default() }
}
