//! Who is a member, and how a membership ends.

use super::*;
use crate::coordinator::shard_of;
use crate::group::List;

/// Goal: requests that make no sense are refused with the error that tells the client what to do.
#[test]
fn a_join_without_sense_is_refused() {
    let mut shard = Shard::new();
    let short = shard.join(&Joining { session_timeout_ms: 5999, ..Joining::new() });
    assert_eq!(short.error_code, ErrorCode::INVALID_SESSION_TIMEOUT);
    let long = shard.join(&Joining { session_timeout_ms: 1_800_001, ..Joining::new() });
    assert_eq!(long.error_code, ErrorCode::INVALID_SESSION_TIMEOUT);
    let stranger = shard.join(&Joining::of(&"stranger".into()));
    assert_eq!(stranger.error_code, ErrorCode::UNKNOWN_MEMBER_ID);
    assert_eq!(stranger.member_id, "stranger".into());
    let mute = shard.join(&Joining { protocols: vec![], ..Joining::new() });
    assert_eq!(mute.error_code, ErrorCode::INCONSISTENT_GROUP_PROTOCOL);
    assert!(shard.hosted.soft.groups.is_empty(), "nothing of it is remembered");
}

/// Goal: an answer of a version without nullable names has a text in their place, or it could not be written.
#[test]
fn refusals_fit_into_old_versions() {
    let mut shard = Shard::new();
    for api_version in 0..=NEWEST {
        let refused = shard.join(&Joining::of(&"stranger".into()).version(api_version));
        assert_eq!(refused.protocol_name.is_none(), api_version >= 7);
        refused.to_bytes(api_version).expect("the version can carry it");
    }
}

/// Goal: clients older than 2.2 join with one request.
#[test]
fn an_old_client_joins_directly() {
    let mut shard = Shard::new();
    let joined = shard.join(&Joining::new().version(3));
    assert_eq!((joined.error_code, joined.generation_id), (ErrorCode::NONE, 1));
    assert!(joined.member_id.starts_with("client-"));
}

/// Goal: an id that was handed out and never used is forgotten after a session, with the group that was made
/// for it.
#[test]
fn an_id_that_is_not_used_is_forgotten() {
    let mut shard = Shard::new();
    let id = shard.member_id();
    assert_eq!(shard.state(), "Empty".into());
    shard.pass(i64::from(SESSION_MS));
    assert_eq!(shard.join(&Joining::of(&id)).error_code, ErrorCode::UNKNOWN_MEMBER_ID);
    assert_eq!(shard.state(), "Dead".into());
    assert_eq!(shard.timers.next(), None, "nothing of it stays");
}

/// Goal: a rebalance waits for an id that was handed out, but not longer than its session.
#[test]
fn a_rebalance_waits_for_ids_that_were_handed_out() {
    let mut shard = Shard::new();
    let (ids, _) = shard.stable_group(1);
    shard.member_id();
    let leader = shard.send_join(&Joining::of(&ids[0]));
    assert!(shard.joined(leader).is_none());
    shard.pass(i64::from(SESSION_MS));
    assert_eq!(shard.joined(leader).expect("it did not come").members.len(), 1);
}

/// Goal: a member that says nothing for its session is out, and its partitions go to others.
#[test]
fn a_silent_member_expires() {
    let mut shard = Shard::new();
    let (ids, generation) = shard.stable_group(2);
    shard.pass(5000);
    assert_eq!(shard.heartbeat(&ids[0], generation), ErrorCode::NONE);
    shard.pass(5000);
    assert_eq!(shard.heartbeat(&ids[1], generation), ErrorCode::UNKNOWN_MEMBER_ID);
    assert_eq!(shard.heartbeat(&ids[0], generation), ErrorCode::REBALANCE_IN_PROGRESS);
    assert_eq!(shard.join(&Joining::of(&ids[0])).members.len(), 1);
}

/// Goal: a member that waits for an answer cannot send heartbeats and does not expire.
#[test]
fn a_waiting_member_does_not_expire() {
    let mut shard = Shard::new();
    let (ids, generation) = shard.stable_group(2);
    let waiting = shard.send_join(&Joining::of(&ids[0]));
    for _ in 0..5 {
        shard.pass(9000);
        assert_eq!(shard.heartbeat(&ids[1], generation), ErrorCode::REBALANCE_IN_PROGRESS);
    }
    let other = shard.send_join(&Joining::of(&ids[1]));
    assert_eq!(shard.joined(waiting).expect("it is still a member").members.len(), 2);
    assert!(shard.joined(other).is_some());
}

/// Goal: a new member whose client has given up is not kept for ever. Method: the group cannot complete its
/// rebalance, because a static member is away and the rebalance timeout is long.
#[test]
fn a_new_member_waits_for_five_minutes_at_most() {
    let mut shard = Shard::new();
    let mut request = Joining::instance("one").request();
    (request.rebalance_timeout_ms, request.session_timeout_ms) = (1_000_000, 1_000_000);
    let ticket = shard.ticket();
    let parked = Parked { ticket, api_version: NEWEST };
    let (client_id, client_host) = ("client".into(), "/127.0.0.1".into());
    shard.submit(Some(ticket), Command::Join(Join { parked, client_id, client_host, request }));
    let id = shard.joined(ticket).expect("alone").member_id;
    shard.sync_all(&[id], 1);
    let newcomer = shard.member_id();
    let waiting = shard.send_join(&Joining::of(&newcomer));
    shard.pass(299_999);
    assert!(shard.joined(waiting).is_none());
    shard.pass(1);
    assert_eq!(shard.joined(waiting).expect("given up").error_code, ErrorCode::UNKNOWN_MEMBER_ID);
}

/// Goal: a heartbeat of another generation is told so: a zombie stops consuming.
#[test]
fn a_heartbeat_of_an_old_generation_is_fenced() {
    let mut shard = Shard::new();
    let (ids, generation) = shard.stable_group(1);
    assert_eq!(shard.heartbeat(&ids[0], generation - 1), ErrorCode::ILLEGAL_GENERATION);
    assert_eq!(shard.heartbeat(&ids[0], generation + 1), ErrorCode::ILLEGAL_GENERATION);
    assert_eq!(shard.heartbeat("stranger", generation), ErrorCode::UNKNOWN_MEMBER_ID);
}

/// Goal: a SyncGroup of another generation, another protocol or nobody gets no assignment.
#[test]
fn a_sync_out_of_place_is_refused() {
    let mut shard = Shard::new();
    let (ids, generation) = shard.stable_group(1);
    let refused = |shard: &mut Shard, member: &str, generation| {
        let ticket = shard.send_sync(member, generation, &[]);
        shard.synced(ticket).expect("refused").error_code
    };
    assert_eq!(refused(&mut shard, &ids[0], generation - 1), ErrorCode::ILLEGAL_GENERATION);
    assert_eq!(refused(&mut shard, "stranger", generation), ErrorCode::UNKNOWN_MEMBER_ID);
    let mut request = SyncGroupRequest {
        group_id: GROUP.into(),
        generation_id: generation,
        member_id: ids[0].clone(),
        protocol_type: Some("consumer".into()),
        protocol_name: Some("sticky".into()),
        ..SyncGroupRequest::default()
    };
    for name in [request.protocol_name.clone(), None] {
        request.protocol_name = name;
        let ticket = shard.ticket();
        shard.submit(Some(ticket), Command::Sync(5, request.clone()));
        let answer = shard.synced(ticket).expect("refused");
        assert_eq!(answer.error_code, ErrorCode::INCONSISTENT_GROUP_PROTOCOL);
    }
    let ticket = shard.ticket();
    shard.submit(Some(ticket), Command::Sync(4, request));
    let answer = shard.synced(ticket).expect("older clients do not name the protocol");
    assert_eq!(&answer.assignment[..], b"part 0");
}

/// Goal: a member that leaves is replaced at once, and the last one leaves an empty group behind.
#[test]
fn leaving_does_not_wait_for_the_session() {
    let mut shard = Shard::new();
    let (ids, generation) = shard.stable_group(2);
    let left = shard.leave(&[(&ids[0], None), ("stranger", None)]);
    assert_eq!(left.error_code, ErrorCode::NONE);
    let codes: Vec<_> = left.members.iter().map(|member| member.error_code).collect();
    assert_eq!(codes, [ErrorCode::NONE, ErrorCode::UNKNOWN_MEMBER_ID]);
    assert_eq!(shard.heartbeat(&ids[1], generation), ErrorCode::REBALANCE_IN_PROGRESS);
    let alone = shard.join(&Joining::of(&ids[1]));
    assert_eq!((&alone.leader, alone.members.len()), (&ids[1], 1));
    shard.leave(&[(&ids[1], None)]);
    let group = shard.describe();
    assert_eq!((group.group_state, group.protocol_type), ("Empty".into(), "consumer".into()));
    assert_eq!(shard.hosted.committed().groups[GROUP].generation, alone.generation_id + 1);
    assert_eq!(shard.timers.next(), None, "an empty group waits for nothing");
}

/// Goal: versions without a list answer for their one member.
#[test]
fn an_old_client_leaves_alone() {
    let mut shard = Shard::new();
    let (ids, _) = shard.stable_group(1);
    let mut leave = |member: Str| {
        let request =
            LeaveGroupRequest { group_id: GROUP.into(), member_id: member, ..LeaveGroupRequest::default() };
        let ticket = shard.ticket();
        shard.submit(Some(ticket), Command::Leave(1, request));
        match shard.answer(ticket) {
            Some(Answer::Response(Response::LeaveGroup(left))) => (left.error_code, left.members.len()),
            other => panic!("{other:?} is no answer to a LeaveGroup"),
        }
    };
    assert_eq!(leave("stranger".into()), (ErrorCode::UNKNOWN_MEMBER_ID, 0));
    assert_eq!(leave(ids[0].clone()), (ErrorCode::NONE, 0));
    assert_eq!(shard.state(), "Empty".into());
}

/// Goal: who waits for its part while it is removed is told, and its connection is free again.
#[test]
fn a_member_that_is_removed_while_it_waits_is_answered() {
    let mut shard = Shard::new();
    let ids: Vec<Str> = (0..2).map(|_| shard.member_id()).collect();
    let generation = shard.join_all(&ids)[0].generation_id;
    let waiting = shard.send_sync(&ids[1], generation, &[]);
    shard.leave(&[(&ids[1], None)]);
    assert_eq!(shard.synced(waiting).expect("removed").error_code, ErrorCode::UNKNOWN_MEMBER_ID);
}

/// Goal: a client that gave up waiting and asks again leaves no request behind.
#[test]
fn an_older_request_of_a_member_ends_with_the_newer_one() {
    let mut shard = Shard::new();
    let ids: Vec<Str> = (0..2).map(|_| shard.member_id()).collect();
    let generation = shard.join_all(&ids)[0].generation_id;
    let (older, newer) =
        (shard.send_sync(&ids[1], generation, &[]), shard.send_sync(&ids[1], generation, &[]));
    assert_eq!(shard.synced(older).expect("replaced").error_code, ErrorCode::REBALANCE_IN_PROGRESS);
    shard.send_sync(&ids[0], generation, &[]);
    assert_eq!(shard.synced(newer).expect("assigned").error_code, ErrorCode::NONE);
    let (older, newer) = (shard.send_join(&Joining::of(&ids[0])), shard.send_join(&Joining::of(&ids[0])));
    assert_eq!(shard.joined(older).expect("replaced").error_code, ErrorCode::REBALANCE_IN_PROGRESS);
    shard.send_join(&Joining::of(&ids[1]));
    assert_eq!(shard.joined(newer).expect("everybody is here").error_code, ErrorCode::NONE);
}

/// Goal: `group.max.size` is kept, by new members and by the next rebalance of a group that is too large.
#[test]
fn a_full_group_takes_nobody() {
    let mut shard = Shard::new();
    let (ids, generation) = shard.stable_group(2);
    shard.config.group_max_size = 2;
    assert_eq!(shard.join(&Joining::new()).error_code, ErrorCode::GROUP_MAX_SIZE_REACHED);
    assert_eq!(shard.heartbeat(&ids[0], generation), ErrorCode::NONE, "nobody else notices");
    shard.config.group_max_size = 1;
    let leader = shard.send_join(&Joining::of(&ids[0]));
    let other = shard.join(&Joining::of(&ids[1]));
    assert_eq!(other.error_code, ErrorCode::GROUP_MAX_SIZE_REACHED);
    assert_eq!(shard.joined(leader).expect("the group is smaller now").members.len(), 1);
}

/// Goal: administrators see the groups there are, filtered as they wish; what is unknown finds nothing.
#[test]
fn groups_are_listed_and_described() {
    let mut shard = Shard::new();
    let (ids, _) = shard.stable_group(2);
    let group = shard.describe();
    assert_eq!((group.group_state, group.protocol_data), ("Stable".into(), "range".into()));
    let member = group.members.iter().find(|member| member.member_id == ids[1]).expect("it is listed");
    assert_eq!((&*member.client_id, &*member.client_host), ("client", "/127.0.0.1"));
    assert_eq!(&member.member_assignment[..], b"part 1");
    assert_eq!(member.member_metadata, subscription(&["t"]));

    let mut listed = |states: &[&str], types: &[&str]| {
        let texts = |texts: &[&str]| texts.iter().map(|text| Str::from(*text)).collect::<Vec<_>>();
        let ticket = shard.ticket();
        shard.submit(Some(ticket), Command::List(List::new(&texts(states), &texts(types))));
        match shard.answer(ticket) {
            Some(Answer::Listed(groups)) => groups.len(),
            other => panic!("{other:?} is no list"),
        }
    };
    assert_eq!(listed(&[], &[]), 1);
    assert_eq!(listed(&["stable", "Empty"], &["CLASSIC"]), 1);
    assert_eq!(listed(&["Empty"], &[]), 0);
    assert_eq!(listed(&[], &["consumer"]), 0);
    assert_eq!(listed(&["nonsense"], &[]), 0);
}

/// Goal: a group that is not known is dead, which tools depend on; newer ones are told that it is not there.
#[test]
fn an_unknown_group_is_dead() {
    let mut shard = Shard::new();
    for (api_version, error) in [(5, ErrorCode::NONE), (6, ErrorCode::GROUP_ID_NOT_FOUND)] {
        let ticket = shard.ticket();
        let describe = Describe { group: "none".into(), api_version, include_operations: true };
        shard.submit(Some(ticket), Command::Describe(describe));
        let Some(Answer::Described(group)) = shard.answer(ticket) else { panic!("no description") };
        assert_eq!((group.group_state, group.error_code), ("Dead".into(), error));
        assert_eq!(group.error_message.is_some(), api_version == 6);
    }
}

/// Goal: only empty groups are deleted, with everything they have committed, and they stay deleted.
#[test]
fn a_group_is_deleted_with_its_offsets() {
    let mut shard = Shard::new();
    let (ids, generation) = shard.stable_group(1);
    assert_eq!(shard.commit_offset(&ids[0], generation, 5), ErrorCode::NONE);
    let delete = |shard: &mut Shard, group: &str| {
        let ticket = shard.ticket();
        shard.submit(Some(ticket), Command::DeleteGroup(group.into()));
        match shard.answer(ticket) {
            Some(Answer::Deleted(result)) => result.error_code,
            other => panic!("{other:?} is no deletion"),
        }
    };
    assert_eq!(delete(&mut shard, GROUP), ErrorCode::NON_EMPTY_GROUP);
    assert_eq!(delete(&mut shard, "none"), ErrorCode::GROUP_ID_NOT_FOUND);
    shard.leave(&[(&ids[0], None)]);
    assert_eq!(delete(&mut shard, GROUP), ErrorCode::NONE);
    for _ in 0..2 {
        assert_eq!((shard.state(), shard.offset()), ("Dead".into(), None));
        shard.restart();
    }
}

/// Goal: who still waits when the leadership goes is sent to the new coordinator, and no deadline stays.
#[test]
fn a_coordinator_that_resigns_answers_everybody() {
    let mut shard = Shard::new();
    let (ids, generation) = shard.stable_group(2);
    let joining = shard.send_join(&Joining::of(&ids[0]));
    assert!(shard.joined(joining).is_none());
    shard.hold_commits = true;
    let committing = shard.send_commit(&ids[1], generation, 5);
    let mut coordinator = GroupCoordinator::new();
    let partition = crate::types::TopicIdPartition { topic_id: TOPIC_ID, partition: shard_of("", 1) };
    coordinator.begin_loading(partition);
    assert!(coordinator.shards.is_loading());
    let mut cx = Cx {
        now: shard.now,
        config: &shard.config,
        image: &shard.image,
        rng: &mut shard.rng,
        timers: &mut shard.timers,
        tail: &mut shard.tail,
        fx: &mut shard.fx,
    };
    coordinator.on_loaded(&mut cx, 0);
    let empty = coordinator.on_unloaded(&mut cx, 0);
    assert!(empty.is_empty() && coordinator.shards.partition(0).is_none());

    let machine = shard.hosted.written().clone();
    let mut answers = machine.on_unloaded(&mut shard.hosted.soft, &mut cx);
    answers.extend(shard.hosted.resign());
    let answers: Vec<_> =
        answers.into_iter().map(|(ticket, answer)| (ticket, answer.not_coordinator())).collect();
    shard.deliver(answers);
    assert_eq!(shard.joined(joining).expect("sent away").error_code, ErrorCode::NOT_COORDINATOR);
    assert_eq!(shard.committed(committing), Some(ErrorCode::NOT_COORDINATOR));
    assert_eq!(shard.timers.next(), None);
}
