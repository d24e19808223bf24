//! DescribeQuorum: who votes, who listens, and how far each of them is.

use alloc::vec;
use alloc::vec::Vec;

use klamm_wire::messages::describe_quorum_response::{
    Listener, Node, PartitionData, ReplicaState, TopicData,
};
use klamm_wire::messages::{DescribeQuorumRequest, DescribeQuorumResponse};
use klamm_wire::{ErrorCode, Uuid};

use super::Quorum;
use super::event::Turn;
use super::leader::{Leader, Progress};
use super::reply::{Origin, sole};
use super::state::Role;
use super::voters::{ReplicaKey, VoterNode, VoterSet};
use crate::edge::Address;
use crate::time::Now;
use crate::types::{BrokerId, METADATA_TOPIC};

impl Quorum {
    /// Where voters are found by a listener of this name.
    pub(crate) fn voter_addresses(&self, listener: &str) -> Vec<(BrokerId, Address)> {
        let voters = self.voters.latest().voters.0.iter();
        let address = |(id, node): (&BrokerId, &VoterNode)| {
            let endpoint = node.endpoints.iter().find(|endpoint| &*endpoint.name == listener)?;
            Some((*id, endpoint.address.clone()))
        };
        voters.filter_map(address).collect()
    }

    /// What the leader knows of the replicas. Times are wall clock, in milliseconds; -1 where unknown.
    ///
    /// # Errors
    /// Of the partition: `NOT_LEADER_OR_FOLLOWER`, with the leader to ask; `UNKNOWN_TOPIC_OR_PARTITION` for any
    /// other one.
    pub(super) fn on_describe(
        &mut self,
        turn: &mut Turn<'_, '_>,
        origin: Origin,
        request: &DescribeQuorumRequest,
    ) {
        let asked = sole(
            &request.topics,
            |topic| &*topic.topic_name == METADATA_TOPIC,
            |topic| &topic.partitions,
            |partition| partition.partition_index,
        );
        let standing = self.standing(turn.cx);
        let mut partition = PartitionData {
            partition_index: 0,
            leader_id: standing.leader_id(),
            leader_epoch: standing.epoch,
            ..PartitionData::default()
        };
        let voters = self.voters.latest().voters.clone();
        let mut nodes = Vec::new();
        match (&self.role, asked) {
            (_, Err(_)) => {
                partition.error_code = ErrorCode::UNKNOWN_TOPIC_OR_PARTITION;
                partition.error_message = Some("the quorum has one partition".into());
            }
            (Role::Leader(leader), Ok(_)) => {
                partition.high_watermark = leader.high_watermark();
                let me = self.me(turn.cx);
                let own = own_progress(turn);
                let state = |key: ReplicaKey| {
                    let progress = if key.fits(me) { own } else { progress_of(leader, key) };
                    replica_state(origin.version, key, &progress)
                };
                partition.current_voters = voters.keys().map(state).collect();
                let observers = leader.progress.keys().filter(|key| !voters.contains(**key));
                partition.observers = observers.map(|key| state(*key)).collect();
                nodes = nodes_of(&voters);
            }
            _ => {
                partition.error_code = ErrorCode::NOT_LEADER_OR_FOLLOWER;
                partition.error_message = Some("another controller leads the quorum".into());
            }
        }
        let response = DescribeQuorumResponse {
            topics: vec![TopicData { topic_name: METADATA_TOPIC.into(), partitions: vec![partition] }],
            nodes: if origin.version >= 2 { nodes } else { Vec::new() },
            ..DescribeQuorumResponse::default()
        };
        turn.answer(origin.ticket, response);
    }
}

/// The leader has everything, now.
fn own_progress(turn: &Turn<'_, '_>) -> Progress {
    let (end, now) = (turn.log.log_end_offset, Some(turn.cx.now));
    Progress { end: Some(end), last_fetch: now, last_caught_up: now, leader_end: end }
}

fn progress_of(leader: &Leader, key: ReplicaKey) -> Progress {
    leader.progress.get(&key).copied().unwrap_or_default()
}

fn replica_state(version: i16, key: ReplicaKey, progress: &Progress) -> ReplicaState {
    let time = |now: Option<Now>| now.map_or(-1, |now| now.wall_ms);
    ReplicaState {
        replica_id: key.id,
        replica_directory_id: if version >= 2 { key.directory } else { Uuid::ZERO },
        log_end_offset: progress.end.unwrap_or(-1),
        last_fetch_timestamp: time(progress.last_fetch),
        last_caught_up_timestamp: time(progress.last_caught_up),
    }
}

fn nodes_of(voters: &VoterSet) -> Vec<Node> {
    let listener = |endpoint: &super::voters::Endpoint| Listener {
        name: endpoint.name.clone(),
        host: endpoint.address.host.clone(),
        port: endpoint.address.port,
    };
    let node = |(id, node): (&i32, &VoterNode)| Node {
        node_id: *id,
        listeners: node.endpoints.iter().map(listener).collect(),
    };
    voters.0.iter().map(node).collect()
}
