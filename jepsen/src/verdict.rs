//! What was found, as data; `report` puts it into words.

use std::collections::{BTreeMap, BTreeSet};

use crate::anomaly::Anomaly;
pub use crate::checks::lag::Lag;
use crate::history::Atom;

/// One occurrence of an anomaly.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Finding {
    /// What happened, in words. `#7` is event 7 of the history, counted from zero.
    pub sentence: String,
    /// The events it is about.
    pub operations: Vec<u32>,
    /// The partition.
    pub key: Atom,
    /// The records it is about.
    pub values: Vec<Atom>,
    /// The records that were left out.
    pub skipped: Vec<Atom>,
    /// The offsets it is about.
    pub offsets: Vec<i64>,
    /// How far the second record lies behind the first, in records.
    pub delta: Option<i64>,
    /// Of a cycle, why each operation comes before the next, and the last one before the first.
    pub steps: Vec<String>,
    /// Why it is no violation, if it is none.
    pub allowed: Option<String>,
}

/// All occurrences of one anomaly.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Group {
    /// How many violations.
    pub violations: u64,
    /// How many that are no violation.
    pub allowed: u64,
    /// The first of the violations, then the first of the others; both bounded.
    pub findings: Vec<Finding>,
}

/// What findings are kept, and which anomalies the caller treats in his own way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// How many findings of each anomaly are kept; all are counted.
    pub findings_max: usize,
    /// Never a violation.
    pub allow: BTreeSet<Anomaly>,
    /// Always a violation.
    pub forbid: BTreeSet<Anomaly>,
}

impl Default for Rules {
    fn default() -> Self {
        Self { findings_max: 16, allow: BTreeSet::new(), forbid: BTreeSet::new() }
    }
}

/// Collects findings within a bound.
#[derive(Clone, Debug, Default)]
pub(crate) struct Findings {
    rules: Rules,
    violations: BTreeMap<Anomaly, (u64, Vec<Finding>)>,
    allowed: BTreeMap<Anomaly, (u64, Vec<Finding>)>,
}

impl Findings {
    pub(crate) fn new(rules: Rules) -> Self {
        Self { rules, ..Self::default() }
    }

    /// Counts an occurrence, and asks for its words only if it is kept. Without an excuse of its own it has the anomaly's.
    pub(crate) fn add(&mut self, anomaly: Anomaly, excuse: Option<&str>, finding: impl FnOnce() -> Finding) {
        self.add_with(anomaly, excuse.or(anomaly.expected()), finding);
    }

    /// The same, and there is no other excuse.
    pub(crate) fn add_with(
        &mut self,
        anomaly: Anomaly,
        excuse: Option<&str>,
        finding: impl FnOnce() -> Finding,
    ) {
        let excuse = if self.rules.forbid.contains(&anomaly) {
            None
        } else if self.rules.allow.contains(&anomaly) {
            Some("it was asked to be allowed")
        } else {
            excuse
        };
        let groups = if excuse.is_some() { &mut self.allowed } else { &mut self.violations };
        let (count, kept) = groups.entry(anomaly).or_default();
        *count += 1;
        if kept.len() < self.rules.findings_max {
            kept.push(Finding { allowed: excuse.map(str::to_owned), ..finding() });
        }
    }

    pub(crate) fn groups(self) -> BTreeMap<Anomaly, Group> {
        let mut groups: BTreeMap<Anomaly, Group> = BTreeMap::new();
        for (anomaly, (count, kept)) in self.violations {
            let group = groups.entry(anomaly).or_default();
            group.violations = count;
            group.findings = kept;
        }
        for (anomaly, (count, kept)) in self.allowed {
            let group = groups.entry(anomaly).or_default();
            group.allowed = count;
            group.findings.extend(kept);
        }
        groups
    }
}

/// How much there was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Events: beginnings and ends.
    pub events: u64,
    /// Operations that have ended: with success, without, and nobody knows.
    pub ok: u64,
    /// Failed.
    pub fail: u64,
    /// Unknown.
    pub info: u64,
    /// Operations that have not ended.
    pub open: u64,
    /// Records sent by operations that have ended.
    pub sent: u64,
    /// Records polled.
    pub polled: u64,
    /// Partitions.
    pub keys: u64,
    /// Processes.
    pub processes: u64,
    /// Records that more than one operation sent, which may stand there twice.
    pub reused: u64,
    /// Records and transactions that were forgotten, to stay within the bounds, and what touched them later.
    pub forgotten: u64,
    /// Polled records that were not compared, because what they say was forgotten.
    pub unjudged: u64,
}

/// What a history shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// How much was judged.
    pub counts: Counts,
    /// The longest time that a poll was behind, if times are told.
    pub worst_lag: Option<Lag>,
    /// What was found, by anomaly.
    pub groups: BTreeMap<Anomaly, Group>,
}

impl Verdict {
    /// Whether there is no violation.
    pub fn is_valid(&self) -> bool {
        self.groups.values().all(|group| group.violations == 0)
    }

    /// What was found of an anomaly.
    pub fn findings(&self, anomaly: Anomaly) -> &[Finding] {
        self.groups.get(&anomaly).map_or(&[], |group| &group.findings)
    }

    /// The events that findings are about.
    pub fn operations(&self) -> BTreeSet<u32> {
        let findings = self.groups.values().flat_map(|group| &group.findings);
        findings.flat_map(|finding| finding.operations.iter().copied()).collect()
    }
}
