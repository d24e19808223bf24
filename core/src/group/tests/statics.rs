//! Static members (KIP-345): a restart is no rebalance.

use super::*;

/// A stable group of two static members `one` (the leader) and `two`: their ids.
fn static_pair(shard: &mut Shard) -> (Vec<Str>, i32) {
    let one = shard.join(&Joining::instance("one")).member_id;
    let two = shard.send_join(&Joining::instance("two"));
    let leader = shard.join(&Joining { member_id: one.clone(), ..Joining::instance("one") });
    let two = shard.joined(two).expect("both are here").member_id;
    let ids = vec![one, two];
    let synced = shard.sync_all(&ids, leader.generation_id);
    assert!(synced.iter().all(|synced| synced.error_code == ErrorCode::NONE));
    (ids, leader.generation_id)
}

/// Goal: a static member that is started again keeps its part, nobody else notices, and its old process is
/// fenced.
#[test]
fn a_static_member_restarts_without_a_rebalance() {
    let mut shard = Shard::new();
    let (ids, generation) = static_pair(&mut shard);
    assert!(ids[1].starts_with("two-"), "{}", ids[1]);
    let back = shard.join(&Joining::instance("two"));
    assert_eq!((back.error_code, back.generation_id), (ErrorCode::NONE, generation));
    assert_ne!(back.member_id, ids[1]);
    assert!(back.members.is_empty() && !back.skip_assignment);
    let ticket = shard.send_sync(&back.member_id, generation, &[]);
    assert_eq!(&shard.synced(ticket).expect("stable").assignment[..], b"part 1");
    assert_eq!(shard.heartbeat_as(&ids[0], Some("one"), generation), ErrorCode::NONE);
    assert_eq!(shard.heartbeat_as(&ids[1], Some("two"), generation), ErrorCode::FENCED_INSTANCE_ID);
    assert_eq!(shard.heartbeat(&ids[1], generation), ErrorCode::UNKNOWN_MEMBER_ID);
    let zombie =
        OffsetCommitRequest { group_instance_id: Some("two".into()), ..committing(&ids[1], generation, 9) };
    let ticket = shard.send_commit_of(9, zombie);
    assert_eq!(shard.committed(ticket), Some(ErrorCode::FENCED_INSTANCE_ID));
}

/// Goal: a leader that is started again leads on, but must not assign: nobody would ask for the result. Old
/// clients are kept from it by being told of the old leader.
#[test]
fn a_static_leader_comes_back_without_assigning() {
    let mut shard = Shard::new();
    let (ids, generation) = static_pair(&mut shard);
    let back = shard.join(&Joining::instance("one"));
    assert!(back.skip_assignment);
    assert_eq!((&back.leader, back.members.len()), (&back.member_id, 2));
    let old_client = shard.join(&Joining::instance("one").version(8));
    assert_eq!((&old_client.leader, old_client.members.len()), (&back.member_id, 0));
    assert!(!old_client.skip_assignment);
    assert_eq!(shard.heartbeat_as(&ids[1], Some("two"), generation), ErrorCode::NONE);
    // A new coordinator knows the newest id.
    shard.restart();
    let id = &old_client.member_id;
    assert_eq!(shard.heartbeat_as(id, Some("one"), generation), ErrorCode::NONE);
    assert_eq!(shard.hosted.committed().groups[GROUP].leader.as_ref(), Some(id));
}

/// Goal: a static member that comes back with another preference changes the protocol for all, and so begins
/// a rebalance.
#[test]
fn a_static_member_with_another_protocol_begins_a_rebalance() {
    let mut shard = Shard::new();
    let one = Joining::instance("one").protocols(&["range", "sticky"]);
    let id = shard.join(&one).member_id;
    shard.sync_all(&[id], 1);
    let back = shard.join(&Joining::instance("one").protocols(&["sticky", "range"]));
    assert_eq!((back.generation_id, back.protocol_name.as_deref()), (2, Some("sticky")));
}

/// Goal: while the leader assigns, a static member that comes back begins a new rebalance: its new id is not
/// among those the leader knows.
#[test]
fn a_static_member_that_restarts_while_the_leader_assigns_begins_a_rebalance() {
    let mut shard = Shard::new();
    let (ids, generation) = static_pair(&mut shard);
    let leader = shard.send_join(&Joining { member_id: ids[0].clone(), ..Joining::instance("one") });
    let two = shard.join(&Joining { member_id: ids[1].clone(), ..Joining::instance("two") });
    assert_eq!(two.generation_id, generation + 1);
    assert!(shard.joined(leader).is_some());
    let waiting = shard.send_sync(&ids[1], generation + 1, &[]);
    let back = shard.send_join(&Joining::instance("two"));
    assert_eq!(shard.synced(waiting).expect("fenced").error_code, ErrorCode::FENCED_INSTANCE_ID);
    assert_eq!(shard.state(), "PreparingRebalance".into());
    let leader = shard.join(&Joining { member_id: ids[0].clone(), ..Joining::instance("one") });
    assert_eq!((leader.generation_id, leader.members.len()), (generation + 2, 2));
    assert!(shard.joined(back).is_some());
}

/// Goal: two processes with one instance id do not both wait: the older one is fenced.
#[test]
fn a_second_process_with_the_same_instance_fences_the_first() {
    let mut shard = Shard::new();
    let (ids, _) = static_pair(&mut shard);
    let leader = shard.send_join(&Joining { member_id: ids[0].clone(), ..Joining::instance("one") });
    let second = shard.send_join(&Joining::instance("one"));
    assert_eq!(shard.joined(leader).expect("fenced").error_code, ErrorCode::FENCED_INSTANCE_ID);
    assert!(shard.joined(second).is_none(), "the other member has to come, too");
    let wrong = shard.join(&Joining { member_id: ids[0].clone(), ..Joining::instance("one") });
    assert_eq!(wrong.error_code, ErrorCode::FENCED_INSTANCE_ID);
    let nobody = shard.join(&Joining { member_id: ids[0].clone(), ..Joining::instance("three") });
    assert_eq!(nobody.error_code, ErrorCode::UNKNOWN_MEMBER_ID);
}

/// Goal: a rebalance does not drop a static member that is away; its session does.
#[test]
fn a_static_member_stays_for_its_session() {
    let mut shard = Shard::new();
    let (ids, generation) = static_pair(&mut shard);
    shard.pass(9000);
    assert_eq!(shard.heartbeat_as(&ids[0], Some("one"), generation), ErrorCode::NONE);
    assert_eq!(shard.describe().members.len(), 2);
    shard.pass(1000);
    assert_eq!(shard.heartbeat_as(&ids[0], Some("one"), generation), ErrorCode::REBALANCE_IN_PROGRESS);
    assert_eq!(shard.describe().members.len(), 1);
}

/// Goal: when nobody comes back, the rebalance is repeated until sessions end, and then the group is empty.
#[test]
fn a_rebalance_to_which_nobody_comes_ends_with_the_sessions() {
    let mut shard = Shard::new();
    static_pair(&mut shard);
    shard.pass(i64::from(SESSION_MS) + 1);
    assert_eq!(shard.state(), "Empty".into());
    assert_eq!(shard.timers.next(), None);
}

/// Goal: an administrator removes a static member by its instance alone; with a member id it must be the right
/// one.
#[test]
fn a_static_member_is_removed_by_its_instance() {
    let mut shard = Shard::new();
    let (ids, generation) = static_pair(&mut shard);
    let left = shard.leave(&[("", Some("three")), (&ids[0], Some("two")), ("", Some("two"))]);
    let codes: Vec<_> = left.members.iter().map(|member| member.error_code).collect();
    assert_eq!(codes, [ErrorCode::UNKNOWN_MEMBER_ID, ErrorCode::FENCED_INSTANCE_ID, ErrorCode::NONE]);
    assert_eq!(shard.heartbeat_as(&ids[0], Some("one"), generation), ErrorCode::REBALANCE_IN_PROGRESS);
    assert_eq!(shard.heartbeat_as(&ids[1], Some("two"), generation), ErrorCode::UNKNOWN_MEMBER_ID);
}
