//! Leaders propose who is in sync.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use klamm_wire::messages::alter_partition_request::{BrokerState, PartitionData as Proposal};
use klamm_wire::messages::alter_partition_response::{PartitionData, TopicData};
use klamm_wire::messages::{AlterPartitionRequest, AlterPartitionResponse};
use klamm_wire::metadata_records::MetadataRecord;
use klamm_wire::{ErrorCode, Uuid};

use super::{Answer, Controller, Outcome, Refusal};
use crate::cx::Cx;
use crate::flaw::Flaw;
use crate::image::{LeaderRecovery, NO_LEADER, PartitionState, Topic};
use crate::types::BrokerId;

/// Stands for the epoch of a broker whose leader does not know it; it is not checked.
const UNKNOWN_EPOCH: i64 = -1;

impl Controller {
    /// Changes ISRs as their leaders propose; every partition is answered for itself, with its state after the
    /// change.
    ///
    /// A change that completes a reassignment and takes the leadership away is made, and answered with
    /// NEW_LEADER_ELECTED: the leader learns the rest from the metadata.
    ///
    /// # Errors
    /// STALE_BROKER_EPOCH: the broker registers anew. Of a partition: see [`Controller::check_proposal`], and
    /// UNKNOWN_TOPIC_ID.
    ///
    /// Source: KIP-497, KIP-704, KIP-841, KIP-903. Kafka: `ReplicationControlManager.alterPartition`.
    pub(super) fn alter_partition(
        &self,
        cx: &mut Cx<'_>,
        request: &AlterPartitionRequest,
    ) -> Result<Outcome, Refusal> {
        self.check_epoch(request.broker_id, request.broker_epoch)?;
        let mut records = Vec::new();
        let mut seen: BTreeSet<(Uuid, i32)> = BTreeSet::new();
        let topics = request.topics.iter().map(|topic| {
            let partitions = topic.partitions.iter().map(|proposal| {
                let index = proposal.partition_index;
                // A second proposal was made without knowing what becomes of the first.
                let outcome = match seen.insert((topic.topic_id, index)) {
                    true => self.take_proposal(cx, &mut records, request.broker_id, topic.topic_id, proposal),
                    false => Err(ErrorCode::INVALID_REQUEST),
                };
                match outcome {
                    Ok(after) => altered(index, &after),
                    Err(error_code) => {
                        PartitionData { partition_index: index, error_code, ..Default::default() }
                    }
                }
            });
            TopicData { topic_id: topic.topic_id, partitions: partitions.collect() }
        });
        let topics = topics.collect();
        let response = AlterPartitionResponse { topics, ..AlterPartitionResponse::default() };
        Ok((records, Answer::Response(response.into())))
    }

    fn take_proposal(
        &self,
        cx: &mut Cx<'_>,
        records: &mut Vec<MetadataRecord>,
        leader: BrokerId,
        topic_id: Uuid,
        proposal: &Proposal,
    ) -> Result<PartitionState, ErrorCode> {
        let topic = self.image.topic_by_id(topic_id).ok_or(ErrorCode::UNKNOWN_TOPIC_ID)?;
        let (isr, recovery) = self.check_proposal(cx, topic, leader, proposal)?;
        let index = proposal.partition_index;
        let rules = self.rules(cx, &topic.name);
        let change = self.change(topic, index, rules).isr(isr).recovery(recovery);
        let Some((after, record)) = self.decide_change(cx, topic, change) else {
            return Ok(topic.partitions[&index].clone()); // it is so already
        };
        records.push(record.into());
        if after.leader != Some(leader) {
            return Err(ErrorCode::NEW_LEADER_ELECTED);
        }
        Ok(after)
    }

    /// The ISR and the state of recovery that a leader proposes.
    ///
    /// # Errors
    /// In this order:
    ///
    /// | code | because |
    /// |---|---|
    /// | UNKNOWN_TOPIC_OR_PARTITION | there is no such partition |
    /// | NOT_CONTROLLER | the leader knows a higher leader or partition epoch: this controller is behind |
    /// | FENCED_LEADER_EPOCH | its leader epoch is over |
    /// | INVALID_REQUEST | somebody else leads |
    /// | INVALID_UPDATE_VERSION | it has proposed without knowing the newest state |
    /// | INVALID_REQUEST | the ISR is empty, has somebody twice or who is no replica, or is without the leader; a leader that recovers has company; one that has recovered says it has not |
    /// | INELIGIBLE_REPLICA | somebody is not registered, shutting down, fenced, or has restarted since the leader saw it |
    ///
    /// Kafka: `ReplicationControlManager.validateAlterPartitionData`.
    fn check_proposal(
        &self,
        cx: &Cx<'_>,
        topic: &Topic,
        leader: BrokerId,
        proposal: &Proposal,
    ) -> Result<(Vec<BrokerId>, LeaderRecovery), ErrorCode> {
        let state = topic.partitions.get(&proposal.partition_index);
        let state = state.ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)?;
        if proposal.leader_epoch > state.leader_epoch || proposal.partition_epoch > state.partition_epoch {
            return Err(ErrorCode::NOT_CONTROLLER);
        }
        if proposal.leader_epoch < state.leader_epoch {
            return Err(ErrorCode::FENCED_LEADER_EPOCH);
        }
        if state.leader != Some(leader) {
            return Err(ErrorCode::INVALID_REQUEST);
        }
        if proposal.partition_epoch < state.partition_epoch {
            return Err(ErrorCode::INVALID_UPDATE_VERSION);
        }
        let members = members(proposal);
        let isr: Vec<BrokerId> = members.iter().map(|member| member.broker_id).collect();
        let recovery =
            LeaderRecovery::parse(proposal.leader_recovery_state).ok_or(ErrorCode::INVALID_REQUEST)?;
        let distinct = isr.iter().collect::<BTreeSet<_>>().len() == isr.len();
        let replicas_only = isr.iter().all(|id| state.replicas.contains(id));
        let recovering = recovery == LeaderRecovery::Recovering;
        let falls_back = recovering && state.recovery == LeaderRecovery::Recovered;
        if !distinct
            || !replicas_only
            || !isr.contains(&leader)
            || (recovering && isr.len() > 1)
            || falls_back
        {
            return Err(ErrorCode::INVALID_REQUEST);
        }
        if members.iter().any(|member| !self.is_eligible(cx, member)) {
            return Err(ErrorCode::INELIGIBLE_REPLICA);
        }
        Ok((isr, recovery))
    }

    /// Whether a broker may be in sync: it is active, and has not restarted since its leader saw what it has.
    fn is_eligible(&self, cx: &Cx<'_>, member: &BrokerState) -> bool {
        let Some(broker) = self.image.brokers.get(&member.broker_id) else { return false };
        let seen = member.broker_epoch == UNKNOWN_EPOCH || member.broker_epoch == broker.epoch;
        (broker.is_active() || cx.config.has_flaw(Flaw::FencedReplicaJoinsIsr))
            && (seen || cx.config.has_flaw(Flaw::StaleBrokerEpochJoinsIsr))
    }
}

/// Who is to be in sync. Versions below 3 do not know the epochs of brokers.
fn members(proposal: &Proposal) -> Vec<BrokerState> {
    if !proposal.new_isr_with_epochs.is_empty() {
        return proposal.new_isr_with_epochs.clone();
    }
    let member = |id: &BrokerId| BrokerState { broker_id: *id, broker_epoch: UNKNOWN_EPOCH };
    proposal.new_isr.iter().map(member).collect()
}

fn altered(partition_index: i32, state: &PartitionState) -> PartitionData {
    PartitionData {
        partition_index,
        error_code: ErrorCode::NONE,
        leader_id: state.leader.unwrap_or(NO_LEADER),
        leader_epoch: state.leader_epoch,
        isr: state.isr.clone(),
        leader_recovery_state: state.recovery as i8,
        partition_epoch: state.partition_epoch,
    }
}
