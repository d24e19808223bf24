//! An operator who changes what is there: other leaders, other settings. What it does breaks no promise.

use klamm_wire::Str;
use klamm_wire::messages::elect_leaders_request::TopicPartitions;
use klamm_wire::messages::incremental_alter_configs_request::{AlterConfigsResource, AlterableConfig};
use klamm_wire::messages::{ElectLeadersRequest, IncrementalAlterConfigsRequest, Response};

use super::cluster::{Cluster, ClusterConfig, News};
use super::{ClientEffect, ClientInput, SimClient};
use crate::checkers::Check;
use crate::clock::Time;
use crate::coverage::Point;
use crate::ledger::{Ledger, PartitionId};
use crate::network::NodeId;
use crate::random::Stream;

/// `ConfigResource.Type.TOPIC`.
const TOPIC: i8 = 2;
/// `AlterConfigOp.OpType.SET` and `DELETE`.
const SET: i8 = 0;
const DELETE: i8 = 1;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    Elect,
    Alter,
}

/// How an operator behaves.
#[derive(Clone, Debug)]
pub struct OperatorConfig {
    /// What it changes.
    pub partitions: Vec<PartitionId>,
    /// Milliseconds between operations, at most.
    pub pause_ms_max: u64,
}

/// The operator of the workload.
#[derive(Clone, Debug)]
pub struct Operator {
    config: OperatorConfig,
    cluster: Cluster<Purpose>,
    /// An answer is waited for.
    busy: bool,
    next_at: Time,
    ending: bool,
    random: Stream,
}

impl Operator {
    /// An operator that starts at `start` and knows these brokers.
    pub fn new(seed: u64, start: Time, bootstrap: &[NodeId], config: OperatorConfig) -> Self {
        let cluster =
            ClusterConfig { name: "operator", number: 0, bootstrap, timeout_ms: 4000, partitions: &[] };
        Self {
            cluster: Cluster::new(seed, start, &cluster),
            config,
            busy: false,
            next_at: start,
            ending: false,
            random: Stream::new(seed, "operator"),
        }
    }

    fn pump(&mut self, now: Time, ledger: &mut Ledger, fx: &mut Vec<ClientEffect>) {
        self.cluster.keep_up(now, ledger, fx);
        let may_act = !self.busy && !self.ending && self.next_at <= now;
        let Some(node) = self.cluster.anyone().filter(|_| may_act) else { return };
        self.busy = true;
        match self.random.below(10) {
            0..=5 => {
                let request = self.elect(ledger);
                self.cluster.send(now, node, 2, request, Purpose::Elect, fx);
            }
            _ => {
                let request = self.alter(ledger);
                self.cluster.send(now, node, 1, request, Purpose::Alter, fx);
            }
        }
    }

    fn pick(&mut self) -> PartitionId {
        *self.random.pick(&self.config.partitions)
    }

    /// The preferred leader of one partition, or of all.
    fn elect(&mut self, ledger: &Ledger) -> ElectLeadersRequest {
        let name = &ledger.partitions[self.pick()].name;
        let one = TopicPartitions { topic: name.topic.clone(), partitions: vec![name.partition] };
        let topic_partitions = if self.random.chance(300_000) { None } else { Some(vec![one]) };
        ElectLeadersRequest { election_type: 0, topic_partitions, timeout_ms: 2000 }
    }

    /// Fewer replicas to commit, or the number of them that the topic began with; or segments of another size.
    fn alter(&mut self, ledger: &mut Ledger) -> IncrementalAlterConfigsRequest {
        let partition = self.pick();
        let topic = ledger.partitions[partition].name.topic.clone();
        let (name, value) = if self.random.chance(300_000) {
            let smallest = self.random.between(1, ledger.partitions[partition].min_isr as u64);
            // From now on no more is promised, whether this is executed or not.
            let smallest_ever = usize::try_from(smallest).expect("small");
            for facts in ledger.partitions.iter_mut().filter(|facts| facts.name.topic == topic) {
                facts.min_isr = facts.min_isr.min(smallest_ever);
            }
            ("min.insync.replicas", Some(smallest.to_string()))
        } else {
            let bytes = self.random.scaled(2_000, 200_000).to_string();
            ("segment.bytes", if self.random.chance(300_000) { None } else { Some(bytes) })
        };
        let config_operation = if value.is_some() { SET } else { DELETE };
        let config = AlterableConfig { name: name.into(), config_operation, value: value.map(Str::from) };
        let resource =
            AlterConfigsResource { resource_type: TOPIC, resource_name: topic, configs: vec![config] };
        IncrementalAlterConfigsRequest { resources: vec![resource], validate_only: false }
    }

    fn on_answer(&mut self, now: Time, purpose: Purpose, response: Response, ledger: &mut Ledger) {
        self.next_at = now.after_ms(self.random.below(self.config.pause_ms_max + 1));
        let done = match (purpose, response) {
            (Purpose::Elect, Response::ElectLeaders(answer)) => {
                let mut partitions =
                    answer.replica_election_results.iter().flat_map(|topic| &topic.partition_result);
                partitions.any(|partition| partition.error_code.is_none()).then_some(Point::PreferredElected)
            }
            (Purpose::Alter, Response::IncrementalAlterConfigs(answer)) => {
                let is_done = answer.responses.iter().all(|resource| resource.error_code.is_none());
                is_done.then_some(Point::SettingAltered)
            }
            (purpose, response) => {
                let sentence = format!("{purpose:?} was answered by {:?}", response.api_key());
                let object = self.cluster.client_id().to_string();
                return ledger.violate(Check::Reply, now, object, sentence);
            }
        };
        if let Some(point) = done {
            ledger.coverage.hit(point);
        }
    }
}

impl SimClient for Operator {
    fn handle(&mut self, now: Time, input: ClientInput, ledger: &mut Ledger, fx: &mut Vec<ClientEffect>) {
        self.cluster.hear(now, input, ledger, fx);
        while let Some(news) = self.cluster.news() {
            match news {
                News::Lost(_, purposes) => self.busy &= purposes.is_empty(),
                News::Answer(_, purpose, response, _) => {
                    self.busy = false;
                    self.on_answer(now, purpose, response, ledger);
                }
            }
        }
        self.pump(now, ledger, fx);
    }

    fn next_deadline(&self) -> Option<Time> {
        let waits = !self.busy && !self.ending && self.cluster.anyone().is_some();
        [self.cluster.next_deadline(), waits.then_some(self.next_at)].into_iter().flatten().min()
    }

    fn wind_down(&mut self, _now: Time) {
        self.ending = true;
    }

    fn is_done(&self) -> bool {
        self.ending && !self.busy
    }

    fn describe(&self) -> String {
        format!("{}, {}", self.cluster.client_id(), if self.busy { "waiting for an answer" } else { "idle" })
    }

    fn clone_box(&self) -> Box<dyn SimClient> {
        Box::new(self.clone())
    }
}
