//! VIS: what a consumer was given is still there and the same.

use super::{Check, Violation};
use crate::clients::auditor::Audit;
use crate::ledger::{Ledger, Promise};

/// Compares everything consumers saw with what the last reader found.
pub fn check(ledger: &Ledger, audit: &Audit, found: &mut Vec<Violation>) {
    for (partition, facts) in ledger.partitions.iter().enumerate() {
        let Some(log) = audit.logs.get(&partition) else { continue };
        for (offset, Promise { id, .. }) in facts.seen.range(log.start..) {
            let sentence = match log.at(*offset) {
                Some(there) if there == *id => continue,
                Some(there) => format!("a consumer was given {id}, and now {there} stands there"),
                None => format!(
                    "a consumer was given {id}, and it is gone; the log is [{}, {})",
                    log.start, log.end
                ),
            };
            let object = format!("{} offset {offset}", facts.name);
            found.push(Violation::new(Check::Vis, audit.time, object, sentence));
            break;
        }
    }
}
