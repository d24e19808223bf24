//! Whom clients ask: leaders that others have named (KIP-951), and replicas that leaders have named (KIP-392).
//!
//! Method: the test is two brokers that answer a machine request by request, without any node.

use std::collections::BTreeMap;

use bytes::Bytes;
use klamm_core::Rng;
use klamm_core::client::consumer::{Consumer, ConsumerCommand, ConsumerConfig, ConsumerOutcome, StartAt};
use klamm_core::client::producer::{
    Producer, ProducerCommand, ProducerConfig, ProducerOutcome, ProducerRecord, RecordId,
};
use klamm_core::client::{ClientEffect, ClientInput, ClientMachine, ClientRequest, NodeRef};
use klamm_core::time::{Now, Timestamp};
use klamm_core::types::TopicPartition;
use klamm_wire::batch::{BatchBuilder, Codec};
use klamm_wire::messages::api_versions_response::ApiVersion;
use klamm_wire::messages::fetch_response::{self, FetchableTopicResponse};
use klamm_wire::messages::metadata_response::{
    MetadataResponseBroker, MetadataResponsePartition, MetadataResponseTopic,
};
use klamm_wire::messages::produce_response::{self, PartitionProduceResponse, TopicProduceResponse};
use klamm_wire::messages::{
    ApiVersionsResponse, FetchResponse, MetadataResponse, ProduceResponse, Request, Response,
};
use klamm_wire::{ApiKey, ErrorCode, Uuid};

const TOPIC: Uuid = Uuid([7; 16]);

/// Broker 1 at port 9092, and further ones at the ports behind.
fn port(broker: i32) -> u16 {
    u16::try_from(9091 + broker).expect("few brokers")
}

/// A machine and the brokers around it, which answer everything but what the test is about.
struct Script<M: ClientMachine> {
    machine: M,
    now: Now,
    /// As metadata says.
    brokers: Vec<i32>,
    leader: (i32, i32),
    /// Brokers that cannot be reached.
    away: Vec<i32>,
    outcomes: Vec<M::Outcome>,
    /// Requests that the test has to answer: to which broker.
    open: Vec<(i32, NodeRef, ClientRequest)>,
    metadata_asked: usize,
}

impl<M: ClientMachine> Script<M> {
    fn new(machine: M) -> Self {
        Self {
            machine,
            now: Now { monotonic: Timestamp(1), wall_ms: 1_700_000_000_000 },
            brokers: vec![1],
            leader: (1, 5),
            away: Vec::new(),
            outcomes: Vec::new(),
            open: Vec::new(),
            metadata_asked: 0,
        }
    }

    fn input(&mut self, input: ClientInput<M::Command>) {
        let mut inputs = vec![input];
        while let Some(input) = inputs.pop() {
            let mut fx = Vec::new();
            self.machine.handle(self.now, input, &mut fx);
            for effect in fx {
                inputs.extend(self.perform(effect));
            }
        }
    }

    fn perform(&mut self, effect: ClientEffect<M::Outcome>) -> Option<ClientInput<M::Command>> {
        match effect {
            ClientEffect::Connect(node) if self.away.contains(&(i32::from(node.port) - 9091)) => {
                Some(ClientInput::Disconnected(node))
            }
            ClientEffect::Connect(node) => Some(ClientInput::Connected(node)),
            ClientEffect::Disconnect(_) => None,
            ClientEffect::Outcome(outcome) => {
                self.outcomes.push(outcome);
                None
            }
            ClientEffect::Send(node, request) => {
                let answer = match &request.body {
                    Request::ApiVersions(_) => versions(),
                    Request::Metadata(_) => self.metadata(),
                    _ => {
                        self.open.push((i32::from(node.port) - 9091, node, *request));
                        return None;
                    }
                };
                Some(ClientInput::Response(node, request.correlation_id, answer))
            }
        }
    }

    fn metadata(&mut self) -> Response {
        self.metadata_asked += 1;
        let broker = |id: &i32| MetadataResponseBroker {
            node_id: *id,
            host: "h".into(),
            port: port(*id).into(),
            ..MetadataResponseBroker::default()
        };
        let partition = MetadataResponsePartition {
            leader_id: self.leader.0,
            leader_epoch: self.leader.1,
            ..MetadataResponsePartition::default()
        };
        let topic = MetadataResponseTopic {
            name: Some("t".into()),
            topic_id: TOPIC,
            partitions: vec![partition],
            ..MetadataResponseTopic::default()
        };
        let (brokers, topics) = (self.brokers.iter().map(broker).collect(), vec![topic]);
        Response::Metadata(MetadataResponse { brokers, topics, ..MetadataResponse::default() })
    }

    /// The one request that waits, which must be to this broker.
    fn asked(&mut self, broker: i32) -> (NodeRef, ClientRequest) {
        assert_eq!(self.open.len(), 1, "one request waits: {:?}", self.open);
        let (asked, node, request) = self.open.pop().expect("just counted");
        assert_eq!(asked, broker, "{:?} asks the other one", request.body.api_key());
        (node, request)
    }

    fn answer(&mut self, asked: &(NodeRef, ClientRequest), response: impl Into<Response>) {
        let (node, request) = asked;
        self.input(ClientInput::Response(node.clone(), request.correlation_id, response.into()));
    }

    fn pass(&mut self, ms: i64) {
        let end = self.now.monotonic.after_ms(ms);
        while let Some(at) = self.machine.next_deadline().filter(|at| *at <= end) {
            self.now.monotonic = at.max(self.now.monotonic);
            let before = self.machine.next_deadline();
            self.input(ClientInput::Wake);
            assert!(self.machine.next_deadline() != before || at < end, "a deadline that stays");
        }
        self.now.monotonic = end;
        self.input(ClientInput::Wake);
    }
}

fn versions() -> Response {
    let keys = [(ApiKey::Produce, 11), (ApiKey::Fetch, 17), (ApiKey::Metadata, 12), (ApiKey::ListOffsets, 7)];
    let version = |(key, max_version): (ApiKey, i16)| ApiVersion {
        api_key: key as i16,
        min_version: *key.valid_versions().start(),
        max_version,
    };
    let api_keys = keys.into_iter().map(version).collect();
    Response::ApiVersions(ApiVersionsResponse { api_keys, ..ApiVersionsResponse::default() })
}

fn at() -> TopicPartition {
    TopicPartition { topic: "t".into(), partition: 0 }
}

fn producer() -> Script<Producer> {
    let config =
        ProducerConfig { enable_idempotence: false, max_in_flight: 1, linger_ms: 0, ..Default::default() };
    Script::new(Producer::new(config, Rng::new(1)))
}

fn produced(answer: PartitionProduceResponse) -> ProduceResponse {
    let topic = TopicProduceResponse {
        name: "t".into(),
        partition_responses: vec![answer],
        ..TopicProduceResponse::default()
    };
    ProduceResponse { responses: vec![topic], ..ProduceResponse::default() }
}

/// Goal: a producer that is told who leads sends there at once, without metadata and without waiting.
#[test]
fn a_producer_goes_to_the_leader_it_was_told() {
    let mut script = producer();
    let record = ProducerRecord {
        topic: "t".into(),
        partition: Some(0),
        value: Some("v".into()),
        ..Default::default()
    };
    script.input(ClientInput::Command(ProducerCommand::Send(RecordId(1), record)));
    script.pass(10);
    let asked = script.asked(1);
    let metadata_asked = script.metadata_asked;
    let moved = PartitionProduceResponse {
        error_code: ErrorCode::NOT_LEADER_OR_FOLLOWER,
        base_offset: -1,
        current_leader: produce_response::LeaderIdAndEpoch { leader_id: 2, leader_epoch: 6 },
        ..PartitionProduceResponse::default()
    };
    let mut answer = produced(moved);
    answer.node_endpoints.push(produce_response::NodeEndpoint {
        node_id: 2,
        host: "h".into(),
        port: port(2).into(),
        rack: None,
    });
    script.answer(&asked, answer);
    // Metadata may be asked for behind it, and does not know better.
    let asked = script.asked(2);
    assert!(script.metadata_asked <= metadata_asked + 1);
    script.answer(&asked, produced(PartitionProduceResponse { base_offset: 3, ..Default::default() }));
    assert!(matches!(script.outcomes[..], [ProducerOutcome::Delivered { offset: Some(3), .. }]));
}

fn consumer(rack: &str) -> Script<Consumer> {
    let config = ConsumerConfig { client_rack: rack.into(), ..ConsumerConfig::default() };
    let mut script = Script::new(Consumer::new(config, Rng::new(1)));
    script.brokers = vec![1, 2];
    script.input(ClientInput::Command(ConsumerCommand::Assign(vec![(at(), StartAt::Offset(0))])));
    script.input(ClientInput::Command(ConsumerCommand::Poll { max_records: 1, timeout_ms: 600_000 }));
    script.pass(10);
    script
}

fn fetched(data: fetch_response::PartitionData) -> FetchResponse {
    let topic = FetchableTopicResponse { topic: "".into(), topic_id: TOPIC, partitions: vec![data] };
    FetchResponse { responses: vec![topic], ..FetchResponse::default() }
}

fn sent_to(replica: i32) -> FetchResponse {
    let empty = Some(Bytes::new().into());
    fetched(fetch_response::PartitionData {
        preferred_read_replica: replica,
        records: empty,
        ..fetch_response::PartitionData::default()
    })
}

fn failed(error_code: ErrorCode) -> fetch_response::PartitionData {
    fetch_response::PartitionData { error_code, ..fetch_response::PartitionData::default() }
}

fn rack_of((_, request): &(NodeRef, ClientRequest)) -> String {
    let Request::Fetch(fetch) = &request.body else { panic!("a fetch, not {:?}", request.body.api_key()) };
    fetch.rack_id.to_string()
}

/// Goal: a consumer that is told who leads fetches there at once.
#[test]
fn a_consumer_goes_to_the_leader_it_was_told() {
    let mut script = consumer("");
    let asked = script.asked(1);
    let current_leader = fetch_response::LeaderIdAndEpoch { leader_id: 2, leader_epoch: 6 };
    let data = fetch_response::PartitionData { current_leader, ..failed(ErrorCode::NOT_LEADER_OR_FOLLOWER) };
    script.answer(&asked, fetched(data));
    script.asked(2);
}

/// Goal: a consumer reads from the replica its leader has named, and asks the leader again when metadata is old.
#[test]
fn a_consumer_reads_from_the_replica_in_its_rack() {
    let mut script = consumer("b");
    let asked = script.asked(1);
    assert_eq!(rack_of(&asked), "b");
    script.answer(&asked, sent_to(2));
    let asked = script.asked(2);
    assert_eq!(rack_of(&asked), "b");
    let mut batch = BatchBuilder::new(Codec::None);
    batch.append(1, None, Some(b"v"), &[]);
    let records = Some(batch.build().expect("small").into());
    script.answer(&asked, fetched(fetch_response::PartitionData { records, ..Default::default() }));
    let polled = script.outcomes.iter().filter(|outcome| matches!(outcome, ConsumerOutcome::Polled(_)));
    assert_eq!(polled.count(), 1, "{:?}", script.outcomes);
    let asked = script.asked(2);
    script.now.monotonic = script.now.monotonic.after_ms(300_000);
    script.answer(&asked, fetched(failed(ErrorCode::NONE)));
    script.asked(1);
}

/// Goal: whatever is wrong with the replica, the leader is asked next, and the position stays.
#[test]
fn a_consumer_goes_back_to_the_leader() {
    for error in [
        ErrorCode::OFFSET_OUT_OF_RANGE,
        ErrorCode::NOT_LEADER_OR_FOLLOWER,
        ErrorCode::OFFSET_NOT_AVAILABLE,
        ErrorCode::FENCED_LEADER_EPOCH,
    ] {
        let mut script = consumer("b");
        let asked = script.asked(1);
        script.answer(&asked, sent_to(2));
        let asked = script.asked(2);
        script.answer(&asked, fetched(failed(error)));
        script.pass(2_000);
        let (_, request) = script.asked(1);
        let Request::Fetch(fetch) = request.body else {
            panic!("{error} sends it elsewhere than to a fetch")
        };
        assert_eq!(fetch.topics[0].partitions[0].fetch_offset, 0, "{error}");
    }
}

/// Goal: a replica that cannot be reached is not waited for.
#[test]
fn a_replica_that_is_away_is_not_waited_for() {
    let mut script = consumer("b");
    script.away = vec![2];
    let asked = script.asked(1);
    script.answer(&asked, sent_to(2));
    script.pass(2_000);
    script.asked(1);
    let tried: BTreeMap<_, _> = script.machine.metadata().brokers.iter().collect();
    assert!(tried.contains_key(&2), "metadata still lists it");
}
