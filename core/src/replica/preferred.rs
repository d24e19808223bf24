//! Which replica a consumer should read: one in its own rack, if the brokers are told to choose so (KIP-392).

use klamm_wire::Str;

use crate::cx::Cx;
use crate::replica::leader::Leader;
use crate::types::{BrokerId, Offset};

/// Where a consumer stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// `client.rack`; empty for none.
    pub(crate) rack: Str,
    /// The listener it came in on: it finds other brokers under that name.
    pub(crate) listener: Str,
}

impl Leader {
    /// Another replica that this consumer should read from `offset` on; `None` if this leader serves it best.
    ///
    /// It is in sync, stands in the consumer's rack, can be reached by it and has the offset: the one that has come
    /// furthest. A leader in the same rack serves the consumer itself.
    ///
    /// Source: KIP-392. Kafka: `ReplicaManager.findPreferredReadReplica`, `RackAwareReplicaSelector`.
    pub(crate) fn preferred_replica(&self, cx: &Cx<'_>, place: &Place, offset: Offset) -> Option<BrokerId> {
        let is_near = |id: BrokerId| {
            let broker = cx.image.brokers.get(&id).filter(|broker| !broker.fenced);
            broker.is_some_and(|broker| {
                broker.endpoint(&place.listener).is_some() && broker.rack.as_ref() == Some(&place.rack)
            })
        };
        if place.rack.is_empty() || is_near(self.node_id()) {
            return None;
        }
        let near = self.followers().filter(|(id, _)| self.isr().contains(id) && is_near(*id));
        let serving = near.filter(|(_, progress)| {
            progress.log_start_offset <= offset && progress.log_end_offset.is_some_and(|end| offset <= end)
        });
        let best =
            serving.max_by_key(|(id, progress)| (progress.log_end_offset, progress.last_caught_up, *id));
        best.map(|(id, _)| id)
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{fetched, register, stage};
    use super::*;
    use crate::testing::Stage;

    fn preferred(stage: &mut Stage, leader: &Leader, rack: &str, offset: Offset) -> Option<BrokerId> {
        let place = Place { rack: rack.into(), listener: "PLAINTEXT".into() };
        leader.preferred_replica(&stage.cx(), &place, offset)
    }

    /// Goal: the furthest replica in sync of the rack that has the offset; without one, the leader. Source: the cases
    /// of Kafka's `RackAwareReplicaSelector` and `findPreferredReadReplica`.
    #[test]
    fn the_furthest_replica_of_the_rack_is_preferred() {
        let (mut stage, mut leader) = stage();
        assert_eq!(preferred(&mut stage, &leader, "b", 0), None, "nobody has fetched yet");
        fetched(&stage, &mut leader, 2, 50, 10);
        fetched(&stage, &mut leader, 3, 60, 20);
        fetched(&stage, &mut leader, 5, 90, 0);
        assert_eq!(preferred(&mut stage, &leader, "b", 30), Some(3));
        assert_eq!(preferred(&mut stage, &leader, "b", 15), Some(2), "the other one has removed it");
        assert_eq!(preferred(&mut stage, &leader, "b", 60), Some(3), "its end is there, too");
        assert_eq!(preferred(&mut stage, &leader, "b", 61), None, "only one that is not in sync has it");
        assert_eq!(preferred(&mut stage, &leader, "b", 5), None, "only one that is not in sync has it");
        assert_eq!(preferred(&mut stage, &leader, "c", 30), None, "it has not fetched");
        assert_eq!(preferred(&mut stage, &leader, "a", 30), None, "the leader is near");
        assert_eq!(preferred(&mut stage, &leader, "d", 30), None, "nobody is near");
        assert_eq!(preferred(&mut stage, &leader, "", 30), None, "the consumer does not say where it is");
    }

    /// Goal: nobody is sent where nobody answers.
    #[test]
    fn a_replica_that_cannot_be_reached_is_not_preferred() {
        let (mut stage, mut leader) = stage();
        fetched(&stage, &mut leader, 2, 50, 0);
        fetched(&stage, &mut leader, 3, 60, 0);
        let elsewhere = Place { rack: "b".into(), listener: "OTHER".into() };
        assert_eq!(leader.preferred_replica(&stage.cx(), &elsewhere, 30), None);
        register(&mut stage.image, 3, "b", true);
        assert_eq!(preferred(&mut stage, &leader, "b", 30), Some(2), "the other one is fenced");
    }
}
