//! GRP and MON: a committed offset is never lost and never goes back.

use klamm_wire::Str;

use super::Check;
use crate::clock::Time;
use crate::ledger::{Ledger, PartitionId};

/// A group's offset was read back: compares it with what was confirmed and what was asked for. `before` is
/// what was confirmed when the question was asked.
pub fn read_back(
    ledger: &mut Ledger,
    now: Time,
    group: &Str,
    partition: PartitionId,
    offset: i64,
    before: i64,
) {
    let facts = *ledger.commits.entry((group.clone(), partition)).or_default();
    let object = format!("group {group}, {}", ledger.partitions[partition].name);
    if ledger.damaged {
        return;
    }
    if offset < before {
        let sentence = format!("offset {before} was confirmed, and {offset} is there");
        ledger.violate(Check::Grp, now, object, sentence);
    } else if offset > facts.asked {
        let sentence = format!("offset {offset} is there, and nobody committed more than {}", facts.asked);
        ledger.violate(Check::Grp, now, object, sentence);
    }
}
