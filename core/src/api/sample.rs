//! A small cluster for the tests of handlers that only read.

use alloc::vec;

use klamm_wire::metadata_records::register_broker_record::BrokerEndpoint;
use klamm_wire::metadata_records::{PartitionRecord, RegisterBrokerRecord, TopicRecord};
use klamm_wire::{Str, Uuid};

use crate::image::MetadataImage;
use crate::types::BrokerId;

/// Of topic `a`.
pub(super) const TOPIC_A: Uuid = Uuid([0xaa; 16]);
/// Of topic `b`.
pub(super) const TOPIC_B: Uuid = Uuid([0xbb; 16]);

/// Brokers 1 and 2, and 3, which is fenced; listener `PLAINTEXT`. Topic `a`: partition 0 led by 1 with 3
/// offline, partition 1 led by nobody. Topic `b`: three partitions led by 2.
pub(super) fn image() -> MetadataImage {
    let mut image = MetadataImage::new(Uuid([7; 16]));
    for broker_id in 1..=3 {
        let endpoint = BrokerEndpoint {
            name: "PLAINTEXT".into(),
            host: "localhost".into(),
            port: 9090 + u16::try_from(broker_id).expect("small"),
            security_protocol: 0,
        };
        let record = RegisterBrokerRecord {
            broker_id,
            broker_epoch: 5,
            end_points: vec![endpoint],
            rack: Some(Str::from("r")),
            fenced: broker_id == 3,
            ..RegisterBrokerRecord::default()
        };
        image.apply(0, &record.into());
    }
    let mut topic = |name: &str, topic_id, leaders: &[BrokerId]| {
        image.apply(0, &TopicRecord { name: name.into(), topic_id }.into());
        for (partition_id, leader) in (0..).zip(leaders) {
            let record = PartitionRecord {
                partition_id,
                topic_id,
                replicas: vec![1, 3],
                isr: vec![1],
                leader: *leader,
                leader_epoch: 4,
                partition_epoch: 4,
                ..PartitionRecord::default()
            };
            image.apply(0, &record.into());
        }
    };
    topic("a", TOPIC_A, &[1, -1]);
    topic("b", TOPIC_B, &[2, 2, 2]);
    image
}
