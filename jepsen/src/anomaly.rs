//! What can be wrong with a history, by the names people use.

use std::fmt;

/// An anomaly. The names are Jepsen's where Jepsen has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Anomaly {
    /// An acknowledged record is read by nobody although a later one is.
    LostWrite,
    /// An acknowledged record is read by nobody, up to the end of the history.
    Unseen,
    /// A record stands at several offsets.
    Duplicate,
    /// An offset shows several records.
    InconsistentOffsets,
    /// A consumer's polls leave out records that are there.
    PollSkip,
    /// A consumer's polls go back.
    NonmonotonicPoll,
    /// One operation's polls leave out records that are there.
    IntPollSkip,
    /// One operation's polls go back.
    IntNonmonotonicPoll,
    /// A producer's records stand in another order than it sent them.
    NonmonotonicSend,
    /// Other records stand between those of one operation.
    IntSendSkip,
    /// One operation's records stand in another order than they were sent.
    IntNonmonotonicSend,
    /// A transaction read what it wrote itself, before it was committed.
    PrecommittedRead,
    /// A record of an operation that failed is read.
    G1a,
    /// A poll ends inside of what one operation wrote to a partition.
    G1b,
    /// Transactions overwrite each other in a circle.
    G0,
    /// A circle of writes, and of what was over before the next began.
    G0Realtime,
    /// Transactions depend on each other's records in a circle.
    G1c,
    /// The same, with what one process did one after the other.
    G1cProcess,
    /// The same, with what was over before the next began.
    G1cRealtime,
    /// A circle with one poll that did not see a later write.
    GSingle,
    /// A circle with several polls that did not see later writes.
    G2Item,
    /// A record is read that nobody sent.
    GarbageRead,
    /// Of one transaction some records are there and others are not.
    TornTransaction,
    /// A record is processed twice by operations that succeeded, in one group.
    DoubleConsumption,
    /// A group's committed offset went back.
    CommitRegression,
    /// A group has an offset that nobody committed.
    GarbageCommit,
    /// Nothing was sent or polled: there is nothing to judge.
    EmptyHistory,
}

/// Name, meaning, and why it is not a violation by itself, if it is not.
type Row = (Anomaly, &'static str, &'static str, Option<&'static str>);

const INTERLEAVED: &str = "records of Kafka's transactions stand among others; nothing isolates writes";
const POLLS_APART: &str = "a consumer is at different places in different partitions; nothing isolates polls";

const TABLE: [Row; 27] = [
    (
        Anomaly::LostWrite,
        "lost-write",
        "an acknowledged record is polled by nobody although a later one of its partition is",
        None,
    ),
    (
        Anomaly::Unseen,
        "unseen",
        "an acknowledged record is polled by nobody, up to the end of the history",
        None,
    ),
    (Anomaly::Duplicate, "duplicate", "a record stands at several offsets of its partition", None),
    (Anomaly::InconsistentOffsets, "inconsistent-offsets", "an offset shows several records", None),
    (
        Anomaly::PollSkip,
        "poll-skip",
        "successive operations of a process leave out records that are there",
        None,
    ),
    (
        Anomaly::NonmonotonicPoll,
        "nonmonotonic-poll",
        "an operation of a process polls what lies at or before the end of its polls before",
        None,
    ),
    (
        Anomaly::IntPollSkip,
        "int-poll-skip",
        "successive records polled by one operation leave out records that are there",
        None,
    ),
    (
        Anomaly::IntNonmonotonicPoll,
        "int-nonmonotonic-poll",
        "successive records polled by one operation go back or repeat",
        None,
    ),
    (
        Anomaly::NonmonotonicSend,
        "nonmonotonic-send",
        "what a process sent later stands at or before what it sent earlier",
        None,
    ),
    (
        Anomaly::IntSendSkip,
        "int-send-skip",
        "other records stand between successive records of one operation",
        Some(INTERLEAVED),
    ),
    (
        Anomaly::IntNonmonotonicSend,
        "int-nonmonotonic-send",
        "what one operation sent later stands at or before what it sent earlier",
        None,
    ),
    (
        Anomaly::PrecommittedRead,
        "precommitted-read",
        "a transaction polled what it sent itself, so before it was committed",
        None,
    ),
    (Anomaly::G1a, "G1a", "aborted read: what a failed operation sent was polled", None),
    (
        Anomaly::G1b,
        "G1b",
        "intermediate read: the last record a poll returned of a partition is not the last one its transaction sent there",
        Some(POLLS_APART),
    ),
    (
        Anomaly::G0,
        "G0",
        "write cycle: operations sent before each other in different places",
        Some(INTERLEAVED),
    ),
    (
        Anomaly::G0Realtime,
        "G0-realtime",
        "write cycle with real time in it: what was sent later stands before what was acknowledged earlier",
        Some(INTERLEAVED),
    ),
    (
        Anomaly::G1c,
        "G1c",
        "circular information flow: each of some operations polled what the next one sent",
        None,
    ),
    (
        Anomaly::G1cProcess,
        "G1c-process",
        "circular information flow with the order of a process in it: it polled what comes of what it did later",
        None,
    ),
    (
        Anomaly::G1cRealtime,
        "G1c-realtime",
        "circular information flow with real time in it: a poll was over before what it saw was sent",
        None,
    ),
    (
        Anomaly::GSingle,
        "G-single",
        "cycle in which one poll missed what was sent after it: a transaction was seen in part",
        Some(POLLS_APART),
    ),
    (
        Anomaly::G2Item,
        "G2-item",
        "cycle in which several polls missed what was sent after them",
        Some(POLLS_APART),
    ),
    (Anomaly::GarbageRead, "garbage-read", "a record was polled that nobody sent", None),
    (
        Anomaly::TornTransaction,
        "torn-transaction",
        "of one transaction some records were polled and others are lost",
        None,
    ),
    (
        Anomaly::DoubleConsumption,
        "double-consumption",
        "two operations of subscribed consumers of one group both succeeded with the same record",
        Some("exactly-once was not asked for, and a group may deliver a record again"),
    ),
    (Anomaly::CommitRegression, "commit-regression", "a group's committed offset went back on its own", None),
    (Anomaly::GarbageCommit, "garbage-commit", "a group has an offset that nobody committed", None),
    (
        Anomaly::EmptyHistory,
        "empty-history",
        "no operation sent or polled anything, so nothing was judged",
        None,
    ),
];

impl Anomaly {
    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|row| row.0)
    }

    fn row(self) -> &'static Row {
        TABLE.iter().find(|row| row.0 == self).expect("every anomaly has a row")
    }

    /// The word in reports.
    pub fn name(self) -> &'static str {
        self.row().1
    }

    /// The anomaly of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        TABLE.iter().find(|row| row.1 == name).map(|row| row.0)
    }

    /// What it means, as half a sentence.
    pub fn meaning(self) -> &'static str {
        self.row().2
    }

    /// Why it is no violation by itself, if it is not: Kafka does not promise that it never happens.
    pub fn expected(self) -> Option<&'static str> {
        self.row().3
    }
}

impl fmt::Display for Anomaly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: a name says one anomaly, and every anomaly has one.
    #[test]
    fn names_are_unique_and_complete() {
        for anomaly in Anomaly::all() {
            assert_eq!(Anomaly::from_name(anomaly.name()), Some(anomaly));
        }
        // The last one stands in the table, and so do all before it.
        assert_eq!(Anomaly::all().count(), Anomaly::EmptyHistory as usize + 1);
        assert_eq!(Anomaly::from_name("G3"), None);
    }
}
