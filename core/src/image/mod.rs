//! The cluster's metadata: what the records of the metadata log add up to.
//!
//! Only [`MetadataImage::apply`] changes an image, by one record of the log at a time; equal logs give equal
//! images on every node. [`MetadataImage::to_records`] is the way back: the fewest records that lead to the
//! image from nothing, which is what a snapshot holds.

mod apply;
mod broker;
mod records;
mod topic;

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;

use klamm_wire::metadata_records::{MetadataRecord, RegisterControllerRecord};
use klamm_wire::{Str, Uuid};

use crate::config::{Config, ConfigLayers, Overrides, TopicConfig};
use crate::types::{BrokerId, Offset, TopicIdPartition};

pub use broker::Registration;
pub(crate) use broker::{UNASSIGNED_DIRECTORY, is_reserved_directory};
pub(crate) use topic::NO_LEADER;
pub use topic::{LeaderRecovery, PartitionState, Topic};

/// `ConfigResource.Type.TOPIC`.
pub(crate) const TOPIC_RESOURCE: i8 = 2;
/// `ConfigResource.Type.BROKER`; the empty name means every broker.
pub(crate) const BROKER_RESOURCE: i8 = 4;

/// The name of the feature that says which records may stand in the log.
pub(crate) const METADATA_VERSION: &str = "metadata.version";
/// The name of the feature that keeps eligible leader replicas (KIP-966).
pub(crate) const ELIGIBLE_LEADER_REPLICAS: &str = "eligible.leader.replicas.version";
/// The feature that says how transactions work: 1 has flexible records, 2 an epoch per transaction (KIP-890).
pub(crate) const TRANSACTION_VERSION: &str = "transaction.version";

/// What a configuration belongs to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Resource {
    /// Kafka's `ConfigResource.Type`.
    pub(crate) kind: i8,
    /// Topic name, or broker id as text.
    pub(crate) name: Str,
}

impl Resource {
    pub(crate) fn topic(name: &str) -> Self {
        Self { kind: TOPIC_RESOURCE, name: name.into() }
    }

    pub(crate) fn broker(id: BrokerId) -> Self {
        Self { kind: BROKER_RESOURCE, name: alloc::format!("{id}").into() }
    }

    /// Settings of every broker.
    pub(crate) fn all_brokers() -> Self {
        Self { kind: BROKER_RESOURCE, name: "".into() }
    }
}

/// The identity of a record that Klamm keeps for whoever reads the log after it, without acting on it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Kept {
    Acl(Uuid),
    Scram(Str, i8),
    Token(Str),
    Quota(Vec<(Str, Option<Str>)>, Str),
    Controller(BrokerId),
}

/// The metadata of the cluster after the record at `offset`.
///
/// Cloning is cheap in proportion to the number of topics, not of partitions: topics are shared until changed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MetadataImage {
    /// Offset of the last record applied; -1 for none.
    pub offset: Offset,
    /// The cluster this is the metadata of. Stands in `meta.properties`, not in the log.
    pub cluster_id: Uuid,
    /// Finalized features that are not at level 0.
    pub features: BTreeMap<Str, i16>,
    /// Every registered broker, fenced or not.
    pub brokers: BTreeMap<BrokerId, Registration>,
    /// First producer id that belongs to no block yet.
    pub next_producer_id: i64,
    topics: BTreeMap<Uuid, Arc<Topic>>,
    topic_ids: BTreeMap<Str, Uuid>,
    configs: BTreeMap<Resource, Overrides>,
    kept: BTreeMap<Kept, MetadataRecord>,
    /// Records of a metadata transaction that has begun and not ended.
    open: Option<Vec<MetadataRecord>>,
}

static NO_OVERRIDES: Overrides = Overrides::new();

impl MetadataImage {
    /// The metadata of a cluster whose log is empty.
    pub fn new(cluster_id: Uuid) -> Self {
        Self {
            offset: -1,
            cluster_id,
            features: BTreeMap::new(),
            brokers: BTreeMap::new(),
            next_producer_id: 0,
            topics: BTreeMap::new(),
            topic_ids: BTreeMap::new(),
            configs: BTreeMap::new(),
            kept: BTreeMap::new(),
            open: None,
        }
    }

    /// The image that a snapshot covering the log below `end` holds.
    pub fn from_snapshot<'a>(
        cluster_id: Uuid,
        end: Offset,
        records: impl IntoIterator<Item = &'a MetadataRecord>,
    ) -> Self {
        let mut image = Self::new(cluster_id);
        let mut flush_changed = Vec::new();
        for record in records {
            image.apply(end - 1, record);
            if let MetadataRecord::RegisterBroker(broker) = record {
                flush_changed.push((broker.broker_id, broker.flush_changed));
            }
        }
        image.offset = end - 1;
        // The settings in a snapshot are no changes.
        for (id, changed) in flush_changed {
            if let Some(broker) = image.brokers.get_mut(&id) {
                broker.flush_changed = changed;
            }
        }
        image
    }

    /// Whether nothing was ever decided: the log of a cluster that is just being born.
    pub fn is_empty(&self) -> bool {
        self.features.is_empty() && self.brokers.is_empty() && self.topics.is_empty()
    }

    /// Whether a metadata transaction is open: no snapshot can be taken now.
    pub fn has_open_transaction(&self) -> bool {
        self.open.is_some()
    }

    /// Number of topics.
    pub fn topic_count(&self) -> usize {
        self.topics.len()
    }

    /// Every topic, ordered by name.
    pub fn topics(&self) -> impl Iterator<Item = &Topic> {
        self.topic_ids.values().map(|id| &*self.topics[id])
    }

    /// Every topic whose name is `name` or behind it, ordered by name.
    pub fn topics_from(&self, name: &str) -> impl Iterator<Item = &Topic> {
        let from = (core::ops::Bound::Included(name), core::ops::Bound::Unbounded);
        self.topic_ids.range::<str, _>(from).map(|(_, id)| &*self.topics[id])
    }

    /// The topic of that name.
    pub fn topic(&self, name: &str) -> Option<&Topic> {
        self.topic_ids.get(name).map(|id| &*self.topics[id])
    }

    /// The topic of that id.
    pub fn topic_by_id(&self, id: Uuid) -> Option<&Topic> {
        self.topics.get(&id).map(|topic| &**topic)
    }

    /// The partition, if its topic still exists.
    pub fn partition(&self, partition: TopicIdPartition) -> Option<&PartitionState> {
        self.topic_by_id(partition.topic_id)?.partitions.get(&partition.partition)
    }

    /// Every partition of every topic.
    pub fn partitions(&self) -> impl Iterator<Item = (TopicIdPartition, &PartitionState)> {
        self.topics
            .values()
            .flat_map(|topic| topic.partitions.iter().map(|(index, state)| (topic.partition(*index), state)))
    }

    /// The brokers that serve clients: registered, neither fenced nor shutting down.
    pub fn active_brokers(&self) -> impl Iterator<Item = &Registration> {
        self.brokers.values().filter(|broker| broker.is_active())
    }

    /// Whether the broker serves clients.
    pub fn is_active(&self, id: BrokerId) -> bool {
        self.brokers.get(&id).is_some_and(Registration::is_active)
    }

    /// The finalized level of a feature.
    pub(crate) fn feature(&self, name: &str) -> i16 {
        self.features.get(name).copied().unwrap_or(0)
    }

    /// Every controller that has said what it can do.
    pub(crate) fn controllers(&self) -> impl Iterator<Item = &RegisterControllerRecord> {
        self.kept.values().filter_map(|record| match record {
            MetadataRecord::RegisterController(controller) => Some(controller),
            _ => None,
        })
    }

    /// Every resource that has settings of its own.
    pub(crate) fn configured(&self) -> impl Iterator<Item = (&Resource, &Overrides)> {
        self.configs.iter()
    }

    /// The settings of a resource, without what it inherits.
    pub(crate) fn overrides(&self, resource: &Resource) -> &Overrides {
        self.configs.get(resource).unwrap_or(&NO_OVERRIDES)
    }

    /// Everything that says something about the topic on this broker; the topic need not exist.
    pub(crate) fn config_layers<'a>(&'a self, config: &'a Config, topic: &str) -> ConfigLayers<'a> {
        ConfigLayers {
            config,
            cluster: self.overrides(&Resource::all_brokers()),
            broker: self.overrides(&Resource::broker(config.node_id)),
            topic: self.overrides(&Resource::topic(topic)),
        }
    }

    /// What holds for the topic on this broker: its own settings over the dynamic and static ones of the
    /// broker, over the defaults. To be asked again when a record changes a setting of the topic or a broker.
    pub fn topic_config(&self, config: &Config, topic: &str) -> TopicConfig {
        self.config_layers(config, topic).resolve()
    }

    /// Checks what must hold after every record.
    pub(crate) fn check(&self) {
        assert_eq!(self.topics.len(), self.topic_ids.len(), "topics stand in both tables");
        assert!(self.next_producer_id >= 0);
    }
}
