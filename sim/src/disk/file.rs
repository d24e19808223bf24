//! One file: what is durable, what the page cache shows, and the changes in between.
//!
//! The unit that is written whole or not at all is a sector. The file's length is metadata and reaches the
//! disk on its own. Between two syncs every sector may therefore show any of its versions since the first,
//! and the length may be that of another moment: that is what [`File::lose_power`] draws from.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use bytes::Bytes;

use crate::random::Stream;

/// Bytes that reach the disk together.
pub const SECTOR: usize = 512;

/// A change the page cache has and the disk may not have.
#[derive(Clone, Debug)]
enum Change {
    Write { position: usize, data: Bytes },
    Truncate { length: usize },
}

impl Change {
    fn apply(&self, image: &mut Vec<u8>) {
        match self {
            Self::Write { position, data } => {
                let end = position + data.len();
                if image.len() < end {
                    image.resize(end, 0);
                }
                image[*position..end].copy_from_slice(data);
            }
            Self::Truncate { length } => image.resize(*length, 0),
        }
    }

    /// The length of a file of `length` bytes after this change.
    fn length_after(&self, length: usize) -> usize {
        match self {
            Self::Write { position, data } => length.max(position + data.len()),
            Self::Truncate { length } => *length,
        }
    }

    /// Applies the part of this change that lies in one sector.
    fn apply_to_sector(&self, sector: usize, content: &mut [u8; SECTOR]) {
        let start = sector * SECTOR;
        match self {
            Self::Write { position, data } => {
                let from = start.max(*position);
                let to = (start + SECTOR).min(position + data.len());
                if from < to {
                    content[from - start..to - start].copy_from_slice(&data[from - position..to - position]);
                }
            }
            Self::Truncate { length } => {
                let keep = length.saturating_sub(start).min(SECTOR);
                content[keep..].fill(0);
            }
        }
    }
}

/// What a power loss did to one file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Loss {
    /// Changes that were not durable when the power went.
    pub(crate) unsynced: bool,
    /// The file now shows a state it never had while the power was on.
    pub(crate) torn: bool,
}

/// A file's content on the disk and in the page cache.
#[derive(Clone, Debug, Default)]
pub(crate) struct File {
    durable: Vec<u8>,
    cached: Vec<u8>,
    pending: VecDeque<(u64, Change)>,
    sequence: u64,
    /// Sectors that the cache believes clean although the disk never got them: a sync of them failed.
    stale: BTreeSet<usize>,
    /// Sectors that cannot be read until they are written again.
    bad: BTreeSet<usize>,
    /// Damage at rest may differ from what the cache shows.
    damaged: bool,
}

impl File {
    /// Bytes as the running system sees them.
    pub(crate) fn len(&self) -> usize {
        self.cached.len()
    }

    /// Everything as the running system sees it, bad sectors or not.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.cached
    }

    /// Whether something would be at stake if the power went now.
    pub(crate) fn is_dirty(&self) -> bool {
        !self.pending.is_empty() || !self.stale.is_empty()
    }

    /// Reads up to `length` bytes from the page cache; `None` if a bad sector lies among them.
    pub(crate) fn read(&self, position: usize, length: usize) -> Option<Bytes> {
        let start = position.min(self.cached.len());
        let end = start.saturating_add(length).min(self.cached.len());
        if start < end && self.bad.range(start / SECTOR..=(end - 1) / SECTOR).next().is_some() {
            return None;
        }
        Some(Bytes::copy_from_slice(&self.cached[start..end]))
    }

    /// Writes into the page cache.
    pub(crate) fn write(&mut self, position: usize, data: Bytes) {
        if data.is_empty() {
            return;
        }
        let sectors = position / SECTOR..=(position + data.len() - 1) / SECTOR;
        if !self.bad.is_empty() {
            for sector in sectors.clone() {
                self.bad.remove(&sector);
            }
        }
        let touches_stale = !self.stale.is_empty() && self.stale.range(sectors.clone()).next().is_some();
        self.change(Change::Write { position, data });
        if touches_stale {
            // The cache writes whole sectors: what it had forgotten there goes along.
            for sector in sectors {
                if self.stale.remove(&sector) {
                    let start = sector * SECTOR;
                    let end = (start + SECTOR).min(self.cached.len());
                    let data = Bytes::copy_from_slice(&self.cached[start..end]);
                    self.change(Change::Write { position: start, data });
                }
            }
        }
    }

    /// Cuts or extends the file in the page cache.
    pub(crate) fn truncate(&mut self, length: usize) {
        if length != self.cached.len() {
            self.change(Change::Truncate { length });
            self.stale.retain(|sector| sector * SECTOR < length);
        }
    }

    fn change(&mut self, change: Change) {
        change.apply(&mut self.cached);
        self.pending.push_back((self.sequence, change));
        self.sequence += 1;
    }

    /// What a sync that starts now will cover.
    pub(crate) fn mark(&self) -> u64 {
        self.sequence
    }

    /// Makes everything before `mark` durable.
    pub(crate) fn sync(&mut self, mark: u64) {
        for change in self.take_before(mark) {
            change.apply(&mut self.durable);
        }
        if self.pending.is_empty() && self.stale.is_empty() && !self.damaged {
            debug_assert!(self.durable == self.cached, "nothing waits, so disk and cache agree");
        }
    }

    /// A sync of everything before `mark` failed: some of it reached the disk, and the cache forgets that
    /// the rest did not.
    pub(crate) fn fail_sync(&mut self, mark: u64, random: &mut Stream) {
        let changes = self.take_before(mark);
        self.durable = survivors(&self.durable, &changes, random);
        // What the cache shows below the changes still waiting is clean now, right or wrong.
        let mut expected = self.durable.clone();
        for (_, change) in &self.pending {
            change.apply(&mut expected);
        }
        let sectors = self.cached.len().max(expected.len()).div_ceil(SECTOR);
        for sector in 0..sectors {
            if sector_of(&self.cached, sector) != sector_of(&expected, sector) {
                self.stale.insert(sector);
            }
        }
        if expected.len() != self.cached.len() {
            // The journal keeps the length even where it lost the data.
            self.durable.resize(self.durable.len().max(self.cached.len()), 0);
        }
    }

    fn take_before(&mut self, mark: u64) -> Vec<Change> {
        let count = self.pending.partition_point(|(sequence, _)| *sequence < mark);
        self.pending.drain(..count).map(|(_, change)| change).collect()
    }

    /// The power goes: every sector keeps any of its versions, the length that of any moment.
    pub(crate) fn lose_power(&mut self, random: &mut Stream) -> Loss {
        let mut loss = Loss { unsynced: self.is_dirty(), torn: false };
        if !self.pending.is_empty() {
            let changes = self.take_before(u64::MAX);
            let survived = survivors(&self.durable, &changes, random);
            loss.torn = survived != self.cached && survived != self.durable;
            self.durable = survived;
        }
        self.stale.clear();
        self.cached.clone_from(&self.durable);
        loss
    }

    /// Turns over one bit of the durable content. Returns whether there was one.
    pub(crate) fn rot(&mut self, random: &mut Stream) -> bool {
        if self.durable.is_empty() {
            return false;
        }
        let index = random.index(self.durable.len());
        let mask = 1 << random.below(8);
        self.durable[index] ^= mask;
        self.damaged = true;
        // Pages that wait to be written hide the damage below them; all others are read anew.
        let sector = index / SECTOR;
        let hidden = self.pending.iter().any(|(_, change)| change_touches(change, sector));
        if !hidden && !self.stale.contains(&sector) && index < self.cached.len() {
            self.cached[index] ^= mask;
        }
        true
    }

    /// Makes one sector unreadable until it is written again. Returns whether there was one.
    pub(crate) fn lose_sector(&mut self, random: &mut Stream) -> bool {
        if self.durable.is_empty() {
            return false;
        }
        self.bad.insert(random.index(self.durable.len()) / SECTOR);
        true
    }

    /// Overwrites bytes on the disk and in clean pages with what was meant for another place.
    pub(crate) fn overwrite(&mut self, position: usize, data: &[u8]) {
        let end = (position + data.len()).min(self.durable.len());
        if position < end {
            self.damaged = true;
            self.durable[position..end].copy_from_slice(&data[..end - position]);
            if self.pending.is_empty() && self.stale.is_empty() {
                self.cached.clone_from(&self.durable);
            }
        }
    }

    /// Only what is durable, as a fresh file.
    pub(crate) fn durable_copy(&self) -> Self {
        Self {
            durable: self.durable.clone(),
            cached: self.durable.clone(),
            bad: self.bad.clone(),
            ..Self::default()
        }
    }
}

fn change_touches(change: &Change, sector: usize) -> bool {
    match change {
        Change::Write { position, data } => {
            position / SECTOR <= sector && sector <= (position + data.len() - 1) / SECTOR
        }
        Change::Truncate { length } => length / SECTOR <= sector,
    }
}

fn sector_of(image: &[u8], sector: usize) -> [u8; SECTOR] {
    let start = (sector * SECTOR).min(image.len());
    let end = (start + SECTOR).min(image.len());
    let mut content = [0; SECTOR];
    content[..end - start].copy_from_slice(&image[start..end]);
    content
}

/// How the survivors of one file hang together. Each is legal; drawing the pattern first makes the
/// interesting ones as likely as the blurred ones.
const NOTHING: usize = 0;
const EVERYTHING: usize = 1;
const PREFIX: usize = 2;
const SCATTERED: usize = 3;
const LENGTH_ONLY: usize = 4;
const PATTERN_WEIGHTS: [u32; 5] = [3, 1, 3, 4, 2];

/// A legal content of the disk after some of `changes` to `base` have reached it.
fn survivors(base: &[u8], changes: &[Change], random: &mut Stream) -> Vec<u8> {
    if changes.is_empty() {
        return base.to_vec();
    }
    let all = changes.len();
    match random.weighted(&PATTERN_WEIGHTS) {
        NOTHING => base.to_vec(),
        EVERYTHING => {
            let mut image = base.to_vec();
            changes.iter().for_each(|change| change.apply(&mut image));
            image
        }
        PREFIX => torn_after(base, &changes[..random.index(all) + 1], random),
        SCATTERED => {
            let favour = u32::try_from(random.below(1_000_000)).expect("small");
            let moment = random.index(all + 1);
            let length = length_at(base, changes, moment);
            scattered(base, changes, length, random, |random, versions| {
                if random.chance(favour) { versions } else { random.index(versions + 1) }
            })
        }
        LENGTH_ONLY => {
            let length = length_at(base, changes, all);
            scattered(base, changes, length, random, |_, _| 0)
        }
        other => unreachable!("there is no pattern {other}"),
    }
}

fn length_at(base: &[u8], changes: &[Change], moment: usize) -> usize {
    changes[..moment].iter().fold(base.len(), |length, change| change.length_after(length))
}

/// All but the last of `changes`, and of the last one the sectors up to some border.
fn torn_after(base: &[u8], changes: &[Change], random: &mut Stream) -> Vec<u8> {
    let (last, before) = changes.split_last().expect("there is a change");
    let mut image = base.to_vec();
    before.iter().for_each(|change| change.apply(&mut image));
    match last {
        Change::Truncate { .. } => last.apply(&mut image),
        Change::Write { position, data } => {
            let first = position / SECTOR;
            let borders = (position + data.len()).div_ceil(SECTOR) - first;
            let border = (first + random.index(borders + 1)) * SECTOR;
            let kept = border.saturating_sub(*position).min(data.len());
            if kept > 0 {
                Change::Write { position: *position, data: data.slice(..kept) }.apply(&mut image);
            }
        }
    }
    image
}

/// A file of `length` bytes in which each touched sector shows the version that `choose` picks.
fn scattered(
    base: &[u8],
    changes: &[Change],
    length: usize,
    random: &mut Stream,
    choose: impl Fn(&mut Stream, usize) -> usize,
) -> Vec<u8> {
    let mut touched: BTreeMap<usize, Vec<&Change>> = BTreeMap::new();
    let mut longest = base.len();
    for change in changes {
        let sectors = match change {
            Change::Write { position, data } => position / SECTOR..(position + data.len()).div_ceil(SECTOR),
            Change::Truncate { length } => length / SECTOR..longest.div_ceil(SECTOR),
        };
        for sector in sectors {
            touched.entry(sector).or_default().push(change);
        }
        longest = longest.max(change.length_after(longest));
    }
    let mut image = base.to_vec();
    image.resize(length, 0);
    // Blocks given to the file but never written hold zeros on most file systems and old data on some.
    let old_data = random.chance(200_000);
    for (sector, versions) in touched {
        let start = sector * SECTOR;
        if start >= length {
            continue;
        }
        let version = choose(random, versions.len());
        let mut content = sector_of(base, sector);
        if version == 0 && start >= base.len() && old_data {
            content.chunks_mut(8).for_each(|word| word.copy_from_slice(&random.bits().to_le_bytes()));
        }
        versions[..version].iter().for_each(|change| change.apply_to_sector(sector, &mut content));
        let end = (start + SECTOR).min(length);
        image[start..end].copy_from_slice(&content[..end - start]);
    }
    image
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(byte: u8, length: usize) -> Bytes {
        Bytes::from(vec![byte; length])
    }

    #[test]
    fn what_was_synced_survives_every_power_loss() {
        for seed in 0..300 {
            let mut random = Stream::new(seed, "file");
            let mut file = File::default();
            file.write(0, filled(1, 2000));
            file.sync(file.mark());
            file.write(2000, filled(2, 3000));
            file.lose_power(&mut random);
            assert!(file.len() >= 2000, "seed {seed}");
            assert_eq!(file.read(0, 2000).unwrap(), filled(1, 2000), "seed {seed}");
        }
    }

    /// Goal: the interesting outcomes all happen: nothing, everything, torn at a sector border, a later
    /// sector without an earlier one, and length without content.
    #[test]
    fn unsynced_writes_are_lost_torn_and_reordered() {
        let (mut nothing, mut everything, mut torn, mut reordered, mut hollow) = (0, 0, 0, 0, 0);
        for seed in 0..300 {
            let mut file = File::default();
            file.write(0, filled(7, 3 * SECTOR));
            file.lose_power(&mut Stream::new(seed, "file"));
            let sectors: Vec<bool> =
                file.cached.chunks(SECTOR).map(|sector| sector.iter().all(|byte| *byte == 7)).collect();
            match sectors.as_slice() {
                [] => nothing += 1,
                [true, true, true] => everything += 1,
                [true] | [true, true] => torn += 1,
                [false, true, ..] | [_, false, true] => reordered += 1,
                _ => hollow += 1,
            }
        }
        for (what, count) in [
            ("nothing", nothing),
            ("all", everything),
            ("torn", torn),
            ("reordered", reordered),
            ("hollow", hollow),
        ] {
            assert!(count > 0, "never {what}");
        }
    }

    #[test]
    fn a_sector_is_never_torn_inside() {
        for seed in 0..300 {
            let mut file = File::default();
            file.write(0, filled(1, 4 * SECTOR));
            file.sync(file.mark());
            file.write(0, filled(2, 4 * SECTOR));
            file.lose_power(&mut Stream::new(seed, "file"));
            for sector in file.cached.chunks(SECTOR) {
                assert!(sector.iter().all(|byte| *byte == sector[0]), "seed {seed}");
                assert!(matches!(sector[0], 1 | 2), "seed {seed}");
            }
        }
    }

    #[test]
    fn a_sync_covers_what_was_written_before_it_started() {
        let mut lost = false;
        for seed in 0..50 {
            let mut file = File::default();
            file.write(0, filled(1, 100));
            let mark = file.mark();
            file.write(100, filled(2, 100));
            file.sync(mark);
            assert!(file.is_dirty());
            file.lose_power(&mut Stream::new(seed, "file"));
            assert_eq!(file.read(0, 100).unwrap(), filled(1, 100));
            lost |= file.len() < 200;
        }
        assert!(lost, "the later write was not covered");
    }

    #[test]
    fn an_unsynced_truncation_may_be_undone() {
        let lengths: BTreeSet<usize> = (0..100)
            .map(|seed| {
                let mut file = File::default();
                file.write(0, filled(1, 1000));
                file.sync(file.mark());
                file.truncate(10);
                file.lose_power(&mut Stream::new(seed, "file"));
                file.len()
            })
            .collect();
        assert_eq!(lengths, BTreeSet::from([10, 1000]));
    }

    /// The failed sync of fsyncgate: the cache shows the data, a second sync says yes, the power goes, the
    /// data is gone.
    #[test]
    fn a_failed_sync_loses_data_silently_at_the_next_power_loss() {
        let mut lost = false;
        for seed in 0..100 {
            let mut random = Stream::new(seed, "file");
            let mut file = File::default();
            file.write(0, filled(1, 2000));
            file.fail_sync(file.mark(), &mut random);
            assert_eq!(file.read(0, 2000).unwrap(), filled(1, 2000), "the cache still shows it");
            file.sync(file.mark());
            file.lose_power(&mut random);
            lost |= file.read(0, 2000).unwrap() != filled(1, 2000);
        }
        assert!(lost);
    }

    #[test]
    fn writing_again_after_a_failed_sync_makes_the_data_durable() {
        for seed in 0..100 {
            let mut random = Stream::new(seed, "file");
            let mut file = File::default();
            file.write(0, filled(1, 2000));
            file.fail_sync(file.mark(), &mut random);
            file.write(0, filled(3, 2000));
            file.sync(file.mark());
            file.lose_power(&mut random);
            assert_eq!(file.read(0, 3000).unwrap(), filled(3, 2000), "seed {seed}");
        }
    }

    #[test]
    fn a_bad_sector_cannot_be_read_until_it_is_written() {
        let mut file = File::default();
        file.write(0, filled(1, 3 * SECTOR));
        file.sync(file.mark());
        assert!(file.lose_sector(&mut Stream::new(1, "file")));
        assert_eq!(file.read(0, 3 * SECTOR), None);
        file.write(0, filled(2, 3 * SECTOR));
        assert_eq!(file.read(0, 3 * SECTOR), Some(filled(2, 3 * SECTOR)));
    }

    #[test]
    fn rot_turns_over_one_durable_bit() {
        let mut file = File::default();
        assert!(!file.rot(&mut Stream::new(1, "file")), "an empty file cannot rot");
        file.write(0, filled(0, 1000));
        file.sync(file.mark());
        assert!(file.rot(&mut Stream::new(1, "file")));
        assert_eq!(file.cached.iter().map(|byte| byte.count_ones()).sum::<u32>(), 1);
    }
}
