//! The metadata quorum, its members, and the features that the cluster has agreed on.

use alloc::vec;
use alloc::vec::Vec;

use klamm_wire::messages::describe_quorum_request::{PartitionData, TopicData};
use klamm_wire::messages::describe_quorum_response::{self, ReplicaState};
use klamm_wire::messages::update_features_request::FeatureUpdateKey;
use klamm_wire::messages::{
    AddRaftVoterRequest, ApiVersionsRequest, ApiVersionsResponse, DescribeQuorumRequest,
    DescribeQuorumResponse, RemoveRaftVoterRequest, Request, UnregisterBrokerRequest, UpdateFeaturesRequest,
    add_raft_voter_request,
};
use klamm_wire::{ErrorCode, Str, Uuid};

use super::ask::{Absorbed, Ask};
use super::call::{
    AdminReply, ApiError, FeatureDescription, FeatureUpdate, NewVoter, QuorumDescription, QuorumListener,
    QuorumReplica,
};
use crate::types::{BrokerId, METADATA_TOPIC};

pub(super) fn describe_request() -> Request {
    let partitions = vec![PartitionData { partition_index: 0 }];
    let topics = vec![TopicData { topic_name: METADATA_TOPIC.into(), partitions }];
    DescribeQuorumRequest { topics }.into()
}

pub(super) fn described(ask: &Ask, response: &DescribeQuorumResponse) -> Absorbed {
    let Some(partition) = response.topics.first().and_then(|topic| topic.partitions.first()) else {
        return refused_or_again(ask, response.error_code);
    };
    let code =
        if response.error_code == ErrorCode::NONE { partition.error_code } else { response.error_code };
    if code != ErrorCode::NONE {
        return refused_or_again(ask, code);
    }
    let replica = |replica: &ReplicaState| QuorumReplica {
        id: replica.replica_id,
        directory_id: replica.replica_directory_id,
        log_end_offset: replica.log_end_offset,
        last_fetch_ms: replica.last_fetch_timestamp,
        last_caught_up_ms: replica.last_caught_up_timestamp,
    };
    let listener = |listener: &describe_quorum_response::Listener| QuorumListener {
        name: listener.name.clone(),
        host: listener.host.clone(),
        port: listener.port,
    };
    Absorbed::done(AdminReply::Quorum(QuorumDescription {
        leader: partition.leader_id,
        leader_epoch: partition.leader_epoch,
        high_watermark: partition.high_watermark,
        voters: partition.current_voters.iter().map(replica).collect(),
        observers: partition.observers.iter().map(replica).collect(),
        listeners: response
            .nodes
            .iter()
            .map(|node| (node.node_id, node.listeners.iter().map(listener).collect()))
            .collect(),
    }))
}

/// A controller that does not lead any more knows nothing; another one will.
fn refused_or_again(ask: &Ask, code: ErrorCode) -> Absorbed {
    match code {
        ErrorCode::NOT_LEADER_OR_FOLLOWER | ErrorCode::NOT_CONTROLLER | ErrorCode::NONE => {
            Absorbed::again(ask.clone(), ErrorCode::NOT_CONTROLLER)
        }
        code => Absorbed::refused(code),
    }
}

pub(super) fn add_request(voter: &NewVoter, timeout_ms: i32) -> Request {
    let listener = |listener: &QuorumListener| add_raft_voter_request::Listener {
        name: listener.name.clone(),
        host: listener.host.clone(),
        port: listener.port,
    };
    AddRaftVoterRequest {
        cluster_id: None,
        timeout_ms,
        voter_id: voter.id,
        voter_directory_id: voter.directory_id,
        listeners: voter.listeners.iter().map(listener).collect(),
        ack_when_committed: true,
    }
    .into()
}

pub(super) fn remove_request(voter_id: BrokerId, voter_directory_id: Uuid) -> Request {
    RemoveRaftVoterRequest { cluster_id: None, voter_id, voter_directory_id }.into()
}

pub(super) fn unregister_request(broker_id: BrokerId) -> Request {
    UnregisterBrokerRequest { broker_id }.into()
}

/// A change of which there is only one, done or refused with a reason.
pub(super) fn changed(ask: &Ask, code: ErrorCode, message: Option<&Str>) -> Absorbed {
    if matches!(code, ErrorCode::NOT_CONTROLLER | ErrorCode::NOT_LEADER_OR_FOLLOWER) {
        return Absorbed::again(ask.clone(), ErrorCode::NOT_CONTROLLER);
    }
    Absorbed::done(AdminReply::Changed(ApiError::check(code, message)))
}

pub(super) fn features_request() -> Request {
    ApiVersionsRequest {
        client_software_name: "klamm".into(),
        client_software_version: env!("CARGO_PKG_VERSION").into(),
    }
    .into()
}

pub(super) fn features(response: &ApiVersionsResponse) -> Absorbed {
    if response.error_code != ErrorCode::NONE {
        return Absorbed::refused(response.error_code);
    }
    let supported = response.supported_features.iter();
    let finalized = response.finalized_features.iter();
    Absorbed::done(AdminReply::Features(FeatureDescription {
        epoch: response.finalized_features_epoch,
        supported: supported.map(|f| (f.name.clone(), (f.min_version, f.max_version))).collect(),
        finalized: finalized.map(|f| (f.name.clone(), f.max_version_level)).collect(),
    }))
}

/// `None` if the version cannot say it.
pub(super) fn update_request(
    updates: &[FeatureUpdate],
    validate_only: bool,
    version: i16,
    timeout_ms: i32,
) -> Option<Request> {
    if version < 1 {
        return None;
    }
    let update = |update: &FeatureUpdate| FeatureUpdateKey {
        feature: update.name.clone(),
        max_version_level: update.level,
        upgrade_type: update.direction as i8,
        ..FeatureUpdateKey::default()
    };
    let feature_updates: Vec<_> = updates.iter().map(update).collect();
    Some(UpdateFeaturesRequest { timeout_ms, feature_updates, validate_only }.into())
}
