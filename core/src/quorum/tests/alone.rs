//! A quorum of one.

use alloc::vec::Vec;

use super::bench::candidacy;
use super::log::data;
use super::node::{Node, Told};
use crate::config::Config;
use crate::disk::{DiskError, DiskErrorKind, Owner};
use crate::quorum::store::{QUORUM_STATE, StoredState};
use crate::quorum::{QuorumEvent, SnapshotId};
use crate::types::{LeaderEpoch, Offset};

fn alone() -> Node {
    Node::new(Config::default(), 7)
}

fn elected(node: &mut Node) -> Vec<LeaderEpoch> {
    let elected = node.happened().into_iter().filter_map(|told| match told {
        Told::Elected(epoch) => Some(epoch),
        _ => None,
    });
    elected.collect()
}

fn active() -> Node {
    let mut node = alone();
    node.start();
    node.sync();
    assert!(node.quorum.is_active());
    node.told.clear();
    node
}

/// Commits a record and writes a snapshot behind it.
fn snapshot(node: &mut Node) {
    node.lead(&data(&[9]));
    node.sync();
    node.write_snapshot();
    node.settle();
}

fn snapshots(node: &Node) -> Vec<(Offset, LeaderEpoch)> {
    let ids = node.files.names().filter_map(SnapshotId::of_file_name);
    ids.map(|id| (id.end, id.epoch)).collect()
}

/// Goal: an epoch takes effect only when it is durable; the only voter waits for nothing else. Source: KIP-595.
#[test]
fn a_fresh_voter_leads_epoch_one_once_that_is_durable() {
    let mut node = alone();
    node.boot();
    node.step();
    assert_eq!(node.ops.len(), 1, "quorum-state is on its way");
    assert_eq!((node.quorum.led_epoch(), elected(&mut node)), (None, Vec::new()));
    node.step();
    let stored =
        StoredState::parse(&node.files.content(QUORUM_STATE).expect("it is there")).expect("as written");
    assert_eq!((stored.election.epoch, stored.election.leader, stored.voters), (1, Some(1), Vec::from([1])));
    assert_eq!((node.quorum.led_epoch(), elected(&mut node)), (Some(1), Vec::from([1])));
    assert_eq!(node.now.monotonic.0, 1, "no time has gone by");
}

/// Goal: no epoch is led twice, wherever the life before ended. Method: crash before or after the election is
/// durable, in turn.
#[test]
fn every_life_has_an_epoch_of_its_own() {
    let (mut node, mut led) = (alone(), Vec::new());
    for life in 0..6 {
        node.boot();
        // The names, then the file if there is one; the election is written behind it.
        while node.ops.front().is_some_and(|op| op.owner == Owner::Quorum(crate::disk::QuorumOp::Load)) {
            node.step();
        }
        if life % 2 == 0 {
            node.settle();
        }
        led.extend(elected(&mut node));
        node.ops.clear();
    }
    assert_eq!(led, [1, 2, 3], "what was not durable never was");
}

/// Goal: an epoch that left records is never used again, even if its file is gone.
#[test]
fn the_new_epoch_lies_above_the_logs() {
    let mut node = alone();
    node.log.lead(&data(&[1]), 6);
    node.log.sync();
    node.start();
    assert_eq!(elected(&mut node), [7]);
}

/// Goal: the first batch of an epoch is the leader's own control record, with Kafka's bytes inside; nothing is
/// committed before it is, and it is when it is synced.
#[test]
fn an_epoch_begins_with_a_leader_change() {
    let mut node = alone();
    node.start();
    let batch = node.log.batches[0].clone();
    assert!(batch.is_control() && batch.partition_leader_epoch() == 1);
    let record = batch.records().next().expect("one record").expect("whole");
    // Key: version 0, type 2. Value: version 0, leader 1, one voter 1, granted by 1, no tags.
    assert_eq!(record.key.as_deref(), Some(&[0, 0, 0, 2][..]));
    let value = [0, 0, 0, 0, 0, 1, 2, 0, 0, 0, 1, 0, 2, 0, 0, 0, 1, 0, 0];
    assert_eq!(record.value.as_deref(), Some(&value[..]));
    assert_eq!((node.quorum.is_active(), node.quorum.high_watermark()), (false, 0), "written, not synced");
    node.happened();
    node.sync();
    assert_eq!(node.happened(), [Told::HighWatermark(1), Told::Active(1)]);
}

/// Goal: a restart finds the image where the snapshot left it.
#[test]
fn a_snapshot_is_written_and_found_again() {
    let mut node = active();
    node.lead(&data(&[5, 6]));
    node.write_snapshot();
    assert_eq!(node.ops.len(), 1, "of what is committed: the first record");
    node.settle();
    assert_eq!(snapshots(&node), [(1, 1)]);
    node.sync();
    node.write_snapshot();
    node.settle();
    assert_eq!(snapshots(&node), [(1, 1), (3, 1)]);
    assert_eq!(node.log.start(), 1, "there is one to fall back to");
    let image = node.image;
    node.crash();
    node.start();
    assert_eq!(node.image, image);
}

/// Goal: with two snapshots the log is cut behind the older one; if the newer one rots, the older one serves.
#[test]
fn a_damaged_snapshot_is_passed_over() {
    let mut node = active();
    for _ in 0..3 {
        snapshot(&mut node);
    }
    assert_eq!((snapshots(&node), node.log.start()), (Vec::from([(3, 1), (4, 1)]), 3));
    let image = node.image;
    let newest = SnapshotId { end: 4, epoch: 1 }.file_name();
    let rotten = node.files.content(&newest).expect("it is there").slice(..100);
    node.files.put(&newest, &rotten);
    node.crash();
    node.start();
    node.sync();
    assert_eq!(node.image.sum, image.sum, "the older one, and the log behind it");
}

/// Goal: the only snapshot is not silently given up: the log may not hold what it held.
#[test]
fn the_last_snapshot_must_be_whole() {
    let mut node = active();
    snapshot(&mut node);
    let only = SnapshotId { end: 2, epoch: 1 }.file_name();
    let rotten = node.files.content(&only).expect("it is there").slice(..100);
    node.files.put(&only, &rotten);
    node.crash();
    node.start();
    assert!(matches!(&node.happened()[..], [Told::Refused(reason)] if reason.contains(&only)));
}

/// Goal: the only voter was never given a snapshot by others, so a log that ends below its own has lost
/// records.
#[test]
fn a_log_that_ends_below_its_snapshot_is_refused() {
    let mut node = active();
    snapshot(&mut node);
    node.crash();
    node.log.truncate_to(1);
    node.start();
    assert!(matches!(&node.happened()[..], [Told::Refused(reason)] if reason.contains("records were lost")));
}

/// Goal: a voter that does not know its epoch, or belongs to others, does not guess.
#[test]
fn a_damaged_or_foreign_quorum_state_is_refused() {
    let foreign = br#"{"clusterId":"","leaderId":2,"leaderEpoch":7,"votedId":-1,"appliedOffset":0,"currentVoters":[{"voterId":1},{"voterId":2}],"data_version":0}"#;
    for content in [&b""[..], b"{}", foreign] {
        let mut node = alone();
        node.files.put(QUORUM_STATE, content);
        node.start();
        assert!(matches!(&node.happened()[..], [Told::Refused(_)]), "{content:?}");
        assert_eq!(
            &node.files.content(QUORUM_STATE).expect("it is there")[..],
            content,
            "nothing is overwritten"
        );
    }
}

/// Goal: a disk that says no is reported, and no election is won over it.
#[test]
fn a_failed_write_elects_nobody() {
    let mut node = alone();
    node.boot();
    node.step();
    let op = node.ops.pop_front().expect("the election");
    let Owner::Quorum(purpose) = op.owner else { panic!("{:?}", op.owner) };
    let error = DiskError { step: 2, kind: DiskErrorKind::Io };
    node.verb(|quorum, cx, log| {
        let events = quorum.on_disk(cx, log, &purpose, Err(error));
        assert_eq!(events, [QuorumEvent::Failed(error)]);
        Vec::new()
    });
    assert_eq!((node.quorum.led_epoch(), elected(&mut node)), (None, Vec::new()));
}

/// Goal: what a control record of another voter would say is not believed: a stranger is given no vote by a
/// leader.
#[test]
fn a_leader_gives_no_vote_in_its_epoch() {
    let mut node = active();
    assert_eq!(node.vote(candidacy(2, 1, (0, 0), false)), (false, 1, 1));
}

/// Goal: an orderly stop resigns, and does not elect itself again.
#[test]
fn a_voter_that_stops_leads_no_more() {
    let mut node = active();
    node.verb(crate::quorum::Quorum::stop);
    node.wait_ms(10_000);
    assert_eq!(node.happened(), [Told::Deposed(1), Told::Leader(None, 1)]);
    assert_eq!(node.quorum.led_epoch(), None);
}
