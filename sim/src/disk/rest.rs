//! Damage that no process does: rot, unreadable sectors, writes gone astray, disks wiped or put back.
//!
//! One node alone promises nothing for its only copy here; the checks ask that no wrong data is served, that
//! nothing panics and that what is lost is reported.

use bytes::Bytes;

use super::tree::{InodeId, Tree};
use super::{Disk, pick_file};

/// What a disk held at some moment, were the power to go then and nothing unsynced to survive.
#[derive(Clone, Debug)]
pub struct DiskImage(Tree);

impl Disk {
    /// Turns over one bit of one file at rest. Returns whether there was one.
    pub fn rot(&mut self) -> bool {
        let hit = pick_file(&self.tree, &mut self.draws.rest)
            .and_then(|id| self.tree.file(id))
            .is_some_and(|file| file.rot(&mut self.draws.rest));
        self.counters.damaged_at_rest += u64::from(hit);
        hit
    }

    /// Makes one sector unreadable until it is written again. Returns whether there was one.
    pub fn lose_sector(&mut self) -> bool {
        let hit = pick_file(&self.tree, &mut self.draws.rest)
            .and_then(|id| self.tree.file(id))
            .is_some_and(|file| file.lose_sector(&mut self.draws.rest));
        self.counters.damaged_at_rest += u64::from(hit);
        hit
    }

    /// Sends a write meant for `intended` somewhere else. Returns whether there was another place.
    pub(super) fn misdirect(&mut self, intended: InodeId, data: &[Bytes]) -> bool {
        let random = &mut self.draws.misdirect;
        let Some(victim) = pick_file(&self.tree, random) else { return false };
        let Some(file) = self.tree.file(victim) else { return false };
        if victim == intended || file.len() == 0 {
            return false;
        }
        let position = random.index(file.len()) / super::SECTOR * super::SECTOR;
        file.overwrite(position, &data.concat());
        self.counters.misdirected += 1;
        true
    }

    /// Replaces the disk by an empty one. The process that used it is dead.
    pub fn wipe(&mut self) {
        assert_eq!(self.backlog(), 0, "a disk is wiped while nothing runs");
        let dirs = self.tree.dir_count();
        self.tree = Tree::new(dirs);
        self.counters.damaged_at_rest += 1;
    }

    /// Keeps the present state, to be put back later.
    pub fn image(&self) -> DiskImage {
        DiskImage(self.tree.durable_copy())
    }

    /// Puts an older state back. The process that used the disk is dead.
    pub fn roll_back(&mut self, image: &DiskImage) {
        assert_eq!(self.backlog(), 0, "a disk is rolled back while nothing runs");
        self.tree = image.0.clone();
        self.counters.damaged_at_rest += 1;
    }
}
