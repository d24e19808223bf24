//! Asks a part of the cluster until it is one: brokers that are let in, leaders, no reassignment under way.

use std::collections::BTreeSet;

use klamm_core::types::BrokerId;
use klamm_wire::ApiKey;
use klamm_wire::messages::{
    ApiVersionsRequest, ApiVersionsResponse, ListPartitionReassignmentsRequest,
    ListPartitionReassignmentsResponse, MetadataRequest, MetadataResponse, Response,
};

use klamm_wire::Str;
use klamm_wire::messages::list_partition_reassignments_response::OngoingPartitionReassignment;

use super::cluster::{Cluster, ClusterConfig, News};
use super::{ClientEffect, ClientInput, SimClient};
use crate::checkers::Check;
use crate::clock::Time;
use crate::ledger::{Ledger, PartitionId};
use crate::network::NodeId;

/// What there has to be.
#[derive(Clone, Debug)]
pub struct ProberConfig {
    /// These brokers serve.
    pub brokers: Vec<BrokerId>,
    /// These partitions have leaders.
    pub partitions: Vec<PartitionId>,
    /// And the leaders are among these.
    pub core: Vec<BrokerId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Versions,
    Metadata,
    Reassignments,
    Done,
}

/// The one who asks.
#[derive(Clone, Debug)]
pub struct Prober {
    config: ProberConfig,
    cluster: Cluster<Stage>,
    stage: Stage,
    lists_reassignments: bool,
    /// Partitions that the core leads.
    led: BTreeSet<(Str, i32)>,
    busy: bool,
    next_at: Time,
    missing: String,
}

impl Prober {
    /// A prober that starts at `start` and knows these brokers.
    pub fn new(seed: u64, start: Time, bootstrap: &[NodeId], config: ProberConfig) -> Self {
        let cluster =
            ClusterConfig { name: "prober", number: 0, bootstrap, timeout_ms: 2000, partitions: &[] };
        Self {
            config,
            cluster: Cluster::new(seed, start, &cluster),
            stage: Stage::Versions,
            lists_reassignments: false,
            led: BTreeSet::new(),
            busy: false,
            next_at: start,
            missing: "an answer".to_owned(),
        }
    }

    fn pump(&mut self, now: Time, ledger: &Ledger, fx: &mut Vec<ClientEffect>) {
        self.cluster.keep_up(now, ledger, fx);
        if self.busy || self.next_at > now {
            return;
        }
        let Some(node) = self.cluster.anyone() else { return };
        let stage = self.stage;
        match stage {
            Stage::Versions => {
                self.cluster.send(now, node, 0, ApiVersionsRequest::default(), stage, fx);
            }
            Stage::Metadata => {
                let request = MetadataRequest { topics: None, ..MetadataRequest::default() };
                self.cluster.send(now, node, 12, request, stage, fx);
            }
            Stage::Reassignments => {
                let request = ListPartitionReassignmentsRequest { timeout_ms: 1000, topics: None };
                self.cluster.send(now, node, 0, request, stage, fx);
            }
            Stage::Done => return,
        }
        self.busy = true;
    }

    fn on_answer(&mut self, now: Time, response: &Response, ledger: &mut Ledger) {
        let next = match (self.stage, response) {
            (Stage::Versions, Response::ApiVersions(answer)) => {
                self.lists_reassignments = offers(answer, ApiKey::ListPartitionReassignments);
                Ok(Stage::Metadata)
            }
            (Stage::Metadata, Response::Metadata(answer)) => self.see_cluster(answer, ledger),
            (Stage::Reassignments, Response::ListPartitionReassignments(answer)) => {
                self.see_reassignments(answer)
            }
            (stage, response) => {
                let sentence = format!("{stage:?} was answered by {:?}", response.api_key());
                return ledger.violate(Check::Reply, now, "prober", sentence);
            }
        };
        match next {
            Ok(stage) => self.stage = stage,
            Err(missing) => {
                self.missing = missing;
                self.next_at = now.after_ms(100);
                self.cluster.change_contact();
            }
        }
    }

    /// What comes next, or what is missing in the cluster as this broker knows it.
    fn see_cluster(&mut self, answer: &MetadataResponse, ledger: &Ledger) -> Result<Stage, String> {
        let listed = |id: &&BrokerId| answer.brokers.iter().any(|broker| broker.node_id == **id);
        if let Some(id) = self.config.brokers.iter().find(|id| !listed(id)) {
            return Err(format!("broker {id} is not let in"));
        }
        for partition in &self.config.partitions {
            let name = &ledger.partitions[*partition].name;
            let topic = answer.topics.iter().find(|topic| topic.name.as_ref() == Some(&name.topic));
            let data = topic.into_iter().flat_map(|topic| &topic.partitions);
            let data = data.into_iter().find(|data| data.partition_index == name.partition);
            if !data.is_some_and(|data| self.config.core.contains(&data.leader_id)) {
                let state = data.map(|data| (data.leader_id, data.leader_epoch, data.isr_nodes.clone()));
                return Err(format!("{name} has no leader (leader, epoch, ISR: {state:?})"));
            }
        }
        self.led.clear();
        for topic in &answer.topics {
            let led = topic.partitions.iter().filter(|data| self.config.core.contains(&data.leader_id));
            let name = topic.name.clone().unwrap_or_default();
            self.led.extend(led.map(|data| (name.clone(), data.partition_index)));
        }
        Ok(if self.lists_reassignments { Stage::Reassignments } else { Stage::Done })
    }

    /// Everything has moved that can: its leader and who is to join are in the core.
    fn see_reassignments(&self, answer: &ListPartitionReassignmentsResponse) -> Result<Stage, String> {
        if answer.error_code.is_error() {
            return Err(format!("reassignments are not listed: {}", answer.error_code.name()));
        }
        for topic in &answer.topics {
            let can_end = |partition: &&OngoingPartitionReassignment| {
                let mut joining =
                    partition.adding_replicas.iter().filter(|id| !partition.removing_replicas.contains(id));
                joining.all(|id| self.config.core.contains(id))
                    && self.led.contains(&(topic.name.clone(), partition.partition_index))
            };
            if let Some(partition) = topic.partitions.iter().find(can_end) {
                return Err(format!("a reassignment of {} is under way: {partition:?}", topic.name));
            }
        }
        Ok(Stage::Done)
    }
}

/// Whether a broker offers an API.
fn offers(answer: &ApiVersionsResponse, key: ApiKey) -> bool {
    answer.api_keys.iter().any(|api| api.api_key == key as i16)
}

impl SimClient for Prober {
    fn handle(&mut self, now: Time, input: ClientInput, ledger: &mut Ledger, fx: &mut Vec<ClientEffect>) {
        self.cluster.hear(now, input, ledger, fx);
        while let Some(news) = self.cluster.news() {
            match news {
                News::Lost(_, purposes) => self.busy &= purposes.is_empty(),
                News::Answer(_, _, response, _) => {
                    self.busy = false;
                    self.on_answer(now, &response, ledger);
                }
            }
        }
        self.pump(now, ledger, fx);
    }

    fn next_deadline(&self) -> Option<Time> {
        let waits = !self.busy && self.stage != Stage::Done && self.cluster.anyone().is_some();
        [self.cluster.next_deadline(), waits.then_some(self.next_at)].into_iter().flatten().min()
    }

    fn wind_down(&mut self, _now: Time) {}

    fn is_done(&self) -> bool {
        self.stage == Stage::Done
    }

    fn describe(&self) -> String {
        format!("prober at {:?}: {}", self.stage, self.missing)
    }

    fn clone_box(&self) -> Box<dyn SimClient> {
        Box::new(self.clone())
    }
}
