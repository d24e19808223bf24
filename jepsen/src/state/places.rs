//! Where processes are in their partitions: what they send and poll next has to go on from there.

use super::Checker;
use super::key::{FORGOTTEN, Pair, PairKind, Position, UNKNOWN};
use super::operation::Scratch;
use super::transactions::Transaction;
use crate::history::Kind;

impl Checker {
    /// What a process sends later has to stand behind what it sent earlier.
    pub(super) fn order_of_sends(&mut self, kind: Kind, process: u32, at: Position, scratch: &Scratch) {
        if kind == Kind::Fail {
            return;
        }
        let process = &mut self.processes[process as usize];
        for &number in &scratch.keys_sent {
            let key = &mut self.keys[number as usize];
            let (after, offset) = key.sent.first;
            let last = (key.sent.last.0, at);
            let Some((before, first)) = process.sent.insert(number, last) else { continue };
            let known = key.entries[before as usize].offset;
            if known == UNKNOWN || offset == UNKNOWN || offset <= known {
                key.pairs.push(Pair { kind: PairKind::Sends, before, after, first, second: at });
            }
        }
    }

    /// What a process polls has to go on where it was after its last success.
    pub(super) fn order_of_polls(&mut self, kind: Kind, process: u32, at: Position, scratch: &Scratch) {
        let process = &mut self.processes[process as usize];
        for &number in &scratch.keys_polled {
            let key = &mut self.keys[number as usize];
            let (after, offset) = key.polled.first;
            let before = process.polled.get(&number).copied();
            if kind == Kind::Ok {
                if key.polled.last.0 == FORGOTTEN {
                    process.polled.remove(&number);
                } else {
                    process.polled.insert(number, (key.polled.last.0, at));
                }
            }
            let Some((before, first)) = before else { continue };
            let known = key.entries[before as usize].offset;
            if known != UNKNOWN && known.checked_add(1) == Some(offset) {
                continue;
            }
            if after == FORGOTTEN || key.has_forgotten(known) {
                self.counts.unjudged += 1;
                continue;
            }
            let kind = PairKind::Polls { subscribed: process.subscribed };
            key.pairs.push(Pair { kind, before, after, first, second: at });
        }
    }

    /// Keeps what the search for cycles needs.
    pub(super) fn tie(
        &mut self,
        kind: Kind,
        process: u32,
        (began, ended): (Position, Position),
        scratch: &Scratch,
    ) {
        let (sends, polls) = (&scratch.sends, &scratch.polls);
        let ties = sends.len() > 1 || (!sends.is_empty() && !polls.is_empty());
        self.transactions.tied |= ties;
        let sees_ties = self.transactions.tied && scratch.keys_polled.len() > 1;
        if !ties && !sees_ties {
            return;
        }
        let polls: Box<[(u32, u32)]> = if sends.is_empty() {
            let last = |&key: &u32| (key, self.keys[key as usize].polled.last.0);
            scratch.keys_polled.iter().map(last).filter(|&(_, entry)| entry != FORGOTTEN).collect()
        } else {
            polls.iter().map(|&(key, entry, _)| (key, entry)).collect()
        };
        let sends = sends.iter().map(|&(key, entry, _)| (key, entry)).collect();
        let transaction = Transaction { process, began, ended, acknowledged: kind == Kind::Ok, sends, polls };
        self.counts.forgotten += self.transactions.push(transaction, self.bounds.transactions);
    }
}
