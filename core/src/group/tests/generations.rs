//! From join to assignment: how generations begin and end.

use super::*;

/// Goal: the classic walk of two consumers: an id first, then one generation with both, then each its part.
#[test]
fn two_consumers_share_a_group() {
    let mut shard = Shard::new();
    let ids = [shard.member_id(), shard.member_id()];
    assert!(ids[0].starts_with("client-") && ids[0].len() == "client-".len() + 36, "{}", ids[0]);
    let answers = shard.join_all(&ids);
    assert_eq!(shard.state(), "CompletingRebalance".into());
    for (id, answer) in ids.iter().zip(&answers) {
        assert_eq!((answer.error_code, answer.generation_id), (ErrorCode::NONE, 2));
        assert_eq!((&answer.leader, &answer.member_id), (&ids[0], id));
        assert_eq!(answer.protocol_name.as_deref(), Some("range"));
    }
    assert_eq!(answers[0].members.len(), 2, "the leader learns who is to be given something");
    assert!(answers[1].members.is_empty(), "followers learn nothing about each other");
    let synced = shard.sync_all(&ids, 2);
    assert_eq!(
        synced.iter().map(|synced| &synced.assignment[..]).collect::<Vec<_>>(),
        [b"part 0", b"part 1"]
    );
    assert_eq!(shard.state(), "Stable".into());
    for id in &ids {
        assert_eq!(shard.heartbeat(id, 2), ErrorCode::NONE);
    }
}

/// Goal: nobody consumes in a generation that a new coordinator would not know of. Method: the record of the
/// generation is written and not committed.
#[test]
fn assignments_leave_when_the_generation_is_committed() {
    let mut shard = Shard::new();
    let id = shard.member_id();
    let generation = shard.join_all(core::slice::from_ref(&id))[0].generation_id;
    shard.hold_commits = true;
    let ticket = shard.send_sync(&id, generation, &[(&id, "all")]);
    assert!(shard.synced(ticket).is_none(), "the record is not committed");
    shard.commit();
    assert_eq!(&shard.synced(ticket).expect("it is now").assignment[..], b"all");
}

/// Goal: a follower that syncs first waits for the leader; one that syncs late is answered at once.
#[test]
fn followers_wait_for_the_leader_and_not_the_other_way_round() {
    let mut shard = Shard::new();
    let ids: Vec<Str> = (0..3).map(|_| shard.member_id()).collect();
    let generation = shard.join_all(&ids)[0].generation_id;
    let early = shard.send_sync(&ids[1], generation, &[]);
    assert!(shard.synced(early).is_none());
    let leader = shard.send_sync(&ids[0], generation, &[(&ids[1], "b")]);
    assert_eq!(&shard.synced(early).expect("assigned").assignment[..], b"b");
    assert!(shard.synced(leader).expect("assigned").assignment.is_empty(), "no part is an empty part");
    let late = shard.send_sync(&ids[2], generation, &[]);
    assert!(shard.synced(late).expect("assigned").assignment.is_empty());
}

/// Goal: with `group.initial.rebalance.delay.ms`, consumers that are started together share the first
/// generation; each newcomer extends the wait once, and the rebalance timeout bounds it.
#[test]
fn the_first_generation_waits_for_more_members() {
    let mut shard = Shard::with(Config { group_initial_rebalance_delay_ms: 3000, ..Config::default() });
    let ids: Vec<Str> = (0..3).map(|_| shard.member_id()).collect();
    let first = shard.send_join(&Joining::of(&ids[0]));
    shard.pass(2000);
    let second = shard.send_join(&Joining::of(&ids[1]));
    shard.pass(1000);
    assert!(shard.joined(first).is_none(), "someone has joined: the wait begins again");
    shard.pass(2999);
    assert!(shard.joined(first).is_none());
    shard.pass(1);
    let answers = [shard.joined(first).expect("nobody came"), shard.joined(second).expect("nobody came")];
    assert!(answers.iter().all(|answer| answer.generation_id == 1));
    assert_eq!(answers[0].members.len(), 2);
    let late = shard.send_join(&Joining::of(&ids[2]));
    assert!(shard.joined(late).is_none(), "a later generation waits for its members");
}

/// Goal: the wait for more members ends, however many come.
#[test]
fn the_first_generation_does_not_wait_forever() {
    let mut shard = Shard::with(Config { group_initial_rebalance_delay_ms: 3000, ..Config::default() });
    let mut waited = 0;
    let id = shard.member_id();
    let first = shard.send_join(&Joining::of(&id));
    let begun = loop {
        let id = shard.member_id();
        shard.send_join(&Joining::of(&id));
        shard.pass(1000);
        waited += 1000;
        if let Some(begun) = shard.joined(first) {
            break begun;
        }
        assert!(waited <= i64::from(REBALANCE_MS), "the rebalance timeout is over");
    };
    assert_eq!(begun.generation_id, 1);
}

/// Goal: a member that does not come back in time is dropped, and the generation begins without it.
#[test]
fn whoever_does_not_join_in_time_is_out() {
    let mut shard = Shard::new();
    let (ids, generation) = shard.stable_group(2);
    let third = shard.member_id();
    let newcomer = shard.send_join(&Joining::of(&third));
    let leader = shard.send_join(&Joining::of(&ids[0]));
    // The other one keeps saying that it lives, learns that it should join, and does not.
    for _ in 0..11 {
        shard.pass(5000);
        assert_eq!(shard.heartbeat(&ids[1], generation), ErrorCode::REBALANCE_IN_PROGRESS);
    }
    assert!(shard.joined(leader).is_none());
    shard.pass(5000);
    let begun = shard.joined(leader).expect("the rebalance timeout is over");
    assert_eq!((begun.generation_id, begun.members.len()), (generation + 1, 2));
    assert_eq!(shard.joined(newcomer).expect("it is in").generation_id, generation + 1);
    assert_eq!(shard.heartbeat(&ids[1], generation), ErrorCode::UNKNOWN_MEMBER_ID);
}

/// Goal: the wait for the others is as long as it was in the beginning, however many come meanwhile. Kafka
/// begins it again with each of them.
#[test]
fn newcomers_do_not_prolong_a_rebalance() {
    let mut shard = Shard::new();
    let (ids, generation) = shard.stable_group(2);
    let leader = shard.send_join(&Joining::of(&ids[0]));
    for _ in 0..12 {
        shard.heartbeat(&ids[1], generation);
        let id = shard.member_id();
        shard.send_join(&Joining::of(&id));
        shard.pass(5000);
    }
    assert_eq!(shard.joined(leader).expect("60 seconds are over").members.len(), 13);
}

/// Goal: a leader that is gone is replaced by a member that is here.
#[test]
fn another_member_leads_when_the_leader_dies() {
    let mut shard = Shard::new();
    let (ids, generation) = shard.stable_group(2);
    shard.pass(9000);
    assert_eq!(shard.heartbeat(&ids[1], generation), ErrorCode::NONE);
    shard.events();
    shard.pass(1000);
    assert_eq!(shard.heartbeat(&ids[1], generation), ErrorCode::REBALANCE_IN_PROGRESS);
    let expired = Event::MemberExpired { group: GROUP.into(), member: ids[0].clone() };
    assert!(shard.events().contains(&expired));
    let answer = shard.join(&Joining::of(&ids[1]));
    assert_eq!((answer.generation_id, &answer.leader), (generation + 1, &ids[1]));
    assert_eq!(answer.members.len(), 1);
}

/// Goal: a leader that joins but never assigns does not hold the group up for ever.
#[test]
fn whoever_does_not_sync_in_time_is_out() {
    let mut shard = Shard::new();
    let ids: Vec<Str> = (0..2).map(|_| shard.member_id()).collect();
    let generation = shard.join_all(&ids)[0].generation_id;
    let follower = shard.send_sync(&ids[1], generation, &[]);
    for _ in 0..11 {
        shard.pass(5000);
        assert_eq!(shard.heartbeat(&ids[0], generation), ErrorCode::NONE, "it lives, but does not assign");
    }
    shard.pass(5000);
    let answer = shard.synced(follower).expect("the rebalance timeout is over");
    assert_eq!(answer.error_code, ErrorCode::REBALANCE_IN_PROGRESS);
    assert_eq!(shard.heartbeat(&ids[0], generation), ErrorCode::UNKNOWN_MEMBER_ID);
    assert_eq!(shard.join(&Joining::of(&ids[1])).leader, ids[1]);
}

/// Goal: a follower that asks again with the same metadata disturbs nobody; the leader, or anyone with other
/// metadata (cooperative consumers say what they own), begins a rebalance.
#[test]
fn only_the_leader_and_news_begin_a_rebalance() {
    let mut shard = Shard::new();
    let (ids, generation) = shard.stable_group(2);
    let again = shard.join(&Joining::of(&ids[1]));
    assert_eq!((again.error_code, again.generation_id), (ErrorCode::NONE, generation));
    assert!(again.members.is_empty());
    assert_eq!(shard.state(), "Stable".into());

    let news =
        Joining { protocols: vec![("range".into(), subscription(&["t", "u"]))], ..Joining::of(&ids[1]) };
    let follower = shard.send_join(&news);
    assert!(shard.joined(follower).is_none(), "the leader has to come, too");
    let leader = shard.send_join(&Joining::of(&ids[0]));
    let begun = shard.joined(leader).expect("everybody is here");
    assert_eq!(begun.generation_id, generation + 1);
    assert!(begun.members.iter().any(|member| member.metadata == subscription(&["t", "u"])));
    shard.joined(follower);
    shard.sync_all(&ids, generation + 1);

    let leader = shard.send_join(&Joining::of(&ids[0]));
    assert!(shard.joined(leader).is_none());
    assert_eq!(shard.heartbeat(&ids[1], generation + 1), ErrorCode::REBALANCE_IN_PROGRESS);
}

/// Goal: a JoinGroup whose answer was lost is answered again with the same generation.
#[test]
fn a_join_is_repeated_without_a_new_generation() {
    let mut shard = Shard::new();
    let ids: Vec<Str> = (0..2).map(|_| shard.member_id()).collect();
    let answers = shard.join_all(&ids);
    let again = shard.join(&Joining::of(&ids[0]));
    assert_eq!(again, answers[0]);
    assert_eq!(again.members.len(), 2, "a leader needs them again");
}

/// Goal: the protocol of a generation is one that all members support, and most of them prefer.
#[test]
fn members_vote_for_the_protocol() {
    let mut shard = Shard::new();
    let preferences: [&[&str]; 3] =
        [&["range", "sticky", "own"], &["sticky", "range"], &["sticky", "range", "other"]];
    let ids: Vec<Str> = (0..3).map(|_| shard.member_id()).collect();
    let joining = |index: usize| Joining::of(&ids[index]).protocols(preferences[index]);
    shard.join(&joining(0));
    let others = [shard.send_join(&joining(1)), shard.send_join(&joining(2))];
    assert_eq!(shard.join(&joining(0)).protocol_name.as_deref(), Some("sticky"));
    assert!(others.iter().all(|ticket| shard.joined(*ticket).is_some()));
    let stranger = shard.join(&Joining::new().protocols(&["own", "other"]));
    assert_eq!(stranger.error_code, ErrorCode::INCONSISTENT_GROUP_PROTOCOL);
    let connect = shard.join(&Joining { protocol_type: "connect".into(), ..Joining::new() });
    assert_eq!(connect.error_code, ErrorCode::INCONSISTENT_GROUP_PROTOCOL);
}

/// Goal: assignments too large for a record of the log are refused, and the group is not stuck.
#[test]
fn assignments_that_do_not_fit_into_the_log_begin_a_new_rebalance() {
    let mut shard = Shard::new();
    let id = shard.member_id();
    let generation = shard.join_all(core::slice::from_ref(&id))[0].generation_id;
    let large = "x".repeat(2 << 20);
    let ticket = shard.send_sync(&id, generation, &[(&id, &large)]);
    assert_eq!(shard.synced(ticket).expect("refused").error_code, ErrorCode::UNKNOWN_SERVER_ERROR);
    assert!(shard.log.is_empty());
    let generation = shard.join(&Joining::of(&id)).generation_id;
    assert_eq!(shard.sync_all(&[id], generation)[0].error_code, ErrorCode::NONE);
}
