//! Eligible leader replicas and the setting they depend on (KIP-966).
//!
//! Who left an ISR below `min.insync.replicas` holds everything that was committed, because nothing is committed
//! there. That is only true as long as controller and leader go by the same number. So the number is one for the
//! whole cluster, a topic's aside; it is not a broker's. And when it changes, who was eligible before is so no more.

use alloc::format;
use alloc::vec::Vec;

use klamm_wire::ErrorCode;
use klamm_wire::metadata_records::{ClearElrRecord, ConfigRecord, MetadataRecord, PartitionChangeRecord};

use super::{Controller, Refusal};
use crate::config::Config;
use crate::image::{BROKER_RESOURCE, Resource, TOPIC_RESOURCE, Topic};

const MIN_ISR: &str = "min.insync.replicas";

/// The number for the whole cluster: what the controller's own configuration says.
pub(super) fn cluster_min_isr(config: &Config) -> ConfigRecord {
    let value = format!("{}", config.topic.min_insync_replicas);
    min_isr_record(&Resource::all_brokers(), Some(&value))
}

fn min_isr_record(resource: &Resource, value: Option<&str>) -> ConfigRecord {
    ConfigRecord {
        resource_type: resource.kind,
        resource_name: resource.name.clone(),
        name: MIN_ISR.into(),
        value: value.map(Into::into),
    }
}

impl Controller {
    /// Whether a setting may change as it is meant to.
    ///
    /// # Errors
    /// INVALID_CONFIG: with ELR a broker has no `min.insync.replicas` of its own, and the cluster's stays.
    ///
    /// Kafka: `ConfigurationControlManager.isDisallowedBrokerMinIsrTransition` and its neighbour.
    pub(super) fn check_min_isr(
        &self,
        resource: &Resource,
        name: &str,
        value: Option<&str>,
    ) -> Result<(), Refusal> {
        if name != MIN_ISR || resource.kind != BROKER_RESOURCE || !self.keeps_elr() {
            return Ok(());
        }
        let refuse = |message: &str| Err(Refusal::new(ErrorCode::INVALID_CONFIG, message));
        match (resource.name.is_empty(), value) {
            (false, _) => refuse("Broker-level min.insync.replicas cannot be altered while ELR is enabled."),
            (true, None) => {
                refuse("Cluster-level min.insync.replicas cannot be removed while ELR is enabled.")
            }
            (true, Some(_)) => Ok(()),
        }
    }

    /// What follows from settings that change: where `min.insync.replicas` is another, nobody is eligible any more.
    pub(super) fn follow_min_isr(&self, records: &mut Vec<MetadataRecord>) {
        if !self.keeps_elr() {
            return;
        }
        let changed = |record: &MetadataRecord| match record {
            MetadataRecord::Config(config) if &*config.name == MIN_ISR => {
                Some(Resource { kind: config.resource_type, name: config.resource_name.clone() })
            }
            _ => None,
        };
        let changed: Vec<Resource> = records.iter().filter_map(changed).collect();
        for resource in changed {
            let topic_name = match resource.kind {
                TOPIC_RESOURCE => resource.name.clone(),
                _ => "".into(),
            };
            records.push(ClearElrRecord { topic_name: topic_name.clone() }.into());
            for topic in self.image.topics().filter(|topic| topic_name.is_empty() || topic.name == topic_name)
            {
                self.follow_min_isr_of(records, topic, topic_name.is_empty());
            }
        }
    }

    /// Marks the partitions of a topic whose `min.insync.replicas` changes.
    ///
    /// Their partition epoch grows, so that a leader that still goes by the old number cannot change the ISR: a
    /// leader with a lower one would go on committing alone while the controller takes who has left for eligible.
    /// And while nobody leads nothing is committed, whatever the number: who was eligible then stays so. Kafka does
    /// neither, and a partition whose eligible replicas were all away waits there for an unclean election.
    fn follow_min_isr_of(&self, records: &mut Vec<MetadataRecord>, topic: &Topic, of_cluster: bool) {
        let own = self.image.overrides(&Resource::topic(&topic.name)).contains_key(MIN_ISR);
        for (index, state) in &topic.partitions {
            let mut record = PartitionChangeRecord {
                partition_id: *index,
                topic_id: topic.id,
                ..PartitionChangeRecord::default()
            };
            let waits = state.isr.is_empty() && state.leader.is_none();
            let present = |list: &Vec<_>| Some(list.clone()).filter(|list| waits && !list.is_empty());
            record.eligible_leader_replicas = present(&state.elr);
            record.last_known_elr = present(&state.last_known_elr);
            let restores = record.eligible_leader_replicas.is_some() || record.last_known_elr.is_some();
            if restores || !(of_cluster && own) {
                records.push(record.into());
            }
        }
    }

    /// The records that make it safe to begin with ELR: one number for the cluster, none of a broker's own.
    ///
    /// Kafka: `ConfigurationControlManager.maybeGenerateElrSafetyRecords`.
    pub(super) fn begin_elr(&self, config: &Config) -> Vec<MetadataRecord> {
        let mut records = Vec::new();
        if !self.image.overrides(&Resource::all_brokers()).contains_key(MIN_ISR) {
            records.push(cluster_min_isr(config).into());
        }
        for (resource, overrides) in self.image.configured() {
            let of_broker = resource.kind == BROKER_RESOURCE && !resource.name.is_empty();
            if of_broker && overrides.contains_key(MIN_ISR) {
                records.push(min_isr_record(resource, None).into());
            }
        }
        for topic in self.image.topics() {
            self.follow_min_isr_of(&mut records, topic, true);
        }
        records
    }

    /// The records that end ELR.
    ///
    /// # Errors
    /// INVALID_UPDATE_VERSION while nobody is in sync somewhere: who is eligible there would be forgotten. Kafka
    /// goes on.
    pub(super) fn end_elr(&self) -> Result<Vec<MetadataRecord>, Refusal> {
        for topic in self.image.topics() {
            if let Some((index, _)) = topic.partitions.iter().find(|(_, state)| state.isr.is_empty()) {
                let message = format!("Nobody is in sync in {}-{index}.", topic.name);
                return Err(Refusal::new(ErrorCode::INVALID_UPDATE_VERSION, message));
            }
        }
        Ok([ClearElrRecord { topic_name: "".into() }.into()].into())
    }
}
