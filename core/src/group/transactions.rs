//! Offsets that are committed by a transaction: pending until its marker is in the partition.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use klamm_wire::messages::txn_offset_commit_request::TxnOffsetCommitRequestPartition;
use klamm_wire::messages::txn_offset_commit_response::{
    TxnOffsetCommitResponsePartition, TxnOffsetCommitResponseTopic,
};
use klamm_wire::messages::{TxnOffsetCommitRequest, TxnOffsetCommitResponse};
use klamm_wire::{ErrorCode, Str};

use crate::connection::Ticket;
use crate::coordinator::Decision;
use crate::cx::Cx;
use crate::group::Answer;
use crate::group::classic::Group;
use crate::group::rebalance::{Turn, fits};
use crate::group::records::{CommittedOffset, Record};
use crate::group::shard::{GroupShard, nothing};
use crate::replica::EndOfTransaction;
use crate::types::Offset;

/// First version that names generation and member.
const NAMES_MEMBER: i16 = 3;

/// What one producer's transaction commits, by group, topic and partition: where the record lies, and what it says.
pub(crate) type PendingOffsets =
    BTreeMap<Str, BTreeMap<Str, BTreeMap<i32, (Offset, Option<CommittedOffset>)>>>;

/// A TxnOffsetCommit on its way to its shard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TransactionalCommit {
    pub(crate) api_version: i16,
    pub(crate) request: TxnOffsetCommitRequest,
}

/// A TxnOffsetCommit that was refused as a whole.
pub(crate) fn transactional_commit_refusal(
    request: &TxnOffsetCommitRequest,
    error: ErrorCode,
) -> TxnOffsetCommitResponse {
    let partition = |partition: &TxnOffsetCommitRequestPartition| TxnOffsetCommitResponsePartition {
        partition_index: partition.partition_index,
        error_code: error,
    };
    let topics = request.topics.iter().map(|topic| TxnOffsetCommitResponseTopic {
        name: topic.name.clone(),
        partitions: topic.partitions.iter().map(partition).collect(),
    });
    TxnOffsetCommitResponse { topics: topics.collect(), ..TxnOffsetCommitResponse::default() }
}

impl Turn<'_, '_> {
    /// Whether a commit in a transaction comes from whom it says. Older producers do not say.
    ///
    /// # Errors
    /// `ILLEGAL_GENERATION`, `UNKNOWN_MEMBER_ID`, `FENCED_INSTANCE_ID`: a zombie; its transaction must be aborted.
    ///
    /// Kafka: `ClassicGroup.validateOffsetCommit`; KIP-447.
    fn validate_transactional_commit(&mut self, request: &TxnOffsetCommitRequest) -> Result<(), ErrorCode> {
        let instance = request.group_instance_id.as_ref();
        let names_nobody = request.generation_id < 0 && request.member_id.is_empty() && instance.is_none();
        if names_nobody || (request.generation_id < 0 && self.group.members.is_empty()) {
            return Ok(());
        }
        self.group.validate_member(&request.member_id, instance)?;
        if request.generation_id != self.group.generation {
            return Err(ErrorCode::ILLEGAL_GENERATION);
        }
        self.arm_session(&request.member_id);
        Ok(())
    }
}

impl GroupShard {
    /// Decides a TxnOffsetCommit. Its offsets count when the marker of a committed transaction comes.
    ///
    /// Kafka: `OffsetMetadataManager.commitTransactionalOffset`.
    pub(super) fn commit_in_transaction(
        &self,
        groups: &mut BTreeMap<Str, Group>,
        cx: &mut Cx<'_>,
        ticket: Ticket,
        commit: &TransactionalCommit,
    ) -> Decision<Record, Answer> {
        let mut request = commit.request.clone();
        if commit.api_version < NAMES_MEMBER {
            (request.generation_id, request.member_id, request.group_instance_id) =
                (-1, Str::default(), None);
        }
        let mut out = nothing();
        let valid = self.with_group(groups, cx, &request.group_id, &mut out, |turn| {
            turn.validate_transactional_commit(&request)
        });
        let valid = match valid {
            Some(valid) => valid,
            None if request.generation_id < 0 => Ok(()),
            None => Err(ErrorCode::ILLEGAL_GENERATION),
        };
        let response = match valid {
            Err(error) => transactional_commit_refusal(&request, error),
            Ok(()) => {
                let (records, response) = pending(cx, &request);
                out.records.extend(records);
                response
            }
        };
        out.answers.push((ticket, response.into()));
        out
    }

    /// Takes over an offset, or forgets one.
    pub(super) fn apply_offset(
        &mut self,
        group: &Str,
        topic: &Str,
        partition: i32,
        value: Option<&CommittedOffset>,
        record_offset: Offset,
    ) {
        let Some(value) = value else { return self.forget(group, topic, partition) };
        // Offsets without members make a group of their own, of no type and always empty.
        self.groups.entry(group.clone()).or_default();
        let topics = self.offsets.entry(group.clone()).or_default();
        let value = CommittedOffset { record_offset, ..value.clone() };
        topics.entry(topic.clone()).or_default().insert(partition, value);
    }

    /// A transaction has ended: what it would have committed is committed now, or never.
    ///
    /// What was committed after a pending offset was written is newer than it, and stays.
    ///
    /// Kafka: `OffsetMetadataManager.replayEndTransactionMarker`.
    pub(super) fn end_transaction(&mut self, end: &EndOfTransaction) {
        let pending = self.pending.remove(&end.producer_id).filter(|_| end.commit);
        for (group, topics) in pending.into_iter().flatten() {
            for (topic, partitions) in topics {
                for (partition, (record_offset, value)) in partitions {
                    let committed =
                        self.offsets.get(&group).and_then(|topics| topics.get(&topic)?.get(&partition));
                    let is_newer = committed.is_some_and(|committed| committed.record_offset > record_offset);
                    if !is_newer {
                        self.apply_offset(&group, &topic, partition, value.as_ref(), record_offset);
                    }
                }
            }
        }
    }

    /// Whether a transaction that is open has an offset for the partition.
    pub(crate) fn is_offset_pending(&self, group: &str, topic: &str, partition: i32) -> bool {
        let holds = |offsets: &PendingOffsets| {
            offsets
                .get(group)
                .and_then(|topics| topics.get(topic))
                .is_some_and(|found| found.contains_key(&partition))
        };
        self.pending.values().any(holds)
    }

    /// Whether a transaction that is open has any offset of the group.
    pub(super) fn has_pending_offsets(&self, group: &str) -> bool {
        self.pending.values().any(|offsets| offsets.contains_key(group))
    }
}

/// The records of a commit that was accepted, and what is said about each partition.
fn pending(cx: &Cx<'_>, request: &TxnOffsetCommitRequest) -> (Vec<Record>, TxnOffsetCommitResponse) {
    let mut records = Vec::new();
    let mut response = TxnOffsetCommitResponse::default();
    let max = usize::try_from(cx.config.offset_metadata_max_bytes).unwrap_or(usize::MAX);
    for topic in &request.topics {
        let known = cx.image.topic(&topic.name);
        let mut partitions = Vec::with_capacity(topic.partitions.len());
        for partition in &topic.partitions {
            let metadata = partition.committed_metadata.clone().unwrap_or_default();
            let error_code = if known.is_none() {
                ErrorCode::UNKNOWN_TOPIC_OR_PARTITION
            } else if metadata.encode_utf16().count() > max {
                ErrorCode::OFFSET_METADATA_TOO_LARGE
            } else {
                ErrorCode::NONE
            };
            partitions.push(TxnOffsetCommitResponsePartition {
                partition_index: partition.partition_index,
                error_code,
            });
            let Some(known) = known.filter(|_| error_code.is_none()) else { continue };
            records.push(Record::Pending {
                producer_id: request.producer_id,
                producer_epoch: request.producer_epoch,
                group: request.group_id.clone(),
                topic: topic.name.clone(),
                partition: partition.partition_index,
                value: Some(CommittedOffset {
                    offset: partition.committed_offset,
                    leader_epoch: partition.committed_leader_epoch,
                    metadata,
                    commit_timestamp: cx.now.wall_ms,
                    expire_timestamp: None,
                    topic_id: known.id,
                    record_offset: -1,
                }),
            });
        }
        response.topics.push(TxnOffsetCommitResponseTopic { name: topic.name.clone(), partitions });
    }
    if !fits(cx, &records) {
        return (Vec::new(), transactional_commit_refusal(request, ErrorCode::INVALID_COMMIT_OFFSET_SIZE));
    }
    (records, response)
}
