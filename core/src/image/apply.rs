//! One record of the metadata log changes the image.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;

use klamm_wire::metadata_records::client_quota_record::EntityData;
use klamm_wire::metadata_records::{
    BrokerRegistrationChangeRecord, ConfigRecord, FeatureLevelRecord, MetadataRecord, PartitionChangeRecord,
    PartitionRecord, TopicRecord,
};
use klamm_wire::{Str, Uuid};

use super::{Kept, MetadataImage, Registration, Resource, TOPIC_RESOURCE, Topic};
use crate::types::{BrokerId, Offset};

/// What decides when a record counts as held, for topics and for brokers.
const FLUSH_KEYS: [&str; 5] = [
    "klamm.flush.policy",
    "flush.messages",
    "flush.ms",
    "log.flush.interval.messages",
    "log.flush.interval.ms",
];

/// In a registration change: become true, or false, or stay.
const TRUE: i8 = 1;
const FALSE: i8 = -1;

impl MetadataImage {
    /// Applies the record at `offset`.
    ///
    /// Offsets ascend; control records of the log have offsets of their own and never come here. A record
    /// that fits to nothing (a change of a topic that does not exist) changes nothing: the log may have been
    /// written by another program, and every node skips the same records.
    pub fn apply(&mut self, offset: Offset, record: &MetadataRecord) {
        assert!(offset >= self.offset, "records are applied in order: {offset} after {}", self.offset);
        self.offset = offset;
        match (record, &mut self.open) {
            (MetadataRecord::BeginTransaction(_), open) => *open = Some(Vec::new()),
            (MetadataRecord::AbortTransaction(_), open) => *open = None,
            (MetadataRecord::EndTransaction(_), open) => {
                for record in open.take().unwrap_or_default() {
                    self.change(&record);
                }
            }
            (record, Some(open)) => open.push(record.clone()),
            (record, None) => self.change(record),
        }
        self.check();
    }

    fn change(&mut self, record: &MetadataRecord) {
        match record {
            MetadataRecord::FeatureLevel(record) => self.set_feature(record),
            MetadataRecord::RegisterBroker(record) => {
                self.brokers.insert(record.broker_id, Registration::from(record));
            }
            MetadataRecord::UnregisterBroker(record) => {
                if self.brokers.get(&record.broker_id).is_some_and(|known| known.epoch == record.broker_epoch)
                {
                    self.brokers.remove(&record.broker_id);
                }
            }
            MetadataRecord::BrokerRegistrationChange(record) => self.change_registration(record),
            MetadataRecord::FenceBroker(record) => self.set_fenced(record.id, record.epoch, true),
            MetadataRecord::UnfenceBroker(record) => self.set_fenced(record.id, record.epoch, false),
            MetadataRecord::Topic(record) => self.add_topic(record),
            MetadataRecord::Partition(record) => self.add_partition(record),
            MetadataRecord::PartitionChange(record) => self.change_partition(record),
            MetadataRecord::RemoveTopic(record) => self.remove_topic(record.topic_id),
            MetadataRecord::ClearElr(record) => self.clear_elr(&record.topic_name),
            MetadataRecord::Config(record) => self.set_config(record),
            MetadataRecord::ProducerIds(record) => {
                self.next_producer_id = self.next_producer_id.max(record.next_producer_id);
            }
            other => self.keep(other),
        }
    }

    fn set_feature(&mut self, record: &FeatureLevelRecord) {
        if record.feature_level == 0 {
            self.features.remove(&record.name);
        } else {
            self.features.insert(record.name.clone(), record.feature_level);
        }
    }

    fn change_registration(&mut self, record: &BrokerRegistrationChangeRecord) {
        let Some(broker) = registration(&mut self.brokers, record.broker_id, record.broker_epoch) else {
            return;
        };
        let set = |flag: &mut bool, change: i8| match change {
            TRUE => *flag = true,
            FALSE => *flag = false,
            _ => {}
        };
        set(&mut broker.fenced, record.fenced);
        if !broker.fenced {
            broker.claimed_epoch = -1;
        }
        set(&mut broker.in_controlled_shutdown, record.in_controlled_shutdown);
        if !record.log_dirs.is_empty() {
            broker.log_dirs.clone_from(&record.log_dirs);
            broker.log_dirs.sort_unstable();
        }
        if record.cordoned_log_dirs.is_some() {
            broker.cordoned_log_dirs.clone_from(&record.cordoned_log_dirs);
        }
    }

    fn set_fenced(&mut self, id: BrokerId, epoch: Offset, fenced: bool) {
        if let Some(broker) = registration(&mut self.brokers, id, epoch) {
            broker.fenced = fenced;
            if !fenced {
                broker.claimed_epoch = -1;
            }
        }
    }

    fn add_topic(&mut self, record: &TopicRecord) {
        if self.topic_ids.contains_key(&record.name) || self.topics.contains_key(&record.topic_id) {
            return;
        }
        let topic = Topic { name: record.name.clone(), id: record.topic_id, partitions: BTreeMap::new() };
        self.topic_ids.insert(record.name.clone(), record.topic_id);
        self.topics.insert(record.topic_id, Arc::new(topic));
    }

    fn add_partition(&mut self, record: &PartitionRecord) {
        if let Some(topic) = self.topic_mut(record.topic_id) {
            topic.partitions.insert(record.partition_id, record.into());
        }
    }

    fn change_partition(&mut self, record: &PartitionChangeRecord) {
        let topic = self.topic_mut(record.topic_id);
        if let Some(state) = topic.and_then(|topic| topic.partitions.get_mut(&record.partition_id)) {
            state.merge(record);
        }
    }

    /// The topic's settings go with it.
    fn remove_topic(&mut self, id: Uuid) {
        if let Some(topic) = self.topics.remove(&id) {
            self.topic_ids.remove(&topic.name);
            self.configs.remove(&Resource::topic(&topic.name));
        }
    }

    /// Without a name: of every topic.
    ///
    /// Source: Kafka's `TopicDelta.replay(ClearElrRecord)`.
    fn clear_elr(&mut self, name: &str) {
        let ids: Vec<Uuid> = match self.topic_ids.get(name) {
            Some(id) => [*id].into(),
            None if name.is_empty() => self.topics.keys().copied().collect(),
            None => Vec::new(),
        };
        for id in ids {
            let Some(topic) = self.topic_mut(id) else { continue };
            let mut cleared = PartitionChangeRecord::default();
            (cleared.eligible_leader_replicas, cleared.last_known_elr) = (Some(Vec::new()), Some(Vec::new()));
            for state in topic.partitions.values_mut() {
                // A change like any other, where there is something to change: the partition epoch grows.
                if !state.elr.is_empty() || !state.last_known_elr.is_empty() {
                    state.merge(&cleared);
                }
            }
        }
    }

    fn set_config(&mut self, record: &ConfigRecord) {
        let resource = Resource { kind: record.resource_type, name: record.resource_name.clone() };
        if FLUSH_KEYS.contains(&&*record.name) {
            self.note_flush_change(&resource);
        }
        if let Some(value) = &record.value {
            self.configs.entry(resource).or_default().insert(record.name.clone(), value.clone());
            return;
        }
        if let Some(overrides) = self.configs.get_mut(&resource) {
            overrides.remove(&record.name);
            if overrides.is_empty() {
                self.configs.remove(&resource);
            }
        }
    }

    /// The settings of a topic that is just being created concern nothing that was written before.
    fn note_flush_change(&mut self, resource: &Resource) {
        let topic = self.topic(&resource.name).filter(|_| resource.kind == TOPIC_RESOURCE);
        if topic.is_some_and(|topic| topic.partitions.is_empty()) {
            return;
        }
        self.brokers.values_mut().for_each(|broker| broker.flush_changed = true);
    }

    /// Records of features that are not built: kept, so that a snapshot does not lose them. A no-op changes
    /// nothing, and the state of a migration from ZooKeeper means nothing to a cluster that runs.
    fn keep(&mut self, record: &MetadataRecord) {
        use MetadataRecord as R;
        let quota = |entity: &[EntityData], key: &Str| {
            let entity = entity.iter().map(|part| (part.entity_type.clone(), part.entity_name.clone()));
            Kept::Quota(entity.collect(), key.clone())
        };
        let (kept, present) = match record {
            R::AccessControlEntry(acl) => (Kept::Acl(acl.id), true),
            R::RemoveAccessControlEntry(acl) => (Kept::Acl(acl.id), false),
            R::UserScramCredential(user) => (Kept::Scram(user.name.clone(), user.mechanism), true),
            R::RemoveUserScramCredential(user) => (Kept::Scram(user.name.clone(), user.mechanism), false),
            R::DelegationToken(token) => (Kept::Token(token.token_id.clone()), true),
            R::RemoveDelegationToken(token) => (Kept::Token(token.token_id.clone()), false),
            R::ClientQuota(change) => (quota(&change.entity, &change.key), !change.remove),
            R::RegisterController(controller) => (Kept::Controller(controller.controller_id), true),
            _ => return,
        };
        if present {
            self.kept.insert(kept, record.clone());
        } else {
            self.kept.remove(&kept);
        }
    }

    fn topic_mut(&mut self, id: Uuid) -> Option<&mut Topic> {
        self.topics.get_mut(&id).map(Arc::make_mut)
    }
}

/// The broker, unless the record speaks of an earlier or later start of it.
fn registration(
    brokers: &mut BTreeMap<BrokerId, Registration>,
    id: BrokerId,
    epoch: Offset,
) -> Option<&mut Registration> {
    brokers.get_mut(&id).filter(|broker| broker.epoch == epoch)
}
