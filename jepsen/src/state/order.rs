//! The order of a partition's records, once offsets are left behind: offsets have gaps, where markers of transactions
//! stand, and two records can claim one offset.

use super::key::Key;

/// It does not stand in the log.
pub(crate) const NOWHERE: u32 = u32::MAX;

/// Indices are offsets without the gaps.
#[derive(Debug, Default)]
pub(crate) struct Order {
    /// One record for each offset that shows any.
    pub(crate) by_index: Vec<u32>,
    /// Where a record is the one of `by_index`, the last place if there are several. By entry, like the next two.
    pub(crate) index: Vec<u32>,
    /// The first and the last place where a record was seen, alone or not.
    pub(crate) first: Vec<u32>,
    pub(crate) last: Vec<u32>,
}

impl Order {
    /// Orders the records of a partition.
    ///
    /// Where several records claim an offset, one that was seen nowhere else is taken, so that as many as possible have a
    /// place; among those the first that was seen there.
    pub(crate) fn of(key: &Key) -> Self {
        let nowhere = || vec![NOWHERE; key.entries.len()];
        let mut order = Self { by_index: Vec::new(), index: nowhere(), first: nowhere(), last: nowhere() };
        for (offset, first) in key.walk() {
            let index = u32::try_from(order.by_index.len()).expect("no more than entries");
            let mut chosen = first;
            order.saw(first, index);
            if !key.conflicts.is_empty() {
                for &(_, other) in key.conflicts.range((offset, 0)..=(offset, u32::MAX)) {
                    order.saw(other, index);
                    let settled = |entry: u32| !key.entries[entry as usize].is_moved();
                    if !settled(chosen) && settled(other) {
                        chosen = other;
                    }
                }
            }
            order.by_index.push(chosen);
            order.index[chosen as usize] = index;
        }
        order
    }

    fn saw(&mut self, entry: u32, index: u32) {
        let first = &mut self.first[entry as usize];
        *first = (*first).min(index);
        self.last[entry as usize] = index;
    }

    /// How far the second record lies behind the first, if both have a place.
    pub(crate) fn distance(&self, before: u32, after: u32) -> Option<i64> {
        let (before, after) = (self.index[before as usize], self.index[after as usize]);
        (before != NOWHERE && after != NOWHERE).then(|| i64::from(after) - i64::from(before))
    }

    /// The records between two that have a place.
    pub(crate) fn between(&self, before: u32, after: u32) -> &[u32] {
        let (before, after) = (self.index[before as usize] as usize, self.index[after as usize] as usize);
        self.by_index.get(before + 1..after).unwrap_or_default()
    }
}
