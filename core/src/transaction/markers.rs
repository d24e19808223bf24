//! Ending transactions in their partitions: a coordinator has every leader write a marker.
//!
//! What is to be said waits in the shards ([`Ending`]), by partition. A broker that is asked nothing gets everything
//! that waits for it in one request; while it is asked, what comes waits and shares the next one. An answer that is
//! lost, or a leader that has changed, puts the partition back. A partition whose topic is gone needs no marker. When
//! none is left, the transaction is complete.
//!
//! Nothing of this is in the log: a new coordinator finds what is decided and not complete, and says all of it again.
//!
//! Kafka: `TransactionMarkerChannelManager`, `TransactionMarkerRequestCompletionHandler`.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use klamm_wire::messages::write_txn_markers_request::{WritableTxnMarker, WritableTxnMarkerTopic};
use klamm_wire::messages::write_txn_markers_response::WritableTxnMarkerResult;
use klamm_wire::messages::{Response, WriteTxnMarkersRequest, WriteTxnMarkersResponse};
use klamm_wire::{ErrorCode, Str};

use crate::edge::{Channel, Effects, Purpose};
use crate::flaw::Flaw;
use crate::node::{Asked, Lost, Node, Phase};
use crate::peer::Outgoing;
use crate::time::Now;
use crate::timer::Timer;
use crate::transaction::Command;
use crate::transaction::state::{State, Transaction};
use crate::types::{BrokerId, TopicPartition};

const VERSION: i16 = 2;
/// Before a partition that could not be told is tried again.
const RETRY_MS: i64 = 50;

/// A transaction whose outcome is committed, and the partitions that have no marker yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ending {
    producer_id: i64,
    producer_epoch: i16,
    commit: bool,
    client_version: i16,
    left: BTreeMap<TopicPartition, Told>,
    /// A leader knows of a later coordinator: that one ends it, and this one says no more.
    is_abandoned: bool,
}

/// Who was told of a marker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    Nobody,
    Broker(BrokerId),
    /// Nobody, and it was tried just now: it waits for the next try.
    InVain,
}

/// Which transactions a request to write markers is about.
///
/// The coordinator's epoch is part of it: a coordinator that has lost its shard and got it back may hold another
/// transaction of the same producer and epoch, about which an answer from before says nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Marked {
    shard: i32,
    coordinator_epoch: i32,
    transactional_id: Str,
    producer_id: i64,
    producer_epoch: i16,
}

impl Ending {
    pub(crate) fn of(transaction: &Transaction) -> Self {
        assert!(transaction.state.is_prepared(), "nothing ends that is not decided");
        let partitions = transaction.partitions.iter().flat_map(|(topic, indexes)| {
            indexes.iter().map(|index| TopicPartition { topic: topic.clone(), partition: *index })
        });
        Self {
            producer_id: transaction.producer_id,
            producer_epoch: transaction.producer_epoch,
            commit: transaction.state == State::PrepareCommit,
            client_version: transaction.client_version,
            left: partitions.map(|partition| (partition, Told::Nobody)).collect(),
            is_abandoned: false,
        }
    }

    fn is_about(&self, marked: &Marked) -> bool {
        (self.producer_id, self.producer_epoch) == (marked.producer_id, marked.producer_epoch)
    }

    /// What was said to this broker is not known to have been heard.
    fn take_back(&mut self, broker: BrokerId) {
        for told in self.left.values_mut().filter(|told| **told == Told::Broker(broker)) {
            *told = Told::InVain;
        }
    }

    /// It is time for the next try.
    fn try_again(&mut self) {
        for told in self.left.values_mut().filter(|told| **told == Told::InVain) {
            *told = Told::Nobody;
        }
    }

    fn take_in(&mut self, partition: &TopicPartition, error: ErrorCode) {
        match error {
            // Written; or the log cannot hold markers, which no log of today is like.
            ErrorCode::NONE | ErrorCode::UNSUPPORTED_FOR_MESSAGE_FORMAT | ErrorCode::UNSUPPORTED_VERSION => {
                self.left.remove(partition);
            }
            // The producer is in a later transaction there: the marker of this one is written. Kafka gives the
            // whole transaction up, which then is never complete.
            ErrorCode::INVALID_PRODUCER_EPOCH => {
                self.left.remove(partition);
            }
            ErrorCode::TRANSACTION_COORDINATOR_FENCED => self.is_abandoned = true,
            _ => {}
        }
    }
}

/// What a broker is told in one request.
#[derive(Default)]
struct Letter {
    markers: Vec<WritableTxnMarker>,
    about: Vec<Marked>,
}

impl Node {
    /// Sends what waits, to whom nothing is under way, and completes what has no partition left.
    pub(crate) fn send_markers(&mut self, now: Now, fx: &mut Effects) {
        if !core::mem::take(&mut self.transactions.has_markers) || self.phase >= Phase::Stopping {
            return;
        }
        self.complete_transactions(now, fx);
        let mut unreachable = false;
        for (broker, letter) in self.write_letters(&mut unreachable) {
            let Some(address) = self.broker_address(broker) else {
                unreachable = true;
                self.take_back_markers(broker, &letter.about);
                continue;
            };
            let request = Outgoing {
                channel: Channel { node: broker, purpose: Purpose::Markers },
                address,
                api_version: VERSION,
                body: WriteTxnMarkersRequest { markers: letter.markers }.into(),
                timeout_ms: self.env.config.request_timeout_ms,
            };
            self.ask(now, fx, request, Asked::Markers(letter.about));
        }
        if unreachable {
            self.retry_markers(now);
        }
    }

    /// Puts into letters what waits for brokers that can be asked. `unreachable` is set if something has no leader.
    fn write_letters(&mut self, unreachable: &mut bool) -> BTreeMap<BrokerId, Letter> {
        let mut letters: BTreeMap<BrokerId, Letter> = BTreeMap::new();
        let (image, peers) = (&self.env.image, &self.peers);
        let leader_of = |partition: &TopicPartition| {
            let found = image.topic(&partition.topic)?.partitions.get(&partition.partition)?;
            Some(found.leader)
        };
        let is_free = |broker| peers.in_flight(Channel { node: broker, purpose: Purpose::Markers }) == 0;
        for (shard, hosted) in self.transactions.shards.serving_mut() {
            let coordinator_epoch = hosted.soft.coordinator_epoch;
            for (id, ending) in hosted.soft.endings.iter_mut().filter(|(_, ending)| !ending.is_abandoned) {
                let mut topics: BTreeMap<BrokerId, BTreeMap<Str, Vec<i32>>> = BTreeMap::new();
                // What is not in the image was deleted, or is not known yet: a coordinator never knows less than the
                // producer, whose partitions it has seen in its image before.
                ending.left.retain(|partition, _| leader_of(partition).is_some());
                for (partition, told) in ending.left.iter_mut().filter(|(_, told)| **told == Told::Nobody) {
                    match leader_of(partition).flatten() {
                        None => *unreachable = true,
                        Some(leader) if is_free(leader) => {
                            *told = Told::Broker(leader);
                            let topics = topics.entry(leader).or_default();
                            topics.entry(partition.topic.clone()).or_default().push(partition.partition);
                        }
                        // Sent with the next request, when this one is answered.
                        Some(_) => {}
                    }
                }
                if ending.left.is_empty() {
                    self.transactions.has_markers = true;
                }
                for (broker, topics) in topics {
                    let letter = letters.entry(broker).or_default();
                    letter.markers.push(marker(ending, topics, coordinator_epoch));
                    letter.about.push(Marked {
                        shard,
                        coordinator_epoch,
                        transactional_id: id.clone(),
                        producer_id: ending.producer_id,
                        producer_epoch: ending.producer_epoch,
                    });
                }
            }
        }
        letters
    }

    fn complete_transactions(&mut self, now: Now, fx: &mut Effects) {
        let mut complete = Vec::new();
        for (shard, hosted) in self.transactions.shards.serving_mut() {
            let done = hosted.soft.endings.iter().filter(|(_, ending)| ending.left.is_empty());
            complete.extend(done.map(|(id, ending)| (shard, id.clone(), ending.producer_epoch)));
        }
        for (shard, id, epoch) in complete {
            let hosted = self.transactions.shards.hosted_mut(shard).expect("it was just looked at");
            hosted.soft.endings.remove(&id);
            let submitted = self.submit_transaction(now, fx, shard, None, Command::Complete(id, epoch));
            assert_eq!(submitted, Ok(()), "a shard that serves can complete");
        }
    }

    /// A broker has answered, or its answer is lost.
    pub(crate) fn on_markers_answer(
        &mut self,
        now: Now,
        broker: BrokerId,
        about: &[Marked],
        answer: Result<Response, Lost>,
    ) {
        let written = match answer {
            Ok(Response::WriteTxnMarkers(written)) => Some(written),
            Ok(other) => unreachable!("WriteTxnMarkers is answered by {:?}", other.api_key()),
            Err(Lost) => None,
        };
        if let Some(WriteTxnMarkersResponse { markers, .. }) = written {
            for marked in about {
                self.take_in_markers(marked, &markers);
            }
        }
        // Whatever is left was refused, for now, or lost.
        if self.take_back_markers(broker, about) {
            self.retry_markers(now);
        }
        self.transactions.has_markers = true;
    }

    fn take_in_markers(&mut self, marked: &Marked, results: &[WritableTxnMarkerResult]) {
        let Some(ending) = self.ending_mut(marked) else { return };
        for result in results.iter().filter(|result| result.producer_id == marked.producer_id) {
            for topic in &result.topics {
                for written in &topic.partitions {
                    let (topic, partition) = (topic.name.clone(), written.partition_index);
                    ending.take_in(&TopicPartition { topic, partition }, written.error_code);
                }
            }
        }
    }

    /// Whether something has to be said again.
    fn take_back_markers(&mut self, broker: BrokerId, about: &[Marked]) -> bool {
        let mut any = false;
        for marked in about {
            let Some(ending) = self.ending_mut(marked) else { continue };
            ending.take_back(broker);
            any |= !ending.is_abandoned && ending.left.values().any(|told| *told == Told::InVain);
        }
        any
    }

    fn ending_mut(&mut self, marked: &Marked) -> Option<&mut Ending> {
        let any_epoch = self.env.config.has_flaw(Flaw::LeadershipAba);
        let hosted = self.transactions.shards.hosted_mut(marked.shard)?;
        if hosted.soft.coordinator_epoch != marked.coordinator_epoch && !any_epoch {
            return None;
        }
        let ending = hosted.soft.endings.get_mut(&marked.transactional_id)?;
        ending.is_about(marked).then_some(ending)
    }

    /// The time of [`Timer::Markers`] has come.
    pub(crate) fn send_markers_again(&mut self) {
        for (_, hosted) in self.transactions.shards.serving_mut() {
            hosted.soft.endings.values_mut().for_each(Ending::try_again);
        }
        self.transactions.has_markers = true;
    }

    fn retry_markers(&mut self, now: Now) {
        self.env.timers.arm(Timer::Markers, now.monotonic.after_ms(RETRY_MS));
    }
}

fn marker(ending: &Ending, topics: BTreeMap<Str, Vec<i32>>, coordinator_epoch: i32) -> WritableTxnMarker {
    let topic = |(name, partition_indexes)| WritableTxnMarkerTopic { name, partition_indexes };
    WritableTxnMarker {
        producer_id: ending.producer_id,
        producer_epoch: ending.producer_epoch,
        transaction_result: ending.commit,
        topics: topics.into_iter().map(topic).collect(),
        coordinator_epoch,
        transaction_version: i8::try_from(ending.client_version).unwrap_or(0),
    }
}
