//! One node over a disk in memory: what clients can rely on, request by request.

mod support;

use bytes::Bytes;
use klamm_core::config::Config;
use klamm_core::event::Reason;
use klamm_wire::ErrorCode;
use klamm_wire::batch::{BatchBuilder, Batches, Codec};
use klamm_wire::messages::delete_records_request::{DeleteRecordsPartition, DeleteRecordsTopic};
use klamm_wire::messages::produce_response::PartitionProduceResponse;
use klamm_wire::messages::{DeleteRecordsRequest, DeleteTopicsRequest, Response};
use support::{Broker, batch, fetch, produce};

fn config() -> Config {
    Config { group_initial_rebalance_delay_ms: 0, ..Config::default() }
}

fn produced(response: Response) -> PartitionProduceResponse {
    let Response::Produce(response) = response else { panic!("an answer to a produce") };
    response.responses[0].partition_responses[0].clone()
}

fn values(response: Response) -> Vec<Bytes> {
    let Response::Fetch(response) = response else { panic!("an answer to a fetch") };
    let Some(topic) = response.responses.first() else { return Vec::new() };
    assert_eq!(topic.partitions[0].error_code, ErrorCode::NONE);
    let records = topic.partitions[0].records.as_ref().expect("records are never null").to_bytes();
    let batches = Batches::new(records).map(|batch| batch.expect("whole batches"));
    let records = batches.flat_map(|batch| batch.records_decompressed(1 << 20).expect("readable"));
    records.map(|record| record.expect("a record").value.expect("a value")).collect()
}

/// Goal: an acknowledged record waits for the sync and for nothing else. Method: a disk that does not answer.
#[test]
fn a_record_is_acknowledged_when_its_sync_has_returned() {
    let mut broker = Broker::new(config());
    let client = broker.connect();
    broker.create_topic(client, "t", &[]);
    broker.disk_answers = false;
    broker.send(client, 8, produce("t", -1, batch(&[b"a"], broker.now.wall_ms)));
    assert!(broker.reply(client).is_none(), "nothing is synced yet");
    broker.let_disk_answer();
    let answer = produced(broker.reply(client).expect("it is synced").body.expect("a response"));
    assert_eq!((answer.error_code, answer.base_offset), (ErrorCode::NONE, 0));
}

/// Goal: what was acknowledged is there after the process is gone. Method: a new node on the same disk.
#[test]
fn records_outlive_the_node() {
    let mut broker = Broker::new(config());
    let client = broker.connect();
    broker.create_topic(client, "t", &[]);
    for value in [b"a", b"b"] {
        broker.ask(client, 8, produce("t", -1, batch(&[value], broker.now.wall_ms)));
    }
    let mut again = Broker::on(config(), broker.disk);
    let client = again.connect();
    assert_eq!(values(again.ask(client, 11, fetch("t", 0, 0, 1 << 20))), ["a", "b"]);
}

/// Goal: an orderly stop ends, and the next start finds everything.
#[test]
fn an_orderly_stop_leaves_a_clean_directory() {
    let mut broker = Broker::new(config());
    let client = broker.connect();
    broker.create_topic(client, "t", &[]);
    broker.ask(client, 8, produce("t", -1, batch(&[b"a"], broker.now.wall_ms)));
    broker.stop();
    assert_eq!(broker.halted, Some(Reason::Shutdown));
    let names: Vec<_> = broker.disk.files.keys().map(|path| path.name.to_string()).collect();
    assert!(names.iter().any(|name| name == ".kafka_cleanshutdown"), "{names:?}");
    let mut again = Broker::on(config(), broker.disk);
    let client = again.connect();
    assert_eq!(values(again.ask(client, 11, fetch("t", 0, 0, 1 << 20))), ["a"]);
}

/// Goal: a waiting fetch is woken by the append, not by polling. Method: time stands still.
#[test]
fn a_waiting_fetch_is_woken_by_the_append() {
    let mut broker = Broker::new(config());
    let (producer, consumer) = (broker.connect(), broker.connect());
    broker.create_topic(producer, "t", &[]);
    broker.send(consumer, 11, fetch("t", 0, 5000, 1 << 20));
    assert!(broker.reply(consumer).is_none(), "there is nothing yet");
    broker.ask(producer, 8, produce("t", -1, batch(&[b"a"], broker.now.wall_ms)));
    let reply = broker.reply(consumer).expect("woken");
    assert_eq!(values(reply.body.expect("a response")), ["a"]);
}

/// Goal: a fetch that waits at a topic is answered when the topic is deleted, and does not hold up its connection for
/// ever. Method: time stands still.
#[test]
fn a_waiting_fetch_is_answered_when_its_topic_is_deleted() {
    let mut broker = Broker::new(config());
    let (admin, consumer) = (broker.connect(), broker.connect());
    broker.create_topic(admin, "t", &[]);
    broker.send(consumer, 11, fetch("t", 0, 5000, 1 << 20));
    assert!(broker.reply(consumer).is_none(), "there is nothing yet");
    let topic_names = vec!["t".into()];
    broker.ask(admin, 4, DeleteTopicsRequest { topic_names, timeout_ms: 1000, ..Default::default() });
    let Some(Response::Fetch(answer)) = broker.reply(consumer).expect("it is told").body else {
        panic!("an answer to a fetch")
    };
    let code = answer.responses[0].partitions[0].error_code;
    assert_eq!(code, ErrorCode::NOT_LEADER_OR_FOLLOWER, "it looks for the topic anew");
}

/// Goal: a fetch that finds nothing is answered when its time is up.
#[test]
fn a_fetch_without_records_is_answered_at_its_deadline() {
    let mut broker = Broker::new(config());
    let client = broker.connect();
    broker.create_topic(client, "t", &[]);
    broker.send(client, 11, fetch("t", 0, 500, 1 << 20));
    broker.pass(499);
    assert!(broker.reply(client).is_none());
    broker.pass(1);
    assert!(values(broker.reply(client).expect("time is up").body.expect("a response")).is_empty());
}

/// Goal: a limit below the first batch still returns it, else a consumer would never get past it.
#[test]
fn one_batch_is_returned_however_small_the_limit() {
    let mut broker = Broker::new(config());
    let client = broker.connect();
    broker.create_topic(client, "t", &[]);
    let large = vec![b'x'; 4096];
    broker.ask(client, 8, produce("t", -1, batch(&[&large], broker.now.wall_ms)));
    assert_eq!(values(broker.ask(client, 11, fetch("t", 0, 0, 16)))[0].len(), 4096);
}

/// Goal: acks=0 gets no answer, and an error closes the connection instead.
#[test]
fn acks_zero_is_silent_and_fails_by_closing() {
    let mut broker = Broker::new(config());
    let client = broker.connect();
    broker.create_topic(client, "t", &[]);
    broker.send(client, 8, produce("t", 0, batch(&[b"a"], broker.now.wall_ms)));
    assert_eq!(broker.reply(client).expect("it is done").body, None);
    assert!(broker.closed.is_empty());
    broker.send(client, 8, produce("missing", 0, batch(&[b"a"], broker.now.wall_ms)));
    assert_eq!(broker.closed.len(), 1, "the only way to say no");
}

/// Goal: several produces of one connection share a sync, and their replies keep their order.
#[test]
fn produces_in_flight_share_a_sync_and_keep_their_order() {
    let mut broker = Broker::new(config());
    let client = broker.connect();
    broker.create_topic(client, "t", &[]);
    broker.disk_answers = false;
    let sent: Vec<_> = (0..5)
        .map(|_| broker.send(client, 8, produce("t", -1, batch(&[b"a"], broker.now.wall_ms))))
        .collect();
    broker.let_disk_answer();
    let replies: Vec<_> = std::iter::from_fn(|| broker.reply(client)).collect();
    assert_eq!(replies.iter().map(|reply| reply.correlation_id).collect::<Vec<_>>(), sent);
    let offsets = replies.into_iter().map(|reply| produced(reply.body.expect("a response")).base_offset);
    assert_eq!(offsets.collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
}

/// Goal: what the topic does not allow is refused, and nothing is written. Source: Kafka's `LogValidator`.
#[test]
fn a_refused_batch_leaves_no_trace() {
    let mut broker = Broker::new(config());
    let client = broker.connect();
    broker.create_topic(client, "c", &[("cleanup.policy", "compact")]);
    let answer = produced(broker.ask(client, 8, produce("c", -1, batch(&[b"a"], broker.now.wall_ms))));
    assert_eq!(answer.error_code, ErrorCode::INVALID_RECORD);
    assert_eq!(answer.record_errors[0].batch_index, 0);
    broker.create_topic(client, "s", &[("max.message.bytes", "100")]);
    let large = batch(&[&[0; 200]], broker.now.wall_ms);
    let answer = produced(broker.ask(client, 8, produce("s", -1, large)));
    assert_eq!(answer.error_code, ErrorCode::MESSAGE_TOO_LARGE);
    broker.create_topic(client, "t", &[]);
    let future = batch(&[b"a"], broker.now.wall_ms + 7_200_000);
    let answer = produced(broker.ask(client, 8, produce("t", -1, future)));
    assert_eq!(answer.error_code, ErrorCode::INVALID_TIMESTAMP);
    let mut rotten = batch(&[b"a"], broker.now.wall_ms).to_vec();
    *rotten.last_mut().expect("bytes") ^= 1;
    let answer = produced(broker.ask(client, 8, produce("t", -1, rotten.into())));
    assert_eq!(answer.error_code, ErrorCode::CORRUPT_MESSAGE);
    for topic in ["c", "s", "t"] {
        assert!(values(broker.ask(client, 11, fetch(topic, 0, 0, 1 << 20))).is_empty(), "{topic}");
    }
}

/// Goal: a topic with its own codec gets its batches rewritten, later produces do not overtake.
#[test]
fn a_topic_codec_rewrites_batches_in_order() {
    let mut broker = Broker::new(config());
    let client = broker.connect();
    broker.create_topic(client, "t", &[("compression.type", "lz4")]);
    for value in [b"a", b"b", b"c"] {
        let answer = produced(broker.ask(client, 8, produce("t", -1, batch(&[value], broker.now.wall_ms))));
        assert_eq!(answer.error_code, ErrorCode::NONE);
    }
    assert_eq!(values(broker.ask(client, 11, fetch("t", 0, 0, 1 << 20))), ["a", "b", "c"]);
    let Response::Fetch(response) = broker.ask(client, 11, fetch("t", 0, 0, 1 << 20)) else { panic!() };
    let records = response.responses[0].partitions[0].records.clone().expect("records");
    for batch in Batches::new(records.to_bytes()) {
        assert_eq!(batch.expect("a batch").codec(), Ok(Codec::Lz4));
    }
}

/// Goal: LogAppendTime writes the broker's clock into what is read, and says so in the answer.
#[test]
fn log_append_time_is_the_brokers_clock() {
    let mut broker = Broker::new(config());
    let client = broker.connect();
    broker.create_topic(client, "t", &[("message.timestamp.type", "LogAppendTime")]);
    let answer = produced(broker.ask(client, 8, produce("t", -1, batch(&[b"a"], 5))));
    assert_eq!(answer.log_append_time_ms, broker.now.wall_ms);
    let Response::Fetch(response) = broker.ask(client, 11, fetch("t", 0, 0, 1 << 20)) else { panic!() };
    let records = response.responses[0].partitions[0].records.clone().expect("records");
    let stored = Batches::new(records.to_bytes()).next().expect("one").expect("a batch");
    assert!(stored.is_log_append_time() && stored.verify_crc().is_ok());
    assert_eq!(stored.max_timestamp(), broker.now.wall_ms);
}

/// Goal: without its metadata a directory is not taken for that of a fresh cluster, and no log is touched.
#[test]
fn a_directory_that_has_lost_its_metadata_is_refused() {
    let mut broker = Broker::new(config());
    let client = broker.connect();
    broker.create_topic(client, "t", &[]);
    broker.ask(client, 8, produce("t", -1, batch(&[b"a"], broker.now.wall_ms)));
    broker.stop();
    let metadata = |file: &klamm_core::disk::Path| file.name.starts_with("__cluster_metadata-0/");
    let segment = |file: &klamm_core::disk::Path| metadata(file) && file.name.ends_with(".log");
    let topic = |disk: &support::MemoryDisk| -> Vec<_> {
        disk.files
            .iter()
            .filter(|(file, _)| file.name.starts_with("t-0/"))
            .map(|(_, bytes)| bytes.clone())
            .collect()
    };
    let whole = broker.disk;
    let mut gone = whole.clone();
    gone.files.retain(|file, _| !metadata(file));
    gone.directories.retain(|directory| &*directory.name != "__cluster_metadata-0");
    let mut empty = whole.clone();
    empty.files.iter_mut().filter(|(file, _)| segment(file)).for_each(|(_, bytes)| bytes.clear());
    let mut shorter = whole.clone();
    shorter.files.iter_mut().filter(|(file, _)| segment(file)).for_each(|(_, bytes)| bytes.truncate(300));
    let mut rotten = whole.clone();
    // The last byte of the second batch, which its checksum covers.
    let rot = |bytes: &mut Vec<u8>| {
        let end_of = |at: usize| {
            at + 12 + u32::from_be_bytes(bytes[at + 8..at + 12].try_into().expect("a length")) as usize
        };
        let last = end_of(end_of(0)) - 1;
        bytes[last] ^= 1;
    };
    rotten.files.iter_mut().filter(|(file, _)| segment(file)).for_each(|(_, bytes)| rot(bytes));
    rotten.files.retain(|file, _| &*file.name != ".kafka_cleanshutdown");
    for (case, disk) in [("gone", gone), ("empty", empty), ("shorter", shorter), ("rotten", rotten)] {
        let again = Broker::on(config(), disk);
        assert!(matches!(again.halted, Some(Reason::Refused(_))), "{case}: {:?}", again.halted);
        assert_eq!(topic(&again.disk), topic(&whole));
    }
    assert_eq!(Broker::on(config(), whole).halted, None);
}

/// Goal: what a client has deleted stays deleted over an orderly stop, which writes every checkpoint once more.
#[test]
fn deleted_records_stay_deleted_after_an_orderly_stop() {
    let mut broker = Broker::new(config());
    let client = broker.connect();
    broker.create_topic(client, "t", &[]);
    broker.ask(client, 8, produce("t", -1, batch(&[b"a", b"b", b"c"], broker.now.wall_ms)));
    let partitions = vec![DeleteRecordsPartition { partition_index: 0, offset: 2 }];
    let topics = vec![DeleteRecordsTopic { name: "t".into(), partitions }];
    let request = DeleteRecordsRequest { topics, timeout_ms: 1000 };
    let Response::DeleteRecords(answer) = broker.ask(client, 1, request) else { panic!() };
    assert_eq!(answer.topics[0].partitions[0].low_watermark, 2);
    broker.stop();
    assert_eq!(broker.halted, Some(Reason::Shutdown));
    let mut again = Broker::on(config(), broker.disk);
    let client = again.connect();
    let Response::Fetch(answer) = again.ask(client, 11, fetch("t", 0, 0, 1 << 20)) else { panic!() };
    assert_eq!(answer.responses[0].partitions[0].error_code, ErrorCode::OFFSET_OUT_OF_RANGE);
    let Response::Fetch(answer) = again.ask(client, 11, fetch("t", 2, 0, 1 << 20)) else { panic!() };
    assert_eq!(answer.responses[0].partitions[0].log_start_offset, 2);
}

/// Goal: a batch of an idempotent producer is in the log once, however often it is sent, also across a restart.
#[test]
fn a_repeated_batch_is_answered_with_its_first_offset() {
    let mut broker = Broker::new(config());
    let client = broker.connect();
    broker.create_topic(client, "t", &[]);
    let wall_ms = broker.now.wall_ms;
    let numbered = |sequence| {
        let mut builder = BatchBuilder::new(Codec::None).producer(1000, 0, sequence);
        builder.append(wall_ms, None, Some(b"a"), &[]);
        builder.build().expect("a small batch")
    };
    let first = produced(broker.ask(client, 8, produce("t", -1, numbered(0))));
    let second = produced(broker.ask(client, 8, produce("t", -1, numbered(0))));
    assert_eq!((first.base_offset, second.base_offset), (0, 0));
    let gap = produced(broker.ask(client, 8, produce("t", -1, numbered(5))));
    assert_eq!(gap.error_code, ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER);
    let mut again = Broker::on(config(), broker.disk);
    let client = again.connect();
    let third = produced(again.ask(client, 8, produce("t", -1, numbered(0))));
    assert_eq!((third.error_code, third.base_offset), (ErrorCode::NONE, 0));
}
