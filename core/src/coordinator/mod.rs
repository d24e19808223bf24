//! Replicated machines: state that lives in a log partition and is changed by its records only.
//!
//! The controller (over `__cluster_metadata`), the group coordinator (over `__consumer_offsets`) and the transaction
//! coordinator (over `__transaction_state`) are the same kind of machine. A command *decides* records and answers; the
//! records go through the partition's log like any produced batch; only *applying* a record changes hard state, live and
//! on recovery alike.

mod gather;
mod hosted;
mod shards;

use alloc::vec::Vec;
use core::fmt::Debug;

use bytes::Bytes;
use klamm_wire::ErrorCode;

use crate::connection::Ticket;
use crate::cx::Cx;
use crate::replica::EndOfTransaction;
use crate::types::Offset;

pub(crate) use gather::Gathers;
pub(crate) use hosted::{Hosted, Submitted};
pub(crate) use shards::{Shards, shard_of};

/// State over one log partition.
pub(crate) trait Machine: Clone + Debug + Eq {
    /// What dies with the leadership: deadlines, parked requests.
    type Soft: Default + Clone + Debug + Eq;
    /// What is asked of the machine, requests and timers alike.
    type Command;
    /// What the log holds.
    type Record: Clone + Debug + Eq;
    /// What a request gets.
    type Answer: Clone + Debug + Eq;

    /// Decides what a command does, without doing it: `self` is the state with all written records applied.
    ///
    /// # Errors
    /// The answer for the ticket when nothing is to be written; soft state is as before.
    fn decide(
        &self,
        soft: &mut Self::Soft,
        cx: &mut Cx<'_>,
        ticket: Option<Ticket>,
        command: Self::Command,
    ) -> Result<Decision<Self::Record, Self::Answer>, ErrorCode>;

    /// Changes the state by one record of the log.
    fn apply(&mut self, offset: Offset, record: &Self::Record);

    /// The record as key and value of a log record.
    fn encode(record: &Self::Record) -> (Option<Bytes>, Option<Bytes>);

    /// The record in a log record; `None` for kinds this version does not know, which are skipped.
    fn decode(key: Option<&Bytes>, value: Option<&Bytes>) -> Option<Self::Record>;

    /// What kind of batch a record stands in. The records of one decision stand in the same.
    fn envelope(_: &Self::Record) -> Envelope {
        Envelope::Plain
    }

    /// What a record becomes that stands in a batch of a producer's transaction; `None` skips it.
    fn in_transaction(_producer_id: i64, _producer_epoch: i16, record: Self::Record) -> Option<Self::Record> {
        Some(record)
    }

    /// What the end of a producer's transaction is to this machine; `None` if nothing.
    fn end_of_transaction(_: EndOfTransaction) -> Option<Self::Record> {
        None
    }
}

/// What kind of batch records of a machine stand in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Envelope {
    /// One that counts as soon as it is committed.
    Plain,
    /// One that is part of a producer's transaction.
    Transaction { producer_id: i64, producer_epoch: i16 },
    /// The marker that ends one. It stands for its record.
    Marker(EndOfTransaction),
}

/// What a command leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Decision<R, A> {
    /// Appended as one atomic batch, in this order. May be empty.
    pub(crate) records: Vec<R>,
    /// Leave once everything written up to and including `records` is below the high watermark. The asking
    /// ticket is among them unless `soft` has kept it; tickets of others may be, too.
    pub(crate) answers: Vec<(Ticket, A)>,
}
