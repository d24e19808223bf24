//! Kafka's APIs: one file each, one row each.
//!
//! What has no row is not advertised, and a request for it closes the connection. ApiVersions, dispatch and
//! the check of incoming frames derive from the table.

mod add_offsets_to_txn;
mod add_partitions_to_txn;
mod allocate_producer_ids;
mod alter_configs;
mod alter_partition;
mod alter_partition_reassignments;
mod api_versions;
mod assign_replicas_to_dirs;
mod broker_heartbeat;
mod broker_registration;
mod controller_registration;
mod create_partitions;
mod create_topics;
mod current_leader;
mod delete_groups;
mod delete_records;
mod delete_topics;
mod describe_cluster;
mod describe_configs;
mod describe_groups;
mod describe_log_dirs;
mod describe_producers;
mod describe_topic_partitions;
mod describe_transactions;
mod elect_leaders;
mod end_txn;
mod envelope;
mod fetch;
mod find_coordinator;
mod heartbeat;
mod incremental_alter_configs;
mod init_producer_id;
mod join_group;
mod leave_group;
mod list_config_resources;
mod list_groups;
mod list_offsets;
mod list_partition_reassignments;
mod list_transactions;
mod metadata;
mod offset_commit;
mod offset_delete;
mod offset_fetch;
mod offset_for_leader_epoch;
mod operations;
mod produce;
mod quorum;
#[cfg(test)]
mod sample;
mod sync_group;
mod txn_offset_commit;
mod unregister_broker;
mod update_features;
mod write_txn_markers;

use alloc::vec::Vec;

use bytes::Bytes;
use klamm_wire::ApiKey;
use klamm_wire::batch::{self, BatchError, BatchView, Batches, Inspected};
use klamm_wire::frame::{self, FrameError};
use klamm_wire::messages::{self, ApiVersionsRequest, Response};

use crate::connection::{Call, Delayed, Ticket};
use crate::edge::{Effects, ListenerKind, Reject, Request};
use crate::node::Node;
use crate::time::Now;

pub(crate) use delete_records::{on_timeout as deletion_timed_out, resume as resume_deletion};
pub(crate) use envelope::{FRAME_SIZE, enclose, refused as refused_envelope};
pub(crate) use fetch::{resume as resume_fetch, waits_at as fetch_waits_at};
pub(crate) use find_coordinator::on_coordinators as find_coordinators;
pub(crate) use init_producer_id::{ProducerIds, on_block as on_producer_id_block};
pub(crate) use list_offsets::resume as resume_lookup;
pub(crate) use produce::{
    on_rebuilt as produce_rebuilt, on_timeout as produce_timed_out, on_verified as produce_verified,
};
pub(crate) use txn_offset_commit::on_verified as offsets_verified;
pub(crate) use write_txn_markers::on_timeout as markers_timed_out;

/// Answers a request now (`Some`) or parks it (`None`).
type Handler = fn(&mut Node, Now, &mut Effects, &Call, Request) -> Option<Response>;

/// One API this broker serves.
pub(crate) struct Row {
    pub(crate) key: ApiKey,
    /// Lowest version served.
    pub(crate) min: i16,
    /// Highest version served.
    pub(crate) max: i16,
    /// Lowest version told to clients; differs from `min` for Produce only.
    pub(crate) advertised_min: i16,
    /// Listeners it is served on.
    listeners: Listeners,
    /// A broker passes it on to the active controller.
    pub(crate) forwards: bool,
    handler: Handler,
}

/// Which listeners an API is served on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Listeners {
    Broker,
    Controller,
    Both,
    /// On both; brokers pass it on to the active controller.
    Forward,
}

impl Row {
    /// Whether the API is served on listeners of this kind.
    pub(crate) fn is_on(&self, kind: ListenerKind) -> bool {
        match self.listeners {
            Listeners::Broker => kind == ListenerKind::Broker,
            Listeners::Controller => kind == ListenerKind::Controller,
            Listeners::Both | Listeners::Forward => true,
        }
    }
}

macro_rules! row {
    ($name:ident, $min:literal ..= $max:literal, $listeners:ident, $handler:path) => {
        Row {
            key: ApiKey::$name,
            min: $min,
            max: $max,
            advertised_min: $min,
            listeners: Listeners::$listeners,
            forwards: matches!(Listeners::$listeners, Listeners::Forward),
            handler: |node, now, fx, call, request| match request.body {
                messages::Request::$name(body) => $handler(node, now, fx, call, body),
                other => unreachable!("{:?} was decoded as {:?}", ApiKey::$name, other.api_key()),
            },
        }
    };
}

/// Every API served, by key.
pub(crate) const TABLE: &[Row] = &[
    // librdkafka stops compressing when Produce starts above 0, and never sends less than 3 (KAFKA-18659).
    Row {
        key: ApiKey::Produce,
        min: 3,
        max: 13,
        advertised_min: 0,
        listeners: Listeners::Broker,
        forwards: false,
        handler: produce::handle,
    },
    row!(Fetch, 4..=18, Both, fetch::handle),
    row!(ListOffsets, 1..=11, Broker, list_offsets::handle),
    row!(Metadata, 0..=13, Broker, metadata::handle),
    row!(OffsetCommit, 2..=10, Broker, offset_commit::handle),
    row!(OffsetFetch, 1..=10, Broker, offset_fetch::handle),
    row!(FindCoordinator, 0..=6, Broker, find_coordinator::handle),
    row!(JoinGroup, 0..=9, Broker, join_group::handle),
    row!(Heartbeat, 0..=4, Broker, heartbeat::handle),
    row!(LeaveGroup, 0..=5, Broker, leave_group::handle),
    row!(SyncGroup, 0..=5, Broker, sync_group::handle),
    row!(DescribeGroups, 0..=6, Broker, describe_groups::handle),
    row!(ListGroups, 0..=5, Broker, list_groups::handle),
    row!(ApiVersions, 0..=4, Both, api_versions::handle),
    row!(CreateTopics, 2..=7, Forward, create_topics::handle),
    row!(DeleteTopics, 1..=6, Forward, delete_topics::handle),
    row!(DeleteRecords, 0..=2, Broker, delete_records::handle),
    // Version 6 is unstable in Kafka 4.3 and hidden there, too.
    row!(InitProducerId, 0..=5, Broker, init_producer_id::handle),
    row!(AddPartitionsToTxn, 0..=5, Broker, add_partitions_to_txn::handle),
    row!(AddOffsetsToTxn, 0..=4, Broker, add_offsets_to_txn::handle),
    row!(EndTxn, 0..=5, Broker, end_txn::handle),
    row!(WriteTxnMarkers, 1..=2, Broker, write_txn_markers::handle),
    row!(TxnOffsetCommit, 0..=5, Broker, txn_offset_commit::handle),
    row!(OffsetForLeaderEpoch, 2..=4, Broker, offset_for_leader_epoch::handle),
    row!(DescribeConfigs, 1..=4, Both, describe_configs::handle),
    row!(AlterConfigs, 0..=2, Forward, alter_configs::handle),
    row!(DescribeLogDirs, 1..=5, Broker, describe_log_dirs::handle),
    row!(CreatePartitions, 0..=3, Forward, create_partitions::handle),
    row!(DeleteGroups, 0..=2, Broker, delete_groups::handle),
    row!(ElectLeaders, 0..=2, Forward, elect_leaders::handle),
    row!(IncrementalAlterConfigs, 0..=1, Forward, incremental_alter_configs::handle),
    row!(AlterPartitionReassignments, 0..=1, Forward, alter_partition_reassignments::handle),
    row!(ListPartitionReassignments, 0..=0, Forward, list_partition_reassignments::handle),
    row!(OffsetDelete, 0..=0, Broker, offset_delete::handle),
    row!(AlterPartition, 2..=3, Controller, alter_partition::handle),
    row!(UpdateFeatures, 0..=2, Forward, update_features::handle),
    row!(Vote, 0..=2, Controller, quorum::handle),
    row!(BeginQuorumEpoch, 0..=1, Controller, quorum::handle),
    row!(EndQuorumEpoch, 0..=1, Controller, quorum::handle),
    row!(DescribeQuorum, 0..=2, Forward, quorum::handle),
    row!(FetchSnapshot, 0..=1, Controller, quorum::handle),
    row!(Envelope, 0..=0, Controller, envelope::handle),
    row!(DescribeCluster, 0..=2, Both, describe_cluster::handle),
    row!(DescribeProducers, 0..=0, Broker, describe_producers::handle),
    row!(BrokerRegistration, 0..=4, Controller, broker_registration::handle),
    row!(BrokerHeartbeat, 0..=2, Controller, broker_heartbeat::handle),
    row!(UnregisterBroker, 0..=0, Forward, unregister_broker::handle),
    row!(AllocateProducerIds, 0..=0, Controller, allocate_producer_ids::handle),
    row!(ControllerRegistration, 0..=0, Controller, controller_registration::handle),
    row!(AssignReplicasToDirs, 0..=0, Controller, assign_replicas_to_dirs::handle),
    row!(DescribeTransactions, 0..=0, Broker, describe_transactions::handle),
    // Version 2 filters by a regular expression.
    row!(ListTransactions, 0..=1, Broker, list_transactions::handle),
    row!(ListConfigResources, 0..=1, Broker, list_config_resources::handle),
    row!(DescribeTopicPartitions, 0..=0, Broker, describe_topic_partitions::handle),
    row!(AddRaftVoter, 0..=1, Forward, quorum::handle),
    row!(RemoveRaftVoter, 0..=0, Forward, quorum::handle),
    row!(UpdateRaftVoter, 0..=0, Controller, quorum::handle),
];

/// The row of an API, if it is served on such a listener.
pub(crate) fn row(key: ApiKey, kind: ListenerKind) -> Option<&'static Row> {
    TABLE.iter().find(|row| row.key == key && row.is_on(kind))
}

/// Whether a broker passes this API on to the active controller.
pub(crate) fn forwards(key: ApiKey) -> bool {
    TABLE.iter().any(|row| row.key == key && row.forwards)
}

/// See [`crate::edge::parse_request`].
pub(crate) fn parse(content: Bytes, kind: ListenerKind, max_decompressed: usize) -> Result<Request, Reject> {
    let (header, body) = match frame::decode_request(content) {
        Ok(decoded) => decoded,
        // Answered whatever the version: the client learns which ones there are.
        Err(FrameError::UnsupportedVersion(header)) if header.api_key == ApiKey::ApiVersions => {
            (header, messages::Request::ApiVersions(ApiVersionsRequest::default()))
        }
        Err(error) => return Err(Reject::Malformed(error)),
    };
    let served =
        row(header.api_key, kind).is_some_and(|row| (row.min..=row.max).contains(&header.api_version));
    if !served && header.api_key != ApiKey::ApiVersions {
        return Err(Reject::Unsupported { api_key: header.api_key, api_version: header.api_version });
    }
    let batches = match &body {
        messages::Request::Produce(produce) => produce
            .topic_data
            .iter()
            .flat_map(|topic| &topic.partition_data)
            .map(|partition| inspect(partition.records.as_ref(), max_decompressed))
            .collect(),
        _ => Vec::new(),
    };
    Ok(Request { header, body, batches })
}

/// Looks into the one batch a partition of a produce may carry.
fn inspect(records: Option<&klamm_wire::Records>, max_decompressed: usize) -> Result<Inspected, BatchError> {
    let content = records.map(klamm_wire::Records::to_bytes).unwrap_or_default();
    let view = BatchView::parse_first(&content)?;
    if view.len() != content.len() {
        return Err(BatchError::NotOneBatch);
    }
    batch::inspect(&view, max_decompressed)
}

/// Whether records from another node are what a log may hold: batches in ascending order, each with a valid CRC.
/// Fetches may end in the middle of a batch; nodes of this kind never do that to each other.
pub(crate) fn are_whole_batches(records: Option<&klamm_wire::Records>) -> bool {
    let content = records.map(klamm_wire::Records::to_bytes).unwrap_or_default();
    let mut next = 0;
    Batches::new(content).all(|batch| {
        let Ok(batch) = batch else { return false };
        let header = batch.header();
        let whole = batch.verify_crc().is_ok() && header.base_offset >= next && header.last_offset_delta >= 0;
        next = header.last_offset() + 1;
        whole
    })
}

/// Something has happened at a partition where a request waits for the high watermark.
pub(crate) fn committed(node: &mut Node, fx: &mut Effects, ticket: Ticket) {
    match node.delayed.find_mut(ticket) {
        Some(Delayed::Produce(_)) => produce::on_committed(node, fx, ticket),
        Some(Delayed::Markers(_)) => write_txn_markers::on_committed(node, fx, ticket),
        Some(Delayed::Fetch(_) | Delayed::Lookup(_) | Delayed::Deletion(_) | Delayed::Offsets(_)) | None => {}
    }
}

/// Runs a request's handler.
pub(crate) fn dispatch(
    node: &mut Node,
    now: Now,
    fx: &mut Effects,
    call: &Call,
    request: Request,
) -> Option<Response> {
    let row = row(call.api_key, call.peer.kind).expect("a parsed request has a row");
    (row.handler)(node, now, fx, call, request)
}
