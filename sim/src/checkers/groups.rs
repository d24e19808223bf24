//! GRP: in a generation a partition has one owner, and what a fenced member commits does not count.

use std::collections::BTreeMap;

use klamm_wire::Str;

use super::Check;
use crate::clock::Time;
use crate::ledger::{Ledger, PartitionId};

/// What is known of a group, from the answers that members got.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupFacts {
    /// The newest generation that a member was given an assignment of.
    newest: i32,
    /// Who owns a partition in a generation: the instance of a static member, the member id of another one.
    owners: BTreeMap<(i32, PartitionId), Str>,
    /// The member id that an instance was given its assignment under, in the newest generation.
    ids: BTreeMap<Str, (i32, Str)>,
}

/// A member of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Membership {
    pub(crate) group: Str,
    pub(crate) generation: i32,
    pub(crate) member_id: Str,
    pub(crate) instance: Option<Str>,
}

impl Membership {
    fn identity(&self) -> &Str {
        self.instance.as_ref().unwrap_or(&self.member_id)
    }
}

/// What was known when a commit was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    newest: i32,
    /// The member id of the same instance.
    id: Option<Str>,
    moment: u32,
}

/// What is known of a member's group.
pub(crate) fn known(ledger: &Ledger, member: &Membership) -> Known {
    let facts = ledger.groups.get(&member.group);
    let id = facts.and_then(|facts| facts.ids.get(member.identity()));
    let id = id.filter(|(generation, _)| *generation == member.generation).map(|(_, id)| id.clone());
    Known { newest: facts.map_or(-1, |facts| facts.newest), id, moment: ledger.moment }
}

/// Whether nothing newer than this generation is known.
pub(crate) fn is_newest(ledger: &Ledger, member: &Membership) -> bool {
    ledger.groups.get(&member.group).is_none_or(|facts| facts.newest <= member.generation)
}

/// A member was given its assignment.
pub(crate) fn assigned(ledger: &mut Ledger, now: Time, member: &Membership, partitions: &[PartitionId]) {
    let generation = member.generation;
    // Without a commit nothing keeps a group that has become empty, and the next one begins to count anew.
    let keeps =
        ledger.commits.iter().any(|((group, _), facts)| *group == member.group && facts.confirmed >= 0);
    let facts = ledger.groups.entry(member.group.clone()).or_default();
    let is_owned = |partition: &PartitionId| {
        facts.owners.get(&(generation, *partition)).is_some_and(|owner| owner != member.identity())
    };
    if !keeps && (generation < facts.newest || partitions.iter().any(is_owned)) {
        *facts = GroupFacts::default();
    }
    facts.newest = facts.newest.max(member.generation);
    facts.ids.insert(member.identity().clone(), (generation, member.member_id.clone()));
    let mut found = Vec::new();
    for partition in partitions {
        let before = facts.owners.insert((generation, *partition), member.identity().clone());
        if let Some(other) = before.filter(|other| other != member.identity()) {
            found.push((*partition, other));
        }
    }
    for (partition, other) in found {
        let name = &ledger.partitions[partition].name;
        let object = format!("group {}, {name}", member.group);
        let sentence = format!("generation {generation} gives it to {other} and to {}", member.identity());
        ledger.violate(Check::Grp, now, object, sentence);
    }
}

/// A member's commit was taken.
pub(crate) fn committed(
    ledger: &mut Ledger,
    now: Time,
    member: &Membership,
    known: &Known,
    partition: PartitionId,
) {
    if ledger.offsets_lost > known.moment {
        return;
    }
    let generation = member.generation;
    let object = format!("group {}, {}", member.group, ledger.partitions[partition].name);
    if known.newest > generation {
        let newest = known.newest;
        let sentence = format!(
            "a commit of generation {generation} was taken, sent when generation {newest} had its assignments"
        );
        ledger.violate(Check::Grp, now, object, sentence);
    } else if known.id.as_ref().is_some_and(|id| *id != member.member_id) {
        let sentence =
            format!("a commit of {} was taken, which another member id has fenced", member.member_id);
        ledger.violate(Check::Grp, now, object, sentence);
    }
}
