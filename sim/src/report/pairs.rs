//! Which faults have met in one run: the table of pairs, from counters.

use core::fmt::Write as _;

use crate::campaign::Summary;
use crate::faults::{FaultKind, TABLE};

/// Two faults, and the runs in which both have struck.
struct Pair {
    first: &'static str,
    second: &'static str,
    runs: u64,
}

/// Every pair, row by row: a fault with each of those above it in the table.
fn pairs(summary: &Summary) -> impl Iterator<Item = Pair> + '_ {
    let row = move |(below, second): (usize, &'static FaultKind)| {
        TABLE[..below].iter().enumerate().map(move |(above, first)| Pair {
            first: first.name,
            second: second.name,
            runs: summary.pairs.get(&(above, below)).copied().unwrap_or(0),
        })
    };
    TABLE.iter().enumerate().flat_map(row)
}

/// How many pairs there are.
pub(super) fn all() -> usize {
    TABLE.len() * (TABLE.len() - 1) / 2
}

/// The names of those that have never met.
pub(super) fn never_met(summary: &Summary) -> Vec<(&'static str, &'static str)> {
    pairs(summary).filter(|pair| pair.runs == 0).map(|pair| (pair.first, pair.second)).collect()
}

/// Half of a matrix, as a table of a page: a row for each fault, a column for each one above it.
pub(super) fn html(summary: &Summary) -> String {
    let mut page = String::from("<div class=\"wide\"><table class=\"pairs\"><tr><th>");
    for kind in &TABLE[..TABLE.len() - 1] {
        let _ = write!(page, "<th class=\"up\"><span>{}</span>", kind.name);
    }
    let mut row = "";
    for Pair { second, runs, .. } in pairs(summary) {
        if row != second {
            let _ = write!(page, "<tr><th>{second}");
            row = second;
        }
        let class = if runs == 0 { "n never" } else { "n" };
        let _ = write!(page, "<td class=\"{class}\">{runs}");
    }
    page.push_str("</table></div>");
    page
}

/// The pairs as a JSON object: `"first+second": runs`.
pub(super) fn json(summary: &Summary) -> String {
    let pair = |Pair { first, second, runs }| format!("\"{first}+{second}\":{runs}");
    format!("{{{}}}", pairs(summary).map(pair).collect::<Vec<_>>().join(","))
}
