//! Which faults have met in one run: the table of pairs, from counters.

use core::fmt::Write as _;

use crate::campaign::Summary;
use crate::faults::TABLE;

/// Runs in which two faults have struck, by their places in the table; the order of the two does not matter.
pub(super) fn runs_with(summary: &Summary, first: usize, second: usize) -> u64 {
    let pair = (first.min(second), first.max(second));
    summary.pairs.get(&pair).copied().unwrap_or(0)
}

/// How many pairs there are.
pub(super) fn all() -> usize {
    TABLE.len() * (TABLE.len() - 1) / 2
}

/// The names of those that have never met.
pub(super) fn never_met(summary: &Summary) -> Vec<(&'static str, &'static str)> {
    let mut never = Vec::new();
    for second in 0..TABLE.len() {
        for first in 0..second {
            if runs_with(summary, first, second) == 0 {
                never.push((TABLE[first].name, TABLE[second].name));
            }
        }
    }
    never
}

/// Half of a matrix, as a table of a page: a row for each fault, a column for each one above it.
pub(super) fn html(summary: &Summary) -> String {
    let mut page = String::from("<div class=\"wide\"><table class=\"pairs\"><tr><th>");
    for kind in &TABLE[..TABLE.len() - 1] {
        let _ = write!(page, "<th class=\"up\"><span>{}</span>", kind.name);
    }
    for (second, kind) in TABLE.iter().enumerate().skip(1) {
        let _ = write!(page, "<tr><th>{}", kind.name);
        for first in 0..second {
            let runs = runs_with(summary, first, second);
            let class = if runs == 0 { "n never" } else { "n" };
            let _ = write!(page, "<td class=\"{class}\">{runs}");
        }
    }
    page.push_str("</table></div>");
    page
}

/// The pairs as a JSON object: `"first+second": runs`.
pub(super) fn json(summary: &Summary) -> String {
    let mut pairs = Vec::new();
    for second in 0..TABLE.len() {
        for first in 0..second {
            let runs = runs_with(summary, first, second);
            pairs.push(format!("\"{}+{}\":{runs}", TABLE[first].name, TABLE[second].name));
        }
    }
    format!("{{{}}}", pairs.join(","))
}
