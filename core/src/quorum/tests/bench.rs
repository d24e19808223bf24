//! One node of a quorum of three, and words for what the others say to it.

use alloc::vec;
use alloc::vec::Vec;

use bytes::Bytes;
use klamm_wire::messages::{
    BeginQuorumEpochRequest, EndQuorumEpochRequest, FetchRequest, FetchResponse, Request, Response,
    VoteRequest, VoteResponse, begin_quorum_epoch_request, end_quorum_epoch_request, fetch_request,
    fetch_response, vote_request,
};
use klamm_wire::{ErrorCode, Uuid};

use super::cluster::{Shape, cluster_id, config};
use super::log::data;
use super::node::{Node, Told, directory_of, ticket};
use crate::quorum::Asked;
use crate::quorum::reply::{self, Standing};
use crate::types::{BrokerId, LeaderEpoch, METADATA_TOPIC, METADATA_TOPIC_ID, Offset};

pub(super) const THREE: Shape = Shape { voters: 3, observers: 1, is_dynamic: false };

impl Node {
    /// A node of this quorum that has begun its first life.
    pub(super) fn of(id: BrokerId, shape: Shape) -> Self {
        let mut node = Self::new(config(id, shape), 7);
        node.start();
        node
    }

    /// Begins a life and reads the files.
    pub(super) fn start(&mut self) {
        self.boot();
        self.settle();
    }

    /// A log with a batch of each of these epochs, before the first start.
    pub(super) fn with_log(id: BrokerId, epochs: &[LeaderEpoch]) -> Self {
        let mut node = Self::new(config(id, THREE), 7);
        for epoch in epochs {
            node.log.lead(&data(&[0]), *epoch);
        }
        node.log.sync();
        node.start();
        node
    }

    pub(super) fn wait_ms(&mut self, ms: i64) {
        self.advance_to(self.now.monotonic.after_ms(ms));
    }

    /// Takes what other nodes are asked.
    pub(super) fn asks(&mut self) -> Vec<(BrokerId, Asked, Request)> {
        let asks = self.take(|told| matches!(told, Told::Ask(..))).into_iter().map(|told| match told {
            Told::Ask(outgoing, asked) => (outgoing.channel.node, asked, outgoing.body),
            _ => unreachable!("filtered"),
        });
        asks.collect()
    }

    /// Takes the answers to requests: connection, answer.
    pub(super) fn answers(&mut self) -> Vec<(u64, Response)> {
        let answers = self.take(|told| matches!(told, Told::Answer(..))).into_iter().map(|told| match told {
            Told::Answer(ticket, response) => (ticket.connection.0, response),
            _ => unreachable!("filtered"),
        });
        answers.collect()
    }

    /// Takes everything else.
    pub(super) fn happened(&mut self) -> Vec<Told> {
        self.take(|told| !matches!(told, Told::Ask(..) | Told::Answer(..)))
    }

    fn take(&mut self, is_wanted: impl Fn(&Told) -> bool) -> Vec<Told> {
        let (taken, left): (Vec<_>, Vec<_>) = self.told.drain(..).partition(is_wanted);
        self.told = left.into();
        taken
    }

    /// Whether the vote is granted, and the epoch and leader that the answer tells.
    pub(super) fn vote(&mut self, request: VoteRequest) -> (bool, LeaderEpoch, BrokerId) {
        self.request(1, 2, request);
        self.settle();
        let [(1, Response::Vote(response))] = &self.answers()[..] else { panic!("one answer") };
        let partition = &response.topics[0].partitions[0];
        (partition.vote_granted, partition.leader_epoch, partition.leader_id)
    }

    /// Follows this leader and has fetched from it.
    pub(super) fn follow(&mut self, leader: BrokerId, epoch: LeaderEpoch) {
        self.request(1, 1, begin(self.id(), leader, epoch));
        self.settle();
        self.answers();
        let (asked, _) = self.fetching();
        self.answer(leader, asked, Some(fetched(leader, epoch, |_| {})));
        self.happened();
    }

    /// Takes the fetch it has sent to its leader.
    pub(super) fn fetching(&mut self) -> (Asked, FetchRequest) {
        let mut fetches = self.asks().into_iter().filter_map(|(_, asked, request)| match request {
            Request::Fetch(request) => Some((asked, request)),
            _ => None,
        });
        let fetch = fetches.next().expect("it fetches");
        assert!(fetches.next().is_none(), "one at a time");
        fetch
    }

    /// Wins the election, with the vote of every other voter, and has a record of its epoch committed.
    pub(super) fn become_active(&mut self) {
        self.become_leader();
        let end = self.log.end();
        self.sync();
        let others: Vec<_> = self.others().collect();
        for other in others {
            self.request(90, 18, fetch(other, self.epoch(), end, self.epoch()));
            self.quorum.forget(ticket(90).connection);
        }
        assert!(self.quorum.is_active(), "everybody has everything");
        self.told.clear();
    }

    pub(super) fn become_leader(&mut self) {
        let deadline = self.now.monotonic.after_ms(1000);
        while self.quorum.led_epoch().is_none() {
            assert!(self.now.monotonic < deadline, "it is elected");
            self.wait_ms(50);
            self.settle();
            for (from, asked, _) in self.asks() {
                if let Asked::Vote { epoch, .. } = asked {
                    self.answer(from, asked, Some(granted(epoch)));
                    self.settle();
                }
            }
        }
    }

    pub(super) fn epoch(&self) -> LeaderEpoch {
        self.quorum.election.epoch
    }

    fn others(&self) -> impl Iterator<Item = BrokerId> + use<> {
        let id = self.id();
        self.quorum
            .voters
            .latest()
            .voters
            .ids()
            .collect::<Vec<_>>()
            .into_iter()
            .filter(move |other| *other != id)
    }

    /// What it answers to a fetch, once there is an answer.
    pub(super) fn fetched(&mut self, request: FetchRequest) -> Option<fetch_response::PartitionData> {
        self.request(2, 18, request);
        let mut answers = self.answers();
        let (2, Response::Fetch(mut response)) = answers.pop()? else { panic!("an answer to the fetch") };
        response.responses.pop()?.partitions.pop()
    }
}

/// Candidate 2 or 3 stands in this epoch; its log ends at `(epoch, offset)`.
pub(super) fn candidacy(
    candidate: BrokerId,
    epoch: LeaderEpoch,
    end: (LeaderEpoch, Offset),
    pre_vote: bool,
) -> VoteRequest {
    let partition = vote_request::PartitionData {
        partition_index: 0,
        replica_epoch: epoch,
        replica_id: candidate,
        replica_directory_id: directory_of(candidate.max(0)),
        voter_directory_id: Uuid::ZERO,
        last_offset_epoch: end.0,
        last_offset: end.1,
        pre_vote,
    };
    let topic = vote_request::TopicData { topic_name: METADATA_TOPIC.into(), partitions: vec![partition] };
    VoteRequest { cluster_id: cluster_id(), voter_id: -1, topics: vec![topic] }
}

pub(super) fn begin(voter: BrokerId, leader: BrokerId, epoch: LeaderEpoch) -> BeginQuorumEpochRequest {
    let partition = begin_quorum_epoch_request::PartitionData {
        partition_index: 0,
        voter_directory_id: Uuid::ZERO,
        leader_id: leader,
        leader_epoch: epoch,
    };
    let topic = begin_quorum_epoch_request::TopicData {
        topic_name: METADATA_TOPIC.into(),
        partitions: vec![partition],
    };
    BeginQuorumEpochRequest {
        cluster_id: cluster_id(),
        voter_id: voter,
        topics: vec![topic],
        leader_endpoints: vec![],
    }
}

pub(super) fn end(leader: BrokerId, epoch: LeaderEpoch, successors: &[BrokerId]) -> EndQuorumEpochRequest {
    let candidate = |id: &BrokerId| end_quorum_epoch_request::ReplicaInfo {
        candidate_id: *id,
        candidate_directory_id: Uuid::ZERO,
    };
    let partition = end_quorum_epoch_request::PartitionData {
        partition_index: 0,
        leader_id: leader,
        leader_epoch: epoch,
        preferred_successors: vec![],
        preferred_candidates: successors.iter().map(candidate).collect(),
    };
    let topic = end_quorum_epoch_request::TopicData {
        topic_name: METADATA_TOPIC.into(),
        partitions: vec![partition],
    };
    EndQuorumEpochRequest { cluster_id: cluster_id(), topics: vec![topic], leader_endpoints: vec![] }
}

/// A fetch of a replica whose log ends at `offset` with a record of `last_epoch`. Waits for 50 ms.
pub(super) fn fetch(
    replica: BrokerId,
    epoch: LeaderEpoch,
    offset: Offset,
    last_epoch: LeaderEpoch,
) -> FetchRequest {
    let partition = fetch_request::FetchPartition {
        partition: 0,
        current_leader_epoch: epoch,
        fetch_offset: offset,
        last_fetched_epoch: last_epoch,
        log_start_offset: 0,
        partition_max_bytes: 1 << 20,
        replica_directory_id: if replica < 0 { Uuid::ZERO } else { directory_of(replica) },
        high_watermark: i64::MAX,
    };
    FetchRequest {
        cluster_id: cluster_id(),
        replica_state: fetch_request::ReplicaState { replica_id: replica, replica_epoch: -1 },
        max_wait_ms: 50,
        max_bytes: 1 << 20,
        topics: vec![fetch_request::FetchTopic {
            topic_id: METADATA_TOPIC_ID,
            partitions: vec![partition],
            ..fetch_request::FetchTopic::default()
        }],
        ..FetchRequest::default()
    }
}

/// The answer of a leader to a fetch, changed by `change`.
pub(super) fn fetched(
    leader: BrokerId,
    epoch: LeaderEpoch,
    change: impl FnOnce(&mut fetch_response::PartitionData),
) -> Response {
    let mut partition = fetch_response::PartitionData {
        current_leader: fetch_response::LeaderIdAndEpoch { leader_id: leader, leader_epoch: epoch },
        high_watermark: -1,
        ..fetch_response::PartitionData::default()
    };
    change(&mut partition);
    let topic = fetch_response::FetchableTopicResponse {
        topic: METADATA_TOPIC.into(),
        topic_id: METADATA_TOPIC_ID,
        partitions: vec![partition],
    };
    Response::Fetch(FetchResponse { responses: vec![topic], ..FetchResponse::default() })
}

/// The answer of a leader with these batches.
pub(super) fn records(
    leader: BrokerId,
    epoch: LeaderEpoch,
    batches: &[Bytes],
    high_watermark: Offset,
) -> Response {
    let batches = batches.to_vec();
    fetched(leader, epoch, |partition| {
        partition.high_watermark = high_watermark;
        partition.records = Some(batches.into_iter().collect());
    })
}

/// One record at this offset.
pub(super) fn batch(offset: Offset, epoch: LeaderEpoch, value: u64) -> Bytes {
    let view = klamm_wire::batch::BatchView::parse_first(&data(&[value])).expect("a batch");
    view.set_base_offset_and_epoch(offset, epoch)
}

pub(super) fn granted(epoch: LeaderEpoch) -> Response {
    vote_answer(epoch, None, Ok(true))
}

pub(super) fn vote_answer(
    epoch: LeaderEpoch,
    leader: Option<BrokerId>,
    result: Result<bool, ErrorCode>,
) -> Response {
    Response::Vote(reply::vote(&Standing { epoch, leader, address: None }, 2, result))
}

pub(super) fn vote_error(error_code: ErrorCode) -> Response {
    Response::Vote(VoteResponse { error_code, ..VoteResponse::default() })
}
