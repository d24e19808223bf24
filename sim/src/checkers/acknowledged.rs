//! ACK and OFF: every acknowledged record is in the log, at its offset, unchanged.

use super::{Check, Violation};
use crate::clients::auditor::Audit;
use crate::ledger::{Fate, Ledger};

/// Compares every promise that still stands with what the last reader found.
pub fn check(ledger: &Ledger, audit: &Audit, found: &mut Vec<Violation>) {
    for (partition, facts) in ledger.partitions.iter().enumerate() {
        let Some(log) = audit.logs.get(&partition) else {
            if !facts.acknowledged.is_empty() {
                let sentence =
                    format!("{} acknowledged records, and the partition is gone", facts.acknowledged.len());
                found.push(Violation::new(Check::Ack, audit.time, facts.name.to_string(), sentence));
            }
            continue;
        };
        let mut missing = None;
        let mut lost = 0_u64;
        for (offset, promise) in facts.acknowledged.range(log.start..) {
            match log.at(*offset) {
                Some(there) if there == promise.id => {}
                Some(there) => {
                    let object = format!("{} offset {offset}", facts.name);
                    let sentence = format!("{} was acknowledged here, and {there} stands there", promise.id);
                    found.push(Violation::new(Check::Off, audit.time, object, sentence));
                }
                None => {
                    missing.get_or_insert((*offset, promise.id));
                    lost += 1;
                }
            }
        }
        if let Some((offset, id)) = missing {
            let object = format!("{} offset {offset}", facts.name);
            let sentence = format!(
                "{id} was acknowledged and is lost; {lost} such records in this partition, whose log is [{}, {})",
                log.start, log.end
            );
            found.push(Violation::new(Check::Ack, audit.time, object, sentence));
        }
    }
    check_without_offset(ledger, audit, found);
}

/// Records that were acknowledged as duplicates without being told where the first one lies.
fn check_without_offset(ledger: &Ledger, audit: &Audit, found: &mut Vec<Violation>) {
    for (producer, facts) in ledger.producers.iter().enumerate() {
        for (number, sent) in facts.sent.iter().enumerate() {
            if sent.fate != Fate::AcknowledgedSomewhere || ledger.damaged {
                continue;
            }
            let id = super::record_id(producer, number);
            let log = audit.logs.get(&sent.partition);
            let start = log.map_or(0, |log| log.start);
            if start == 0 && !log.is_some_and(|log| log.holds(id)) {
                let object = format!("{id} in {}", ledger.partitions[sent.partition].name);
                let sentence = "was acknowledged as a duplicate and is nowhere";
                found.push(Violation::new(Check::Ack, audit.time, object, sentence));
                return;
            }
        }
    }
}
