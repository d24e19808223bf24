//! Client machines against the node: what producers, consumers and admin clients promise their owners.

#[path = "support/link.rs"]
mod link;
mod support;

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use klamm_core::Rng;
use klamm_core::client::ClusterConfig;
use klamm_core::client::admin::{
    Admin, AdminCall, AdminCommand, AdminError, AdminOutcome, AdminReply, CallId, ConfigChange,
    ConfigResource, ConfigResourceType, NewTopic,
};
use klamm_core::client::consumer::{
    Assignor, Consumer, ConsumerCommand, ConsumerConfig, ConsumerOutcome, ConsumerRecord, GroupConfig,
    OffsetReset, StartAt,
};
use klamm_core::client::producer::{
    Acks, Producer, ProducerCommand, ProducerConfig, ProducerOutcome, ProducerRecord, RecordId, SendError,
};
use klamm_core::config::Config;
use klamm_core::types::TopicPartition;
use klamm_wire::batch::Codec;
use klamm_wire::{ApiKey, ErrorCode};
use link::{Fault, Link, Timed, pass};
use support::Broker;

fn broker() -> Broker {
    Broker::new(Config { group_initial_rebalance_delay_ms: 0, ..Config::default() })
}

fn at(topic: &str, partition: i32) -> TopicPartition {
    TopicPartition { topic: topic.into(), partition }
}

fn admin() -> Link<Admin> {
    Link::new(Admin::new(ClusterConfig::default(), 5_000, Rng::new(1)))
}

/// Makes one call and lets time pass until it is done.
fn call(broker: &mut Broker, admin: &mut Link<Admin>, what: AdminCall) -> Result<AdminReply, AdminError> {
    admin.command(broker, AdminCommand::Call(CallId(1), what));
    for _ in 0..100 {
        if let Some(AdminOutcome::Done(id, result)) = admin.outcomes.pop_front() {
            assert_eq!(id, CallId(1));
            return result;
        }
        pass(broker, &mut [admin], 100);
    }
    panic!("a call ends within its time");
}

fn create(broker: &mut Broker, name: &str, partitions: i32, configs: &[(&str, &str)]) {
    let configs = configs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    let topic =
        NewTopic { name: name.into(), partitions, replication_factor: 1, configs, ..NewTopic::default() };
    let reply = call(broker, &mut admin(), AdminCall::CreateTopics(vec![topic], false));
    let Ok(AdminReply::TopicsCreated(created)) = reply else { panic!("{reply:?}") };
    assert!(created[name].is_ok(), "{created:?}");
}

fn producer(config: ProducerConfig) -> Link<Producer> {
    Link::new(Producer::new(config, Rng::new(2)))
}

fn send(broker: &mut Broker, producer: &mut Link<Producer>, id: u64, record: ProducerRecord) {
    producer.command(broker, ProducerCommand::Send(RecordId(id), record));
}

fn record(topic: &str, value: &str) -> ProducerRecord {
    let value = Some(Bytes::copy_from_slice(value.as_bytes()));
    ProducerRecord { topic: topic.into(), value, ..ProducerRecord::default() }
}

/// Sends `v0`, `v1`, ... to partition 0, a batch each.
fn send_all(broker: &mut Broker, producer: &mut Link<Producer>, topic: &str, ids: std::ops::Range<u64>) {
    for id in ids {
        let record = ProducerRecord { partition: Some(0), ..record(topic, &format!("v{id}")) };
        send(broker, producer, id, record);
    }
}

/// Offsets by record; no record may have failed.
fn delivered(producer: &mut Link<Producer>) -> BTreeMap<u64, i64> {
    let mut offsets = BTreeMap::new();
    for outcome in producer.outcomes.drain(..) {
        match outcome {
            ProducerOutcome::Delivered { record, offset, .. } => {
                let twice = offsets.insert(record.0, offset.expect("acknowledged with an offset"));
                assert!(twice.is_none(), "one outcome per record");
            }
            ProducerOutcome::Failed { .. } => panic!("{outcome:?}"),
            ProducerOutcome::Flushed | ProducerOutcome::Closed => {}
        }
    }
    offsets
}

fn consumer(config: ConsumerConfig) -> Link<Consumer> {
    Link::new(Consumer::new(config, Rng::new(3)))
}

fn earliest() -> ConsumerConfig {
    ConsumerConfig { auto_offset_reset: OffsetReset::Earliest, ..ConsumerConfig::default() }
}

fn member(group: &str) -> ConsumerConfig {
    ConsumerConfig { group: Some(GroupConfig::new(group.into())), ..earliest() }
}

fn subscribe(broker: &mut Broker, consumer: &mut Link<Consumer>, topic: &str) {
    consumer.command(broker, ConsumerCommand::Subscribe([topic.into()].into()));
}

/// Polls until `count` records have come, at most for ten seconds.
fn poll(broker: &mut Broker, consumer: &mut Link<Consumer>, count: usize) -> Vec<ConsumerRecord> {
    let mut records = Vec::new();
    for _ in 0..100 {
        consumer.command(broker, ConsumerCommand::Poll { max_records: 500, timeout_ms: 100 });
        let polled = wait_for_poll(broker, &mut [consumer]);
        records.extend(polled);
        if records.len() >= count {
            break;
        }
    }
    records
}

fn wait_for_poll(broker: &mut Broker, consumers: &mut [&mut Link<Consumer>]) -> Vec<ConsumerRecord> {
    let mut polled = None;
    for _ in 0..100 {
        for consumer in consumers.iter_mut() {
            consumer.outcomes.retain(|outcome| match outcome {
                ConsumerOutcome::Polled(records) => {
                    polled.get_or_insert_with(Vec::new).extend(records.iter().cloned());
                    false
                }
                ConsumerOutcome::Error(error) => panic!("{error}"),
                _ => true,
            });
        }
        if let Some(polled) = polled {
            return polled;
        }
        let mut timed: Vec<&mut dyn Timed> =
            consumers.iter_mut().map(|c| &mut **c as &mut dyn Timed).collect();
        pass(broker, &mut timed, 20);
    }
    panic!("a poll is answered within its time");
}

fn values(records: &[ConsumerRecord]) -> Vec<String> {
    let text = |record: &ConsumerRecord| String::from_utf8(record.value.clone().expect("a value").to_vec());
    records.iter().map(|record| text(record).expect("text")).collect()
}

/// Everything in partition 0 of a topic.
fn read_all(broker: &mut Broker, topic: &str, count: usize) -> Vec<String> {
    let mut reader = consumer(earliest());
    reader.command(broker, ConsumerCommand::Assign(vec![(at(topic, 0), StartAt::Earliest)]));
    let mut records = poll(broker, &mut reader, count);
    // One poll more: what should not be there would come now.
    reader.command(broker, ConsumerCommand::Poll { max_records: 500, timeout_ms: 600 });
    records.extend(wait_for_poll(broker, &mut [&mut reader]));
    values(&records)
}

fn numbered(ids: std::ops::Range<u64>) -> Vec<String> {
    ids.map(|id| format!("v{id}")).collect()
}

/// Goal: the first contact of every tutorial works: a topic that does not exist is created by its first record.
#[test]
fn a_record_to_an_unknown_topic_creates_it() {
    let mut broker = broker();
    let mut producer = producer(ProducerConfig::default());
    send_all(&mut broker, &mut producer, "new", 0..3);
    pass(&mut broker, &mut [&mut producer], 1_000);
    assert_eq!(delivered(&mut producer), [(0, 0), (1, 1), (2, 2)].into());
    assert_eq!(read_all(&mut broker, "new", 3), numbered(0..3));
}

/// Goal: records that come within `linger.ms` share a request, and a full batch does not linger.
#[test]
fn records_are_batched() {
    let mut broker = broker();
    create(&mut broker, "t", 1, &[]);
    let mut producer = producer(ProducerConfig { linger_ms: 50, batch_size: 1_000, ..Default::default() });
    send_all(&mut broker, &mut producer, "t", 0..5);
    pass(&mut broker, &mut [&mut producer], 10);
    assert!(delivered(&mut producer).is_empty(), "the batch still lingers");
    pass(&mut broker, &mut [&mut producer], 100);
    assert_eq!(delivered(&mut producer).len(), 5);
    assert_eq!(producer.sent[&ApiKey::Produce], 1);
    send_all(&mut broker, &mut producer, "t", 5..45);
    assert!(!delivered(&mut producer).is_empty(), "full batches have left at once");
}

/// Goal: a batch whose response is lost is written once. Method: the broker executes, then the connection breaks; once
/// for every batch in flight. Source: KIP-98.
#[test]
fn a_lost_response_does_not_duplicate() {
    for lost in 1..=5 {
        let mut broker = broker();
        create(&mut broker, "t", 1, &[]);
        let mut producer = producer(ProducerConfig { linger_ms: 0, batch_size: 1, ..Default::default() });
        send_all(&mut broker, &mut producer, "t", 0..1);
        pass(&mut broker, &mut [&mut producer], 1_000);
        for _ in 0..lost {
            producer.strike(ApiKey::Produce, Fault::LoseResponse);
        }
        broker.disk_answers = false; // so that several requests are in flight when the connection breaks
        send_all(&mut broker, &mut producer, "t", 1..9);
        broker.let_disk_answer();
        pass(&mut broker, &mut [&mut producer], 5_000);
        let offsets = delivered(&mut producer);
        assert!((0..9).all(|id| offsets[&id] == i64::try_from(id).unwrap()), "{offsets:?}");
        assert_eq!(read_all(&mut broker, "t", 9), numbered(0..9));
    }
}

/// Goal: a batch lost on its way delays the ones behind it and is not overtaken.
#[test]
fn a_lost_request_keeps_the_order() {
    let mut broker = broker();
    create(&mut broker, "t", 1, &[]);
    let mut producer = producer(ProducerConfig { linger_ms: 0, batch_size: 1, ..Default::default() });
    for fault in [Fault::LoseRequest, Fault::LoseResponse, Fault::LoseRequest] {
        producer.strike(ApiKey::Produce, fault);
        producer.strike(ApiKey::InitProducerId, fault);
    }
    send_all(&mut broker, &mut producer, "t", 0..20);
    pass(&mut broker, &mut [&mut producer], 10_000);
    assert_eq!(delivered(&mut producer).len(), 20);
    assert_eq!(read_all(&mut broker, "t", 20), numbered(0..20));
}

/// Goal: a restart of the broker costs time and nothing else. Method: a new node on the same disk, in the middle.
#[test]
fn a_producer_outlives_a_restart_of_the_broker() {
    let mut broker = broker();
    create(&mut broker, "t", 1, &[]);
    let mut producer = producer(ProducerConfig { linger_ms: 0, batch_size: 1, ..Default::default() });
    send_all(&mut broker, &mut producer, "t", 0..5);
    pass(&mut broker, &mut [&mut producer], 1_000);
    producer.strike(ApiKey::Produce, Fault::LoseResponse);
    send_all(&mut broker, &mut producer, "t", 5..7);
    let now = broker.now;
    let mut again = Broker::on(Config::default(), broker.disk.clone());
    again.now = now;
    again.handle(klamm_core::edge::Input::Wake);
    producer.break_all(&mut broker);
    send_all(&mut again, &mut producer, "t", 7..10);
    pass(&mut again, &mut [&mut producer], 5_000);
    assert_eq!(delivered(&mut producer).len(), 10);
    assert_eq!(read_all(&mut again, "t", 10), numbered(0..10));
}

/// Goal: without a broker every record gets its outcome in time, and the outcome says whether it may be in the log.
#[test]
fn an_unreachable_broker_fails_records_in_time() {
    let mut broker = broker();
    create(&mut broker, "t", 1, &[]);
    let config = ProducerConfig {
        linger_ms: 0,
        delivery_timeout_ms: 3_000,
        cluster: ClusterConfig { request_timeout_ms: 1_000, ..ClusterConfig::default() },
        ..ProducerConfig::default()
    };
    let mut producer = producer(config);
    send_all(&mut broker, &mut producer, "t", 0..1);
    pass(&mut broker, &mut [&mut producer], 1_000);
    assert_eq!(delivered(&mut producer).len(), 1);
    producer.strike(ApiKey::Produce, Fault::LoseResponse);
    producer.reachable = false;
    send_all(&mut broker, &mut producer, "t", 1..2);
    send_all(&mut broker, &mut producer, "t", 2..3);
    pass(&mut broker, &mut [&mut producer], 3_500);
    let failed: Vec<(u64, bool)> = producer
        .outcomes
        .drain(..)
        .map(|outcome| match outcome {
            ProducerOutcome::Failed { record, reason: SendError::TimedOut(_), maybe_written } => {
                (record.0, maybe_written)
            }
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(failed, [(1, true), (2, false)]);
    // The sequence is repaired: what comes later is written, once.
    producer.reachable = true;
    send_all(&mut broker, &mut producer, "t", 3..6);
    pass(&mut broker, &mut [&mut producer], 3_000);
    assert_eq!(delivered(&mut producer).len(), 3);
    assert_eq!(read_all(&mut broker, "t", 5), ["v0", "v1", "v3", "v4", "v5"]);
}

/// Goal: a batch that the topic finds too large is cut, and only a record that is too large by itself fails; what
/// follows is not held up by the sequence it had.
#[test]
fn a_batch_over_the_topics_limit_is_split() {
    let mut broker = broker();
    create(&mut broker, "t", 1, &[("max.message.bytes", "300")]);
    let mut producer = producer(ProducerConfig::default());
    let large = "x".repeat(400);
    for (id, value) in (0..).zip(["a", &"b".repeat(100), &large, &"c".repeat(100), "d"]) {
        send(&mut broker, &mut producer, id, record("t", value));
    }
    pass(&mut broker, &mut [&mut producer], 5_000);
    let refused: Vec<_> =
        producer.outcomes.iter().filter(|o| matches!(o, ProducerOutcome::Failed { .. })).cloned().collect();
    let reason = SendError::Refused(ErrorCode::MESSAGE_TOO_LARGE);
    let expected = ProducerOutcome::Failed { record: RecordId(2), reason, maybe_written: false };
    assert_eq!(refused, [expected]);
    let read = read_all(&mut broker, "t", 4);
    assert_eq!(read.iter().map(String::len).collect::<Vec<_>>(), [1, 100, 100, 1]);
}

/// Goal: acks=0 is done when it is sent, and the record arrives.
#[test]
fn without_acknowledgement_nothing_is_awaited() {
    let mut broker = broker();
    create(&mut broker, "t", 1, &[]);
    let config = ProducerConfig { acks: Acks::None, enable_idempotence: false, ..Default::default() };
    let mut producer = producer(config);
    send(&mut broker, &mut producer, 0, record("t", "v0"));
    producer.command(&mut broker, ProducerCommand::Flush);
    let first = producer.outcomes.pop_front();
    assert!(matches!(first, Some(ProducerOutcome::Delivered { offset: None, .. })), "{first:?}");
    assert_eq!(producer.outcomes.pop_front(), Some(ProducerOutcome::Flushed));
    assert_eq!(read_all(&mut broker, "t", 1), ["v0"]);
}

/// Goal: every codec's batches come back as they were, headers and keys included.
#[test]
fn every_codec_survives_the_round_trip() {
    let mut broker = broker();
    for codec in Codec::ALL {
        let topic = format!("t-{}", codec.name());
        create(&mut broker, &topic, 1, &[]);
        let mut producer = producer(ProducerConfig { compression: codec, ..Default::default() });
        let sent = ProducerRecord {
            key: Some(Bytes::from_static(b"k")),
            headers: vec![("h".into(), Some(Bytes::from_static(b"1"))), ("h".into(), None)],
            timestamp_ms: Some(1_700_000_000_123),
            ..record(&topic, "value value value value value")
        };
        send(&mut broker, &mut producer, 0, sent.clone());
        pass(&mut broker, &mut [&mut producer], 100);
        assert_eq!(delivered(&mut producer).len(), 1);
        let mut reader = consumer(earliest());
        reader.command(&mut broker, ConsumerCommand::Assign(vec![(at(&topic, 0), StartAt::Earliest)]));
        let read = poll(&mut broker, &mut reader, 1).remove(0);
        assert_eq!((read.key, read.value, read.headers), (sent.key, sent.value, sent.headers));
        assert_eq!(Some(read.timestamp_ms), sent.timestamp_ms);
    }
}

/// Goal: a consumer begins where it is told: at an end, at an offset, at a time.
#[test]
fn a_consumer_begins_where_it_is_told() {
    let mut broker = broker();
    create(&mut broker, "t", 1, &[]);
    let mut producer = producer(ProducerConfig { linger_ms: 0, ..Default::default() });
    for id in 0..5 {
        let timestamp_ms = Some(broker.now.wall_ms + i64::try_from(id).unwrap() * 1_000);
        send(
            &mut broker,
            &mut producer,
            id,
            ProducerRecord { timestamp_ms, ..record("t", &format!("v{id}")) },
        );
    }
    pass(&mut broker, &mut [&mut producer], 100);
    let start = broker.now.wall_ms - 100;
    for (start, expected) in [
        (StartAt::Earliest, numbered(0..5)),
        (StartAt::Offset(3), numbered(3..5)),
        (StartAt::Timestamp(start + 1_500), numbered(2..5)),
        (StartAt::Offset(99), numbered(0..5)), // out of range: `auto.offset.reset` decides
    ] {
        let mut reader = consumer(earliest());
        reader.command(&mut broker, ConsumerCommand::Assign(vec![(at("t", 0), start)]));
        let count = expected.len();
        assert_eq!(values(&poll(&mut broker, &mut reader, count)), expected, "{start:?}");
    }
    let mut reader = consumer(earliest());
    reader.command(&mut broker, ConsumerCommand::Assign(vec![(at("t", 0), StartAt::Latest)]));
    reader.command(&mut broker, ConsumerCommand::Poll { max_records: 10, timeout_ms: 5_000 });
    pass(&mut broker, &mut [&mut reader], 50);
    send_all(&mut broker, &mut producer, "t", 5..6);
    pass(&mut broker, &mut [&mut producer], 10);
    assert_eq!(values(&wait_for_poll(&mut broker, &mut [&mut reader])), ["v5"]);
}

/// Goal: a group goes on where it stopped: a restarted consumer gets exactly the new records.
#[test]
fn a_group_goes_on_where_it_stopped() {
    let mut broker = broker();
    create(&mut broker, "t", 2, &[]);
    let mut producer = producer(ProducerConfig::default());
    send_all(&mut broker, &mut producer, "t", 0..10);
    pass(&mut broker, &mut [&mut producer], 100);
    for (records, expected) in [(10..10, numbered(0..10)), (10..15, numbered(10..15))] {
        send_all(&mut broker, &mut producer, "t", records);
        pass(&mut broker, &mut [&mut producer], 100);
        let mut one = consumer(member("g"));
        subscribe(&mut broker, &mut one, "t");
        assert_eq!(values(&poll(&mut broker, &mut one, expected.len())), expected);
        one.command(&mut broker, ConsumerCommand::Close);
        pass(&mut broker, &mut [&mut one], 10);
        assert_eq!(one.outcomes.pop_back(), Some(ConsumerOutcome::Closed), "closing takes no time");
    }
    let reply = call(&mut broker, &mut admin(), AdminCall::ListGroupOffsets("g".into()));
    let Ok(AdminReply::GroupOffsets(offsets)) = reply else { panic!("{reply:?}") };
    assert_eq!(offsets[&at("t", 0)].as_ref().expect("committed").offset, 15);
}

/// Goal: partitions are shared out when a member comes and taken over when it leaves; nothing is lost or consumed by two
/// at a time. With every strategy.
#[test]
fn members_share_the_partitions() {
    for assignor in [Assignor::Range, Assignor::RoundRobin, Assignor::Sticky, Assignor::CooperativeSticky] {
        let mut broker = broker();
        create(&mut broker, "t", 4, &[]);
        let config = || {
            let group = GroupConfig { assignors: vec![assignor], ..GroupConfig::new("g".into()) };
            ConsumerConfig { group: Some(group), ..earliest() }
        };
        let (mut a, mut b) = (consumer(config()), consumer(config()));
        subscribe(&mut broker, &mut a, "t");
        poll(&mut broker, &mut a, 0);
        settle(&mut broker, &mut [&mut a]);
        assert_eq!(owned(&a).len(), 4, "{assignor:?}");
        subscribe(&mut broker, &mut b, "t");
        settle(&mut broker, &mut [&mut a, &mut b]);
        assert_eq!((owned(&a).len(), owned(&b).len()), (2, 2), "{assignor:?}");
        assert!(owned(&a).is_disjoint(&owned(&b)), "{assignor:?}");
        b.command(&mut broker, ConsumerCommand::Close);
        settle(&mut broker, &mut [&mut a]);
        assert_eq!(owned(&a).len(), 4, "{assignor:?}");
    }
}

fn owned(consumer: &Link<Consumer>) -> BTreeSet<TopicPartition> {
    consumer.machine.assignment().cloned().collect()
}

/// Lets members poll for twelve seconds, long enough for a heartbeat to hear of a rebalance, twice.
fn settle(broker: &mut Broker, consumers: &mut [&mut Link<Consumer>]) {
    for _ in 0..60 {
        for consumer in consumers.iter_mut() {
            consumer.command(broker, ConsumerCommand::Poll { max_records: 10, timeout_ms: 200 });
        }
        let mut timed: Vec<&mut dyn Timed> =
            consumers.iter_mut().map(|c| &mut **c as &mut dyn Timed).collect();
        pass(broker, &mut timed, 200);
        for consumer in consumers.iter_mut() {
            for outcome in consumer.outcomes.drain(..) {
                assert!(
                    !matches!(outcome, ConsumerOutcome::Error(_) | ConsumerOutcome::Lost(_)),
                    "{outcome:?}"
                );
            }
        }
    }
}

/// Goal: a broken connection to the coordinator costs a member neither its partitions nor its offsets.
#[test]
fn a_member_survives_a_broken_connection() {
    let mut broker = broker();
    create(&mut broker, "t", 1, &[]);
    let mut producer = producer(ProducerConfig { linger_ms: 0, ..Default::default() });
    send_all(&mut broker, &mut producer, "t", 0..5);
    pass(&mut broker, &mut [&mut producer], 100);
    for key in [ApiKey::JoinGroup, ApiKey::SyncGroup, ApiKey::OffsetFetch, ApiKey::Heartbeat, ApiKey::Fetch] {
        for fault in [Fault::LoseRequest, Fault::LoseResponse] {
            let mut one = consumer(member(&format!("g-{}-{fault:?}", key.name())));
            one.strike(key, fault);
            subscribe(&mut broker, &mut one, "t");
            assert_eq!(values(&poll(&mut broker, &mut one, 5)), numbered(0..5), "{key:?} {fault:?}");
            settle(&mut broker, &mut [&mut one]);
            assert_eq!(owned(&one).len(), 1, "{key:?} {fault:?}");
            one.command(&mut broker, ConsumerCommand::Close);
        }
    }
}

/// Goal: a member that does not poll gives its partitions to others instead of holding them. Source: KIP-62.
#[test]
fn a_member_that_does_not_poll_leaves() {
    let mut broker = broker();
    create(&mut broker, "t", 1, &[]);
    let group = GroupConfig { max_poll_interval_ms: 10_000, ..GroupConfig::new("g".into()) };
    let mut one = consumer(ConsumerConfig { group: Some(group), ..earliest() });
    subscribe(&mut broker, &mut one, "t");
    settle(&mut broker, &mut [&mut one]);
    assert_eq!(owned(&one).len(), 1);
    pass(&mut broker, &mut [&mut one], 11_000);
    assert!(owned(&one).is_empty());
    assert!(one.outcomes.iter().any(|outcome| matches!(outcome, ConsumerOutcome::Lost(_))));
    let reply = call(&mut broker, &mut admin(), AdminCall::DescribeGroups(vec!["g".into()]));
    let Ok(AdminReply::GroupDescriptions(groups)) = reply else { panic!("{reply:?}") };
    assert_eq!(groups["g"].as_ref().map(|group| &*group.state), Ok("Empty"));
    one.outcomes.clear();
    settle(&mut broker, &mut [&mut one]);
    assert_eq!(owned(&one).len(), 1, "the next poll brings it back");
}

/// Goal: what automatic commits cover was handed out and followed by another poll: a crash repeats, it never skips.
#[test]
fn automatic_commits_do_not_run_ahead() {
    let mut broker = broker();
    create(&mut broker, "t", 1, &[]);
    let mut producer = producer(ProducerConfig::default());
    send_all(&mut broker, &mut producer, "t", 0..10);
    pass(&mut broker, &mut [&mut producer], 100);
    let mut one = consumer(member("g"));
    subscribe(&mut broker, &mut one, "t");
    let mut seen = 0;
    while seen < 5 {
        one.command(&mut broker, ConsumerCommand::Poll { max_records: 1, timeout_ms: 100 });
        seen += wait_for_poll(&mut broker, &mut [&mut one]).len();
    }
    pass(&mut broker, &mut [&mut one], 20_000); // the fifth record is still being processed
    let reply = call(&mut broker, &mut admin(), AdminCall::ListGroupOffsets("g".into()));
    let Ok(AdminReply::GroupOffsets(offsets)) = reply else { panic!("{reply:?}") };
    let committed = offsets.get(&at("t", 0)).map_or(0, |offset| offset.as_ref().expect("readable").offset);
    assert!(committed <= 4, "committed {committed}");
}

/// Goal: calls of the admin client say what was done, for each topic and partition.
#[test]
fn an_admin_client_manages_topics() {
    let mut broker = broker();
    let mut admin = admin();
    create(&mut broker, "t", 3, &[("retention.ms", "1000")]);
    let topic = NewTopic { name: "t".into(), partitions: 1, replication_factor: 1, ..NewTopic::default() };
    let reply = call(&mut broker, &mut admin, AdminCall::CreateTopics(vec![topic], false));
    let Ok(AdminReply::TopicsCreated(created)) = reply else { panic!("{reply:?}") };
    assert_eq!(created["t"].as_ref().map_err(|error| error.code), Err(ErrorCode::TOPIC_ALREADY_EXISTS));
    let grow = AdminCall::CreatePartitions([("t".into(), 5)].into(), false);
    let reply = call(&mut broker, &mut admin, grow);
    assert_eq!(reply, Ok(AdminReply::Done([("t".into(), Ok(()))].into())));
    let reply =
        call(&mut broker, &mut admin, AdminCall::DescribeTopics(Some(vec!["t".into(), "none".into()])));
    let Ok(AdminReply::Topics(topics)) = reply else { panic!("{reply:?}") };
    assert_eq!(topics["t"].as_ref().map(|topic| topic.partitions.len()), Ok(5));
    let missing = topics["none"].as_ref().map_err(|error| error.code);
    assert_eq!(missing, Err(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION));
    let resource = ConfigResource { kind: ConfigResourceType::Topic, name: "t".into() };
    let changes = vec![
        ConfigChange::Unset("retention.ms".into()),
        ConfigChange::Set("cleanup.policy".into(), "compact".into()),
    ];
    let reply = call(&mut broker, &mut admin, AdminCall::AlterConfigs(resource.clone(), changes, false));
    assert_eq!(reply, Ok(AdminReply::Done([("t".into(), Ok(()))].into())));
    let reply = call(&mut broker, &mut admin, AdminCall::DescribeConfigs(vec![resource.clone()]));
    let Ok(AdminReply::Configs(configs)) = reply else { panic!("{reply:?}") };
    let entries = configs[&resource].as_ref().expect("described");
    let value = |name: &str| entries.iter().find(|entry| &*entry.name == name).and_then(|e| e.value.clone());
    assert_eq!(value("cleanup.policy").as_deref(), Some("compact"));
    assert_eq!(value("retention.ms").as_deref(), Some("604800000"));
    let reply = call(&mut broker, &mut admin, AdminCall::DeleteTopics(vec!["t".into()]));
    assert_eq!(reply, Ok(AdminReply::Done([("t".into(), Ok(()))].into())));
    let reply = call(&mut broker, &mut admin, AdminCall::DescribeTopics(None));
    let Ok(AdminReply::Topics(topics)) = reply else { panic!("{reply:?}") };
    assert!(!topics.contains_key("t"), "{topics:?}");
}

/// Goal: offsets, deletion of records, groups and disks are reached on whichever broker knows them.
#[test]
fn an_admin_client_looks_after_offsets_and_groups() {
    let mut broker = broker();
    let mut admin = admin();
    create(&mut broker, "t", 2, &[]);
    let mut producer = producer(ProducerConfig::default());
    send_all(&mut broker, &mut producer, "t", 0..10);
    pass(&mut broker, &mut [&mut producer], 100);
    let reply = call(&mut broker, &mut admin, AdminCall::DeleteRecords([(at("t", 0), 4)].into()));
    assert_eq!(reply, Ok(AdminReply::LowWatermarks([(at("t", 0), Ok(4))].into())));
    for (timestamp, expected) in [(-2, [4, 0]), (-1, [10, 0])] {
        let asked = [(at("t", 0), timestamp), (at("t", 1), timestamp), (at("t", 7), timestamp)];
        let reply = call(&mut broker, &mut admin, AdminCall::ListOffsets(asked.into()));
        let Ok(AdminReply::Offsets(offsets)) = reply else { panic!("{reply:?}") };
        let found = [0, 1].map(|p| offsets[&at("t", p)].expect("listed").offset);
        assert_eq!(found, expected);
        assert_eq!(offsets[&at("t", 7)].map(|o| o.offset), Err(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION));
    }
    let alter = AdminCall::AlterGroupOffsets("g".into(), [(at("t", 0), 6)].into());
    let reply = call(&mut broker, &mut admin, alter);
    assert_eq!(reply, Ok(AdminReply::Partitions([(at("t", 0), Ok(()))].into())));
    let reply = call(&mut broker, &mut admin, AdminCall::ListGroups);
    let Ok(AdminReply::Groups(groups)) = reply else { panic!("{reply:?}") };
    assert_eq!(groups.keys().map(|group| &**group).collect::<Vec<_>>(), ["g"]);
    let reply = call(&mut broker, &mut admin, AdminCall::DeleteGroups(vec!["g".into(), "none".into()]));
    let Ok(AdminReply::Done(deleted)) = reply else { panic!("{reply:?}") };
    assert_eq!(deleted["g"], Ok(()));
    assert_eq!(deleted["none"].as_ref().map_err(|error| error.code), Err(ErrorCode::GROUP_ID_NOT_FOUND));
    let reply = call(&mut broker, &mut admin, AdminCall::DescribeCluster);
    let Ok(AdminReply::Cluster(cluster)) = reply else { panic!("{reply:?}") };
    assert_eq!(cluster.brokers.len(), 1);
    let reply = call(&mut broker, &mut admin, AdminCall::DescribeLogDirs);
    let Ok(AdminReply::LogDirs(dirs)) = reply else { panic!("{reply:?}") };
    assert!(dirs.values().flatten().any(|dir| dir.replicas.contains_key(&at("t", 0))), "{dirs:?}");
}

/// Goal: without any broker a call ends in time and says so.
#[test]
fn an_admin_call_without_a_broker_ends_in_time() {
    let mut broker = broker();
    let mut admin = admin();
    admin.reachable = false;
    let started = broker.now.monotonic;
    let reply = call(&mut broker, &mut admin, AdminCall::DescribeCluster);
    assert_eq!(reply, Err(AdminError::TimedOut(ErrorCode::NONE)));
    assert!(broker.now.monotonic.since(started).as_millis() < 5_200);
}
