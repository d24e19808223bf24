//! A partition as a history shows it: which records were sent, which stand where, who has read them.

use std::collections::BTreeSet;

use super::mix::Table;
use super::sparse::Sparse;
use crate::history::Atom;

/// The number of an event in its history.
pub(crate) type Position = u32;
/// It did not happen.
pub(crate) const NEVER: Position = u32::MAX;
/// In place of an entry: one that was forgotten.
pub(crate) const FORGOTTEN: u32 = u32::MAX;
/// An offset that nobody knows.
pub(crate) const UNKNOWN: i64 = i64::MIN;

/// What is known of the operation that sent a record, from weak to strong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fate {
    /// Nobody sent it, as far as we have read.
    Unsent,
    /// It has failed.
    Failed,
    /// It has begun.
    Begun,
    /// Nobody knows how it ended.
    Unknown,
    /// It was acknowledged.
    Acknowledged,
}

/// A record of a partition.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// Its value, or the number of its text.
    value: i64,
    /// Where it stands, [`UNKNOWN`] if nobody was told; further places are in [`Key::moved`].
    pub(crate) offset: i64,
    /// When the operation that sent it began and ended.
    pub(crate) sent: Position,
    pub(crate) done: Position,
    /// The first operation that has polled it and succeeded, and the first that has polled it at all.
    pub(crate) reader: Position,
    pub(crate) seen_by: Position,
    pub(crate) fate: Fate,
    flags: u8,
}

const TEXT: u8 = 1;
/// It stands at several offsets.
const MOVED: u8 = 2;
/// Several operations sent it.
const REUSED: u8 = 4;
/// Its operation sent more to this partition afterwards.
const INNER: u8 = 8;
/// Another record of its operation was read, so that one is committed.
const PROVEN: u8 = 16;
/// The beginning of its operation was seen.
const INVOKED: u8 = 32;

impl Entry {
    fn new(value: i64, flags: u8) -> Self {
        Self {
            value,
            offset: UNKNOWN,
            sent: NEVER,
            done: NEVER,
            reader: NEVER,
            seen_by: NEVER,
            fate: Fate::Unsent,
            flags,
        }
    }

    /// An operation that succeeded has polled it.
    pub(crate) fn is_read(&self) -> bool {
        self.reader != NEVER
    }

    /// It must be in the log: it was acknowledged, or its operation is known to have happened.
    pub(crate) fn is_committed(&self) -> bool {
        match self.fate {
            Fate::Acknowledged => true,
            Fate::Begun | Fate::Unknown => self.is_read() || self.flags & PROVEN != 0,
            Fate::Unsent | Fate::Failed => false,
        }
    }

    pub(crate) fn is_moved(&self) -> bool {
        self.flags & MOVED != 0
    }

    pub(crate) fn is_reused(&self) -> bool {
        self.flags & REUSED != 0
    }

    pub(crate) fn is_inner(&self) -> bool {
        self.flags & INNER != 0
    }

    /// Polled by an operation that was over before the one that sent it began.
    pub(crate) fn is_read_before_sent(&self) -> bool {
        self.is_begun_known() && self.reader < self.sent
    }

    /// The beginning of the operation that sent it is in the history.
    pub(crate) fn is_begun_known(&self) -> bool {
        self.flags & INVOKED != 0
    }

    pub(crate) fn set_inner(&mut self) {
        self.flags |= INNER;
    }

    pub(crate) fn set_proven(&mut self) {
        self.flags |= PROVEN;
    }

    /// An operation that sends it begins.
    pub(crate) fn begin(&mut self, at: Position) {
        if self.fate == Fate::Unsent {
            self.fate = Fate::Begun;
            self.sent = at;
            self.flags |= INVOKED;
        } else {
            self.flags |= REUSED;
        }
    }

    /// An operation that sends it ends. `begun` says that [`Entry::begin`] was called for it.
    pub(crate) fn end(&mut self, at: Position, fate: Fate, begun: bool) {
        if self.fate == Fate::Unsent {
            self.sent = at;
        } else if !begun {
            self.flags |= REUSED;
        }
        if self.done == NEVER || fate > self.fate {
            self.fate = fate;
            self.done = at;
        }
    }

    /// An operation has polled it.
    pub(crate) fn read(&mut self, at: Position, succeeded: bool) {
        self.seen_by = self.seen_by.min(at);
        if succeeded {
            self.reader = self.reader.min(at);
        }
    }
}

/// Two records of one partition that a client took for neighbours, or for ordered. What that means is decided when the
/// order of all records is known.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pair {
    pub(crate) kind: PairKind,
    pub(crate) before: u32,
    pub(crate) after: u32,
    /// The operations that touched them; the same one within an operation.
    pub(crate) first: Position,
    pub(crate) second: Position,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PairKind {
    /// Polled by successive operations of a process, whose partitions a group decides, or it itself.
    Polls {
        subscribed: bool,
    },
    PollsWithin,
    Sends,
    SendsWithin,
}

/// A partition.
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) name: Atom,
    pub(crate) entries: Vec<Entry>,
    ints: Sparse,
    texts: Table<Box<str>, u32>,
    names: Vec<Box<str>>,
    log: Sparse,
    /// Entries and names that were given back.
    free: Vec<u32>,
    free_names: Vec<i64>,
    /// Below it records have been forgotten.
    horizon: i64,
    /// Further records at an offset, and further offsets of a record.
    pub(crate) conflicts: BTreeSet<(i64, u32)>,
    pub(crate) moved: BTreeSet<(u32, i64)>,
    pub(crate) pairs: Vec<Pair>,
    /// What the operation that is being looked at has polled and sent so far.
    pub(crate) polled: Run,
    pub(crate) sent: Run,
}

/// The records of one partition that one operation touches.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run {
    pub(crate) operation: Position,
    pub(crate) first: (u32, i64),
    pub(crate) last: (u32, i64),
}

impl Run {
    const EMPTY: Self = Self { operation: NEVER, first: (0, UNKNOWN), last: (0, UNKNOWN) };
}

impl Key {
    pub(crate) fn new(name: Atom) -> Self {
        Self {
            name,
            entries: Vec::new(),
            ints: Sparse::default(),
            texts: Table::default(),
            names: Vec::new(),
            log: Sparse::default(),
            free: Vec::new(),
            free_names: Vec::new(),
            horizon: UNKNOWN,
            conflicts: BTreeSet::new(),
            moved: BTreeSet::new(),
            pairs: Vec::new(),
            polled: Run::EMPTY,
            sent: Run::EMPTY,
        }
    }

    /// The entry of a value, made if it is new. None for no value.
    pub(crate) fn entry(&mut self, value: &Atom) -> Option<u32> {
        match value {
            Atom::Nil => None,
            Atom::Int(number) => {
                let slot = self.ints.slot(*number);
                if Sparse::vacant(*slot) {
                    *slot = make(&mut self.entries, &mut self.free, Entry::new(*number, 0));
                }
                Some(*slot)
            }
            Atom::Text(text) => {
                if let Some(&entry) = self.texts.get(text) {
                    return Some(entry);
                }
                let number = self.free_names.pop().unwrap_or_else(|| {
                    self.names.push(Box::default());
                    i64::try_from(self.names.len() - 1).expect("fewer names than entries")
                });
                self.names[usize::try_from(number).expect("an index")].clone_from(text);
                let entry = make(&mut self.entries, &mut self.free, Entry::new(number, TEXT));
                self.texts.insert(text.clone(), entry);
                Some(entry)
            }
        }
    }

    /// The entry of a record that was polled. [`FORGOTTEN`] if it may be one of those that were forgotten.
    pub(crate) fn polled_entry(&mut self, value: &Atom, offset: i64) -> Option<u32> {
        if offset < self.horizon && offset != UNKNOWN {
            let known = match value {
                Atom::Nil => return None,
                Atom::Int(number) => self.ints.get(*number),
                Atom::Text(text) => self.texts.get(text).copied(),
            };
            return known.or(Some(FORGOTTEN));
        }
        self.entry(value)
    }

    /// Whether records behind this place may have been forgotten.
    pub(crate) fn has_forgotten(&self, offset: i64) -> bool {
        offset != UNKNOWN && offset.saturating_add(1) < self.horizon
    }

    /// How many records are remembered.
    pub(crate) fn live(&self) -> usize {
        self.entries.len() - self.free.len()
    }

    /// Whether everything about a record is decided: it was acknowledged, stands in one place alone, and was read.
    pub(crate) fn is_settled(&self, entry: u32, offset: i64) -> bool {
        let known = &self.entries[entry as usize];
        known.fate == Fate::Acknowledged
            && known.is_read()
            && known.offset == offset
            && known.flags & (MOVED | REUSED) == 0
            && !known.is_read_before_sent()
            && self.conflicts.range((offset, 0)..=(offset, u32::MAX)).next().is_none()
    }

    /// Forgets a settled record.
    pub(crate) fn forget(&mut self, entry: u32) {
        let known = std::mem::replace(&mut self.entries[entry as usize], Entry::new(0, 0));
        if known.flags & TEXT == 0 {
            self.ints.remove(known.value);
        } else {
            let text = std::mem::take(&mut self.names[usize::try_from(known.value).expect("an index")]);
            self.texts.remove(&text);
            self.free_names.push(known.value);
        }
        self.log.remove(known.offset);
        self.horizon = self.horizon.max(known.offset.saturating_add(1));
        self.free.push(entry);
    }

    /// Whether the entry has this value.
    pub(crate) fn has_value(&self, entry: u32, value: &Atom) -> bool {
        let at = &self.entries[entry as usize];
        match value {
            Atom::Nil => false,
            Atom::Int(number) => at.flags & TEXT == 0 && at.value == *number,
            Atom::Text(text) => at.flags & TEXT != 0 && *self.text(at) == **text,
        }
    }

    fn text(&self, entry: &Entry) -> &str {
        &self.names[usize::try_from(entry.value).expect("an index")]
    }

    /// The value of an entry.
    pub(crate) fn value(&self, entry: u32) -> Atom {
        let entry = &self.entries[entry as usize];
        if entry.flags & TEXT == 0 { Atom::Int(entry.value) } else { Atom::Text(self.text(entry).into()) }
    }

    /// Somebody has seen the record at this offset.
    pub(crate) fn place(&mut self, offset: i64, entry: u32) {
        let slot = self.log.slot(offset);
        if Sparse::vacant(*slot) {
            *slot = entry;
        } else if *slot != entry {
            self.conflicts.insert((offset, entry));
        }
        let known = &mut self.entries[entry as usize];
        if known.offset == UNKNOWN {
            known.offset = offset;
        } else if known.offset != offset {
            known.flags |= MOVED;
            self.moved.insert((entry, offset));
        }
    }

    /// Everywhere that a record stands.
    pub(crate) fn offsets(&self, entry: u32) -> Vec<i64> {
        let known = self.entries[entry as usize].offset;
        let further = self.moved.range((entry, i64::MIN)..=(entry, i64::MAX)).map(|&(_, offset)| offset);
        let mut offsets: Vec<i64> = further.chain((known != UNKNOWN).then_some(known)).collect();
        offsets.sort_unstable();
        offsets
    }

    /// Every offset and the first record that was seen there, in order.
    pub(crate) fn walk(&self) -> impl Iterator<Item = (i64, u32)> + '_ {
        self.log.walk()
    }

    /// The first record that was seen at an offset.
    pub(crate) fn at(&self, offset: i64) -> Option<u32> {
        self.log.get(offset)
    }
}

fn make(entries: &mut Vec<Entry>, free: &mut Vec<u32>, entry: Entry) -> u32 {
    if let Some(at) = free.pop() {
        entries[at as usize] = entry;
        return at;
    }
    entries.push(entry);
    let at = u32::try_from(entries.len() - 1).expect("fewer entries than events have records");
    assert!(at != FORGOTTEN, "a partition has more than four billion records");
    at
}
