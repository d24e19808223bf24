//! Where the replicas of new partitions go.

use alloc::format;
use alloc::vec::Vec;

use klamm_wire::{ErrorCode, Str};

use super::Refusal;
use crate::image::{MetadataImage, Registration};
use crate::rng::Rng;
use crate::types::BrokerId;

/// A broker that may get replicas.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) id: BrokerId,
    /// Its failure domain. Not looked at yet.
    pub(super) rack: Option<Str>,
    pub(super) active: bool,
}

/// Every registered broker.
pub(super) fn candidates(image: &MetadataImage) -> Vec<Candidate> {
    let of = |broker: &Registration| Candidate {
        id: broker.id,
        rack: broker.rack.clone(),
        active: broker.is_active(),
    };
    image.brokers.values().map(of).collect()
}

/// The replicas of `partitions` new partitions, preferred leader first.
///
/// Leaders go round the active brokers from a random one, so that small topics spread; the followers of a
/// partition begin one broker further in each round, so that the load of a broker that dies is shared.
/// Fenced brokers are followers where the active ones are too few.
///
/// # Errors
/// INVALID_REPLICATION_FACTOR if there are fewer brokers than replicas or none is active.
pub(super) fn place(
    candidates: &[Candidate],
    rng: &mut Rng,
    partitions: usize,
    replication_factor: usize,
) -> Result<Vec<Vec<BrokerId>>, Refusal> {
    assert!(replication_factor > 0, "the factor was checked");
    let refuse = |why| {
        let message = format!("Unable to replicate the partition {replication_factor} time(s): {why}");
        Err(Refusal::new(ErrorCode::INVALID_REPLICATION_FACTOR, message))
    };
    if candidates.len() < replication_factor {
        return refuse(format!(
            "The target replication factor of {replication_factor} cannot be reached because only {} broker(s) are registered.",
            candidates.len()
        ));
    }
    let ids =
        |active| candidates.iter().filter(move |broker| broker.active == active).map(|broker| broker.id);
    let (active, fenced): (Vec<BrokerId>, Vec<BrokerId>) = (ids(true).collect(), ids(false).collect());
    if active.is_empty() {
        return refuse("All brokers are currently fenced.".into());
    }
    let start = usize::try_from(rng.below(active.len() as u64)).expect("below a length");
    let shift = usize::try_from(rng.below(active.len() as u64)).expect("below a length");
    let replicas = |partition: usize| {
        let round = shift + partition / active.len();
        let leader = (start + partition) % active.len();
        let mut replicas = Vec::with_capacity(replication_factor);
        replicas.push(active[leader]);
        let others = active.len() - 1;
        replicas.extend((0..others).map(|k| active[(leader + 1 + (round + k) % others) % active.len()]));
        replicas.extend((0..fenced.len()).map(|k| fenced[(round + k) % fenced.len()]));
        replicas.truncate(replication_factor);
        replicas
    };
    let placed: Vec<Vec<BrokerId>> = (0..partitions).map(replicas).collect();
    assert!(placed.iter().all(|replicas| replicas.len() == replication_factor));
    Ok(placed)
}

#[cfg(test)]
mod tests {
    use alloc::collections::{BTreeMap, BTreeSet};

    use super::*;

    fn brokers(active: i32, fenced: i32) -> Vec<Candidate> {
        (0..active + fenced).map(|id| Candidate { id, rack: None, active: id < active }).collect()
    }

    /// Goal: leaders and replicas spread evenly and no broker holds a partition twice, from whatever random
    /// start.
    #[test]
    fn replicas_are_distinct_and_spread_evenly() {
        for seed in 0..50 {
            let placed = place(&brokers(5, 0), &mut Rng::new(seed), 20, 3).expect("enough brokers");
            let mut leaders = BTreeMap::new();
            let mut holders = BTreeMap::new();
            for replicas in &placed {
                assert_eq!(replicas.iter().collect::<BTreeSet<_>>().len(), 3);
                *leaders.entry(replicas[0]).or_insert(0) += 1;
                replicas.iter().for_each(|id| *holders.entry(*id).or_insert(0) += 1);
            }
            assert!(leaders.values().all(|count| *count == 4), "{leaders:?}");
            assert!(holders.values().all(|count| (10..=14).contains(count)), "{holders:?}");
        }
    }

    /// Goal: a fenced broker never leads a new partition, and follows only when it must.
    #[test]
    fn fenced_brokers_are_the_last_choice() {
        let placed = place(&brokers(2, 2), &mut Rng::new(1), 4, 3).expect("enough brokers");
        for replicas in &placed {
            assert!(replicas[..2].iter().all(|id| *id < 2) && replicas[2] >= 2, "{replicas:?}");
        }
    }

    /// Goal: what cannot be placed is refused as Kafka does.
    #[test]
    fn too_few_brokers_are_an_invalid_replication_factor() {
        let refuse = |candidates: &[Candidate], factor| {
            let refusal = place(candidates, &mut Rng::new(1), 1, factor).expect_err("too few");
            assert_eq!(refusal.code, ErrorCode::INVALID_REPLICATION_FACTOR);
            refusal.message
        };
        assert!(refuse(&brokers(1, 0), 3).contains("only 1 broker(s) are registered"));
        assert!(refuse(&brokers(0, 2), 1).contains("fenced"));
        assert!(refuse(&[], 1).contains("only 0 broker(s)"));
    }
}
