//! lost-write and torn-transaction: records that must be there, and that nobody read although later ones were.
//!
//! Of each partition we take the furthest place that a successful poll shows. Whatever stands before it for the last time
//! must have been read as well, if its operation has happened: it was acknowledged, or one of its records was read.

use std::collections::BTreeMap;

use crate::anomaly::Anomaly;
use crate::state::Checker;
use crate::state::key::{Fate, Key, NEVER, Position};
use crate::state::order::{NOWHERE, Order};
use crate::state::transactions::Item;
use crate::verdict::{Finding, Findings};

/// What of transactions is lost, by the end of the operation.
#[derive(Default)]
pub(crate) struct Torn {
    lost: BTreeMap<Position, Item>,
}

pub(crate) fn check(
    checker: &Checker,
    number: usize,
    order: &Order,
    torn: &mut Torn,
    findings: &mut Findings,
) {
    let key = &checker.keys[number];
    let Some((bound, reader)) = furthest_read(key, order) else { return };
    let mut lost: Vec<u32> = (0..)
        .zip(&key.entries)
        .filter(|&(entry, known): &(u32, _)| {
            let last = order.last[entry as usize];
            last != NOWHERE && last <= bound && !known.is_read() && known.is_committed()
        })
        .map(|(entry, _)| entry)
        .collect();
    lost.sort_by_key(|&entry| (order.last[entry as usize], entry));
    for entry in lost {
        let known = &key.entries[entry as usize];
        let ended = if known.done == NEVER { known.sent } else { known.done };
        torn.lost.entry(ended).or_insert((u32::try_from(number).expect("a number of a partition"), entry));
        findings.add(Anomaly::LostWrite, checker.circumstances.excuse(ended), || Finding {
            sentence: format!(
                "#{ended} sent {} to {} at offset {}, and no poll that succeeded has it, although #{reader} polled \
                 offset {} there",
                key.value(entry),
                key.name,
                known.offset,
                key.entries[order.by_index[bound as usize] as usize].offset,
            ),
            operations: vec![ended, reader],
            key: key.name.clone(),
            values: vec![key.value(entry)],
            offsets: key.offsets(entry),
            delta: Some(i64::from(bound) - i64::from(order.first[entry as usize])),
            ..Finding::default()
        });
    }
}

/// The furthest place that must have been passed by a successful poll, and the poll.
fn furthest_read(key: &Key, order: &Order) -> Option<(u32, Position)> {
    let read =
        key.entries.iter().zip(&order.first).filter(|(entry, first)| entry.is_read() && **first != NOWHERE);
    read.map(|(entry, &first)| (first, entry.reader))
        .max_by_key(|&(first, reader)| (first, std::cmp::Reverse(reader)))
}

impl Torn {
    /// A transaction of which one record is lost and another was read.
    pub(crate) fn report(self, checker: &Checker, findings: &mut Findings) {
        for (ended, (number, entry)) in self.lost {
            let Some(transaction) = checker.transactions.ended_at(ended) else { continue };
            let transaction = &checker.transactions.kept[transaction];
            let read = transaction
                .sends
                .iter()
                .find(|&&(key, entry)| checker.keys[key as usize].entries[entry as usize].is_read());
            let Some(&(other, read)) = read else { continue };
            let (key, other) = (&checker.keys[number as usize], &checker.keys[other as usize]);
            findings.add(Anomaly::TornTransaction, checker.circumstances.excuse(ended), || {
                let reader = other.entries[read as usize].reader;
                let outcome = match other.entries[read as usize].fate {
                    Fate::Acknowledged => "succeeded",
                    _ => "never learned whether it succeeded",
                };
                Finding {
                    sentence: format!(
                        "#{ended} {outcome}; #{reader} polled {} from {}, which it sent, and {}, which it sent to {}, \
                         is lost",
                        other.value(read),
                        other.name,
                        key.value(entry),
                        key.name
                    ),
                    operations: vec![ended, reader],
                    key: key.name.clone(),
                    values: vec![other.value(read), key.value(entry)],
                    ..Finding::default()
                }
            });
        }
    }
}
