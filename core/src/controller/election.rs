//! Who leads, when brokers come and go and when somebody asks.

use alloc::vec::Vec;

use klamm_wire::metadata_records::{MetadataRecord, PartitionChangeRecord};

use super::Controller;
use super::partition_change::{Decided, PartitionChange, Rules, Unclean};
use crate::cx::Cx;
use crate::event::Event;
use crate::flaw::Flaw;
use crate::image::{ELIGIBLE_LEADER_REPLICAS, PartitionState, Topic};
use crate::types::{BrokerId, TopicPartition};

impl Controller {
    /// Whether eligible leader replicas are kept.
    pub(super) fn keeps_elr(&self) -> bool {
        self.image.feature(ELIGIBLE_LEADER_REPLICAS) > 0
    }

    /// What holds for the changes of a topic's partitions.
    pub(super) fn rules(&self, cx: &Cx<'_>, topic: &str) -> Rules {
        let config = self.image.topic_config(cx.config, topic);
        Rules {
            elr: self.keeps_elr() && !cx.config.has_flaw(Flaw::LastReplicaStanding),
            min_isr: usize::try_from(config.min_insync_replicas).unwrap_or(1),
            unclean: config.unclean_leader_election || cx.config.has_flaw(Flaw::UncleanWhenDisabled),
        }
    }

    /// A change of a partition, which changes nothing unless told to.
    pub(super) fn change<'a>(&'a self, topic: &Topic, index: i32, rules: Rules) -> PartitionChange<'a> {
        let at = topic.partition(index);
        let state = self.image.partition(at).expect("it was just looked at");
        PartitionChange::new(&self.image, at, state, rules)
    }

    /// Decides a change; `None` if there is none. An unclean election is told.
    pub(super) fn decide_change(
        &self,
        cx: &mut Cx<'_>,
        topic: &Topic,
        change: PartitionChange<'_>,
    ) -> Option<(PartitionState, PartitionChangeRecord)> {
        let Decided { after, record, unclean } = change.build()?;
        if let (Some(why), Some(leader)) = (unclean, after.leader) {
            let partition = TopicPartition { topic: topic.name.clone(), partition: record.partition_id };
            let is_last_known = why == Unclean::LastKnown;
            cx.observe(Event::UncleanElection {
                partition,
                leader,
                leader_epoch: after.leader_epoch,
                is_last_known,
            });
        }
        Some((after, record))
    }

    /// Changes every partition that is affected in the same way.
    pub(super) fn change_all(
        &self,
        cx: &mut Cx<'_>,
        is_affected: impl Fn(&PartitionState) -> bool,
        how: impl for<'a> Fn(&Topic, &PartitionState, PartitionChange<'a>) -> PartitionChange<'a>,
    ) -> Vec<MetadataRecord> {
        let mut records = Vec::new();
        for topic in self.image.topics() {
            let mut rules = None;
            for (index, state) in topic.partitions.iter().filter(|(_, state)| is_affected(state)) {
                let rules = *rules.get_or_insert_with(|| self.rules(cx, &topic.name));
                let change = how(topic, state, self.change(topic, *index, rules));
                if let Some((_, record)) = self.decide_change(cx, topic, change) {
                    records.push(record.into());
                }
            }
        }
        records
    }

    /// A broker goes: it leaves every ISR and leads nothing. What it holds stays good.
    ///
    /// Source: Kafka's `ReplicationControlManager.handleBrokerFenced`.
    pub(super) fn changes_without(&self, cx: &mut Cx<'_>, broker: BrokerId) -> Vec<MetadataRecord> {
        let is_affected = |state: &PartitionState| state.isr.contains(&broker);
        self.change_all(cx, is_affected, |_, _, change| change.without(broker))
    }

    /// A broker is let in: it leads what nobody leads and it may lead.
    ///
    /// Source: Kafka's `ReplicationControlManager.handleBrokerUnfenced`.
    pub(super) fn changes_joining(&self, cx: &mut Cx<'_>, broker: BrokerId) -> Vec<MetadataRecord> {
        let is_affected = |state: &PartitionState| state.leader.is_none() && state.replicas.contains(&broker);
        self.change_all(cx, is_affected, |_, _, change| change.joining(broker))
    }
}
