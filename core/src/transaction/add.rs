//! AddPartitionsToTxn and AddOffsetsToTxn: what becomes part of a transaction, and whether something is.

use alloc::vec::Vec;

use klamm_wire::messages::add_partitions_to_txn_response::{
    AddPartitionsToTxnPartitionResult, AddPartitionsToTxnResult, AddPartitionsToTxnTopicResult,
};
use klamm_wire::messages::{AddOffsetsToTxnResponse, AddPartitionsToTxnResponse};
use klamm_wire::{ErrorCode, Str};

use crate::connection::Ticket;
use crate::cx::Cx;
use crate::transaction::Answer;
use crate::transaction::shard::{Decided, TransactionShard, answer_only, write};
use crate::transaction::state::{EPOCH_MAX, Partitions, State};

/// First version whose clients know `PRODUCER_FENCED`, of both requests.
const KNOWS_FENCED: i16 = 2;

/// Who asks, and how the answer is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asker {
    /// A client, with AddPartitionsToTxn of this version.
    Client(i16),
    /// A client, with AddOffsetsToTxn of this version.
    Offsets(i16),
    /// A leader, on behalf of a client that has sent it records: one transaction of several.
    Leader,
}

/// Partitions that are to be part of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Add {
    pub(crate) asker: Asker,
    pub(crate) transactional_id: Str,
    pub(crate) producer_id: i64,
    pub(crate) producer_epoch: i16,
    pub(crate) partitions: Partitions,
    /// Only says whether they are.
    pub(crate) verify_only: bool,
}

impl Add {
    /// The same answer for everything.
    pub(crate) fn answer(&self, error: ErrorCode) -> Answer {
        let knows_fenced = match self.asker {
            Asker::Client(version) | Asker::Offsets(version) => version >= KNOWS_FENCED,
            Asker::Leader => true,
        };
        let error = match error {
            ErrorCode::PRODUCER_FENCED if !knows_fenced => ErrorCode::INVALID_PRODUCER_EPOCH,
            error => error,
        };
        self.answer_each(|_, _| error)
    }

    /// An answer for each partition.
    pub(crate) fn answer_each(&self, error_of: impl Fn(&Str, i32) -> ErrorCode) -> Answer {
        let topic = |(name, indexes): (&Str, &alloc::collections::BTreeSet<i32>)| {
            let partition = |index: &i32| AddPartitionsToTxnPartitionResult {
                partition_index: *index,
                partition_error_code: error_of(name, *index),
            };
            AddPartitionsToTxnTopicResult {
                name: name.clone(),
                results_by_partition: indexes.iter().map(partition).collect(),
            }
        };
        let topic_results: Vec<_> = self.partitions.iter().map(topic).collect();
        match self.asker {
            Asker::Leader => Answer::Added(AddPartitionsToTxnResult {
                transactional_id: self.transactional_id.clone(),
                topic_results,
            }),
            Asker::Client(_) => Answer::Response(
                AddPartitionsToTxnResponse {
                    results_by_topic_v3_and_below: topic_results,
                    ..AddPartitionsToTxnResponse::default()
                }
                .into(),
            ),
            Asker::Offsets(_) => {
                let first = topic_results.first().and_then(|topic| topic.results_by_partition.first());
                let error_code = first.map_or(ErrorCode::NONE, |partition| partition.partition_error_code);
                Answer::Response(
                    AddOffsetsToTxnResponse { error_code, ..AddOffsetsToTxnResponse::default() }.into(),
                )
            }
        }
    }
}

impl TransactionShard {
    /// Decides what becomes part of a transaction.
    ///
    /// Kafka: `TransactionCoordinator.handleAddPartitionsToTransaction`, `handleVerifyPartitionsInTransaction`.
    pub(super) fn add(&self, cx: &mut Cx<'_>, ticket: Ticket, add: &Add) -> Decided {
        let refuse = |error| answer_only(ticket, add.answer(error));
        let transaction = match self.transaction_of(&add.transactional_id, add.producer_id) {
            Ok(found) => found,
            Err(error) => return refuse(error),
        };
        // The epoch behind the last one is nobody's.
        if add.producer_epoch != transaction.producer_epoch || add.producer_epoch > EPOCH_MAX {
            return refuse(ErrorCode::PRODUCER_FENCED);
        }
        if transaction.state.is_prepared() {
            return refuse(ErrorCode::CONCURRENT_TRANSACTIONS);
        }
        if add.verify_only {
            let known = &transaction.partitions;
            let is_part = |topic: &Str, index| known.get(topic).is_some_and(|known| known.contains(&index));
            let error_of = |topic: &Str, index| {
                if is_part(topic, index) { ErrorCode::NONE } else { ErrorCode::TRANSACTION_ABORTABLE }
            };
            return answer_only(ticket, add.answer_each(error_of));
        }
        let done = add.answer(ErrorCode::NONE);
        if transaction.state == State::Ongoing && transaction.holds(&add.partitions) {
            return answer_only(ticket, done);
        }
        let client_version = if add.asker == Asker::Leader { 2 } else { 0 };
        let next = transaction.add(&add.partitions, client_version, cx.now.wall_ms);
        write(ticket, Self::record(cx, &add.transactional_id, Some(next)), done)
    }
}
