//! DUP: no record of an idempotent producer is in the log twice.

use std::collections::BTreeMap;

use super::{Check, Violation};
use crate::clients::auditor::Audit;
use crate::ledger::Ledger;

/// Looks for repetitions in every partition.
pub fn check(ledger: &Ledger, audit: &Audit, found: &mut Vec<Violation>) {
    for (partition, log) in &audit.logs {
        let mut first = BTreeMap::new();
        for (offset, id) in &log.records {
            if !ledger.producers[id.producer as usize].idempotent {
                continue;
            }
            if let Some(earlier) = first.insert(*id, *offset) {
                let name = &ledger.partitions[*partition].name;
                let sentence = format!("is in {name} twice, at {earlier} and at {offset}");
                found.push(Violation::new(Check::Dup, audit.time, id.to_string(), sentence));
                return;
            }
        }
    }
}
