//! A coordinator dies in the middle of something, and another one goes on from the log.

use super::*;

/// Goal: members of a stable group do not notice that their coordinator is another one.
#[test]
fn a_stable_group_goes_on() {
    let mut shard = Shard::new();
    let (ids, generation) = shard.stable_group(2);
    shard.commit_offset(&ids[0], generation, 5);
    shard.restart();
    assert_eq!(shard.state(), "Stable".into());
    for (index, id) in ids.iter().enumerate() {
        assert_eq!(shard.heartbeat(id, generation), ErrorCode::NONE);
        let ticket = shard.send_sync(id, generation, &[]);
        let part = shard.synced(ticket).expect("it is in the log").assignment;
        assert_eq!(part, format!("part {index}").into_bytes());
    }
    assert_eq!(shard.offset(), Some(5));
    assert_eq!(shard.commit_offset(&ids[1], generation, 6), ErrorCode::NONE);
    let again = shard.join(&Joining::of(&ids[1]));
    assert_eq!((again.generation_id, &again.leader), (generation, &ids[0]));
}

/// Goal: sessions begin anew: nobody is blamed for the time without a coordinator, and the silent expire.
#[test]
fn sessions_begin_anew() {
    let mut shard = Shard::new();
    let (ids, generation) = shard.stable_group(2);
    shard.pass(9999);
    shard.restart();
    shard.pass(9999);
    assert_eq!(shard.heartbeat(&ids[0], generation), ErrorCode::NONE);
    shard.pass(1);
    assert_eq!(shard.heartbeat(&ids[1], generation), ErrorCode::UNKNOWN_MEMBER_ID);
    assert_eq!(shard.heartbeat(&ids[0], generation), ErrorCode::REBALANCE_IN_PROGRESS);
}

/// Goal: what was only begun is forgotten: members of the generation before go on in it, newcomers begin anew.
#[test]
fn a_rebalance_that_has_begun_is_forgotten() {
    let mut shard = Shard::new();
    let (ids, generation) = shard.stable_group(1);
    let newcomer = shard.member_id();
    shard.send_join(&Joining::of(&newcomer));
    assert_eq!(shard.state(), "PreparingRebalance".into());
    shard.restart();
    assert_eq!(shard.heartbeat(&ids[0], generation), ErrorCode::NONE);
    assert_eq!(shard.join(&Joining::of(&newcomer)).error_code, ErrorCode::UNKNOWN_MEMBER_ID);
}

/// Goal: a generation that was never assigned is forgotten. Its members join again, and the next generation
/// is not below the one they had.
#[test]
fn a_generation_that_was_not_assigned_is_forgotten() {
    let mut shard = Shard::new();
    let (mut ids, generation) = shard.stable_group(1);
    ids.push(shard.member_id());
    let newcomer = shard.send_join(&Joining::of(&ids[1]));
    shard.join(&Joining::of(&ids[0]));
    assert_eq!(shard.joined(newcomer).expect("both are here").generation_id, generation + 1);
    shard.restart();
    assert_eq!(shard.heartbeat(&ids[0], generation + 1), ErrorCode::ILLEGAL_GENERATION);
    let begun = shard.join(&Joining::of(&ids[0]));
    assert_eq!(begun.generation_id, generation + 1);
    assert_eq!(shard.heartbeat(&ids[1], generation + 1), ErrorCode::UNKNOWN_MEMBER_ID);
}

/// Goal: an empty group keeps its generation and its offsets.
#[test]
fn an_empty_group_goes_on_counting() {
    let mut shard = Shard::new();
    let (ids, generation) = shard.stable_group(1);
    shard.commit_offset(&ids[0], generation, 5);
    shard.leave(&[(&ids[0], None)]);
    shard.restart();
    let group = shard.describe();
    assert_eq!((group.group_state, group.protocol_type), ("Empty".into(), "consumer".into()));
    assert_eq!(shard.offset(), Some(5));
    let (_, next) = shard.stable_group(1);
    assert_eq!(next, generation + 2, "leaving was a generation of its own");
}

/// Goal: with several assignors in the log's group only the chosen one is known, which must be enough to go
/// on, also with members that say more.
#[test]
fn a_group_with_several_protocols_goes_on() {
    let mut shard = Shard::new();
    let id = shard.member_id();
    let joining = Joining::of(&id).protocols(&["range", "sticky"]);
    let generation = shard.join(&joining).generation_id;
    shard.sync_all(core::slice::from_ref(&id), generation);
    shard.restart();
    assert_eq!(shard.heartbeat(&id, generation), ErrorCode::NONE);
    let begun = shard.join(&joining);
    assert_eq!((begun.error_code, begun.generation_id), (ErrorCode::NONE, generation + 1));
}

/// Goal: a group that is larger than the limit of the new coordinator shrinks.
#[test]
fn a_group_that_is_too_large_begins_a_rebalance() {
    let mut shard = Shard::new();
    let (ids, generation) = shard.stable_group(2);
    shard.config.group_max_size = 1;
    shard.restart();
    assert_eq!(shard.heartbeat(&ids[0], generation), ErrorCode::REBALANCE_IN_PROGRESS);
}

/// Goal: a tombstone ends a group, but not one that got new offsets behind it.
#[test]
fn offsets_behind_a_tombstone_make_a_simple_group() {
    let mut shard = Shard::new();
    shard.commit_offset("", -1, 5);
    let group = crate::group::records::Record::Group { group: GROUP.into(), value: None };
    shard.log.insert(0, GroupShard::encode(&group));
    shard.restart();
    assert_eq!((shard.offset(), shard.state()), (Some(5), "Empty".into()));
    shard.log.push(GroupShard::encode(&group));
    shard.restart();
    assert_eq!((shard.offset(), shard.state()), (Some(5), "Empty".into()), "nothing is lost by it");
}
