//! The transaction coordinator: who may write under a transactional id, what is part of its transaction, and how the
//! transaction ends.
//!
//! Transactional ids live in `__transaction_state`: the partition is chosen by the id, and whoever leads the partition
//! coordinates the id. A partition with its ids is a shard, a replicated machine over that partition's log
//! ([`TransactionShard`]). Its hard state is what Kafka's records say. Markers that are still to be written are soft
//! state: a new coordinator finds in the log what is decided and not complete, and begins anew.
//!
//! ```text
//! producer           coordinator                     leaders of partitions
//!   InitProducerId -->  id, epoch
//!   AddPartitions  -->  Ongoing                      (or the leader asks, on behalf of a newer producer)
//!   Produce        ------------------------------->  records, hidden from read_committed
//!   EndTxn         -->  PrepareCommit, committed --> marker
//!                  <--  answer
//!                       CompleteCommit           <-- written
//! ```
//!
//! Invariants:
//! - a marker is sent only when the outcome is committed: no later coordinator decides otherwise;
//! - a transaction is complete only when each of its partitions has its marker, or is gone;
//! - an epoch that was given to a producer is never given again, and whoever has an older one changes nothing;
//! - where a transaction has an epoch of its own (`transaction.version` 2), a request of an earlier one changes nothing.
//!
//! Source: KIP-98, KIP-360, KIP-890. Kafka: `TransactionCoordinator`, `TransactionStateManager`.

mod add;
mod admin;
mod answers;
mod end;
mod gather;
mod init;
mod markers;
mod records;
mod shard;
mod state;
#[cfg(test)]
mod tests;
mod verification;

use alloc::vec::Vec;

use klamm_wire::ErrorCode;

use crate::connection::Ticket;
use crate::coordinator::{Gathers, Shards};
use crate::cx::Cx;
use crate::flaw::Flaw;
use crate::image::MetadataImage;
use crate::timer::Timer;
use crate::types::{LeaderEpoch, Offset, TRANSACTION_TOPIC, TopicIdPartition};

pub(crate) use add::{Add, Asker};
pub(crate) use admin::{List, undescribed};
pub(crate) use answers::Answer;
pub(crate) use end::{End, end_refusal};
pub(crate) use gather::Part;
pub(crate) use init::{Init, init_refusal};
pub(crate) use markers::{Ending, Marked};
pub(crate) use records::Record;
pub(crate) use shard::{Command, TransactionShard};
pub(crate) use state::{Partitions, State};
pub(crate) use verification::{Question, Verifier, Waiter};

/// The shards this node coordinates, and the requests that are of no single shard.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TransactionCoordinator {
    pub(crate) shards: Shards<TransactionShard>,
    /// Requests that ask several shards.
    pub(crate) gathers: Gathers,
    /// Whether there may be markers to send, or transactions to complete.
    pub(crate) has_markers: bool,
}

impl TransactionCoordinator {
    /// The shard that serves a transactional id here.
    ///
    /// # Errors
    /// See [`Shards::find`].
    pub(crate) fn find(&self, image: &MetadataImage, transactional_id: &str) -> Result<i32, ErrorCode> {
        self.shards.find(image, TRANSACTION_TOPIC, transactional_id)
    }

    /// This node leads a partition of the topic from now on; its log is to be read.
    pub(crate) fn begin_loading(&mut self, id: TopicIdPartition) {
        self.shards.begin_loading(id, TransactionShard::new(id.partition));
    }

    /// The shard's log is read to its end: its ids are served.
    pub(crate) fn on_loaded(&mut self, cx: &mut Cx<'_>, shard: i32, coordinator_epoch: LeaderEpoch) {
        if cx.config.has_flaw(Flaw::TxnBeginVolatile) {
            self.shards.loading_mut(shard).expect("it is loaded once").machine.forget_ongoing();
        }
        let hosted = self.shards.serve(shard);
        let machine = hosted.written().clone();
        machine.on_loaded(&mut hosted.soft, cx, coordinator_epoch);
        self.has_markers = true;
    }

    /// This node does not lead the partition any more. What is returned is to be answered at once.
    pub(crate) fn on_unloaded(&mut self, cx: &mut Cx<'_>, shard: i32) -> Vec<(Ticket, Answer)> {
        let Some(mut hosted) = self.shards.remove(shard) else { return Vec::new() };
        hosted.written().on_unloaded(cx);
        hosted.resign().into_iter().map(|(ticket, answer)| (ticket, answer.not_coordinator())).collect()
    }

    /// Records of a shard are committed: what they have decided is carried out.
    pub(crate) fn on_committed(&mut self, shard: i32, records: &[(Offset, Record)]) {
        let Some(hosted) = self.shards.hosted_mut(shard) else { return };
        for (_, record) in records {
            let Some(value) = record.value.as_ref().filter(|value| value.state.is_prepared()) else {
                continue;
            };
            hosted.soft.endings.insert(record.transactional_id.clone(), Ending::of(value));
            self.has_markers = true;
        }
    }

    /// What a deadline asks of which shard.
    pub(crate) fn on_timer(&self, timer: &Timer) -> Option<(i32, Command)> {
        match timer {
            Timer::TransactionTimeouts(shard) => Some((*shard, Command::AbortTimedOut)),
            Timer::TransactionalIds(shard) => Some((*shard, Command::ForgetIds)),
            _ => None,
        }
    }
}
