//! Requests that ask several shards: the response leaves when all have answered.

use alloc::collections::BTreeMap;

use klamm_wire::messages::Response;

use crate::connection::Ticket;

/// The requests that wait, by ticket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Gathers(BTreeMap<Ticket, Gather>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Gather {
    /// Answers that have not come yet.
    left: usize,
    /// What has come so far.
    response: Response,
}

impl Gathers {
    /// A request waits for so many answers, at least one; its response begins as `empty`.
    pub(crate) fn begin(&mut self, ticket: Ticket, answers: usize, empty: Response) {
        assert!(answers > 0, "nobody is waited for who never answers");
        let replaced = self.0.insert(ticket, Gather { left: answers, response: empty });
        assert!(replaced.is_none(), "{ticket:?} gathers once");
    }

    /// Puts an answer into its response, by `add`. Returns the response if it was the last one.
    pub(crate) fn take_in(&mut self, ticket: Ticket, add: impl FnOnce(&mut Response)) -> Option<Response> {
        let gather = self.0.get_mut(&ticket).expect("a part belongs to a request");
        add(&mut gather.response);
        gather.left -= 1;
        let is_last = gather.left == 0;
        is_last.then(|| self.0.remove(&ticket).expect("it was just there").response)
    }
}
