//! Histories: what clients asked for and what they were told, operation by operation.
//!
//! The vocabulary is that of Jepsen's workload for Kafka: a client invokes an operation and later notes how it ended. A
//! history is a stream of such events; [`Reader`] takes it from a file, [`write_edn`] and [`write_json`] write it.

mod atom;
mod cursor;
mod parse;
mod reader;
mod write;

pub use atom::Atom;
pub use reader::{ReadError, Reader};
pub(crate) use write::quoted;
pub use write::{write_edn, write_json};

use std::fmt;
use std::ops::Range;

/// How a history is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax {
    /// One JSON object per operation, usually one per line.
    Json,
    /// Clojure's notation, as Jepsen stores its histories.
    Edn,
}

/// What an event says of its operation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Kind {
    /// It begins.
    #[default]
    Invoke,
    /// It has happened.
    Ok,
    /// It has not happened, and will not.
    Fail,
    /// Nobody knows: it may have happened, may happen later, or never.
    Info,
}

impl Kind {
    /// The word in histories.
    pub fn name(self) -> &'static str {
        match self {
            Self::Invoke => "invoke",
            Self::Ok => "ok",
            Self::Fail => "fail",
            Self::Info => "info",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        [Self::Invoke, Self::Ok, Self::Fail, Self::Info].into_iter().find(|kind| kind.name() == name)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What an operation does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Function {
    /// Sends only.
    Send,
    /// Polls only.
    Poll,
    /// Sends and polls in one transaction.
    Txn,
    /// Replaces the partitions a consumer reads.
    Assign,
    /// Replaces the topics a consumer reads; the group decides which partitions that means.
    Subscribe,
    /// Throws the client away.
    Crash,
    /// Commits offsets of a group. Jepsen's workload has no such operation.
    Commit,
    /// Asks for the committed offsets of a group. Jepsen's workload has no such operation.
    Committed,
    /// Anything else: what nemeses do, what is only there to look into the cluster.
    #[default]
    Nothing,
    /// Anything else, by its name.
    Other(Box<str>),
}

impl Function {
    /// The word in histories.
    pub fn name(&self) -> &str {
        match self {
            Self::Send => "send",
            Self::Poll => "poll",
            Self::Txn => "txn",
            Self::Assign => "assign",
            Self::Subscribe => "subscribe",
            Self::Crash => "crash",
            Self::Commit => "commit",
            Self::Committed => "committed",
            Self::Nothing => "nothing",
            Self::Other(name) => name,
        }
    }

    /// The function of that name.
    pub fn from_name(name: &str) -> Self {
        match name {
            "send" => Self::Send,
            "poll" => Self::Poll,
            "txn" => Self::Txn,
            "assign" => Self::Assign,
            "subscribe" => Self::Subscribe,
            "crash" => Self::Crash,
            "commit" => Self::Commit,
            "committed" => Self::Committed,
            "nothing" => Self::Nothing,
            other => Self::Other(other.into()),
        }
    }

    /// Whether it moves records.
    pub fn moves_records(&self) -> bool {
        matches!(self, Self::Send | Self::Poll | Self::Txn)
    }
}

/// A record and where it stands, as far as the client knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its offset in the partition.
    pub offset: Option<i64>,
    /// What was sent, unique in its partition. [`Atom::Nil`] where a client does not know.
    pub value: Atom,
}

/// A step of an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Sends a record to the partition `key`.
    Send {
        /// The partition.
        key: Atom,
        /// The record, with an offset if the client was told one.
        record: Record,
    },
    /// Polls once: which of the operation's [`Batch`]es were returned.
    Poll(Range<usize>),
}

/// Records of one partition that one poll returned: a range of the operation's `polled`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// The partition.
    pub key: Atom,
    /// Which of [`Op::polled`].
    pub records: Range<usize>,
}

/// One event of a history: an operation begins or has ended.
///
/// What polls returned lies in flat lists, so that a reader can fill the same value again and again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Op {
    /// Its number in the history.
    pub index: Option<u64>,
    /// Nanoseconds since the test began.
    pub time: Option<i64>,
    /// The logical thread that does one operation at a time.
    pub process: Atom,
    /// Begin or end.
    pub kind: Kind,
    /// What it does.
    pub function: Function,
    /// Sends and polls, in their order.
    pub steps: Vec<Step>,
    /// What polls returned, by partition.
    pub batches: Vec<Batch>,
    /// The records of `batches`.
    pub polled: Vec<Record>,
    /// The partitions of `assign` and `subscribe`.
    pub keys: Vec<Atom>,
    /// The offsets of `commit` and `committed`: the next one to read, or none.
    pub offsets: Vec<(Atom, Option<i64>)>,
    /// Partitions that were given or taken by rebalances while this ran.
    pub rebalanced: Vec<Atom>,
    /// The consumer group, if it is told.
    pub group: Atom,
    /// The value of operations that are none of the above, if it is a single one.
    pub scalar: Atom,
}

impl Op {
    /// An event without a value.
    pub fn new(kind: Kind, process: impl Into<Atom>, function: Function) -> Self {
        Self { kind, process: process.into(), function, ..Self::default() }
    }

    /// Adds a send.
    #[must_use]
    pub fn send(mut self, key: impl Into<Atom>, offset: Option<i64>, value: impl Into<Atom>) -> Self {
        self.steps.push(Step::Send { key: key.into(), record: Record { offset, value: value.into() } });
        self
    }

    /// Adds a poll, with what it returned of each partition.
    #[must_use]
    pub fn poll<K: Into<Atom>>(mut self, returned: impl IntoIterator<Item = (K, Vec<Record>)>) -> Self {
        let first = self.batches.len();
        for (key, records) in returned {
            let start = self.polled.len();
            self.polled.extend(records);
            self.batches.push(Batch { key: key.into(), records: start..self.polled.len() });
        }
        self.steps.push(Step::Poll(first..self.batches.len()));
        self
    }

    /// Forgets everything and keeps the memory.
    pub fn clear(&mut self) {
        self.index = None;
        self.time = None;
        self.process = Atom::Nil;
        self.kind = Kind::Invoke;
        self.function = Function::Nothing;
        self.steps.clear();
        self.batches.clear();
        self.polled.clear();
        self.keys.clear();
        self.offsets.clear();
        self.rebalanced.clear();
        self.group = Atom::Nil;
        self.scalar = Atom::Nil;
    }
}
