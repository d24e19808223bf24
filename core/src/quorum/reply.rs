//! Responses of the quorum, and what all of its requests have in common: the one partition, the cluster, the leader.

use alloc::vec;
use alloc::vec::Vec;

use klamm_wire::messages::{
    BeginQuorumEpochResponse, EndQuorumEpochResponse, VoteResponse, begin_quorum_epoch_response,
    end_quorum_epoch_response, vote_response,
};
use klamm_wire::{ErrorCode, Str, Uuid};

use super::Quorum;
use super::state::Role;
use super::voters::{Endpoint, ReplicaKey};
use crate::connection::Ticket;
use crate::cx::Cx;
use crate::edge::Address;
use crate::types::{BrokerId, LeaderEpoch, METADATA_TOPIC};

/// On the wire, nobody.
pub(super) const NOBODY: BrokerId = -1;

/// Which request is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Origin {
    pub(super) ticket: Ticket,
    pub(super) version: i16,
}

/// What every answer says: who leads, in which epoch, and where that is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) epoch: LeaderEpoch,
    pub(super) leader: Option<BrokerId>,
    pub(super) address: Option<Address>,
}

impl Standing {
    /// The id of the leader, or [`NOBODY`].
    pub(super) fn leader_id(&self) -> BrokerId {
        self.leader.unwrap_or(NOBODY)
    }

    /// Where the leader is, for a list of endpoints; nothing if that is not known or the version has no such list.
    pub(super) fn endpoint(&self, is_carried: bool) -> Option<(BrokerId, Address)> {
        self.leader.zip(self.address.clone()).filter(|_| is_carried)
    }
}

impl Quorum {
    /// What answers say of the leader.
    pub(super) fn standing(&self, cx: &Cx<'_>) -> Standing {
        let address = match &self.role {
            Role::Follower(follower) => Some(follower.address.clone()),
            Role::Prospective(prospective) => prospective.leader.clone(),
            Role::Leader(_) => own_address(cx),
            _ => None,
        };
        Standing { epoch: self.election.epoch, leader: self.election.leader, address }
    }

    /// Checks the cluster a request is meant for; one that does not say is taken.
    ///
    /// # Errors
    /// `INCONSISTENT_CLUSTER_ID`: the sender is configured wrongly.
    pub(super) fn check_cluster(&self, cluster_id: Option<&Str>) -> Result<(), ErrorCode> {
        match cluster_id {
            Some(id) if **id != *self.identity.cluster_id.to_base64() => {
                Err(ErrorCode::INCONSISTENT_CLUSTER_ID)
            }
            _ => Ok(()),
        }
    }

    /// Checks the replica a request is meant for.
    ///
    /// # Errors
    /// `INVALID_VOTER_KEY`: it means another node, or the disk this node had before. Source: KIP-853.
    pub(super) fn check_voter_key(
        &self,
        cx: &Cx<'_>,
        id: BrokerId,
        directory: Uuid,
    ) -> Result<(), ErrorCode> {
        let names_nobody = id < 0;
        let is_me = ReplicaKey { id, directory }.fits(self.me(cx));
        if names_nobody || is_me { Ok(()) } else { Err(ErrorCode::INVALID_VOTER_KEY) }
    }
}

/// Where others find this node.
pub(super) fn own_address(cx: &Cx<'_>) -> Option<Address> {
    let endpoints = Endpoint::of_node(cx.config);
    Endpoint::choose(cx.config, &endpoints).map(|endpoint| endpoint.address.clone())
}

/// The metadata partition in a request, which must be about nothing else.
///
/// # Errors
/// `INVALID_REQUEST`.
pub(super) fn sole<'a, T, P>(
    topics: &'a [T],
    is_metadata: impl FnOnce(&T) -> bool,
    partitions: impl FnOnce(&'a T) -> &'a [P],
    index: impl FnOnce(&P) -> i32,
) -> Result<&'a P, ErrorCode> {
    if let [topic] = topics
        && is_metadata(topic)
        && let [partition] = partitions(topic)
        && index(partition) == 0
    {
        return Ok(partition);
    }
    Err(ErrorCode::INVALID_REQUEST)
}

/// The answer to a Vote; `result` says whether it is granted, or that something is wrong with the request.
pub(super) fn vote(standing: &Standing, version: i16, result: Result<bool, ErrorCode>) -> VoteResponse {
    let endpoint = |(node_id, address): (BrokerId, Address)| vote_response::NodeEndpoint {
        node_id,
        host: address.host,
        port: address.port,
    };
    VoteResponse {
        error_code: ErrorCode::NONE,
        topics: vec![vote_response::TopicData {
            topic_name: METADATA_TOPIC.into(),
            partitions: vec![vote_response::PartitionData {
                partition_index: 0,
                error_code: result.err().unwrap_or(ErrorCode::NONE),
                leader_id: standing.leader_id(),
                leader_epoch: standing.epoch,
                vote_granted: result == Ok(true),
            }],
        }],
        node_endpoints: standing.endpoint(version >= 1).map(endpoint).into_iter().collect(),
    }
}

/// The answer to a BeginQuorumEpoch.
pub(super) fn begin_epoch(
    standing: &Standing,
    version: i16,
    error_code: ErrorCode,
) -> BeginQuorumEpochResponse {
    use begin_quorum_epoch_response::{NodeEndpoint, PartitionData, TopicData};
    let endpoint = |(node_id, address): (BrokerId, Address)| NodeEndpoint {
        node_id,
        host: address.host,
        port: address.port,
    };
    let (leader_id, leader_epoch) = (standing.leader_id(), standing.epoch);
    BeginQuorumEpochResponse {
        error_code: ErrorCode::NONE,
        topics: vec![TopicData {
            topic_name: METADATA_TOPIC.into(),
            partitions: vec![PartitionData { partition_index: 0, error_code, leader_id, leader_epoch }],
        }],
        node_endpoints: standing.endpoint(version >= 1).map(endpoint).into_iter().collect(),
    }
}

/// The answer to an EndQuorumEpoch.
pub(super) fn end_epoch(standing: &Standing, version: i16, error_code: ErrorCode) -> EndQuorumEpochResponse {
    use end_quorum_epoch_response::{NodeEndpoint, PartitionData, TopicData};
    let endpoint = |(node_id, address): (BrokerId, Address)| NodeEndpoint {
        node_id,
        host: address.host,
        port: address.port,
    };
    let (leader_id, leader_epoch) = (standing.leader_id(), standing.epoch);
    EndQuorumEpochResponse {
        error_code: ErrorCode::NONE,
        topics: vec![TopicData {
            topic_name: METADATA_TOPIC.into(),
            partitions: vec![PartitionData { partition_index: 0, error_code, leader_id, leader_epoch }],
        }],
        node_endpoints: standing.endpoint(version >= 1).map(endpoint).into_iter().collect(),
    }
}

/// The address of a node in a list of endpoints of a response.
pub(super) fn address_in<'a, E: 'a>(
    endpoints: impl IntoIterator<Item = &'a E>,
    read: impl Fn(&'a E) -> (BrokerId, &'a Str, u16),
    node: BrokerId,
) -> Option<Address> {
    let found = endpoints.into_iter().map(read).find(|(id, ..)| *id == node);
    found.map(|(_, host, port)| Address { host: host.clone(), port })
}

/// Endpoints as the messages have them.
pub(super) fn endpoints<'a, E: 'a>(
    listeners: impl IntoIterator<Item = &'a E>,
    read: impl Fn(&'a E) -> (&'a Str, &'a Str, u16),
) -> Vec<Endpoint> {
    let endpoint = |(name, host, port): (&Str, &Str, u16)| Endpoint {
        name: name.clone(),
        address: Address { host: host.clone(), port },
    };
    listeners.into_iter().map(read).map(endpoint).collect()
}
