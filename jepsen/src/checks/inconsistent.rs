//! inconsistent-offsets and duplicate: an offset with several records, a record with several offsets.

use std::collections::BTreeMap;

use crate::anomaly::Anomaly;
use crate::contract::Circumstances;
use crate::state::key::{Fate, Key, NEVER, Position};
use crate::verdict::{Finding, Findings};

pub(crate) fn check(key: &Key, circumstances: &Circumstances, findings: &mut Findings) {
    let mut by_offset: BTreeMap<i64, Vec<u32>> = BTreeMap::new();
    for &(offset, entry) in &key.conflicts {
        let first = key.at(offset).expect("a conflict is with what was there");
        by_offset.entry(offset).or_insert_with(|| vec![first]).push(entry);
    }
    for (offset, entries) in by_offset {
        findings.add(Anomaly::InconsistentOffsets, excuse(key, &entries, circumstances), || Finding {
            sentence: format!(
                "offset {offset} of {} is said to hold {}",
                key.name,
                entries.iter().map(|&entry| told(key, entry)).collect::<Vec<_>>().join(" and ")
            ),
            operations: entries.iter().filter_map(|&entry| witness(key, entry)).collect(),
            key: key.name.clone(),
            values: entries.iter().map(|&entry| key.value(entry)).collect(),
            offsets: vec![offset],
            ..Finding::default()
        });
    }
    let mut last = None;
    for &(entry, _) in &key.moved {
        if last.replace(entry) == Some(entry) {
            continue;
        }
        let known = &key.entries[entry as usize];
        // A copy that was seen, or told, and then lost is sent again by a producer that does not know of it.
        let excuse = match known.is_reused() {
            true => Some("several operations sent it"),
            false => circumstances.excuse(known.seen_by.min(known.done)),
        };
        findings.add(Anomaly::Duplicate, excuse, || {
            let offsets = key.offsets(entry);
            let places: Vec<String> = offsets.iter().map(ToString::to_string).collect();
            let value = key.value(entry);
            Finding {
                sentence: format!("{value} stands at offsets {} of {}", places.join(", "), key.name),
                operations: [known.done, known.seen_by].into_iter().filter(|&at| at != NEVER).collect(),
                key: key.name.clone(),
                values: vec![value],
                offsets,
                ..Finding::default()
            }
        });
    }
}

/// An offset may be given again if what stood there may be lost: all of the records but one.
fn excuse(key: &Key, entries: &[u32], circumstances: &Circumstances) -> Option<&'static str> {
    let excuse = |&entry: &u32| match key.entries[entry as usize] {
        ref known if known.fate == Fate::Acknowledged => circumstances.excuse(known.done),
        ref known if known.is_read() => circumstances.excuse(known.reader),
        _ => None,
    };
    let excuses: Vec<&str> = entries.iter().filter_map(excuse).collect();
    (excuses.len() + 1 >= entries.len()).then(|| excuses.first().copied()).flatten()
}

fn witness(key: &Key, entry: u32) -> Option<Position> {
    let known = &key.entries[entry as usize];
    [known.seen_by, known.done, known.sent].into_iter().find(|&at| at != NEVER)
}

fn told(key: &Key, entry: u32) -> String {
    let known = &key.entries[entry as usize];
    let value = key.value(entry);
    if known.seen_by != NEVER {
        format!("{value} (polled by #{})", known.seen_by)
    } else {
        format!("{value} (sent by #{})", known.done)
    }
}
