//! How long `Node::handle` takes: produces and fetches of one partition, with a disk that answers at once and keeps
//! nothing. So it is the logic alone that is measured, and with `parse` what is done for each frame before it.
//!
//! `cargo bench -p klamm-core`; the figures stand in `docs/performance.md`.
#![allow(missing_docs, reason = "criterion's macros make public functions")]

use std::collections::VecDeque;
use std::hint::black_box;

use bytes::Bytes;
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use klamm_core::config::{Config, FlushPolicy};
use klamm_core::disk::{DiskDone, DiskError, DiskErrorKind, DiskOp, DiskStep, StepDone};
use klamm_core::edge::{ConnId, Effect, Effects, Input, ListenerKind, Peer, Reply, Request, parse_request};
use klamm_core::node::Node;
use klamm_core::time::{Now, Timestamp};
use klamm_wire::batch::{BatchBuilder, Codec};
use klamm_wire::frame::{RequestHeader, encode_request};
use klamm_wire::messages::create_topics_request::CreatableTopic;
use klamm_wire::messages::fetch_request::{FetchPartition, FetchTopic};
use klamm_wire::messages::produce_request::{PartitionProduceData, TopicProduceData};
use klamm_wire::messages::{self, CreateTopicsRequest, FetchRequest, ProduceRequest, Response};

const CLIENT: ConnId = ConnId(1);
const RECORD: usize = 1024;
const WALL_MS: i64 = 1_700_000_000_000;

/// A node and a disk without memory.
struct Rig {
    node: Node,
    now: Now,
    fx: Effects,
    inputs: VecDeque<Input>,
}

impl Rig {
    fn new(flush_policy: FlushPolicy) -> Self {
        let mut config = Config { flush_policy, ..Config::default() };
        config.topic.flush_policy = flush_policy;
        config.topic.max_message_bytes = 2 << 20;
        let mut rig = Self {
            node: Node::new(config, 1),
            now: Now { monotonic: Timestamp(1), wall_ms: WALL_MS },
            fx: Effects::new(),
            inputs: VecDeque::new(),
        };
        rig.handle(Input::Start);
        let peer =
            Peer { host: "127.0.0.1".into(), listener: "PLAINTEXT".into(), kind: ListenerKind::Broker };
        rig.handle(Input::Opened(CLIENT, peer));
        let topic = CreatableTopic {
            name: "t".into(),
            num_partitions: 1,
            replication_factor: 1,
            ..CreatableTopic::default()
        };
        let create =
            CreateTopicsRequest { topics: vec![topic], timeout_ms: 1000, ..CreateTopicsRequest::default() };
        let reply = rig.handle(Input::Request(CLIENT, parsed(frame(5, create))));
        let Some(Response::CreateTopics(created)) = reply.and_then(|reply| reply.body) else {
            panic!("a topic")
        };
        assert!(created.topics[0].error_code.is_none());
        rig
    }

    /// One input with all that follows from it; returns the reply.
    fn handle(&mut self, input: Input) -> Option<Reply> {
        let mut answer = None;
        self.inputs.push_back(input);
        while let Some(input) = self.inputs.pop_front() {
            self.now.monotonic.0 += 1;
            self.node.handle(self.now, input, &mut self.fx);
            for effect in self.fx.drain(..) {
                match effect {
                    Effect::Reply(_, reply) => answer = Some(reply),
                    Effect::Disk(op) => {
                        let result = perform(&op);
                        self.inputs.push_back(Input::Disk(op, result));
                    }
                    Effect::Halt(reason) => panic!("{reason:?}"),
                    _ => {}
                }
            }
        }
        answer
    }
}

fn perform(op: &DiskOp) -> Result<DiskDone, DiskError> {
    let step = |(step, what): (usize, &DiskStep)| match what {
        DiskStep::List { .. } => Ok(StepDone::Listed(Vec::new())),
        DiskStep::Read { .. } => Err(DiskError { step, kind: DiskErrorKind::NotFound }),
        _ => Ok(StepDone::Done),
    };
    op.steps.iter().enumerate().map(step).collect()
}

fn frame(api_version: i16, body: impl Into<messages::Request>) -> Bytes {
    let body = body.into();
    let header = RequestHeader {
        api_key: body.api_key(),
        api_version,
        correlation_id: 1,
        client_id: Some("bench".into()),
    };
    encode_request(&header, &body).expect("it is well-formed").to_bytes().slice(4..)
}

fn parsed(frame: Bytes) -> Request {
    parse_request(frame, ListenerKind::Broker, 8 << 20).expect("it is well-formed")
}

/// A produce of one batch of about so many bytes, of records of 1 KiB.
fn produce(acks: i16, bytes: usize) -> Bytes {
    let mut builder = BatchBuilder::new(Codec::None);
    for _ in 0..(bytes / (RECORD + 8)).max(1) {
        builder.append(WALL_MS, None, Some(&[b'v'; RECORD]), &[]);
    }
    let records = builder.build().expect("a batch");
    let data = PartitionProduceData { index: 0, records: Some(records.into()) };
    let topic =
        TopicProduceData { name: "t".into(), partition_data: vec![data], ..TopicProduceData::default() };
    frame(9, ProduceRequest { acks, timeout_ms: 1000, topic_data: vec![topic], ..ProduceRequest::default() })
}

fn fetch(max_bytes: i32) -> Bytes {
    let partition = FetchPartition {
        partition: 0,
        fetch_offset: 0,
        partition_max_bytes: max_bytes,
        ..FetchPartition::default()
    };
    let topic = FetchTopic { topic: "t".into(), partitions: vec![partition], ..FetchTopic::default() };
    let topics = vec![topic];
    frame(12, FetchRequest { max_wait_ms: 0, min_bytes: 1, max_bytes, topics, ..FetchRequest::default() })
}

fn produces(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("produce");
    for (size, bytes) in [("16 KiB", 16 << 10), ("1 MiB", 1 << 20)] {
        group.throughput(Throughput::Bytes(bytes as u64));
        let sample = produce(-1, bytes);
        group.bench_function(format!("parse, {size}"), |b| {
            b.iter_batched(|| sample.clone(), |frame| black_box(parsed(frame)), BatchSize::SmallInput);
        });
        for (policy, flush) in [("synced", FlushPolicy::Synced), ("written", FlushPolicy::Written)] {
            for (name, acks) in [("all", -1), ("1", 1)] {
                let mut rig = Rig::new(flush);
                let request = parsed(produce(acks, bytes));
                let reply = rig.handle(Input::Request(CLIENT, request.clone()));
                let Some(Response::Produce(answer)) = reply.and_then(|reply| reply.body) else {
                    panic!("an answer")
                };
                assert!(answer.responses[0].partition_responses[0].error_code.is_none());
                group.bench_function(format!("handle, {size}, acks {name}, {policy}"), |b| {
                    b.iter_batched(
                        || Input::Request(CLIENT, request.clone()),
                        |input| black_box(rig.handle(input)).expect("an answer"),
                        BatchSize::SmallInput,
                    );
                });
            }
        }
    }
    group.finish();
}

fn fetches(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("fetch");
    for (size, bytes) in [("16 KiB", 16 << 10), ("1 MiB", 1 << 20)] {
        let mut rig = Rig::new(FlushPolicy::Written);
        for _ in 0..(2 << 20) / bytes {
            rig.handle(Input::Request(CLIENT, parsed(produce(1, bytes)))).expect("an answer");
        }
        group.throughput(Throughput::Bytes(1 << 20));
        let request = parsed(fetch(1 << 20));
        group.bench_function(format!("handle, 1 MiB from memory, batches of {size}"), |b| {
            b.iter_batched(
                || Input::Request(CLIENT, request.clone()),
                |input| black_box(rig.handle(input)).expect("an answer"),
                BatchSize::SmallInput,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, produces, fetches);
criterion_main!(benches);
