//! Transactions on one node over a disk in memory: coordinator, partitions and groups together.

mod support;

use bytes::Bytes;
use klamm_core::config::Config;
use klamm_wire::batch::{BatchBuilder, Batches, Codec};
use klamm_wire::messages::add_partitions_to_txn_request::AddPartitionsToTxnTopic;
use klamm_wire::messages::fetch_response::PartitionData;
use klamm_wire::messages::offset_commit_request::{OffsetCommitRequestPartition, OffsetCommitRequestTopic};
use klamm_wire::messages::offset_fetch_request::OffsetFetchRequestTopic;
use klamm_wire::messages::txn_offset_commit_request::{
    TxnOffsetCommitRequestPartition, TxnOffsetCommitRequestTopic,
};
use klamm_wire::messages::{
    AddPartitionsToTxnRequest, EndTxnRequest, FindCoordinatorRequest, InitProducerIdRequest,
    OffsetCommitRequest, OffsetFetchRequest, Response, TxnOffsetCommitRequest,
};
use klamm_wire::{ErrorCode, Str};
use support::{Broker, fetch, produce};

const ID: &str = "payments";
const GROUP: &str = "g";
/// Produce and EndTxn of producers whose epoch lasts, and of those that have one per transaction.
const OLD: (i16, i16) = (11, 4);
const NEW: (i16, i16) = (12, 5);

/// A broker with a topic `t`, and a producer that has begun to use a transactional id.
struct World {
    broker: Broker,
    client: klamm_core::edge::ConnId,
    producer: (i64, i16),
    sequence: i32,
}

impl World {
    fn new() -> Self {
        let config =
            Config { offsets_topic_partitions: 2, transaction_topic_partitions: 2, ..Config::default() };
        let mut broker = Broker::new(config);
        let client = broker.connect();
        broker.create_topic(client, "t", &[]);
        for key_type in [0, 1] {
            let request =
                FindCoordinatorRequest { key: ID.into(), key_type, ..FindCoordinatorRequest::default() };
            let Response::FindCoordinator(found) = broker.ask(client, 3, request) else { panic!() };
            assert_eq!(found.error_code, ErrorCode::NONE, "of type {key_type}");
        }
        let mut world = Self { broker, client, producer: (-1, -1), sequence: 0 };
        world.init();
        world
    }

    /// The process dies; another one goes on with what is on the disk.
    fn restart(self) -> Self {
        let Self { broker, producer, sequence, .. } = self;
        let config =
            Config { offsets_topic_partitions: 2, transaction_topic_partitions: 2, ..Config::default() };
        let mut broker = Broker::on(config, broker.disk);
        let client = broker.connect();
        Self { broker, client, producer, sequence }
    }

    fn init(&mut self) {
        let request = InitProducerIdRequest {
            transactional_id: Some(ID.into()),
            transaction_timeout_ms: 10_000,
            producer_id: -1,
            producer_epoch: -1,
            ..InitProducerIdRequest::default()
        };
        let Response::InitProducerId(answer) = self.broker.ask(self.client, 5, request) else { panic!() };
        assert_eq!(answer.error_code, ErrorCode::NONE);
        (self.producer, self.sequence) = ((answer.producer_id, answer.producer_epoch), 0);
    }

    fn add(&mut self) -> ErrorCode {
        let request = AddPartitionsToTxnRequest {
            v3_and_below_transactional_id: ID.into(),
            v3_and_below_producer_id: self.producer.0,
            v3_and_below_producer_epoch: self.producer.1,
            v3_and_below_topics: vec![AddPartitionsToTxnTopic { name: "t".into(), partitions: vec![0] }],
            ..AddPartitionsToTxnRequest::default()
        };
        let Response::AddPartitionsToTxn(answer) = self.broker.ask(self.client, 3, request) else { panic!() };
        answer.results_by_topic_v3_and_below[0].results_by_partition[0].partition_error_code
    }

    fn send(&mut self, version: i16, value: &str) -> ErrorCode {
        let (producer_id, epoch) = self.producer;
        let batch = BatchBuilder::new(Codec::None).transactional();
        let mut batch = batch.producer(producer_id, epoch, self.sequence);
        batch.append(self.broker.now.wall_ms, None, Some(value.as_bytes()), &[]);
        let mut request = produce("t", -1, batch.build().expect("small"));
        request.transactional_id = Some(ID.into());
        let Response::Produce(answer) = self.broker.ask(self.client, version, request) else { panic!() };
        let error = answer.responses[0].partition_responses[0].error_code;
        self.sequence += i32::from(error.is_none());
        error
    }

    fn end(&mut self, version: i16, committed: bool) -> ErrorCode {
        let request = EndTxnRequest {
            transactional_id: ID.into(),
            producer_id: self.producer.0,
            producer_epoch: self.producer.1,
            committed,
        };
        let Response::EndTxn(answer) = self.broker.ask(self.client, version, request) else { panic!() };
        if answer.error_code.is_none() && version >= NEW.1 {
            (self.producer, self.sequence) = ((answer.producer_id, answer.producer_epoch), 0);
        }
        answer.error_code
    }

    /// A reader's answer from the start on.
    fn read(&mut self, committed: bool) -> PartitionData {
        let mut request = fetch("t", 0, 0, 1 << 20);
        request.isolation_level = i8::from(committed);
        let Response::Fetch(mut answer) = self.broker.ask(self.client, 11, request) else { panic!() };
        let data = answer.responses.remove(0).partitions.remove(0);
        assert_eq!(data.error_code, ErrorCode::NONE);
        data
    }

    /// What a `read_committed` consumer makes of it.
    fn committed(&mut self) -> Vec<String> {
        let data = self.read(true);
        let aborted: Vec<(i64, i64)> = data
            .aborted_transactions
            .iter()
            .flatten()
            .map(|aborted| (aborted.producer_id, aborted.first_offset))
            .collect();
        let mut hidden = aborted.clone();
        let mut values = Vec::new();
        for batch in Batches::new(data.records.expect("never null").to_bytes()) {
            let batch = batch.expect("whole batches");
            if batch.is_control() {
                hidden.retain(|(id, first)| *id != batch.producer_id() || *first > batch.base_offset());
                continue;
            }
            let is_hidden =
                hidden.iter().any(|(id, first)| *id == batch.producer_id() && *first <= batch.base_offset());
            for record in batch.records().filter(|_| !is_hidden) {
                let value: Bytes = record.expect("a record").value.expect("a value");
                values.push(String::from_utf8(value.to_vec()).expect("text"));
            }
        }
        values
    }

    fn commit_in_transaction(&mut self, version: i16, offset: i64) -> ErrorCode {
        let partition = TxnOffsetCommitRequestPartition {
            partition_index: 0,
            committed_offset: offset,
            ..TxnOffsetCommitRequestPartition::default()
        };
        let request = TxnOffsetCommitRequest {
            transactional_id: ID.into(),
            group_id: GROUP.into(),
            producer_id: self.producer.0,
            producer_epoch: self.producer.1,
            generation_id: -1,
            topics: vec![TxnOffsetCommitRequestTopic { name: "t".into(), partitions: vec![partition] }],
            ..TxnOffsetCommitRequest::default()
        };
        let Response::TxnOffsetCommit(answer) = self.broker.ask(self.client, version, request) else {
            panic!()
        };
        answer.topics[0].partitions[0].error_code
    }

    fn commit(&mut self, offset: i64) {
        let partition = OffsetCommitRequestPartition {
            committed_offset: offset,
            ..OffsetCommitRequestPartition::default()
        };
        let request = OffsetCommitRequest {
            group_id: GROUP.into(),
            generation_id_or_member_epoch: -1,
            topics: vec![OffsetCommitRequestTopic {
                name: "t".into(),
                partitions: vec![partition],
                ..OffsetCommitRequestTopic::default()
            }],
            ..OffsetCommitRequest::default()
        };
        let Response::OffsetCommit(answer) = self.broker.ask(self.client, 7, request) else { panic!() };
        assert_eq!(answer.topics[0].partitions[0].error_code, ErrorCode::NONE);
    }

    fn offset(&mut self, require_stable: bool) -> Result<i64, ErrorCode> {
        let topics = vec![OffsetFetchRequestTopic { name: "t".into(), partition_indexes: vec![0] }];
        let request = OffsetFetchRequest {
            group_id: Str::from(GROUP),
            topics: Some(topics),
            require_stable,
            ..OffsetFetchRequest::default()
        };
        let Response::OffsetFetch(answer) = self.broker.ask(self.client, 7, request) else { panic!() };
        let found = &answer.topics[0].partitions[0];
        if found.error_code.is_error() { Err(found.error_code) } else { Ok(found.committed_offset) }
    }
}

/// Goal: a transaction shows when it is committed, as a whole, and never when it is aborted; in both versions.
#[test]
fn a_transaction_shows_when_it_is_committed() {
    for version in [OLD, NEW] {
        let mut world = World::new();
        for (value, committed) in [("a", true), ("b", false), ("c", true)] {
            if version == OLD {
                assert_eq!(world.add(), ErrorCode::NONE);
            }
            let before = world.committed();
            assert_eq!(world.send(version.0, value), ErrorCode::NONE);
            assert_eq!(world.send(version.0, value), ErrorCode::NONE);
            assert_eq!(world.committed(), before, "{value} is not committed yet");
            let data = world.read(false);
            assert!(data.last_stable_offset < data.high_watermark && data.aborted_transactions.is_none());
            assert_eq!(world.end(version.1, committed), ErrorCode::NONE);
        }
        assert_eq!(world.committed(), ["a", "a", "c", "c"]);
        let data = world.read(true);
        assert_eq!((data.last_stable_offset, data.high_watermark), (9, 9));
        assert_eq!(data.aborted_transactions.map(|aborted| aborted.len()), Some(1));
    }
}

/// Goal: a batch of no transaction that the coordinator knows is refused: nobody would ever end it. Source: KIP-890,
/// `late-produce-after-abort`.
#[test]
fn a_late_batch_opens_nothing() {
    let mut world = World::new();
    assert_eq!(world.send(OLD.0, "early"), ErrorCode::TRANSACTION_ABORTABLE);
    assert_eq!(
        world.send(10, "early"),
        ErrorCode::INVALID_TXN_STATE,
        "a version that does not know the other"
    );
    assert_eq!(world.add(), ErrorCode::NONE);
    assert_eq!(world.send(OLD.0, "lost"), ErrorCode::NONE);
    assert_eq!(world.end(OLD.1, false), ErrorCode::NONE);
    assert_eq!(world.send(OLD.0, "late"), ErrorCode::TRANSACTION_ABORTABLE);
    let data = world.read(true);
    assert_eq!(data.last_stable_offset, data.high_watermark);
}

/// Goal: time that is up ends the transaction: what waits behind it shows, and the producer is fenced.
#[test]
fn time_that_is_up_ends_a_transaction() {
    for version in [OLD, NEW] {
        let mut world = World::new();
        if version == OLD {
            assert_eq!(world.add(), ErrorCode::NONE);
        }
        assert_eq!(world.send(version.0, "lost"), ErrorCode::NONE);
        world.broker.pass(25_000);
        let data = world.read(true);
        assert_eq!((data.last_stable_offset, data.high_watermark), (2, 2));
        assert_eq!(world.committed(), Vec::<String>::new());
        assert_eq!(world.send(version.0, "late"), ErrorCode::INVALID_PRODUCER_EPOCH);
        assert!(world.end(version.1, true).is_error());
        world.init();
        assert_eq!(world.producer.1, 2);
    }
}

/// Goal: what was decided before a crash is carried out after it, and what was not is still open. Method: the disk
/// stops answering when the outcome is under way; the process dies with it, or a moment later.
#[test]
fn a_restart_ends_what_was_decided() {
    let mut world = World::new();
    assert_eq!(world.send(NEW.0, "a"), ErrorCode::NONE);
    let mut world = world.restart();
    assert_eq!(world.read(true).last_stable_offset, 0, "it is open");
    let request = EndTxnRequest {
        transactional_id: ID.into(),
        producer_id: world.producer.0,
        producer_epoch: world.producer.1,
        committed: true,
    };
    world.broker.disk_answers = false;
    world.broker.send(world.client, NEW.1, request);
    assert!(world.broker.reply(world.client).is_none(), "the outcome is not committed");
    // The write of the outcome reaches the disk, and nobody hears of it.
    let op = world.broker.waiting.pop_front().expect("the outcome is written");
    world.broker.disk.perform(&op).expect("a disk in memory");
    let mut world = world.restart();
    assert_eq!(world.committed(), ["a"]);
    let data = world.read(true);
    assert_eq!((data.last_stable_offset, data.high_watermark), (2, 2), "it has its marker");
}

/// Goal: offsets in a transaction are pending until it ends; who wants to know for sure is told to come again; what was
/// committed since is newer. Source: KIP-98, KIP-447, `txn-offset-order`, `pending-txn-offset-visible`.
#[test]
fn offsets_are_committed_with_their_transaction() {
    let mut world = World::new();
    world.commit(3);
    assert_eq!(world.commit_in_transaction(5, 7), ErrorCode::NONE);
    assert_eq!(world.offset(false), Ok(3));
    assert_eq!(world.offset(true), Err(ErrorCode::UNSTABLE_OFFSET_COMMIT));
    let mut world = world.restart();
    assert_eq!(world.offset(true), Err(ErrorCode::UNSTABLE_OFFSET_COMMIT), "the log knows");
    assert_eq!(world.end(NEW.1, true), ErrorCode::NONE);
    assert_eq!(world.offset(true), Ok(7));

    assert_eq!(world.commit_in_transaction(5, 9), ErrorCode::NONE);
    assert_eq!(world.end(NEW.1, false), ErrorCode::NONE);
    assert_eq!(world.offset(true), Ok(7), "aborted");

    assert_eq!(world.commit_in_transaction(5, 11), ErrorCode::NONE);
    world.commit(20);
    assert_eq!(world.end(NEW.1, true), ErrorCode::NONE);
    assert_eq!(world.offset(true), Ok(20), "it was committed after the other was written");
    let mut world = world.restart();
    assert_eq!(world.offset(true), Ok(20));
}

/// Goal: a batch that is sent again after its transaction has ended is recognised, and not taken for a late one.
#[test]
fn a_repeated_batch_of_an_ended_transaction_is_known() {
    let mut world = World::new();
    assert_eq!(world.add(), ErrorCode::NONE);
    assert_eq!(world.send(OLD.0, "a"), ErrorCode::NONE);
    assert_eq!(world.end(OLD.1, true), ErrorCode::NONE);
    world.sequence = 0;
    assert_eq!(world.send(OLD.0, "a"), ErrorCode::NONE);
    assert_eq!(world.committed(), ["a"]);
}
