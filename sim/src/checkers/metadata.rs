//! META: topics whose creation was confirmed are there, those whose removal was confirmed are not.

use super::{Check, Violation};
use crate::clients::auditor::Audit;
use crate::ledger::{Existence, Ledger};

/// Whether what a broker says differs from what was confirmed: it is wrong, or behind.
pub(crate) fn contradicts(ledger: &Ledger, audit: &Audit) -> bool {
    let mut found = Vec::new();
    check(ledger, audit, &mut found);
    !found.is_empty() || audit.topics.keys().any(|name| !ledger.topics.contains_key(name))
}

/// Compares confirmed changes with what the last reader was told.
pub fn check(ledger: &Ledger, audit: &Audit, found: &mut Vec<Violation>) {
    if ledger.damaged {
        return;
    }
    for (name, facts) in &ledger.topics {
        let there = audit.topics.get(name);
        let sentence = match (facts.existence, there) {
            (Existence::There, None) => "its creation was confirmed, and it is gone".to_owned(),
            (Existence::Gone, Some(_)) if facts.creation_given_up => continue,
            (Existence::Gone, Some(_)) => "its removal was confirmed, and it is there".to_owned(),
            (Existence::There, Some((id, _))) if facts.id.is_some_and(|told| told != *id) => {
                format!("its id was {:?} and is {id}", facts.id)
            }
            (Existence::There, Some((_, partitions)))
                if !(facts.partitions.0..=facts.partitions.1).contains(partitions) =>
            {
                let (confirmed, asked) = facts.partitions;
                format!("it has {partitions} partitions; {confirmed} were confirmed and {asked} asked for")
            }
            _ => continue,
        };
        found.push(Violation::new(Check::Meta, audit.time, format!("topic {name}"), sentence));
    }
}
