//! poll-skip, nonmonotonic-poll and -send, and the same within one operation: pairs of records that a client took for
//! neighbours, held against the order of the log.

use crate::anomaly::Anomaly;
use crate::contract::Circumstances;
use crate::state::key::{Key, Pair, PairKind};
use crate::state::order::Order;
use crate::verdict::{Finding, Findings};

/// So many of the records that were left out are named.
const SKIPPED_MAX: usize = 16;

pub(crate) fn check(key: &Key, order: &Order, circumstances: &Circumstances, findings: &mut Findings) {
    for pair in &key.pairs {
        let Some(delta) = order.distance(pair.before, pair.after) else { continue };
        let Some((anomaly, excuse)) = anomaly(pair.kind, delta) else { continue };
        let excuse = excuse.or_else(|| cut_back(key, pair, circumstances));
        findings.add(anomaly, excuse, || finding(key, order, pair, delta));
    }
}

/// Where records may be lost, a log may have been cut back between two operations, and grown again: a consumer begins
/// anew, and what a producer sends next stands before what it sent and was lost.
fn cut_back(key: &Key, pair: &Pair, circumstances: &Circumstances) -> Option<&'static str> {
    let lost = || !key.entries[pair.before as usize].is_read();
    match pair.kind {
        PairKind::Polls { .. } => circumstances.excuse(pair.first),
        PairKind::Sends if lost() => circumstances.excuse(pair.first),
        PairKind::Sends | PairKind::PollsWithin | PairKind::SendsWithin => None,
    }
}

fn anomaly(kind: PairKind, delta: i64) -> Option<(Anomaly, Option<&'static str>)> {
    let moved =
        |subscribed: bool| subscribed.then_some("its partitions are a group's choice and may have moved");
    Some(match (kind, delta) {
        (_, 1) | (PairKind::Sends, 2..) => return None,
        (PairKind::Polls { subscribed }, 2..) => (Anomaly::PollSkip, moved(subscribed)),
        (PairKind::Polls { subscribed }, _) => (Anomaly::NonmonotonicPoll, moved(subscribed)),
        (PairKind::PollsWithin, 2..) => (Anomaly::IntPollSkip, None),
        (PairKind::PollsWithin, _) => (Anomaly::IntNonmonotonicPoll, None),
        (PairKind::SendsWithin, 2..) => (Anomaly::IntSendSkip, None),
        (PairKind::SendsWithin, _) => (Anomaly::IntNonmonotonicSend, None),
        (PairKind::Sends, _) => (Anomaly::NonmonotonicSend, None),
    })
}

fn finding(key: &Key, order: &Order, pair: &Pair, delta: i64) -> Finding {
    let (before, after) = (key.value(pair.before), key.value(pair.after));
    let between = order.between(pair.before, pair.after);
    let skipped: Vec<_> = between.iter().take(SKIPPED_MAX).map(|&entry| key.value(entry)).collect();
    let verb = if matches!(pair.kind, PairKind::Sends | PairKind::SendsWithin) { "sent" } else { "polled" };
    let place = |entry: u32| key.entries[entry as usize].offset;
    let how =
        format!("{before} (offset {}) and then {after} (offset {})", place(pair.before), place(pair.after));
    let who = if pair.first == pair.second {
        format!("#{} {verb} {how}", pair.first)
    } else {
        format!(
            "#{} {verb} {before} (offset {}) last, and then its process, in #{}, {verb} {after} (offset {}) first",
            pair.first,
            place(pair.before),
            pair.second,
            place(pair.after)
        )
    };
    let what = match delta {
        2.. => {
            let names: Vec<String> = skipped.iter().map(ToString::to_string).collect();
            let more = if between.len() > SKIPPED_MAX { ", ..." } else { "" };
            format!("between them stand {}{more}", names.join(", "))
        }
        0 => "that is the same record again".to_owned(),
        _ => format!("that goes back by {}", -delta),
    };
    let mut operations = vec![pair.first, pair.second];
    operations.dedup();
    Finding {
        sentence: format!("{who} in {}: {what}", key.name),
        operations,
        key: key.name.clone(),
        values: vec![before, after],
        skipped,
        delta: Some(delta),
        ..Finding::default()
    }
}
