//! Partitions move to other brokers (KIP-455).
//!
//! A reassignment is begun by making the brokers that join replicas, too. It ends with the change of the ISR that
//! makes them all in sync ([`super::partition_change`]), or is taken back.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::vec::Vec;

use klamm_wire::messages::alter_partition_reassignments_request::ReassignablePartition;
use klamm_wire::messages::alter_partition_reassignments_response::{
    ReassignablePartitionResponse, ReassignableTopicResponse,
};
use klamm_wire::messages::list_partition_reassignments_response::{
    OngoingPartitionReassignment, OngoingTopicReassignment,
};
use klamm_wire::messages::{
    AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse,
    ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse,
};
use klamm_wire::metadata_records::MetadataRecord;
use klamm_wire::{ErrorCode, Str};

use super::{Answer, Controller, Outcome, Refusal};
use crate::cx::Cx;
use crate::image::{PartitionState, Topic};
use crate::types::BrokerId;

impl Controller {
    /// Begins reassignments, or takes them back where no replicas are named; every partition is answered for itself.
    ///
    /// # Errors
    /// Of a partition: UNKNOWN_TOPIC_OR_PARTITION, INVALID_REPLICA_ASSIGNMENT, INVALID_REPLICATION_FACTOR if it may
    /// not change, NO_REASSIGNMENT_IN_PROGRESS.
    ///
    /// Kafka: `ReplicationControlManager.alterPartitionReassignments`.
    pub(super) fn alter_reassignments(
        &self,
        cx: &mut Cx<'_>,
        request: &AlterPartitionReassignmentsRequest,
    ) -> Outcome {
        let mut records = Vec::new();
        let mut seen: BTreeSet<(&Str, i32)> = BTreeSet::new();
        let responses = request.topics.iter().map(|topic| {
            let partitions = topic.partitions.iter().map(|target| {
                let outcome = if seen.insert((&topic.name, target.partition_index)) {
                    self.alter_reassignment(cx, request, &topic.name, target)
                } else {
                    Err(Refusal::new(ErrorCode::INVALID_REQUEST, "The partition is named twice."))
                };
                let (error_code, error_message) = match outcome {
                    Ok(record) => {
                        records.extend(record);
                        (ErrorCode::NONE, None)
                    }
                    Err(refusal) => (refusal.code, refusal.text()),
                };
                let partition_index = target.partition_index;
                ReassignablePartitionResponse { partition_index, error_code, error_message }
            });
            ReassignableTopicResponse { name: topic.name.clone(), partitions: partitions.collect() }
        });
        let response = AlterPartitionReassignmentsResponse {
            allow_replication_factor_change: request.allow_replication_factor_change,
            responses: responses.collect(),
            ..AlterPartitionReassignmentsResponse::default()
        };
        (records, Answer::Response(response.into()))
    }

    fn alter_reassignment(
        &self,
        cx: &mut Cx<'_>,
        request: &AlterPartitionReassignmentsRequest,
        name: &Str,
        target: &ReassignablePartition,
    ) -> Result<Option<MetadataRecord>, Refusal> {
        let unknown = |message| Refusal::new(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, message);
        let topic = self.image.topic(name);
        let topic = topic.ok_or_else(|| unknown(format!("Unable to find a topic named {name}.")))?;
        let index = target.partition_index;
        let state = topic.partitions.get(&index);
        let state = state.ok_or_else(|| unknown(format!("Unable to find partition {name}:{index}.")))?;
        match &target.replicas {
            None => self.cancel_reassignment(cx, topic, index, state).map(Some),
            Some(replicas) => {
                self.check_target(replicas)?;
                if !request.allow_replication_factor_change {
                    check_factor(state, replicas)?;
                }
                Ok(self.begin_reassignment(cx, topic, index, state, replicas))
            }
        }
    }

    /// Whether a partition can move there. A fenced broker may come back while it does.
    fn check_target(&self, replicas: &[BrokerId]) -> Result<(), Refusal> {
        let invalid = |message| Err(Refusal::new(ErrorCode::INVALID_REPLICA_ASSIGNMENT, message));
        if replicas.is_empty() {
            return invalid("The manual partition assignment includes an empty replica list.".into());
        }
        for (place, id) in replicas.iter().enumerate() {
            if !self.image.brokers.contains_key(id) {
                return invalid(format!(
                    "The manual partition assignment includes broker {id}, but no such broker is registered."
                ));
            }
            if replicas[..place].contains(id) {
                return invalid(format!(
                    "The manual partition assignment includes the broker {id} more than once."
                ));
            }
        }
        Ok(())
    }

    /// Makes the target replicas, in this order, and behind them those that leave. `None` if it is so already.
    ///
    /// Taking back leads to where the first of several reassignments began: who joined in one that was replaced
    /// counts as joining and leaving. (Kafka forgets that it joined, and keeps it.)
    ///
    /// Kafka: `ReplicationControlManager.changePartitionReassignment`.
    fn begin_reassignment(
        &self,
        cx: &mut Cx<'_>,
        topic: &Topic,
        index: i32,
        state: &PartitionState,
        target: &[BrokerId],
    ) -> Option<MetadataRecord> {
        let original: Vec<BrokerId> = without(&state.replicas, &state.adding);
        let removing = without(&state.replicas, target);
        let replicas: Vec<BrokerId> = target.iter().chain(&removing).copied().collect();
        let adding = without(&replicas, &original);
        let rules = self.rules(cx, &topic.name);
        let change = self.change(topic, index, rules).replicas(replicas, adding, removing);
        self.decide_change(cx, topic, change).map(|(_, record)| record.into())
    }

    /// Takes a reassignment back: who was joining goes, who was leaving stays.
    ///
    /// # Errors
    /// NO_REASSIGNMENT_IN_PROGRESS; INVALID_REPLICA_ASSIGNMENT if nobody who stays may lead without losing records,
    /// and the topic would rather wait.
    ///
    /// Kafka: `ReplicationControlManager.cancelPartitionReassignment`, which elects a leader from outside the ISR
    /// without marking it, where it may elect one at all.
    fn cancel_reassignment(
        &self,
        cx: &mut Cx<'_>,
        topic: &Topic,
        index: i32,
        state: &PartitionState,
    ) -> Result<MetadataRecord, Refusal> {
        if !state.is_reassigned() {
            let message = "No partition reassignment is in progress.";
            return Err(Refusal::new(ErrorCode::NO_REASSIGNMENT_IN_PROGRESS, message));
        }
        let original = without(&state.replicas, &state.adding);
        let held = |list: &[BrokerId]| list.iter().any(|id| original.contains(id));
        let rules = self.rules(cx, &topic.name);
        // Who is in sync holds everything that was committed, and so does who is eligible; where there is neither,
        // who led last is the best there is.
        let nobody = state.isr.is_empty() && state.elr.is_empty();
        let last_known = state.last_known_elr.is_empty() || held(&state.last_known_elr);
        let keeps = held(&state.isr) || held(&state.elr) || (nobody && last_known);
        let refuse = || {
            let message = format!(
                "Unable to revert partition assignment for {}:{index} because it would require an unclean leader election.",
                topic.name
            );
            Err(Refusal::new(ErrorCode::INVALID_REPLICA_ASSIGNMENT, message))
        };
        if original.is_empty() || !(keeps || rules.unclean) {
            return refuse();
        }
        let change = self.change(topic, index, rules).replicas(original, Vec::new(), Vec::new());
        let (after, record) =
            self.decide_change(cx, topic, change).expect("somebody joins or leaves no more");
        if !keeps && after.leader.is_none() {
            return refuse(); // nobody is there to be elected
        }
        Ok(record.into())
    }

    /// The reassignments under way: of all partitions, or of those that are named.
    ///
    /// Kafka: `ReplicationControlManager.listPartitionReassignments`.
    pub(super) fn list_reassignments(&self, request: &ListPartitionReassignmentsRequest) -> Outcome {
        let ongoing = |topic: &Topic, wanted: Option<&[i32]>| {
            let moving = topic.partitions.iter().filter(|(index, state)| {
                state.is_reassigned() && wanted.is_none_or(|wanted| wanted.contains(index))
            });
            let partitions = moving.map(|(index, state)| OngoingPartitionReassignment {
                partition_index: *index,
                replicas: state.replicas.clone(),
                adding_replicas: state.adding.clone(),
                removing_replicas: state.removing.clone(),
            });
            OngoingTopicReassignment { name: topic.name.clone(), partitions: partitions.collect() }
        };
        let topics: Vec<OngoingTopicReassignment> = match &request.topics {
            None => self.image.topics().map(|topic| ongoing(topic, None)).collect(),
            Some(asked) => {
                let found = asked.iter().filter_map(|asked| {
                    Some(ongoing(self.image.topic(&asked.name)?, Some(&asked.partition_indexes)))
                });
                found.collect()
            }
        };
        let topics = topics.into_iter().filter(|topic| !topic.partitions.is_empty()).collect();
        let response = ListPartitionReassignmentsResponse { topics, ..Default::default() };
        (Vec::new(), Answer::Response(response.into()))
    }
}

/// How many replicas a partition has once its reassignment, if there is one, is done.
pub(super) fn factor_of(state: &PartitionState) -> usize {
    without(&state.replicas, &state.removing).len()
}

/// Source: KIP-860.
fn check_factor(state: &PartitionState, target: &[BrokerId]) -> Result<(), Refusal> {
    let factor = factor_of(state);
    if factor == target.len() {
        return Ok(());
    }
    let message = format!("The replication factor is changed from {factor} to {}", target.len());
    Err(Refusal::new(ErrorCode::INVALID_REPLICATION_FACTOR, message))
}

fn without(list: &[BrokerId], others: &[BrokerId]) -> Vec<BrokerId> {
    list.iter().copied().filter(|id| !others.contains(id)).collect()
}
