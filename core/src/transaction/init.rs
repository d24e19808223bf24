//! InitProducerId with a transactional id: a producer begins to use it, and every one before it is fenced.

use klamm_wire::messages::{InitProducerIdRequest, InitProducerIdResponse};
use klamm_wire::{ErrorCode, Str};

use crate::connection::Ticket;
use crate::cx::Cx;
use crate::transaction::shard::{Decided, Soft, TransactionShard, answer_only, write};
use crate::transaction::state::{EPOCH_MAX, State, Transaction};

/// First version whose clients know `PRODUCER_FENCED`.
const KNOWS_FENCED: i16 = 4;

/// An InitProducerId on its way to its shard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Init {
    pub(crate) api_version: i16,
    pub(crate) request: InitProducerIdRequest,
    /// A producer id nobody has, if [`TransactionShard::needs_producer_id`] has said so.
    pub(crate) fresh_producer_id: Option<i64>,
}

/// How a producer that goes on after an error names itself; `None` for one that begins.
fn expected(request: &InitProducerIdRequest) -> Option<(i64, i16)> {
    (request.producer_id >= 0).then_some((request.producer_id, request.producer_epoch))
}

/// An InitProducerId that was refused, as its version says it.
pub(crate) fn init_refusal(api_version: i16, error: ErrorCode) -> InitProducerIdResponse {
    let error_code = match error {
        ErrorCode::PRODUCER_FENCED if api_version < KNOWS_FENCED => ErrorCode::INVALID_PRODUCER_EPOCH,
        error => error,
    };
    InitProducerIdResponse {
        error_code,
        producer_id: -1,
        producer_epoch: -1,
        ..InitProducerIdResponse::default()
    }
}

/// What an InitProducerId leads to.
enum Step {
    /// The producer has this id and epoch; the epoch it may come back with is kept.
    Begin { producer_id: i64, epoch: i16, last_epoch: i16 },
    /// It has asked again and gets the same answer.
    Repeat,
    /// What is open is aborted first, in an epoch nobody has.
    Fence,
}

impl TransactionShard {
    fn id_of(request: &InitProducerIdRequest) -> &Str {
        request.transactional_id.as_ref().expect("checked before the shard was chosen")
    }

    /// Whether the producer gets an id nobody has.
    pub(crate) fn needs_producer_id(&self, request: &InitProducerIdRequest) -> bool {
        match self.transactions.get(Self::id_of(request)) {
            None => true,
            Some(known) => {
                known.state.is_idle() && known.is_epoch_exhausted() && fits(expected(request), known)
            }
        }
    }

    /// Decides an InitProducerId.
    ///
    /// Kafka: `TransactionCoordinator.handleInitProducerId`, `prepareInitProducerIdTransit`; KIP-360.
    pub(super) fn init(&self, soft: &mut Soft, cx: &mut Cx<'_>, ticket: Ticket, init: &Init) -> Decided {
        let request = &init.request;
        let refuse = |error| answer_only(ticket, init_refusal(init.api_version, error));
        let id = Self::id_of(request);
        let timeout_ms = request.transaction_timeout_ms;
        if !(1..=cx.config.transaction_max_timeout_ms).contains(&timeout_ms) {
            return refuse(ErrorCode::INVALID_TRANSACTION_TIMEOUT);
        }
        let fresh;
        let known = match (self.transactions.get(id), init.fresh_producer_id) {
            (Some(known), _) => known,
            (None, Some(producer_id)) => {
                fresh = Transaction::new(producer_id, timeout_ms);
                &fresh
            }
            (None, None) => return refuse(ErrorCode::COORDINATOR_LOAD_IN_PROGRESS),
        };
        let now_ms = cx.now.wall_ms;
        let last_epoch = soft.last_epochs.get(id).copied().unwrap_or(-1);
        match init_step(known, expected(request), last_epoch, init.fresh_producer_id) {
            Err(error) => refuse(error),
            Ok(Step::Fence) => {
                let version = known.client_version;
                let aborted =
                    known.prepare(false, known.producer_epoch.saturating_add(1), -1, version, now_ms);
                soft.last_epochs.remove(id);
                let refusal = init_refusal(init.api_version, ErrorCode::CONCURRENT_TRANSACTIONS);
                write(ticket, Self::record(cx, id, Some(aborted)), refusal)
            }
            Ok(Step::Repeat) => {
                let begun = known.begin_producer(known.producer_id, known.producer_epoch, timeout_ms, now_ms);
                write(ticket, Self::record(cx, id, Some(begun.clone())), granted(&begun))
            }
            Ok(Step::Begin { producer_id, epoch, last_epoch }) => {
                let begun = known.begin_producer(producer_id, epoch, timeout_ms, now_ms);
                soft.last_epochs.insert(id.clone(), last_epoch);
                write(ticket, Self::record(cx, id, Some(begun.clone())), granted(&begun))
            }
        }
    }
}

/// Whether a producer that names itself is the current one, as far as epochs go.
fn fits(expected: Option<(i64, i16)>, known: &Transaction) -> bool {
    expected.is_none_or(|(_, epoch)| epoch == known.producer_epoch)
}

fn init_step(
    known: &Transaction,
    expected: Option<(i64, i16)>,
    last_epoch: i16,
    fresh_producer_id: Option<i64>,
) -> Result<Step, ErrorCode> {
    let is_ours = |(producer_id, epoch): (i64, i16)| {
        known.producer_epoch == -1
            || producer_id == known.producer_id
            || (producer_id == known.previous_producer_id && epoch >= EPOCH_MAX)
    };
    if !expected.is_none_or(is_ours) {
        return Err(ErrorCode::PRODUCER_FENCED);
    }
    match known.state {
        State::PrepareCommit | State::PrepareAbort => return Err(ErrorCode::CONCURRENT_TRANSACTIONS),
        State::Ongoing => {
            // An old producer that wants to go on is fenced; it does not end the transaction of its successor.
            let current = expected.is_none_or(|(_, epoch)| epoch == known.producer_epoch);
            return if current { Ok(Step::Fence) } else { Err(ErrorCode::PRODUCER_FENCED) };
        }
        State::Empty | State::CompleteCommit | State::CompleteAbort => {}
    }
    let bumped = known.producer_epoch.checked_add(1).filter(|epoch| *epoch <= EPOCH_MAX);
    let begin = |epoch, last_epoch| Step::Begin { producer_id: known.producer_id, epoch, last_epoch };
    match (expected, bumped) {
        (_, None) if fits(expected, known) => {
            let producer_id = fresh_producer_id.ok_or(ErrorCode::COORDINATOR_LOAD_IN_PROGRESS)?;
            let last_epoch = if expected.is_some() { known.producer_epoch } else { -1 };
            Ok(Step::Begin { producer_id, epoch: 0, last_epoch })
        }
        (None, Some(epoch)) => Ok(begin(epoch, -1)),
        (Some(_), Some(epoch)) if known.producer_epoch == -1 || fits(expected, known) => {
            Ok(begin(epoch, known.producer_epoch))
        }
        // Its last call has succeeded, and the answer was lost.
        (Some((_, epoch)), _) if epoch == last_epoch => Ok(Step::Repeat),
        _ => Err(ErrorCode::PRODUCER_FENCED),
    }
}

fn granted(begun: &Transaction) -> InitProducerIdResponse {
    InitProducerIdResponse {
        producer_id: begun.producer_id,
        producer_epoch: begun.producer_epoch,
        ..InitProducerIdResponse::default()
    }
}
