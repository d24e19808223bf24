//! InitProducerId: an id for an idempotent producer, or for the one that uses a transactional id from now on.

use alloc::collections::VecDeque;

use klamm_wire::ErrorCode;
use klamm_wire::messages::{EndTxnRequest, InitProducerIdRequest, InitProducerIdResponse, Response};

use crate::connection::Call;
use crate::controller::ProducerIdBlock;
use crate::edge::Effects;
use crate::node::Node;
use crate::time::Now;
use crate::transaction::{Command, Init, end_refusal, init_refusal};

const NO_ID: i64 = -1;
const NO_EPOCH: i16 = -1;

/// The producer ids this broker may hand out, and who waits for more.
///
/// A block is asked of the controller when the last id is gone; ids that a restart leaves over are lost,
/// since nothing else keeps an id from being handed out twice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ProducerIds {
    next: i64,
    left: i32,
    waiting: VecDeque<Waiting>,
}

/// Who waits for a producer id: its request is looked at again when there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Waiting {
    Init(Call, InitProducerIdRequest),
    /// The epochs of the id that ends this transaction are used up.
    End(Call, EndTxnRequest),
}

impl ProducerIds {
    /// The next id that nobody has.
    pub(crate) fn take(&mut self) -> Option<i64> {
        if self.left == 0 {
            return None;
        }
        let id = self.next;
        self.left -= 1;
        self.next += 1;
        Some(id)
    }

    /// Whether this is the first who waits, so that a block has to be asked for.
    fn wait(&mut self, waiting: Waiting) -> bool {
        self.waiting.push_back(waiting);
        self.waiting.len() == 1
    }

    fn refill(&mut self, block: ProducerIdBlock) {
        assert!(self.left == 0, "a block is used up before the next one is asked for");
        assert!(block.first >= self.next && block.length > 0, "ids only grow");
        (self.next, self.left) = (block.first, block.length);
    }
}

/// Answers from the broker's block, or parks the request until the next block is committed.
///
/// A producer that gives an id and an epoch gets a new id, too: without a transactional id nobody can tell
/// whose the old one is (Kafka: `TransactionCoordinator.handleInitProducerId`).
///
/// # Errors
/// INVALID_REQUEST for an empty transactional id, or an id without an epoch.
pub(crate) fn handle(
    node: &mut Node,
    now: Now,
    fx: &mut Effects,
    call: &Call,
    request: InitProducerIdRequest,
) -> Option<Response> {
    if let Err(code) = check(&request) {
        return Some(refused(code));
    }
    let Some(transactional_id) = &request.transactional_id else {
        if let Some(id) = node.producer_ids.take() {
            return Some(granted(id));
        }
        node.wait_for_producer_id(now, fx, Waiting::Init(call.clone(), request));
        return None;
    };
    let shard = match node.transaction_shard(transactional_id) {
        Ok(shard) => shard,
        Err(error) => return Some(init_refusal(call.api_version, error).into()),
    };
    let hosted = node.transactions.shards.hosted(shard).expect("a shard that was found serves");
    let mut fresh_producer_id = None;
    if hosted.written().needs_producer_id(&request) {
        fresh_producer_id = node.producer_ids.take();
        if fresh_producer_id.is_none() {
            node.wait_for_producer_id(now, fx, Waiting::Init(call.clone(), request));
            return None;
        }
    }
    let init = Init { api_version: call.api_version, request, fresh_producer_id };
    node.ask_transaction(now, fx, shard, call.ticket, Command::Init(init));
    None
}

impl Node {
    /// Lets a request wait for the next block of producer ids.
    pub(super) fn wait_for_producer_id(&mut self, now: Now, fx: &mut Effects, waiting: Waiting) {
        if self.producer_ids.wait(waiting) {
            self.allocate_producer_ids(now, fx);
        }
    }
}

fn check(request: &InitProducerIdRequest) -> Result<(), ErrorCode> {
    if request.transactional_id.as_deref() == Some("") {
        return Err(ErrorCode::INVALID_REQUEST);
    }
    if (request.producer_id == NO_ID) != (request.producer_epoch == NO_EPOCH) {
        return Err(ErrorCode::INVALID_REQUEST);
    }
    Ok(())
}

/// The controller has answered: serves everyone who waits.
///
/// Without a block they are told to come again, as Kafka does with COORDINATOR_LOAD_IN_PROGRESS.
pub(crate) fn on_block(
    node: &mut Node,
    now: Now,
    fx: &mut Effects,
    block: Result<ProducerIdBlock, ErrorCode>,
) {
    if let Ok(block) = block {
        node.producer_ids.refill(block);
    }
    // Whoever finds the block used up waits again, and the first of them asks for the next one.
    for waiting in core::mem::take(&mut node.producer_ids.waiting) {
        let error = ErrorCode::COORDINATOR_LOAD_IN_PROGRESS;
        let (ticket, response) = match waiting {
            Waiting::Init(call, request) if block.is_ok() => {
                (call.ticket, handle(node, now, fx, &call, request))
            }
            Waiting::End(call, request) if block.is_ok() => {
                (call.ticket, super::end_txn::handle(node, now, fx, &call, request))
            }
            Waiting::Init(call, _) => (call.ticket, Some(refused(error))),
            Waiting::End(call, _) => (call.ticket, Some(end_refusal(call.api_version, error).into())),
        };
        if let Some(response) = response {
            node.answer(fx, ticket, response);
        }
    }
}

fn granted(producer_id: i64) -> Response {
    InitProducerIdResponse { producer_id, producer_epoch: 0, ..InitProducerIdResponse::default() }.into()
}

fn refused(error_code: ErrorCode) -> Response {
    let response = InitProducerIdResponse {
        error_code,
        producer_id: NO_ID,
        producer_epoch: NO_EPOCH,
        ..InitProducerIdResponse::default()
    };
    response.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::Ticket;
    use crate::edge::{ConnId, ListenerKind, Peer};
    use klamm_wire::ApiKey;

    /// Goal: every id of a block is handed out once, and none of the next block before it is there.
    #[test]
    fn ids_come_from_blocks_and_only_grow() {
        let mut ids = ProducerIds::default();
        assert_eq!(ids.take(), None);
        ids.refill(ProducerIdBlock { first: 1000, length: 2 });
        assert_eq!([ids.take(), ids.take(), ids.take()], [Some(1000), Some(1001), None]);
        ids.refill(ProducerIdBlock { first: 5000, length: 1 });
        assert_eq!([ids.take(), ids.take()], [Some(5000), None]);
    }

    /// Goal: one block is asked for, however many wait.
    #[test]
    fn only_the_first_who_waits_asks() {
        let mut ids = ProducerIds::default();
        let waiting = |sequence| {
            let call = Call {
                ticket: Ticket { connection: ConnId(1), sequence },
                api_key: ApiKey::InitProducerId,
                api_version: 5,
                client_id: None,
                peer: Peer { host: "h".into(), listener: "l".into(), kind: ListenerKind::Broker },
            };
            Waiting::Init(call, InitProducerIdRequest::default())
        };
        assert!(ids.wait(waiting(1)));
        assert!(!ids.wait(waiting(2)));
    }

    /// Goal: what makes no sense is refused for good.
    #[test]
    fn an_id_comes_with_its_epoch_and_a_transactional_id_with_a_name() {
        let request = InitProducerIdRequest { transactional_id: None, ..Default::default() };
        assert_eq!(check(&request), Ok(()));
        let with = |id: &str| InitProducerIdRequest { transactional_id: Some(id.into()), ..request.clone() };
        assert_eq!(check(&with("t")), Ok(()));
        assert_eq!(check(&with("")), Err(ErrorCode::INVALID_REQUEST));
        let half = InitProducerIdRequest { producer_id: 5, ..request.clone() };
        assert_eq!(check(&half), Err(ErrorCode::INVALID_REQUEST));
        let whole = InitProducerIdRequest { producer_id: 5, producer_epoch: 1, ..request };
        assert_eq!(check(&whole), Ok(()));
    }
}
