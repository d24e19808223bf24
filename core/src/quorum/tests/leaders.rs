//! A leader: what it commits, serves and tells, and when it resigns.

use alloc::vec;
use alloc::vec::Vec;

use klamm_wire::ErrorCode;
use klamm_wire::messages::{
    DescribeQuorumRequest, FetchRequest, Request, Response, describe_quorum_request, end_quorum_epoch_request,
};

use super::bench::{THREE, begin, candidacy, end, fetch, vote_answer};
use super::log::data;
use super::node::{Node, Told, directory_of, ticket};
use crate::quorum::state::Role;
use crate::quorum::{Asked, Quorum};
use crate::types::METADATA_TOPIC;

fn leader() -> Node {
    let mut node = Node::of(1, THREE);
    node.become_active();
    node
}

fn wants_news(mut request: FetchRequest, high_watermark: i64) -> FetchRequest {
    request.topics[0].partitions[0].high_watermark = high_watermark;
    request
}

/// Goal: a majority decides, the leader's own copy counts when it is synced and a follower's when it has
/// fetched beyond. Source: KIP-595.
#[test]
fn what_a_majority_has_synced_is_committed() {
    let mut node = leader();
    let (epoch, start) = (node.epoch(), node.log.end());
    node.lead(&data(&[1]));
    assert_eq!(node.quorum.high_watermark(), start);
    node.request(1, 18, fetch(2, epoch, start + 1, epoch));
    assert_eq!(node.quorum.high_watermark(), start, "one follower, and not the leader's own disk");
    node.request(2, 18, fetch(4, epoch, start + 1, epoch));
    assert_eq!(node.quorum.high_watermark(), start, "an observer does not count");
    node.request(3, 18, fetch(3, epoch, start + 1, epoch));
    assert_eq!(node.quorum.high_watermark(), start + 1, "two of three, without the leader");
    node.lead(&data(&[2]));
    node.sync();
    assert_eq!(node.quorum.high_watermark(), start + 1);
    node.request(4, 18, fetch(2, epoch, start + 2, epoch));
    assert_eq!(node.quorum.high_watermark(), start + 2);
    node.request(5, 18, fetch(2, epoch, start, epoch));
    assert_eq!(node.quorum.high_watermark(), start + 2, "a follower that comes again takes nothing back");
}

/// Goal: a record of an older epoch is not committed by counting its copies: a voter without it could still be
/// elected. Source: Raft, section 5.4.2, figure 8; logcabin/logcabin#44.
#[test]
fn nothing_is_committed_before_a_record_of_the_own_epoch() {
    let mut node = Node::with_log(1, &[1, 2]);
    node.become_leader();
    node.sync();
    node.told.clear();
    let epoch = node.epoch();
    node.request(1, 18, fetch(2, epoch, 2, 2));
    assert_eq!(
        (node.quorum.high_watermark(), node.quorum.is_active()),
        (0, false),
        "on a majority, of epoch 2"
    );
    node.request(2, 18, fetch(2, epoch, 3, epoch));
    assert_eq!(node.happened(), [Told::HighWatermark(3), Told::Active(epoch)]);
}

/// Goal: a fetch that finds nothing waits for records, for news of what is committed, or for its time. Source:
/// KIP-595; KAFKA-18723's sibling KIP-1166 (high watermark in the fetch).
#[test]
fn a_fetch_waits_for_something_new() {
    let mut node = leader();
    let (epoch, at) = (node.epoch(), node.log.end());
    assert_eq!(node.fetched(fetch(2, epoch, at, epoch)), None);
    node.lead(&data(&[1]));
    let [(2, Response::Fetch(response))] = &node.answers()[..] else { panic!("one answer") };
    assert!(response.responses[0].partitions[0].records.as_ref().is_some_and(|records| !records.is_empty()));
    node.sync();
    assert_eq!(
        node.fetched(wants_news(fetch(3, epoch, at + 1, epoch), at + 1)),
        None,
        "it is committed by that"
    );
    node.request(4, 18, wants_news(fetch(2, epoch, at + 1, epoch), at));
    let [(4, Response::Fetch(response))] = &node.answers()[..] else { panic!("one answer") };
    assert_eq!(response.responses[0].partitions[0].high_watermark, at + 1, "news for this one");
    node.wait_ms(50);
    let answers = node.answers();
    let [(2, Response::Fetch(response))] = &answers[..] else { panic!("{answers:?}") };
    assert_eq!(response.responses[0].partitions[0].error_code, ErrorCode::NONE, "nothing, in time");
}

/// Goal: a consumer reads what is committed and counts for nothing.
#[test]
fn a_consumer_reads_what_is_committed() {
    let mut node = leader();
    let (epoch, committed) = (node.epoch(), node.log.end());
    node.lead(&data(&[1]));
    let partition = node.fetched(fetch(-1, epoch, 0, 0)).expect("records");
    let records = partition.records.expect("records").to_bytes();
    let last = klamm_wire::batch::Batches::new(records).last().expect("some").expect("whole");
    assert_eq!(last.last_offset() + 1, committed);
}

/// Goal: who does not lead says who does, as far as it knows; epochs that do not fit are told apart.
#[test]
fn a_fetch_elsewhere_is_told_the_leader() {
    let mut node = leader();
    let epoch = node.epoch();
    let error_of = |node: &mut Node, request| node.fetched(request).expect("an answer").error_code;
    assert_eq!(error_of(&mut node, fetch(2, epoch - 1, 0, 0)), ErrorCode::FENCED_LEADER_EPOCH);
    assert_eq!(error_of(&mut node, fetch(2, epoch + 1, 0, 0)), ErrorCode::UNKNOWN_LEADER_EPOCH);
    assert_eq!(node.epoch(), epoch, "a fetch moves no epoch");
    node.request(1, 1, begin(1, 3, epoch + 1));
    node.settle();
    node.answers();
    node.request(2, 18, fetch(2, epoch + 1, 0, 0));
    let [(2, Response::Fetch(response))] = &node.answers()[..] else { panic!("one answer") };
    let partition = &response.responses[0].partitions[0];
    assert_eq!(partition.error_code, ErrorCode::NOT_LEADER_OR_FOLLOWER);
    assert_eq!((partition.current_leader.leader_id, partition.current_leader.leader_epoch), (3, epoch + 1));
    assert_eq!((response.node_endpoints[0].node_id, response.node_endpoints[0].port), (3, 3));
    node.request(3, 11, fetch(2, epoch + 1, 0, 0));
    let [(3, Response::Fetch(response))] = &node.answers()[..] else { panic!("one answer") };
    assert_eq!(response.error_code, ErrorCode::UNSUPPORTED_VERSION, "without the epoch of the last record");
}

/// Goal: a fetch from another history tells where it parts, and acknowledges nothing.
#[test]
fn a_diverging_fetch_acknowledges_nothing() {
    let mut node = Node::with_log(1, &[1, 1, 2]);
    node.become_leader();
    node.sync();
    let epoch = node.epoch();
    let partition = node.fetched(fetch(2, epoch, 9, 1)).expect("an answer");
    assert_eq!((partition.diverging_epoch.epoch, partition.diverging_epoch.end_offset), (1, 2));
    assert_eq!(node.quorum.high_watermark(), 0);
}

/// Goal: whoever waits when the leadership ends is sent to look for another leader, once. Source: KIP-595.
#[test]
fn a_deposed_leader_lets_nobody_wait() {
    let mut node = leader();
    let (epoch, at) = (node.epoch(), node.log.end());
    assert_eq!(node.fetched(fetch(2, epoch, at, epoch)), None);
    node.request(3, 18, fetch(3, epoch, at, epoch));
    node.quorum.forget(ticket(3).connection);
    node.request(1, 2, candidacy(3, epoch + 1, (epoch, at), false));
    assert_eq!(node.happened(), [Told::Deposed(epoch)], "at once, before the vote is given");
    assert!(!node.quorum.is_active() && node.quorum.led_epoch().is_none() && node.answers().is_empty());
    node.settle();
    let answers = node.answers();
    let [(1, Response::Vote(_)), (2, Response::Fetch(response))] = &answers[..] else {
        panic!("{answers:?}")
    };
    assert_eq!(response.responses[0].partitions[0].error_code, ErrorCode::FENCED_LEADER_EPOCH);
}

/// Goal: a leader that a majority does not fetch from resigns: it could commit nothing, and its followers'
/// clients should look elsewhere. Source: KIP-996's companion KAFKA-15489 (check quorum).
#[test]
fn a_leader_without_a_majority_resigns() {
    let mut node = leader();
    let (epoch, at) = (node.epoch(), node.log.end());
    node.wait_ms(290);
    node.request(1, 18, fetch(2, epoch, at, epoch));
    node.wait_ms(290);
    assert_eq!(node.quorum.led_epoch(), Some(epoch), "one other makes a majority");
    node.wait_ms(20);
    assert_eq!(node.happened(), [Told::Deposed(epoch), Told::Leader(None, epoch)]);
    assert!(matches!(node.quorum.role, Role::Resigned(_)));
}

/// Goal: every voter hears of the leader until it fetches, and again when it is silent. Source: KIP-595,
/// KIP-853.
#[test]
fn voters_are_told_who_leads() {
    let told = |node: &mut Node| -> Vec<i32> {
        let asks = node.asks().into_iter();
        asks.filter(|(_, asked, _)| matches!(asked, Asked::BeginEpoch { .. })).map(|(to, ..)| to).collect()
    };
    let mut node = Node::of(1, THREE);
    node.become_leader();
    let epoch = node.epoch();
    assert_eq!(told(&mut node), [2, 3]);
    let asked = Asked::BeginEpoch { epoch };
    node.answer(2, asked, None);
    node.wait_ms(10);
    assert_eq!(told(&mut node), [2], "again, because the answer is lost");
    node.answer(3, asked, Some(Response::BeginQuorumEpoch(Default::default())));
    node.request(1, 18, fetch(3, epoch, 0, 0));
    node.wait_ms(99);
    assert_eq!(told(&mut node), [], "it fetches");
    node.wait_ms(10);
    assert_eq!(told(&mut node), [3], "it is silent");
}

/// Goal: a leader that stops tells the voters, with those first that have most of the log; its node may end
/// when they have heard it. Source: KIP-595.
#[test]
fn a_leader_that_stops_hands_over() {
    let mut node = leader();
    let (epoch, at) = (node.epoch(), node.log.end());
    node.lead(&data(&[1]));
    node.request(1, 18, fetch(3, epoch, at + 1, epoch));
    node.told.clear();
    node.verb(Quorum::stop);
    let asks = node.asks();
    assert_eq!(asks.iter().map(|(to, ..)| *to).collect::<Vec<_>>(), [2, 3]);
    let (_, asked, Request::EndQuorumEpoch(request)) = &asks[0] else { panic!("{asks:?}") };
    let successors = &request.topics[0].partitions[0].preferred_candidates;
    let id = |candidate: &end_quorum_epoch_request::ReplicaInfo| candidate.candidate_id;
    assert_eq!(successors.iter().map(id).collect::<Vec<_>>(), [3, 2]);
    for voter in [2, 3] {
        node.answer(voter, *asked, Some(Response::EndQuorumEpoch(Default::default())));
    }
    node.wait_ms(10_000);
    assert_eq!(node.epoch(), epoch, "it stands for nothing any more");
}

/// Goal: a leader whose epoch is over steps back, however it hears of it.
#[test]
fn a_leader_hears_of_its_successor() {
    for way in 0..3 {
        let mut node = leader();
        let epoch = node.epoch();
        match way {
            0 => node.request(1, 1, begin(1, 2, epoch + 1)),
            1 => node.request(1, 1, end(2, epoch + 1, &[])),
            _ => {
                let asked = Asked::Vote { epoch: epoch - 1, pre_vote: false };
                node.answer(2, asked, Some(vote_answer(epoch + 1, Some(2), Ok(false))));
            }
        }
        assert_eq!(node.happened(), [Told::Deposed(epoch)]);
        node.settle();
        assert_eq!(node.quorum.leader(), (Some(2), epoch + 1));
    }
}

/// Goal: an administrator sees how far each replica is, from the leader only. Source: KIP-595, KIP-836,
/// KIP-853.
#[test]
fn the_leader_describes_the_quorum() {
    let mut node = leader();
    let (epoch, at) = (node.epoch(), node.log.end());
    node.request(1, 18, fetch(4, epoch, at, epoch));
    node.request(2, 18, fetch(2, epoch, at - 1, epoch - 1));
    node.answers();
    let topic = |name: &str| describe_quorum_request::TopicData {
        topic_name: name.into(),
        partitions: vec![describe_quorum_request::PartitionData { partition_index: 0 }],
    };
    let ask = |node: &mut Node, name| {
        node.request(9, 2, DescribeQuorumRequest { topics: vec![topic(name)] });
        match node.answers().pop() {
            Some((9, Response::DescribeQuorum(response))) => response,
            other => panic!("{other:?}"),
        }
    };
    let response = ask(&mut node, METADATA_TOPIC);
    let partition = &response.topics[0].partitions[0];
    assert_eq!((partition.leader_id, partition.leader_epoch, partition.high_watermark), (1, epoch, at));
    let ends = partition.current_voters.iter().map(|voter| (voter.replica_id, voter.log_end_offset));
    assert_eq!(ends.collect::<Vec<_>>(), [(1, at), (2, at - 1), (3, at)]);
    let observer = &partition.observers[0];
    assert_eq!(
        (observer.replica_id, observer.replica_directory_id, observer.log_end_offset),
        (4, directory_of(4), at)
    );
    assert_eq!(observer.last_caught_up_timestamp, node.now.wall_ms);
    assert_eq!(response.nodes.len(), 3);
    let other = ask(&mut node, "t");
    assert_eq!(other.topics[0].partitions[0].error_code, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
    node.request(1, 1, begin(1, 3, epoch + 1));
    node.settle();
    node.answers();
    let elsewhere = ask(&mut node, METADATA_TOPIC);
    let partition = &elsewhere.topics[0].partitions[0];
    assert_eq!((partition.error_code, partition.leader_id), (ErrorCode::NOT_LEADER_OR_FOLLOWER, 3));
}
