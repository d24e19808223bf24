//! An administrator: creates the workload's topics, and now and then deletes records or plays with topics
//! that nobody else uses.

use klamm_wire::messages::create_topics_request::{CreatableTopic, CreatableTopicConfig};
use klamm_wire::messages::delete_records_request::{DeleteRecordsPartition, DeleteRecordsTopic};
use klamm_wire::messages::{
    CreatePartitionsRequest, CreateTopicsRequest, DeleteRecordsRequest, DeleteTopicsRequest, MetadataRequest,
    Response, create_partitions_request::CreatePartitionsTopic, metadata_request::MetadataRequestTopic,
};
use klamm_wire::{ErrorCode, Str, Uuid};

use super::cluster::{Cluster, ClusterConfig, News};
use super::{ClientEffect, ClientInput, SimClient};
use crate::checkers::Check;
use crate::clock::Time;
use crate::coverage::Point;
use crate::ledger::{Existence, Ledger, PartitionId, TopicFacts};
use crate::network::{NodeId, Stamp};
use crate::random::Stream;

/// A topic to be created.
#[derive(Clone, Debug)]
pub struct NewTopic {
    /// Its name.
    pub name: Str,
    /// Number of partitions.
    pub partitions: i32,
    /// Number of replicas of each.
    pub replication_factor: i16,
    /// Topic settings.
    pub configs: Vec<(&'static str, String)>,
}

/// How an administrator behaves.
#[derive(Clone, Debug)]
pub struct AdminConfig {
    /// Created first, before anything else.
    pub topics: Vec<NewTopic>,
    /// Partitions whose records may be deleted.
    pub deletable: Vec<PartitionId>,
    /// Create, grow and delete topics of its own.
    pub plays: bool,
    /// Milliseconds between operations, at most.
    pub pause_ms_max: u64,
    /// Brokers pass on what is asked of the controller, again if an answer is lost: it may be executed twice.
    pub is_passed_on: bool,
}

#[derive(Clone, Debug)]
enum Operation {
    Create(NewTopic),
    Grow(Str, i32),
    Delete(Str),
    DeleteRecords(PartitionId, i64),
    /// Asks for the id of a topic whose creation was answered into the void.
    Learn(Str),
}

/// The administrator of the workload.
#[derive(Clone, Debug)]
pub struct Admin {
    config: AdminConfig,
    cluster: Cluster<()>,
    /// An answer is waited for.
    busy: bool,
    /// Under way, or to be asked again; and how often it was sent.
    current: Option<(Operation, u32)>,
    to_create: Vec<NewTopic>,
    next_at: Time,
    toys: u32,
    ending: bool,
    random: Stream,
}

impl Admin {
    /// An administrator that starts at `start` and knows these brokers.
    pub fn new(seed: u64, start: Time, bootstrap: &[NodeId], config: AdminConfig) -> Self {
        let mut to_create = config.topics.clone();
        to_create.reverse();
        let cluster = ClusterConfig {
            name: "admin",
            number: 0,
            bootstrap,
            timeout_ms: 4000,
            partitions: &config.deletable,
        };
        Self {
            cluster: Cluster::new(seed, start, &cluster),
            busy: false,
            current: None,
            to_create,
            next_at: start,
            toys: 0,
            ending: false,
            random: Stream::new(seed, "admin"),
            config,
        }
    }

    fn pump(&mut self, now: Time, ledger: &mut Ledger, fx: &mut Vec<ClientEffect>) {
        self.cluster.keep_up(now, ledger, fx);
        if self.busy || self.next_at > now || self.cluster.anyone().is_none() {
            return;
        }
        if self.current.is_none() {
            let next = match self.to_create.pop() {
                Some(topic) => Some(Operation::Create(topic)),
                None if self.ending => None,
                None => self.draw(ledger),
            };
            let Some(operation) = next else {
                self.next_at = now.after_ms(100);
                return;
            };
            self.current = Some((operation, 0));
        }
        self.ask(now, ledger, fx);
    }

    /// Something to do beyond the workload's own topics.
    fn draw(&mut self, ledger: &Ledger) -> Option<Operation> {
        if self.config.plays && self.random.chance(500_000) {
            let toys: Vec<Str> = ledger
                .topics
                .iter()
                .filter(|(name, facts)| name.starts_with("toy-") && facts.existence == Existence::There)
                .map(|(name, _)| name.clone())
                .collect();
            return Some(if toys.len() < 2 || (toys.len() < 5 && self.random.chance(500_000)) {
                self.toys += 1;
                let partitions = i32::try_from(self.random.between(1, 4)).expect("small");
                let name = format!("toy-{}", self.toys).into();
                let configs = Vec::new();
                Operation::Create(NewTopic { name, partitions, replication_factor: 1, configs })
            } else {
                let name = self.random.pick(&toys).clone();
                if self.random.chance(500_000) {
                    Operation::Delete(name)
                } else {
                    let (_, asked) = ledger.topics[&name].partitions;
                    Operation::Grow(name, asked + 1)
                }
            });
        }
        if self.config.deletable.is_empty() {
            return None;
        }
        let partition = *self.random.pick(&self.config.deletable);
        let facts = &ledger.partitions[partition];
        let known: Vec<i64> =
            facts.acknowledged.range(facts.delete_asked..).map(|(offset, _)| *offset).take(64).collect();
        (!known.is_empty()).then(|| Operation::DeleteRecords(partition, *self.random.pick(&known)))
    }

    /// Sends the current operation, for the first time or again.
    fn ask(&mut self, now: Time, ledger: &mut Ledger, fx: &mut Vec<ClientEffect>) {
        let (operation, times) = self.current.as_mut().expect("there is something to do");
        // Any broker passes changes on to the controller; records are deleted by their leader.
        let node = match operation {
            Operation::DeleteRecords(partition, _) => self.cluster.leader(*partition),
            _ => self.cluster.anyone(),
        };
        let Some(node) = node else {
            self.next_at = now.after_ms(50);
            return;
        };
        *times += 1;
        self.busy = true;
        match operation {
            Operation::Create(topic) => {
                let request = create_request(topic);
                let unsure = TopicFacts {
                    id: None,
                    existence: Existence::Unsure,
                    partitions: (topic.partitions, topic.partitions),
                    creation_given_up: self.config.is_passed_on,
                };
                ledger.topics.entry(topic.name.clone()).or_insert(unsure);
                self.cluster.send(now, node, 7, request, (), fx);
            }
            Operation::Grow(name, count) => {
                let facts = ledger.topics.get_mut(name).expect("a toy");
                facts.partitions.1 = facts.partitions.1.max(*count);
                let topics =
                    vec![CreatePartitionsTopic { name: name.clone(), count: *count, assignments: None }];
                let request = CreatePartitionsRequest { topics, timeout_ms: 2000, validate_only: false };
                self.cluster.send(now, node, 2, request, (), fx);
            }
            Operation::Delete(name) => {
                ledger.topics.get_mut(name).expect("a toy").existence = Existence::Unsure;
                let request = DeleteTopicsRequest {
                    topic_names: vec![name.clone()],
                    timeout_ms: 2000,
                    ..DeleteTopicsRequest::default()
                };
                self.cluster.send(now, node, 4, request, (), fx);
            }
            Operation::DeleteRecords(partition, offset) => {
                let facts = &mut ledger.partitions[*partition];
                facts.delete_asked = facts.delete_asked.max(*offset);
                let partitions =
                    vec![DeleteRecordsPartition { partition_index: facts.name.partition, offset: *offset }];
                let topics = vec![DeleteRecordsTopic { name: facts.name.topic.clone(), partitions }];
                let request = DeleteRecordsRequest { topics, timeout_ms: 2000 };
                self.cluster.send(now, node, 2, request, (), fx);
            }
            Operation::Learn(name) => {
                let topics = vec![MetadataRequestTopic { name: Some(name.clone()), topic_id: Uuid::ZERO }];
                let request = MetadataRequest { topics: Some(topics), ..MetadataRequest::default() };
                self.cluster.send(now, node, 12, request, (), fx);
            }
        }
    }

    /// What was asked on a connection that is gone may still be executed, however late.
    fn on_lost(&mut self, requests: &[()], ledger: &mut Ledger) {
        self.busy &= requests.is_empty();
        if let Some((Operation::Create(topic), _)) = self.current.as_ref().filter(|_| !requests.is_empty()) {
            ledger.topics.get_mut(&topic.name).expect("noted when it was asked for").creation_given_up = true;
        }
    }

    fn on_answer(&mut self, now: Time, response: Response, stamp: &Stamp, ledger: &mut Ledger) {
        let Some((operation, times)) = self.current.clone() else { return };
        self.next_at = now.after_ms(self.random.below(self.config.pause_ms_max + 1));
        let again = times > 1 || self.config.is_passed_on;
        let done = match (&operation, response) {
            (Operation::Create(topic), Response::CreateTopics(answer)) => {
                let Some(result) = answer.topics.first() else { return };
                let exists = result.error_code == ErrorCode::TOPIC_ALREADY_EXISTS && again;
                if result.error_code.is_none() || exists {
                    let facts = ledger.topics.get_mut(&topic.name).expect("noted when it was asked for");
                    facts.existence = Existence::There;
                    if exists {
                        self.current = Some((Operation::Learn(topic.name.clone()), 0));
                        return;
                    }
                    facts.id = Some(result.topic_id);
                    Ok(())
                } else {
                    Err(result.error_code)
                }
            }
            (Operation::Grow(name, count), Response::CreatePartitions(answer)) => {
                let Some(result) = answer.results.first() else { return };
                let facts = ledger.topics.get_mut(name).expect("a toy");
                // Refused as not growing: an earlier attempt had been executed.
                if result.error_code.is_none()
                    || (result.error_code == ErrorCode::INVALID_PARTITIONS && again)
                {
                    facts.partitions.0 = facts.partitions.0.max(*count);
                    Ok(())
                } else {
                    Err(result.error_code)
                }
            }
            (Operation::Delete(name), Response::DeleteTopics(answer)) => {
                let Some(result) = answer.responses.first() else { return };
                let gone = result.error_code == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION && again;
                if result.error_code.is_none() || gone {
                    ledger.topics.get_mut(name).expect("a toy").existence = Existence::Gone;
                    ledger.coverage.hit(Point::TopicDeleted);
                    Ok(())
                } else {
                    Err(result.error_code)
                }
            }
            (Operation::DeleteRecords(partition, offset), Response::DeleteRecords(answer)) => {
                let result = answer.topics.first().and_then(|topic| topic.partitions.first());
                let Some(result) = result else { return };
                if result.error_code.is_none() {
                    ledger.start_told(now, *partition, result.low_watermark, stamp);
                    if result.low_watermark < *offset {
                        let object = ledger.partitions[*partition].name.to_string();
                        let low = result.low_watermark;
                        let sentence =
                            format!("records below {offset} are gone, and the low watermark is {low}");
                        ledger.violate(Check::Reply, now, object, sentence);
                    }
                    let facts = &mut ledger.partitions[*partition];
                    facts.deleted_to = facts.deleted_to.max(*offset);
                    ledger.coverage.hit(Point::RecordsDeleted);
                    Ok(())
                } else if result.error_code == ErrorCode::REQUEST_TIMED_OUT {
                    ledger.coverage.hit(Point::DeletionTimedOut);
                    Err(result.error_code)
                } else if result.error_code == ErrorCode::OFFSET_OUT_OF_RANGE {
                    // Legal where records were lost by contract; the offset may be ahead of the log now.
                    Ok(())
                } else {
                    Err(result.error_code)
                }
            }
            (Operation::Learn(name), Response::Metadata(answer)) => {
                let Some(result) = answer.topics.first() else { return };
                if result.error_code.is_none() {
                    ledger.topics.get_mut(name).expect("it exists").id = Some(result.topic_id);
                    Ok(())
                } else {
                    Err(result.error_code)
                }
            }
            (operation, response) => {
                let sentence = format!("{operation:?} was answered by {:?}", response.api_key());
                return ledger.violate(Check::Reply, now, "admin", sentence);
            }
        };
        match done {
            Ok(()) => self.current = None,
            // Brokers that are away, or about to go, get no replicas: the same wish may be granted later.
            Err(error) if error.is_retriable() || error == ErrorCode::INVALID_REPLICATION_FACTOR => {
                self.cluster.on_error(now, error);
                self.cluster.change_contact();
            }
            Err(error) => {
                if !ledger.damaged {
                    let sentence = format!("{operation:?} was refused with {}", error.name());
                    ledger.violate(Check::Meta, now, "admin", sentence);
                }
                self.current = None;
            }
        }
    }
}

fn create_request(topic: &NewTopic) -> CreateTopicsRequest {
    let config = |(name, value): &(&'static str, String)| CreatableTopicConfig {
        name: (*name).into(),
        value: Some(value.as_str().into()),
    };
    CreateTopicsRequest {
        topics: vec![CreatableTopic {
            name: topic.name.clone(),
            num_partitions: topic.partitions,
            replication_factor: topic.replication_factor,
            assignments: Vec::new(),
            configs: topic.configs.iter().map(config).collect(),
        }],
        timeout_ms: 2000,
        validate_only: false,
    }
}

impl SimClient for Admin {
    fn handle(&mut self, now: Time, input: ClientInput, ledger: &mut Ledger, fx: &mut Vec<ClientEffect>) {
        self.cluster.hear(now, input, ledger, fx);
        while let Some(news) = self.cluster.news() {
            match news {
                News::Lost(_, requests) => self.on_lost(&requests, ledger),
                News::Answer(_, (), response, stamp) => {
                    self.busy = false;
                    self.on_answer(now, response, &stamp, ledger);
                }
            }
        }
        self.pump(now, ledger, fx);
    }

    fn next_deadline(&self) -> Option<Time> {
        let waits = !self.busy && self.cluster.anyone().is_some();
        [self.cluster.next_deadline(), waits.then_some(self.next_at)].into_iter().flatten().min()
    }

    fn wind_down(&mut self, _now: Time) {
        self.ending = true;
    }

    fn is_done(&self) -> bool {
        self.current.is_none() && self.to_create.is_empty()
    }

    fn describe(&self) -> String {
        format!("admin with {:?} under way and {} topics to create", self.current, self.to_create.len())
    }

    fn clone_box(&self) -> Box<dyn SimClient> {
        Box::new(self.clone())
    }
}
