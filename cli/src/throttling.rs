//! Bounds for moves of partitions: which replicas are copied slowly, and how slowly.

use std::collections::{BTreeMap, BTreeSet};

use klamm_core::client::admin::{ConfigChange, ConfigResource, ConfigResourceType, Reassignment};
use klamm_core::types::TopicPartition;
use klamm_wire::Str;

use crate::connection::{AdminSession, all_or_failure};
use crate::exit::{Failure, Outcome};

const SIDES: [&str; 2] = ["leader", "follower"];
const DIRECTORY_RATE: &str = "replica.alter.log.dirs.io.max.bytes.per.second";

fn rate_of(side: &str) -> Str {
    format!("{side}.replication.throttled.rate").into()
}

fn replicas_of(side: &str) -> Str {
    format!("{side}.replication.throttled.replicas").into()
}

/// A partition on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    /// Brokers that have it, and lead it to the others.
    pub sources: BTreeSet<i32>,
    /// Brokers that shall have it.
    pub destinations: BTreeSet<i32>,
}

/// What has to be copied from where, given who holds the partitions now and what is being moved already.
pub fn moves(
    current: &BTreeMap<TopicPartition, Vec<i32>>,
    targets: &BTreeMap<TopicPartition, Vec<i32>>,
    moving: &BTreeMap<TopicPartition, Reassignment>,
) -> BTreeMap<TopicPartition, Move> {
    let of = |(name, target): (&TopicPartition, &Vec<i32>)| {
        let holders = current.get(name).map_or(&[][..], Vec::as_slice);
        let adding = moving.get(name).map_or(&[][..], |moving| moving.adding.as_slice());
        let sources = holders.iter().filter(|id| !adding.contains(id)).copied().collect();
        (name.clone(), Move { sources, destinations: target.iter().copied().collect() })
    };
    targets.iter().map(of).collect()
}

/// By topic, the replicas that are sent from and those that are sent to, as the settings list them.
fn lists(moves: &BTreeMap<TopicPartition, Move>) -> BTreeMap<Str, [String; 2]> {
    let mut topics: BTreeMap<Str, [Vec<String>; 2]> = BTreeMap::new();
    for (name, Move { sources, destinations }) in moves {
        let [leaders, followers] = topics.entry(name.topic.clone()).or_default();
        let replica = |id: &i32| format!("{}:{id}", name.partition);
        leaders.extend(sources.iter().map(replica));
        followers.extend(destinations.difference(sources).map(replica));
    }
    topics.into_iter().map(|(topic, lists)| (topic, lists.map(|list| list.join(",")))).collect()
}

/// Copies what these moves need no faster than this, in bytes per second of each broker.
pub fn set(admin: &mut AdminSession, moves: &BTreeMap<TopicPartition, Move>, rate: u64) -> Outcome {
    for (topic, lists) in lists(moves) {
        let changes = SIDES.iter().zip(lists).filter(|(_, list)| !list.is_empty());
        let changes = changes.map(|(side, list)| ConfigChange::Set(replicas_of(side), list.into()));
        alter(admin, ConfigResourceType::Topic, topic, changes.collect())?;
    }
    let brokers = moves.values().flat_map(|one| one.sources.union(&one.destinations));
    let brokers: BTreeSet<i32> = brokers.copied().collect();
    for broker in brokers {
        let changes =
            SIDES.iter().map(|side| ConfigChange::Set(rate_of(side), rate.to_string().as_str().into()));
        alter(admin, ConfigResourceType::Broker, broker.to_string().as_str().into(), changes.collect())?;
    }
    Ok(())
}

/// Lets these brokers copy as fast as they can.
pub fn clear_brokers(admin: &mut AdminSession, brokers: &BTreeSet<i32>) -> Outcome {
    for broker in brokers {
        let rates = SIDES.iter().map(|side| rate_of(side)).chain([DIRECTORY_RATE.into()]);
        let changes = rates.map(ConfigChange::Unset).collect();
        alter(admin, ConfigResourceType::Broker, broker.to_string().as_str().into(), changes)?;
    }
    Ok(())
}

/// Lets all replicas of these topics be copied as fast as brokers can.
pub fn clear_topics(admin: &mut AdminSession, topics: &BTreeSet<Str>) -> Outcome {
    for topic in topics {
        let changes = SIDES.iter().map(|side| ConfigChange::Unset(replicas_of(side))).collect();
        alter(admin, ConfigResourceType::Topic, topic.clone(), changes)?;
    }
    Ok(())
}

/// Every broker of the cluster.
pub fn all_brokers(admin: &mut AdminSession) -> Result<BTreeSet<i32>, Failure> {
    Ok(admin.describe_cluster()?.brokers.into_iter().map(|broker| broker.id).collect())
}

fn alter(
    admin: &mut AdminSession,
    kind: ConfigResourceType,
    name: Str,
    changes: Vec<ConfigChange>,
) -> Outcome {
    if changes.is_empty() {
        return Ok(());
    }
    let results = admin.alter_configs(ConfigResource { kind, name }, changes)?;
    all_or_failure("cannot change throttles", results)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(partition: i32) -> TopicPartition {
        TopicPartition { topic: "t".into(), partition }
    }

    /// Goal: leaders are throttled where a partition is, followers where it goes and is not yet. Source: Kafka's
    /// `ReassignPartitionsCommand.calculateLeaderThrottles` and its sibling.
    #[test]
    fn sources_and_new_replicas_are_listed() {
        let current = BTreeMap::from([(at(0), vec![1, 2]), (at(1), vec![1, 2, 4])]);
        let targets = BTreeMap::from([(at(0), vec![2, 3]), (at(1), vec![4, 3])]);
        let moving = Reassignment { replicas: vec![1, 2, 4], adding: vec![4], removing: vec![1] };
        let moves = moves(&current, &targets, &BTreeMap::from([(at(1), moving)]));
        let [leaders, followers] = &lists(&moves)["t"];
        assert_eq!((leaders.as_str(), followers.as_str()), ("0:1,0:2,1:1,1:2", "0:3,1:3,1:4"));
    }
}
