//! ATO: a transaction shows in all its partitions or in none, and one whose commit was told shows. ABR: an aborted one
//! does not. DUP: none shows twice.

use std::collections::BTreeMap;

use crate::checkers::Check;
use crate::clients::transactor::Outcome;
use crate::clock::Time;
use crate::ledger::Ledger;

/// Holds what was read against what was told: `shown` says for each partition which transactions show, and how often.
pub(crate) fn check(
    ledger: &mut Ledger,
    now: Time,
    transactor: u64,
    outcomes: &[Outcome],
    shown: &[BTreeMap<u32, u32>],
) {
    if ledger.damaged || ledger.transactions_lost {
        return;
    }
    for (number, outcome) in outcomes.iter().enumerate() {
        let number = u32::try_from(number).expect("few transactions");
        let times: Vec<u32> = shown.iter().map(|shown| shown.get(&number).copied().unwrap_or(0)).collect();
        let (some, all) = (times.iter().any(|times| *times > 0), times.iter().all(|times| *times > 0));
        let object = format!("transaction {number} of transactor-{transactor}");
        if times.iter().any(|times| *times > 1) {
            ledger.violate(Check::Dup, now, object.clone(), format!("its records are there {times:?} times"));
        }
        match outcome {
            Outcome::Aborted if some => {
                let sentence = format!("it was aborted, and shows in partitions: {times:?}");
                ledger.violate(Check::Abr, now, object, sentence);
            }
            Outcome::Committed if !all => {
                let sentence = format!("it was committed, and shows in partitions: {times:?}");
                ledger.violate(Check::Ato, now, object, sentence);
            }
            Outcome::Unknown if some != all => {
                let sentence = format!("it is torn: it shows in partitions: {times:?}");
                ledger.violate(Check::Ato, now, object, sentence);
            }
            _ => {}
        }
    }
}
