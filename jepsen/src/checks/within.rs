//! precommitted-read and intermediate read (G1b): what is seen in a single operation.

use std::collections::HashSet;

use crate::anomaly::Anomaly;
use crate::state::key::{FORGOTTEN, Key, Position};
use crate::verdict::{Finding, Findings};

type Touched = (u32, u32, i64);

/// A transaction must not see its own records: consumers see what is committed.
pub(crate) fn precommitted(
    keys: &[Key],
    at: Position,
    sends: &[Touched],
    polls: &[Touched],
    findings: &mut Findings,
) {
    if sends.is_empty() || polls.is_empty() {
        return;
    }
    let polled: HashSet<(u32, u32)> = polls.iter().map(|&(key, entry, _)| (key, entry)).collect();
    for &(number, entry, _) in sends {
        if polled.contains(&(number, entry)) {
            let key = &keys[number as usize];
            findings.add(Anomaly::PrecommittedRead, None, || Finding {
                sentence: format!(
                    "#{at} polled {} from {}, which it sent itself",
                    key.value(entry),
                    key.name
                ),
                operations: vec![at],
                key: key.name.clone(),
                values: vec![key.value(entry)],
                ..Finding::default()
            });
        }
    }
}

/// A poll that ends with a record after which its operation sent more to the same partition.
pub(crate) fn intermediate(keys: &[Key], at: Position, polled: &[u32], findings: &mut Findings) {
    for &number in polled {
        let key = &keys[number as usize];
        let (entry, _) = key.polled.last;
        if entry == FORGOTTEN {
            continue;
        }
        let known = &key.entries[entry as usize];
        if known.is_inner() && known.done != at {
            findings.add(Anomaly::G1b, None, || Finding {
                sentence: format!(
                    "#{at} polled {} up to {}, after which #{} sent more there",
                    key.name,
                    key.value(entry),
                    known.done
                ),
                operations: vec![known.done, at],
                key: key.name.clone(),
                values: vec![key.value(entry)],
                ..Finding::default()
            });
        }
    }
}
