//! REPLY: every request is answered once, in the order of its connection, and nothing else is.

use std::collections::{BTreeMap, VecDeque};

use klamm_core::edge::{ConnId, Reply};

use super::Check;
use crate::clock::Time;
use crate::ledger::Ledger;

/// Requests given to one life of a node and not answered yet.
#[derive(Clone, Debug, Default)]
pub struct Outstanding {
    connections: BTreeMap<ConnId, VecDeque<(i32, Time)>>,
}

impl Outstanding {
    /// A connection was opened.
    pub fn opened(&mut self, id: ConnId) {
        self.connections.insert(id, VecDeque::new());
    }

    /// A connection is gone, whoever closed it.
    pub fn closed(&mut self, id: ConnId) {
        self.connections.remove(&id);
    }

    /// Whether the node knows the connection.
    pub fn knows(&self, id: ConnId) -> bool {
        self.connections.contains_key(&id)
    }

    /// A request was given to the node.
    pub fn asked(&mut self, now: Time, id: ConnId, correlation_id: i32) {
        if let Some(requests) = self.connections.get_mut(&id) {
            requests.push_back((correlation_id, now));
        }
    }

    /// The node answers. Returns whether the reply may leave.
    pub fn answered(&mut self, ledger: &mut Ledger, now: Time, id: ConnId, reply: &Reply) -> bool {
        let object = format!("connection {}", id.0);
        let Some(requests) = self.connections.get_mut(&id) else {
            let sentence = format!("a reply to a connection that is not open: {:?}", reply.api_key);
            ledger.violate(Check::Reply, now, object, sentence);
            return false;
        };
        match requests.pop_front() {
            Some((asked, _)) if asked == reply.correlation_id => true,
            Some((asked, _)) => {
                let sentence =
                    format!("request {} was answered where {asked} was next", reply.correlation_id);
                ledger.violate(Check::Reply, now, object, sentence);
                false
            }
            None => {
                let sentence = format!("request {} was answered and nobody had asked", reply.correlation_id);
                ledger.violate(Check::Reply, now, object, sentence);
                false
            }
        }
    }

    /// The request that has waited longest.
    pub fn oldest(&self) -> Option<(ConnId, i32, Time)> {
        let first = |(id, requests): (&ConnId, &VecDeque<(i32, Time)>)| {
            requests.front().map(|(correlation_id, time)| (*id, *correlation_id, *time))
        };
        self.connections.iter().filter_map(first).min_by_key(|(_, _, time)| *time)
    }
}
