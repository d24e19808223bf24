//! Requests about several transactional ids: one question per id or shard, one response when all have answered.

use alloc::vec::Vec;

use klamm_wire::messages::{
    AddPartitionsToTxnResponse, DescribeTransactionsResponse, ListTransactionsResponse, Response,
};
use klamm_wire::{ErrorCode, Str};

use crate::connection::Ticket;
use crate::edge::Effects;
use crate::node::Node;
use crate::time::Now;
use crate::transaction::{Answer, Command};

/// Puts the answer of one shard into a response.
fn add(response: &mut Response, answer: Answer) {
    match (response, answer) {
        (
            Response::AddPartitionsToTxn(AddPartitionsToTxnResponse { results_by_transaction, .. }),
            Answer::Added(result),
        ) => {
            results_by_transaction.push(result);
        }
        (
            Response::DescribeTransactions(DescribeTransactionsResponse { transaction_states, .. }),
            Answer::Described(found),
        ) => {
            transaction_states.push(found);
        }
        (
            Response::ListTransactions(ListTransactionsResponse { transaction_states, .. }),
            Answer::Listed(listed),
        ) => {
            transaction_states.extend(listed);
        }
        (Response::ListTransactions(response), Answer::NotListed(error)) => response.error_code = error,
        (response, answer) => unreachable!("{answer:?} is no part of {:?}", response.api_key()),
    }
}

/// One question of a request that asks several shards, or what stands in its place.
pub(crate) enum Part {
    Ask(i32, Command),
    /// The shard is not here, or need not be asked.
    Known(alloc::boxed::Box<Answer>),
}

impl Node {
    /// The shard that serves a transactional id here.
    ///
    /// # Errors
    /// `NOT_COORDINATOR`, `COORDINATOR_LOAD_IN_PROGRESS`.
    pub(crate) fn transaction_shard(&self, transactional_id: &Str) -> Result<i32, ErrorCode> {
        self.transactions.find(&self.env.image, transactional_id)
    }

    /// Asks a shard that is known to serve. The answer leaves by itself.
    pub(crate) fn ask_transaction(
        &mut self,
        now: Now,
        fx: &mut Effects,
        shard: i32,
        ticket: Ticket,
        command: Command,
    ) {
        let submitted = self.submit_transaction(now, fx, shard, Some(ticket), command);
        submitted.expect("a shard that was found serves, and says no in its answer");
    }

    /// Asks several shards; a question whose shard is not here is answered by what stands in its place. The response,
    /// which begins as `empty`, leaves when all have answered.
    pub(crate) fn gather_transactions(
        &mut self,
        now: Now,
        fx: &mut Effects,
        ticket: Ticket,
        empty: Response,
        parts: Vec<Part>,
    ) -> Option<Response> {
        if parts.is_empty() {
            return Some(empty);
        }
        self.transactions.gathers.begin(ticket, parts.len(), empty);
        for part in parts {
            match part {
                Part::Ask(shard, command) => self.ask_transaction(now, fx, shard, ticket, command),
                Part::Known(answer) => self.transaction_answered(fx, ticket, *answer),
            }
        }
        None
    }

    /// A shard has answered.
    pub(crate) fn transaction_answered(&mut self, fx: &mut Effects, ticket: Ticket, answer: Answer) {
        if let Answer::Response(response) = answer {
            return self.answer(fx, ticket, response);
        }
        if let Some(response) = self.transactions.gathers.take_in(ticket, |response| add(response, answer)) {
            self.answer(fx, ticket, response);
        }
    }
}
