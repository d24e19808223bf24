//! One shard of the transaction coordinator: the transactional ids that hash to one partition of
//! `__transaction_state`.

use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;

use bytes::Bytes;
use klamm_wire::{ErrorCode, Str};

use crate::connection::Ticket;
use crate::coordinator::{Decision, Machine};
use crate::cx::Cx;
use crate::image::TRANSACTION_VERSION;
use crate::timer::Timer;
use crate::transaction::add::Add;
use crate::transaction::admin::List;
use crate::transaction::end::End;
use crate::transaction::init::Init;
use crate::transaction::markers::Ending;
use crate::transaction::records::Record;
use crate::transaction::state::Transaction;
use crate::transaction::{Answer, State};
use crate::types::{LeaderEpoch, Offset};

/// What is asked of a shard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Init(Init),
    Add(Add),
    End(End),
    /// Every partition of the transaction of this id and epoch has its marker.
    Complete(Str, i16),
    Describe(Str),
    List(List),
    /// Time to look for transactions that take longer than their producers allow.
    AbortTimedOut,
    /// Time to look for ids that nobody has used for long.
    ForgetIds,
}

/// The replicated state: what the records of the partition add up to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct TransactionShard {
    /// Index of the partition.
    pub(crate) shard: i32,
    pub(crate) transactions: BTreeMap<Str, Transaction>,
}

/// What the leader of a shard knows besides the records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Soft {
    /// The leader epoch of the partition: it fences the markers of earlier coordinators.
    pub(crate) coordinator_epoch: LeaderEpoch,
    /// The epoch before the current one, where the producer that has it may ask for the current one again.
    pub(super) last_epochs: BTreeMap<Str, i16>,
    /// Transactions whose outcome is decided and committed, and not in all their partitions yet.
    pub(crate) endings: BTreeMap<Str, Ending>,
}

pub(super) type Decided = Decision<Record, Answer>;

impl TransactionShard {
    pub(crate) fn new(shard: i32) -> Self {
        Self { shard, transactions: BTreeMap::new() }
    }

    /// The transaction that a producer speaks of.
    ///
    /// # Errors
    /// `INVALID_PRODUCER_ID_MAPPING`: the id is not known, or belongs to another producer.
    pub(super) fn transaction_of(&self, id: &Str, producer_id: i64) -> Result<&Transaction, ErrorCode> {
        let found = self.transactions.get(id).filter(|found| found.producer_id == producer_id);
        found.ok_or(ErrorCode::INVALID_PRODUCER_ID_MAPPING)
    }

    /// The record that makes a transactional id what `value` says.
    pub(super) fn record(cx: &Cx<'_>, id: &Str, value: Option<Transaction>) -> Record {
        let is_flexible = cx.image.feature(TRANSACTION_VERSION) >= 1;
        Record { transactional_id: id.clone(), value, is_flexible }
    }

    /// Begins to lead: transactions whose outcome is decided are ended, whoever has decided it.
    ///
    /// Kafka: `TransactionCoordinator.onElection`, `TransactionStateManager.loadTransactionsForTxnTopicPartition`.
    pub(crate) fn on_loaded(&self, soft: &mut Soft, cx: &mut Cx<'_>, coordinator_epoch: LeaderEpoch) {
        soft.coordinator_epoch = coordinator_epoch;
        for (id, transaction) in &self.transactions {
            if transaction.state.is_prepared() {
                soft.endings.insert(id.clone(), Ending::of(transaction));
            }
        }
        self.arm_timeouts(cx);
        self.arm_forgetting(cx);
    }

    /// Stops leading: no timer of this shard stays.
    pub(crate) fn on_unloaded(&self, cx: &mut Cx<'_>) {
        cx.timers.cancel(&Timer::TransactionTimeouts(self.shard));
        cx.timers.cancel(&Timer::TransactionalIds(self.shard));
    }

    /// Forgets what was begun, as if it had never been in the log.
    pub(crate) fn forget_ongoing(&mut self) {
        for transaction in self.transactions.values_mut() {
            if transaction.state == State::Ongoing {
                transaction.state = State::Empty;
                transaction.partitions.clear();
            }
        }
    }

    pub(super) fn arm_timeouts(&self, cx: &mut Cx<'_>) {
        let at = cx.now.monotonic.after_ms(cx.config.transaction_timeout_check_interval_ms.max(1));
        cx.timers.arm(Timer::TransactionTimeouts(self.shard), at);
    }

    pub(super) fn arm_forgetting(&self, cx: &mut Cx<'_>) {
        let at = cx.now.monotonic.after_ms(cx.config.transactional_id_check_interval_ms.max(1));
        cx.timers.arm(Timer::TransactionalIds(self.shard), at);
    }
}

/// An answer, and nothing to be written.
pub(super) fn answer_only(ticket: Ticket, answer: impl Into<Answer>) -> Decided {
    Decision { records: Vec::new(), answers: vec![(ticket, answer.into())] }
}

/// A record, and an answer that leaves when it is committed.
pub(super) fn write(ticket: Ticket, record: Record, answer: impl Into<Answer>) -> Decided {
    Decision { records: vec![record], answers: vec![(ticket, answer.into())] }
}

impl Machine for TransactionShard {
    type Soft = Soft;
    type Command = Command;
    type Record = Record;
    type Answer = Answer;

    fn decide(
        &self,
        soft: &mut Soft,
        cx: &mut Cx<'_>,
        ticket: Option<Ticket>,
        command: Command,
    ) -> Result<Decided, ErrorCode> {
        let asked = || ticket.expect("a request has a ticket");
        Ok(match command {
            Command::Init(init) => self.init(soft, cx, asked(), &init),
            Command::Add(add) => self.add(cx, asked(), &add),
            Command::End(end) => self.end(soft, cx, asked(), &end),
            Command::Complete(id, epoch) => self.complete(cx, &id, epoch),
            Command::Describe(id) => answer_only(asked(), Answer::Described(self.describe(&id))),
            Command::List(list) => answer_only(asked(), Answer::Listed(self.list(cx, &list))),
            Command::AbortTimedOut => self.abort_timed_out(soft, cx),
            Command::ForgetIds => self.forget_ids(soft, cx),
        })
    }

    fn apply(&mut self, _: Offset, record: &Record) {
        match &record.value {
            Some(value) => drop(self.transactions.insert(record.transactional_id.clone(), value.clone())),
            None => drop(self.transactions.remove(&record.transactional_id)),
        }
    }

    fn encode(record: &Record) -> (Option<Bytes>, Option<Bytes>) {
        let (key, value) = record.encode();
        (Some(key), value)
    }

    fn decode(key: Option<&Bytes>, value: Option<&Bytes>) -> Option<Record> {
        Record::decode(key, value)
    }
}
