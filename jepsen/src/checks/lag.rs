//! How far polls are behind, in time: no anomaly, a measure.
//!
//! A process that has seen a partition up to some offset is behind if the next offset was known to exist before its poll
//! began. The lag is the time between the two; the true one may be longer, never shorter.

use std::collections::VecDeque;

use crate::history::Atom;

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
/// Of so many partitions of a process at most the lag is measured.
const PLACES_MAX: usize = 64;

/// What is known of offsets and places.
#[derive(Debug, Default)]
pub(crate) struct Lags {
    /// By partition.
    known: Vec<Known>,
    /// By process: where it is in each of its partitions.
    places: Vec<Vec<Place>>,
    /// Process, partition, time and length of the longest one.
    pub(crate) worst: Option<(u32, u32, i64, i64)>,
}

/// Offsets that were the highest known ones, and when they became known. Both ascend.
#[derive(Debug, Default)]
struct Known {
    /// So many older ones were dropped.
    dropped: usize,
    list: VecDeque<(i64, i64)>,
}

/// Where a process is in a partition.
#[derive(Clone, Copy, Debug)]
struct Place {
    key: u32,
    /// The highest offset it has seen; -1 for none.
    offset: i64,
    /// The first of the known offsets behind that, counting the dropped ones. Processes go forward, so it is not searched.
    next: usize,
}

impl Lags {
    /// These offsets exist, as an event at that time shows.
    pub(crate) fn know(&mut self, offsets: impl Iterator<Item = (u32, i64)>, time: i64) {
        for (key, offset) in offsets {
            let key = key as usize;
            if self.known.len() <= key {
                self.known.resize_with(key + 1, Known::default);
            }
            let known = &mut self.known[key];
            if known.list.back().is_none_or(|&(last, _)| last < offset) {
                known.list.push_back((offset, time));
                if known.list.len() > KNOWN_MAX {
                    known.list.pop_front();
                    known.dropped += 1;
                }
            }
        }
    }

    /// The process reads these partitions from now on; its places in those it had are kept, if it chose them itself.
    pub(crate) fn reassign(&mut self, process: u32, keys: &[u32], assigned: bool) {
        let places = self.places_of(process);
        let before = std::mem::take(places);
        if assigned && keys.len() <= PLACES_MAX {
            let kept = |&key: &u32| before.iter().find(|place| place.key == key).copied();
            places
                .extend(keys.iter().map(|key| kept(key).unwrap_or(Place { key: *key, offset: -1, next: 0 })));
        }
    }

    fn places_of(&mut self, process: u32) -> &mut Vec<Place> {
        let process = process as usize;
        if self.places.len() <= process {
            self.places.resize_with(process + 1, Vec::new);
        }
        &mut self.places[process]
    }

    /// A poll that began at that time has succeeded, and its operation touched these offsets.
    pub(crate) fn poll(&mut self, process: u32, offsets: impl Iterator<Item = (u32, i64)>, began: i64) {
        let places = self.places_of(process);
        for (key, offset) in offsets {
            if let Some(place) = places.iter_mut().find(|place| place.key == key) {
                place.offset = place.offset.max(offset);
            } else if places.len() < PLACES_MAX {
                // Whoever reads very many partitions is judged by some of them, rather than slowly by all.
                places.push(Place { key, offset, next: 0 });
            }
        }
        let mut worst = self.worst;
        for place in &mut self.places[process as usize] {
            let Some(known) = self.known.get(place.key as usize) else { continue };
            let mut next = place.next.saturating_sub(known.dropped);
            while known.list.get(next).is_some_and(|&(offset, _)| offset <= place.offset) {
                next += 1;
            }
            place.next = next + known.dropped;
            let Some(&(_, since)) = known.list.get(next) else { continue };
            let lag = began.saturating_sub(since);
            if lag > 0 && worst.is_none_or(|(.., worst)| lag > worst) {
                worst = Some((process, place.key, began, lag));
            }
        }
        self.worst = worst;
    }
}
