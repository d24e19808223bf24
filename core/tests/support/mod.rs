//! A driver as small as can be: one node, a disk in memory that answers at once, no time but what a test lets pass.

#![allow(dead_code, unreachable_pub, reason = "each test file uses a part of it")]

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use bytes::Bytes;
use klamm_core::config::Config;
use klamm_core::disk::{DirEntry, DiskDone, DiskError, DiskErrorKind, DiskOp, DiskStep, Path, StepDone};
use klamm_core::edge::{CloseReason, ConnId, Effect, Effects, Input, ListenerKind, Peer, Reply, Request};
use klamm_core::event::{Event, Reason};
use klamm_core::node::Node;
use klamm_core::time::{Now, Timestamp};
use klamm_wire::batch::{BatchBuilder, BatchView, Codec, inspect};
use klamm_wire::frame::RequestHeader;
use klamm_wire::messages::create_topics_request::CreatableTopic;
use klamm_wire::messages::fetch_request::{FetchPartition, FetchTopic};
use klamm_wire::messages::produce_request::{PartitionProduceData, TopicProduceData};
use klamm_wire::messages::{self, CreateTopicsRequest, FetchRequest, ProduceRequest, Response};
use klamm_wire::{ApiKey, Records};

/// Files and directories that never fail.
#[derive(Clone, Debug, Default)]
pub struct MemoryDisk {
    pub files: BTreeMap<Path, Vec<u8>>,
    pub directories: BTreeSet<Path>,
    /// Nodes that have been started on it; each draws numbers of its own.
    pub lives: u64,
}

impl MemoryDisk {
    pub fn perform(&mut self, op: &DiskOp) -> Result<DiskDone, DiskError> {
        let steps = op.steps.iter().enumerate();
        steps.map(|(step, what)| self.step(what).map_err(|kind| DiskError { step, kind })).collect()
    }

    fn step(&mut self, step: &DiskStep) -> Result<StepDone, DiskErrorKind> {
        match step {
            DiskStep::List { path } => return Ok(StepDone::Listed(self.list(path))),
            DiskStep::Read { path, position, length } => {
                let file = self.files.get(path).ok_or(DiskErrorKind::NotFound)?;
                let start = usize::try_from(*position).unwrap().min(file.len());
                let end = start.saturating_add(usize::try_from(*length).unwrap()).min(file.len());
                return Ok(StepDone::Read(Bytes::copy_from_slice(&file[start..end])));
            }
            DiskStep::CreateDir { path } => {
                self.directories.insert(path.clone());
            }
            DiskStep::Write { path, position, data } => {
                let file = self.files.entry(path.clone()).or_default();
                let mut at = usize::try_from(*position).unwrap();
                for chunk in data {
                    file.resize(file.len().max(at + chunk.len()), 0);
                    file[at..at + chunk.len()].copy_from_slice(chunk);
                    at += chunk.len();
                }
            }
            DiskStep::Truncate { path, length } => {
                let file = self.files.get_mut(path).ok_or(DiskErrorKind::NotFound)?;
                file.resize(usize::try_from(*length).unwrap(), 0);
            }
            DiskStep::Sync { path } => {
                self.files.get(path).ok_or(DiskErrorKind::NotFound)?;
            }
            DiskStep::SyncDir { .. } => {}
            DiskStep::Rename { from, to } => self.rename(from, to),
            DiskStep::Remove { path } => {
                self.files.remove(path);
            }
            DiskStep::RemoveDir { path } => {
                let below = format!("{}/", path.name);
                self.files.retain(|file, _| !file.name.starts_with(&below));
                self.directories.remove(path);
            }
        }
        Ok(StepDone::Done)
    }

    fn rename(&mut self, from: &Path, to: &Path) {
        if let Some(file) = self.files.remove(from) {
            self.files.insert(to.clone(), file);
            return;
        }
        assert!(self.directories.remove(from), "{from:?} is renamed but does not exist");
        self.directories.insert(to.clone());
        let below = format!("{}/", from.name);
        let moved: Vec<_> = self.files.keys().filter(|file| file.name.starts_with(&below)).cloned().collect();
        for old in moved {
            let file = self.files.remove(&old).unwrap();
            self.files.insert(Path::new(to.dir, format!("{}/{}", to.name, &old.name[below.len()..])), file);
        }
    }

    fn list(&self, path: &Path) -> Vec<DirEntry> {
        let here = |other: &Path| &other.parent() == path && !other.name.is_empty();
        let name = |other: &Path| other.name.rsplit('/').next().unwrap().into();
        let files = self.files.iter().filter(|(file, _)| here(file));
        let files = files.map(|(file, content)| DirEntry {
            name: name(file),
            is_dir: false,
            length: content.len() as u64,
        });
        let directories = self.directories.iter().filter(|directory| here(directory));
        let directories =
            directories.map(|directory| DirEntry { name: name(directory), is_dir: true, length: 0 });
        let mut entries: Vec<_> = files.chain(directories).collect();
        entries.sort();
        entries
    }
}

/// A node and all that is around it.
pub struct Broker {
    pub node: Node,
    pub disk: MemoryDisk,
    pub now: Now,
    /// Disk operations wait here while `disk_answers` is false.
    pub waiting: VecDeque<DiskOp>,
    pub disk_answers: bool,
    pub replies: BTreeMap<ConnId, VecDeque<Reply>>,
    pub closed: Vec<(ConnId, CloseReason)>,
    pub events: Vec<Event>,
    pub halted: Option<Reason>,
    next_connection: u64,
    next_correlation: i32,
}

impl Broker {
    /// A node on an empty disk, started and serving.
    pub fn new(config: Config) -> Self {
        Self::on(config, MemoryDisk::default())
    }

    /// A node on a disk that a life before has left.
    pub fn on(config: Config, mut disk: MemoryDisk) -> Self {
        disk.lives += 1;
        let mut broker = Self {
            node: Node::new(config, 6 + disk.lives),
            disk,
            now: Now { monotonic: Timestamp(1), wall_ms: 1_700_000_000_000 },
            waiting: VecDeque::new(),
            disk_answers: true,
            replies: BTreeMap::new(),
            closed: Vec::new(),
            events: Vec::new(),
            halted: None,
            next_connection: 0,
            next_correlation: 0,
        };
        broker.handle(Input::Start);
        broker
    }

    /// One input, and everything the disk and the jobs answer to what follows from it.
    pub fn handle(&mut self, input: Input) {
        let mut inputs = VecDeque::from([input]);
        let mut fx = Effects::new();
        loop {
            while let Some(input) = inputs.pop_front() {
                self.node.handle(self.now, input, &mut fx);
                for effect in fx.drain(..) {
                    match effect {
                        Effect::Reply(connection, reply) => {
                            self.replies.entry(connection).or_default().push_back(reply);
                        }
                        Effect::Close(connection, reason) => self.closed.push((connection, reason)),
                        Effect::Send(channel, ..) => panic!("a quorum of one asks nobody: {channel:?}"),
                        Effect::Disconnect(_) => {}
                        Effect::Disk(op) => self.waiting.push_back(op),
                        Effect::Job(job) => {
                            let done = job.run();
                            inputs.push_back(Input::Job(job, done));
                        }
                        Effect::Observe(event) => self.events.push(event),
                        Effect::Halt(reason) => self.halted = Some(reason),
                    }
                }
            }
            if !self.disk_answers {
                return;
            }
            let Some(op) = self.waiting.pop_front() else { return };
            let result = self.disk.perform(&op);
            inputs.push_back(Input::Disk(op, result));
        }
    }

    /// An orderly stop. The controller, which is this node, lets the broker go within a heartbeat or two.
    pub fn stop(&mut self) {
        self.handle(Input::Shutdown);
        self.pass(1000);
    }

    /// Lets the disk answer everything it was asked.
    pub fn let_disk_answer(&mut self) {
        self.disk_answers = true;
        self.handle(Input::Wake);
    }

    /// Lets time pass, timer by timer.
    pub fn pass(&mut self, milliseconds: u64) {
        let end = self.now.monotonic.0 + milliseconds * 1_000_000;
        while let Some(due) = self.node.next_deadline().filter(|due| due.0 <= end) {
            self.advance_to(due.0.max(self.now.monotonic.0));
            self.handle(Input::Wake);
        }
        self.advance_to(end);
        self.handle(Input::Wake);
    }

    fn advance_to(&mut self, monotonic: u64) {
        let passed_ms = monotonic / 1_000_000 - self.now.monotonic.0 / 1_000_000;
        self.now = Now {
            monotonic: Timestamp(monotonic),
            wall_ms: self.now.wall_ms + i64::try_from(passed_ms).unwrap(),
        };
    }

    /// A new client.
    pub fn connect(&mut self) -> ConnId {
        let id = ConnId(self.next_connection);
        self.next_connection += 1;
        let (host, listener) = ("127.0.0.1".into(), "PLAINTEXT".into());
        self.handle(Input::Opened(id, Peer { host, listener, kind: ListenerKind::Broker }));
        id
    }

    /// Sends a request and does not wait.
    pub fn send(&mut self, connection: ConnId, api_version: i16, body: impl Into<messages::Request>) -> i32 {
        let body = body.into();
        self.next_correlation += 1;
        let header = RequestHeader {
            api_key: body.api_key(),
            api_version,
            correlation_id: self.next_correlation,
            client_id: Some("test".into()),
        };
        let batches = match &body {
            messages::Request::Produce(produce) => produce
                .topic_data
                .iter()
                .flat_map(|topic| &topic.partition_data)
                .map(|data| {
                    let bytes = data.records.as_ref().map(Records::to_bytes).unwrap_or_default();
                    inspect(&BatchView::parse_first(&bytes)?, 1 << 20)
                })
                .collect(),
            _ => Vec::new(),
        };
        self.handle(Input::Request(connection, Request { header, body, batches }));
        self.next_correlation
    }

    /// The next reply on a connection, if it has left.
    pub fn reply(&mut self, connection: ConnId) -> Option<Reply> {
        self.replies.get_mut(&connection)?.pop_front()
    }

    /// Sends a request whose answer must come at once.
    pub fn ask(
        &mut self,
        connection: ConnId,
        api_version: i16,
        body: impl Into<messages::Request>,
    ) -> Response {
        let correlation = self.send(connection, api_version, body);
        let reply = self.reply(connection).expect("the answer comes at once");
        assert_eq!(reply.correlation_id, correlation, "replies leave in order");
        reply.body.expect("a response")
    }

    /// Creates a topic with settings.
    pub fn create_topic(&mut self, connection: ConnId, name: &str, configs: &[(&str, &str)]) {
        let configs =
            configs.iter().map(|(key, value)| messages::create_topics_request::CreatableTopicConfig {
                name: (*key).into(),
                value: Some((*value).into()),
            });
        let topic = CreatableTopic {
            name: name.into(),
            num_partitions: 1,
            replication_factor: 1,
            configs: configs.collect(),
            ..CreatableTopic::default()
        };
        let request =
            CreateTopicsRequest { topics: vec![topic], timeout_ms: 1000, ..CreateTopicsRequest::default() };
        let Response::CreateTopics(response) = self.ask(connection, 5, request) else {
            panic!("an answer of its kind")
        };
        assert_eq!(response.topics[0].error_code.0, 0, "{:?}", response.topics[0].error_message);
    }
}

/// A batch with these values.
pub fn batch(values: &[&[u8]], timestamp: i64) -> Bytes {
    let mut builder = BatchBuilder::new(Codec::None);
    for value in values {
        builder.append(timestamp, None, Some(value), &[]);
    }
    builder.build().expect("a small batch")
}

/// A produce of one batch to partition 0.
pub fn produce(topic: &str, acks: i16, records: Bytes) -> ProduceRequest {
    let data = PartitionProduceData { index: 0, records: Some(records.into()) };
    let topic =
        TopicProduceData { name: topic.into(), partition_data: vec![data], ..TopicProduceData::default() };
    ProduceRequest { acks, timeout_ms: 10_000, topic_data: vec![topic], ..ProduceRequest::default() }
}

/// A fetch of partition 0.
pub fn fetch(topic: &str, offset: i64, max_wait_ms: i32, max_bytes: i32) -> FetchRequest {
    let partition = FetchPartition {
        partition: 0,
        fetch_offset: offset,
        partition_max_bytes: max_bytes,
        ..FetchPartition::default()
    };
    let topic = FetchTopic { topic: topic.into(), partitions: vec![partition], ..FetchTopic::default() };
    FetchRequest { max_wait_ms, min_bytes: 1, max_bytes, topics: vec![topic], ..FetchRequest::default() }
}

/// The key of a reply, for messages of failed assertions.
pub fn key(reply: &Reply) -> ApiKey {
    reply.api_key
}
