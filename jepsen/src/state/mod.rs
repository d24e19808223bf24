//! The checker: takes a history event by event and can say at any time what it shows so far.
//!
//! What an event says is condensed at once into its partitions, its process and, if it ties partitions together, a
//! transaction; the event itself is not kept. Pairs of records that a client saw as neighbours and that stand at
//! neighbouring offsets are forgotten on the spot, the others are judged when the order of all records is known.

mod forget;
pub(crate) mod key;
pub(crate) mod mix;
pub(crate) mod order;
pub(crate) mod process;
mod sparse;
pub(crate) mod transactions;

use crate::anomaly::Anomaly;
use crate::checks;
use crate::contract::{Circumstances, Fault};
use crate::history::{Atom, Function, Kind, Op, Step};
use crate::verdict::{Counts, Finding, Findings, Rules, Verdict};
use key::{FORGOTTEN, Fate, Key, NEVER, Pair, PairKind, Position, Run, UNKNOWN};
use mix::Table;
use process::Process;
use transactions::{Transaction, Transactions, Undecided};

/// How much is remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Records of all partitions. A record takes about 60 bytes.
    pub records: usize,
    /// Operations that tie partitions together, for cycles: the newest ones.
    pub transactions: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { records: 50_000_000, transactions: 4_000_000 }
    }
}

/// Everything that decides about a verdict besides the history.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// What the cluster had promised.
    pub circumstances: Circumstances,
    /// What findings are kept and how they count.
    pub rules: Rules,
    /// How much is remembered.
    pub bounds: Bounds,
}

/// Why no more of a history can be judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong;

impl std::fmt::Display for TooLong {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the history has more than {} events", NEVER - 1)
    }
}

impl std::error::Error for TooLong {}

/// Judges one history.
#[derive(Debug)]
pub struct Checker {
    pub(crate) circumstances: Circumstances,
    bounds: Bounds,
    pub(crate) keys: Vec<Key>,
    key_numbers: Table<Atom, u32>,
    /// Small numbers are the usual names of partitions.
    small_keys: Vec<u32>,
    pub(crate) processes: Vec<Process>,
    process_numbers: Table<Atom, u32>,
    undecided: Vec<Undecided>,
    pub(crate) transactions: Transactions,
    consumptions: checks::double_consumption::Consumptions,
    commits: checks::commits::Commits,
    findings: Findings,
    position: Position,
    /// When it is looked next whether something has to be forgotten.
    forget_at: Position,
    counts: Counts,
    scratch: Scratch,
}

/// What one operation does, with partitions and records as numbers. Kept to be filled again.
#[derive(Debug, Default)]
struct Scratch {
    /// Partition, entry, offset.
    sends: Vec<(u32, u32, i64)>,
    polls: Vec<(u32, u32, i64)>,
    /// Partitions, each once.
    keys_sent: Vec<u32>,
    keys_polled: Vec<u32>,
}

/// Partitions with names up to this have a place in a list.
const SMALL_KEYS: i64 = 4096;

impl Checker {
    /// Knows nothing yet.
    pub fn new(options: Options) -> Self {
        Self {
            circumstances: options.circumstances,
            bounds: options.bounds,
            keys: Vec::new(),
            key_numbers: Table::default(),
            small_keys: vec![u32::MAX; usize::try_from(SMALL_KEYS).expect("small")],
            processes: Vec::new(),
            process_numbers: Table::default(),
            undecided: Vec::new(),
            transactions: Transactions::default(),
            consumptions: checks::double_consumption::Consumptions::default(),
            commits: checks::commits::Commits::default(),
            findings: Findings::new(options.rules),
            position: 0,
            forget_at: 0,
            counts: Counts::default(),
            scratch: Scratch::default(),
        }
    }

    /// Takes the next event.
    ///
    /// # Errors
    /// After four billion events.
    pub fn push(&mut self, op: &Op) -> Result<(), TooLong> {
        if self.position == NEVER - 1 {
            return Err(TooLong);
        }
        let at = self.position;
        self.position += 1;
        self.counts.events += 1;
        match (&op.function, op.kind) {
            (Function::Send | Function::Poll | Function::Txn, Kind::Invoke) => self.begin(op, at),
            (Function::Send | Function::Poll | Function::Txn, _) => self.end(op, at),
            (Function::Assign | Function::Subscribe, Kind::Ok | Kind::Info) => self.reassign(op),
            (Function::Commit | Function::Committed, Kind::Invoke) => {
                let process = self.process(&op.process);
                self.processes[process as usize].open = Some(at);
                self.commits.begin(op, process, at);
            }
            (Function::Commit | Function::Committed, _) => {
                let process = self.process(&op.process);
                let began = self.processes[process as usize].finish();
                self.commits.end(op, process, began, at, &self.circumstances, &mut self.findings);
            }
            (Function::Other(name), Kind::Ok | Kind::Info) => {
                let nodes = if let Atom::Int(nodes) = op.scalar { Some(nodes) } else { None };
                if let Some(fault) = Fault::from_operation(name, nodes) {
                    self.circumstances.faults.push((fault, at));
                }
            }
            _ => {}
        }
        if at >= self.forget_at {
            self.maybe_forget();
        }
        Ok(())
    }

    /// What the history shows so far. More of it may follow.
    pub fn verdict(&mut self) -> Verdict {
        self.settle();
        for process in 0..self.processes.len() {
            let sends = &self.processes[process].intended;
            let sends = sends.iter().map(|&(key, entry)| (key, entry, UNKNOWN)).collect();
            Undecided { sends }.settle(&mut self.keys);
        }
        let mut findings = self.findings.clone();
        checks::judge(self, &mut findings);
        let mut counts = self.counts;
        counts.keys = self.keys.len() as u64;
        counts.processes = self.processes.len() as u64;
        counts.open = self.processes.iter().filter(|process| process.open.is_some()).count() as u64;
        counts.reused =
            self.keys.iter().flat_map(|key| &key.entries).filter(|entry| entry.is_reused()).count() as u64;
        if counts.ok + counts.fail + counts.info == 0 {
            let sentence = "the history has no send, poll or txn that has ended".to_owned();
            findings.add(Anomaly::EmptyHistory, None, || Finding { sentence, ..Finding::default() });
        }
        Verdict { counts, groups: findings.groups() }
    }

    /// Operations of unknown outcome of which a record was read have happened.
    fn settle(&mut self) {
        let keys = &mut self.keys;
        self.undecided.retain(|operation| !operation.settle(keys));
    }

    fn process(&mut self, name: &Atom) -> u32 {
        if let Some(&number) = self.process_numbers.get(name) {
            return number;
        }
        let number = u32::try_from(self.processes.len()).expect("fewer processes than events");
        self.process_numbers.insert(name.clone(), number);
        self.processes.push(Process::default());
        number
    }

    fn key(&mut self, name: &Atom) -> u32 {
        let small = match name {
            Atom::Int(number @ 0..SMALL_KEYS) => Some(usize::try_from(*number).expect("small")),
            _ => None,
        };
        if let Some(small) = small
            && self.small_keys[small] != u32::MAX
        {
            return self.small_keys[small];
        }
        let keys = &mut self.keys;
        let number = *self.key_numbers.entry(name.clone()).or_insert_with(|| {
            keys.push(Key::new(name.clone()));
            u32::try_from(keys.len() - 1).expect("fewer partitions than records")
        });
        if let Some(small) = small {
            self.small_keys[small] = number;
        }
        number
    }

    fn reassign(&mut self, op: &Op) {
        let keep: Vec<u32> = op.keys.iter().map(|key| self.key(key)).collect();
        let process = self.process(&op.process);
        let process = &mut self.processes[process as usize];
        process.finish();
        process.reassign(op.function == Function::Subscribe, &keep);
    }

    /// An operation begins: what it wants to send may be read from now on.
    fn begin(&mut self, op: &Op, at: Position) {
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
    }

    fn abandon(&mut self, process: u32) {
        let process = &mut self.processes[process as usize];
        if process.open.take().is_some() && process.intended.len() > 1 {
            let sends = process.intended.iter().map(|&(key, entry)| (key, entry, UNKNOWN)).collect();
            self.undecided.push(Undecided { sends });
        }
        process.intended.clear();
    }

    fn end(&mut self, op: &Op, at: Position) {
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
            self.polls(op, process, at, &mut scratch);
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
        if matches!(op.kind, Kind::Ok | Kind::Info) {
            self.tie(op.kind, process, (began, at), &scratch);
        }
        self.scratch = scratch;
        self.processes[process as usize].intended.clear();
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
            self.send(op.kind, at, number, entry, record.offset.unwrap_or(UNKNOWN), begun, scratch);
        }
        if !any {
            for &(number, entry) in &intended {
                self.send(op.kind, at, number, entry, UNKNOWN, true, scratch);
            }
        }
        self.processes[process as usize].intended = intended;
        if op.kind == Kind::Info
            && (scratch.sends.len() > 1 || scratch.sends.iter().any(|&(_, _, offset)| offset != UNKNOWN))
        {
            self.undecided.push(Undecided { sends: scratch.sends.clone() });
        }
    }

    #[expect(clippy::too_many_arguments, reason = "one record with all that is known of it")]
    fn send(
        &mut self,
        kind: Kind,
        at: Position,
        number: u32,
        entry: u32,
        offset: i64,
        begun: bool,
        scratch: &mut Scratch,
    ) {
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
    fn polls(&mut self, op: &Op, process: u32, at: Position, scratch: &mut Scratch) {
        let succeeded = op.kind == Kind::Ok;
        let rebalanced: Vec<u32> = op.rebalanced.iter().map(|key| self.key(key)).collect();
        let _ = process;
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

    /// What a process sends later has to stand behind what it sent earlier.
    fn order_of_sends(&mut self, kind: Kind, process: u32, at: Position, scratch: &Scratch) {
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
    fn order_of_polls(&mut self, kind: Kind, process: u32, at: Position, scratch: &Scratch) {
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
    fn tie(&mut self, kind: Kind, process: u32, (began, ended): (Position, Position), scratch: &Scratch) {
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
