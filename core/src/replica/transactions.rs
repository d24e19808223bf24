//! What a leader checks before a partition becomes part of a transaction, and how the transaction ends there.
//!
//! Nobody but the coordinator knows whether a transaction is open. A batch that would begin one in this partition
//! waits until the coordinator has said that the partition belongs to the transaction; else a batch that arrives late,
//! after its transaction has ended, would open one that nobody ever ends. A *guard* names the question: an answer that
//! arrives after a marker answers a question about another transaction, and means nothing (KIP-890).

use alloc::collections::BTreeMap;

use bytes::Bytes;
use klamm_wire::ErrorCode;
use klamm_wire::batch::{BatchHeader, ControlRecord};

use crate::cx::Cx;
use crate::flaw::Flaw;
use crate::log::Verdict;
use crate::node::facts_of;
use crate::replica::Partition;
use crate::types::Offset;

/// Names a question of a leader about a transaction; never used twice by one leader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Guard(u64);

/// Whether the coordinator has to be asked before a batch is appended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verification {
    /// The producer's transaction is open here already, or the batch is here already, or is of no transaction.
    NotNeeded,
    /// The answer is for this guard.
    Ask(Guard),
}

/// A question that is open, or was answered and not used yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Question {
    guard: Guard,
    epoch: i16,
    /// Lowest first sequence among the batches that wait for the answer.
    lowest_sequence: i32,
    /// Each transaction of this producer has an epoch of its own, and begins at sequence 0.
    epoch_per_transaction: bool,
    asked_ms: i64,
}

/// Questions about transactions, by producer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Verifications {
    by_producer: BTreeMap<i64, Question>,
    guards: u64,
}

impl Verifications {
    /// Another epoch of leadership begins, or this one ends.
    pub(super) fn forget_all(&mut self) {
        self.by_producer.clear();
    }

    fn ask(&mut self, about: About, epoch_per_transaction: bool, now_ms: i64) -> Guard {
        let About { producer_id, epoch, sequence } = about;
        match self.by_producer.get_mut(&producer_id) {
            Some(question) if question.epoch == epoch => {
                question.lowest_sequence = question.lowest_sequence.min(sequence);
                question.guard
            }
            _ => {
                self.guards += 1;
                let guard = Guard(self.guards);
                let (lowest_sequence, asked_ms) = (sequence, now_ms);
                let question = Question { guard, epoch, lowest_sequence, epoch_per_transaction, asked_ms };
                self.by_producer.insert(producer_id, question);
                guard
            }
        }
    }
}

/// Who wants to write as part of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct About {
    pub(crate) producer_id: i64,
    pub(crate) epoch: i16,
    /// Of the first record; 0 for a coordinator, whose records are not counted.
    pub(crate) sequence: i32,
}

impl About {
    pub(crate) fn batch(header: &BatchHeader) -> Self {
        let BatchHeader { producer_id, producer_epoch: epoch, base_sequence: sequence, .. } = *header;
        Self { producer_id, epoch, sequence }
    }
}

/// A marker that a coordinator wants written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct EndOfTransaction {
    pub(crate) producer_id: i64,
    pub(crate) producer_epoch: i16,
    pub(crate) commit: bool,
    pub(crate) coordinator_epoch: i32,
    /// The producer goes on in the marker's epoch: its transaction was of the one before.
    pub(crate) epoch_per_transaction: bool,
}

impl EndOfTransaction {
    /// The batch that says so in a log.
    pub(crate) fn to_batch(self, timestamp_ms: i64) -> Bytes {
        let Self { producer_id, producer_epoch, commit, coordinator_epoch, .. } = self;
        ControlRecord::transaction_marker(
            producer_id,
            producer_epoch,
            commit,
            coordinator_epoch,
            timestamp_ms,
        )
    }
}

impl Partition {
    /// Whether a produced batch has to wait until the coordinator has said that it belongs to an open transaction.
    pub(crate) fn begin_batch_verification(
        &mut self,
        cx: &Cx<'_>,
        header: &BatchHeader,
        epoch_per_transaction: bool,
    ) -> Verification {
        let is_repeated = || matches!(self.log.producers().check(cx, header), Verdict::Duplicate { .. });
        if !header.attributes.is_transactional() || is_repeated() {
            return Verification::NotNeeded;
        }
        self.begin_verification(cx, About::batch(header), epoch_per_transaction)
    }

    /// As [`Partition::begin_batch_verification`], for what is known to be of a transaction and new.
    pub(crate) fn begin_verification(
        &mut self,
        cx: &Cx<'_>,
        about: About,
        epoch_per_transaction: bool,
    ) -> Verification {
        let open = self.log.producers().is_in_transaction(about.producer_id, about.epoch);
        // The coordinator of a newer producer learns from the question what is part of the transaction.
        if open || !(epoch_per_transaction || must_be_asked(cx)) {
            return Verification::NotNeeded;
        }
        Verification::Ask(self.verifications.ask(about, epoch_per_transaction, cx.now.wall_ms))
    }

    /// The coordinator has said no, or nothing: the batch that asked is not appended.
    pub(crate) fn end_verification(&mut self, producer_id: i64, guard: Guard) {
        if self.verifications.by_producer.get(&producer_id).is_some_and(|question| question.guard == guard) {
            self.verifications.by_producer.remove(&producer_id);
        }
    }

    /// Forgets questions nobody has come back to.
    pub(crate) fn expire_verifications(&mut self, now_ms: i64, expiration_ms: i64) {
        let questions = &mut self.verifications.by_producer;
        questions.retain(|_, question| now_ms.saturating_sub(question.asked_ms) < expiration_ms);
    }

    /// Whether something may be appended that begins a transaction here, or goes on in the one that is open.
    ///
    /// # Errors
    /// `INVALID_PRODUCER_EPOCH`: another instance has taken over. `INVALID_TXN_STATE`: nobody has asked the coordinator,
    /// or the transaction has ended since. `OUT_OF_ORDER_SEQUENCE_NUMBER`: an earlier batch of it has still to come.
    ///
    /// Kafka: `UnifiedLog.analyzeAndValidateProducerState`, `ProducerAppendInfo.checkSequence`.
    pub(crate) fn check_transaction(
        &self,
        cx: &Cx<'_>,
        about: About,
        guard: Option<Guard>,
    ) -> Result<(), ErrorCode> {
        let About { producer_id, epoch, sequence } = about;
        let producers = self.log.producers();
        if producers.is_in_transaction(producer_id, epoch) {
            return Ok(());
        }
        let known = producers.of(producer_id);
        if known.is_some_and(|known| epoch < known.epoch()) {
            return Err(ErrorCode::INVALID_PRODUCER_EPOCH);
        }
        let question = self.verifications.by_producer.get(&producer_id);
        let answered = question.filter(|question| Some(question.guard) == guard);
        let stale_counts = cx.config.has_flaw(Flaw::VerifyThenAppendRace) && guard.is_some();
        if answered.is_none() && must_be_asked(cx) && !stale_counts {
            return Err(ErrorCode::INVALID_TXN_STATE);
        }
        let too_early = |question: &Question| {
            let begins = question.epoch_per_transaction && known.is_none() && sequence != 0;
            begins || sequence > question.lowest_sequence
        };
        if answered.is_some_and(too_early) {
            return Err(ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER);
        }
        Ok(())
    }

    /// Whether a marker may be appended.
    ///
    /// # Errors
    /// `NOT_LEADER_OR_FOLLOWER`, `NOT_ENOUGH_REPLICAS`: the coordinator tries again. `INVALID_PRODUCER_EPOCH`,
    /// `TRANSACTION_COORDINATOR_FENCED`: it has a successor.
    pub(crate) fn check_marker(&self, end: &EndOfTransaction) -> Result<(), ErrorCode> {
        self.check_leader(-1)?;
        if self.is_under_min_isr() {
            return Err(ErrorCode::NOT_ENOUGH_REPLICAS);
        }
        let EndOfTransaction { producer_id, producer_epoch, coordinator_epoch, .. } = *end;
        let producers = self.log.producers();
        producers.check_marker(producer_id, producer_epoch, coordinator_epoch, end.epoch_per_transaction)
    }

    /// Appends a marker. Returns the high watermark that makes it committed.
    ///
    /// # Errors
    /// See [`Partition::check_marker`].
    pub(crate) fn append_marker(
        &mut self,
        cx: &mut Cx<'_>,
        end: &EndOfTransaction,
    ) -> Result<Offset, ErrorCode> {
        self.check_marker(end)?;
        self.settle_verification(end.producer_id);
        let batch = end.to_batch(cx.now.wall_ms);
        let facts = facts_of(&batch);
        Ok(self.append_own(cx, batch, &facts) + 1)
    }

    /// The producer's transaction begins here or ends: whatever is asked about it is used up, or asked in vain.
    pub(crate) fn settle_verification(&mut self, producer_id: i64) {
        self.verifications.by_producer.remove(&producer_id);
    }
}

/// Whether a transaction that begins in a partition has to be known to the coordinator.
fn must_be_asked(cx: &Cx<'_>) -> bool {
    cx.config.transaction_verification && !cx.config.has_flaw(Flaw::LateProduceAfterAbort)
}
