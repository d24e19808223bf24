//! Committed offsets: who may commit, what is kept, and for how long.

use super::*;
use crate::group::DeletedTopic;
use crate::group::records::Record;
use klamm_wire::messages::offset_delete_request::{OffsetDeleteRequestPartition, OffsetDeleteRequestTopic};
use klamm_wire::messages::{OffsetDeleteRequest, OffsetDeleteResponse};

const DAY_MS: i64 = 86_400_000;

/// Goal: an offset is answered when it is committed, and read only then.
#[test]
fn an_offset_is_committed_before_it_is_acknowledged() {
    let mut shard = Shard::new();
    let (ids, generation) = shard.stable_group(1);
    shard.hold_commits = true;
    let ticket = shard.send_commit(&ids[0], generation, 5);
    assert_eq!((shard.committed(ticket), shard.offset()), (None, None));
    shard.commit();
    assert_eq!((shard.committed(ticket), shard.offset()), (Some(ErrorCode::NONE), Some(5)));
    let stored = shard.stored().expect("it is committed").clone();
    assert_eq!((&*stored.metadata, stored.leader_epoch, stored.topic_id), ("note", 3, TOPIC_ID));
    assert_eq!(stored.commit_timestamp, shard.now.wall_ms);
}

/// Goal: a zombie does not move its group's offsets: not with an old generation, not after it was removed.
#[test]
fn a_zombie_commits_nothing() {
    let mut shard = Shard::new();
    let (ids, generation) = shard.stable_group(2);
    assert_eq!(shard.commit_offset(&ids[0], generation, 5), ErrorCode::NONE);
    shard.leave(&[(&ids[1], None)]);
    assert_eq!(shard.commit_offset(&ids[1], generation, 9), ErrorCode::UNKNOWN_MEMBER_ID);
    shard.join(&Joining::of(&ids[0]));
    assert_eq!(shard.commit_offset(&ids[0], generation, 9), ErrorCode::ILLEGAL_GENERATION);
    assert_eq!(shard.commit_offset("", -1, 9), ErrorCode::UNKNOWN_MEMBER_ID, "the group has members");
    assert_eq!(shard.offset(), Some(5));
}

/// Goal: a member may still commit what it has processed while the group rebalances, but not in a generation
/// whose assignment it does not know yet.
#[test]
fn commits_end_where_the_next_generation_begins() {
    let mut shard = Shard::new();
    let (ids, generation) = shard.stable_group(2);
    shard.send_join(&Joining::of(&ids[0]));
    assert_eq!(shard.state(), "PreparingRebalance".into());
    assert_eq!(shard.commit_offset(&ids[1], generation, 5), ErrorCode::NONE);
    shard.join(&Joining::of(&ids[1]));
    assert_eq!(shard.commit_offset(&ids[1], generation, 6), ErrorCode::ILLEGAL_GENERATION);
    assert_eq!(shard.commit_offset(&ids[1], generation + 1, 6), ErrorCode::REBALANCE_IN_PROGRESS);
    assert_eq!(shard.offset(), Some(5));
}

/// Goal: a commit counts as a sign of life.
#[test]
fn committing_keeps_the_session_alive() {
    let mut shard = Shard::new();
    let (ids, generation) = shard.stable_group(1);
    for offset in 0..4 {
        shard.pass(9000);
        assert_eq!(shard.commit_offset(&ids[0], generation, offset), ErrorCode::NONE);
    }
    assert_eq!(shard.heartbeat(&ids[0], generation), ErrorCode::NONE);
}

/// Goal: nobody needs members to keep offsets; but who claims a generation of a group that is not there has
/// lost it.
#[test]
fn a_simple_group_needs_no_members() {
    let mut shard = Shard::new();
    for (api_version, error) in [
        (8, ErrorCode::ILLEGAL_GENERATION),
        (9, ErrorCode::GROUP_ID_NOT_FOUND),
        (10, ErrorCode::GROUP_ID_NOT_FOUND),
    ] {
        let ticket = shard.send_commit_of(api_version, committing("m", 1, 5));
        assert_eq!(shard.committed(ticket), Some(error));
    }
    assert_eq!(shard.commit_offset("", -1, 5), ErrorCode::NONE);
    let group = shard.describe();
    assert_eq!((group.group_state, group.protocol_type), ("Empty".into(), "".into()));
    assert_eq!(shard.commit_offset("", -1, 6), ErrorCode::NONE);
    assert_eq!(shard.commit_offset("m", 0, 7), ErrorCode::UNKNOWN_MEMBER_ID);
    assert_eq!(shard.offset(), Some(6));
    let (ids, generation) = shard.stable_group(1);
    assert_eq!(generation, 1);
    assert_eq!(shard.commit_offset(&ids[0], generation, 8), ErrorCode::NONE);
}

/// Goal: each partition has its own answer; metadata has a limit, topics must exist.
#[test]
fn what_cannot_be_committed_does_not_keep_the_rest_back() {
    let mut shard = Shard::new();
    let mut request = committing("", -1, 5);
    let mut large = request.topics[0].partitions[0].clone();
    (large.partition_index, large.committed_metadata) = (1, Some("\u{e9}".repeat(4097).into()));
    let mut fits = large.clone();
    (fits.partition_index, fits.committed_metadata) = (2, Some("\u{e9}".repeat(4096).into()));
    request.topics[0].partitions.extend([large, fits]);
    let mut unknown = request.topics[0].clone();
    (unknown.name, unknown.topic_id) = ("unknown".into(), Uuid([9; 16]));
    request.topics.push(unknown);
    for (api_version, missing) in
        [(9, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION), (10, ErrorCode::UNKNOWN_TOPIC_ID)]
    {
        let ticket = shard.send_commit_of(api_version, request.clone());
        let Some(Answer::Response(Response::OffsetCommit(answer))) = shard.answer(ticket) else {
            panic!("no answer")
        };
        let codes = |index: usize| {
            answer.topics[index].partitions.iter().map(|partition| partition.error_code).collect::<Vec<_>>()
        };
        assert_eq!(codes(0), [ErrorCode::NONE, ErrorCode::OFFSET_METADATA_TOO_LARGE, ErrorCode::NONE]);
        assert_eq!(codes(1), [missing; 3]);
    }
    assert_eq!(shard.hosted.committed().committed_offsets(GROUP).expect("some")["t"].len(), 2);
}

/// Goal: a commit is atomic, and one that does not fit into a batch is refused as a whole.
#[test]
fn a_commit_that_does_not_fit_into_the_log_is_refused() {
    let mut shard = Shard::new();
    let mut request = committing("", -1, 5);
    let partition = request.topics[0].partitions[0].clone();
    request.topics[0].partitions = (0..300)
        .map(|partition_index| OffsetCommitRequestPartition {
            partition_index,
            committed_metadata: Some("x".repeat(4096).into()),
            ..partition.clone()
        })
        .collect();
    let ticket = shard.send_commit_of(9, request);
    assert_eq!(shard.committed(ticket), Some(ErrorCode::INVALID_COMMIT_OFFSET_SIZE));
    assert!(shard.log.is_empty());
}

/// Goal: a topic that was deleted and created again has no committed offsets, whatever the log still holds.
#[test]
fn offsets_belong_to_the_topic_and_not_to_its_name() {
    let mut shard = Shard::new();
    shard.commit_offset("", -1, 5);
    let found = |shard: &Shard, topic_id| {
        shard.hosted.committed().committed_offset(GROUP, "t", topic_id, 0).map(|found| found.offset)
    };
    assert_eq!(found(&shard, TOPIC_ID), Some(5));
    assert_eq!(found(&shard, Uuid([8; 16])), None, "another topic of that name");
    let deleted = |id, name: Option<&str>| vec![DeletedTopic { id, name: name.map(Str::from) }];
    shard.submit(None, Command::TopicsDeleted(deleted(Uuid([8; 16]), Some("t"))));
    assert_eq!(shard.offset(), Some(5), "that was another topic");
    shard.submit(None, Command::TopicsDeleted(deleted(TOPIC_ID, None)));
    assert_eq!(shard.offset(), None);
    assert_eq!(shard.state(), "Empty".into(), "the group itself stays until it expires");
}

/// Goal: offsets of a simple group expire by their commit, those of a group that had members from the time it
/// became empty; then the group goes, too.
#[test]
fn offsets_outlive_their_retention_and_no_more() {
    let mut shard = Shard::new();
    let (ids, generation) = shard.stable_group(1);
    shard.commit_offset(&ids[0], generation, 5);
    let machine = shard.hosted.written().clone();
    // Only the newest commit counts for a member that lives, and it is subscribed to the topic anyway.
    for _ in 0..10 {
        shard.now.wall_ms += DAY_MS;
        shard.submit(None, Command::ExpireOffsets);
    }
    assert_eq!(machine, *shard.hosted.written(), "a member may come back to it");
    shard.leave(&[(&ids[0], None)]);
    shard.now.wall_ms += 7 * DAY_MS - 1;
    shard.submit(None, Command::ExpireOffsets);
    assert_eq!(shard.offset(), Some(5));
    shard.now.wall_ms += 1;
    shard.submit(None, Command::ExpireOffsets);
    assert_eq!((shard.offset(), shard.state()), (None, "Dead".into()));
    shard.restart();
    assert_eq!((shard.offset(), shard.state()), (None, "Dead".into()));

    shard.commit_offset("", -1, 6);
    shard.now.wall_ms += 7 * DAY_MS - 1;
    shard.submit(None, Command::ExpireOffsets);
    assert_eq!(shard.offset(), Some(6));
    shard.now.wall_ms += 1;
    shard.submit(None, Command::ExpireOffsets);
    assert_eq!((shard.offset(), shard.state()), (None, "Dead".into()));
}

/// Goal: members of a stable group lose what they no longer consume, and nothing else.
#[test]
fn offsets_of_topics_no_longer_consumed_expire() {
    let mut shard = Shard::new();
    shard.create_topic("u", Uuid([8; 16]));
    let (ids, generation) = shard.stable_group(1);
    let mut request = committing(&ids[0], generation, 5);
    let mut other = request.topics[0].clone();
    other.name = "u".into();
    request.topics.push(other);
    let ticket = shard.send_commit_of(9, request);
    assert_eq!(shard.committed(ticket), Some(ErrorCode::NONE));
    shard.now.wall_ms += 7 * DAY_MS;
    shard.submit(None, Command::ExpireOffsets);
    let left = shard.hosted.committed().committed_offsets(GROUP).expect("one is left");
    assert_eq!(left.keys().map(|topic| &**topic).collect::<Vec<_>>(), ["t"]);
}

/// Goal: a client older than 2.1 chooses how long its offsets are kept.
#[test]
fn an_old_client_chooses_its_retention() {
    let mut shard = Shard::new();
    let request = OffsetCommitRequest { retention_time_ms: 60_000, ..committing("", -1, 5) };
    let ticket = shard.send_commit_of(4, request);
    assert_eq!(shard.committed(ticket), Some(ErrorCode::NONE));
    shard.now.wall_ms += 59_999;
    shard.submit(None, Command::ExpireOffsets);
    assert_eq!(shard.offset(), Some(5));
    shard.now.wall_ms += 1;
    shard.submit(None, Command::ExpireOffsets);
    assert_eq!(shard.offset(), None);
}

/// Goal: however much expires at once, each step fits into a batch, and the next one follows by itself.
#[test]
fn a_mass_of_offsets_expires_in_steps() {
    let mut shard = Shard::new();
    shard.config.topic.max_message_bytes = 4000;
    shard.restart();
    for partition in 0..200 {
        let value = Some(CommittedOffset {
            offset: 1,
            leader_epoch: -1,
            metadata: "".into(),
            commit_timestamp: 0,
            expire_timestamp: None,
            topic_id: Uuid::ZERO,
            record_offset: -1,
        });
        let record = Record::Offset { group: GROUP.into(), topic: "t".into(), partition, value };
        shard.log.push(GroupShard::encode(&record));
    }
    shard.restart();
    let before = shard.log.len();
    shard.pass(shard.config.offsets_retention_check_interval_ms);
    let first_step = shard.log.len() - before;
    assert!((2..100).contains(&first_step), "{first_step}");
    shard.pass(100);
    assert_eq!(shard.log.len() - before, 201, "all offsets, and the group");
    assert_eq!(shard.state(), "Dead".into());
    assert!(shard.timers.next().is_some(), "and the next look is armed");
}

/// Goal: offsets are deleted one by one, but not under the feet of a consumer.
#[test]
fn offsets_in_use_are_not_deleted() {
    let mut shard = Shard::new();
    shard.create_topic("u", Uuid([8; 16]));
    let (ids, generation) = shard.stable_group(1);
    shard.commit_offset(&ids[0], generation, 5);
    let delete = |shard: &mut Shard, topics: &[&str]| {
        let topics = topics.iter().map(|name| OffsetDeleteRequestTopic {
            name: Str::from(*name),
            partitions: vec![OffsetDeleteRequestPartition { partition_index: 0 }],
        });
        let request = OffsetDeleteRequest { group_id: GROUP.into(), topics: topics.collect() };
        let ticket = shard.ticket();
        shard.submit(Some(ticket), Command::DeleteOffsets(request));
        let Some(Answer::Response(Response::OffsetDelete(OffsetDeleteResponse {
            error_code, topics, ..
        }))) = shard.answer(ticket)
        else {
            panic!("no answer")
        };
        let codes = topics.iter().map(|topic| topic.partitions[0].error_code).collect::<Vec<_>>();
        (error_code, codes)
    };
    let (error, codes) = delete(&mut shard, &["t", "u", "unknown"]);
    assert_eq!(error, ErrorCode::NONE);
    let expected =
        [ErrorCode::GROUP_SUBSCRIBED_TO_TOPIC, ErrorCode::NONE, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION];
    assert_eq!(codes, expected);
    shard.leave(&[(&ids[0], None)]);
    assert_eq!(delete(&mut shard, &["t"]), (ErrorCode::NONE, vec![ErrorCode::NONE]));
    assert_eq!(shard.offset(), None);

    let connect = Joining { protocol_type: "connect".into(), ..Joining::new() }.version(3);
    shard.join(&connect);
    assert_eq!(delete(&mut shard, &["t"]).0, ErrorCode::NON_EMPTY_GROUP);
}
