//! garbage-read, aborted read (G1a) and unseen: what was read of what was sent.

use crate::anomaly::Anomaly;
use crate::contract::Circumstances;
use crate::state::key::{Fate, Key, NEVER};
use crate::verdict::{Finding, Findings};

pub(crate) fn check(key: &Key, circumstances: &Circumstances, findings: &mut Findings) {
    for (number, entry) in (0..).zip(&key.entries) {
        let value = || key.value(number);
        match entry.fate {
            Fate::Unsent if entry.seen_by != NEVER => {
                findings.add(Anomaly::GarbageRead, None, || Finding {
                    sentence: format!(
                        "#{} polled {} from {}, which nobody sent",
                        entry.seen_by,
                        value(),
                        key.name
                    ),
                    operations: vec![entry.seen_by],
                    key: key.name.clone(),
                    values: vec![value()],
                    offsets: key.offsets(number),
                    ..Finding::default()
                });
            }
            Fate::Failed if entry.is_read() => {
                findings.add(Anomaly::G1a, None, || Finding {
                    sentence: format!(
                        "#{} polled {} from {}, which #{} sent and failed",
                        entry.reader,
                        value(),
                        key.name,
                        entry.done
                    ),
                    operations: vec![entry.done, entry.reader],
                    key: key.name.clone(),
                    values: vec![value()],
                    offsets: key.offsets(number),
                    ..Finding::default()
                });
            }
            Fate::Acknowledged if !entry.is_read() => {
                findings.add(Anomaly::Unseen, circumstances.excuse(entry.done), || Finding {
                    sentence: format!(
                        "#{} sent {} to {} and succeeded, and no poll that succeeded has it",
                        entry.done,
                        value(),
                        key.name
                    ),
                    operations: vec![entry.done],
                    key: key.name.clone(),
                    values: vec![value()],
                    offsets: key.offsets(number),
                    ..Finding::default()
                });
            }
            _ => {}
        }
    }
}
