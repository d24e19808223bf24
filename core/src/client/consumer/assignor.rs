//! Who gets which partition: computed by the leader of a group, the same for the same input.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use klamm_wire::Str;

use crate::types::TopicPartition;

/// A strategy of the classic group protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Assignor {
    /// Topic by topic, neighbouring partitions to each member.
    Range,
    /// All partitions in turn.
    RoundRobin,
    /// Balanced, with as few moves as possible; all partitions are given up during a rebalance.
    Sticky,
    /// Balanced, with as few moves as possible; what stays is consumed on during a rebalance (KIP-429).
    CooperativeSticky,
}

impl Assignor {
    /// The name on the wire, shared by all clients.
    pub fn name(self) -> &'static str {
        match self {
            Self::Range => "range",
            Self::RoundRobin => "roundrobin",
            Self::Sticky => "sticky",
            Self::CooperativeSticky => "cooperative-sticky",
        }
    }

    /// The strategy of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        let all = [Self::Range, Self::RoundRobin, Self::Sticky, Self::CooperativeSticky];
        all.into_iter().find(|assignor| assignor.name() == name)
    }

    /// Gives every partition of the subscribed topics to exactly one member, unless nobody wants it.
    ///
    /// For the cooperative strategy a partition that moves is given to nobody this time: its owner has to let it go
    /// first, and rejoins when it has.
    pub(super) fn assign(self, members: &[Member], partitions: &BTreeMap<Str, i32>) -> Assignment {
        let mut assignment = match self {
            Self::Range => range(members, partitions),
            Self::RoundRobin => round_robin(members, partitions),
            Self::Sticky | Self::CooperativeSticky => sticky(members, partitions),
        };
        if self == Self::CooperativeSticky {
            withhold_moves(members, &mut assignment);
        }
        for member in members {
            assignment.entry(member.id.clone()).or_default();
        }
        assignment
    }
}

/// A member as its leader sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Member {
    pub(super) id: Str,
    pub(super) instance_id: Option<Str>,
    pub(super) topics: BTreeSet<Str>,
    /// What it had before, as it says.
    pub(super) owned: Vec<TopicPartition>,
    /// Of the assignment it had before; of two claims the younger one counts.
    pub(super) generation: i32,
}

impl Member {
    /// Static members keep their place in the order across restarts.
    fn order(&self) -> (bool, &str) {
        match &self.instance_id {
            Some(instance_id) => (false, instance_id),
            None => (true, &self.id),
        }
    }
}

/// Partitions by member.
pub(super) type Assignment = BTreeMap<Str, Vec<TopicPartition>>;

fn in_order(members: &[Member]) -> Vec<&Member> {
    let mut sorted: Vec<&Member> = members.iter().collect();
    sorted.sort_by(|a, b| a.order().cmp(&b.order()));
    sorted
}

fn all_partitions<'a>(partitions: impl Iterator<Item = (&'a Str, &'a i32)>) -> Vec<TopicPartition> {
    let of_topic = |(topic, count): (&Str, &i32)| {
        let topic = topic.clone();
        (0..*count).map(move |partition| TopicPartition { topic: topic.clone(), partition })
    };
    partitions.flat_map(of_topic).collect()
}

/// Source: Kafka's `RangeAssignor`, without racks.
fn range(members: &[Member], partitions: &BTreeMap<Str, i32>) -> Assignment {
    let mut assignment = Assignment::new();
    for (topic, count) in partitions {
        let interested: Vec<&Member> =
            in_order(members).into_iter().filter(|member| member.topics.contains(topic)).collect();
        let Some(shares) = i32::try_from(interested.len()).ok().filter(|shares| *shares > 0) else {
            continue;
        };
        let mut next = 0;
        for (index, member) in (0..).zip(interested) {
            let share = count / shares + i32::from(index < count % shares);
            let mine =
                (next..next + share).map(|partition| TopicPartition { topic: topic.clone(), partition });
            assignment.entry(member.id.clone()).or_default().extend(mine);
            next += share;
        }
    }
    assignment
}

/// Source: Kafka's `RoundRobinAssignor`.
fn round_robin(members: &[Member], partitions: &BTreeMap<Str, i32>) -> Assignment {
    let members = in_order(members);
    let mut assignment = Assignment::new();
    let mut turn = 0;
    for partition in all_partitions(partitions.iter()) {
        let found = (0..members.len())
            .map(|step| (turn + step) % members.len())
            .find(|index| members[*index].topics.contains(&partition.topic));
        let Some(index) = found else { continue };
        assignment.entry(members[index].id.clone()).or_default().push(partition);
        turn = (index + 1) % members.len();
    }
    assignment
}

/// Balanced as far as subscriptions allow, keeping what members have.
///
/// First every valid claim is honoured, then what nobody has goes to whoever has least, then partitions move from
/// the richest to the poorest that may have them while they differ by two or more. Every move lowers the sum of
/// squares of the loads, so it ends.
fn sticky(members: &[Member], partitions: &BTreeMap<Str, i32>) -> Assignment {
    let members = in_order(members);
    let mut owner = valid_claims(&members, partitions);
    let mut load: Vec<usize> =
        (0..members.len()).map(|index| owner.values().filter(|owner| **owner == index).count()).collect();
    let wants = |index: usize, partition: &TopicPartition| members[index].topics.contains(&partition.topic);
    for partition in all_partitions(partitions.iter()) {
        if owner.contains_key(&partition) {
            continue;
        }
        let poorest =
            (0..members.len()).filter(|index| wants(*index, &partition)).min_by_key(|index| load[*index]);
        if let Some(poorest) = poorest {
            load[poorest] += 1;
            owner.insert(partition, poorest);
        }
    }
    while let Some((partition, to)) = next_move(&owner, &load, members.len(), wants) {
        let from = owner.insert(partition, to).expect("a move has an origin");
        load[from] -= 1;
        load[to] += 1;
    }
    let mut assignment = Assignment::new();
    for (partition, index) in owner {
        assignment.entry(members[index].id.clone()).or_default().push(partition);
    }
    assignment
}

/// The owner of each partition whose claim holds: it exists, is subscribed, and nobody has a younger claim.
/// Two claims of the same generation cannot both be true, so neither counts.
fn valid_claims(members: &[&Member], partitions: &BTreeMap<Str, i32>) -> BTreeMap<TopicPartition, usize> {
    let mut claims: BTreeMap<TopicPartition, (i32, Option<usize>)> = BTreeMap::new();
    for (index, member) in members.iter().enumerate() {
        for partition in &member.owned {
            let exists = partitions.get(&partition.topic).is_some_and(|count| partition.partition < *count);
            if !exists || !member.topics.contains(&partition.topic) {
                continue;
            }
            let claim = claims.entry(partition.clone()).or_insert((i32::MIN, None));
            if member.generation > claim.0 {
                *claim = (member.generation, Some(index));
            } else if member.generation == claim.0 {
                claim.1 = None;
            }
        }
    }
    claims.into_iter().filter_map(|(partition, (_, owner))| Some((partition, owner?))).collect()
}

/// The move that helps most, if any does.
fn next_move(
    owner: &BTreeMap<TopicPartition, usize>,
    load: &[usize],
    members: usize,
    wants: impl Fn(usize, &TopicPartition) -> bool,
) -> Option<(TopicPartition, usize)> {
    let mut best: Option<(usize, &TopicPartition, usize)> = None;
    for (partition, from) in owner {
        let to = (0..members).filter(|index| wants(*index, partition)).min_by_key(|index| load[*index])?;
        let gain = load[*from].saturating_sub(load[to]);
        if gain >= 2 && best.is_none_or(|(most, _, _)| gain > most) {
            best = Some((gain, partition, to));
        }
    }
    best.map(|(_, partition, to)| (partition.clone(), to))
}

/// Takes every partition out of the assignment that another member says it still has.
fn withhold_moves(members: &[Member], assignment: &mut Assignment) {
    let mut owners: BTreeMap<&TopicPartition, BTreeSet<&Str>> = BTreeMap::new();
    for member in members {
        for partition in &member.owned {
            owners.entry(partition).or_default().insert(&member.id);
        }
    }
    for (member, partitions) in assignment {
        partitions.retain(|partition| {
            owners.get(partition).is_none_or(|owners| owners.iter().all(|owner| *owner == member))
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    fn member(id: &str, topics: &[&str], owned: &[(&str, i32)]) -> Member {
        Member {
            id: id.into(),
            topics: topics.iter().map(|topic| Str::from(*topic)).collect(),
            owned: owned.iter().map(|(topic, p)| at(topic, *p)).collect(),
            generation: 1,
            ..Member::default()
        }
    }

    fn at(topic: &str, partition: i32) -> TopicPartition {
        TopicPartition { topic: topic.into(), partition }
    }

    fn topics(counts: &[(&str, i32)]) -> BTreeMap<Str, i32> {
        counts.iter().map(|(topic, count)| (Str::from(*topic), *count)).collect()
    }

    fn indexes(assignment: &Assignment, id: &str, topic: &str) -> Vec<i32> {
        let of_topic = assignment[id].iter().filter(|p| &*p.topic == topic);
        of_topic.map(|p| p.partition).collect()
    }

    /// Goal: the first members get the larger shares, topic by topic. Source: the example in `RangeAssignor`.
    #[test]
    fn range_cuts_every_topic_into_neighbouring_shares() {
        let members = [member("b", &["t0", "t1"], &[]), member("a", &["t0", "t1"], &[])];
        let assignment = Assignor::Range.assign(&members, &topics(&[("t0", 3), ("t1", 3)]));
        for topic in ["t0", "t1"] {
            assert_eq!(indexes(&assignment, "a", topic), [0, 1]);
            assert_eq!(indexes(&assignment, "b", topic), [2]);
        }
    }

    /// Goal: members that do not subscribe are passed over. Source: the second example in `RoundRobinAssignor`.
    #[test]
    fn round_robin_deals_all_partitions_in_turn() {
        let members = [
            member("a", &["t0"], &[]),
            member("b", &["t0", "t1"], &[]),
            member("c", &["t0", "t1", "t2"], &[]),
        ];
        let assignment = Assignor::RoundRobin.assign(&members, &topics(&[("t0", 1), ("t1", 2), ("t2", 3)]));
        assert_eq!(assignment["a"], [at("t0", 0)]);
        assert_eq!(assignment["b"], [at("t1", 0)]);
        assert_eq!(assignment["c"], [at("t1", 1), at("t2", 0), at("t2", 1), at("t2", 2)]);
    }

    /// Goal: a third member gets its share while the others keep the rest of theirs. Source: KIP-54.
    #[test]
    fn sticky_moves_no_more_than_balance_needs() {
        let members = [
            member("a", &["t"], &[("t", 0), ("t", 1), ("t", 2)]),
            member("b", &["t"], &[("t", 3), ("t", 4), ("t", 5)]),
            member("c", &["t"], &[]),
        ];
        let assignment = Assignor::Sticky.assign(&members, &topics(&[("t", 6)]));
        assert!(assignment.values().all(|partitions| partitions.len() == 2), "{assignment:?}");
        for owner in [0, 1] {
            let kept = &assignment[&members[owner].id];
            assert!(kept.iter().all(|partition| members[owner].owned.contains(partition)), "{assignment:?}");
        }
    }

    /// Goal: a partition that moves is given up before anybody else gets it. Source: KIP-429.
    #[test]
    fn cooperative_withholds_what_another_member_still_has() {
        let before = [member("a", &["t"], &[("t", 0), ("t", 1)]), member("b", &["t"], &[])];
        let first = Assignor::CooperativeSticky.assign(&before, &topics(&[("t", 2)]));
        assert_eq!((first["a"].len(), first["b"].len()), (1, 0));
        let kept = (&*first["a"][0].topic, first["a"][0].partition);
        let after = [member("a", &["t"], &[kept]), member("b", &["t"], &[])];
        let second = Assignor::CooperativeSticky.assign(&after, &topics(&[("t", 2)]));
        assert_eq!((second["a"].len(), second["b"].len()), (1, 1));
        assert_eq!(second["a"], first["a"]);
    }

    /// Goal: every partition has one owner that subscribes to it, whatever members claim. Method: all strategies over
    /// many made-up groups.
    #[test]
    fn every_partition_goes_to_exactly_one_subscriber() {
        let mut rng = crate::rng::Rng::new(11);
        for _ in 0..300 {
            let mut draw = |below: u64| i32::try_from(rng.below(below)).expect("small");
            let counts = topics(&[("t0", 1 + draw(5)), ("t1", draw(4)), ("t2", 1 + draw(9))]);
            let mut members = vec![];
            for id in ["a", "b", "c", "d"].iter().take(usize::try_from(1 + draw(4)).expect("small")) {
                let mut one = member(id, &[], &[]);
                one.topics = counts.keys().filter(|_| draw(4) > 0).cloned().collect();
                one.owned = (0..draw(6))
                    .map(|_| {
                        at(["t0", "t1", "t2", "gone"][usize::try_from(draw(4)).expect("small")], draw(9))
                    })
                    .collect();
                one.generation = draw(3);
                members.push(one);
            }
            for assignor in [Assignor::Range, Assignor::RoundRobin, Assignor::Sticky] {
                let assignment = assignor.assign(&members, &counts);
                for partition in all_partitions(counts.iter()) {
                    let owners: Vec<_> =
                        members.iter().filter(|m| assignment[&m.id].contains(&partition)).collect();
                    let wanted = members.iter().any(|m| m.topics.contains(&partition.topic));
                    assert_eq!(owners.len(), usize::from(wanted), "{assignor:?} {partition} {members:?}");
                    assert!(owners.iter().all(|m| m.topics.contains(&partition.topic)));
                }
                assert_eq!(assignment.len(), members.len());
            }
        }
    }
}
