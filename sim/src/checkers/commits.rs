//! GRP and MON: a committed offset is never lost and never goes back.

use klamm_wire::Str;

use super::Check;
use crate::clock::Time;
use crate::coverage::Point;
use crate::ledger::{Ledger, PartitionId};

/// A group's offset was read back: compares it with what was confirmed and what was asked for. `before` is
/// what was confirmed when the question was asked.
///
/// A committer without a generation is not fenced: a commit that it gave up and repeated elsewhere may be
/// executed once more, behind newer ones. Kafka's protocol has no defence against that; anything else that
/// goes back is a loss.
pub fn read_back(
    ledger: &mut Ledger,
    now: Time,
    group: &Str,
    partition: PartitionId,
    offset: i64,
    before: i64,
) {
    if ledger.damaged {
        return;
    }
    let facts = ledger.commits.entry((group.clone(), partition)).or_default();
    let asked = facts.asked;
    if offset >= before && offset <= asked {
        facts.confirmed = offset;
        return;
    }
    if facts.given_up.contains_key(&offset) {
        facts.confirmed = offset;
        return ledger.coverage.hit(Point::GhostCommit);
    }
    let object = format!("group {group}, {}", ledger.partitions[partition].name);
    let sentence = if offset < before {
        format!("offset {before} was confirmed, and {offset} is there")
    } else {
        format!("offset {offset} is there, and nobody committed more than {asked}")
    };
    ledger.violate(Check::Grp, now, object, sentence);
}
