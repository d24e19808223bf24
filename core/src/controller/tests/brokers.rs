//! Brokers come and go, and their partitions with them.

use klamm_wire::metadata_records::{PartitionRecord, RegisterBrokerRecord};

use super::*;
use crate::testing::Stage;

const TOPIC: Uuid = Uuid([1; 16]);

/// ISR and leader of each partition, and the leader epoch.
type Led = (Vec<BrokerId>, Option<BrokerId>, i32);

/// Brokers 1 to 3; one partition per entry of `(isr, leader)`, all on 1, 2, 3.
fn image(fenced: &[BrokerId], partitions: &[(&[BrokerId], BrokerId)]) -> MetadataImage {
    let mut image = MetadataImage::new(Uuid::ZERO);
    for broker_id in 1..=3 {
        let fenced = fenced.contains(&broker_id);
        image.apply(0, &RegisterBrokerRecord { broker_id, fenced, ..Default::default() }.into());
    }
    image.apply(0, &TopicRecord { name: "t".into(), topic_id: TOPIC }.into());
    for (partition_id, (isr, leader)) in (0..).zip(partitions) {
        let record = PartitionRecord {
            partition_id,
            topic_id: TOPIC,
            replicas: vec![1, 2, 3],
            isr: isr.to_vec(),
            leader: *leader,
            leader_epoch: 0,
            partition_epoch: 0,
            ..PartitionRecord::default()
        };
        image.apply(0, &record.into());
    }
    image
}

fn after(
    mut image: MetadataImage,
    change: impl FnOnce(&Controller, &mut Cx<'_>) -> Vec<MetadataRecord>,
) -> Vec<Led> {
    let records = change(&Controller::new(image.clone()), &mut Stage::new(Config::default()).cx());
    records.iter().for_each(|record| image.apply(0, record));
    image.partitions().map(|(_, state)| (state.isr.clone(), state.leader, state.leader_epoch)).collect()
}

/// Goal: leadership moves inside the ISR, a lone ISR member stays and leads nothing, partitions without the broker
/// are left alone. Source: Kafka without KIP-966.
#[test]
fn a_broker_that_goes_leads_nothing_and_leaves_every_isr_it_shares() {
    let image = image(&[], &[(&[1, 2, 3], 1), (&[1], 1), (&[2, 3], 2), (&[1, 2], 2), (&[1], -1)]);
    assert_eq!(
        after(image, |controller, cx| controller.changes_without(cx, 1)),
        [
            (vec![2, 3], Some(2), 1),
            (vec![1], None, 1),
            (vec![2, 3], Some(2), 0),
            (vec![2], Some(2), 0),
            (vec![1], None, 0),
        ]
    );
}

/// Goal: a broker that is let in leads what it holds in sync and nobody leads; a partition whose last in-sync
/// replica is still away waits for it.
#[test]
fn a_broker_that_is_let_in_leads_what_waited_for_it() {
    let image = image(&[1, 3], &[(&[1], -1), (&[3], -1), (&[2], 2)]);
    assert_eq!(
        after(image, |controller, cx| controller.changes_joining(cx, 1)),
        [(vec![1], Some(1), 1), (vec![3], None, 0), (vec![2], Some(2), 0)]
    );
}
