//! The checks, one file each. Some look at every operation as it comes; the others are asked when a verdict is wanted.

pub(crate) mod commits;
mod cycles;
pub(crate) mod double_consumption;
mod fate;
mod inconsistent;
pub(crate) mod lag;
mod lost_write;
pub(crate) mod neighbours;
mod realtime;
pub(crate) mod within;

use crate::state::Checker;
use crate::state::order::Order;
use crate::verdict::Findings;

/// Everything that is decided from the whole of the history.
pub(crate) fn judge(checker: &Checker, findings: &mut Findings) {
    let mut torn = lost_write::Torn::default();
    for number in 0..checker.keys.len() {
        let key = &checker.keys[number];
        let order = Order::of(key);
        fate::check(key, &checker.circumstances, findings);
        inconsistent::check(key, &checker.circumstances, findings);
        lost_write::check(checker, number, &order, &mut torn, findings);
        neighbours::check(key, &order, &checker.circumstances, findings);
        realtime::check(key, findings);
    }
    torn.report(checker, findings);
    cycles::check(checker, findings);
}
