//! The checker: takes a history event by event and can say at any time what it shows so far.
//!
//! What an event says is condensed at once into its partitions, its process and, if it ties partitions together, a
//! transaction; the event itself is not kept. Pairs of records that a client saw as neighbours and that stand at
//! neighbouring offsets are forgotten on the spot, the others are judged when the order of all records is known.

mod forget;
pub(crate) mod key;
pub(crate) mod mix;
mod operation;
pub(crate) mod order;
mod places;
pub(crate) mod process;
mod sparse;
pub(crate) mod transactions;

use crate::anomaly::Anomaly;
use crate::checks;
use crate::checks::lag::Lag;
use crate::contract::{Circumstances, Fault};
use crate::history::{Atom, Function, Kind, Op};
use crate::verdict::{Counts, Finding, Findings, Rules, Verdict};
use key::{Key, NEVER, Position, UNKNOWN};
use mix::Table;
use operation::Scratch;
use process::Process;
use transactions::{Transactions, Undecided};

/// How much is remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Records of all partitions. A record takes 50 to 100 bytes.
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
    lags: checks::lag::Lags,
    findings: Findings,
    position: Position,
    /// When it is looked next whether something has to be forgotten.
    forget_at: Position,
    counts: Counts,
    scratch: Scratch,
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
            lags: checks::lag::Lags::default(),
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
        Verdict { counts, worst_lag: self.worst_lag(), groups: findings.groups() }
    }

    fn worst_lag(&self) -> Option<Lag> {
        let (number, key, time, lag) = self.lags.worst?;
        let process = self.process_numbers.iter().find(|(_, other)| **other == number);
        let process = process.map(|(name, _)| name.clone()).unwrap_or_default();
        Some(Lag { time, process, key: self.keys[key as usize].name.clone(), lag })
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
        let number = self.process(&op.process);
        let process = &mut self.processes[number as usize];
        process.finish();
        process.reassign(op.function == Function::Subscribe, &keep);
        if op.kind == Kind::Ok {
            self.lags.reassign(number, &keep, op.function == Function::Assign);
        }
    }
}
