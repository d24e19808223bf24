//! Order in real time, as far as no graph is needed: reads of what was not yet sent (G1c-realtime), and records that stand
//! before what was acknowledged before they were sent (G0-realtime).
//!
//! Longer cycles of real time and of single sends and polls do not exist without one of these: if each record that is
//! read was sent before the poll ended, and each record was sent before the ends of those behind it, then times ascend
//! along every path, and a path cannot close.

use crate::anomaly::Anomaly;
use crate::state::key::{Fate, Key};
use crate::verdict::{Finding, Findings};

pub(crate) fn check(key: &Key, findings: &mut Findings) {
    for (number, entry) in (0..).zip(&key.entries) {
        if entry.is_read_before_sent() {
            findings.add(Anomaly::G1cRealtime, None, || Finding {
                sentence: format!(
                    "#{} had polled {} from {} before #{} began to send it",
                    entry.reader,
                    key.value(number),
                    key.name,
                    entry.sent
                ),
                operations: vec![entry.reader, entry.sent],
                key: key.name.clone(),
                values: vec![key.value(number)],
                ..Finding::default()
            });
        }
    }
    overtaken(key, findings);
}

/// Walks the log and keeps the record that was sent last of all so far; whatever comes behind it must not have been
/// acknowledged before that was sent.
fn overtaken(key: &Key, findings: &mut Findings) {
    let mut latest: Option<(u32, i64)> = None;
    for (offset, number) in key.walk() {
        let entry = &key.entries[number as usize];
        if entry.is_moved() || !entry.is_committed() {
            continue;
        }
        if let Some((other, place)) = latest {
            let before = &key.entries[other as usize];
            if entry.fate == Fate::Acknowledged && entry.done < before.sent {
                findings.add(Anomaly::G0Realtime, None, || Finding {
                    sentence: format!(
                        "#{} was over before #{} began, and yet {} stands at offset {place} of {}, before {} at offset \
                         {offset}",
                        entry.done,
                        before.sent,
                        key.value(other),
                        key.name,
                        key.value(number)
                    ),
                    operations: vec![entry.done, before.sent],
                    key: key.name.clone(),
                    values: vec![key.value(other), key.value(number)],
                    offsets: vec![place, offset],
                    ..Finding::default()
                });
            }
        }
        if entry.is_begun_known()
            && latest.is_none_or(|(other, _)| key.entries[other as usize].sent < entry.sent)
        {
            latest = Some((number, offset));
        }
    }
}
