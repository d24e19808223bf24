//! What administrators ask about transactions: ListTransactions, DescribeTransactions.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use klamm_wire::messages::describe_transactions_response::{TopicData, TransactionState as Described};
use klamm_wire::messages::list_transactions_response::TransactionState as Listed;
use klamm_wire::{ErrorCode, Str};

use crate::cx::Cx;
use crate::transaction::State;
use crate::transaction::shard::TransactionShard;
use crate::transaction::state::Transaction;

/// Which transactions are to be listed. Empty filters let everything through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct List {
    pub(crate) states: Option<BTreeSet<State>>,
    pub(crate) producer_ids: BTreeSet<i64>,
    /// Only those that have been open for longer; negative for all.
    pub(crate) longer_than_ms: i64,
}

impl List {
    fn wants(&self, transaction: &Transaction, now_ms: i64) -> bool {
        let state = transaction.state;
        let lasts = !state.is_idle() && now_ms.saturating_sub(transaction.start_ms) > self.longer_than_ms;
        self.states.as_ref().is_none_or(|states| states.contains(&state))
            && (self.producer_ids.is_empty() || self.producer_ids.contains(&transaction.producer_id))
            && (self.longer_than_ms < 0 || lasts)
    }
}

/// An id that cannot be described.
pub(crate) fn undescribed(transactional_id: &Str, error_code: ErrorCode) -> Described {
    Described {
        error_code,
        transactional_id: transactional_id.clone(),
        transaction_start_time_ms: -1,
        producer_id: -1,
        producer_epoch: -1,
        ..Described::default()
    }
}

impl TransactionShard {
    pub(super) fn list(&self, cx: &Cx<'_>, list: &List) -> Vec<Listed> {
        let wanted = self.transactions.iter().filter(|(_, found)| list.wants(found, cx.now.wall_ms));
        let listed = wanted.map(|(id, found)| Listed {
            transactional_id: id.clone(),
            producer_id: found.producer_id,
            transaction_state: found.state.name().into(),
        });
        listed.collect()
    }

    pub(super) fn describe(&self, id: &Str) -> Described {
        let Some(found) = self.transactions.get(id) else {
            return undescribed(id, ErrorCode::TRANSACTIONAL_ID_NOT_FOUND);
        };
        let topics = found.partitions.iter().map(|(topic, indexes)| TopicData {
            topic: topic.clone(),
            partitions: indexes.iter().copied().collect(),
        });
        Described {
            error_code: ErrorCode::NONE,
            transactional_id: id.clone(),
            transaction_state: found.state.name().into(),
            transaction_timeout_ms: found.timeout_ms,
            transaction_start_time_ms: found.start_ms,
            producer_id: found.producer_id,
            producer_epoch: found.producer_epoch,
            topics: topics.collect(),
        }
    }
}
