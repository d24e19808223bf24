//! The controller over a list of records: what is decided, and what is refused with which code.

mod alter_partition;
mod brokers;
mod elections;
mod features;
mod intact;
mod model;
mod partition_change;
mod reassignment;

use alloc::collections::BTreeSet;

use klamm_wire::Uuid;
use klamm_wire::messages::alter_configs_request::{
    AlterConfigsResource as Replaced, AlterableConfig as Given,
};
use klamm_wire::messages::create_partitions_request::{CreatePartitionsAssignment, CreatePartitionsTopic};
use klamm_wire::messages::create_topics_request::{
    CreatableReplicaAssignment, CreatableTopic, CreatableTopicConfig,
};
use klamm_wire::messages::create_topics_response::CreatableTopicResult;
use klamm_wire::messages::delete_topics_request::DeleteTopicState;
use klamm_wire::messages::incremental_alter_configs_request::{AlterConfigsResource, AlterableConfig};
use klamm_wire::metadata_records::TopicRecord;

use super::*;
use crate::config::{CleanupPolicy, Config};
use crate::edge::{ConnId, Effect, Effects};
use crate::event::Event;
use crate::image::{BROKER_RESOURCE, Resource, TOPIC_RESOURCE};
use crate::log::TailMemory;
use crate::rng::Rng;
use crate::time::{Now, Timestamp};
use crate::timer::Timers;
use crate::types::{BrokerId, OFFSETS_TOPIC};

const CLUSTER: Uuid = Uuid([7; 16]);
/// The node whose controller is active; it is no broker.
const CONTROLLER: BrokerId = 40;
const TICKET: Ticket = Ticket { connection: ConnId(1), sequence: 0 };

/// A controller whose records are committed at once.
struct World {
    controller: Controller,
    soft: Soft,
    config: Config,
    now: Now,
    rng: Rng,
    timers: Timers,
    observed: Vec<Event>,
}

impl World {
    /// A bootstrapped cluster with these brokers, all of them unfenced.
    fn new(brokers: &[BrokerId]) -> Self {
        let mut world = Self {
            controller: Controller::new(MetadataImage::new(CLUSTER)),
            soft: Soft::default(),
            config: Config { node_id: CONTROLLER, ..Config::default() },
            now: Now { monotonic: Timestamp(1_000_000_000), wall_ms: 1_700_000_000_000 },
            rng: Rng::new(1),
            timers: Timers::default(),
            observed: Vec::new(),
        };
        world.run(Command::Activate);
        for id in brokers {
            world.start(*id, u8::try_from(*id).expect("small"));
        }
        world
    }

    fn decide(&mut self, command: Command) -> Result<Decision<MetadataRecord, Answer>, ErrorCode> {
        let mut fx = Effects::new();
        let image = self.image().clone();
        let mut cx = Cx {
            now: self.now,
            config: &self.config,
            image: &image,
            rng: &mut self.rng,
            timers: &mut self.timers,
            tail: &mut TailMemory::new(0),
            fx: &mut fx,
        };
        let decision = self.controller.decide(&mut self.soft, &mut cx, Some(TICKET), command);
        for effect in fx {
            if let Effect::Observe(event) = effect {
                self.observed.push(event);
            }
        }
        decision
    }

    /// Decides and applies, through the bytes of the log; returns the records and the answer.
    fn run(&mut self, command: Command) -> (Vec<MetadataRecord>, Answer) {
        let mut decision = self.decide(command).expect("refusals stand in the answer");
        let base = self.end();
        for (offset, record) in (base..).zip(&decision.records) {
            let (key, value) = Controller::encode(record);
            let read = Controller::decode(key.as_ref(), value.as_ref()).expect("what is written is read");
            assert_eq!(read, *record);
            self.controller.apply(offset, &read);
        }
        let (ticket, answer) = decision.answers.pop().expect("one answer");
        assert_eq!(ticket, TICKET);
        (decision.records, answer)
    }

    fn image(&self) -> &MetadataImage {
        &self.controller.image
    }

    fn end(&self) -> Offset {
        self.image().offset + 1
    }

    /// A broker registers and is let in; `life` names the start.
    fn start(&mut self, id: BrokerId, life: u8) {
        self.register(id, life);
        self.beat(id, |_| {});
    }

    /// A broker that has stopped in order, or is new, registers; its session, if there is one, is over.
    fn register(&mut self, id: BrokerId, life: u8) -> Vec<MetadataRecord> {
        self.soft.forget(id);
        let previous = self.image().brokers.get(&id).map_or(-1, |broker| broker.epoch);
        let (request, epoch) = (registration(id, life, previous), self.end());
        self.run(Command::RegisterBroker { request, epoch }).0
    }

    fn create_all(&mut self, topics: Vec<CreatableTopic>, validate_only: bool) -> Vec<CreatableTopicResult> {
        let request = CreateTopicsRequest { topics, validate_only, ..CreateTopicsRequest::default() };
        match self.run(Command::CreateTopics(request)) {
            (_, Answer::Created(Response::CreateTopics(response))) => response.topics,
            (_, other) => panic!("{other:?}"),
        }
    }

    fn create(&mut self, topic: CreatableTopic) -> (ErrorCode, Str) {
        let result = self.create_all(vec![topic], false).remove(0);
        (result.error_code, result.error_message.unwrap_or_default())
    }

    fn partitions(&self, topic: &str) -> Vec<(Vec<BrokerId>, Option<BrokerId>, i32)> {
        let topic = self.image().topic(topic).expect("it exists");
        topic.partitions.values().map(|p| (p.replicas.clone(), p.leader, p.leader_epoch)).collect()
    }
}

/// The registration of a broker with one directory; `life` names the start.
fn registration(id: BrokerId, life: u8, previous: Offset) -> BrokerRegistrationRequest {
    let config = Config { node_id: id, ..Config::default() };
    registration_of(
        &config,
        CLUSTER,
        Uuid([life; 16]),
        vec![directory(id)],
        LastLife { stopped: previous, synced: -1 },
    )
}

/// The only log directory of a broker.
fn directory(id: BrokerId) -> Uuid {
    Uuid([0xd0 + u8::try_from(id).expect("small"); 16])
}

fn topic(name: &str, num_partitions: i32, replication_factor: i16) -> CreatableTopic {
    CreatableTopic { name: name.into(), num_partitions, replication_factor, ..CreatableTopic::default() }
}

fn with_config(name: &str, key: &str, value: Option<&str>) -> CreatableTopic {
    let config = CreatableTopicConfig { name: key.into(), value: value.map(Into::into) };
    CreatableTopic { configs: vec![config], ..topic(name, 1, 1) }
}

fn assigned(name: &str, assignments: &[(i32, &[BrokerId])]) -> CreatableTopic {
    let of = |(partition_index, brokers): &(i32, &[BrokerId])| CreatableReplicaAssignment {
        partition_index: *partition_index,
        broker_ids: brokers.to_vec(),
    };
    CreatableTopic { assignments: assignments.iter().map(of).collect(), ..topic(name, -1, -1) }
}

/// Goal: a created topic exists with what was asked, and the client is told all of it. Source: KIP-525, KIP-516.
#[test]
fn a_topic_is_created_and_described_in_the_answer() {
    let mut world = World::new(&[1]);
    let asked = CreatableTopic { num_partitions: 3, ..with_config("t", "retention.ms", Some("5")) };
    let result = world.create_all(vec![asked], false).remove(0);
    let image = world.image();
    let created = image.topic("t").expect("it exists");
    assert_eq!(result.topic_id, created.id);
    assert_eq!(
        (result.error_code, result.num_partitions, result.replication_factor),
        (ErrorCode::NONE, 3, 1)
    );
    let configs = result.configs.expect("all settings are told");
    let retention = configs.iter().find(|config| &*config.name == "retention.ms").expect("told");
    assert_eq!((retention.value.as_deref(), retention.config_source), (Some("5"), 1));
    assert!(configs.iter().any(|config| &*config.name == "cleanup.policy" && config.config_source == 5));
    assert_eq!(image.topic_config(&world.config, "t").retention_ms, 5);
    for (replicas, leader, leader_epoch) in world.partitions("t") {
        assert_eq!((replicas, leader, leader_epoch), (vec![1], Some(1), 0));
    }
    assert_eq!(created.partitions[&0].directories, [directory(1)], "the only directory of the broker");
}

/// Goal: -1 takes the broker's defaults (KIP-464), and nothing is written when only a check was asked.
#[test]
fn defaults_are_filled_in_and_validate_only_writes_nothing() {
    let mut world = World::new(&[1, 2]);
    world.config.num_partitions = 4;
    world.config.default_replication_factor = 2;
    let end = world.end();
    let result = world.create_all(vec![topic("t", -1, -1)], true).remove(0);
    assert_eq!(
        (result.error_code, result.num_partitions, result.replication_factor),
        (ErrorCode::NONE, 4, 2)
    );
    assert!(result.topic_id.is_zero() && world.end() == end && world.image().topic("t").is_none());
    world.create_all(vec![topic("t", -1, -1)], false);
    let leaders: BTreeSet<_> = world.partitions("t").into_iter().map(|(_, leader, _)| leader).collect();
    assert_eq!(leaders.len(), 2, "leaders are spread");
}

/// Goal: every check of Kafka's controller has its code. Source: `ReplicationControlManager.createTopic`.
#[test]
fn creations_are_refused_with_kafkas_codes() {
    use ErrorCode as E;
    let mut world = World::new(&[1, 2]);
    world.register(3, 30); // stays fenced
    assert_eq!(world.create(topic("old_topic", 1, 1)).0, E::NONE);
    let both = CreatableTopic { replication_factor: 1, ..assigned("t", &[(0, &[1])]) };
    let count = CreatableTopic { num_partitions: 1, ..assigned("t", &[(0, &[1])]) };
    for (topic, code, message) in [
        (topic("", 1, 1), E::INVALID_TOPIC_EXCEPTION, "empty"),
        (topic("a b", 1, 1), E::INVALID_TOPIC_EXCEPTION, "other characters"),
        (topic("__cluster_metadata", 1, 1), E::TOPIC_AUTHORIZATION_FAILED, "prohibited"),
        (topic("old_topic", 1, 1), E::TOPIC_ALREADY_EXISTS, "already exists"),
        (topic("old.topic", 1, 1), E::INVALID_TOPIC_EXCEPTION, "collides with existing topic: old_topic"),
        (topic("t", 0, 1), E::INVALID_PARTITIONS, "larger than 0"),
        (topic("t", -2, 1), E::INVALID_PARTITIONS, "larger than 0"),
        (topic("t", 1, 0), E::INVALID_REPLICATION_FACTOR, "larger than 0"),
        (topic("t", 1, 4), E::INVALID_REPLICATION_FACTOR, "only 3 broker(s) are registered"),
        (topic("t", 10_001, 1), E::POLICY_VIOLATION, "at most 10000"),
        (with_config("t", "retention.msx", Some("1")), E::INVALID_CONFIG, "retention.msx: unknown"),
        (with_config("t", "retention.ms", Some("x")), E::INVALID_CONFIG, "not a whole number"),
        (with_config("t", "segment.bytes", Some("5")), E::INVALID_CONFIG, "below the minimum"),
        (with_config("t", "retention.ms", None), E::INVALID_CONFIG, "Null value"),
        (both, E::INVALID_REQUEST, "replication factor was not set to -1"),
        (count, E::INVALID_REQUEST, "numPartitions was not set to -1"),
        (assigned("t", &[(0, &[])]), E::INVALID_REPLICA_ASSIGNMENT, "empty replica list"),
        (assigned("t", &[(0, &[1, 1])]), E::INVALID_REPLICA_ASSIGNMENT, "more than once"),
        (assigned("t", &[(0, &[9])]), E::INVALID_REPLICA_ASSIGNMENT, "no such broker"),
        (assigned("t", &[(0, &[1, 2]), (1, &[1])]), E::INVALID_REPLICA_ASSIGNMENT, "not consistent"),
        (assigned("t", &[(0, &[1]), (2, &[1])]), E::INVALID_REPLICA_ASSIGNMENT, "consecutive"),
        (assigned("t", &[(0, &[1]), (0, &[1])]), E::INVALID_REPLICA_ASSIGNMENT, "multiple"),
        (assigned("t", &[(0, &[3])]), E::INVALID_REPLICA_ASSIGNMENT, "are fenced"),
    ] {
        let end = world.end();
        let (refused, text) = world.create(topic.clone());
        assert_eq!(refused, code, "{topic:?}: {text}");
        assert!(text.contains(message), "{text:?} says {message:?}");
        assert_eq!(world.end(), end, "nothing was written for {topic:?}");
    }
    assert_eq!(world.create(assigned("t", &[(1, &[2, 3]), (0, &[1, 2])])).0, E::NONE);
    let placed = world.partitions("t");
    assert_eq!(placed, [(vec![1, 2], Some(1), 0), (vec![2, 3], Some(2), 0)]);
}

/// Goal: topics of one request are answered each for itself, and see each other.
#[test]
fn topics_of_one_request_are_checked_against_each_other() {
    let mut world = World::new(&[1]);
    let asked = ["twice", "a.b", "a_b", "twice", "good"].map(|name| topic(name, 1, 1));
    let results = world.create_all(asked.into(), false);
    let codes: Vec<_> = results.iter().map(|result| (&*result.name, result.error_code)).collect();
    assert_eq!(
        codes,
        [
            ("twice", ErrorCode::INVALID_REQUEST),
            ("a.b", ErrorCode::NONE),
            ("a_b", ErrorCode::INVALID_TOPIC_EXCEPTION),
            ("good", ErrorCode::NONE),
        ]
    );
    assert_eq!(world.image().topic_count(), 2);
}

/// Goal: the topic of committed offsets comes with its settings, whoever creates it.
#[test]
fn the_offsets_topic_is_compacted() {
    let mut world = World::new(&[1]);
    assert_eq!(world.create(topic(OFFSETS_TOPIC, 5, 3)).0, ErrorCode::INVALID_REPLICATION_FACTOR);
    assert_eq!(world.create(topic(OFFSETS_TOPIC, 5, 1)).0, ErrorCode::NONE);
    let config = world.image().topic_config(&world.config, OFFSETS_TOPIC);
    assert_eq!(config.cleanup_policy, CleanupPolicy { delete: false, compact: true });
    assert_eq!(config.segment_bytes, 104_857_600);
}

/// Goal: topics go by name or id, each answered for itself. Source: `ControllerApis.deleteTopics`.
#[test]
fn deletions_are_answered_one_by_one() {
    use ErrorCode as E;
    let mut world = World::new(&[1]);
    for name in ["a", "b", "c"] {
        world.create(topic(name, 1, 1));
    }
    let id = |name: &str| world.image().topic(name).expect("it exists").id;
    let (b, c) = (id("b"), id("c"));
    let state = |name: Option<&str>, topic_id| DeleteTopicState { name: name.map(Into::into), topic_id };
    let topics = vec![
        state(Some("a"), Uuid::ZERO),
        state(None, b),
        state(Some("no"), Uuid::ZERO),
        state(None, Uuid([9; 16])),
        state(None, Uuid::ZERO),
        state(Some("c"), c),
        state(Some("c"), Uuid::ZERO),
        state(None, c),
    ];
    let request = DeleteTopicsRequest { topics, ..DeleteTopicsRequest::default() };
    let (records, Answer::Response(Response::DeleteTopics(response))) =
        world.run(Command::DeleteTopics(request))
    else {
        panic!("a response");
    };
    let results: Vec<_> = response.responses.iter().map(|r| (r.name.as_deref(), r.error_code)).collect();
    assert_eq!(
        results,
        [
            (Some("a"), E::NONE),
            (Some("b"), E::NONE),
            (Some("no"), E::UNKNOWN_TOPIC_OR_PARTITION),
            (None, E::UNKNOWN_TOPIC_ID),
            (None, E::INVALID_REQUEST),
            (Some("c"), E::INVALID_REQUEST),
            (None, E::INVALID_REQUEST),
        ]
    );
    assert_eq!(records.len(), 2);
    assert_eq!(world.image().topics().map(|topic| &*topic.name).collect::<Vec<_>>(), ["c"]);
}

/// Goal: partitions are added behind the ones there are, with the topic's factor, and never taken away.
#[test]
fn partitions_are_only_added() {
    use ErrorCode as E;
    let mut world = World::new(&[1, 2]);
    world.create(topic("t", 2, 2));
    let mut grow = |name: &str, count, assignments: Option<Vec<Vec<BrokerId>>>, validate_only| {
        let of = |broker_ids| CreatePartitionsAssignment { broker_ids };
        let assignments = assignments.map(|all| all.into_iter().map(of).collect());
        let topics = vec![CreatePartitionsTopic { name: name.into(), count, assignments }];
        let request = CreatePartitionsRequest { topics, validate_only, ..Default::default() };
        match world.run(Command::CreatePartitions(request)) {
            (records, Answer::Created(Response::CreatePartitions(response))) => {
                (response.results[0].error_code, records.len())
            }
            (_, other) => panic!("{other:?}"),
        }
    };
    assert_eq!(grow("no", 3, None, false), (E::UNKNOWN_TOPIC_OR_PARTITION, 0));
    assert_eq!(grow("t", 2, None, false), (E::INVALID_PARTITIONS, 0));
    assert_eq!(grow("t", 1, None, false), (E::INVALID_PARTITIONS, 0));
    assert_eq!(grow("t", 20_000, None, false), (E::POLICY_VIOLATION, 0));
    assert_eq!(grow("t", 4, Some(vec![vec![1, 2]]), false), (E::INVALID_REPLICA_ASSIGNMENT, 0));
    assert_eq!(grow("t", 3, Some(vec![vec![1]]), false), (E::INVALID_REPLICA_ASSIGNMENT, 0));
    assert_eq!(grow("t", 3, None, true), (E::NONE, 0));
    assert_eq!(grow("t", 3, Some(vec![vec![2, 1]]), false), (E::NONE, 1));
    assert_eq!(grow("t", 5, None, false), (E::NONE, 2));
    let placed = world.partitions("t");
    assert_eq!((placed.len(), &placed[2]), (5, &(vec![2, 1], Some(2), 0)));
    assert!(placed.iter().all(|(replicas, ..)| replicas.len() == 2));
}

/// Goal: a restarted broker leads again, under a higher epoch, and speaks for its new start only.
#[test]
fn a_restart_moves_every_leader_epoch_on() {
    let mut world = World::new(&[1]);
    world.create(topic("t", 2, 1));
    let old = world.image().brokers[&1].epoch;
    assert!(world.register(1, 1).is_empty(), "the same start again");
    let records = world.register(1, 2);
    let new = world.image().brokers[&1].epoch;
    assert!(new > old);
    assert_eq!(records.len(), 3, "the registration and a change of each partition");
    assert!(world.partitions("t").iter().all(|(_, leader, _)| leader.is_none()), "until it is let in");
    let beat = |broker_id, broker_epoch| {
        Command::Heartbeat(BrokerHeartbeatRequest { broker_id, broker_epoch, ..Default::default() })
    };
    for (id, epoch) in [(1, old), (5, 0)] {
        assert_eq!(world.decide(beat(id, epoch)), Err(ErrorCode::STALE_BROKER_EPOCH));
    }
    world.beat(1, |_| {});
    assert!(world.partitions("t").iter().all(|(_, leader, epoch)| *leader == Some(1) && *epoch == 2));
    let end = world.end();
    world.beat(1, |_| {});
    assert_eq!(world.end(), end, "it is let in once");
}

/// Goal: the broker's epoch is the offset of its registration. Source: KIP-631.
#[test]
fn a_broker_epoch_is_the_offset_of_the_registration() {
    let mut world = World::new(&[]);
    let end = world.end();
    world.register(1, 1);
    assert_eq!(world.image().brokers[&1].epoch, end);
}

/// Goal: no id is given twice, whoever asks, also over a restart. Method: blocks from one log.
#[test]
fn producer_id_blocks_never_overlap() {
    let mut world = World::new(&[1, 2]);
    let mut blocks = Vec::new();
    for broker_id in [1, 2, 1] {
        let request = AllocateProducerIdsRequest { broker_id, broker_epoch: world.epoch(broker_id) };
        let answer = world.run(Command::AllocateProducerIds(request)).1;
        let Answer::Response(Response::AllocateProducerIds(response)) = answer else { panic!("{answer:?}") };
        blocks.push((response.producer_id_start, response.producer_id_len));
    }
    assert_eq!(blocks, [(0, 1000), (1000, 1000), (2000, 1000)]);
    let stale = AllocateProducerIdsRequest { broker_id: 1, broker_epoch: -1 };
    assert_eq!(world.decide(Command::AllocateProducerIds(stale)), Err(ErrorCode::STALE_BROKER_EPOCH));
}

/// Goal: a cluster begins once, at the metadata version this build writes, with nothing it does not serve.
#[test]
fn a_cluster_begins_once() {
    let mut world = World::new(&[]);
    let image = world.image();
    let levels =
        [("metadata.version", 30), ("eligible.leader.replicas.version", 1), ("transaction.version", 2)];
    let levels = levels.map(|(name, level)| (name.into(), level));
    assert_eq!(image.features, levels.into());
    assert_eq!(
        world.setting(BROKER_RESOURCE, "", "min.insync.replicas"),
        Some("1"),
        "the same for everybody"
    );
    assert!(world.run(Command::Activate).0.is_empty());
}

/// One key of a change: name, operation, value.
type Change<'a> = (&'a str, i8, Option<&'a str>);

impl World {
    fn alter(
        &mut self,
        kind: i8,
        resource: &str,
        changes: &[Change<'_>],
        validate_only: bool,
    ) -> (ErrorCode, usize) {
        let configs = changes.iter().map(|(name, config_operation, value)| AlterableConfig {
            name: (*name).into(),
            config_operation: *config_operation,
            value: value.map(Into::into),
        });
        let resource = AlterConfigsResource {
            resource_type: kind,
            resource_name: resource.into(),
            configs: configs.collect(),
        };
        let request = IncrementalAlterConfigsRequest { resources: vec![resource], validate_only };
        match self.run(Command::IncrementalAlterConfigs(request)) {
            (records, Answer::Response(Response::IncrementalAlterConfigs(response))) => {
                let result = &response.responses[0];
                assert_eq!(result.error_code == ErrorCode::NONE, result.error_message.is_none());
                (result.error_code, records.len())
            }
            (_, other) => panic!("{other:?}"),
        }
    }

    fn setting(&self, kind: i8, resource: &str, name: &str) -> Option<&str> {
        let resource = Resource { kind, name: resource.into() };
        self.image().overrides(&resource).get(name).map(|value| &**value)
    }
}

const SET: i8 = 0;
const DELETE: i8 = 1;
const APPEND: i8 = 2;
const SUBTRACT: i8 = 3;

/// Goal: single settings are set, taken back, appended to and subtracted from; what is so already is not
/// written again. Source: KIP-339.
#[test]
fn settings_are_changed_one_by_one() {
    let mut world = World::new(&[1]);
    world.create(topic("t", 1, 1));
    let t = TOPIC_RESOURCE;
    assert_eq!(world.alter(t, "t", &[("retention.ms", SET, Some("5"))], false), (ErrorCode::NONE, 1));
    assert_eq!(world.alter(t, "t", &[("retention.ms", SET, Some("5"))], false), (ErrorCode::NONE, 0));
    assert_eq!(
        world.alter(t, "t", &[("cleanup.policy", APPEND, Some("compact"))], false),
        (ErrorCode::NONE, 1)
    );
    assert_eq!(world.setting(t, "t", "cleanup.policy"), Some("delete,compact"), "appended to the default");
    world.alter(t, "t", &[("cleanup.policy", SUBTRACT, Some("delete"))], false);
    assert_eq!(world.setting(t, "t", "cleanup.policy"), Some("compact"));
    assert_eq!(world.alter(t, "t", &[("retention.ms", DELETE, None)], true), (ErrorCode::NONE, 0));
    assert_eq!(world.setting(t, "t", "retention.ms"), Some("5"), "that was only a check");
    assert_eq!(world.alter(t, "t", &[("retention.ms", DELETE, None)], false), (ErrorCode::NONE, 1));
    assert_eq!(world.setting(t, "t", "retention.ms"), None);
    let b = BROKER_RESOURCE;
    assert_eq!(world.alter(b, "", &[("log.retention.ms", SET, Some("6"))], false), (ErrorCode::NONE, 1));
    assert_eq!(world.alter(b, "1", &[("message.max.bytes", SET, Some("7"))], false), (ErrorCode::NONE, 1));
    let of_broker = Config { node_id: 1, ..Config::default() };
    let config = world.image().topic_config(&of_broker, "t");
    assert_eq!((config.retention_ms, config.max_message_bytes), (6, 7));
}

/// Goal: one wrong key refuses its resource whole, with the code clients act on. Source: `ConfigAdminManager`,
/// `ConfigurationControlManager`.
#[test]
fn alterations_are_refused_whole() {
    use ErrorCode as E;
    let mut world = World::new(&[1]);
    world.create(topic("t", 1, 1));
    let good: Change<'_> = ("retention.bytes", SET, Some("1"));
    for (kind, resource, change, code) in [
        (TOPIC_RESOURCE, "t", ("retention.msx", SET, Some("1")), E::INVALID_CONFIG),
        (TOPIC_RESOURCE, "t", ("retention.msx", DELETE, None), E::INVALID_CONFIG),
        (TOPIC_RESOURCE, "t", ("retention.ms", SET, Some("-7")), E::INVALID_CONFIG),
        (TOPIC_RESOURCE, "t", ("remote.storage.enable", SET, Some("true")), E::INVALID_CONFIG),
        (TOPIC_RESOURCE, "t", ("retention.ms", APPEND, Some("1")), E::INVALID_CONFIG),
        (TOPIC_RESOURCE, "t", ("cleanup.policy", APPEND, Some("x")), E::INVALID_CONFIG),
        (TOPIC_RESOURCE, "t", ("retention.ms", SET, None), E::INVALID_REQUEST),
        (TOPIC_RESOURCE, "t", ("retention.ms", 9, Some("1")), E::INVALID_REQUEST),
        (TOPIC_RESOURCE, "t", ("retention.bytes", SET, Some("2")), E::INVALID_REQUEST),
        (TOPIC_RESOURCE, "no", ("retention.ms", SET, Some("1")), E::UNKNOWN_TOPIC_OR_PARTITION),
        (BROKER_RESOURCE, "1", ("num.partitions", SET, Some("1")), E::INVALID_REQUEST),
        (BROKER_RESOURCE, "1", ("no.such.key", SET, Some("1")), E::INVALID_CONFIG),
        (BROKER_RESOURCE, "9", ("log.retention.ms", SET, Some("1")), E::BROKER_ID_NOT_REGISTERED),
        (BROKER_RESOURCE, "x", ("log.retention.ms", SET, Some("1")), E::INVALID_REQUEST),
        (16, "m", ("interval.ms", SET, Some("1")), E::INVALID_REQUEST),
    ] {
        let changes = if kind == TOPIC_RESOURCE { vec![good, change] } else { vec![change] };
        assert_eq!(world.alter(kind, resource, &changes, false), (code, 0), "{resource} {change:?}");
    }
    assert_eq!(world.setting(TOPIC_RESOURCE, "t", "retention.bytes"), None);
}

/// Goal: the old API takes back what it does not name, and refuses a resource that is named twice.
#[test]
fn alter_configs_replaces_everything() {
    let mut world = World::new(&[1]);
    world.create(with_config("t", "retention.ms", Some("5")));
    let replace = |configs: &[(&str, Option<&str>)]| Replaced {
        resource_type: TOPIC_RESOURCE,
        resource_name: "t".into(),
        configs: configs
            .iter()
            .map(|(name, value)| Given { name: (*name).into(), value: value.map(Into::into) })
            .collect(),
    };
    let mut alter = |resources| {
        let request = AlterConfigsRequest { resources, validate_only: false };
        match world.run(Command::AlterConfigs(request)) {
            (records, Answer::Response(Response::AlterConfigs(response))) => {
                (response.responses.iter().map(|r| r.error_code).collect::<Vec<_>>(), records.len())
            }
            (_, other) => panic!("{other:?}"),
        }
    };
    let twice = vec![replace(&[]), replace(&[])];
    assert_eq!(alter(twice), (vec![ErrorCode::INVALID_REQUEST; 2], 0));
    assert_eq!(alter(vec![replace(&[("retention.ms", None)])]), (vec![ErrorCode::INVALID_REQUEST], 0));
    assert_eq!(alter(vec![replace(&[("retention.ms", Some("x"))])]), (vec![ErrorCode::INVALID_CONFIG], 0));
    assert_eq!(alter(vec![replace(&[("retention.bytes", Some("9"))])]), (vec![ErrorCode::NONE], 2));
    assert_eq!(world.setting(TOPIC_RESOURCE, "t", "retention.ms"), None);
    assert_eq!(world.setting(TOPIC_RESOURCE, "t", "retention.bytes"), Some("9"));
}

/// Goal: Kafka reads the metadata log. Method: the bytes of a record, by hand: framing 1, type 2, version 0;
/// compact string, id, no tags.
#[test]
fn a_metadata_record_has_kafkas_bytes() {
    let record = TopicRecord { name: "abc".into(), topic_id: Uuid([0x11; 16]) };
    let (key, value) = Controller::encode(&record.into());
    let expected = [&[1, 2, 0, 4][..], b"abc", &[0x11; 16], &[0]].concat();
    assert_eq!((key, value.as_deref()), (None, Some(&expected[..])));
    assert_eq!(Controller::decode(None, Some(&Bytes::from_static(&[1, 99, 0, 0]))), None, "an unknown type");
    assert_eq!(Controller::decode(None, None), None);
}
