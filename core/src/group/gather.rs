//! Requests about several groups: one question per group or shard, one response when all have answered.

use alloc::vec::Vec;

use klamm_wire::messages::{DeleteGroupsResponse, DescribeGroupsResponse, ListGroupsResponse, Response};
use klamm_wire::{ErrorCode, Str};

use crate::connection::Ticket;
use crate::edge::Effects;
use crate::group::{Answer, Command};
use crate::node::Node;
use crate::time::Now;

/// Puts the answer of one shard into a response.
fn add(response: &mut Response, answer: Answer) {
    match (response, answer) {
        (Response::DeleteGroups(DeleteGroupsResponse { results, .. }), Answer::Deleted(result)) => {
            results.push(result);
        }
        (Response::DescribeGroups(DescribeGroupsResponse { groups, .. }), Answer::Described(group)) => {
            groups.push(group)
        }
        (Response::ListGroups(ListGroupsResponse { groups, .. }), Answer::Listed(listed)) => {
            groups.extend(listed);
        }
        (Response::ListGroups(ListGroupsResponse { error_code, .. }), Answer::NotListed(error)) => {
            *error_code = error;
        }
        (response, answer) => {
            unreachable!("{answer:?} is no part of {:?}", response.api_key())
        }
    }
}

/// One question of a request that asks several shards.
pub(crate) struct Part {
    pub(crate) shard: Result<i32, ErrorCode>,
    pub(crate) command: Command,
    /// What stands in the response if the shard is not here.
    pub(crate) refusal: fn(&Command, ErrorCode) -> Answer,
}

impl Node {
    /// The shard that serves a group here.
    ///
    /// # Errors
    /// `NOT_COORDINATOR`, `COORDINATOR_LOAD_IN_PROGRESS`.
    pub(crate) fn group_shard(&self, group: &Str) -> Result<i32, ErrorCode> {
        self.groups.find(&self.env.image, group)
    }

    /// Asks a shard that is known to serve. The answer leaves by itself.
    pub(crate) fn ask_group(
        &mut self,
        now: Now,
        fx: &mut Effects,
        shard: i32,
        ticket: Ticket,
        command: Command,
    ) {
        let submitted = self.submit_group(now, fx, shard, Some(ticket), command);
        submitted.expect("a shard that was found serves, and says no in its answer");
    }

    /// Asks several shards. The response, which begins as `empty`, leaves when all have answered.
    pub(crate) fn gather_groups(
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
        self.groups.gathers.begin(ticket, parts.len(), empty);
        for Part { shard, command, refusal } in parts {
            match shard {
                Ok(shard) => self.ask_group(now, fx, shard, ticket, command),
                Err(error) => self.group_answered(fx, ticket, refusal(&command, error)),
            }
        }
        None
    }

    /// A shard has answered.
    pub(crate) fn group_answered(&mut self, fx: &mut Effects, ticket: Ticket, answer: Answer) {
        if let Answer::Response(response) = answer {
            return self.answer(fx, ticket, response);
        }
        if let Some(response) = self.groups.gathers.take_in(ticket, |response| add(response, answer)) {
            self.answer(fx, ticket, response);
        }
    }
}
