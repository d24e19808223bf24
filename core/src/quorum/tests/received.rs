//! A snapshot on its way from a leader to a follower, and what may go wrong with it.

use alloc::vec;
use alloc::vec::Vec;

use bytes::Bytes;
use klamm_wire::messages::fetch_snapshot_response as response;
use klamm_wire::messages::{
    FetchSnapshotRequest, FetchSnapshotResponse, Request, Response, fetch_snapshot_request,
};
use klamm_wire::{ErrorCode, Records};

use super::bench::{THREE, begin, fetch, fetched};
use super::cluster::cluster_id;
use super::log::data;
use super::node::{Node, Told, directory_of};
use crate::quorum::{Asked, SnapshotId};
use crate::types::METADATA_TOPIC;

/// Node 2 leads and has two snapshots, so that its log begins at the older one.
fn leader() -> Node {
    let mut node = Node::of(2, THREE);
    node.become_active();
    for value in 0..4 {
        node.lead(&data(&[value, value + 1]));
        node.sync();
        let (epoch, end) = (node.epoch(), node.log.end());
        node.request(70, 18, fetch(3, epoch, end, epoch));
        if value > 0 {
            node.write_snapshot();
            node.settle();
        }
    }
    assert_eq!((node.log.start(), node.log.end()), (7, 9), "cut behind the snapshot before the newest");
    node.told.clear();
    node
}

/// Node 1 follows node 2 and has an empty log.
fn follower(leader: &Node) -> Node {
    let mut node = Node::of(1, THREE);
    node.request(1, 1, begin(1, 2, leader.epoch()));
    node.settle();
    node.answers();
    node
}

/// Lets the follower's next question be answered by the leader; what it was.
fn ask(leader: &mut Node, follower: &mut Node) -> Asked {
    follower.wait_ms(10);
    let (_, asked, request) = follower.asks().pop().expect("it asks");
    let version = if matches!(request, Request::Fetch(_)) { 18 } else { 1 };
    leader.request(50, version, request);
    leader.settle();
    let (_, answer) = leader.answers().pop().expect("it is answered at once");
    follower.answer(2, asked, Some(answer));
    asked
}

fn newest(leader: &Node) -> SnapshotId {
    SnapshotId { end: 9, epoch: leader.epoch() }
}

/// Lets the follower fetch up to the last part of the snapshot, which is on its way to the disk then.
fn fetch_parts(leader: &mut Node, follower: &mut Node) -> Vec<u64> {
    let mut positions = Vec::new();
    ask(leader, follower);
    let size = leader.files.content(&newest(leader).file_name()).expect("it is there").len() as u64;
    loop {
        let Asked::FetchSnapshot { position, .. } = ask(leader, follower) else { panic!("it fetches parts") };
        positions.push(position);
        if position + 100 >= size {
            return positions;
        }
        assert_eq!(follower.asks(), vec![], "one part at a time");
        follower.settle();
    }
}

/// Goal: a follower that is too far behind gets the image part by part, and goes on behind it. Source: KIP-630.
#[test]
fn a_snapshot_comes_in_parts() {
    let (mut leader, mut follower) = (leader(), follower(&leader()));
    let positions = fetch_parts(&mut leader, &mut follower);
    assert!(
        positions.len() > 1 && positions.windows(2).all(|pair| pair[1] == pair[0] + 100),
        "{positions:?}"
    );
    let name = newest(&leader).file_name();
    assert_eq!(follower.files.content(&name), None, "not before it is whole and synced");
    follower.happened();
    follower.settle();
    assert_eq!(follower.files.content(&name), leader.files.content(&name));
    assert_eq!(follower.happened(), [Told::Reset(9), Told::HighWatermark(9)]);
    assert_eq!((follower.image, follower.log.start(), follower.log.end()), (leader.image, 9, 9));
    assert_eq!(ask_is_parked(&mut leader, &mut follower), Asked::Fetch { epoch: leader.epoch(), offset: 9 });
    assert_eq!(follower.files.names().filter(|name| name.contains("part")).count(), 0);
}

fn ask_is_parked(leader: &mut Node, follower: &mut Node) -> Asked {
    let (_, asked, request) = follower.asks().pop().expect("it asks");
    leader.request(51, 18, request);
    assert_eq!(leader.answers(), vec![], "valid, and nothing new");
    asked
}

/// Goal: a crash at any moment leaves a node that starts again: with the old log, or with the new snapshot and
/// a log that begins behind it. Method: a power loss after each step of the reception, the log's new beginning
/// included.
#[test]
fn a_crash_within_a_reception_is_survived() {
    for moment in 0..4 {
        let (mut leader, mut follower) = (leader(), follower(&leader()));
        follower.is_slow = true;
        fetch_parts(&mut leader, &mut follower);
        match moment {
            0 => follower.lose_power(),
            1 => follower.crash(),
            2 => {
                follower.settle();
                assert!(follower.slow.is_some());
                // Before the log begins anew.
                follower.slow = None;
                follower.lose_power();
            }
            _ => {
                follower.settle();
                follower.finish();
                follower.lose_power();
            }
        }
        follower.is_slow = false;
        follower.start();
        let has_it = follower.image == leader.image;
        assert_eq!(follower.log.end(), if has_it { 9 } else { 0 }, "moment {moment}");
        assert!(has_it || moment < 2, "what is durable is used: moment {moment}");
        assert!(!follower.happened().iter().any(|told| matches!(told, Told::Refused(_))));
    }
}

/// Goal: a snapshot that does not reach the follower whole is not used: it begins anew, with another one if
/// need be.
#[test]
fn a_rotten_snapshot_is_not_installed() {
    let (mut leader, mut follower) = (leader(), follower(&leader()));
    let name = newest(&leader).file_name();
    let mut rotten = leader.files.content(&name).expect("it is there").to_vec();
    rotten[70] ^= 1;
    leader.files.put(&name, &rotten);
    fetch_parts(&mut leader, &mut follower);
    follower.settle();
    assert_eq!((follower.log.end(), follower.files.content(&name)), (0, None));
    assert_eq!(follower.files.names().filter(|name| name.contains("part")).count(), 0);
    assert_eq!(follower.asks(), vec![], "not in a circle");
    assert!(matches!(ask(&mut leader, &mut follower), Asked::Fetch { offset: 0, .. }));
}

/// Goal: with another leader the reception begins anew: its bytes may be others.
#[test]
fn another_leader_ends_a_reception() {
    let (mut leader, mut follower) = (leader(), follower(&leader()));
    ask(&mut leader, &mut follower);
    ask(&mut leader, &mut follower);
    follower.settle();
    assert_eq!(follower.files.names().filter(|name| name.contains("part")).count(), 1);
    follower.asks();
    follower.request(1, 1, begin(1, 3, leader.epoch() + 1));
    follower.settle();
    assert_eq!(follower.files.names().filter(|name| name.contains("part")).count(), 0);
    assert!(matches!(follower.fetching().0, Asked::Fetch { offset: 0, .. }));
}

/// Goal: a leader that has replaced the snapshot meanwhile says so, and the follower asks for what there is
/// now.
#[test]
fn a_snapshot_that_is_gone_is_let_go() {
    let (mut leader, mut follower) = (leader(), follower(&leader()));
    ask(&mut leader, &mut follower);
    for value in 0..2 {
        leader.lead(&data(&[value]));
        leader.sync();
        let (epoch, end) = (leader.epoch(), leader.log.end());
        leader.request(70, 18, fetch(3, epoch, end, epoch));
        leader.write_snapshot();
        leader.settle();
    }
    leader.told.clear();
    assert!(matches!(ask(&mut leader, &mut follower), Asked::FetchSnapshot { .. }));
    assert!(matches!(ask(&mut leader, &mut follower), Asked::Fetch { .. }));
    let (_, asked, _) = follower.asks().pop().expect("the newer one");
    let id = SnapshotId { end: 11, epoch: leader.epoch() };
    assert_eq!(asked, Asked::FetchSnapshot { epoch: leader.epoch(), id, position: 0 });
}

/// Goal: a leader that offers a snapshot of what the follower has committed already is not listened to.
#[test]
fn an_old_snapshot_is_not_fetched() {
    let mut node = Node::with_log(1, &[1, 1]);
    node.follow(2, 5);
    let (asked, _) = node.fetching();
    let offer = |end| {
        fetched(2, 5, |partition| {
            partition.snapshot_id.end_offset = end;
            partition.snapshot_id.epoch = 1;
        })
    };
    node.answer(2, asked, Some(fetched(2, 5, |partition| partition.high_watermark = 2)));
    let (asked, _) = node.fetching();
    node.answer(2, asked, Some(offer(2)));
    node.wait_ms(10);
    assert!(matches!(node.fetching().0, Asked::Fetch { .. }));
}

fn snapshot_request(node: &Node, id: SnapshotId, position: i64) -> FetchSnapshotRequest {
    let partition = fetch_snapshot_request::PartitionSnapshot {
        partition: 0,
        current_leader_epoch: node.epoch(),
        snapshot_id: fetch_snapshot_request::SnapshotId { end_offset: id.end, epoch: id.epoch },
        position,
        replica_directory_id: directory_of(1),
    };
    let topic =
        fetch_snapshot_request::TopicSnapshot { name: METADATA_TOPIC.into(), partitions: vec![partition] };
    FetchSnapshotRequest { cluster_id: cluster_id(), replica_id: 1, max_bytes: 50, topics: vec![topic] }
}

fn part(node: &mut Node, request: FetchSnapshotRequest) -> response::PartitionSnapshot {
    node.request(5, 1, request);
    node.settle();
    match node.answers().pop() {
        Some((5, Response::FetchSnapshot(FetchSnapshotResponse { mut topics, .. }))) => {
            topics.remove(0).partitions.remove(0)
        }
        other => panic!("{other:?}"),
    }
}

/// Goal: parts are what was asked for, within bounds; what cannot be given is told why. Source: KIP-630.
#[test]
fn parts_are_given_by_position() {
    let mut node = leader();
    let id = newest(&node);
    let file = node.files.content(&id.file_name()).expect("it is there");
    let request = snapshot_request(&node, id, 20);
    let given = part(&mut node, request);
    assert_eq!((given.error_code, given.position, given.size), (ErrorCode::NONE, 20, file.len() as i64));
    assert_eq!(given.unaligned_records.to_bytes(), file.slice(20..70));
    let size = file.len() as i64;
    for (id, position, code) in [
        (id, size, ErrorCode::POSITION_OUT_OF_RANGE),
        (id, -1, ErrorCode::POSITION_OUT_OF_RANGE),
        (SnapshotId { end: 8, ..id }, 0, ErrorCode::SNAPSHOT_NOT_FOUND),
        (SnapshotId { end: -8, ..id }, 0, ErrorCode::SNAPSHOT_NOT_FOUND),
    ] {
        let request = snapshot_request(&node, id, position);
        assert_eq!(part(&mut node, request).error_code, code, "{id:?} at {position}");
    }
    let mut request = snapshot_request(&node, id, 0);
    request.topics[0].partitions[0].current_leader_epoch -= 1;
    let refused = part(&mut node, request);
    assert_eq!(refused.error_code, ErrorCode::FENCED_LEADER_EPOCH);
    assert_eq!(
        (refused.current_leader.leader_id, refused.unaligned_records),
        (2, Records::from(Bytes::new()))
    );
}

/// Goal: two followers that want the same part cost one read.
#[test]
fn a_part_is_read_once_for_all_who_want_it() {
    let mut node = leader();
    let request = snapshot_request(&node, newest(&node), 0);
    node.request(5, 1, request.clone());
    node.request(6, 1, request);
    assert_eq!(node.ops.len(), 1);
    node.settle();
    assert_eq!(node.answers().len(), 2);
}

/// Goal: a follower writes snapshots of its own, of what it knows to be committed. Source: KIP-630.
#[test]
fn a_follower_writes_snapshots_too() {
    let mut node = Node::with_log(1, &[1, 1, 2]);
    node.follow(2, 5);
    let (asked, _) = node.fetching();
    node.answer(2, asked, Some(fetched(2, 5, |partition| partition.high_watermark = 2)));
    node.write_snapshot();
    node.settle();
    assert!(node.files.content(&SnapshotId { end: 2, epoch: 1 }.file_name()).is_some());
}
