//! The image as records.

use alloc::vec::Vec;

use klamm_wire::metadata_records::{
    ConfigRecord, FeatureLevelRecord, MetadataRecord, ProducerIdsRecord, RegisterBrokerRecord, TopicRecord,
};

use super::{METADATA_VERSION, MetadataImage};

impl MetadataImage {
    /// The records that lead to this image from an empty one, in an order in which each finds what it needs.
    ///
    /// The metadata version comes first, because it says how to read the rest. Offsets and epochs inside the
    /// records are those of the image.
    ///
    /// # Panics
    /// Within a metadata transaction: there is no image between its records.
    pub fn to_records(&self) -> Vec<MetadataRecord> {
        assert!(!self.has_open_transaction(), "a metadata transaction is open");
        let mut records = Vec::new();
        self.features_to(&mut records);
        records.extend(self.brokers.values().map(|broker| RegisterBrokerRecord::from(broker).into()));
        for topic in self.topics() {
            records.push(TopicRecord { name: topic.name.clone(), topic_id: topic.id }.into());
            let partitions = topic.partitions.iter();
            records.extend(partitions.map(|(index, state)| state.to_record(topic.partition(*index)).into()));
        }
        self.configs_to(&mut records);
        if self.next_producer_id > 0 {
            let record = ProducerIdsRecord {
                broker_id: -1,
                broker_epoch: -1,
                next_producer_id: self.next_producer_id,
            };
            records.push(record.into());
        }
        records.extend(self.kept.values().cloned());
        records
    }

    fn features_to(&self, records: &mut Vec<MetadataRecord>) {
        let (first, rest): (Vec<_>, Vec<_>) =
            self.features.iter().partition(|(name, _)| &***name == METADATA_VERSION);
        for (name, level) in first.into_iter().chain(rest) {
            records.push(FeatureLevelRecord { name: name.clone(), feature_level: *level }.into());
        }
    }

    fn configs_to(&self, records: &mut Vec<MetadataRecord>) {
        for (resource, overrides) in &self.configs {
            for (name, value) in overrides {
                let record = ConfigRecord {
                    resource_type: resource.kind,
                    resource_name: resource.name.clone(),
                    name: name.clone(),
                    value: Some(value.clone()),
                };
                records.push(record.into());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use klamm_wire::Uuid;
    use klamm_wire::metadata_records::*;

    use super::*;
    use crate::config::Config;
    use crate::image::{LeaderRecovery, Resource, TOPIC_RESOURCE};

    const CLUSTER: Uuid = Uuid([7; 16]);
    const TOPIC: Uuid = Uuid([1; 16]);

    fn config(name: &str, value: Option<&str>) -> MetadataRecord {
        ConfigRecord {
            resource_type: TOPIC_RESOURCE,
            resource_name: "t".into(),
            name: name.into(),
            value: value.map(Into::into),
        }
        .into()
    }

    fn feature(name: &str, feature_level: i16) -> MetadataRecord {
        FeatureLevelRecord { name: name.into(), feature_level }.into()
    }

    fn partition(partition_id: i32) -> PartitionRecord {
        PartitionRecord {
            partition_id,
            topic_id: TOPIC,
            replicas: vec![1, 2],
            isr: vec![1, 2],
            leader: 1,
            leader_epoch: 0,
            partition_epoch: 0,
            directories: vec![Uuid([9; 16]), Uuid([8; 16])],
            ..PartitionRecord::default()
        }
    }

    fn change(partition_id: i32) -> PartitionChangeRecord {
        PartitionChangeRecord { partition_id, topic_id: TOPIC, ..PartitionChangeRecord::default() }
    }

    fn broker(broker_id: i32, broker_epoch: i64) -> MetadataRecord {
        RegisterBrokerRecord { broker_id, broker_epoch, rack: None, ..RegisterBrokerRecord::default() }.into()
    }

    fn image(records: impl IntoIterator<Item = MetadataRecord>) -> MetadataImage {
        let mut image = MetadataImage::new(CLUSTER);
        for (offset, record) in (1..).zip(records) {
            image.apply(offset, &record);
        }
        image
    }

    /// A log with something of everything.
    fn log() -> Vec<MetadataRecord> {
        vec![
            feature("zeta", 1),
            feature(METADATA_VERSION, 30),
            broker(1, 3),
            BrokerRegistrationChangeRecord {
                broker_id: 1,
                broker_epoch: 3,
                fenced: -1,
                ..Default::default()
            }
            .into(),
            TopicRecord { name: "t".into(), topic_id: TOPIC }.into(),
            config("retention.ms", Some("5")),
            partition(0).into(),
            partition(1).into(),
            PartitionChangeRecord {
                isr: Some(vec![2]),
                leader: 2,
                eligible_leader_replicas: Some(vec![1]),
                last_known_elr: Some(vec![1]),
                leader_recovery_state: 1,
                ..change(1)
            }
            .into(),
            ProducerIdsRecord { broker_id: 1, broker_epoch: 3, next_producer_id: 2000 }.into(),
            AccessControlEntryRecord { id: Uuid([5; 16]), ..AccessControlEntryRecord::default() }.into(),
            ClientQuotaRecord { key: "producer_byte_rate".into(), ..ClientQuotaRecord::default() }.into(),
            UserScramCredentialRecord { name: "u".into(), mechanism: 1, ..Default::default() }.into(),
            DelegationTokenRecord { token_id: "x".into(), ..DelegationTokenRecord::default() }.into(),
            RegisterControllerRecord { controller_id: 1, ..RegisterControllerRecord::default() }.into(),
            NoOpRecord::default().into(),
        ]
    }

    /// Goal: a snapshot loses nothing. Method: the records of an image, encoded, decoded and applied, give it
    /// again.
    #[test]
    fn applying_the_records_of_an_image_gives_the_image() {
        let image = image(log());
        let records: Vec<MetadataRecord> = image
            .to_records()
            .iter()
            .map(|record| record.encode_framed().expect("every record has a version that carries it"))
            .map(|bytes| MetadataRecord::decode_framed(&bytes).expect("what was encoded decodes"))
            .collect();
        let MetadataRecord::FeatureLevel(first) = &records[0] else { panic!("features come first") };
        assert_eq!(&*first.name, METADATA_VERSION);
        assert_eq!(MetadataImage::from_snapshot(CLUSTER, image.offset + 1, &records), image);
    }

    /// Goal: only what the record names changes; a leader named again has a new epoch. Source: Kafka's
    /// `PartitionRegistration.merge`.
    #[test]
    fn a_partition_change_keeps_what_it_does_not_name() {
        let at = crate::types::TopicIdPartition { topic_id: TOPIC, partition: 1 };
        let mut image = image(log());
        let before = image.partition(at).expect("it exists").clone();
        assert_eq!((before.leader, before.leader_epoch, before.partition_epoch), (Some(2), 1, 1));
        assert_eq!(
            (&before.isr, &before.elr, before.recovery),
            (&vec![2], &vec![1], LeaderRecovery::Recovering)
        );
        image.apply(100, &change(1).into());
        let after = image.partition(at).expect("it exists");
        assert_eq!(after.partition_epoch, 2, "every record counts");
        assert_eq!((after.leader_epoch, &after.isr), (1, &vec![2]));
        image.apply(101, &PartitionChangeRecord { leader: 2, ..change(1) }.into());
        let after = image.partition(at).expect("it exists");
        assert_eq!((after.leader, after.leader_epoch), (Some(2), 2), "the same leader, a new epoch");
        image.apply(102, &PartitionChangeRecord { leader: -1, ..change(1) }.into());
        let after = image.partition(at).expect("it exists");
        assert_eq!((after.leader, after.leader_epoch), (None, 3));
    }

    /// Goal: clearing eligible replicas is a change of those partitions that have some, of one topic or of all, and
    /// of no others. Source: Kafka's `TopicDelta.replay(ClearElrRecord)`.
    #[test]
    fn clearing_eligible_replicas_counts_as_a_change() {
        let at = |partition| crate::types::TopicIdPartition { topic_id: TOPIC, partition };
        for (topic_name, clears) in [("t", true), ("", true), ("other", false)] {
            let mut image = image(log());
            image.apply(103, &ClearElrRecord { topic_name: topic_name.into() }.into());
            let changed = image.partition(at(1)).expect("it exists");
            assert_eq!(changed.elr.is_empty() && changed.last_known_elr.is_empty(), clears);
            assert_eq!((changed.partition_epoch, changed.leader_epoch), (1 + i32::from(clears), 1));
            assert_eq!(image.partition(at(0)).expect("it exists").partition_epoch, 0);
        }
    }

    /// Goal: nothing of a deleted topic stays, not even its settings, which a topic of the same name would
    /// inherit.
    #[test]
    fn a_removed_topic_takes_its_settings_along() {
        let mut image = image(log());
        assert_eq!(image.topic_config(&Config::default(), "t").retention_ms, 5);
        image.apply(100, &RemoveTopicRecord { topic_id: TOPIC }.into());
        assert!(image.topic("t").is_none() && image.topic_by_id(TOPIC).is_none());
        assert!(image.overrides(&Resource::topic("t")).is_empty());
        assert_eq!(image.topic_config(&Config::default(), "t").retention_ms, 604_800_000);
    }

    /// Goal: null removes a setting, level 0 removes a feature, and an empty resource is no resource.
    #[test]
    fn settings_and_features_can_be_taken_back() {
        let mut image = image(log());
        image.apply(100, &config("retention.ms", None));
        image.apply(101, &feature("zeta", 0));
        assert!(image.configs.is_empty());
        assert!(!image.features.contains_key("zeta"));
        for (offset, record) in (102..).zip([
            RemoveAccessControlEntryRecord { id: Uuid([5; 16]) }.into(),
            ClientQuotaRecord { key: "producer_byte_rate".into(), remove: true, ..Default::default() }.into(),
            RemoveUserScramCredentialRecord { name: "u".into(), mechanism: 1 }.into(),
            RemoveDelegationTokenRecord { token_id: "x".into() }.into(),
        ]) {
            image.apply(offset, &record);
        }
        assert_eq!(image.kept.len(), 1, "controllers are only replaced");
    }

    /// Goal: records about an earlier start of a broker do not touch its present one.
    #[test]
    fn a_registration_change_of_another_epoch_is_skipped() {
        let mut image = image([broker(1, 3)]);
        image.apply(5, &UnfenceBrokerRecord { id: 1, epoch: 2 }.into());
        assert!(!image.is_active(1));
        image.apply(6, &UnfenceBrokerRecord { id: 1, epoch: 3 }.into());
        assert!(image.is_active(1));
        image.apply(7, &UnregisterBrokerRecord { broker_id: 1, broker_epoch: 2 }.into());
        assert_eq!(image.active_brokers().count(), 1);
        image.apply(8, &FenceBrokerRecord { id: 1, epoch: 3 }.into());
        image.apply(9, &UnregisterBrokerRecord { broker_id: 1, broker_epoch: 3 }.into());
        assert!(image.brokers.is_empty());
    }

    /// Goal: a replica can be used where its directory is the broker's or not known, and directory ids with a
    /// meaning of their own are none. Source: KIP-858.
    #[test]
    fn directories_are_online_while_their_broker_has_them() {
        let (own, gone) = (Uuid([9; 16]), Uuid([8; 16]));
        let reserved = |last| Uuid([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last]);
        let record = RegisterBrokerRecord { log_dirs: vec![own], ..RegisterBrokerRecord::default() };
        let broker = crate::image::Registration::from(&record);
        assert!([own, reserved(0), reserved(1)].into_iter().all(|dir| broker.has_online_dir(dir)));
        assert!([gone, reserved(2)].into_iter().all(|dir| !broker.has_online_dir(dir)));
        let old = crate::image::Registration { log_dirs: vec![], ..broker.clone() };
        assert!(old.has_online_dir(gone) && old.takes_replicas());
        let cordoned = crate::image::Registration { cordoned_log_dirs: Some(vec![own]), ..broker.clone() };
        assert!(broker.takes_replicas() && !cordoned.takes_replicas());
        assert!([0, 99].into_iter().all(|last| crate::image::is_reserved_directory(reserved(last))));
        assert!(![reserved(100), own].into_iter().any(crate::image::is_reserved_directory));
    }

    /// Goal: a metadata transaction shows all of its records or none. Source: KIP-868.
    #[test]
    fn a_metadata_transaction_is_seen_whole_or_not_at_all() {
        let topic = || -> MetadataRecord { TopicRecord { name: "t".into(), topic_id: TOPIC }.into() };
        let mut image = image([BeginTransactionRecord::default().into(), topic()]);
        assert!(image.topic("t").is_none() && image.has_open_transaction());
        image.apply(10, &AbortTransactionRecord::default().into());
        assert!(image.topic("t").is_none());
        image.apply(11, &BeginTransactionRecord::default().into());
        image.apply(12, &topic());
        image.apply(13, &EndTransactionRecord::default().into());
        assert!(image.topic("t").is_some() && !image.has_open_transaction());
    }

    /// Goal: a log written by another program cannot break the image. Method: records that fit to nothing.
    #[test]
    fn records_that_fit_to_nothing_change_nothing() {
        let empty = image([
            partition(0).into(),
            change(0).into(),
            RemoveTopicRecord { topic_id: TOPIC }.into(),
            ClearElrRecord { topic_name: "t".into() }.into(),
            config("retention.ms", None),
            EndTransactionRecord::default().into(),
        ]);
        assert_eq!(MetadataImage { offset: -1, ..empty }, MetadataImage::new(CLUSTER));
    }
}
