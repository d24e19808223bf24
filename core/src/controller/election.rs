//! Who leads a partition, and what a broker's coming and going does to its partitions.

use alloc::vec::Vec;

use klamm_wire::metadata_records::{MetadataRecord, PartitionChangeRecord};

use crate::image::{MetadataImage, NO_LEADER, PartitionState};
use crate::types::{BrokerId, TopicIdPartition};

/// The clean choice: the first replica that is in sync and fit to lead.
pub(super) fn elect(
    state: &PartitionState,
    isr: &[BrokerId],
    is_fit: impl Fn(BrokerId) -> bool,
) -> Option<BrokerId> {
    state.replicas.iter().copied().find(|id| isr.contains(id) && is_fit(*id))
}

fn change(partition: TopicIdPartition) -> PartitionChangeRecord {
    PartitionChangeRecord {
        partition_id: partition.partition,
        topic_id: partition.topic_id,
        ..PartitionChangeRecord::default()
    }
}

/// A broker is fenced: it leaves every ISR it is not alone in, and leads nothing.
///
/// The last member of an ISR stays in it: it is the only one that surely holds every committed record.
///
/// Source: Kafka's `ReplicationControlManager.handleBrokerFenced`.
pub(super) fn changes_of_fencing(image: &MetadataImage, broker: BrokerId) -> Vec<MetadataRecord> {
    let of = |(partition, state): (TopicIdPartition, &PartitionState)| {
        if state.leader != Some(broker) && !state.isr.contains(&broker) {
            return None;
        }
        let mut record = change(partition);
        let rest: Vec<BrokerId> = state.isr.iter().copied().filter(|id| *id != broker).collect();
        if !rest.is_empty() && rest.len() < state.isr.len() {
            record.isr = Some(rest.clone());
        }
        if state.leader == Some(broker) {
            let next = elect(state, &rest, |id| image.is_active(id));
            record.leader = next.unwrap_or(NO_LEADER);
        } else if record.isr.is_none() {
            return None; // alone in the ISR and led by nobody: nothing changes
        }
        Some(record.into())
    };
    image.partitions().filter_map(of).collect()
}

/// A broker is unfenced: it leads what nobody leads and it holds in sync.
///
/// Source: Kafka's `ReplicationControlManager.handleBrokerUnfenced`.
pub(super) fn changes_of_unfencing(image: &MetadataImage, broker: BrokerId) -> Vec<MetadataRecord> {
    let of = |(partition, state): (TopicIdPartition, &PartitionState)| {
        if state.leader.is_some() {
            return None;
        }
        let leader = elect(state, &state.isr, |id| id == broker || image.is_active(id))?;
        Some(PartitionChangeRecord { leader, ..change(partition) }.into())
    };
    image.partitions().filter_map(of).collect()
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use klamm_wire::Uuid;
    use klamm_wire::metadata_records::{PartitionRecord, RegisterBrokerRecord, TopicRecord};

    use super::*;

    const TOPIC: Uuid = Uuid([1; 16]);

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
        records: Vec<MetadataRecord>,
    ) -> Vec<(Vec<BrokerId>, Option<BrokerId>, i32)> {
        records.iter().for_each(|record| image.apply(0, record));
        image.partitions().map(|(_, state)| (state.isr.clone(), state.leader, state.leader_epoch)).collect()
    }

    /// Goal: leadership moves inside the ISR, a lone ISR member stays and leads nothing, partitions without
    /// the broker are left alone.
    #[test]
    fn a_fenced_broker_leads_nothing_and_leaves_every_isr_it_shares() {
        let image = image(&[], &[(&[1, 2, 3], 1), (&[1], 1), (&[2, 3], 2), (&[1, 2], 2), (&[1], -1)]);
        let records = changes_of_fencing(&image, 1);
        assert_eq!(records.len(), 3);
        assert_eq!(
            after(image, records),
            [
                (vec![2, 3], Some(2), 1),
                (vec![1], None, 1),
                (vec![2, 3], Some(2), 0),
                (vec![2], Some(2), 0),
                (vec![1], None, 0),
            ]
        );
    }

    /// Goal: an unfenced broker leads what it holds in sync and nobody leads; a partition whose last in-sync
    /// replica is still away waits for it.
    #[test]
    fn an_unfenced_broker_leads_what_waited_for_it() {
        let image = image(&[1, 3], &[(&[1], -1), (&[3], -1), (&[2], 2)]);
        let records = changes_of_unfencing(&image, 1);
        assert_eq!(after(image, records), [(vec![1], Some(1), 1), (vec![3], None, 0), (vec![2], Some(2), 0)]);
    }
}
