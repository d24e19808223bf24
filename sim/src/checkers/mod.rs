//! Checks: what must hold, each in a file of its own.
//!
//! Some watch while the run goes on (through the [`Ledger`](crate::ledger::Ledger) and the world), the rest
//! compare what clients were told with what a last reader found. Each knows the durability contract: the
//! flush policy, the acks and the faults that really happened decide what had to survive.

pub mod acknowledged;
pub mod commits;
pub mod duplicates;
pub mod groups;
pub mod marks;
pub mod metadata;
pub mod order;
pub mod reads;
pub mod replies;
pub mod transactions;

use core::fmt;

use crate::clock::Time;

/// The invariant that was broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Check {
    /// An acknowledged write is lost.
    Ack,
    /// An offset shows two records, or one that nobody sent.
    Off,
    /// A record of an idempotent producer is there twice.
    Dup,
    /// Records of one producer are out of order, or a consumer saw offsets out of order.
    Ord,
    /// What a consumer was given is different or gone.
    Vis,
    /// A mark went back.
    Mon,
    /// A committed offset was lost or changed.
    Grp,
    /// A transaction is torn, or a committed one does not show.
    Ato,
    /// What was aborted shows.
    Abr,
    /// Metadata that was confirmed is gone.
    Meta,
    /// Two replicas differ where both believe that it is committed.
    Div,
    /// Two leaders in one epoch, or a leader that may not be one.
    Ldr,
    /// Nothing moves although nothing is broken any more.
    Live,
    /// A panic, or a refusal to start that nothing explains.
    Crash,
    /// A reply that nobody asked for, twice, or out of turn.
    Reply,
}

impl Check {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::Ack,
        Self::Off,
        Self::Dup,
        Self::Ord,
        Self::Vis,
        Self::Mon,
        Self::Grp,
        Self::Ato,
        Self::Abr,
        Self::Meta,
        Self::Div,
        Self::Ldr,
        Self::Live,
        Self::Crash,
        Self::Reply,
    ];

    /// The code people use.
    pub fn code(self) -> &'static str {
        match self {
            Self::Ack => "ACK",
            Self::Off => "OFF",
            Self::Dup => "DUP",
            Self::Ord => "ORD",
            Self::Vis => "VIS",
            Self::Mon => "MON",
            Self::Grp => "GRP",
            Self::Ato => "ATO",
            Self::Abr => "ABR",
            Self::Meta => "META",
            Self::Div => "DIV",
            Self::Ldr => "LDR",
            Self::Live => "LIVE",
            Self::Crash => "CRASH",
            Self::Reply => "REPLY",
        }
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// A broken promise.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Violation {
    /// Which invariant.
    pub check: Check,
    /// What it was broken on: a partition and offset, a producer, a group, a node.
    pub object: String,
    /// In words.
    pub sentence: String,
    /// When it was noticed.
    pub time: Time,
}

impl Violation {
    /// A broken promise, noticed now.
    pub fn new(check: Check, time: Time, object: impl Into<String>, sentence: impl Into<String>) -> Self {
        Self { check, object: object.into(), sentence: sentence.into(), time }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}: {}: {}", self.check, self.time, self.object, self.sentence)
    }
}

/// The record of that producer and number.
fn record_id(producer: usize, number: usize) -> crate::clients::record::RecordId {
    crate::clients::record::RecordId {
        producer: u32::try_from(producer).expect("few producers"),
        number: u32::try_from(number).expect("few records"),
    }
}

/// Runs every check that compares the ledger with what the last reader found.
pub fn check_all(ledger: &crate::ledger::Ledger, audit: &crate::clients::auditor::Audit) -> Vec<Violation> {
    let mut found = Vec::new();
    acknowledged::check(ledger, audit, &mut found);
    duplicates::check(ledger, audit, &mut found);
    order::check(ledger, audit, &mut found);
    reads::check(ledger, audit, &mut found);
    metadata::check(ledger, audit, &mut found);
    found
}
