//! Histories in a few words: one event per line, `process type f value`, the value in EDN.
#![allow(dead_code, reason = "not every test needs every helper")]

use klamm_jepsen::history::{Op, Reader};
use klamm_jepsen::verdict::Finding;
use klamm_jepsen::{Anomaly, Checker, Options, Verdict};

/// The events of a story. Behind the value there may be further fields, as in `... [[:poll]] :group :g`.
pub(crate) fn events(story: &str) -> Vec<Op> {
    let mut edn = String::new();
    for line in story.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let mut rest = line;
        let mut word = || {
            let (word, behind) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
            rest = behind.trim_start();
            word
        };
        let (process, kind, function) = (word(), word(), word());
        let value = if rest.is_empty() { "nil" } else { rest };
        edn.push_str(&format!("{{:process {process} :type :{kind} :f :{function} :value {value}}}\n"));
    }
    read(&edn)
}

/// All events of a text in either notation.
pub(crate) fn read(text: &str) -> Vec<Op> {
    let mut reader = Reader::new(text.as_bytes());
    let (mut op, mut ops) = (Op::default(), Vec::new());
    while reader.read(&mut op).unwrap_or_else(|error| panic!("{error} in\n{text}")) {
        ops.push(op.clone());
    }
    ops
}

pub(crate) fn judge_with(story: &str, options: Options) -> Verdict {
    let mut checker = Checker::new(options);
    for op in events(story) {
        checker.push(&op).expect("it is short");
    }
    checker.verdict()
}

pub(crate) fn judge(story: &str) -> Verdict {
    judge_with(story, Options::default())
}

/// The names of what is violated.
pub(crate) fn violations(verdict: &Verdict) -> Vec<&'static str> {
    verdict
        .groups
        .iter()
        .filter(|(_, group)| group.violations > 0)
        .map(|(anomaly, _)| anomaly.name())
        .collect()
}

/// The names of what was seen and is no violation.
pub(crate) fn allowed(verdict: &Verdict) -> Vec<&'static str> {
    verdict.groups.iter().filter(|(_, group)| group.allowed > 0).map(|(anomaly, _)| anomaly.name()).collect()
}

/// Values as words.
pub(crate) fn words<T: ToString>(atoms: &[T]) -> String {
    atoms.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

/// What was found of an anomaly, in a form made for comparison.
pub(crate) fn found(verdict: &Verdict, anomaly: Anomaly, form: impl Fn(&Finding) -> String) -> Vec<String> {
    verdict.findings(anomaly).iter().map(form).collect()
}
