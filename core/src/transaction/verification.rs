//! Asking coordinators on behalf of producers: what a leader must know before a transaction begins in its partition.
//!
//! A question waits until its coordinator is asked nothing else; everything that waits for one broker by then goes in
//! one request. An older producer has said itself what is part of its transaction, and the coordinator only confirms
//! it; for a newer one the question is what makes the partition part of it (KIP-890).
//!
//! Kafka: `AddPartitionsToTxnManager`.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::vec::Vec;

use klamm_wire::messages::add_partitions_to_txn_request::{
    AddPartitionsToTxnTopic, AddPartitionsToTxnTransaction,
};
use klamm_wire::messages::add_partitions_to_txn_response::AddPartitionsToTxnResult;
use klamm_wire::messages::{AddPartitionsToTxnRequest, Response};
use klamm_wire::{ErrorCode, Str};

use crate::api;
use crate::connection::Ticket;
use crate::coordinator::shard_of;
use crate::edge::{Channel, Effects, Purpose};
use crate::node::{Asked, Lost, Node, Phase};
use crate::peer::Outgoing;
use crate::time::{Now, Timestamp};
use crate::timer::Timer;
use crate::types::{BrokerId, TRANSACTION_TOPIC, TopicPartition};

const VERSION: i16 = 5;

/// Who waits for an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Waiter {
    /// A batch of a produce, by its place in the request.
    Produce(Ticket, u32),
    /// A TxnOffsetCommit.
    Offsets(Ticket),
}

/// Whether a partition is part of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Question {
    pub(crate) waiter: Waiter,
    pub(crate) transactional_id: Str,
    pub(crate) producer_id: i64,
    pub(crate) producer_epoch: i16,
    pub(crate) partition: TopicPartition,
    /// It is to become part of it.
    pub(crate) adds: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Waiting {
    question: Question,
    /// It is not asked before.
    not_before: Timestamp,
    /// Asked again until then, while the producer's transaction before is being ended.
    give_up_at: Timestamp,
}

/// Questions of this broker's leaders that are to be asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Verifier {
    waiting: VecDeque<Waiting>,
    /// Whether something may be sent.
    is_due: bool,
}

impl Verifier {
    /// Whether something may be sent.
    pub(crate) fn is_due(&self) -> bool {
        self.is_due
    }
}

/// What one request is to ask: one transaction each.
#[derive(Default)]
struct Letter {
    transactions: BTreeMap<Str, AddPartitionsToTxnTransaction>,
    asked: Vec<(Question, Timestamp)>,
}

impl Letter {
    /// Whether the question is in this letter: a request speaks of a transactional id once.
    fn take(&mut self, waiting: &Waiting) -> bool {
        let Question { transactional_id, producer_id, producer_epoch, partition, adds, .. } =
            &waiting.question;
        let transaction = self.transactions.entry(transactional_id.clone()).or_insert_with(|| {
            AddPartitionsToTxnTransaction {
                transactional_id: transactional_id.clone(),
                producer_id: *producer_id,
                producer_epoch: *producer_epoch,
                verify_only: !adds,
                topics: Vec::new(),
            }
        });
        let same = (transaction.producer_id, transaction.producer_epoch, transaction.verify_only)
            == (*producer_id, *producer_epoch, !adds);
        if !same {
            return false;
        }
        let topics = &mut transaction.topics;
        let place = topics.iter().position(|topic| topic.name == partition.topic).unwrap_or_else(|| {
            topics.push(AddPartitionsToTxnTopic { name: partition.topic.clone(), partitions: Vec::new() });
            topics.len() - 1
        });
        if !topics[place].partitions.contains(&partition.partition) {
            topics[place].partitions.push(partition.partition);
        }
        self.asked.push((waiting.question.clone(), waiting.give_up_at));
        true
    }
}

impl Node {
    /// Has a coordinator asked; the waiter hears of the answer in any case.
    pub(crate) fn verify(&mut self, now: Now, question: Question) {
        let give_up_at = now.monotonic.after_ms(self.env.config.verification_retry_max_ms);
        self.verifier.waiting.push_back(Waiting { question, not_before: now.monotonic, give_up_at });
        self.verifier.is_due = true;
    }

    /// It is time to ask again.
    pub(crate) fn verify_again(&mut self) {
        self.verifier.is_due = true;
    }

    /// Sends the questions that may be sent.
    pub(crate) fn send_questions(&mut self, now: Now, fx: &mut Effects) {
        if !core::mem::take(&mut self.verifier.is_due) || self.phase >= Phase::Stopping {
            return;
        }
        let mut letters: BTreeMap<BrokerId, Letter> = BTreeMap::new();
        let mut lost = Vec::new();
        for waiting in core::mem::take(&mut self.verifier.waiting) {
            let coordinator = self.coordinator_of(&waiting.question.transactional_id);
            match coordinator {
                None => lost.push(waiting.question),
                Some(_) if waiting.not_before > now.monotonic => self.verifier.waiting.push_back(waiting),
                Some(broker) => {
                    let channel = Channel { node: broker, purpose: Purpose::Verification };
                    let free = self.peers.in_flight(channel) == 0;
                    if !free || !letters.entry(broker).or_default().take(&waiting) {
                        self.verifier.waiting.push_back(waiting);
                    }
                }
            }
        }
        self.arm_verification(now);
        for (broker, letter) in letters {
            self.send_letter(now, fx, broker, letter);
        }
        for question in lost {
            self.answer_question(now, fx, &question, Err(ErrorCode::COORDINATOR_NOT_AVAILABLE));
        }
    }

    fn send_letter(&mut self, now: Now, fx: &mut Effects, broker: BrokerId, letter: Letter) {
        let Some(address) = self.broker_address(broker) else {
            for (question, _) in letter.asked {
                self.answer_question(now, fx, &question, Err(ErrorCode::COORDINATOR_NOT_AVAILABLE));
            }
            return;
        };
        let transactions = letter.transactions.into_values().collect();
        let body = AddPartitionsToTxnRequest { transactions, ..AddPartitionsToTxnRequest::default() };
        let request = Outgoing {
            channel: Channel { node: broker, purpose: Purpose::Verification },
            address,
            api_version: VERSION,
            body: body.into(),
            timeout_ms: self.env.config.request_timeout_ms,
        };
        self.ask(now, fx, request, Asked::Verification(letter.asked));
    }

    /// Who coordinates a transactional id, as far as this node knows.
    fn coordinator_of(&self, transactional_id: &str) -> Option<BrokerId> {
        let topic = self.env.image.topic(TRANSACTION_TOPIC)?;
        let partitions = i32::try_from(topic.partitions.len()).expect("partitions are counted in 32 bits");
        topic.partitions[&shard_of(transactional_id, partitions)].leader
    }

    fn arm_verification(&mut self, now: Now) {
        let later = self.verifier.waiting.iter().map(|waiting| waiting.not_before);
        match later.filter(|at| *at > now.monotonic).min() {
            Some(at) => self.env.timers.arm(Timer::Verification, at),
            None => self.env.timers.cancel(&Timer::Verification),
        }
    }

    /// A coordinator has answered, or its answer is lost.
    pub(crate) fn on_verification_answer(
        &mut self,
        now: Now,
        fx: &mut Effects,
        asked: Vec<(Question, Timestamp)>,
        answer: Result<Response, Lost>,
    ) {
        self.verifier.is_due = true;
        let results = match answer {
            Ok(Response::AddPartitionsToTxn(answer)) if answer.error_code.is_error() => {
                Err(answer.error_code)
            }
            Ok(Response::AddPartitionsToTxn(answer)) => Ok(answer.results_by_transaction),
            Ok(other) => unreachable!("AddPartitionsToTxn is answered by {:?}", other.api_key()),
            Err(Lost) => Err(ErrorCode::NETWORK_EXCEPTION),
        };
        for (question, give_up_at) in asked {
            let error = match &results {
                Ok(results) => result_of(results, &question),
                Err(error) => *error,
            };
            let again =
                error == ErrorCode::CONCURRENT_TRANSACTIONS && question.adds && now.monotonic < give_up_at;
            if again {
                let backoff_ms = self.env.config.verification_retry_backoff_ms.max(1);
                let not_before = now.monotonic.after_ms(backoff_ms);
                self.verifier.waiting.push_back(Waiting { question, not_before, give_up_at });
            } else {
                let outcome = if error.is_error() { Err(error) } else { Ok(()) };
                self.answer_question(now, fx, &question, outcome);
            }
        }
    }

    fn answer_question(
        &mut self,
        now: Now,
        fx: &mut Effects,
        question: &Question,
        outcome: Result<(), ErrorCode>,
    ) {
        match question.waiter {
            Waiter::Produce(ticket, index) => api::produce_verified(self, now, fx, ticket, index, outcome),
            Waiter::Offsets(ticket) => api::offsets_verified(self, now, fx, ticket, outcome),
        }
    }
}

/// What an answer says about a question.
fn result_of(results: &[AddPartitionsToTxnResult], question: &Question) -> ErrorCode {
    let of_id = results.iter().filter(|result| result.transactional_id == question.transactional_id);
    let topics = of_id.flat_map(|result| &result.topic_results);
    let topics = topics.filter(|topic| topic.name == question.partition.topic);
    let mut partitions = topics.flat_map(|topic| &topic.results_by_partition);
    let found = partitions.find(|found| found.partition_index == question.partition.partition);
    found.map_or(ErrorCode::UNKNOWN_SERVER_ERROR, |found| found.partition_error_code)
}
