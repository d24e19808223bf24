//! Staying within the bounds: records of which everything is decided are forgotten, oldest first.
//!
//! Nothing wrong is told for it. Whoever polls below the place up to which records were forgotten is not judged there, and
//! that is counted. What is lost, unseen, doubled or in conflict is never forgotten; if there is so much of that, the bound
//! is exceeded.

use super::Checker;
use super::key::{Key, UNKNOWN};
use super::order::Order;
use crate::checks;
use crate::contract::Circumstances;
use crate::verdict::Findings;

/// So many events pass before it is counted again how much is remembered.
const PAUSE: u32 = 1024;
/// So many of a partition's last records stay.
const KEPT_MIN: usize = 256;

impl Checker {
    /// Forgets what is settled if more is remembered than wanted.
    pub(super) fn maybe_forget(&mut self) {
        let live: usize = self.keys.iter().map(Key::live).sum();
        if live <= self.bounds.records {
            self.forget_at = self.position.saturating_add(PAUSE);
            return;
        }
        self.settle();
        let kept = self.transactions.kept.len() / 2;
        self.counts.forgotten += self.transactions.keep(kept);
        let mut needed = self.needed();
        for (key, needed) in self.keys.iter_mut().zip(&mut needed) {
            self.counts.forgotten += forget(key, needed, &self.circumstances, &mut self.findings);
        }
        self.consumptions.forget(|key, entry| {
            let (key, entry) = (key as usize, entry as usize);
            needed[key].get(entry).copied().unwrap_or(true)
        });
        // What could not be forgotten is not looked through again for every event.
        let left: usize = self.keys.iter().map(Key::live).sum();
        let pause = u32::try_from(left / 4).unwrap_or(u32::MAX).max(PAUSE);
        self.forget_at = self.position.saturating_add(pause);
    }

    /// By partition and entry, what something else refers to.
    fn needed(&self) -> Vec<Vec<bool>> {
        let mut needed: Vec<Vec<bool>> = self.keys.iter().map(|key| vec![false; key.entries.len()]).collect();
        let mut need = |key: u32, entry: u32| needed[key as usize][entry as usize] = true;
        for process in &self.processes {
            process.polled.iter().chain(&process.sent).for_each(|(&key, &(entry, _))| need(key, entry));
            process.intended.iter().for_each(|&(key, entry)| need(key, entry));
        }
        for operation in &self.undecided {
            operation.sends.iter().for_each(|&(key, entry, _)| need(key, entry));
        }
        for transaction in &self.transactions.kept {
            transaction.sends.iter().chain(&transaction.polls).for_each(|&(key, entry)| need(key, entry));
        }
        needed
    }
}

/// Forgets half of a partition's records, as far as they are settled and not needed. Afterwards `needed` says what stays.
fn forget(key: &mut Key, needed: &mut [bool], circumstances: &Circumstances, findings: &mut Findings) -> u64 {
    let order = Order::of(key);
    let keep = (key.live() / 2).max(KEPT_MIN);
    let count = order.by_index.len().saturating_sub(keep);
    let mut gone = Vec::new();
    for &entry in &order.by_index[..count] {
        let offset = key.entries[entry as usize].offset;
        if offset != UNKNOWN && !needed[entry as usize] && key.is_settled(entry, offset) {
            gone.push(entry);
        }
    }
    needed.fill(true);
    for &entry in &gone {
        needed[entry as usize] = false;
    }
    // Pairs are judged while both of their records are known.
    let stays = |pair: &super::key::Pair| needed[pair.before as usize] && needed[pair.after as usize];
    let (stay, go) = std::mem::take(&mut key.pairs).into_iter().partition(stays);
    key.pairs = go;
    checks::neighbours::check(key, &order, circumstances, findings);
    key.pairs = stay;
    for &entry in &gone {
        key.forget(entry);
    }
    gone.len() as u64
}
