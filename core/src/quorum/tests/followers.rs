//! A follower: what it fetches, appends, cuts and believes.

use alloc::vec;
use alloc::vec::Vec;

use klamm_wire::ErrorCode;
use klamm_wire::messages::fetch_response::{EpochEndOffset, LeaderIdAndEpoch};
use klamm_wire::messages::{Request, Response};

use super::bench::{THREE, batch, begin, end, fetched, records};
use super::node::{Node, Told};
use crate::quorum::Asked;
use crate::quorum::state::Role;

/// A follower of node 2 in this epoch, whose log has a batch of each of these.
fn follower(epochs: &[i32], epoch: i32) -> Node {
    let mut node = Node::with_log(1, epochs);
    node.follow(2, epoch);
    node.wait_ms(1);
    node
}

fn diverging(epoch: i32, end_offset: i64) -> Response {
    fetched(2, 5, |partition| partition.diverging_epoch = EpochEndOffset { epoch, end_offset })
}

/// Goal: the offset of a fetch says what survives a power loss here, so nothing is fetched before it does.
/// Source: KAFKA-13884, KAFKA-17332; RaftFsync.tla.
#[test]
fn a_fetch_acknowledges_only_what_is_synced() {
    let mut node = follower(&[1], 5);
    let (asked, request) = fetch_again(&mut node);
    assert_eq!(asked, Asked::Fetch { epoch: 5, offset: 1 });
    assert_eq!(request, (1, 1, 5), "offset, epoch of the last record, epoch of the leader");
    node.answer(2, asked, Some(records(2, 5, &[batch(1, 2, 7), batch(2, 5, 8)], 1)));
    assert_eq!((node.log.end(), node.asks()), (3, vec![]));
    node.log.sync_to(2);
    node.verb(crate::quorum::Quorum::on_log);
    assert_eq!(node.asks(), vec![], "half of it would do as little");
    node.sync();
    assert_eq!(fetch_again(&mut node).1, (3, 5, 5));
}

/// The fetch that is under way, after a nudge: offset, last epoch, current epoch.
fn fetch_again(node: &mut Node) -> (Asked, (i64, i32, i32)) {
    node.wait_ms(20);
    let (asked, request) = node.fetching();
    let partition = &request.topics[0].partitions[0];
    (asked, (partition.fetch_offset, partition.last_fetched_epoch, partition.current_leader_epoch))
}

/// Goal: a follower knows as committed what its leader calls so and it has itself, and never less than before.
#[test]
fn the_high_watermark_is_the_leaders_as_far_as_the_log_goes() {
    let mut node = follower(&[1], 5);
    let (asked, _) = node.fetching();
    node.answer(2, asked, Some(records(2, 5, &[batch(1, 5, 7)], 9)));
    assert_eq!((node.quorum.high_watermark(), node.image.end), (2, 2));
    node.sync();
    let (asked, _) = node.fetching();
    node.answer(2, asked, Some(records(2, 5, &[], -1)));
    assert_eq!(node.quorum.high_watermark(), 2, "a leader that does not know it yet");
}

/// Goal: where the histories part, the follower cuts; it keeps what both have. Source: KIP-595.
#[test]
fn a_follower_cuts_what_its_leader_has_not() {
    let mut node = follower(&[1, 1, 3, 3], 5);
    let (asked, _) = node.fetching();
    node.answer(2, asked, Some(diverging(1, 9)));
    assert_eq!(node.happened(), [Told::Cut(2)], "the end of epoch 1 in its own log");
    assert_eq!(node.fetching().0, Asked::Fetch { epoch: 5, offset: 2 });
    let mut node = follower(&[1, 1, 3, 3], 5);
    let (asked, _) = node.fetching();
    node.answer(2, asked, Some(diverging(3, 3)));
    assert_eq!(node.happened(), [Told::Cut(3)], "the end of epoch 3 in the leader's");
}

/// Goal: cutting takes its time, and nothing else is looked at meanwhile.
#[test]
fn nothing_is_done_while_the_log_is_cut() {
    let mut node = follower(&[1, 3], 5);
    node.is_slow = true;
    let (asked, _) = node.fetching();
    node.answer(2, asked, Some(diverging(1, 1)));
    node.request(1, 1, begin(1, 3, 6));
    node.wait_ms(1000);
    assert_eq!((node.asks(), node.ops.len(), node.answers()), (vec![], 0, vec![]));
    node.finish();
    assert_eq!((node.log.end(), node.ops.len()), (1, 1), "now it looks at the other leader");
    node.settle();
    assert_eq!(node.quorum.leader(), (Some(3), 6));
}

/// Goal: what is committed is never cut: a leader that wants it means that a majority has lost records.
#[test]
fn what_is_committed_is_not_cut() {
    let mut node = follower(&[1, 1], 5);
    let (asked, _) = node.fetching();
    node.answer(2, asked, Some(records(2, 5, &[], 2)));
    node.wait_ms(20);
    node.happened();
    let (asked, _) = node.fetching();
    node.answer(2, asked, Some(diverging(1, 1)));
    assert!(
        matches!(&node.happened()[..], [Told::Refused(reason)] if reason.contains("below 2 is committed"))
    );
    assert_eq!(node.log.end(), 2);
}

/// Goal: a leader that tells the same nonsense again and again is not asked in a circle.
#[test]
fn an_answer_that_leads_nowhere_is_not_repeated_at_once() {
    for nonsense in
        [diverging(1, 9), records(2, 5, &[batch(7, 5, 1)], -1), records(2, 5, &[batch(1, 6, 1)], -1)]
    {
        let mut node = follower(&[1], 5);
        let (asked, _) = node.fetching();
        node.answer(2, asked, Some(nonsense));
        assert_eq!((node.log.end(), node.asks()), (1, vec![]));
        node.wait_ms(10);
        assert_eq!(node.fetching().0, Asked::Fetch { epoch: 5, offset: 1 });
    }
}

/// Goal: batches that do not go on where the log ends are left out, with all behind them. Source: KAFKA-18723.
#[test]
fn only_what_fits_is_appended() {
    let mut node = follower(&[1], 5);
    let (asked, _) = node.fetching();
    let batches = [batch(1, 4, 1), batch(2, 5, 2), batch(3, 4, 3), batch(4, 5, 4)];
    node.answer(2, asked, Some(records(2, 5, &batches, -1)));
    assert_eq!(node.log.end(), 3, "epochs do not go back");
}

/// Goal: an answer of another leader, of an older epoch, or to an older question means nothing to the log.
#[test]
fn a_stale_answer_is_not_appended() {
    let mut node = follower(&[1], 5);
    let (asked, _) = node.fetching();
    node.request(1, 1, begin(1, 3, 6));
    node.settle();
    node.answer(2, asked, Some(records(2, 5, &[batch(1, 5, 7)], 2)));
    assert_eq!((node.log.end(), node.quorum.high_watermark()), (1, 0), "of an older epoch");
    let (asked, _) = node.fetching();
    node.answer(2, asked, Some(records(3, 6, &[batch(1, 6, 7)], 2)));
    assert_eq!(node.log.end(), 1, "from another node");
    node.answer(3, Asked::Fetch { epoch: 6, offset: 0 }, Some(records(3, 6, &[batch(0, 6, 7)], 2)));
    assert_eq!(node.log.end(), 1, "to another question");
    node.answer(3, asked, Some(records(3, 6, &[batch(1, 6, 7)], 2)));
    assert_eq!((node.log.end(), node.quorum.high_watermark()), (2, 2));
}

/// Goal: an answer that names a newer leader is followed, even if it is no answer to anything any more.
#[test]
fn a_refused_fetch_leads_to_the_leader() {
    let mut node = follower(&[1], 5);
    let (asked, _) = node.fetching();
    let refused = fetched(2, 7, |partition| {
        partition.error_code = ErrorCode::FENCED_LEADER_EPOCH;
        partition.current_leader = LeaderIdAndEpoch { leader_id: 3, leader_epoch: 7 };
    });
    node.answer(2, asked, Some(refused));
    node.settle();
    assert_eq!(node.quorum.leader(), (Some(3), 7));
    assert_eq!(node.quorum.leader_address().map(|address| address.port), Some(3));
}

/// Goal: no epoch has two leaders: who claims to be the second is not believed, and is told so.
#[test]
fn a_second_leader_of_an_epoch_is_not_followed() {
    let mut node = follower(&[1], 5);
    node.request(1, 1, begin(1, 3, 5));
    let [(1, Response::BeginQuorumEpoch(response))] = &node.answers()[..] else { panic!("one answer") };
    assert_eq!(response.topics[0].partitions[0].error_code, ErrorCode::INVALID_REQUEST);
    assert_eq!(node.quorum.leader(), (Some(2), 5));
}

/// Goal: a leader that is silent is given up, one that speaks up is not. Source: KIP-595.
#[test]
fn a_silent_leader_is_given_up() {
    let mut node = follower(&[1], 5);
    node.wait_ms(150);
    node.request(1, 1, begin(1, 2, 5));
    node.wait_ms(150);
    assert!(matches!(node.quorum.role, Role::Follower(_)), "it has come by");
    node.wait_ms(100);
    assert!(matches!(node.quorum.role, Role::Prospective(_)));
}

/// Goal: when a leader hands over, the voter with most of the log stands at once and the others leave it some
/// time. Source: KIP-595. Kafka: `endEpochElectionBackoff`.
#[test]
fn the_best_successor_stands_first() {
    let stands_after = |successors: &[i32]| {
        let mut node = follower(&[1], 5);
        node.request(1, 1, end(2, 5, successors));
        node.answers();
        let from = node.now.monotonic;
        while matches!(node.quorum.role, Role::Follower(_)) {
            node.wait_ms(1);
        }
        node.now.monotonic.since(from).as_millis()
    };
    assert_eq!(stands_after(&[1, 3]), 0);
    assert_eq!(stands_after(&[3, 1]), 100);
    assert_eq!((stands_after(&[4, 1, 3]), stands_after(&[4, 3, 1])), (50, 100));
    assert!(stands_after(&[3]) < 100, "who is not named waits for some time");
}

/// Goal: a broker that knows no leader asks whoever may know, and follows what it is told; it stands for
/// nothing. Source: KIP-595, KIP-853.
#[test]
fn an_observer_looks_for_the_leader() {
    let mut node = Node::of(4, THREE);
    let asks = node.asks();
    let [(to, Asked::Find { epoch: 0 }, Request::Fetch(request))] = &asks[..] else { panic!("{asks:?}") };
    assert_eq!((request.max_wait_ms, request.replica_state.replica_id), (0, 4));
    node.answer(*to, Asked::Find { epoch: 0 }, None);
    node.wait_ms(10);
    let (to, asked, _) = node.asks().pop().expect("it asks again");
    let answer = fetched(to, 5, |partition| {
        partition.error_code = ErrorCode::FENCED_LEADER_EPOCH;
        partition.current_leader = LeaderIdAndEpoch { leader_id: 3, leader_epoch: 5 };
    });
    node.answer(to, asked, Some(answer));
    node.settle();
    assert_eq!(node.fetching().0, Asked::Fetch { epoch: 5, offset: 0 });
    node.wait_ms(250);
    node.settle();
    assert!(matches!(node.quorum.role, Role::Unattached(_)), "and looks elsewhere when it is silent");
    let asked: Vec<_> = node.asks().into_iter().map(|(_, asked, _)| asked).collect();
    assert_eq!(asked, [Asked::Find { epoch: 5 }]);
    node.wait_ms(10_000);
    assert_eq!(node.epoch(), 5);
}
