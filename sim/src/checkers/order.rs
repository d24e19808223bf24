//! ORD: records of one idempotent producer in one partition stand in the order they were sent.

use std::collections::BTreeMap;

use super::{Check, Violation};
use crate::clients::auditor::Audit;
use crate::ledger::Ledger;

/// Looks for a record behind a later one. Producers without idempotence are left out: a request that was
/// given up may be executed after its repetition.
pub fn check(ledger: &Ledger, audit: &Audit, found: &mut Vec<Violation>) {
    for (partition, log) in &audit.logs {
        let mut last: BTreeMap<u32, (u32, i64)> = BTreeMap::new();
        let mut offset_before = log.start - 1;
        for (offset, id) in &log.records {
            let name = &ledger.partitions[*partition].name;
            if *offset <= offset_before {
                let sentence = format!("offset {offset} was read behind {offset_before}");
                found.push(Violation::new(Check::Ord, audit.time, name.to_string(), sentence));
                return;
            }
            offset_before = *offset;
            if !ledger.producers[id.producer as usize].idempotent {
                continue;
            }
            if let Some((number, earlier)) = last.insert(id.producer, (id.number, *offset))
                && number > id.number
            {
                let sentence = format!("stands in {name} at {offset}, behind number {number} at {earlier}");
                found.push(Violation::new(Check::Ord, audit.time, id.to_string(), sentence));
                return;
            }
        }
    }
}
