//! What a client knows about brokers, topics and leaders, and when it asks again.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use klamm_wire::messages::metadata_request::MetadataRequestTopic;
use klamm_wire::messages::metadata_response::{MetadataResponsePartition, MetadataResponseTopic};
use klamm_wire::messages::{MetadataRequest, MetadataResponse, Request};
use klamm_wire::{ErrorCode, Str, Uuid};

use crate::time::Timestamp;
use crate::types::{BrokerId, LeaderEpoch};

/// A broker's address as it tells clients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokerMetadata {
    /// Host name or address.
    pub host: Str,
    /// TCP port.
    pub port: u16,
    /// `broker.rack`.
    pub rack: Option<Str>,
}

/// A partition as the brokers last described it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PartitionMetadata {
    /// Why there is no leader, usually `LEADER_NOT_AVAILABLE`.
    pub error: ErrorCode,
    /// Who leads.
    pub leader: Option<BrokerId>,
    /// Counts the leaders; -1 if the broker does not say.
    pub leader_epoch: LeaderEpoch,
    /// All replicas, the preferred leader first.
    pub replicas: Vec<BrokerId>,
    /// Replicas in sync.
    pub isr: Vec<BrokerId>,
    /// Replicas on brokers or directories that are down.
    pub offline_replicas: Vec<BrokerId>,
}

/// A topic as the brokers last described it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TopicMetadata {
    /// `NONE`, or why the topic cannot be described.
    pub error: ErrorCode,
    /// Zero if the broker is too old to tell.
    pub topic_id: Uuid,
    /// Whether the cluster keeps the topic for itself.
    pub is_internal: bool,
    /// By index.
    pub partitions: BTreeMap<i32, PartitionMetadata>,
}

impl TopicMetadata {
    /// Why no leader of a partition is known: it, or its topic, does not exist, or nobody leads it for the moment.
    pub(crate) fn missing_leader(&self, partition: i32) -> ErrorCode {
        match (self.error, self.partitions.contains_key(&partition)) {
            (ErrorCode::NONE, false) => ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
            (ErrorCode::NONE, true) => ErrorCode::LEADER_NOT_AVAILABLE,
            (code, _) => code,
        }
    }

    /// How many partitions the topic has.
    pub fn partition_count(&self) -> i32 {
        i32::try_from(self.partitions.len()).expect("the wire counts partitions with 32 bits")
    }
}

/// The cluster as last described.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata {
    /// Name of the cluster.
    pub cluster_id: Option<Str>,
    /// The broker that takes requests for the controller.
    pub controller: Option<BrokerId>,
    /// Live brokers.
    pub brokers: BTreeMap<BrokerId, BrokerMetadata>,
    /// Topics asked for, those with an error included.
    pub topics: BTreeMap<Str, TopicMetadata>,
}

impl Metadata {
    /// A topic that can be used: described without error, and with partitions.
    pub fn usable_topic(&self, topic: &Str) -> Option<&TopicMetadata> {
        self.topics.get(topic).filter(|t| t.error == ErrorCode::NONE && !t.partitions.is_empty())
    }

    /// Takes an answer. A partition whose leader epoch is older than the known one keeps what is known: the
    /// answer came from a broker that lags behind (KIP-320).
    pub(super) fn update(&mut self, response: &MetadataResponse, wanted: &BTreeSet<Str>) {
        self.cluster_id.clone_from(&response.cluster_id);
        self.controller = (response.controller_id >= 0).then_some(response.controller_id);
        if !response.brokers.is_empty() {
            let known = response.brokers.iter().filter_map(|broker| {
                let port = u16::try_from(broker.port).ok()?;
                let (host, rack) = (broker.host.clone(), broker.rack.clone());
                Some((broker.node_id, BrokerMetadata { host, port, rack }))
            });
            self.brokers = known.collect();
        }
        let mut topics = BTreeMap::new();
        for topic in &response.topics {
            let Some(name) = topic.name.clone() else { continue };
            let known = self.topics.remove(&name);
            topics.insert(name, describe(topic, known.as_ref()));
        }
        // A request for some topics may have left before the interest grew: what it did not ask for stays.
        let others = core::mem::take(&mut self.topics).into_iter();
        topics.extend(others.filter(|(name, _)| wanted.contains(name)));
        self.topics = topics;
    }
}

/// Who leads a partition, as an answer has told that came from somebody else (KIP-951).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CurrentLeader {
    pub(crate) id: BrokerId,
    pub(crate) epoch: LeaderEpoch,
}

impl Metadata {
    /// Takes over who leads a partition, if that is news and the leader can be found. Whether it was.
    ///
    /// Source: Kafka's `Metadata.updatePartitionLeadership`.
    pub(super) fn learn_leader(&mut self, topic: &Str, partition: i32, leader: CurrentLeader) -> bool {
        let known = self.topics.get_mut(topic).and_then(|topic| topic.partitions.get_mut(&partition));
        let Some(known) = known.filter(|known| leader.epoch > known.leader_epoch) else { return false };
        if leader.id < 0 || !self.brokers.contains_key(&leader.id) {
            return false;
        }
        (known.leader, known.leader_epoch, known.error) = (Some(leader.id), leader.epoch, ErrorCode::NONE);
        true
    }

    /// Takes over where a broker is found.
    pub(super) fn learn_broker(&mut self, id: BrokerId, host: &Str, port: i32, rack: Option<&Str>) {
        if let Ok(port) = u16::try_from(port) {
            self.brokers.insert(id, BrokerMetadata { host: host.clone(), port, rack: rack.cloned() });
        }
    }
}

fn describe(topic: &MetadataResponseTopic, known: Option<&TopicMetadata>) -> TopicMetadata {
    let same = known.filter(|known| known.topic_id == topic.topic_id);
    let partition = |new: &MetadataResponsePartition| {
        let old = same.and_then(|known| known.partitions.get(&new.partition_index));
        match old {
            Some(old) if new.leader_epoch >= 0 && old.leader_epoch > new.leader_epoch => old.clone(),
            _ => PartitionMetadata {
                error: new.error_code,
                leader: (new.leader_id >= 0).then_some(new.leader_id),
                leader_epoch: new.leader_epoch,
                replicas: new.replica_nodes.clone(),
                isr: new.isr_nodes.clone(),
                offline_replicas: new.offline_replicas.clone(),
            },
        }
    };
    TopicMetadata {
        error: topic.error_code,
        topic_id: topic.topic_id,
        is_internal: topic.is_internal,
        partitions: topic.partitions.iter().map(|new| (new.partition_index, partition(new))).collect(),
    }
}

/// When metadata is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct MetadataRefresh {
    /// Topics that metadata has to hold, besides the brokers.
    topics: BTreeSet<Str>,
    wanted: bool,
    pub(super) in_flight: bool,
    pub(super) failures: u32,
    /// Not to be asked before, so that a cluster in trouble is not asked in a loop.
    not_before: Timestamp,
    /// To be asked then even without need; `None` until the first answer.
    expires: Option<Timestamp>,
}

impl MetadataRefresh {
    pub(super) fn topics(&self) -> &BTreeSet<Str> {
        &self.topics
    }

    pub(super) fn set_topics(&mut self, topics: BTreeSet<Str>) {
        if self.topics != topics {
            self.topics = topics;
            self.on_new_topic();
        }
    }

    pub(super) fn add_topic(&mut self, topic: &Str) {
        if self.topics.insert(topic.clone()) {
            self.on_new_topic();
        }
    }

    /// Nothing was asked about this yet, so there is no reason to wait, unless the cluster cannot be reached.
    fn on_new_topic(&mut self) {
        self.wanted = true;
        if self.failures == 0 {
            self.not_before = Timestamp::default();
        }
    }

    pub(super) fn want(&mut self) {
        self.wanted = true;
    }

    pub(super) fn is_due(&self, now: Timestamp) -> bool {
        self.next_deadline().is_some_and(|at| at <= now)
    }

    pub(super) fn next_deadline(&self) -> Option<Timestamp> {
        if self.in_flight {
            return None;
        }
        if self.wanted { Some(self.not_before) } else { self.expires }
    }

    pub(super) fn request(&mut self, version: i16, allow_auto_create: bool) -> Request {
        self.wanted = false; // what is wanted from now on is wanted again
        let by_name = |name: &Str| MetadataRequestTopic { name: Some(name.clone()), ..Default::default() };
        let topics = Some(self.topics.iter().map(by_name).collect());
        Request::Metadata(MetadataRequest {
            topics,
            allow_auto_topic_creation: allow_auto_create || version < 4,
            ..Default::default()
        })
    }

    pub(super) fn on_answered(&mut self, not_before: Timestamp, expires: Timestamp) {
        assert!(self.in_flight, "an answer needs a question");
        self.in_flight = false;
        self.failures = 0;
        self.not_before = not_before;
        self.expires = Some(expires);
    }

    pub(super) fn on_failed(&mut self, retry_at: Timestamp) {
        assert!(self.in_flight, "a failure needs an attempt");
        self.in_flight = false;
        self.failures += 1;
        self.not_before = retry_at;
        self.wanted = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(leader: Option<BrokerId>, leader_epoch: LeaderEpoch) -> Metadata {
        let partition = PartitionMetadata { leader, leader_epoch, ..PartitionMetadata::default() };
        let topic = TopicMetadata { partitions: [(0, partition)].into(), ..TopicMetadata::default() };
        let mut metadata = Metadata { topics: [("t".into(), topic)].into(), ..Metadata::default() };
        metadata.learn_broker(1, &"one".into(), 9092, None);
        metadata
    }

    fn leader(metadata: &Metadata) -> (Option<BrokerId>, LeaderEpoch) {
        let partition = &metadata.topics["t"].partitions[&0];
        (partition.leader, partition.leader_epoch)
    }

    /// Goal: only a newer epoch is believed, and only of a leader that has an address. Source: KIP-951.
    #[test]
    fn a_leader_is_learned_from_answers_of_others() {
        let mut metadata = known(Some(1), 5);
        let two = |epoch| CurrentLeader { id: 2, epoch };
        assert!(!metadata.learn_leader(&"t".into(), 0, two(6)), "nobody knows where it is");
        metadata.learn_broker(2, &"two".into(), 9092, None);
        assert!(!metadata.learn_leader(&"t".into(), 0, two(5)), "no news");
        assert!(!metadata.learn_leader(&"t".into(), 1, two(6)), "no such partition");
        assert!(!metadata.learn_leader(&"t".into(), 0, CurrentLeader { id: -1, epoch: 9 }), "nobody leads");
        assert_eq!(leader(&metadata), (Some(1), 5));
        assert!(metadata.learn_leader(&"t".into(), 0, two(6)));
        assert_eq!(leader(&metadata), (Some(2), 6));
        assert!(!metadata.learn_leader(&"t".into(), 0, CurrentLeader { id: 1, epoch: 5 }), "never back");
    }
}
