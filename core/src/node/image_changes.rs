//! What committed metadata records mean for the partitions of this broker.

use alloc::vec;
use alloc::vec::Vec;

use klamm_wire::metadata_records::MetadataRecord;
use klamm_wire::{Str, Uuid};

use crate::api;
use crate::edge::{Effect, Effects};
use crate::event::Event;
use crate::flaw::Flaw;
use crate::group::{Command, DeletedTopic};
use crate::image::{BROKER_RESOURCE, MetadataImage, PartitionState, TOPIC_RESOURCE};
use crate::node::{Node, Phase};
use crate::time::Now;
use crate::types::{METADATA_PARTITION, OFFSETS_TOPIC, TRANSACTION_TOPIC, TopicIdPartition, TopicPartition};

impl Node {
    /// A record of the metadata log is committed and in the image.
    pub(crate) fn on_metadata_record(&mut self, now: Now, fx: &mut Effects, record: &MetadataRecord) {
        // Until the logs are opened, opening them takes in everything at once; and a node that stops, which may
        // still commit what it wrote before, leaves what follows from it to its next life.
        if self.phase < Phase::Logs || self.phase >= Phase::Stopping {
            return;
        }
        match record {
            MetadataRecord::Topic(topic) => {
                self.observe_creation(fx, topic.topic_id);
            }
            MetadataRecord::Partition(partition) => {
                let id = TopicIdPartition { topic_id: partition.topic_id, partition: partition.partition_id };
                self.on_new_partition(now, fx, id);
            }
            MetadataRecord::PartitionChange(change) => {
                let id = TopicIdPartition { topic_id: change.topic_id, partition: change.partition_id };
                self.apply_partition_change(now, fx, id);
            }
            MetadataRecord::RemoveTopic(removed) => self.on_topic_removed(now, fx, removed.topic_id),
            MetadataRecord::Config(config) if config.resource_type == TOPIC_RESOURCE => {
                self.reconfigure(&config.resource_name);
            }
            MetadataRecord::Config(config) if config.resource_type == BROKER_RESOURCE => {
                let names: Vec<Str> = self.env.image.topics().map(|topic| topic.name.clone()).collect();
                for name in names {
                    self.reconfigure(&name);
                }
            }
            MetadataRecord::RegisterBroker(_)
            | MetadataRecord::UnregisterBroker(_)
            | MetadataRecord::FenceBroker(_)
            | MetadataRecord::UnfenceBroker(_)
            | MetadataRecord::BrokerRegistrationChange(_) => self.wake_all_deletions(now, fx),
            _ => {}
        }
    }

    /// Somebody has died or is back: whose records are waited for to go may have changed.
    fn wake_all_deletions(&mut self, now: Now, fx: &mut Effects) {
        let mut waiting = alloc::collections::BTreeSet::new();
        for partition in self.partitions.values_mut() {
            waiting.append(&mut partition.take_deletion_waiters());
        }
        for ticket in waiting {
            self.resume(now, fx, ticket);
        }
    }

    /// A snapshot of the metadata takes the place of what this node knew before: does what the records between would
    /// have asked for.
    pub(crate) fn on_image_replaced(&mut self, now: Now, fx: &mut Effects, before: &MetadataImage) {
        if self.phase < Phase::Logs || self.phase >= Phase::Stopping {
            return;
        }
        let image = alloc::sync::Arc::clone(&self.env.image);
        for topic in before.topics().filter(|topic| image.topic_by_id(topic.id).is_none()) {
            self.on_topic_removed(now, fx, topic.id);
        }
        for topic in image.topics() {
            if before.topic_by_id(topic.id).is_none() {
                self.observe_creation(fx, topic.id);
            }
            for index in topic.partitions.keys() {
                self.apply_partition_change(now, fx, topic.partition(*index));
            }
            self.reconfigure(&topic.name);
        }
        self.wake_all_deletions(now, fx);
    }

    fn observe_creation(&self, fx: &mut Effects, topic_id: Uuid) {
        if let Some(topic) = self.env.image.topic_by_id(topic_id) {
            let partitions = u32::try_from(topic.partitions.len()).unwrap_or(u32::MAX);
            fx.push(Effect::Observe(Event::TopicCreated { topic: topic.name.clone(), partitions }));
        }
    }

    fn on_new_partition(&mut self, now: Now, fx: &mut Effects, id: TopicIdPartition) {
        let node_id = self.env.config.node_id;
        let image = &self.env.image;
        let here = image.partition(id).is_some_and(|partition| partition.replicas.contains(&node_id));
        let Some(topic) = image.topic_by_id(id.topic_id).filter(|_| here) else { return };
        let name = TopicPartition { topic: topic.name.clone(), partition: id.partition };
        if !self.partitions.contains_key(&id) {
            self.open_log(now, fx, name, id);
        }
    }

    /// Leads or follows the partition as the image says, once its log is open.
    pub(crate) fn apply_partition_state(&mut self, now: Now, fx: &mut Effects, id: TopicIdPartition) {
        let image = alloc::sync::Arc::clone(&self.env.image);
        let Some(state) = image.partition(id) else { return };
        let node_id = self.env.config.node_id;
        let Some(partition) = self.partitions.get_mut(&id).filter(|partition| partition.log.is_open()) else {
            return;
        };
        if state.partition_epoch < partition.partition_epoch() || !state.replicas.contains(&node_id) {
            return;
        }
        self.dirty.insert(id);
        if state.leader == Some(node_id) {
            self.lead(now, fx, id, state.clone());
        } else {
            self.stop_leading(now, fx, id, state);
        }
    }

    fn lead(&mut self, now: Now, fx: &mut Effects, id: TopicIdPartition, state: PartitionState) {
        let partition = self.partitions.get_mut(&id).expect("it is here");
        let led_before = partition.leadership().is_some();
        let is_new = partition.become_leader(&mut self.env.cx(now, fx), state);
        if partition.leader().is_some_and(|leader| leader.proposal().is_some()) {
            self.propose_isr(id);
        }
        if is_new {
            self.wake_readers(now, fx, id);
        }
        self.unfollow(now, fx, id);
        // One that was waited for may be no replica any more.
        self.wake_deletions(now, fx, id);
        // Markers that wait for a leader may find this one, or another.
        self.transactions.has_markers = true;
        if is_new && led_before {
            // Whatever was decided in the old epoch and is not committed may be lost; the log says what is true.
            self.unload_shard(now, fx, id);
        }
        match &*self.partitions[&id].name.topic {
            OFFSETS_TOPIC if is_new => {
                self.groups.begin_loading(id);
                self.load_group(now, fx, id);
            }
            TRANSACTION_TOPIC if is_new => {
                self.transactions.begin_loading(id);
                self.load_transactions(now, fx, id);
            }
            _ => {}
        }
    }

    /// Follows somebody, or waits for a leader; who waited for this one is told to look elsewhere.
    fn stop_leading(&mut self, now: Now, fx: &mut Effects, id: TopicIdPartition, state: &PartitionState) {
        let partition = self.partitions.get_mut(&id).expect("it is here");
        let led_before = partition.leadership().is_some();
        let is_new = partition.become_follower(&mut self.env.cx(now, fx), state);
        if led_before {
            let waiters = self.partitions.get_mut(&id).expect("it is here").take_all_waiters();
            for ticket in waiters {
                api::committed(self, fx, ticket);
                self.resume(now, fx, ticket);
            }
            self.unload_shard(now, fx, id);
        }
        if !is_new {
            return;
        }
        self.wake_readers(now, fx, id);
        let partition = self.partitions.get_mut(&id).expect("it is here");
        let high_watermark = partition.high_watermark();
        if self.env.config.has_flaw(Flaw::TruncOwnHw) && high_watermark < partition.log.log_end_offset() {
            partition.truncate_to(&mut self.env.cx(now, fx), high_watermark);
            self.lower_recovery_point(now, fx, id);
        }
        self.follow(now, fx, id);
    }

    /// A leader epoch has begun: fetches that wait are looked at again, and told if they believe in an older one.
    fn wake_readers(&mut self, now: Now, fx: &mut Effects, id: TopicIdPartition) {
        let readers = self.partitions.get_mut(&id).expect("it is here").take_readers();
        for ticket in readers {
            self.resume(now, fx, ticket);
        }
    }

    /// A partition has other replicas, another ISR or another leader.
    fn apply_partition_change(&mut self, now: Now, fx: &mut Effects, id: TopicIdPartition) {
        let node_id = self.env.config.node_id;
        let here = self.env.image.partition(id).is_some_and(|state| state.replicas.contains(&node_id));
        match (here, self.partitions.contains_key(&id)) {
            (true, false) => self.on_new_partition(now, fx, id),
            (true, true) => self.apply_partition_state(now, fx, id),
            // A reassignment has moved it away.
            (false, true) => self.remove_partition(now, fx, id),
            (false, false) => {}
        }
    }

    /// A topic is gone: who waits at its partitions is told, and their logs go.
    fn on_topic_removed(&mut self, now: Now, fx: &mut Effects, topic_id: Uuid) {
        let first = TopicIdPartition { topic_id, partition: 0 };
        let last = TopicIdPartition { topic_id, partition: i32::MAX };
        self.opening.retain(|id| id.topic_id != topic_id || self.partitions.contains_key(id));
        let ids: Vec<_> = self.partitions.range(first..=last).map(|(id, _)| *id).collect();
        let name = ids.first().map(|id| self.partitions[id].name.topic.clone());
        for id in ids {
            assert!(id != METADATA_PARTITION, "the metadata log is no topic of the image");
            self.remove_partition(now, fx, id);
        }
        self.forget_offsets(now, fx, DeletedTopic { id: topic_id, name: name.clone() });
        if let Some(topic) = name {
            fx.push(Effect::Observe(Event::TopicDeleted { topic }));
        }
    }

    /// Lets every group forget what it has committed in a topic that is gone.
    fn forget_offsets(&mut self, now: Now, fx: &mut Effects, topic: DeletedTopic) {
        let shards: Vec<i32> = self.groups.shards.indexes().collect();
        for shard in shards {
            // A shard that is still loading finds the offsets in its log; they expire like all others.
            let command = Command::TopicsDeleted(vec![topic.clone()]);
            let _refused = self.submit_group(now, fx, shard, None, command);
        }
    }

    /// A partition that a coordinator lives in is gone, or led by somebody else: whoever waits there has to look
    /// elsewhere.
    fn unload_shard(&mut self, now: Now, fx: &mut Effects, id: TopicIdPartition) {
        if self.groups.shards.partition(id.partition) == Some(id) {
            let answers = self.groups.on_unloaded(&mut self.env.cx(now, fx), id.partition);
            for (ticket, answer) in answers {
                self.group_answered(fx, ticket, answer);
            }
        } else if self.transactions.shards.partition(id.partition) == Some(id) {
            let answers = self.transactions.on_unloaded(&mut self.env.cx(now, fx), id.partition);
            for (ticket, answer) in answers {
                self.transaction_answered(fx, ticket, answer);
            }
        }
    }

    fn remove_partition(&mut self, now: Now, fx: &mut Effects, id: TopicIdPartition) {
        let mut partition = self.partitions.remove(&id).expect("it is listed");
        let waiters = partition.take_all_waiters();
        for ticket in waiters {
            api::committed(self, fx, ticket);
            self.resume(now, fx, ticket);
        }
        self.unfollow(now, fx, id);
        self.unload_shard(now, fx, id);
        self.opening.remove(&id);
        self.release_held(fx);
        self.bury(now, fx, id, partition);
    }

    /// Takes over the settings of a topic that have changed.
    fn reconfigure(&mut self, topic: &str) {
        let Some(found) = self.env.image.topic(topic) else { return };
        let config = self.env.image.topic_config(&self.env.config, topic);
        for index in found.partitions.keys() {
            let id = TopicIdPartition { topic_id: found.id, partition: *index };
            if let Some(partition) = self.partitions.get_mut(&id) {
                partition.config = config.clone();
                partition.log.set_config(config.clone());
            }
        }
    }
}
