//! Offsets: of partitions, of groups, and deleting what lies below one.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use klamm_wire::messages::delete_records_request::{DeleteRecordsPartition, DeleteRecordsTopic};
use klamm_wire::messages::list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic};
use klamm_wire::messages::offset_commit_request::{OffsetCommitRequestPartition, OffsetCommitRequestTopic};
use klamm_wire::messages::offset_delete_request::{OffsetDeleteRequestPartition, OffsetDeleteRequestTopic};
use klamm_wire::messages::{
    DeleteRecordsRequest, DeleteRecordsResponse, ListOffsetsRequest, ListOffsetsResponse,
    OffsetCommitRequest, OffsetCommitResponse, OffsetDeleteRequest, OffsetDeleteResponse,
    OffsetFetchResponse, Request,
};
use klamm_wire::{ErrorCode, Str};

use super::ask::{Absorbed, Ask};
use super::call::{AdminReply, ByPartition, ListedOffset};
use crate::client::ErrorClass;
use crate::client::consumer::{offset_fetch_request, offset_fetch_response};
use crate::types::{Offset, TopicPartition};

/// The replica id of those that are none.
const CLIENT: i32 = -1;

fn by_topic<T>(partitions: impl Iterator<Item = (TopicPartition, T)>) -> BTreeMap<Str, Vec<(i32, T)>> {
    let mut topics: BTreeMap<Str, Vec<(i32, T)>> = BTreeMap::new();
    for (name, value) in partitions {
        topics.entry(name.topic).or_default().push((name.partition, value));
    }
    topics
}

fn named(topic: &Str, partition: i32) -> TopicPartition {
    TopicPartition { topic: topic.clone(), partition }
}

/// Answers that stand, and those to be asked for again with the reason.
struct Sorted<T> {
    done: ByPartition<T>,
    again: BTreeSet<TopicPartition>,
    code: ErrorCode,
}

fn sort<T>(answers: impl Iterator<Item = (TopicPartition, ErrorCode, T)>) -> Sorted<T> {
    let mut sorted = Sorted { done: BTreeMap::new(), again: BTreeSet::new(), code: ErrorCode::NONE };
    for (name, code, value) in answers {
        match ErrorClass::of(code) {
            ErrorClass::None => drop(sorted.done.insert(name, Ok(value))),
            ErrorClass::Fatal => drop(sorted.done.insert(name, Err(code))),
            _ => {
                sorted.again.insert(name);
                sorted.code = code;
            }
        }
    }
    sorted
}

fn only(
    values: &BTreeMap<TopicPartition, i64>,
    names: &BTreeSet<TopicPartition>,
) -> BTreeMap<TopicPartition, i64> {
    values
        .iter()
        .filter(|(name, _)| names.contains(*name))
        .map(|(name, value)| (name.clone(), *value))
        .collect()
}

pub(super) fn list_request(timestamps: &BTreeMap<TopicPartition, i64>) -> Request {
    let partition = |(partition_index, timestamp)| ListOffsetsPartition {
        partition_index,
        timestamp,
        ..Default::default()
    };
    let topics = by_topic(timestamps.iter().map(|(name, timestamp)| (name.clone(), *timestamp)));
    let topics = topics.into_iter().map(|(name, partitions)| ListOffsetsTopic {
        name,
        partitions: partitions.into_iter().map(partition).collect(),
    });
    ListOffsetsRequest { replica_id: CLIENT, topics: topics.collect(), ..Default::default() }.into()
}

pub(super) fn listed(ask: &Ask, response: &ListOffsetsResponse) -> Absorbed {
    let answers = response.topics.iter().flat_map(|topic| {
        topic.partitions.iter().map(|p| {
            let listed =
                ListedOffset { offset: p.offset, timestamp_ms: p.timestamp, leader_epoch: p.leader_epoch };
            (named(&topic.name, p.partition_index), p.error_code, listed)
        })
    });
    let sorted = sort(answers);
    let Ask::ListOffsets(_, timestamps) = ask else { unreachable!("{ask:?} is about something else") };
    let again = (!sorted.again.is_empty())
        .then(|| (Ask::ListOffsets(None, only(timestamps, &sorted.again)), sorted.code));
    Absorbed { reply: Some(AdminReply::Offsets(sorted.done)), again, refused: None }
}

pub(super) fn delete_records_request(offsets: &BTreeMap<TopicPartition, Offset>, timeout_ms: i32) -> Request {
    let topics = by_topic(offsets.iter().map(|(name, offset)| (name.clone(), *offset)));
    let partition = |(partition_index, offset)| DeleteRecordsPartition { partition_index, offset };
    let topics = topics.into_iter().map(|(name, partitions)| DeleteRecordsTopic {
        name,
        partitions: partitions.into_iter().map(partition).collect(),
    });
    DeleteRecordsRequest { topics: topics.collect(), timeout_ms }.into()
}

pub(super) fn records_deleted(ask: &Ask, response: &DeleteRecordsResponse) -> Absorbed {
    let answers = response.topics.iter().flat_map(|topic| {
        let name = &topic.name;
        topic.partitions.iter().map(|p| (named(name, p.partition_index), p.error_code, p.low_watermark))
    });
    let sorted = sort(answers);
    let Ask::DeleteRecords(_, offsets) = ask else { unreachable!("{ask:?} is about something else") };
    let again = (!sorted.again.is_empty())
        .then(|| (Ask::DeleteRecords(None, only(offsets, &sorted.again)), sorted.code));
    Absorbed { reply: Some(AdminReply::LowWatermarks(sorted.done)), again, refused: None }
}

/// `None` if the version cannot ask for all partitions.
pub(super) fn fetch_request(group: &Str, version: i16) -> Option<Request> {
    (version >= 2).then(|| offset_fetch_request(group, None, version).into())
}

/// What the coordinator says about the group as a whole.
fn group_error(ask: &Ask, code: ErrorCode) -> Option<Absorbed> {
    match ErrorClass::of(code) {
        ErrorClass::None => None,
        ErrorClass::Fatal => Some(Absorbed::refused(code)),
        _ => Some(Absorbed::again(ask.clone(), code)),
    }
}

pub(super) fn fetched(ask: &Ask, response: &OffsetFetchResponse) -> Absorbed {
    let (code, offsets) = offset_fetch_response(response);
    if let Some(absorbed) = group_error(ask, code) {
        return absorbed;
    }
    let known = offsets.into_iter().filter_map(|(name, (code, committed))| match (code, committed) {
        (ErrorCode::NONE, Some(committed)) => Some((name, Ok(committed))),
        (ErrorCode::NONE, None) => None,
        (code, _) => Some((name, Err(code))),
    });
    Absorbed::done(AdminReply::GroupOffsets(known.collect()))
}

pub(super) fn commit_request(group: &Str, offsets: &BTreeMap<TopicPartition, Offset>) -> Request {
    let partition = |(partition_index, committed_offset)| OffsetCommitRequestPartition {
        partition_index,
        committed_offset,
        committed_metadata: Some(Str::default()),
        ..Default::default()
    };
    let topics = by_topic(offsets.iter().map(|(name, offset)| (name.clone(), *offset)));
    let topics = topics.into_iter().map(|(name, partitions)| OffsetCommitRequestTopic {
        name,
        partitions: partitions.into_iter().map(partition).collect(),
        ..Default::default()
    });
    OffsetCommitRequest { group_id: group.clone(), topics: topics.collect(), ..Default::default() }.into()
}

pub(super) fn committed(ask: &Ask, response: &OffsetCommitResponse) -> Absorbed {
    let answers = response.topics.iter().flat_map(|topic| {
        topic.partitions.iter().map(|p| (named(&topic.name, p.partition_index), p.error_code, ()))
    });
    let sorted = sort(answers);
    let Ask::CommitOffsets(group, offsets) = ask else { unreachable!("{ask:?} is about something else") };
    let again = (!sorted.again.is_empty())
        .then(|| (Ask::CommitOffsets(group.clone(), only(offsets, &sorted.again)), sorted.code));
    Absorbed { reply: Some(AdminReply::Partitions(sorted.done)), again, refused: None }
}

pub(super) fn forget_request(group: &Str, partitions: &BTreeSet<TopicPartition>) -> Request {
    let partition = |(partition_index, ())| OffsetDeleteRequestPartition { partition_index };
    let topics = by_topic(partitions.iter().map(|name| (name.clone(), ())));
    let topics = topics.into_iter().map(|(name, partitions)| OffsetDeleteRequestTopic {
        name,
        partitions: partitions.into_iter().map(partition).collect(),
    });
    OffsetDeleteRequest { group_id: group.clone(), topics: topics.collect() }.into()
}

pub(super) fn forgotten(ask: &Ask, response: &OffsetDeleteResponse) -> Absorbed {
    if let Some(absorbed) = group_error(ask, response.error_code) {
        return absorbed;
    }
    let answers = response.topics.iter().flat_map(|topic| {
        topic.partitions.iter().map(|p| {
            let outcome = if p.error_code == ErrorCode::NONE { Ok(()) } else { Err(p.error_code) };
            (named(&topic.name, p.partition_index), outcome)
        })
    });
    Absorbed::done(AdminReply::Partitions(answers.collect()))
}
