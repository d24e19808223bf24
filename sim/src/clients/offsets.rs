//! Requests about committed offsets, and what their answers are worth.

use klamm_wire::messages::offset_commit_request::{OffsetCommitRequestPartition, OffsetCommitRequestTopic};
use klamm_wire::messages::offset_fetch_request::OffsetFetchRequestTopic;
use klamm_wire::messages::offset_fetch_response::OffsetFetchResponsePartition;
use klamm_wire::messages::{OffsetCommitRequest, OffsetFetchRequest, OffsetFetchResponse};
use klamm_wire::{ErrorCode, Str};

use crate::ledger::{GivenUp, Ledger, PartitionId};
use crate::network::{NodeId, Stamp, Standing};

/// The commit of one offset; whoever commits as a member says so in what it adds.
pub(super) fn commit(
    group: &Str,
    partition: PartitionId,
    offset: i64,
    ledger: &mut Ledger,
) -> OffsetCommitRequest {
    let facts = ledger.commits.entry((group.clone(), partition)).or_default();
    facts.asked = facts.asked.max(offset);
    let name = &ledger.partitions[partition].name;
    OffsetCommitRequest {
        group_id: group.clone(),
        generation_id_or_member_epoch: -1,
        topics: vec![OffsetCommitRequestTopic {
            name: name.topic.clone(),
            partitions: vec![OffsetCommitRequestPartition {
                partition_index: name.partition,
                committed_offset: offset,
                committed_leader_epoch: -1,
                committed_metadata: Some("m".into()),
            }],
            ..OffsetCommitRequestTopic::default()
        }],
        ..OffsetCommitRequest::default()
    }
}

/// The question for the offsets of these partitions, and what was confirmed of them when it was asked.
pub(super) fn fetch(
    group: &Str,
    partitions: &[PartitionId],
    ledger: &Ledger,
) -> (OffsetFetchRequest, Vec<(PartitionId, i64)>) {
    let topics = partitions.iter().map(|partition| {
        let name = &ledger.partitions[*partition].name;
        OffsetFetchRequestTopic { name: name.topic.clone(), partition_indexes: vec![name.partition] }
    });
    let request = OffsetFetchRequest {
        group_id: group.clone(),
        topics: Some(topics.collect()),
        ..OffsetFetchRequest::default()
    };
    let confirmed = |partition: &PartitionId| {
        let facts = ledger.commits.get(&(group.clone(), *partition));
        (*partition, facts.map_or(-1, |facts| facts.confirmed))
    };
    (request, partitions.iter().map(confirmed).collect())
}

/// What an answer says of a partition.
pub(super) fn find<'a>(
    answer: &'a OffsetFetchResponse,
    partition: PartitionId,
    ledger: &Ledger,
) -> Option<&'a OffsetFetchResponsePartition> {
    let name = &ledger.partitions[partition].name;
    let topics = answer.topics.iter().filter(|topic| topic.name == name.topic);
    topics.flat_map(|topic| &topic.partitions).find(|data| data.partition_index == name.partition)
}

/// The error of a commit of one offset.
pub(super) fn outcome(answer: &klamm_wire::messages::OffsetCommitResponse) -> ErrorCode {
    let partition = answer.topics.first().and_then(|topic| topic.partitions.first());
    partition.map_or(ErrorCode::UNKNOWN_SERVER_ERROR, |partition| partition.error_code)
}

/// A commit in a generation, or -1, was given up with its connection: it may still be executed.
pub(super) fn give_up(
    group: &Str,
    generation: i32,
    (partition, offset): (PartitionId, i64),
    node: NodeId,
    ledger: &mut Ledger,
) {
    let life = ledger.lives.get(&node).copied().unwrap_or_default();
    let facts = ledger.commits.entry((group.clone(), partition)).or_default();
    facts.given_up.insert(offset, GivenUp { node: (node, life), generation });
}

/// Whether what a node said about offsets still binds it.
pub(super) fn stands(stamp: &Stamp, ledger: &Ledger) -> bool {
    !ledger.damaged && stamp.standing != Standing::GivenUp && ledger.offsets_lost <= stamp.moment
}
