//! Committed offsets: OffsetCommit, OffsetFetch, OffsetDelete.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use klamm_wire::messages::offset_commit_request::OffsetCommitRequestPartition;
use klamm_wire::messages::offset_commit_response::{
    OffsetCommitResponsePartition, OffsetCommitResponseTopic,
};
use klamm_wire::messages::offset_delete_response::{
    OffsetDeleteResponsePartition, OffsetDeleteResponseTopic,
};
use klamm_wire::messages::{
    OffsetCommitRequest, OffsetCommitResponse, OffsetDeleteRequest, OffsetDeleteResponse,
};
use klamm_wire::{ErrorCode, Str, Uuid};

use crate::connection::Ticket;
use crate::coordinator::Decision;
use crate::cx::Cx;
use crate::group::Answer;
use crate::group::classic::{Group, Phase};
use crate::group::rebalance::{Turn, fits};
use crate::group::records::{CommittedOffset, Record};
use crate::group::shard::{GroupShard, nothing};

/// First version that names topics by id.
const TOPIC_IDS: i16 = 10;
/// First version whose clients know `GROUP_ID_NOT_FOUND`.
const KNOWS_GROUP_ID_NOT_FOUND: i16 = 9;

/// Committed offsets of one group, by topic and partition.
pub(crate) type GroupOffsets = BTreeMap<Str, BTreeMap<i32, CommittedOffset>>;

/// An OffsetCommit on its way to its shard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Commit {
    pub(crate) api_version: i16,
    pub(crate) request: OffsetCommitRequest,
}

impl Commit {
    /// The same answer for every partition.
    pub(crate) fn refusal(&self, error: ErrorCode) -> OffsetCommitResponse {
        commit_refusal(&self.request, error)
    }
}

/// An OffsetCommit that was refused as a whole.
pub(crate) fn commit_refusal(request: &OffsetCommitRequest, error: ErrorCode) -> OffsetCommitResponse {
    let partition = |partition: &OffsetCommitRequestPartition| OffsetCommitResponsePartition {
        partition_index: partition.partition_index,
        error_code: error,
    };
    let topics = request.topics.iter().map(|topic| OffsetCommitResponseTopic {
        name: topic.name.clone(),
        topic_id: topic.topic_id,
        partitions: topic.partitions.iter().map(partition).collect(),
    });
    OffsetCommitResponse { topics: topics.collect(), ..OffsetCommitResponse::default() }
}

impl Turn<'_, '_> {
    /// Whether a commit comes from whom it says, and at the right time. Keeps the member's session alive.
    ///
    /// # Errors
    /// `ILLEGAL_GENERATION`, `UNKNOWN_MEMBER_ID`, `FENCED_INSTANCE_ID`: a zombie; it must not move the group's
    /// offsets. `REBALANCE_IN_PROGRESS`: it has joined the next generation and has no assignment in it yet.
    ///
    /// Kafka: `ClassicGroup.validateOffsetCommit`.
    pub(crate) fn validate_commit(&mut self, request: &OffsetCommitRequest) -> Result<(), ErrorCode> {
        let generation = request.generation_id_or_member_epoch;
        let instance = request.group_instance_id.as_ref();
        if generation < 0 && self.group.phase == Phase::Empty {
            // From the admin client, or from a consumer that assigns partitions to itself.
            return Ok(());
        }
        if generation < 0 && request.member_id.is_empty() && instance.is_none() {
            return Err(ErrorCode::UNKNOWN_MEMBER_ID);
        }
        self.group.validate_member(&request.member_id, instance)?;
        if generation != self.group.generation {
            return Err(ErrorCode::ILLEGAL_GENERATION);
        }
        if self.group.phase == Phase::Completing {
            return Err(ErrorCode::REBALANCE_IN_PROGRESS);
        }
        self.arm_session(&request.member_id);
        Ok(())
    }
}

/// The records of a commit that was accepted, and what is said about each partition.
pub(crate) fn commit(cx: &Cx<'_>, commit: &Commit) -> (Vec<Record>, OffsetCommitResponse) {
    let request = &commit.request;
    let mut records = Vec::new();
    let mut response = OffsetCommitResponse::default();
    for topic in &request.topics {
        let known = if commit.api_version >= TOPIC_IDS {
            cx.image.topic_by_id(topic.topic_id).ok_or(ErrorCode::UNKNOWN_TOPIC_ID)
        } else {
            cx.image.topic(&topic.name).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)
        };
        let mut partitions = Vec::with_capacity(topic.partitions.len());
        for partition in &topic.partitions {
            let committed = known.and_then(|known| committed_offset(cx, request, known.id, partition));
            let error_code = committed.as_ref().err().copied().unwrap_or(ErrorCode::NONE);
            partitions.push(OffsetCommitResponsePartition {
                partition_index: partition.partition_index,
                error_code,
            });
            if let (Ok(value), Ok(known)) = (committed, known) {
                records.push(Record::Offset {
                    group: request.group_id.clone(),
                    topic: known.name.clone(),
                    partition: partition.partition_index,
                    value: Some(value),
                });
            }
        }
        response.topics.push(OffsetCommitResponseTopic {
            name: topic.name.clone(),
            topic_id: topic.topic_id,
            partitions,
        });
    }
    if !fits(cx, &records) {
        // Atomic or not at all.
        return (Vec::new(), commit.refusal(ErrorCode::INVALID_COMMIT_OFFSET_SIZE));
    }
    (records, response)
}

/// # Errors
/// `OFFSET_METADATA_TOO_LARGE`: this partition is not committed, others may be.
fn committed_offset(
    cx: &Cx<'_>,
    request: &OffsetCommitRequest,
    topic_id: Uuid,
    partition: &OffsetCommitRequestPartition,
) -> Result<CommittedOffset, ErrorCode> {
    let metadata = partition.committed_metadata.clone().unwrap_or_default();
    let max = usize::try_from(cx.config.offset_metadata_max_bytes).unwrap_or(usize::MAX);
    if metadata.encode_utf16().count() > max {
        return Err(ErrorCode::OFFSET_METADATA_TOO_LARGE);
    }
    let retention = Some(request.retention_time_ms).filter(|retention| *retention != -1);
    Ok(CommittedOffset {
        offset: partition.committed_offset,
        leader_epoch: partition.committed_leader_epoch,
        metadata,
        commit_timestamp: cx.now.wall_ms,
        expire_timestamp: retention.map(|retention| cx.now.wall_ms.saturating_add(retention)),
        // The format of an offset with its own expiry has no room for the id.
        topic_id: if retention.is_none() { topic_id } else { Uuid::ZERO },
        record_offset: -1,
    })
}

impl GroupShard {
    /// Decides an OffsetCommit.
    pub(crate) fn commit_offsets(
        &self,
        groups: &mut BTreeMap<Str, Group>,
        cx: &mut Cx<'_>,
        ticket: Ticket,
        request: &Commit,
    ) -> Decision<Record, Answer> {
        let message = &request.request;
        let mut out = nothing();
        let valid =
            self.with_group(groups, cx, &message.group_id, &mut out, |turn| turn.validate_commit(message));
        let valid = match valid {
            Some(valid) => valid,
            // Nobody needs to join a group to keep offsets in it.
            None if message.generation_id_or_member_epoch < 0 => Ok(()),
            None if request.api_version >= KNOWS_GROUP_ID_NOT_FOUND => Err(ErrorCode::GROUP_ID_NOT_FOUND),
            None => Err(ErrorCode::ILLEGAL_GENERATION),
        };
        let response = match valid {
            Err(error) => request.refusal(error),
            Ok(()) => {
                let (records, response) = commit(cx, request);
                out.records.extend(records);
                response
            }
        };
        out.answers.push((ticket, response.into()));
        out
    }

    /// The offset a group has committed. An offset of a topic that was deleted and created again is none.
    pub(crate) fn committed_offset(
        &self,
        group: &str,
        topic: &str,
        topic_id: Uuid,
        partition: i32,
    ) -> Option<&CommittedOffset> {
        let committed = self.offsets.get(group)?.get(topic)?.get(&partition)?;
        let other = !committed.topic_id.is_zero() && !topic_id.is_zero() && committed.topic_id != topic_id;
        (!other).then_some(committed)
    }

    /// Everything a group has committed.
    pub(crate) fn committed_offsets(&self, group: &str) -> Option<&GroupOffsets> {
        self.offsets.get(group)
    }

    /// Decides an OffsetDelete.
    ///
    /// Kafka: `OffsetMetadataManager.deleteOffsets`.
    pub(crate) fn delete_offsets(
        &self,
        groups: &BTreeMap<Str, Group>,
        cx: &Cx<'_>,
        ticket: Ticket,
        request: &OffsetDeleteRequest,
    ) -> Decision<Record, Answer> {
        let (records, response) = match self.offsets_to_delete(groups, cx, request) {
            Ok(deletion) => deletion,
            Err(error_code) => {
                (Vec::new(), OffsetDeleteResponse { error_code, ..OffsetDeleteResponse::default() })
            }
        };
        Decision { records, answers: alloc::vec![(ticket, response.into())] }
    }

    /// # Errors
    /// `GROUP_ID_NOT_FOUND`; `NON_EMPTY_GROUP`: members of another type than consumers may use any topic.
    fn offsets_to_delete(
        &self,
        groups: &BTreeMap<Str, Group>,
        cx: &Cx<'_>,
        request: &OffsetDeleteRequest,
    ) -> Result<(Vec<Record>, OffsetDeleteResponse), ErrorCode> {
        let group = self.view(groups, &request.group_id).ok_or(ErrorCode::GROUP_ID_NOT_FOUND)?;
        if group.phase != Phase::Empty && !group.is_consumer() {
            return Err(ErrorCode::NON_EMPTY_GROUP);
        }
        let subscribed = group.subscribed_topics();
        let mut records = Vec::new();
        let mut response = OffsetDeleteResponse::default();
        for topic in &request.topics {
            let error_code = if cx.image.topic(&topic.name).is_none() {
                ErrorCode::UNKNOWN_TOPIC_OR_PARTITION
            } else if Group::is_subscribed(subscribed.as_ref(), group.is_consumer(), &topic.name) {
                ErrorCode::GROUP_SUBSCRIBED_TO_TOPIC
            } else {
                ErrorCode::NONE
            };
            let mut partitions = Vec::with_capacity(topic.partitions.len());
            for partition in &topic.partitions {
                let partition_index = partition.partition_index;
                partitions.push(OffsetDeleteResponsePartition { partition_index, error_code });
                let offset =
                    self.committed_offset(&request.group_id, &topic.name, Uuid::ZERO, partition_index);
                if error_code == ErrorCode::NONE && offset.is_some() {
                    records.push(forget_offset(&request.group_id, &topic.name, partition_index));
                }
            }
            response.topics.push(OffsetDeleteResponseTopic { name: topic.name.clone(), partitions });
        }
        if fits(cx, &records) { Ok((records, response)) } else { Err(ErrorCode::UNKNOWN_SERVER_ERROR) }
    }
}

/// The record that ends an offset.
pub(crate) fn forget_offset(group: &Str, topic: &Str, partition: i32) -> Record {
    Record::Offset { group: group.clone(), topic: topic.clone(), partition, value: None }
}
