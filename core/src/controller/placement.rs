//! Where the replicas of new partitions go.

use alloc::collections::BTreeMap;
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
    /// Its failure domain.
    pub(super) rack: Option<Str>,
    pub(super) active: bool,
}

/// Every registered broker, but for those that shut down and those that take nothing new.
pub(super) fn candidates(image: &MetadataImage) -> Vec<Candidate> {
    let of = |broker: &Registration| Candidate {
        id: broker.id,
        rack: broker.rack.clone(),
        active: broker.is_active(),
    };
    let usable =
        image.brokers.values().filter(|broker| !broker.is_shutting_down() && broker.takes_replicas());
    usable.map(of).collect()
}

/// The replicas of `partitions` new partitions, preferred leader first.
///
/// - Leaders are active brokers, and each leads as often as any other, from a random one on.
/// - Replicas go round the racks: no rack has two of a partition before every rack has one. Brokers without a rack
///   stand in one of their own.
/// - Fenced brokers are followers, where the active ones of their rack are used up.
/// - After as many partitions as there are active brokers everything is shuffled, so that the same brokers do not
///   always follow each other, and the load of a broker that dies is shared.
///
/// # Errors
/// INVALID_REPLICATION_FACTOR if there are fewer brokers than replicas or none is active.
///
/// Source: Kafka's `StripedReplicaPlacer`.
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
    if !candidates.iter().any(|broker| broker.active) {
        return refuse("All brokers are currently fenced.".into());
    }
    let mut racks = Racks::new(candidates, rng);
    let placed: Vec<Vec<BrokerId>> =
        (0..partitions).map(|_| racks.next_partition(rng, replication_factor)).collect();
    assert!(placed.iter().all(|replicas| replicas.len() == replication_factor));
    Ok(placed)
}

/// Brokers of one kind in one rack, dealt in turn: each round begins one broker further.
#[derive(Default)]
struct Stripe {
    brokers: Vec<BrokerId>,
    begin: usize,
    dealt: usize,
}

impl Stripe {
    fn shuffle(&mut self, rng: &mut Rng) {
        shuffle(&mut self.brokers, rng);
        self.begin = below(rng, self.brokers.len());
    }

    fn begin_round(&mut self) {
        self.dealt = 0;
        self.begin += 1;
    }

    fn deal(&mut self) -> Option<BrokerId> {
        let place = (self.begin + self.dealt) % self.brokers.len().max(1);
        let broker = self.brokers.get(place).copied().filter(|_| self.dealt < self.brokers.len());
        self.dealt += 1;
        broker
    }
}

#[derive(Default)]
struct Rack {
    active: Stripe,
    fenced: Stripe,
}

struct Racks {
    racks: Vec<Rack>,
    active: usize,
    /// Partitions placed since the last shuffle.
    placed: usize,
    /// The rack the next partition begins in.
    first: usize,
}

impl Racks {
    fn new(candidates: &[Candidate], rng: &mut Rng) -> Self {
        let mut racks: BTreeMap<&Option<Str>, Rack> = BTreeMap::new();
        for broker in candidates {
            let rack = racks.entry(&broker.rack).or_default();
            let stripe = if broker.active { &mut rack.active } else { &mut rack.fenced };
            stripe.brokers.push(broker.id);
        }
        let active = candidates.iter().filter(|broker| broker.active).count();
        let mut racks = Self { racks: racks.into_values().collect(), active, placed: 0, first: 0 };
        racks.shuffle(rng);
        racks.first = below(rng, racks.racks.len());
        racks
    }

    fn shuffle(&mut self, rng: &mut Rng) {
        shuffle(&mut self.racks, rng);
        for rack in &mut self.racks {
            rack.active.shuffle(rng);
            rack.fenced.shuffle(rng);
        }
    }

    fn next_partition(&mut self, rng: &mut Rng, replication_factor: usize) -> Vec<BrokerId> {
        if self.placed == self.active {
            self.shuffle(rng);
            self.placed = 0;
        }
        self.placed += 1;
        for rack in &mut self.racks {
            rack.active.begin_round();
            rack.fenced.begin_round();
        }
        let count = self.racks.len();
        let begin = self.first;
        self.first = (begin + 1) % count;
        let order = || (0..count).map(|step| (begin + step) % count);
        let leads = order().find_map(|rack| Some((rack, self.racks[rack].active.deal()?)));
        let (mut leading, leader) =
            leads.map(|(rack, leader)| (Some(rack), leader)).expect("somebody is active");
        let mut replicas = Vec::with_capacity(replication_factor);
        replicas.push(leader);
        for rack in core::iter::repeat_with(order).flatten() {
            if replicas.len() == replication_factor {
                break;
            }
            if leading == Some(rack) {
                leading = None; // its turn is over: the leader is of this rack
                continue;
            }
            let rack = &mut self.racks[rack];
            replicas.extend(rack.active.deal().or_else(|| rack.fenced.deal()));
        }
        replicas
    }
}

/// Every order is equally likely (Fisher and Yates).
fn shuffle<T>(list: &mut [T], rng: &mut Rng) {
    for place in (1..list.len()).rev() {
        list.swap(place, below(rng, place + 1));
    }
}

/// A number below `bound`; 0 below 0.
fn below(rng: &mut Rng, bound: usize) -> usize {
    usize::try_from(rng.below(bound.max(1) as u64)).expect("below a length")
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeSet;

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

    fn in_racks(racks: &[&[BrokerId]]) -> Vec<Candidate> {
        let of = |(rack, ids): (usize, &&[BrokerId])| {
            let rack = Some(Str::from(format!("r{rack}")));
            ids.iter()
                .map(move |id| Candidate { id: *id, rack: rack.clone(), active: true })
                .collect::<Vec<_>>()
        };
        racks.iter().enumerate().flat_map(of).collect()
    }

    /// Goal: a partition outlives the loss of a rack: its replicas stand in as many as there are, as evenly as they
    /// can. Source: KIP-36.
    #[test]
    fn replicas_are_spread_over_racks() {
        let racks: [&[BrokerId]; 3] = [&[0, 1], &[2, 3], &[4, 5]];
        let rack_of = |id: &BrokerId| racks.iter().position(|rack| rack.contains(id)).expect("it has one");
        for seed in 0..50 {
            for factor in 1..=6 {
                let placed = place(&in_racks(&racks), &mut Rng::new(seed), 12, factor).expect("enough");
                let mut leaders = BTreeMap::new();
                for replicas in &placed {
                    assert_eq!(replicas.iter().collect::<BTreeSet<_>>().len(), factor);
                    let mut counts = [0usize; 3];
                    replicas.iter().for_each(|id| counts[rack_of(id)] += 1);
                    let (min, max) = (counts.iter().min(), counts.iter().max());
                    assert!(max.zip(min).is_some_and(|(max, min)| max - min <= 1), "{replicas:?}");
                    *leaders.entry(replicas[0]).or_insert(0) += 1;
                }
                assert!(leaders.values().all(|count| *count == 2), "{leaders:?}");
            }
        }
    }

    /// Goal: racks of different size do not keep anything from being placed.
    #[test]
    fn uneven_racks_are_used_up() {
        let placed = place(&in_racks(&[&[0], &[1, 2, 3]]), &mut Rng::new(3), 8, 4).expect("enough");
        for replicas in &placed {
            assert_eq!(replicas.iter().collect::<BTreeSet<_>>().len(), 4);
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
