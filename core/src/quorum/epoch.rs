//! BeginQuorumEpoch: a leader tells the voters that it leads. EndQuorumEpoch: it tells them that it does not any more.

use alloc::vec;
use alloc::vec::Vec;

use klamm_wire::messages::begin_quorum_epoch_request as begin;
use klamm_wire::messages::end_quorum_epoch_request as end;
use klamm_wire::messages::{
    BeginQuorumEpochRequest, BeginQuorumEpochResponse, EndQuorumEpochRequest, EndQuorumEpochResponse,
    Response,
};
use klamm_wire::{ErrorCode, Uuid};

use super::Quorum;
use super::ballot::Call;
use super::election::retry_at;
use super::event::Turn;
use super::reply::{self, Origin, address_in, endpoints, sole};
use super::state::Role;
use super::voters::{Endpoint, ReplicaKey};
use crate::cx::Cx;
use crate::types::{BrokerId, LeaderEpoch, METADATA_TOPIC};

impl Quorum {
    pub(super) fn begin_epoch_request(&self, cx: &Cx<'_>, voter: BrokerId) -> BeginQuorumEpochRequest {
        let key = self.voters.latest().voters.key(voter);
        let listener = |endpoint: Endpoint| begin::LeaderEndpoint {
            name: endpoint.name,
            host: endpoint.address.host,
            port: endpoint.address.port,
        };
        BeginQuorumEpochRequest {
            cluster_id: Some(self.identity.cluster_id.to_base64().as_str().into()),
            voter_id: voter,
            topics: vec![begin::TopicData {
                topic_name: METADATA_TOPIC.into(),
                partitions: vec![begin::PartitionData {
                    partition_index: 0,
                    voter_directory_id: key.map_or(Uuid::ZERO, |key| key.directory),
                    leader_id: cx.config.node_id,
                    leader_epoch: self.election.epoch,
                }],
            }],
            leader_endpoints: Endpoint::of_node(cx.config).into_iter().map(listener).collect(),
        }
    }

    pub(super) fn end_epoch_request(&self, cx: &Cx<'_>) -> EndQuorumEpochRequest {
        let Role::Resigned(resigned) = &self.role else { unreachable!("only who has resigned says so") };
        let candidate = |key: &ReplicaKey| end::ReplicaInfo {
            candidate_id: key.id,
            candidate_directory_id: key.directory,
        };
        let listener = |endpoint: Endpoint| end::LeaderEndpoint {
            name: endpoint.name,
            host: endpoint.address.host,
            port: endpoint.address.port,
        };
        EndQuorumEpochRequest {
            cluster_id: Some(self.identity.cluster_id.to_base64().as_str().into()),
            topics: vec![end::TopicData {
                topic_name: METADATA_TOPIC.into(),
                partitions: vec![end::PartitionData {
                    partition_index: 0,
                    leader_id: cx.config.node_id,
                    leader_epoch: self.election.epoch,
                    preferred_candidates: resigned.successors.iter().map(candidate).collect(),
                    ..end::PartitionData::default()
                }],
            }],
            leader_endpoints: Endpoint::of_node(cx.config).into_iter().map(listener).collect(),
        }
    }

    /// A leader says that it leads: this node follows it, unless the epoch is over.
    ///
    /// # Errors
    /// `FENCED_LEADER_EPOCH`: there is a newer epoch. `INVALID_VOTER_KEY`: another replica is meant. `INVALID_REQUEST`:
    /// that epoch has another leader. `INCONSISTENT_CLUSTER_ID`.
    pub(super) fn on_begin_epoch(
        &mut self,
        turn: &mut Turn<'_, '_>,
        origin: Origin,
        request: BeginQuorumEpochRequest,
    ) {
        let checked = self.check_cluster(request.cluster_id.as_ref()).and_then(|()| {
            let is_metadata = |topic: &begin::TopicData| &*topic.topic_name == METADATA_TOPIC;
            sole(
                &request.topics,
                is_metadata,
                |topic| &topic.partitions,
                |partition| partition.partition_index,
            )
        });
        let partition = match checked {
            Ok(partition) => partition,
            Err(error_code) => {
                let response = BeginQuorumEpochResponse { error_code, ..Default::default() };
                return turn.answer(origin.ticket, response);
            }
        };
        let (leader, epoch) = (partition.leader_id, partition.leader_epoch);
        let listeners =
            endpoints(&request.leader_endpoints, |listener| (&listener.name, &listener.host, listener.port));
        let address = Endpoint::choose(turn.cx.config, &listeners).map(|endpoint| endpoint.address.clone());
        let error_code = match self.check_epoch(turn.cx, leader, epoch) {
            Err(error_code) => error_code,
            Ok(()) => {
                let (voter_id, directory) = (request.voter_id, partition.voter_directory_id);
                if self.learn(turn, epoch, leader, address, true) {
                    return self.again(origin, request);
                }
                if let Role::Follower(follower) = &mut self.role {
                    follower.hear_of_leader(turn.cx);
                }
                self.check_voter_key(turn.cx, voter_id, directory).err().unwrap_or(ErrorCode::NONE)
            }
        };
        let standing = self.standing(turn.cx);
        turn.answer(origin.ticket, reply::begin_epoch(&standing, origin.version, error_code));
    }

    /// A leader says that it leads no longer: who had most of the log stands first, the others wait, so that they do not
    /// take votes from each other.
    ///
    /// # Errors
    /// As [`Quorum::on_begin_epoch`].
    pub(super) fn on_end_epoch(
        &mut self,
        turn: &mut Turn<'_, '_>,
        origin: Origin,
        request: EndQuorumEpochRequest,
    ) {
        let checked = self.check_cluster(request.cluster_id.as_ref()).and_then(|()| {
            let is_metadata = |topic: &end::TopicData| &*topic.topic_name == METADATA_TOPIC;
            sole(
                &request.topics,
                is_metadata,
                |topic| &topic.partitions,
                |partition| partition.partition_index,
            )
        });
        let partition = match checked {
            Ok(partition) => partition,
            Err(error_code) => {
                let response = EndQuorumEpochResponse { error_code, ..Default::default() };
                return turn.answer(origin.ticket, response);
            }
        };
        let (leader, epoch) = (partition.leader_id, partition.leader_epoch);
        let listeners =
            endpoints(&request.leader_endpoints, |listener| (&listener.name, &listener.host, listener.port));
        let address = Endpoint::choose(turn.cx.config, &listeners).map(|endpoint| endpoint.address.clone());
        let error_code = match self.check_epoch(turn.cx, leader, epoch) {
            Err(error_code) => error_code,
            Ok(()) => {
                let wait_ms = self.wait_for_successors(turn, partition);
                if self.learn(turn, epoch, leader, address, true) {
                    return self.again(origin, request);
                }
                if let Role::Follower(follower) = &mut self.role {
                    follower.lose_leader(turn.cx, wait_ms);
                }
                ErrorCode::NONE
            }
        };
        let standing = self.standing(turn.cx);
        turn.answer(origin.ticket, reply::end_epoch(&standing, origin.version, error_code));
    }

    /// # Errors
    /// `FENCED_LEADER_EPOCH`, or `INVALID_REQUEST` if another node leads or led that epoch.
    fn check_epoch(&self, cx: &Cx<'_>, leader: BrokerId, epoch: LeaderEpoch) -> Result<(), ErrorCode> {
        if epoch < self.election.epoch {
            return Err(ErrorCode::FENCED_LEADER_EPOCH);
        }
        let known = self.election.leader.filter(|_| epoch == self.election.epoch);
        if leader < 0 || leader == cx.config.node_id || known.is_some_and(|known| known != leader) {
            return Err(ErrorCode::INVALID_REQUEST);
        }
        Ok(())
    }

    /// How long to leave the election to those who come first. The first stands at once; behind it the wait doubles; who is
    /// not named waits for some time.
    ///
    /// Source: KIP-595, KIP-853. Kafka: `KafkaRaftClient.endEpochElectionBackoff`.
    fn wait_for_successors(&self, turn: &mut Turn<'_, '_>, partition: &end::PartitionData) -> i64 {
        let me = self.me(turn.cx);
        let named = partition.preferred_candidates.iter().map(|candidate| ReplicaKey {
            id: candidate.candidate_id,
            directory: candidate.candidate_directory_id,
        });
        let unnamed = partition.preferred_successors.iter();
        let unnamed = unnamed.map(|id| ReplicaKey { id: *id, directory: Uuid::ZERO });
        let order: Vec<_> = named.chain(unnamed).collect();
        let longest = turn.cx.config.quorum_election_backoff_max_ms.max(1);
        match order.iter().position(|key| key.fits(me)) {
            Some(0) => 0,
            Some(place) => {
                let halvings = u32::try_from(order.len() - 1 - place).unwrap_or(u32::MAX);
                longest.checked_shr(halvings).unwrap_or(0)
            }
            None => turn.cx.rng.below(longest.cast_unsigned()).cast_signed(),
        }
    }

    /// A voter has heard who leads, or may not have.
    pub(super) fn on_begin_epoch_answer(
        &mut self,
        turn: &mut Turn<'_, '_>,
        from: BrokerId,
        epoch: LeaderEpoch,
        answer: Option<Response>,
    ) {
        let (mut is_heard, mut news) = (false, None);
        if let Some(Response::BeginQuorumEpoch(response)) = &answer
            && let Some(partition) = response.topics.first().and_then(|topic| topic.partitions.first())
        {
            is_heard = true;
            let leader = partition.leader_id;
            let address =
                address_in(&response.node_endpoints, |node| (node.node_id, &node.host, node.port), leader);
            news = Some((partition.leader_epoch, leader, address));
        }
        if let Role::Leader(leader) = &mut self.role
            && epoch == self.election.epoch
        {
            leader.on_begin_answer(turn.cx, from, is_heard);
        }
        if let Some((epoch, leader, address)) = news {
            self.learn(turn, epoch, leader, address, false);
        }
    }

    /// A voter has heard that this node has resigned, or may not have.
    pub(super) fn on_end_epoch_answer(
        &mut self,
        turn: &mut Turn<'_, '_>,
        from: BrokerId,
        epoch: LeaderEpoch,
        answer: Option<Response>,
    ) {
        let (mut call, mut news) = (Call::Due(retry_at(turn)), None);
        if let Some(Response::EndQuorumEpoch(response)) = &answer {
            call = Call::Done;
            let partition = response.topics.first().and_then(|topic| topic.partitions.first());
            news = partition.map(|partition| (partition.leader_epoch, partition.leader_id));
        }
        if let Role::Resigned(resigned) = &mut self.role
            && epoch == self.election.epoch
        {
            let told = resigned.farewells.iter_mut().filter(|(id, _)| *id == from);
            told.for_each(|(_, state)| *state = call);
        }
        if let Some((epoch, leader)) = news {
            self.learn(turn, epoch, leader, None, false);
        }
    }
}
