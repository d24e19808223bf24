//! Votes and pre-votes, as a voter gives them and as a candidate gathers them.

use alloc::vec::Vec;

use klamm_wire::ErrorCode;
use klamm_wire::messages::{Request, Response, VoteRequest};

use super::bench::{THREE, begin, candidacy, end, granted, vote_answer, vote_error};
use super::node::{Node, Told, directory_of};
use crate::quorum::Asked;
use crate::quorum::state::Role;
use crate::quorum::store::{QUORUM_STATE, StoredState};
use crate::types::BrokerId;

fn voter() -> Node {
    Node::of(1, THREE)
}

/// Whom the file on the disk says the vote was given to, and in which epoch.
fn stored(node: &Node) -> Option<(i32, Option<BrokerId>)> {
    let content = node.files.content(QUORUM_STATE)?;
    let election = StoredState::parse(&content).expect("as written").election;
    Some((election.epoch, election.voted.map(|voted| voted.id)))
}

fn error_of(node: &mut Node, request: VoteRequest) -> ErrorCode {
    node.request(1, 2, request);
    node.settle();
    let [(1, Response::Vote(response))] = &node.answers()[..] else { panic!("one answer") };
    response.topics.first().map_or(response.error_code, |topic| topic.partitions[0].error_code)
}

fn asked(node: &mut Node) -> Vec<(BrokerId, Asked)> {
    node.asks().into_iter().map(|(to, asked, _)| (to, asked)).collect()
}

/// Goal: a vote that is answered survives a power loss, and there is no second one in its epoch. Source: Raft,
/// section 5.2; nats-server@53c85c2cd.
#[test]
fn a_vote_is_durable_before_it_is_answered() {
    let mut node = voter();
    node.request(1, 2, candidacy(2, 4, (0, 0), false));
    assert!(node.answers().is_empty() && stored(&node).is_none());
    node.settle();
    assert_eq!(node.answers().len(), 1);
    assert_eq!(stored(&node), Some((4, Some(2))));
    node.lose_power();
    node.start();
    assert_eq!(node.vote(candidacy(3, 4, (0, 0), false)), (false, 4, -1), "the vote is given");
    assert_eq!(node.vote(candidacy(2, 4, (0, 0), false)), (true, 4, -1), "to this one, who may ask again");
    assert!(node.ops.is_empty(), "nothing new to write");
}

/// Goal: an epoch that is told to others is durable, whether it came with a vote or not.
#[test]
fn a_higher_epoch_is_durable_before_it_is_told() {
    let mut node = Node::with_log(1, &[1, 2]);
    node.request(1, 2, candidacy(2, 5, (1, 9), false));
    assert!(node.answers().is_empty());
    node.settle();
    assert_eq!(stored(&node), Some((5, None)));
    let [(_, Response::Vote(answer))] = &node.answers()[..] else { panic!("one answer") };
    assert_eq!(
        (answer.topics[0].partitions[0].vote_granted, answer.topics[0].partitions[0].leader_epoch),
        (false, 5)
    );
}

/// Goal: whoever is elected has what was committed: by epoch of the last record first, then by length. Source:
/// Raft, section 5.4.1.
#[test]
fn no_vote_for_an_older_log() {
    let end_of_log = (2, 2);
    for (end, is_granted) in
        [((2, 2), true), ((2, 3), true), ((3, 1), true), ((2, 1), false), ((1, 9), false)]
    {
        let mut node = Node::with_log(1, &[1, 2]);
        assert_eq!(
            node.vote(candidacy(2, 5, end, true)).0,
            is_granted,
            "pre-vote of {end:?} over {end_of_log:?}"
        );
        let mut node = Node::with_log(1, &[1, 2]);
        assert_eq!(
            node.vote(candidacy(2, 5, end, false)).0,
            is_granted,
            "vote of {end:?} over {end_of_log:?}"
        );
    }
}

/// Goal: what arrives while a vote is on its way to the disk is looked at afterwards, in order, and the newest
/// epoch wins; the file is written once at a time.
#[test]
fn what_arrives_meanwhile_waits() {
    let mut node = voter();
    node.request(1, 2, candidacy(2, 4, (0, 0), false));
    node.request(2, 2, candidacy(3, 4, (0, 0), false));
    node.request(3, 2, candidacy(3, 6, (0, 0), false));
    node.request(4, 2, candidacy(2, 5, (0, 0), false));
    let mut answers = Vec::new();
    while !node.ops.is_empty() {
        assert_eq!(node.ops.len(), 1, "one write at a time");
        node.step();
        answers.extend(node.answers());
    }
    let told = answers.iter().map(|(connection, response)| {
        let Response::Vote(vote) = response else { panic!("{response:?}") };
        let partition = &vote.topics[0].partitions[0];
        (*connection, partition.vote_granted, partition.leader_epoch, partition.error_code)
    });
    let (none, fenced) = (ErrorCode::NONE, ErrorCode::FENCED_LEADER_EPOCH);
    let expected = [(1, true, 4, none), (2, false, 4, none), (3, true, 6, none), (4, false, 6, fenced)];
    assert_eq!(told.collect::<Vec<_>>(), expected);
    assert_eq!(stored(&node), Some((6, Some(3))));
}

/// Goal: asking whether one would be elected disturbs nobody: nothing is written, no epoch moves. Source:
/// KIP-996.
#[test]
fn a_pre_vote_changes_nothing() {
    let mut node = voter();
    node.request(1, 1, begin(1, 2, 3));
    node.settle();
    node.answers();
    let before = stored(&node);
    assert_eq!(node.vote(candidacy(3, 3, (0, 0), true)), (true, 3, 2), "it has not heard from its leader");
    assert_eq!(node.vote(candidacy(3, 3, (0, 0), false)), (false, 3, 2), "the epoch has a leader");
    node.follow(2, 3);
    assert_eq!(node.vote(candidacy(3, 3, (0, 0), true)), (false, 3, 2), "its leader is well");
    node.request(1, 1, end(2, 3, &[3, 1]));
    node.answers();
    assert_eq!(node.vote(candidacy(3, 3, (0, 0), true)), (true, 3, 2), "its leader has said goodbye");
    assert_eq!(stored(&node), before);
}

/// Goal: a request that means another replica, or another cluster, or nothing that is possible, is told so.
/// Source: KIP-595, KIP-853.
#[test]
fn a_vote_that_is_not_for_this_voter_is_refused() {
    let mut node = voter();
    let mut request = candidacy(2, 4, (0, 0), false);
    request.voter_id = 1;
    request.topics[0].partitions[0].voter_directory_id = directory_of(9);
    assert_eq!(error_of(&mut node, request.clone()), ErrorCode::INVALID_VOTER_KEY, "the disk was replaced");
    assert_eq!(stored(&node), Some((4, None)), "the epoch counts all the same");
    request.topics[0].partitions[0].voter_directory_id = directory_of(1);
    request.voter_id = 3;
    assert_eq!(error_of(&mut node, request.clone()), ErrorCode::INVALID_VOTER_KEY);
    request.cluster_id = Some("another".into());
    assert_eq!(error_of(&mut node, request), ErrorCode::INCONSISTENT_CLUSTER_ID);
    for (candidate, end) in [(2, (5, 0)), (2, (0, -1)), (2, (-1, 0)), (-1, (0, 0)), (1, (0, 0))] {
        let request = candidacy(candidate, 5, end, false);
        assert_eq!(error_of(&mut node, request), ErrorCode::INVALID_REQUEST, "{candidate} {end:?}");
    }
    assert_eq!(
        error_of(&mut node, candidacy(2, i32::MAX, (0, 0), false)),
        ErrorCode::INVALID_REQUEST,
        "used up"
    );
    let mut two = candidacy(2, 6, (0, 0), false);
    two.topics.push(two.topics[0].clone());
    assert_eq!(error_of(&mut node, two), ErrorCode::INVALID_REQUEST, "there is one partition");
    assert_eq!(error_of(&mut node, candidacy(2, 3, (0, 0), false)), ErrorCode::FENCED_LEADER_EPOCH);
}

/// Goal: the way to leadership: pre-votes in the old epoch, votes in the next, each behind a durable step.
/// Source: KIP-595, KIP-996.
#[test]
fn a_majority_of_votes_elects() {
    let mut node = voter();
    node.wait_ms(200);
    let pre = Asked::Vote { epoch: 0, pre_vote: true };
    assert_eq!(asked(&mut node), [(2, pre), (3, pre)]);
    node.answer(3, pre, Some(granted(0)));
    assert_eq!((node.ops.len(), asked(&mut node).len()), (1, 0), "its own vote first");
    node.settle();
    assert_eq!(stored(&node), Some((1, Some(1))));
    let vote = Asked::Vote { epoch: 1, pre_vote: false };
    assert_eq!(asked(&mut node), [(2, vote), (3, vote)]);
    node.answer(2, vote, None);
    node.answer(2, vote, Some(vote_answer(1, None, Ok(false))));
    node.answer(3, vote, Some(granted(1)));
    assert_eq!((node.ops.len(), node.quorum.led_epoch()), (1, None), "that it leads is durable first");
    node.settle();
    let happened = [Told::Leader(None, 1), Told::Leader(Some(1), 1), Told::Elected(1)];
    assert_eq!(node.happened(), happened);
    assert_eq!(node.quorum.led_epoch(), Some(1));
}

/// Goal: two candidates that take votes from each other do not for ever: each tries again after a time of its
/// own.
#[test]
fn a_split_vote_is_tried_again() {
    let mut node = voter();
    node.wait_ms(200);
    let pre = Asked::Vote { epoch: 0, pre_vote: true };
    node.answer(2, pre, Some(granted(0)));
    node.settle();
    node.asks();
    let vote = Asked::Vote { epoch: 1, pre_vote: false };
    [2, 3].into_iter().for_each(|voter| node.answer(voter, vote, Some(vote_answer(1, None, Ok(false)))));
    assert!(matches!(node.quorum.role, Role::Candidate(_)), "it waits until the election is over");
    node.wait_ms(200);
    let again = Asked::Vote { epoch: 1, pre_vote: true };
    assert_eq!(asked(&mut node), [(2, again), (3, again)]);
}

/// Goal: a voter that only lost sight of its leader goes back to it when the others still see it.
#[test]
fn a_refused_prospective_follows_its_leader_again() {
    let mut node = voter();
    node.follow(2, 3);
    node.asks();
    node.wait_ms(250);
    let pre = Asked::Vote { epoch: 3, pre_vote: true };
    assert_eq!(asked(&mut node), [(2, pre), (3, pre)]);
    assert_eq!(node.happened(), [Told::Leader(None, 3)]);
    node.answer(2, pre, Some(vote_answer(3, Some(2), Ok(false))));
    node.answer(3, pre, Some(vote_answer(3, Some(2), Ok(false))));
    assert_eq!(node.happened(), [Told::Leader(Some(2), 3)]);
    assert!(matches!(&node.fetching().0, Asked::Fetch { epoch: 3, .. }));
    assert!(node.ops.is_empty(), "no epoch and no vote has changed");
}

/// Goal: an answer that names a leader, or a newer epoch, ends the election.
#[test]
fn a_candidate_hears_of_the_elected() {
    let mut node = voter();
    node.wait_ms(200);
    let pre = Asked::Vote { epoch: 0, pre_vote: true };
    node.answer(2, pre, Some(granted(0)));
    node.settle();
    let vote = Asked::Vote { epoch: 1, pre_vote: false };
    node.answer(2, vote, Some(vote_answer(1, Some(3), Ok(false))));
    node.settle();
    assert_eq!(node.quorum.leader(), (Some(3), 1));
    assert_eq!(stored(&node), Some((1, Some(1))), "its own vote is not forgotten");
    let mut node = voter();
    node.wait_ms(200);
    node.answer(2, pre, Some(vote_answer(7, None, Err(ErrorCode::FENCED_LEADER_EPOCH))));
    node.settle();
    assert_eq!((node.quorum.leader(), stored(&node)), ((None, 7), Some((7, None))));
}

/// Goal: voters of a version without pre-votes can be asked in earnest only. Source: KIP-996.
#[test]
fn a_voter_without_pre_votes_is_asked_in_earnest() {
    let mut node = voter();
    node.wait_ms(200);
    let pre = Asked::Vote { epoch: 0, pre_vote: true };
    node.answer(2, pre, Some(vote_error(ErrorCode::UNSUPPORTED_VERSION)));
    node.settle();
    assert_eq!(stored(&node), Some((1, Some(1))));
}

/// Goal: who led when it stopped may have lost what it had not synced, and never leads that epoch again; it
/// votes for nobody else in it either. Source: KAFKA-10527.
#[test]
fn a_restarted_leader_has_resigned() {
    let mut node = voter();
    node.become_active();
    let epoch = node.epoch();
    node.lose_power();
    node.start();
    assert!(matches!(node.quorum.role, Role::Resigned(_)));
    assert_eq!(node.vote(candidacy(2, epoch, (epoch - 1, 9), false)), (false, epoch, 1));
    let farewells = asked(&mut node);
    assert_eq!(farewells, [2, 3].map(|id| (id, Asked::EndEpoch { epoch })), "the others need not wait");
    node.wait_ms(200);
    node.settle();
    assert_eq!((node.epoch(), node.quorum.led_epoch()), (epoch + 1, None));
    node.become_leader();
    assert!(node.epoch() > epoch + 1);
}

/// Goal: a candidate tells where its log ends by records, and asks no more than it must.
#[test]
fn a_candidate_says_where_its_log_ends() {
    let mut node = Node::with_log(1, &[1, 4, 4]);
    node.log.begin_epoch(6);
    node.wait_ms(200);
    let asks = node.asks();
    let Request::Vote(request) = &asks[0].2 else { panic!("{asks:?}") };
    let partition = &request.topics[0].partitions[0];
    assert_eq!((partition.replica_id, partition.replica_epoch, partition.pre_vote), (1, 4, true));
    assert_eq!((partition.last_offset_epoch, partition.last_offset), (4, 3));
    node.wait_ms(5);
    assert!(node.asks().is_empty(), "each voter is asked once");
    node.answer(2, Asked::Vote { epoch: 4, pre_vote: true }, None);
    node.wait_ms(20);
    assert_eq!(
        asked(&mut node),
        [(2, Asked::Vote { epoch: 4, pre_vote: true })],
        "and again if that is lost"
    );
}
