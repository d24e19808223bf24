//! One operation: what its beginning announces, what its end says of records and places.

use super::Checker;
use super::key::{FORGOTTEN, Fate, Pair, PairKind, Position, Run, UNKNOWN};
use super::transactions::Undecided;
use crate::checks;
use crate::history::{Function, Kind, Op, Step};

/// What one operation does, with partitions and records as numbers. Kept to be filled again.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    /// Partition, entry, offset.
    pub(super) sends: Vec<(u32, u32, i64)>,
    pub(super) polls: Vec<(u32, u32, i64)>,
    /// Partitions, each once.
    pub(super) keys_sent: Vec<u32>,
    pub(super) keys_polled: Vec<u32>,
}

/// A record as the end of its operation tells of it.
struct Sent {
    key: u32,
    entry: u32,
    offset: i64,
    /// The beginning of the operation announced it.
    begun: bool,
}

impl Checker {
    /// An operation begins: what it wants to send may be read from now on.
    pub(super) fn begin(&mut self, op: &Op, at: Position) {
        let process = self.process(&op.process);
        // A process that never ended what it did before has left that undecided.
        self.abandon(process);
        let mut intended = std::mem::take(&mut self.processes[process as usize].intended);
        for step in &op.steps {
            let Step::Send { key, record } = step else { continue };
            let number = self.key(key);
            let key = &mut self.keys[number as usize];
            if let Some(entry) = key.entry(&record.value) {
                key.entries[entry as usize].begin(at);
                intended.push((number, entry));
            }
        }
        let process = &mut self.processes[process as usize];
        process.intended = intended;
        process.open = Some(at);
        process.open_time = op.time;
    }

    fn abandon(&mut self, process: u32) {
        let process = &mut self.processes[process as usize];
        if process.open.take().is_some() && process.intended.len() > 1 {
            let sends = process.intended.iter().map(|&(key, entry)| (key, entry, UNKNOWN)).collect();
            self.undecided.push(Undecided { sends });
        }
        process.intended.clear();
    }

    pub(super) fn end(&mut self, op: &Op, at: Position) {
        match op.kind {
            Kind::Ok => self.counts.ok += 1,
            Kind::Fail => self.counts.fail += 1,
            Kind::Invoke | Kind::Info => self.counts.info += 1,
        }
        let process = self.process(&op.process);
        // If its beginning is not in the history, it may have begun before everything.
        let began = self.processes[process as usize].finish().unwrap_or(0);
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.sends.clear();
        scratch.polls.clear();
        scratch.keys_sent.clear();
        scratch.keys_polled.clear();
        if op.function != Function::Poll {
            self.sends(op, process, at, &mut scratch);
        }
        if op.function != Function::Send {
            self.polls(op, at, &mut scratch);
        }
        self.counts.sent += scratch.sends.len() as u64;
        self.counts.polled += scratch.polls.len() as u64;
        self.order_of_sends(op.kind, process, at, &scratch);
        self.order_of_polls(op.kind, process, at, &scratch);
        checks::within::precommitted(&self.keys, at, &scratch.sends, &scratch.polls, &mut self.findings);
        if op.kind == Kind::Ok {
            checks::within::intermediate(&self.keys, at, &scratch.keys_polled, &mut self.findings);
            if self.processes[process as usize].subscribed {
                let exactly_once = self.circumstances.exactly_once;
                self.consumptions.consume(
                    &self.keys,
                    &op.group,
                    at,
                    &scratch.polls,
                    exactly_once,
                    &mut self.findings,
                );
            }
        }
        self.measure_lag(op, process, &scratch);
        if matches!(op.kind, Kind::Ok | Kind::Info) {
            self.tie(op.kind, process, (began, at), &scratch);
        }
        self.scratch = scratch;
        self.processes[process as usize].intended.clear();
    }

    fn measure_lag(&mut self, op: &Op, process: u32, scratch: &Scratch) {
        let keys = &self.keys;
        let sent = scratch.keys_sent.iter().map(|&key| (key, keys[key as usize].sent.last.1));
        let polled = scratch.keys_polled.iter().map(|&key| (key, keys[key as usize].polled.last.1));
        let offsets = || sent.clone().chain(polled.clone()).filter(|&(_, offset)| offset != UNKNOWN);
        if let Some(time) = op.time
            && matches!(op.kind, Kind::Ok | Kind::Info)
        {
            self.lags.know(offsets(), time);
        }
        if op.kind == Kind::Ok
            && op.function != Function::Send
            && let Some(began) = self.processes[process as usize].open_time.take()
        {
            self.lags.poll(process, offsets(), began);
        }
    }

    /// The records an operation has sent, or wanted to send if its end does not repeat them.
    fn sends(&mut self, op: &Op, process: u32, at: Position, scratch: &mut Scratch) {
        let intended = std::mem::take(&mut self.processes[process as usize].intended);
        let mut expected = intended.iter();
        let mut any = false;
        for step in &op.steps {
            let Step::Send { key, record } = step else { continue };
            any = true;
            let number = self.key(key);
            let key = &mut self.keys[number as usize];
            // The end of an operation usually repeats what its beginning said, in the same order.
            let next = expected.clone().next().copied();
            let begun = next.filter(|&(at, entry)| at == number && key.has_value(entry, &record.value));
            let entry = match begun {
                Some((_, entry)) => {
                    expected.next();
                    entry
                }
                None => match key.entry(&record.value) {
                    Some(entry) => entry,
                    None => continue,
                },
            };
            // In long operations whose end has another order, a record only seems to be sent twice.
            let begun = begun.is_some() || (intended.len() <= 256 && intended.contains(&(number, entry)));
            let offset = record.offset.unwrap_or(UNKNOWN);
            self.send(op.kind, at, Sent { key: number, entry, offset, begun }, scratch);
        }
        if !any {
            for &(key, entry) in &intended {
                self.send(op.kind, at, Sent { key, entry, offset: UNKNOWN, begun: true }, scratch);
            }
        }
        self.processes[process as usize].intended = intended;
        if op.kind == Kind::Info
            && (scratch.sends.len() > 1 || scratch.sends.iter().any(|&(_, _, offset)| offset != UNKNOWN))
        {
            self.undecided.push(Undecided { sends: scratch.sends.clone() });
        }
    }

    fn send(&mut self, kind: Kind, at: Position, sent: Sent, scratch: &mut Scratch) {
        let Sent { key: number, entry, offset, begun } = sent;
        let key = &mut self.keys[number as usize];
        let fate = match kind {
            Kind::Ok => Fate::Acknowledged,
            Kind::Fail => Fate::Failed,
            Kind::Invoke | Kind::Info => Fate::Unknown,
        };
        key.entries[entry as usize].end(at, fate, begun);
        if kind == Kind::Ok && offset != UNKNOWN {
            key.place(offset, entry);
        }
        if key.sent.operation == at {
            let (before, known) = key.sent.last;
            key.entries[before as usize].set_inner();
            // Neighbours by their offsets are neighbours in any case.
            if known == UNKNOWN || offset == UNKNOWN || known.checked_add(1) != Some(offset) {
                let kind = PairKind::SendsWithin;
                key.pairs.push(Pair { kind, before, after: entry, first: at, second: at });
            }
            key.sent.last = (entry, offset);
        } else {
            key.sent = Run { operation: at, first: (entry, offset), last: (entry, offset) };
            scratch.keys_sent.push(number);
        }
        scratch.sends.push((number, entry, offset));
    }

    /// The records an operation has polled. What a poll returns is there, whether or not the operation succeeds in the end.
    fn polls(&mut self, op: &Op, at: Position, scratch: &mut Scratch) {
        let succeeded = op.kind == Kind::Ok;
        let rebalanced: Vec<u32> = op.rebalanced.iter().map(|key| self.key(key)).collect();
        for batch in &op.batches {
            if batch.records.is_empty() {
                continue;
            }
            let number = self.key(&batch.key);
            let judged = !rebalanced.contains(&number);
            let key = &mut self.keys[number as usize];
            for record in &op.polled[batch.records.clone()] {
                let offset = record.offset.unwrap_or(UNKNOWN);
                let Some(entry) = key.polled_entry(&record.value, offset) else { continue };
                if entry == FORGOTTEN {
                    self.counts.unjudged += 1;
                } else {
                    key.entries[entry as usize].read(at, succeeded);
                    if offset != UNKNOWN {
                        key.place(offset, entry);
                    }
                    scratch.polls.push((number, entry, offset));
                }
                if key.polled.operation == at {
                    let (before, known) = key.polled.last;
                    let neighbours = known != UNKNOWN && known.checked_add(1) == Some(offset);
                    if judged && !neighbours && before != FORGOTTEN && entry != FORGOTTEN {
                        let kind = PairKind::PollsWithin;
                        key.pairs.push(Pair { kind, before, after: entry, first: at, second: at });
                    }
                    key.polled.last = (entry, offset);
                } else {
                    key.polled = Run { operation: at, first: (entry, offset), last: (entry, offset) };
                    scratch.keys_polled.push(number);
                }
            }
        }
    }
}
