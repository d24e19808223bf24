//! Which snapshots there are, and which may go.

use alloc::collections::BTreeSet;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::snapshot::SnapshotId;
use crate::types::Offset;

/// How many snapshots are kept: the newest, and one to fall back to if the newest cannot be read.
const KEPT: usize = 2;

/// The snapshots beside the metadata log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Snapshots {
    on_disk: BTreeSet<SnapshotId>,
    /// Files that are no snapshots any more: damaged ones, and what a crash left half-written.
    rubbish: Vec<String>,
    writing: Option<SnapshotId>,
}

impl Snapshots {
    /// The snapshots among the names of a directory.
    pub(crate) fn of_names<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        let mut snapshots = Self::default();
        for name in names {
            if let Some(id) = SnapshotId::of_file_name(name) {
                snapshots.on_disk.insert(id);
            } else if is_left_over(name) {
                snapshots.rubbish.push(name.to_string());
            }
        }
        snapshots
    }

    /// The one that covers most.
    pub(crate) fn newest(&self) -> Option<SnapshotId> {
        self.on_disk.last().copied()
    }

    /// The snapshot cannot be read. Its file goes when a new one is written.
    pub(crate) fn forget(&mut self, id: SnapshotId) {
        let known = self.on_disk.remove(&id);
        assert!(known, "{id:?} was found");
        self.rubbish.push(id.file_name());
    }

    /// The snapshot is to be written. `false` if one is on its way already, or it covers nothing new.
    pub(crate) fn begin_writing(&mut self, id: SnapshotId) -> bool {
        if self.writing.is_some() || self.newest().is_some_and(|newest| id.end <= newest.end) {
            return false;
        }
        self.writing = Some(id);
        true
    }

    /// The snapshot is durable. Returns where the log may begin now, if there is still one to fall back to,
    /// and the files to remove.
    pub(crate) fn written(&mut self, id: SnapshotId) -> (Option<Offset>, Vec<String>) {
        assert_eq!(self.writing.take(), Some(id), "the snapshot that is being written");
        // A damaged file of the same name was replaced.
        self.rubbish.retain(|name| *name != id.file_name());
        self.on_disk.insert(id);
        let mut removed = core::mem::take(&mut self.rubbish);
        while self.on_disk.len() > KEPT {
            let oldest = self.on_disk.pop_first().expect("more than are kept");
            removed.push(oldest.file_name());
        }
        let fallback = self.on_disk.first().filter(|_| self.on_disk.len() == KEPT);
        (fallback.map(|oldest| oldest.end), removed)
    }
}

/// A snapshot that was being written, by Klamm or by Kafka, or that Kafka was about to delete.
fn is_left_over(name: &str) -> bool {
    let stem = [".tmp", ".part", ".deleted"].into_iter().find_map(|suffix| name.strip_suffix(suffix));
    stem.is_some_and(|stem| SnapshotId::of_file_name(stem).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(end: Offset) -> SnapshotId {
        SnapshotId { end, epoch: 1 }
    }

    fn write(snapshots: &mut Snapshots, end: Offset) -> (Option<Offset>, Vec<String>) {
        assert!(snapshots.begin_writing(id(end)));
        snapshots.written(id(end))
    }

    /// Goal: there is always one to fall back to, together with the log behind it.
    #[test]
    fn the_log_is_cut_only_behind_the_snapshot_before() {
        let mut snapshots = Snapshots::default();
        assert_eq!(write(&mut snapshots, 10), (None, Vec::new()), "nothing to fall back to but the log");
        assert_eq!(write(&mut snapshots, 20), (Some(10), Vec::new()));
        assert_eq!(write(&mut snapshots, 30), (Some(20), [id(10).file_name()].into()));
        assert_eq!(snapshots.newest(), Some(id(30)));
    }

    /// Goal: snapshots are written one at a time, and never for nothing.
    #[test]
    fn a_snapshot_is_not_written_twice() {
        let mut snapshots = Snapshots::default();
        assert!(snapshots.begin_writing(id(10)));
        assert!(!snapshots.begin_writing(id(20)), "one at a time");
        snapshots.written(id(10));
        assert!(!snapshots.begin_writing(id(10)), "that is on the disk already");
        assert!(snapshots.begin_writing(id(20)));
    }

    /// Goal: half-written files do not pile up.
    #[test]
    fn what_a_crash_left_is_removed_with_the_next_snapshot() {
        let whole = id(10).file_name();
        let cut = alloc::format!("{}.tmp", id(20).file_name());
        let names = [&*whole, &*cut, "quorum-state", "quorum-state.tmp", "00000000000000000000.log"];
        let mut snapshots = Snapshots::of_names(names.into_iter());
        assert_eq!(snapshots.newest(), Some(id(10)));
        assert_eq!(write(&mut snapshots, 30), (Some(10), [cut].into()));
        let mut snapshots = Snapshots::of_names([&*whole].into_iter());
        snapshots.forget(id(10));
        assert_eq!(
            write(&mut snapshots, 30),
            (None, [whole].into()),
            "a damaged one is nothing to fall back to"
        );
    }
}
