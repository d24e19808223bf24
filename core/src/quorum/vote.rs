//! Vote and pre-vote: given, refused, and counted.

use alloc::vec;

use klamm_wire::messages::vote_request::{PartitionData, TopicData};
use klamm_wire::messages::{Response, VoteRequest, VoteResponse};
use klamm_wire::{ErrorCode, Uuid};

use super::Quorum;
use super::ballot::Ballot;
use super::election::{retry_at, unattached_anew};
use super::event::Turn;
use super::reply::{self, Origin, address_in, sole};
use super::state::{Candidate, Prospective, Role};
use super::store::ElectionState;
use super::view::Position;
use super::voters::ReplicaKey;
use crate::types::{BrokerId, LeaderEpoch, METADATA_TOPIC};

/// What a Vote asks, checked for what can be checked without knowing anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Candidacy {
    epoch: LeaderEpoch,
    candidate: ReplicaKey,
    /// Where the candidate's log ends.
    end: Position,
    pre_vote: bool,
    /// Whom the request means: id, directory.
    voter: (BrokerId, Uuid),
}

impl Candidacy {
    /// # Errors
    /// `INVALID_REQUEST`: no candidate asks so. A log cannot hold the epoch that is stood for.
    fn parse(request: &VoteRequest) -> Result<Self, ErrorCode> {
        let partition = sole(
            &request.topics,
            |topic| &*topic.topic_name == METADATA_TOPIC,
            |topic| &topic.partitions,
            |partition| partition.partition_index,
        )?;
        let PartitionData { replica_epoch: epoch, last_offset_epoch, last_offset, pre_vote, .. } = *partition;
        let ahead = if pre_vote { last_offset_epoch > epoch } else { last_offset_epoch >= epoch };
        if ahead || last_offset < 0 || last_offset_epoch < 0 || partition.replica_id < 0 {
            return Err(ErrorCode::INVALID_REQUEST);
        }
        Ok(Self {
            epoch,
            candidate: ReplicaKey { id: partition.replica_id, directory: partition.replica_directory_id },
            end: Position { epoch: last_offset_epoch, offset: last_offset },
            pre_vote,
            voter: (request.voter_id, partition.voter_directory_id),
        })
    }
}

impl Quorum {
    pub(super) fn vote_request(&self, turn: &Turn<'_, '_>, voter: BrokerId, pre_vote: bool) -> VoteRequest {
        let me = self.me(turn.cx);
        let end = turn.log.end(&self.snapshots);
        let key = self.voters.latest().voters.key(voter);
        let partition = PartitionData {
            partition_index: 0,
            replica_epoch: self.election.epoch,
            replica_id: me.id,
            replica_directory_id: me.directory,
            voter_directory_id: key.map_or(Uuid::ZERO, |key| key.directory),
            last_offset_epoch: end.epoch,
            last_offset: end.offset,
            pre_vote,
        };
        VoteRequest {
            cluster_id: Some(self.identity.cluster_id.to_base64().as_str().into()),
            voter_id: voter,
            topics: vec![TopicData { topic_name: METADATA_TOPIC.into(), partitions: vec![partition] }],
        }
    }

    /// Somebody wants to be elected.
    ///
    /// A vote is given once per epoch, and to nobody whose log is older. It is answered when it is durable: the request
    /// comes back then and finds the vote given.
    ///
    /// # Errors
    /// `FENCED_LEADER_EPOCH`: the epoch is over. `INVALID_VOTER_KEY`: another replica is meant. `INCONSISTENT_CLUSTER_ID`,
    /// `INVALID_REQUEST`.
    pub(super) fn on_vote(&mut self, turn: &mut Turn<'_, '_>, origin: Origin, request: VoteRequest) {
        let checked = self.check_cluster(request.cluster_id.as_ref());
        let candidacy = match checked.and_then(|()| Candidacy::parse(&request)) {
            Ok(candidacy) => candidacy,
            Err(error_code) => {
                return turn.answer(origin.ticket, VoteResponse { error_code, ..VoteResponse::default() });
            }
        };
        let Candidacy { epoch, candidate, pre_vote, voter: (voter_id, directory), .. } = candidacy;
        let is_meant = self.check_voter_key(turn.cx, voter_id, directory);
        let is_up_to_date = candidacy.end >= turn.log.end(&self.snapshots);
        let result = if epoch < self.election.epoch {
            Err(ErrorCode::FENCED_LEADER_EPOCH)
        } else if epoch > self.election.epoch {
            let voted = (is_meant.is_ok() && is_up_to_date && !pre_vote).then_some(candidate);
            let role = if voted.is_some() { unattached_anew(turn) } else { self.unattached(turn) };
            self.become_(turn, role, ElectionState { epoch, leader: None, voted });
            return self.again(origin, request);
        } else {
            is_meant.map(|()| self.may_grant(candidate, pre_vote, is_up_to_date))
        };
        if result == Ok(true) && !pre_vote && self.election.voted.is_none() {
            self.give_vote(turn, candidate);
            return self.again(origin, request);
        }
        let standing = self.standing(turn.cx);
        turn.answer(origin.ticket, reply::vote(&standing, origin.version, result));
    }

    /// Source: KIP-595, KIP-996. Kafka: `canGrantVote` of the states.
    fn may_grant(&self, candidate: ReplicaKey, pre_vote: bool, is_up_to_date: bool) -> bool {
        match &self.role {
            // Its leader may be reached by this node only, or by all but the one that asks.
            Role::Follower(follower) if pre_vote => is_up_to_date && !follower.has_fetched,
            Role::Leader(_) => false,
            _ if pre_vote => is_up_to_date,
            Role::Unattached(_) | Role::Prospective(_) => match self.election.voted {
                Some(voted) => voted.fits(candidate),
                None => self.election.leader.is_none() && is_up_to_date,
            },
            Role::Follower(_) | Role::Candidate(_) | Role::Resigned(_) => false,
            Role::Loading => unreachable!("nothing is answered before the start"),
        }
    }

    /// The candidate has as good a chance as this node, which waits for the outcome.
    fn give_vote(&mut self, turn: &mut Turn<'_, '_>, candidate: ReplicaKey) {
        let role = match &self.role {
            Role::Prospective(prospective) => Role::Prospective(prospective.clone()),
            _ => unattached_anew(turn),
        };
        self.become_(turn, role, ElectionState { voted: Some(candidate), ..self.election });
    }

    /// A voter has said yes or no, or the answer is lost.
    pub(super) fn on_vote_answer(
        &mut self,
        turn: &mut Turn<'_, '_>,
        from: BrokerId,
        epoch: LeaderEpoch,
        pre_vote: bool,
        answer: Option<Response>,
    ) {
        let response = match answer {
            Some(Response::Vote(response)) => response,
            _ => return self.on_vote_lost(turn, from, epoch, pre_vote),
        };
        if response.error_code == ErrorCode::UNSUPPORTED_VERSION
            && pre_vote
            && epoch == self.election.epoch
            && matches!(self.role, Role::Prospective(_))
        {
            // The voter is too old for pre-votes: it can only be asked in earnest.
            return self.become_candidate(turn);
        }
        let partition = response.topics.first().and_then(|topic| topic.partitions.first());
        let Some(partition) = partition else { return self.on_vote_lost(turn, from, epoch, pre_vote) };
        let leader = partition.leader_id;
        let address =
            address_in(&response.node_endpoints, |node| (node.node_id, &node.host, node.port), leader);
        if self.learn(turn, partition.leader_epoch, leader, address, false) {
            return;
        }
        if let Some(ballot) = self.ballot_of(epoch, pre_vote) {
            ballot.record(from, partition.vote_granted && partition.error_code == ErrorCode::NONE);
        }
    }

    fn on_vote_lost(&mut self, turn: &Turn<'_, '_>, from: BrokerId, epoch: LeaderEpoch, pre_vote: bool) {
        if let Some(ballot) = self.ballot_of(epoch, pre_vote) {
            ballot.lost(from, retry_at(turn));
        }
    }

    /// The ballot that an answer belongs to, if it is still open. Pre-votes of an earlier try in the same epoch count:
    /// they bind nobody.
    fn ballot_of(&mut self, epoch: LeaderEpoch, pre_vote: bool) -> Option<&mut Ballot> {
        match &mut self.role {
            Role::Prospective(Prospective { ballot, .. }) if pre_vote && epoch == self.election.epoch => {
                Some(ballot)
            }
            Role::Candidate(Candidate { ballot, .. }) if !pre_vote && epoch == self.election.epoch => {
                Some(ballot)
            }
            _ => None,
        }
    }
}
