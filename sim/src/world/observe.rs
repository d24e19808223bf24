//! What nodes observe, on its way to the checkers.

use klamm_core::config::FlushPolicy;
use klamm_core::event::{Event as Observation, LogStartCause};
use klamm_core::types::{
    BrokerId, LeaderEpoch, METADATA_TOPIC, OFFSETS_TOPIC, Offset, TRANSACTION_TOPIC, TopicIdPartition,
    TopicPartition,
};
use klamm_wire::Uuid;
use klamm_wire::messages::ProduceResponse;

use super::World;
use crate::checkers::Check;
use crate::coverage::Point;
use crate::describe;
use crate::ledger::{Election, Excuse};
use crate::network::NodeId;
use crate::replicas::{Difference, LogId};
use crate::trace::{Detail, ReplicaState};

impl World {
    pub(super) fn observe(&mut self, index: NodeId, event: &Observation) {
        let now = self.now();
        let machine = &mut self.machines[index];
        let Some(process) = &mut machine.process else { return };
        process.marks.observe(&mut self.ledger, now, event);
        if *event == Observation::Ready {
            process.ready = true;
            machine.refusals = 0;
        }
        if !self.ledger.damaged {
            self.watch_replica(index, event);
        }
        self.tell_change(index, event);
        if let Some(point) = point_of(event) {
            self.hit(point);
        }
    }

    /// Writes what a node or a replica has become into the trace, if there is one for that.
    fn tell_change(&mut self, node: NodeId, event: &Observation) {
        let now = self.now();
        let Some(trace) = self.trace.as_mut().filter(|trace| trace.detail == Detail::States) else { return };
        let Some(text) = describe::change(event) else { return };
        let name = describe::partition_of(event);
        let log = name.and_then(|name| self.replicas.log_named(node, name));
        match (name, log) {
            (Some(name), Some(log)) => {
                let state = ReplicaState {
                    partition: name.to_string(),
                    leads: log.leads.is_some(),
                    epoch: log.epoch,
                    high_watermark: log.high_watermark,
                    end: log.end,
                };
                trace.state(now, node, state, text);
            }
            (Some(name), None) => trace.line(now, Some(node), format!("{name} {text}")),
            (None, _) => trace.line(now, Some(node), text),
        }
    }

    /// What an observation says about a replica.
    fn watch_replica(&mut self, node: NodeId, event: &Observation) {
        match event {
            Observation::LogLoaded { partition, log_start_offset, log_end_offset } => {
                let bounds = (*log_start_offset, *log_end_offset);
                let name = partition.to_string();
                let segments = self.machines[node].disk.segments(&name);
                self.replicas.on_loaded(node, partition, bounds, segments);
            }
            Observation::LogTruncated { partition, to, .. } => {
                self.replicas.on_truncated(node, partition, *to);
            }
            Observation::LogStartMoved { partition, log_start_offset, .. } => {
                self.replicas.on_start_moved(node, partition, *log_start_offset);
            }
            Observation::LeaderElected { partition, leader_epoch, high_watermark } => {
                if let Some(index) = self.replicas.named(node, partition) {
                    self.on_leader(node, index, *leader_epoch, *high_watermark);
                }
            }
            Observation::FollowerOf { partition, leader, leader_epoch } => {
                let leader = leader.and_then(|leader| self.broker(leader));
                if let Some(index) = self.replicas.named(node, partition) {
                    self.replicas.partition(index).hear_of_leader(*leader_epoch, leader);
                    let log = self.replicas.partition(index).log_mut(node);
                    (log.leads, log.epoch) = (None, *leader_epoch);
                }
            }
            Observation::StrayLog { partition, .. } => self.replicas.on_stray(node, partition),
            Observation::UncleanElection { partition, leader, leader_epoch, is_last_known: true } => {
                self.hit(Point::LastKnownElected);
                if let Some(leader) = self.broker(*leader) {
                    self.replicas.on_last_known(partition, *leader_epoch, leader);
                }
            }
            Observation::UncleanElection { partition, leader, leader_epoch, .. } => {
                if !self.ledger.wants_unclean(partition) {
                    let sentence = format!(
                        "broker {leader} was neither in sync nor eligible and leads in epoch {leader_epoch}; the \
                         topic would rather wait"
                    );
                    return self.ledger.violate(Check::Ldr, self.now(), partition.to_string(), sentence);
                }
                if let Some(leader) = self.broker(*leader) {
                    self.hit(Point::UncleanElection);
                    self.replicas.on_unclean(partition, *leader_epoch, leader);
                }
            }
            Observation::HighWatermark { partition, offset } => {
                if let Some(index) = self.replicas.named(node, partition) {
                    self.on_high_watermark(node, index, *offset);
                }
            }
            _ => {}
        }
    }

    /// The machine of a broker.
    fn broker(&self, id: BrokerId) -> Option<NodeId> {
        self.machines.iter().position(|machine| machine.config.node_id == id)
    }

    /// An operator may have asked for less since the partition was first seen.
    fn refresh_terms(&mut self, index: LogId) {
        let truth = self.replicas.partition(index);
        if truth.workload.is_some() {
            truth.terms = self.ledger.terms(truth.workload);
        }
    }

    /// A node leads a partition: it must have everything that was committed, unless the contract excuses it.
    fn on_leader(&mut self, node: NodeId, index: LogId, epoch: LeaderEpoch, high_watermark: Offset) {
        let now = self.now();
        let life = self.machines[node].life;
        self.refresh_terms(index);
        let truth = self.replicas.partition(index);
        let name = truth.name.clone();
        let is_metadata = &*name.topic == METADATA_TOPIC;
        let log = truth.log_mut(node);
        (log.leads, log.epoch) = (Some(epoch), epoch);
        let newest = truth.leader();
        if let Err(sentence) = truth.elect(epoch, node, life, is_metadata) {
            return self.ledger.violate(Check::Ldr, now, name.to_string(), sentence);
        }
        if newest.is_some_and(|(newest, ..)| epoch < newest) {
            // It has not heard of its successors yet.
            return;
        }
        if newest.is_some_and(|(_, other, _)| other != node) {
            self.hit(Point::Failover);
        }
        let truth = self.replicas.partition(index);
        let lost = truth.missing(node).and_then(|missing| self.excuse_of(node, index, epoch, missing));
        let truth = self.replicas.partition(index);
        // The leader before may be alone in sync, not know of this choice, and go on promising.
        let end = truth.committed_end;
        let lost = lost.or_else(|| truth.is_unclean(epoch, node).then_some((end, Excuse::Unclean)));
        if let Some((offset, _)) = lost {
            truth.lose_from(offset);
            truth.go_on_with(node);
            if &*name.topic == OFFSETS_TOPIC {
                self.ledger.lose_offsets();
            }
            let workload = truth.workload.map(|partition| &self.ledger.partitions[partition]);
            let is_transactional = workload.is_some_and(|facts| facts.is_transactional);
            self.ledger.transactions_lost |= is_transactional || &*name.topic == TRANSACTION_TOPIC;
        }
        if (truth.is_unclean(epoch, node) || lost.is_some())
            && let Err(difference) = truth.commit(node, high_watermark)
        {
            // What its own past says is committed, is from now on.
            return self.ledger.violate(Check::Div, now, name.to_string(), difference.sentence);
        }
        let timeline = truth.timeline(node, epoch);
        let policy = truth.terms.policy;
        let own_lost = truth.log_mut(node).lost.take().and_then(|own| match policy {
            _ if own.with_disk => Some((own.from, Excuse::Disk)),
            FlushPolicy::Written => Some((own.from, Excuse::Power)),
            FlushPolicy::Synced => None,
        });
        if let Some(partition) = truth.workload {
            self.ledger.elected(now, partition, Election { node, epoch, timeline, lost, own_lost });
        }
    }

    /// Why a new leader may lack what was committed; if nothing says that it may, a promise is broken.
    fn excuse_of(
        &mut self,
        node: NodeId,
        index: LogId,
        epoch: LeaderEpoch,
        missing: Difference,
    ) -> Option<(Offset, Excuse)> {
        let now = self.now();
        let truth = self.replicas.partition(index);
        let losers = truth.losers(missing.offset);
        if truth.is_unclean(epoch, node) {
            return Some((missing.offset, Excuse::Unclean));
        }
        // Whoever elects the last known leader cannot tell who has lost something from who has only crashed.
        let may_have_lost =
            if truth.is_last_known(epoch, node) { truth.fallen_since(missing.offset) } else { losers };
        if truth.terms.policy == FlushPolicy::Written && may_have_lost.max(losers) >= truth.terms.min_isr {
            return Some((missing.offset, Excuse::Power));
        }
        let name = truth.name.to_string();
        let check = if name.starts_with(METADATA_TOPIC) { Check::Meta } else { Check::Ack };
        let sentence = format!(
            "n{node} leads in epoch {epoch}: {}; {losers} replicas have lost it, {} of them may",
            missing.sentence,
            truth.terms.min_isr.saturating_sub(1)
        );
        self.ledger.violate(check, now, name, sentence);
        None
    }

    /// A replica believes that more is committed: it must be the same everywhere, and on enough replicas.
    fn on_high_watermark(&mut self, node: NodeId, index: LogId, offset: Offset) {
        let now = self.now();
        self.refresh_terms(index);
        let truth = self.replicas.partition(index);
        let name = truth.name.clone();
        let before = truth.committed_end;
        let epoch = truth.log_mut(node).epoch;
        if truth.was_given_up(epoch) {
            return;
        }
        let log = truth.log_mut(node);
        if offset > before && log.leads.is_none() {
            let sentence =
                format!("n{node} follows and takes {offset} for committed; leaders know of {before}");
            return self.ledger.violate(Check::Div, now, name.to_string(), sentence);
        }
        if let Err(difference) = truth.commit(node, offset) {
            return self.ledger.violate(Check::Div, now, name.to_string(), difference.sentence);
        }
        if offset > before {
            let (holding, lost) = truth.holders();
            let needed = truth.terms.min_isr;
            if holding + lost < needed {
                let sentence = format!(
                    "n{node} takes {offset} for committed; {holding} replicas hold it, and {needed} must"
                );
                self.ledger.violate(Check::Ack, now, name.to_string(), sentence);
            }
        }
    }

    /// The leader epochs of the first records of a produce, in the answer's order.
    pub(super) fn epochs_of(&mut self, node: NodeId, answer: &ProduceResponse) -> Vec<LeaderEpoch> {
        let mut epochs = Vec::new();
        for topic in &answer.responses {
            for partition in &topic.partition_responses {
                let index = if topic.topic_id == Uuid::ZERO {
                    let (topic, partition) = (topic.name.clone(), partition.index);
                    self.replicas.named(node, &TopicPartition { topic, partition })
                } else {
                    let (topic_id, partition) = (topic.topic_id, partition.index);
                    self.replicas.identified(TopicIdPartition { topic_id, partition })
                };
                let log = index.and_then(|index| self.replicas.partition(index).log(node));
                let offset = partition.base_offset;
                epochs.push(log.filter(|_| offset >= 0).map_or(-1, |log| log.epoch_at(offset)));
            }
        }
        epochs
    }
}

fn point_of(event: &Observation) -> Option<Point> {
    Some(match event {
        Observation::Starting { clean: true } => Point::CleanStart,
        Observation::Starting { clean: false } => Point::UncleanStart,
        Observation::TornTail { .. } => Point::TornTail,
        Observation::LogTruncated { .. } => Point::LogTruncated,
        Observation::SegmentRolled { .. } => Point::SegmentRolled,
        Observation::LogStartMoved { cause: LogStartCause::RetentionTime, .. } => Point::RetentionTime,
        Observation::LogStartMoved { cause: LogStartCause::RetentionSize, .. } => Point::RetentionSize,
        Observation::LogDirFailed { .. } => Point::LogDirFailed,
        Observation::GroupRebalanced { .. } => Point::GroupRebalanced,
        Observation::TransactionTimedOut { .. } => Point::TransactionTimedOut,
        Observation::MemberExpired { .. } => Point::MemberExpired,
        Observation::MetadataSnapshot { .. } => Point::MetadataSnapshot,
        _ => return None,
    })
}
