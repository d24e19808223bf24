//! A verdict in words for people, and as JSON for programs.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::anomaly::Anomaly;
use crate::history::{Atom, quoted};
use crate::verdict::{Finding, Group, Lag, Verdict};

/// The events that findings are about, as the history has them.
pub type Events = BTreeMap<u32, String>;

/// So many events are shown with their text.
const EVENTS_MAX: usize = 40;
/// So much of an event's text is shown.
const EVENT_CHARACTERS_MAX: usize = 300;

/// The verdict in plain words. Violations first, then what was seen and is none.
pub fn text(verdict: &Verdict, events: &Events) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "{}", headline(verdict));
    let _ = writeln!(out, "{}", counts(verdict));
    if let Some(Lag { time, process, key, lag }) = &verdict.worst_lag {
        let seconds = |nanos: &i64| *nanos as f64 / 1e9;
        let _ = writeln!(
            out,
            "the longest lag: process {process} was at least {:.3} s behind in {key}, at {:.3} s",
            seconds(lag),
            seconds(time)
        );
    }
    let groups = || verdict.groups.iter();
    for (anomaly, group) in groups().filter(|(_, group)| group.violations > 0) {
        let _ = writeln!(out, "\n{anomaly}: {}", counted(group.violations, "violation"));
        list(*anomaly, group, false, &mut out);
    }
    if groups().any(|(_, group)| group.allowed > 0) {
        out.push_str("\nSeen, and no violation:\n");
    }
    for (anomaly, group) in groups().filter(|(_, group)| group.allowed > 0) {
        let _ = writeln!(out, "\n{anomaly}: {}", counted(group.allowed, "time"));
        list(*anomaly, group, true, &mut out);
    }
    let operations = verdict.operations();
    let shown: Vec<(&u32, &String)> =
        operations.iter().filter_map(|event| events.get_key_value(event)).take(EVENTS_MAX).collect();
    if !shown.is_empty() {
        out.push_str("\nThe events that are named above, counted from 0:\n");
    }
    for (event, text) in shown {
        let _ = writeln!(out, "  #{event} {}", shortened(text));
    }
    out
}

fn headline(verdict: &Verdict) -> String {
    let violated: Vec<&str> = verdict
        .groups
        .iter()
        .filter(|(_, group)| group.violations > 0)
        .map(|(anomaly, _)| anomaly.name())
        .collect();
    if violated.is_empty() {
        "valid: no violation was found".to_owned()
    } else {
        format!("invalid: {}", violated.join(", "))
    }
}

fn counts(verdict: &Verdict) -> String {
    let counts = &verdict.counts;
    let mut line = format!(
        "{}: {} operations succeeded, {} failed, {} unknown, {} open; {} sent and {} polled, {}, {}",
        counted(counts.events, "event"),
        counts.ok,
        counts.fail,
        counts.info,
        counts.open,
        counted(counts.sent, "record"),
        counts.polled,
        counted(counts.keys, "partition"),
        counted(counts.processes, "process").replace("processs", "processes")
    );
    if counts.reused > 0 {
        let _ = write!(
            line,
            "; {} values were sent more than once, so duplicates of them say nothing",
            counts.reused
        );
    }
    if counts.forgotten > 0 {
        let _ = write!(line, "; {} were forgotten to stay within bounds", counts.forgotten);
    }
    if counts.unjudged > 0 {
        let _ = write!(line, "; {} polled records were not judged for it", counts.unjudged);
    }
    line
}

fn list(anomaly: Anomaly, group: &Group, allowed: bool, out: &mut String) {
    let _ = writeln!(out, "  {}.", anomaly.meaning());
    let mut reason: Option<&str> = None;
    let mut shown = 0;
    for finding in group.findings.iter().filter(|finding| finding.allowed.is_some() == allowed) {
        if finding.allowed.as_deref() != reason {
            reason = finding.allowed.as_deref();
            let _ = writeln!(out, "  No violation: {}.", reason.unwrap_or_default());
        }
        let _ = writeln!(out, "  - {}", finding.sentence);
        for step in &finding.steps {
            let _ = writeln!(out, "      {step}");
        }
        shown += 1;
    }
    let all = if allowed { group.allowed } else { group.violations };
    if all > shown {
        let _ = writeln!(out, "  and {} more", all - shown);
    }
}

fn shortened(text: &str) -> String {
    let text = text.trim_end();
    match text.char_indices().nth(EVENT_CHARACTERS_MAX) {
        Some((end, _)) => format!("{} ...", &text[..end]),
        None => text.to_owned(),
    }
}

fn counted(count: u64, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// The verdict as one JSON object on one line.
pub fn json(verdict: &Verdict) -> String {
    let mut out = format!("{{\"valid\":{},\"counts\":{{", verdict.is_valid());
    let counts = &verdict.counts;
    let numbers = [
        ("events", counts.events),
        ("ok", counts.ok),
        ("fail", counts.fail),
        ("info", counts.info),
        ("open", counts.open),
        ("sent", counts.sent),
        ("polled", counts.polled),
        ("keys", counts.keys),
        ("processes", counts.processes),
        ("reused", counts.reused),
        ("forgotten", counts.forgotten),
        ("unjudged", counts.unjudged),
    ];
    joined(numbers, &mut out, |(name, number), out| {
        let _ = write!(out, "\"{name}\":{number}");
    });
    out.push_str("},\"worst_lag\":");
    match &verdict.worst_lag {
        None => out.push_str("null"),
        Some(worst) => {
            let _ = write!(out, "{{\"time\":{},\"lag\":{},\"process\":", worst.time, worst.lag);
            atom(&worst.process, &mut out);
            out.push_str(",\"key\":");
            atom(&worst.key, &mut out);
            out.push('}');
        }
    }
    out.push_str(",\"anomalies\":{");
    joined(&verdict.groups, &mut out, |(anomaly, group), out| {
        let _ = write!(
            out,
            "\"{anomaly}\":{{\"violations\":{},\"allowed\":{},\"meaning\":",
            group.violations, group.allowed
        );
        quoted(anomaly.meaning(), out);
        out.push_str(",\"findings\":[");
        joined(&group.findings, out, write_finding);
        out.push_str("]}");
    });
    out.push_str("}}");
    out
}

fn write_finding(finding: &Finding, out: &mut String) {
    out.push_str("{\"sentence\":");
    quoted(&finding.sentence, out);
    out.push_str(",\"operations\":");
    array(&finding.operations, out, number);
    if !finding.key.is_nil() {
        out.push_str(",\"key\":");
        atom(&finding.key, out);
    }
    for (name, atoms) in [("values", &finding.values), ("skipped", &finding.skipped)] {
        if !atoms.is_empty() {
            let _ = write!(out, ",\"{name}\":");
            array(atoms, out, atom);
        }
    }
    if !finding.offsets.is_empty() {
        out.push_str(",\"offsets\":");
        array(&finding.offsets, out, number);
    }
    if let Some(delta) = finding.delta {
        let _ = write!(out, ",\"delta\":{delta}");
    }
    if !finding.steps.is_empty() {
        out.push_str(",\"steps\":");
        array(&finding.steps, out, |step, out| quoted(step, out));
    }
    if let Some(allowed) = &finding.allowed {
        out.push_str(",\"allowed\":");
        quoted(allowed, out);
    }
    out.push('}');
}

fn atom(atom: &Atom, out: &mut String) {
    match atom {
        Atom::Nil => out.push_str("null"),
        Atom::Int(value) => number(value, out),
        Atom::Text(text) => quoted(text, out),
    }
}

fn number<N: std::fmt::Display>(number: &N, out: &mut String) {
    let _ = write!(out, "{number}");
}

fn array<T>(items: &[T], out: &mut String, write: impl FnMut(&T, &mut String)) {
    out.push('[');
    joined(items, out, write);
    out.push(']');
}

fn joined<T>(items: impl IntoIterator<Item = T>, out: &mut String, mut write: impl FnMut(T, &mut String)) {
    for (at, item) in items.into_iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        write(item, out);
    }
}
