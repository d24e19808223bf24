//! Voters that stand in the log: found, added, removed, moved.

use alloc::vec;
use alloc::vec::Vec;

use bytes::Bytes;
use klamm_wire::ErrorCode;
use klamm_wire::messages::fetch_response::EpochEndOffset;
use klamm_wire::messages::{
    AddRaftVoterRequest, RemoveRaftVoterRequest, Request, Response, UpdateRaftVoterRequest,
    add_raft_voter_request, update_raft_voter_request,
};

use super::bench::{THREE, begin, fetch, fetched, records};
use super::cluster::{Chaos, Cluster, Shape, bootstrap, cluster_id, config};
use super::node::{Node, Told, directory_of};
use crate::quorum::store::{QUORUM_STATE, StateVersion, StoredState};
use crate::quorum::voters::{Membership, VoterHistory};
use crate::quorum::{Asked, SnapshotId, bootstrap_file};
use crate::types::BrokerId;

const DYNAMIC: Shape = Shape { voters: 3, observers: 2, is_dynamic: true };

fn voters(node: &Node) -> Vec<BrokerId> {
    node.quorum.voters.latest().voters.ids().collect()
}

/// A voter, not started, of a quorum of so many.
fn new_voter(id: BrokerId, voters: i32) -> Node {
    let mut node = Node::new(config(id, DYNAMIC), 7);
    node.files.put(&SnapshotId { end: 0, epoch: 0 }.file_name(), &bootstrap(voters));
    node
}

/// Node 1 leads three voters and has committed all it has.
fn leader() -> Node {
    let mut node = new_voter(1, 3);
    node.start();
    node.become_active();
    node
}

/// A replica has fetched everything.
fn has_all(node: &mut Node, replica: BrokerId) {
    let (epoch, end) = (node.epoch(), node.log.end());
    node.request(60, 18, fetch(replica, epoch, end, epoch));
    node.quorum.forget(super::node::ticket(60).connection);
}

fn add(id: BrokerId) -> AddRaftVoterRequest {
    let listener =
        add_raft_voter_request::Listener { name: "CONTROLLER".into(), host: "node".into(), port: 4 };
    AddRaftVoterRequest {
        cluster_id: cluster_id(),
        timeout_ms: 100,
        voter_id: id,
        voter_directory_id: directory_of(id),
        listeners: vec![listener],
        ack_when_committed: true,
    }
}

fn remove(id: BrokerId) -> RemoveRaftVoterRequest {
    RemoveRaftVoterRequest { cluster_id: cluster_id(), voter_id: id, voter_directory_id: directory_of(id) }
}

fn update(node: &Node, id: BrokerId, port: u16) -> UpdateRaftVoterRequest {
    UpdateRaftVoterRequest {
        cluster_id: cluster_id(),
        current_leader_epoch: node.epoch(),
        voter_id: id,
        voter_directory_id: directory_of(id),
        listeners: vec![update_raft_voter_request::Listener {
            name: "CONTROLLER".into(),
            host: "node".into(),
            port,
        }],
        kraft_version_feature: update_raft_voter_request::KRaftVersionFeature {
            min_supported_version: 0,
            max_supported_version: 1,
        },
    }
}

/// The answer to a change, if there is one.
fn answered(node: &mut Node) -> Option<ErrorCode> {
    let code = |response| match response {
        Response::AddRaftVoter(response) => Some(response.error_code),
        Response::RemoveRaftVoter(response) => Some(response.error_code),
        Response::UpdateRaftVoter(response) => Some(response.error_code),
        _ => None,
    };
    node.answers().into_iter().find_map(|(_, response)| code(response))
}

fn change(node: &mut Node, request: impl Into<Request>) -> Option<ErrorCode> {
    node.request(3, 0, request);
    answered(node)
}

/// Goal: voters that stand in the bootstrap snapshot of their own disks are told to all others with the first
/// record of the first leader. Source: KIP-853.
#[test]
fn the_first_voters_come_with_the_first_batch() {
    let mut node = new_voter(1, 1);
    node.start();
    assert_eq!(node.quorum.led_epoch(), Some(1), "the only voter");
    let batch = &node.log.batches[0];
    assert_eq!((batch.records_count(), batch.is_control()), (3, true), "leader, version, voters");
    let mut history = VoterHistory::of_config(&config(4, DYNAMIC));
    history.append_batch(batch);
    assert_eq!(*history.latest(), *node.quorum.voters.latest());
    assert_eq!(history.latest().version, StateVersion::Dynamic);
    let stored =
        StoredState::parse(&node.files.content(QUORUM_STATE).expect("it is there")).expect("as written");
    assert_eq!((stored.version, stored.voters), (StateVersion::Dynamic, vec![]));
    node.crash();
    node.start();
    assert_eq!(node.log.batches[1].records_count(), 1, "once is enough");
}

/// Goal: a new controller is its own first voter with one file. Source: KIP-853, `kafka-storage.sh format
/// --standalone`.
#[test]
fn one_file_makes_a_first_voter() {
    let config = config(1, DYNAMIC);
    let (name, content) = bootstrap_file(&config, directory_of(1));
    let mut node = Node::new(config, 7);
    node.files.put(&name, &Bytes::from(content.concat()));
    node.start();
    assert_eq!((voters(&node), node.quorum.led_epoch()), (vec![1], Some(1)));
}

/// Goal: configured voters are changed by configuration only.
#[test]
fn configured_voters_do_not_change() {
    let mut node = Node::of(1, THREE);
    node.become_active();
    has_all(&mut node, 4);
    let end = node.log.end();
    assert_eq!(change(&mut node, add(4)), Some(ErrorCode::UNSUPPORTED_VERSION));
    assert_eq!(change(&mut node, remove(2)), Some(ErrorCode::UNSUPPORTED_VERSION));
    let request = update(&node, 2, 9);
    assert_eq!(change(&mut node, request), Some(ErrorCode::NONE), "taken note of by nobody");
    assert_eq!(node.log.end(), end);
}

/// Goal: who becomes a voter has the log, and a name of its own. Source: KIP-853.
#[test]
fn a_new_voter_must_be_ready() {
    let mut node = leader();
    assert_eq!(change(&mut node, add(4)), Some(ErrorCode::REQUEST_TIMED_OUT), "it has never fetched");
    let (epoch, end) = (node.epoch(), node.log.end());
    node.request(60, 18, fetch(4, epoch, end - 1, 0));
    node.answers();
    assert_eq!(change(&mut node, add(4)), Some(ErrorCode::REQUEST_TIMED_OUT), "it has not everything");
    has_all(&mut node, 4);
    let elsewhere = AddRaftVoterRequest { voter_directory_id: directory_of(9), ..add(4) };
    assert_eq!(change(&mut node, elsewhere), Some(ErrorCode::REQUEST_TIMED_OUT), "its new disk has not");
    assert_eq!(change(&mut node, add(2)), Some(ErrorCode::DUPLICATE_VOTER));
    assert_eq!(
        change(&mut node, AddRaftVoterRequest { listeners: vec![], ..add(4) }),
        Some(ErrorCode::INVALID_REQUEST)
    );
    let nameless = AddRaftVoterRequest { voter_directory_id: klamm_wire::Uuid::ZERO, ..add(4) };
    assert_eq!(change(&mut node, nameless), Some(ErrorCode::INVALID_REQUEST));
    let other = AddRaftVoterRequest { cluster_id: Some("other".into()), ..add(4) };
    assert_eq!(change(&mut node, other), Some(ErrorCode::INCONSISTENT_CLUSTER_ID));
    assert_eq!(node.log.end(), end);
}

/// Goal: a change counts when it is appended and is answered when a majority of the new voters has it; until
/// then there is no other one. Source: KIP-853; redpanda@b1e1e0298b, nats-server@12fff3a32.
#[test]
fn voters_change_one_at_a_time() {
    let mut node = leader();
    has_all(&mut node, 4);
    has_all(&mut node, 5);
    assert_eq!(change(&mut node, add(4)), None);
    assert_eq!(voters(&node), [1, 2, 3, 4]);
    assert_eq!(change(&mut node, add(5)), Some(ErrorCode::REQUEST_TIMED_OUT), "one is under way");
    assert_eq!(change(&mut node, remove(2)), Some(ErrorCode::REQUEST_TIMED_OUT));
    node.sync();
    has_all(&mut node, 2);
    assert_eq!(
        answered(&mut node),
        None,
        "two of three would have been enough before; three of four are needed"
    );
    has_all(&mut node, 4);
    assert_eq!(answered(&mut node), Some(ErrorCode::NONE));
    assert_eq!(change(&mut node, remove(2)), None);
    assert_eq!(voters(&node), [1, 3, 4]);
}

/// Goal: a change that takes too long is told so, and goes on; whoever does not want to wait need not. Source:
/// KIP-853, KIP-1186.
#[test]
fn a_change_may_take_longer_than_its_request() {
    let mut node = leader();
    has_all(&mut node, 4);
    has_all(&mut node, 5);
    assert_eq!(change(&mut node, add(4)), None);
    node.wait_ms(100);
    assert_eq!(answered(&mut node), Some(ErrorCode::REQUEST_TIMED_OUT));
    assert_eq!(change(&mut node, add(5)), Some(ErrorCode::REQUEST_TIMED_OUT), "it is still under way");
    node.sync();
    [2, 4].into_iter().for_each(|id| has_all(&mut node, id));
    assert_eq!(answered(&mut node), None, "answered once");
    let request = AddRaftVoterRequest { ack_when_committed: false, ..add(5) };
    assert_eq!(change(&mut node, request), Some(ErrorCode::NONE), "not waited for");
    assert_eq!(voters(&node), [1, 2, 3, 4, 5]);
}

/// Goal: an earlier leader's change may not be committed yet; a new leader starts none before it knows. Source:
/// the bug in single-server changes (Ongaro, raft-dev 2015), KIP-853.
#[test]
fn a_new_leader_waits_for_a_record_of_its_own() {
    let mut node = new_voter(1, 3);
    node.start();
    node.become_leader();
    has_all(&mut node, 4);
    assert_eq!(change(&mut node, remove(2)), Some(ErrorCode::REQUEST_TIMED_OUT));
    node.sync();
    has_all(&mut node, 2);
    assert_eq!(change(&mut node, remove(2)), None);
}

/// Goal: removing names one disk; the last voter stays. Source: KIP-853.
#[test]
fn only_a_voter_that_is_there_is_removed() {
    let mut node = leader();
    let replaced = RemoveRaftVoterRequest { voter_directory_id: directory_of(9), ..remove(2) };
    assert_eq!(change(&mut node, replaced), Some(ErrorCode::VOTER_NOT_FOUND));
    assert_eq!(change(&mut node, remove(4)), Some(ErrorCode::VOTER_NOT_FOUND));
    let mut only = new_voter(1, 1);
    only.start();
    only.sync();
    assert_eq!(change(&mut only, remove(1)), Some(ErrorCode::INVALID_REQUEST));
}

/// Goal: a leader that is removed leads until that is committed by the others, then resigns and is an observer.
/// Source: KIP-853; Raft dissertation, section 4.2.2.
#[test]
fn a_removed_leader_leads_until_it_is_committed() {
    let mut node = leader();
    let epoch = node.epoch();
    assert_eq!(change(&mut node, remove(1)), None);
    node.sync();
    has_all(&mut node, 2);
    assert_eq!(
        (node.quorum.led_epoch(), answered(&mut node)),
        (Some(epoch), None),
        "its own copy does not count"
    );
    has_all(&mut node, 3);
    assert_eq!((node.quorum.led_epoch(), answered(&mut node)), (None, Some(ErrorCode::NONE)));
    node.wait_ms(200);
    node.settle();
    node.wait_ms(1000);
    assert!(
        node.asks().iter().all(|(_, asked, _)| !matches!(asked, Asked::Vote { .. })),
        "it stands for nothing"
    );
}

/// Goal: a change that is cut off with the log was none. Source: KIP-853.
#[test]
fn a_change_that_is_cut_off_is_undone() {
    let mut node = new_voter(3, 3);
    node.start();
    node.request(1, 1, begin(3, 2, 5));
    node.settle();
    let (asked, _) = node.fetching();
    let mut membership: Membership = node.quorum.voters.latest().clone();
    membership.voters.0.remove(&1);
    let record = membership.voters_record().to_batch(0, 4, 0).expect("a version that exists");
    node.answer(2, asked, Some(records(2, 5, &[record], 0)));
    assert_eq!(voters(&node), [2, 3]);
    node.sync();
    let (asked, _) = node.fetching();
    let diverging =
        fetched(2, 5, |partition| partition.diverging_epoch = EpochEndOffset { epoch: 0, end_offset: 0 });
    node.answer(2, asked, Some(diverging));
    assert_eq!((node.log.end(), voters(&node)), (0, vec![1, 2, 3]));
}

/// Goal: a deposed leader does not know what becomes of its change, and says so.
#[test]
fn a_deposed_leader_answers_for_its_change() {
    let mut node = leader();
    has_all(&mut node, 4);
    assert_eq!(change(&mut node, add(4)), None);
    let epoch = node.epoch();
    node.request(1, 1, begin(1, 2, epoch + 1));
    assert_eq!(answered(&mut node), Some(ErrorCode::NOT_LEADER_OR_FOLLOWER));
    assert_eq!(voters(&node), [1, 2, 3, 4], "it still stands in the log");
}

/// Goal: a voter that is found elsewhere tells the leader, which records it; what is known already costs
/// nothing. Source: KIP-853.
#[test]
fn a_voter_that_has_moved_is_found() {
    let mut node = leader();
    let request = update(&node, 2, 2);
    assert_eq!(change(&mut node, request), Some(ErrorCode::NONE), "nothing is new");
    let mut request = update(&node, 2, 9);
    request.voter_directory_id = directory_of(9);
    assert_eq!(change(&mut node, request), Some(ErrorCode::VOTER_NOT_FOUND));
    let mut request = update(&node, 2, 9);
    request.current_leader_epoch -= 1;
    assert_eq!(change(&mut node, request), Some(ErrorCode::FENCED_LEADER_EPOCH));
    let mut request = update(&node, 2, 9);
    request.kraft_version_feature.max_supported_version = 0;
    assert_eq!(change(&mut node, request), Some(ErrorCode::INVALID_REQUEST), "too old for what the log says");
    let request = update(&node, 2, 9);
    assert_eq!(change(&mut node, request), None);
    let address = node.quorum.voters.latest().voters.address(&node.config, 2);
    assert_eq!(address.map(|address| address.port), Some(9));

    let mut moved = new_voter(3, 3);
    moved.config.listeners[0].advertised_port = 33;
    moved.start();
    moved.request(1, 1, begin(3, 2, 5));
    moved.settle();
    let (asked, _) = moved.fetching();
    moved.answer(2, asked, Some(fetched(2, 5, |_| {})));
    let asks = moved.asks();
    let update = asks.iter().find_map(|(to, _, request)| match request {
        Request::UpdateRaftVoter(request) => Some((*to, request.voter_id, request.listeners[0].port)),
        _ => None,
    });
    assert_eq!(update, Some((2, 3, 33)));
    moved.wait_ms(50);
    assert!(moved.asks().iter().all(|(_, asked, _)| !matches!(asked, Asked::UpdateVoter { .. })), "once");
}

/// Goal: a whole cluster goes through additions and removals, its leader's included, and every node knows the
/// voters.
#[test]
fn a_cluster_changes_its_voters() {
    let mut cluster = Cluster::new(1, DYNAMIC, Chaos::NONE, None);
    let settle = |cluster: &mut Cluster, expected: &[BrokerId]| {
        let end = cluster.now.after_ms(3000);
        let is_so = |cluster: &Cluster| {
            let know = cluster.ids().into_iter().all(|id| voters(cluster.node(id)) == expected);
            know && cluster.all_beyond(cluster.committed_end() - 5) && cluster.active().len() == 1
        };
        assert!(cluster.run_until(end, is_so), "{expected:?}: {:?}", cluster.violation);
        cluster.run_ms(100);
        cluster.active()[0]
    };
    let leader = settle(&mut cluster, &[1, 2, 3]);
    cluster.administrate(leader, 0, add(4));
    let leader = settle(&mut cluster, &[1, 2, 3, 4]);
    cluster.administrate(leader, 0, remove(leader));
    let left: Vec<_> = [1, 2, 3, 4].into_iter().filter(|id| *id != leader).collect();
    let next = settle(&mut cluster, &left);
    assert!(next != leader);
}

/// Goal: a stored vote of version 1 names the disk it was given to: another disk of the same node gets none.
/// Source: KIP-853.
#[test]
fn a_vote_is_given_to_one_disk() {
    let mut node = new_voter(1, 3);
    node.start();
    let mut request = super::bench::candidacy(2, 4, (0, 0), false);
    assert!(node.vote(request.clone()).0);
    node.crash();
    node.start();
    assert!(node.vote(request.clone()).0);
    request.topics[0].partitions[0].replica_directory_id = directory_of(9);
    assert!(!node.vote(request).0);
    assert!(!node.happened().contains(&Told::Elected(4)));
}
