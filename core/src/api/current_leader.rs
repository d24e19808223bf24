//! Who leads a partition, for a client that has asked somebody else: it need not ask for metadata (KIP-951).

use alloc::collections::BTreeSet;

use klamm_wire::metadata_records::register_broker_record::BrokerEndpoint;
use klamm_wire::{ErrorCode, Str};

use crate::image::{MetadataImage, Registration};
use crate::types::{BrokerId, LeaderEpoch, TopicIdPartition};

/// The first version of Produce that tells a partition's leader.
pub(super) const PRODUCE_SINCE: i16 = 10;
/// The first version of Fetch that tells a partition's leader.
pub(super) const FETCH_SINCE: i16 = 16;

/// Whether an answer with this error says who leads.
pub(super) fn is_told_with(error: ErrorCode) -> bool {
    matches!(error, ErrorCode::NOT_LEADER_OR_FOLLOWER | ErrorCode::FENCED_LEADER_EPOCH)
}

/// The leaders that one answer tells, and where a client of its listener finds them.
pub(super) struct CurrentLeaders<'a> {
    image: &'a MetadataImage,
    listener: Str,
    named: BTreeSet<BrokerId>,
}

impl<'a> CurrentLeaders<'a> {
    pub(super) fn new(image: &'a MetadataImage, listener: Str) -> Self {
        Self { image, listener, named: BTreeSet::new() }
    }

    /// Who leads a partition, and in which epoch; nobody if that is not known or nobody does.
    pub(super) fn tell(&mut self, partition: TopicIdPartition) -> Option<(BrokerId, LeaderEpoch)> {
        let state = self.image.partition(partition)?;
        let leader = state.leader?;
        self.named.insert(leader);
        Some((leader, state.leader_epoch))
    }

    /// Where those that were told are found. One that this client cannot reach, or that does not serve, is left out.
    pub(super) fn endpoints(&self) -> impl Iterator<Item = (&'a Registration, &'a BrokerEndpoint)> + '_ {
        let brokers = self.named.iter().filter_map(|id| self.image.brokers.get(id));
        let serving = brokers.filter(|broker| broker.is_active());
        serving.filter_map(|broker| Some((broker, broker.endpoint(&self.listener)?)))
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::super::sample;
    use super::*;

    fn at(topic_id: klamm_wire::Uuid, partition: i32) -> TopicIdPartition {
        TopicIdPartition { topic_id, partition }
    }

    /// Goal: a client is told every leader once with an address, and nothing where nobody leads.
    #[test]
    fn leaders_are_told_with_their_addresses() {
        let image = sample::image();
        let mut leaders = CurrentLeaders::new(&image, "PLAINTEXT".into());
        assert_eq!(leaders.tell(at(sample::TOPIC_A, 0)), Some((1, 4)));
        assert_eq!(leaders.tell(at(sample::TOPIC_A, 1)), None, "led by nobody");
        assert_eq!(leaders.tell(at(sample::TOPIC_A, 9)), None, "no such partition");
        assert_eq!(leaders.tell(at(sample::TOPIC_B, 0)), Some((2, 4)));
        assert_eq!(leaders.tell(at(sample::TOPIC_B, 1)), Some((2, 4)));
        let found: Vec<_> = leaders.endpoints().map(|(broker, at)| (broker.id, at.port)).collect();
        assert_eq!(found, [(1, 9091), (2, 9092)]);
    }

    /// Goal: an address of another listener is of no use to this client.
    #[test]
    fn a_leader_that_cannot_be_reached_has_no_address() {
        let image = sample::image();
        let mut leaders = CurrentLeaders::new(&image, "OTHER".into());
        assert_eq!(leaders.tell(at(sample::TOPIC_A, 0)), Some((1, 4)));
        assert_eq!(leaders.endpoints().count(), 0);
    }
}
