//! InitProducerId: an id for an idempotent producer. Transactions are not built, and not advertised.

use alloc::collections::VecDeque;

use klamm_wire::ErrorCode;
use klamm_wire::messages::{InitProducerIdRequest, InitProducerIdResponse, Response};

use crate::connection::{Call, Ticket};
use crate::controller::ProducerIdBlock;
use crate::edge::Effects;
use crate::node::Node;
use crate::time::Now;

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
    waiting: VecDeque<Ticket>,
}

impl ProducerIds {
    fn take(&mut self) -> Option<i64> {
        if self.left == 0 {
            return None;
        }
        let id = self.next;
        self.left -= 1;
        self.next += 1;
        Some(id)
    }

    /// Whether this is the first who waits, so that a block has to be asked for.
    fn wait(&mut self, ticket: Ticket) -> bool {
        self.waiting.push_back(ticket);
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
/// INVALID_REQUEST for an empty transactional id, or an id without an epoch; UNSUPPORTED_VERSION for a
/// transactional id: every client takes that as final.
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
    if let Some(id) = node.producer_ids.take() {
        return Some(granted(id));
    }
    if node.producer_ids.wait(call.ticket) {
        node.allocate_producer_ids(now, fx);
    }
    None
}

fn check(request: &InitProducerIdRequest) -> Result<(), ErrorCode> {
    match request.transactional_id.as_deref() {
        Some("") => return Err(ErrorCode::INVALID_REQUEST),
        Some(_) => return Err(ErrorCode::UNSUPPORTED_VERSION),
        None => {}
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
    while let Some(ticket) = node.producer_ids.waiting.front().copied() {
        let response = match (block, node.producer_ids.take()) {
            (_, Some(id)) => granted(id),
            (Err(_), None) => refused(ErrorCode::COORDINATOR_LOAD_IN_PROGRESS),
            // More waited than a block holds.
            (Ok(_), None) => return node.allocate_producer_ids(now, fx),
        };
        node.producer_ids.waiting.pop_front();
        node.answer(fx, ticket, response);
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
    use crate::edge::ConnId;

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
        let ticket = |sequence| Ticket { connection: ConnId(1), sequence };
        assert!(ids.wait(ticket(1)));
        assert!(!ids.wait(ticket(2)));
    }

    /// Goal: what is not built is refused for good, what makes no sense as such.
    #[test]
    fn transactions_are_refused() {
        let request = InitProducerIdRequest { transactional_id: None, ..Default::default() };
        assert_eq!(check(&request), Ok(()));
        let with = |id: &str| InitProducerIdRequest { transactional_id: Some(id.into()), ..request.clone() };
        assert_eq!(check(&with("t")), Err(ErrorCode::UNSUPPORTED_VERSION));
        assert_eq!(check(&with("")), Err(ErrorCode::INVALID_REQUEST));
        let half = InitProducerIdRequest { producer_id: 5, ..request.clone() };
        assert_eq!(check(&half), Err(ErrorCode::INVALID_REQUEST));
        let whole = InitProducerIdRequest { producer_id: 5, producer_epoch: 1, ..request };
        assert_eq!(check(&whole), Ok(()));
    }
}
