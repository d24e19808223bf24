//! What a request that waits at a partition remembers.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use bytes::Bytes;
use klamm_wire::batch::Inspected;
use klamm_wire::messages::delete_records_response::DeleteRecordsPartitionResult;
use klamm_wire::messages::fetch_response::PartitionData;
use klamm_wire::messages::{
    DeleteRecordsResponse, ListOffsetsResponse, ProduceResponse, TxnOffsetCommitRequest,
    WriteTxnMarkersResponse,
};
use klamm_wire::{ErrorCode, Str, Uuid};

use crate::replica::{Guard, Place, Prepared, SessionKey};
use crate::time::Timestamp;
use crate::types::{BrokerId, LeaderEpoch, Offset, TopicIdPartition};

/// Where the answer for one partition stands in a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ProduceSlot {
    pub(crate) topic: usize,
    pub(crate) partition: usize,
}

/// A produce whose records are not all committed, or not all appended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DelayedProduce {
    pub(crate) acks: i16,
    pub(crate) api_version: i16,
    /// Filled as partitions are done.
    pub(crate) response: ProduceResponse,
    /// Appended, waiting for the high watermark: slot, partition, watermark needed.
    pub(crate) uncommitted: Vec<(ProduceSlot, TopicIdPartition, Offset)>,
    /// Waiting for a rebuilt batch.
    pub(crate) rebuilding: BTreeMap<u32, (ProduceSlot, TopicIdPartition, Option<Guard>)>,
    /// Waiting for the coordinator of the transaction they are part of.
    pub(crate) verifying: BTreeMap<u32, Unverified>,
}

/// A batch whose transaction the coordinator has to know of first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unverified {
    pub(crate) slot: ProduceSlot,
    pub(crate) id: TopicIdPartition,
    pub(crate) guard: Guard,
    pub(crate) batch: Bytes,
    pub(crate) facts: Inspected,
    pub(crate) prepared: Prepared,
}

/// A WriteTxnMarkers whose markers are not all committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DelayedMarkers {
    /// Filled as partitions are done.
    pub(crate) response: WriteTxnMarkersResponse,
    /// Appended: place of marker, topic and partition in the response, the partition, the watermark needed.
    pub(crate) uncommitted: Vec<([usize; 3], TopicIdPartition, Offset)>,
}

/// A DeleteRecords whose new starts are not those of all replicas.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DelayedDeletion {
    /// Filled as partitions are done.
    pub(crate) response: DeleteRecordsResponse,
    /// Place of topic and partition in the response, the partition, the low watermark needed.
    pub(crate) waiting: Vec<([usize; 2], TopicIdPartition, Offset)>,
}

impl DelayedDeletion {
    pub(crate) fn answer_mut(&mut self, [topic, partition]: [usize; 2]) -> &mut DeleteRecordsPartitionResult {
        &mut self.response.topics[topic].partitions[partition]
    }

    pub(crate) fn fail(&mut self, place: [usize; 2], code: ErrorCode) {
        let answer = self.answer_mut(place);
        (answer.error_code, answer.low_watermark) = (code, -1);
    }
}

/// A TxnOffsetCommit whose transaction the coordinator has to know of first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DelayedOffsets {
    pub(crate) api_version: i16,
    pub(crate) request: TxnOffsetCommitRequest,
    pub(crate) guard: Guard,
}

/// Who fetches, and with it how far it may read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reader {
    /// Up to what is committed.
    Consumer {
        /// Only what is not of an open transaction.
        read_committed: bool,
        /// A follower may serve it: the client says where it stands (KIP-392).
        place: Option<Place>,
    },
    /// Another replica: everything there is.
    Follower {
        replica: BrokerId,
        /// Of the registration it fetches under; -1 if the version does not carry it.
        broker_epoch: i64,
    },
}

/// A fetch that has not enough to answer yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DelayedFetch {
    pub(crate) api_version: i16,
    pub(crate) partitions: Vec<FetchPartition>,
    pub(crate) session: SessionKey,
    pub(crate) reader: Reader,
    pub(crate) min_bytes: usize,
    pub(crate) max_bytes: usize,
    /// When to answer with what there is.
    pub(crate) deadline: Timestamp,
}

/// One partition of a fetch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FetchPartition {
    /// As the client names it, for the answer and its session.
    pub(crate) topic: Str,
    /// As the client names it.
    pub(crate) topic_id: Uuid,
    pub(crate) partition: i32,
    /// What is meant.
    pub(crate) id: TopicIdPartition,
    pub(crate) current_leader_epoch: LeaderEpoch,
    pub(crate) fetch_offset: Offset,
    pub(crate) last_fetched_epoch: LeaderEpoch,
    pub(crate) log_start_offset: Offset,
    pub(crate) max_bytes: u32,
    pub(crate) state: FetchState,
}

/// How far the reading of one partition is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FetchState {
    /// To be read, or read again because there was nothing.
    Unread,
    /// The disk was asked.
    Pending,
    /// Nothing above the offset yet; where this was seen.
    Empty(PartitionData),
    /// Records, an error, or no room for records: final.
    Done(PartitionData),
}

/// A ListOffsets that waits for the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DelayedLookup {
    pub(crate) partitions: Vec<LookupPartition>,
    /// Filled as partitions are done.
    pub(crate) response: ListOffsetsResponse,
    pub(crate) read_committed: bool,
    /// Whether the version of the request knows leader epochs.
    pub(crate) tells_epochs: bool,
}

/// One partition of a ListOffsets that is not in the response yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LookupPartition {
    pub(crate) slot: ProduceSlot,
    pub(crate) id: TopicIdPartition,
    pub(crate) timestamp: i64,
}

impl DelayedProduce {
    /// The part of the response that belongs to a slot.
    pub(crate) fn slot_mut(
        &mut self,
        slot: ProduceSlot,
    ) -> &mut klamm_wire::messages::produce_response::PartitionProduceResponse {
        &mut self.response.responses[slot.topic].partition_responses[slot.partition]
    }

    /// Whether nothing is waited for any more.
    pub(crate) fn is_done(&self) -> bool {
        self.uncommitted.is_empty() && self.is_appended()
    }

    /// Whether every batch has its place in its log, or has none for good.
    pub(crate) fn is_appended(&self) -> bool {
        self.rebuilding.is_empty() && self.verifying.is_empty()
    }

    /// Gives everything that still waits this error.
    pub(crate) fn fail_rest(&mut self, code: ErrorCode) {
        let uncommitted = core::mem::take(&mut self.uncommitted);
        let rebuilding = core::mem::take(&mut self.rebuilding);
        let verifying = core::mem::take(&mut self.verifying);
        let slots = uncommitted.into_iter().map(|(slot, ..)| slot);
        let slots = slots.chain(rebuilding.into_values().map(|(slot, ..)| slot));
        for slot in slots.chain(verifying.into_values().map(|unverified| unverified.slot)) {
            let partition = self.slot_mut(slot);
            partition.error_code = code;
            partition.base_offset = -1;
        }
    }
}

/// An error answer for a partition of a fetch: offsets unknown, records empty but never null.
pub(crate) fn fetch_error(partition: i32, code: ErrorCode) -> PartitionData {
    PartitionData {
        partition_index: partition,
        error_code: code,
        high_watermark: -1,
        last_stable_offset: -1,
        log_start_offset: -1,
        records: Some(Bytes::new().into()),
        ..PartitionData::default()
    }
}
