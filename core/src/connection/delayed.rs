//! Requests that wait for something: the purgatory.

use alloc::collections::BTreeMap;

use crate::connection::Ticket;
use crate::edge::ConnId;
use crate::replica::{
    DelayedDeletion, DelayedFetch, DelayedLookup, DelayedMarkers, DelayedOffsets, DelayedProduce,
};

/// A request that has begun and cannot be answered yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Delayed {
    /// Waits for the high watermark to pass what it appended, or for batches to be rebuilt.
    Produce(DelayedProduce),
    /// Waits for enough bytes, for the disk, or for its deadline.
    Fetch(DelayedFetch),
    /// Waits for the disk to find a timestamp.
    Lookup(DelayedLookup),
    /// Waits for the high watermark to pass the markers it has written.
    Markers(DelayedMarkers),
    /// Waits for the replicas to raise the starts of their logs.
    Deletion(DelayedDeletion),
    /// Waits for the coordinator of the transaction it is part of.
    Offsets(DelayedOffsets),
}

/// All delayed requests of a node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct DelayedTable(BTreeMap<Ticket, Delayed>);

impl DelayedTable {
    /// Parks a request.
    pub(crate) fn park(&mut self, ticket: Ticket, delayed: Delayed) {
        let replaced = self.0.insert(ticket, delayed);
        assert!(replaced.is_none(), "{ticket:?} is parked once");
    }

    /// Takes a request out, to finish it or to park it again.
    pub(crate) fn take(&mut self, ticket: Ticket) -> Option<Delayed> {
        self.0.remove(&ticket)
    }

    /// Looks at a parked request.
    pub(crate) fn find_mut(&mut self, ticket: Ticket) -> Option<&mut Delayed> {
        self.0.get_mut(&ticket)
    }

    /// Forgets what a connection waited for.
    pub(crate) fn closed(&mut self, id: ConnId) -> alloc::vec::Vec<(Ticket, Delayed)> {
        let first = Ticket { connection: id, sequence: 0 };
        let last = Ticket { connection: id, sequence: u64::MAX };
        let gone: alloc::vec::Vec<_> = self.0.range(first..=last).map(|(ticket, _)| *ticket).collect();
        gone.into_iter().filter_map(|ticket| Some((ticket, self.0.remove(&ticket)?))).collect()
    }
}
