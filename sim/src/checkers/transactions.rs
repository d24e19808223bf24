//! ATO: a transaction shows in all its partitions or in none, and one whose commit was told shows. ABR: an aborted one
//! does not. DUP: none shows twice.
//!
//! In the old protocol the transactions of a producer share its epoch, and so do their markers. One that its
//! coordinator has given up and sent again may arrive when the next transaction is open, and ends it in that partition
//! (KIP-890). A transaction that such a marker was seen to meet is counted and not failed; in the new protocol every
//! transaction has an epoch of its own, and nothing is excused.

use std::collections::BTreeMap;

use crate::checkers::Check;
use crate::clients::transactor::Outcome;
use crate::clock::Time;
use crate::coverage::Point;
use crate::ledger::Ledger;

/// One transaction, as its producer knows it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Transaction {
    /// What it has come to.
    pub(crate) outcome: Outcome,
    /// Its producer, with its epoch.
    pub(crate) producer: (i64, i16),
    /// When it began.
    pub(crate) begun: Time,
    /// Its epoch is that of other transactions, too.
    pub(crate) is_old: bool,
}

impl Transaction {
    /// A marker of another transaction of its epoch may have ended it.
    fn has_met_ghost(&self, ledger: &Ledger) -> bool {
        let meets = |(at, producer): &(Time, (i64, i16))| *at >= self.begun && *producer == self.producer;
        self.is_old && ledger.ghost_markers.iter().any(meets)
    }
}

/// Holds what was read against what was told: `shown` says for each partition which transactions show, and how often.
pub(crate) fn check(
    ledger: &mut Ledger,
    now: Time,
    transactor: u64,
    transactions: &[Transaction],
    shown: &[BTreeMap<u32, u32>],
) {
    if ledger.damaged || ledger.transactions_lost {
        return;
    }
    for (number, transaction) in transactions.iter().enumerate() {
        let number = u32::try_from(number).expect("few transactions");
        let times: Vec<u32> = shown.iter().map(|shown| shown.get(&number).copied().unwrap_or(0)).collect();
        let (some, all) = (times.iter().any(|times| *times > 0), times.iter().all(|times| *times > 0));
        let object = format!("transaction {number} of transactor-{transactor}");
        if times.iter().any(|times| *times > 1) {
            ledger.violate(Check::Dup, now, object.clone(), format!("its records are there {times:?} times"));
        }
        let broken = match transaction.outcome {
            Outcome::Aborted if some => Some((Check::Abr, "it was aborted, and shows in partitions")),
            Outcome::Committed if !all => Some((Check::Ato, "it was committed, and shows in partitions")),
            Outcome::Unknown if some != all => Some((Check::Ato, "it is torn: it shows in partitions")),
            _ => None,
        };
        match broken {
            Some(_) if transaction.has_met_ghost(ledger) => ledger.coverage.hit(Point::GhostMarker),
            Some((check, what)) => ledger.violate(check, now, object, format!("{what}: {times:?}")),
            None => {}
        }
    }
}
