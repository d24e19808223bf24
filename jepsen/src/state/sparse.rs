//! A table from numbers to entries, made for numbers that come in runs: offsets, and values that count up.

use super::mix::Table;

const PAGE: usize = 64;
/// Nothing stands there.
const NONE: u32 = u32::MAX;

/// Pages of 64 numbers. One stray number costs a page, 256 bytes and its place in the directory.
#[derive(Debug, Default)]
pub(crate) struct Sparse {
    pages: Vec<Page>,
    directory: Table<i64, u32>,
    /// The page of the newest access: runs stay on it.
    last: u32,
    /// Pages that were given back, to be used again.
    free: Vec<u32>,
}

#[derive(Debug)]
struct Page {
    number: i64,
    slots: [u32; PAGE],
}

fn split(number: i64) -> (i64, usize) {
    let slot = usize::try_from(number.rem_euclid(64)).expect("below 64");
    (number >> 6, slot)
}

impl Sparse {
    /// What stands at a number.
    pub(crate) fn get(&self, number: i64) -> Option<u32> {
        let (page, slot) = split(number);
        let page = match self.pages.get(self.last as usize) {
            Some(last) if last.number == page => last,
            _ => &self.pages[*self.directory.get(&page)? as usize],
        };
        Some(page.slots[slot]).filter(|&entry| entry != NONE)
    }

    /// What stands at a number, to be set. [`Sparse::vacant`] tells whether there is nothing yet.
    pub(crate) fn slot(&mut self, number: i64) -> &mut u32 {
        let (page, slot) = split(number);
        if self.pages.get(self.last as usize).is_none_or(|last| last.number != page) {
            self.last = self.page(page);
        }
        &mut self.pages[self.last as usize].slots[slot]
    }

    /// Whether a slot is empty.
    pub(crate) fn vacant(slot: u32) -> bool {
        slot == NONE
    }

    fn page(&mut self, number: i64) -> u32 {
        let (pages, free) = (&mut self.pages, &mut self.free);
        *self.directory.entry(number).or_insert_with(|| {
            let page = Page { number, slots: [NONE; PAGE] };
            if let Some(at) = free.pop() {
                pages[at as usize] = page;
                return at;
            }
            pages.push(page);
            u32::try_from(pages.len() - 1).expect("fewer pages than entries")
        })
    }

    /// Everything, by ascending number.
    pub(crate) fn walk(&self) -> impl Iterator<Item = (i64, u32)> + '_ {
        let mut order: Vec<u32> = self.directory.values().copied().collect();
        order.sort_unstable_by_key(|&page| self.pages[page as usize].number);
        order.into_iter().flat_map(move |page| {
            let page = &self.pages[page as usize];
            let numbers = page.slots.into_iter().zip(0..).filter(|&(entry, _)| entry != NONE);
            numbers.map(move |(entry, slot)| ((page.number << 6) + slot, entry))
        })
    }

    /// Takes one number out, and its page if that was the last one on it.
    pub(crate) fn remove(&mut self, number: i64) {
        let (page, slot) = split(number);
        let Some(&at) = self.directory.get(&page) else { return };
        let slots = &mut self.pages[at as usize].slots;
        slots[slot] = NONE;
        if slots.iter().all(|&entry| entry == NONE) {
            self.directory.remove(&page);
            // No number lies on it: the shift of an i64 cannot give this one.
            self.pages[at as usize].number = i64::MAX;
            self.free.push(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: numbers of any size and sign keep their entries apart and are walked in order; what is removed is gone.
    #[test]
    fn numbers_are_kept_apart_and_in_order() {
        let mut table = Sparse::default();
        let numbers = [5, i64::MIN, -1, 0, 63, 64, i64::MAX, 1 << 40, -65];
        for (entry, &number) in (0..).zip(&numbers) {
            assert!(Sparse::vacant(*table.slot(number)), "{number}");
            *table.slot(number) = entry;
        }
        for (entry, &number) in (0..).zip(&numbers) {
            assert_eq!(table.get(number), Some(entry), "{number}");
        }
        assert_eq!(table.get(6), None);
        assert_eq!(table.get(4096), None);
        let walked: Vec<i64> = table.walk().map(|(number, _)| number).collect();
        let mut sorted = numbers;
        sorted.sort_unstable();
        assert_eq!(walked, sorted);
        table.remove(64);
        table.remove(4097);
        assert_eq!(table.get(64), None);
        *table.slot(100_000) = 7; // takes the page that became free
        assert_eq!((table.get(100_000), table.get(63), table.get(64)), (Some(7), Some(4), None));
    }
}
