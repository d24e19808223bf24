//! Topics get more partitions.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::vec::Vec;

use klamm_wire::messages::create_partitions_request::CreatePartitionsTopic;
use klamm_wire::messages::create_partitions_response::CreatePartitionsTopicResult;
use klamm_wire::messages::{CreatePartitionsRequest, CreatePartitionsResponse};
use klamm_wire::metadata_records::MetadataRecord;
use klamm_wire::{ErrorCode, Str};

use super::reassignment::factor_of;
use super::{Answer, Controller, Outcome, PARTITIONS_PER_REQUEST_MAX, Refusal, placement};
use crate::cx::Cx;
use crate::types::BrokerId;

impl Controller {
    /// Adds partitions behind the ones there are; every topic is answered for itself. The number of
    /// partitions never shrinks: their records would be lost and keys would move.
    pub(super) fn create_partitions(&self, cx: &mut Cx<'_>, request: &CreatePartitionsRequest) -> Outcome {
        let mut records = Vec::new();
        let mut results = Vec::new();
        let mut seen: BTreeSet<&Str> = BTreeSet::new();
        for topic in &request.topics {
            let outcome = if seen.insert(&topic.name) {
                self.added_partitions(cx, topic)
            } else {
                Err(Refusal::new(ErrorCode::INVALID_REQUEST, "Duplicate topic name."))
            };
            let (error_code, error_message) = match outcome {
                Ok(added) => {
                    records.extend(added);
                    (ErrorCode::NONE, None)
                }
                Err(refusal) => (refusal.code, refusal.text()),
            };
            results.push(CreatePartitionsTopicResult { name: topic.name.clone(), error_code, error_message });
        }
        if request.validate_only {
            records.clear();
        }
        let response = CreatePartitionsResponse { throttle_time_ms: 0, results };
        (records, Answer::Created(response.into()))
    }

    fn added_partitions(
        &self,
        cx: &mut Cx<'_>,
        request: &CreatePartitionsTopic,
    ) -> Result<Vec<MetadataRecord>, Refusal> {
        let Some(topic) = self.image.topic(&request.name) else {
            let message = format!("Topic '{}' does not exist.", request.name);
            return Err(Refusal::new(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, message));
        };
        let invalid = |message| Err(Refusal::new(ErrorCode::INVALID_PARTITIONS, message));
        let current = i32::try_from(topic.partitions.len()).expect("partitions are indexed by i32");
        if request.count == current {
            return invalid(format!("Topic already has {current} partition(s)."));
        }
        if request.count < current {
            return invalid(format!(
                "The topic {} currently has {current} partition(s); {} would not be an increase.",
                request.name, request.count
            ));
        }
        let added = usize::try_from(request.count - current).expect("it is an increase");
        if added > PARTITIONS_PER_REQUEST_MAX {
            let message = format!("At most {PARTITIONS_PER_REQUEST_MAX} partitions are added at once.");
            return Err(Refusal::new(ErrorCode::POLICY_VIOLATION, message));
        }
        let factor = topic.partitions.values().next().map_or(1, factor_of).max(1);
        let replicas = match &request.assignments {
            None => placement::place(&placement::candidates(&self.image), cx.rng, added, factor)?,
            Some(_) => self.assigned(request, added, factor)?,
        };
        let partitions = (current..).zip(replicas);
        let records =
            partitions.map(|(index, replicas)| self.new_partition(topic.id, index, replicas).into());
        Ok(records.collect())
    }

    /// Replicas chosen by the client, one list per new partition.
    fn assigned(
        &self,
        request: &CreatePartitionsTopic,
        added: usize,
        factor: usize,
    ) -> Result<Vec<Vec<BrokerId>>, Refusal> {
        let assignments = request.assignments.as_deref().unwrap_or_default();
        if assignments.len() != added {
            let message = format!(
                "Attempted to add {added} additional partition(s), but only {} assignment(s) were specified.",
                assignments.len()
            );
            return Err(Refusal::new(ErrorCode::INVALID_REPLICA_ASSIGNMENT, message));
        }
        for (index, assignment) in assignments.iter().enumerate() {
            self.check_assignment(index, &assignment.broker_ids, factor)?;
        }
        Ok(assignments.iter().map(|assignment| assignment.broker_ids.clone()).collect())
    }
}
