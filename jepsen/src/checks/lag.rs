//! How far polls are behind, in time: no anomaly, a measure.
//!
//! A process that has seen a partition up to some offset is behind if the next offset was known to exist before its poll
//! began. The lag is the time between the two; the true one may be longer, never shorter.

use crate::history::Atom;
use crate::state::mix::Table;

/// The longest lag of a history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lag {
    /// When the poll began, in nanoseconds.
    pub time: i64,
    /// Who polled.
    pub process: Atom,
    /// What it was behind in.
    pub key: Atom,
    /// By how many nanoseconds.
    pub lag: i64,
}

/// So many offsets of a partition are remembered with their times. Where older ones are asked for, a younger one answers:
/// the lag is told shorter than it was.
const KNOWN_MAX: usize = 65_536;

/// What is known of offsets and places.
#[derive(Debug, Default)]
pub(crate) struct Lags {
    /// By partition: offsets that were the highest known ones, and when they became known. Both ascend.
    known: Table<u32, Vec<(i64, i64)>>,
    /// By process and partition, the highest offset it has seen; -1 for none.
    places: Table<u32, Table<u32, i64>>,
    /// Process, partition, time and length of the longest one.
    pub(crate) worst: Option<(u32, u32, i64, i64)>,
}

impl Lags {
    /// These offsets exist, as an event at that time shows.
    pub(crate) fn know(&mut self, offsets: impl Iterator<Item = (u32, i64)>, time: i64) {
        for (key, offset) in offsets {
            let known = self.known.entry(key).or_default();
            if known.last().is_none_or(|&(last, _)| last < offset) {
                if known.len() == KNOWN_MAX {
                    known.drain(..KNOWN_MAX / 2);
                }
                known.push((offset, time));
            }
        }
    }

    /// The process reads these partitions from now on; its places in those it had are kept, if it chose them itself.
    pub(crate) fn reassign(&mut self, process: u32, keys: &[u32], assigned: bool) {
        let places = self.places.entry(process).or_default();
        let before = std::mem::take(places);
        if assigned {
            places.extend(keys.iter().map(|key| (*key, before.get(key).copied().unwrap_or(-1))));
        }
    }

    /// A poll that began at that time has succeeded, and its operation touched these offsets.
    pub(crate) fn poll(&mut self, process: u32, offsets: impl Iterator<Item = (u32, i64)>, began: i64) {
        let places = self.places.entry(process).or_default();
        for (key, offset) in offsets {
            let place = places.entry(key).or_insert(-1);
            *place = (*place).max(offset);
        }
        // Whoever reads very many partitions is judged by none, rather than slowly by all.
        if places.len() > 64 {
            return;
        }
        for (&key, &place) in &*places {
            let Some(known) = self.known.get(&key) else { continue };
            let next = known.partition_point(|&(offset, _)| offset <= place);
            let Some(&(_, since)) = known.get(next) else { continue };
            let lag = began.saturating_sub(since);
            // Of equal ones the partition that was named first, whatever the order of the table.
            let worse = self.worst.is_none_or(|(_, other, time, worst)| {
                lag > worst || (lag == worst && time == began && key < other)
            });
            if lag > 0 && worse {
                self.worst = Some((process, key, began, lag));
            }
        }
    }
}
