//! Moves partitions from broker to broker, throttled or not, and takes some moves back.

use klamm_core::types::BrokerId;
use klamm_wire::messages::alter_partition_reassignments_request::{ReassignablePartition, ReassignableTopic};
use klamm_wire::messages::incremental_alter_configs_request::{AlterConfigsResource, AlterableConfig};
use klamm_wire::messages::{AlterPartitionReassignmentsRequest, IncrementalAlterConfigsRequest, Response};
use klamm_wire::{ErrorCode, Str};

use super::cluster::{Cluster, ClusterConfig, News};
use super::{ClientEffect, ClientInput, SimClient};
use crate::checkers::Check;
use crate::clock::Time;
use crate::coverage::Point;
use crate::ledger::{Ledger, PartitionId};
use crate::network::NodeId;
use crate::random::Stream;

/// How partitions are moved.
#[derive(Clone, Debug)]
pub struct MoverConfig {
    /// What is moved, and on how many brokers it lies.
    pub partitions: Vec<(PartitionId, usize)>,
    /// Where to.
    pub brokers: Vec<BrokerId>,
    /// Bytes per second that moves may take.
    pub throttle: Option<u64>,
    /// Milliseconds between operations, at most.
    pub pause_ms_max: u64,
    /// Nothing is moved later.
    pub until: Time,
}

#[derive(Clone, Debug)]
enum Operation {
    /// To these brokers, or with `None` back.
    Move(PartitionId, Option<Vec<BrokerId>>),
    Throttle,
    Unthrottle,
}

/// The one who moves them.
#[derive(Clone, Debug)]
pub struct Mover {
    config: MoverConfig,
    cluster: Cluster<()>,
    busy: bool,
    current: Option<Operation>,
    /// Throttles may be in place.
    throttled: bool,
    next_at: Time,
    ending: bool,
    random: Stream,
}

impl Mover {
    /// Begins at `start` and knows these brokers.
    pub fn new(seed: u64, start: Time, bootstrap: &[NodeId], config: MoverConfig) -> Self {
        let cluster =
            ClusterConfig { name: "mover", number: 0, bootstrap, timeout_ms: 4000, partitions: &[] };
        Self {
            cluster: Cluster::new(seed, start, &cluster),
            busy: false,
            current: None,
            throttled: false,
            next_at: start,
            ending: false,
            random: Stream::new(seed, "mover"),
            config,
        }
    }

    fn pump(&mut self, now: Time, ledger: &Ledger, fx: &mut Vec<ClientEffect>) {
        self.cluster.keep_up(now, ledger, fx);
        if self.busy || self.next_at > now {
            return;
        }
        let Some(node) = self.cluster.anyone() else { return };
        if self.current.is_none() {
            self.current = self.draw(now);
        }
        let Some(operation) = self.current.clone() else {
            self.next_at = now.after_ms(100);
            return;
        };
        self.busy = true;
        match operation {
            Operation::Move(partition, replicas) => {
                let request = move_request(partition, replicas, ledger);
                self.cluster.send(now, node, 0, request, (), fx);
            }
            Operation::Throttle => {
                self.throttled = true;
                let request = self.throttle_request(self.config.throttle, ledger);
                self.cluster.send(now, node, 1, request, (), fx);
            }
            Operation::Unthrottle => {
                let request = self.throttle_request(None, ledger);
                self.cluster.send(now, node, 1, request, (), fx);
            }
        }
    }

    fn draw(&mut self, now: Time) -> Option<Operation> {
        if self.ending || now >= self.config.until {
            return (self.throttled && self.ending).then_some(Operation::Unthrottle);
        }
        if self.config.throttle.is_some() && !self.throttled {
            return Some(Operation::Throttle);
        }
        if self.throttled && self.random.chance(50_000) {
            return Some(Operation::Unthrottle);
        }
        let (partition, factor) = *self.random.pick(&self.config.partitions);
        if self.random.chance(200_000) {
            return Some(Operation::Move(partition, None));
        }
        let mut brokers = self.config.brokers.clone();
        self.random.shuffle(&mut brokers);
        brokers.truncate(factor);
        Some(Operation::Move(partition, Some(brokers)))
    }

    /// As `kafka-reassign-partitions` sets and clears them, for all brokers and all replicas at once.
    fn throttle_request(&self, rate: Option<u64>, ledger: &Ledger) -> IncrementalAlterConfigsRequest {
        let config = |name: &str, value: Option<String>| AlterableConfig {
            name: name.into(),
            config_operation: if value.is_some() { 0 } else { 1 },
            value: value.map(Into::into),
        };
        let both = |what: &str, value: Option<String>| {
            let name = |side: &str| format!("{side}.replication.throttled.{what}");
            vec![config(&name("leader"), value.clone()), config(&name("follower"), value)]
        };
        let mut topics: Vec<Str> =
            self.config.partitions.iter().map(|(id, _)| ledger.partitions[*id].name.topic.clone()).collect();
        topics.dedup();
        let topic = |name| AlterConfigsResource {
            resource_type: 2,
            resource_name: name,
            configs: both("replicas", rate.map(|_| "*".to_owned())),
        };
        let rates = AlterConfigsResource {
            resource_type: 4,
            resource_name: "".into(),
            configs: both("rate", rate.map(|rate| rate.to_string())),
        };
        let resources = topics.into_iter().map(topic).chain([rates]).collect();
        IncrementalAlterConfigsRequest { resources, validate_only: false }
    }

    fn on_answer(&mut self, now: Time, response: &Response, ledger: &mut Ledger) {
        self.next_at = now.after_ms(self.random.below(self.config.pause_ms_max + 1));
        let Some(operation) = self.current.take() else { return };
        let error = match (&operation, response) {
            (Operation::Move(..), Response::AlterPartitionReassignments(answer)) => {
                let partition = answer.responses.first().and_then(|topic| topic.partitions.first());
                match (answer.error_code, partition) {
                    (ErrorCode::NONE, Some(partition)) => partition.error_code,
                    (error, _) => error,
                }
            }
            (Operation::Throttle | Operation::Unthrottle, Response::IncrementalAlterConfigs(answer)) => {
                let errors = answer.responses.iter().map(|resource| resource.error_code);
                errors.into_iter().find(|error| error.is_error()).unwrap_or(ErrorCode::NONE)
            }
            (operation, response) => {
                let sentence = format!("{operation:?} was answered by {:?}", response.api_key());
                return ledger.violate(Check::Reply, now, "mover", sentence);
            }
        };
        match (&operation, error) {
            (Operation::Move(_, Some(_)), ErrorCode::NONE) => ledger.coverage.hit(Point::Reassigned),
            (Operation::Move(_, None), ErrorCode::NONE) => ledger.coverage.hit(Point::ReassignmentCancelled),
            (Operation::Throttle, ErrorCode::NONE) => ledger.coverage.hit(Point::ReplicationThrottled),
            (Operation::Unthrottle, ErrorCode::NONE) => self.throttled = false,
            // Nothing was being moved; or a broker has not registered, or a topic is not there yet.
            (
                Operation::Move(..),
                ErrorCode::NO_REASSIGNMENT_IN_PROGRESS
                | ErrorCode::INVALID_REPLICA_ASSIGNMENT
                | ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
            ) => {}
            (_, error) if error.is_retriable() || error == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION => {
                self.current = Some(operation);
                self.cluster.on_error(now, error);
                self.cluster.change_contact();
            }
            (operation, error) => {
                let sentence = format!("{operation:?} was refused with {}", error.name());
                ledger.violate(Check::Meta, now, "mover", sentence);
            }
        }
    }
}

fn move_request(
    partition: PartitionId,
    replicas: Option<Vec<BrokerId>>,
    ledger: &Ledger,
) -> AlterPartitionReassignmentsRequest {
    let name = &ledger.partitions[partition].name;
    let partitions = vec![ReassignablePartition { partition_index: name.partition, replicas }];
    AlterPartitionReassignmentsRequest {
        timeout_ms: 2000,
        topics: vec![ReassignableTopic { name: name.topic.clone(), partitions }],
        ..AlterPartitionReassignmentsRequest::default()
    }
}

impl SimClient for Mover {
    fn handle(&mut self, now: Time, input: ClientInput, ledger: &mut Ledger, fx: &mut Vec<ClientEffect>) {
        self.cluster.hear(now, input, ledger, fx);
        while let Some(news) = self.cluster.news() {
            match news {
                // What was asked may have been done, or may be later: it is asked again.
                News::Lost(_, requests) => self.busy &= requests.is_empty(),
                News::Answer(_, (), response, _) => {
                    self.busy = false;
                    self.on_answer(now, &response, ledger);
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
        self.current.is_none() && !self.throttled
    }

    fn describe(&self) -> String {
        format!("mover with {:?} under way, throttled: {}", self.current, self.throttled)
    }

    fn clone_box(&self) -> Box<dyn SimClient> {
        Box::new(self.clone())
    }
}
