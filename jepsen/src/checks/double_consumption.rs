//! double-consumption: what exactly-once processing must not do.
//!
//! Operations of subscribed consumers commit the offsets of what they polled when they succeed. So in one group no two of
//! them can have the same record. Consumers with assigned partitions may read as often as they like.

use crate::anomaly::Anomaly;
use crate::history::Atom;
use crate::state::key::{Key, Position};
use crate::state::mix::Table;
use crate::verdict::{Finding, Findings};

/// Who has consumed what.
#[derive(Debug, Default)]
pub(crate) struct Consumptions {
    groups: Table<Atom, u32>,
    /// By group, partition and entry: the first operation.
    first: Table<(u32, u32, u32), Position>,
}

impl Consumptions {
    /// Forgets what was consumed, except for the entries that are kept.
    pub(crate) fn forget(&mut self, kept: impl Fn(u32, u32) -> bool) {
        self.first.retain(|&(_, key, entry), _| kept(key, entry));
    }

    /// An operation of a subscribed consumer has succeeded.
    pub(crate) fn consume(
        &mut self,
        keys: &[Key],
        group: &Atom,
        at: Position,
        polls: &[(u32, u32, i64)],
        exactly_once: bool,
        findings: &mut Findings,
    ) {
        if polls.is_empty() {
            return;
        }
        let next = u32::try_from(self.groups.len()).expect("fewer groups than events");
        let group = *self.groups.entry(group.clone()).or_insert(next);
        for &(number, entry, _) in polls {
            let first = *self.first.entry((group, number, entry)).or_insert(at);
            if first == at {
                continue;
            }
            let key = &keys[number as usize];
            let finding = || Finding {
                sentence: format!(
                    "#{first} and #{at} both succeeded with {} of {}",
                    key.value(entry),
                    key.name
                ),
                operations: vec![first, at],
                key: key.name.clone(),
                values: vec![key.value(entry)],
                offsets: key.offsets(entry),
                ..Finding::default()
            };
            let anomaly = Anomaly::DoubleConsumption;
            findings.add_with(anomaly, anomaly.expected().filter(|_| !exactly_once), finding);
        }
    }
}
