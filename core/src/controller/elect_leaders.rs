//! Elections that somebody asks for, and those the controller makes by itself now and then.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::vec::Vec;

use klamm_wire::messages::elect_leaders_response::{PartitionResult, ReplicaElectionResult};
use klamm_wire::messages::{ElectLeadersRequest, ElectLeadersResponse};
use klamm_wire::metadata_records::MetadataRecord;
use klamm_wire::{ErrorCode, Str};

use super::partition_change::Election;
use super::{Answer, Controller, Outcome, Refusal};
use crate::cx::Cx;
use crate::image::{NO_LEADER, PartitionState, Topic};

/// The most elections the controller makes by itself in one batch of records.
///
/// Kafka: `QuorumController.MAX_ELECTIONS_PER_IMBALANCE`.
const ELECTIONS_MAX: usize = 1000;

/// Whom to elect. Numbered as on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ElectionType {
    Preferred = 0,
    Unclean = 1,
}

impl ElectionType {
    fn from_id(id: i8) -> Option<Self> {
        [Self::Preferred, Self::Unclean].into_iter().find(|kind| *kind as i8 == id)
    }

    /// Whether the partition is as this election would have it.
    fn is_done(self, state: &PartitionState) -> bool {
        match self {
            Self::Preferred => state.leader.is_some() && state.leader == state.preferred(),
            Self::Unclean => state.leader.is_some(),
        }
    }
}

impl Controller {
    /// Elects leaders; every partition is answered for itself. Where all partitions are asked for, those that need no
    /// election are not mentioned.
    ///
    /// # Errors
    /// INVALID_REQUEST for an unknown kind of election. Of a partition: UNKNOWN_TOPIC_OR_PARTITION,
    /// ELECTION_NOT_NEEDED, PREFERRED_LEADER_NOT_AVAILABLE, ELIGIBLE_LEADERS_NOT_AVAILABLE.
    ///
    /// Source: KIP-460. Kafka: `ReplicationControlManager.electLeaders`.
    pub(super) fn elect_leaders(
        &self,
        cx: &mut Cx<'_>,
        request: &ElectLeadersRequest,
    ) -> Result<Outcome, Refusal> {
        let kind = ElectionType::from_id(request.election_type).ok_or_else(|| {
            let message = format!("Unknown election type {}", request.election_type);
            Refusal::new(ErrorCode::INVALID_REQUEST, message)
        })?;
        let mut records = Vec::new();
        let mut response = ElectLeadersResponse::default();
        match &request.topic_partitions {
            Some(asked) => {
                let mut seen = BTreeSet::new();
                for topic in asked {
                    let once = topic.partitions.iter().filter(|index| seen.insert((&topic.topic, **index)));
                    let result = once.map(|index| {
                        result(*index, self.elect_leader(cx, &mut records, &topic.topic, *index, kind))
                    });
                    response.replica_election_results.push(ReplicaElectionResult {
                        topic: topic.topic.clone(),
                        partition_result: result.collect(),
                    });
                }
            }
            None => {
                for topic in self.image.topics() {
                    let wanting = topic.partitions.iter().filter(|(_, state)| !kind.is_done(state));
                    let result = wanting.map(|(index, _)| {
                        result(*index, self.elect_leader(cx, &mut records, &topic.name, *index, kind))
                    });
                    let partition_result: Vec<_> = result.collect();
                    if !partition_result.is_empty() {
                        let topic = topic.name.clone();
                        let result = ReplicaElectionResult { topic, partition_result };
                        response.replica_election_results.push(result);
                    }
                }
            }
        }
        Ok((records, Answer::Response(response.into())))
    }

    fn elect_leader(
        &self,
        cx: &mut Cx<'_>,
        records: &mut Vec<MetadataRecord>,
        topic: &Str,
        index: i32,
        kind: ElectionType,
    ) -> Result<(), Refusal> {
        let unknown = |what: &str| Refusal::new(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, what);
        let found = self.image.topic(topic).ok_or_else(|| unknown(&format!("No such topic as {topic}")))?;
        let state = found.partitions.get(&index);
        let state = state.ok_or_else(|| unknown(&format!("No such partition as {topic}-{index}")))?;
        if kind.is_done(state) {
            let message = "Leader election not needed for topic partition.";
            return Err(Refusal::new(ErrorCode::ELECTION_NOT_NEEDED, message));
        }
        let (election, code) = match kind {
            ElectionType::Preferred => (Election::Preferred, ErrorCode::PREFERRED_LEADER_NOT_AVAILABLE),
            ElectionType::Unclean => (Election::Unclean, ErrorCode::ELIGIBLE_LEADERS_NOT_AVAILABLE),
        };
        let elected = self.elect(cx, found, index, election);
        let record = elected.ok_or_else(|| Refusal::new(code, "Nobody who may lead is available."))?;
        records.push(record);
        Ok(())
    }

    /// The record that moves the leadership; `None` if it stays where it is.
    fn elect(
        &self,
        cx: &mut Cx<'_>,
        topic: &Topic,
        index: i32,
        election: Election,
    ) -> Option<MetadataRecord> {
        let rules = self.rules(cx, &topic.name);
        let change = self.change(topic, index, rules).elect(election);
        let (_, record) = self.decide_change(cx, topic, change)?;
        (record.leader > NO_LEADER).then(|| record.into())
    }

    /// Gives leaderships back to the preferred replicas that are in sync. Returns whether there may be more to do.
    ///
    /// Kafka: `ReplicationControlManager.maybeBalancePartitionLeaders`.
    pub(super) fn balance_leaders(&self, cx: &mut Cx<'_>) -> (Vec<MetadataRecord>, bool) {
        self.elect_where(cx, Election::Preferred, |state| !ElectionType::Preferred.is_done(state))
    }

    /// Elects somebody where nobody leads and the topic would rather lose records than wait. Returns whether there
    /// may be more to do.
    ///
    /// Kafka: `ReplicationControlManager.maybeElectUncleanLeaders`.
    pub(super) fn elect_uncleanly(&self, cx: &mut Cx<'_>) -> (Vec<MetadataRecord>, bool) {
        self.elect_where(cx, Election::Unclean, |state| state.leader.is_none())
    }

    fn elect_where(
        &self,
        cx: &mut Cx<'_>,
        election: Election,
        wants: impl Fn(&PartitionState) -> bool,
    ) -> (Vec<MetadataRecord>, bool) {
        let mut records = Vec::new();
        for topic in self.image.topics() {
            for (index, _) in topic.partitions.iter().filter(|(_, state)| wants(state)) {
                if election == Election::Unclean && !self.rules(cx, &topic.name).unclean {
                    break;
                }
                if records.len() == ELECTIONS_MAX {
                    return (records, true);
                }
                records.extend(self.elect(cx, topic, *index, election));
            }
        }
        (records, false)
    }
}

fn result(partition_id: i32, elected: Result<(), Refusal>) -> PartitionResult {
    let (error_code, error_message) = match elected {
        Ok(()) => (ErrorCode::NONE, None),
        Err(refusal) => (refusal.code, refusal.text()),
    };
    PartitionResult { partition_id, error_code, error_message }
}
