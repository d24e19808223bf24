//! Which snapshots there are, and which may go.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::snapshot::SnapshotId;
use crate::disk::DirEntry;
use crate::types::{LeaderEpoch, Offset};

/// How many snapshots are kept: the newest, and one to fall back to if the newest cannot be read.
const KEPT: usize = 2;

/// The snapshots beside the metadata log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Snapshots {
    /// Whole ones, and their sizes in bytes.
    on_disk: BTreeMap<SnapshotId, u64>,
    /// Files that are no snapshots any more: damaged ones, and what a crash left half-written.
    rubbish: Vec<String>,
    /// The one that is on its way to the disk, and its size.
    writing: Option<(SnapshotId, u64)>,
}

impl Snapshots {
    /// The snapshots in a directory.
    pub(crate) fn of_entries(entries: &[DirEntry]) -> Self {
        let mut snapshots = Self::default();
        for DirEntry { name, length, .. } in entries {
            if let Some(id) = SnapshotId::of_file_name(name) {
                snapshots.on_disk.insert(id, *length);
            } else if is_left_over(name) {
                snapshots.rubbish.push(name.to_string());
            }
        }
        snapshots
    }

    /// The one that covers most.
    pub(crate) fn newest(&self) -> Option<SnapshotId> {
        self.on_disk.last_key_value().map(|(id, _)| *id)
    }

    /// The newest one that others may be given: the bootstrap snapshot, which covers nothing, is not.
    pub(crate) fn newest_to_give(&self) -> Option<SnapshotId> {
        self.newest().filter(|id| id.end > 0)
    }

    /// The epoch of the record before `offset`, if a snapshot ends there.
    pub(crate) fn epoch_before(&self, offset: Offset) -> Option<LeaderEpoch> {
        self.on_disk.keys().find(|id| id.end == offset).map(|id| id.epoch)
    }

    /// Its bytes; `None` if there is no such snapshot.
    pub(crate) fn size(&self, id: SnapshotId) -> Option<u64> {
        self.on_disk.get(&id).copied()
    }

    /// The snapshot cannot be read. Its file goes when a new one is written.
    pub(crate) fn forget(&mut self, id: SnapshotId) {
        let known = self.on_disk.remove(&id);
        assert!(known.is_some(), "{id:?} was found");
        self.rubbish.push(id.file_name());
    }

    /// Whether the snapshot is worth writing: none is on its way, and it covers something new.
    pub(crate) fn may_write(&self, id: SnapshotId) -> bool {
        self.writing.is_none() && self.newest().is_none_or(|newest| id.end > newest.end)
    }

    /// The snapshot is on its way to the disk.
    pub(crate) fn begin_writing(&mut self, id: SnapshotId, size: u64) {
        assert!(self.may_write(id), "one at a time, and not for nothing: {id:?}");
        self.writing = Some((id, size));
    }

    /// The snapshot is durable. Returns where the log may begin now, if there is still one to fall back to, and the files
    /// to remove.
    pub(crate) fn written(&mut self, id: SnapshotId) -> (Option<Offset>, Vec<String>) {
        let (writing, size) = self.writing.take().expect("one is being written");
        assert_eq!(writing, id, "the snapshot that is being written");
        // A damaged file of the same name was replaced.
        self.rubbish.retain(|name| *name != id.file_name());
        let mut removed = core::mem::take(&mut self.rubbish);
        if let Some(newest) = self.newest().filter(|newest| newest.end >= id.end) {
            // One that was fetched meanwhile covers as much, and the log behind this one is gone.
            removed.extend((newest != id).then(|| id.file_name()));
            return (None, removed);
        }
        self.on_disk.insert(id, size);
        while self.on_disk.len() > KEPT {
            let (oldest, _) = self.on_disk.pop_first().expect("more than are kept");
            removed.push(oldest.file_name());
        }
        let fallback =
            self.on_disk.keys().next().filter(|oldest| self.on_disk.len() == KEPT && oldest.end > 0);
        (fallback.map(|oldest| oldest.end), removed)
    }

    /// A snapshot of the leader is durable, and the log will begin behind it. Returns the files to remove: without the log
    /// there is nothing to fall back to.
    pub(crate) fn received(&mut self, id: SnapshotId, size: u64) -> Vec<String> {
        self.rubbish.retain(|name| *name != id.file_name());
        let mut removed = core::mem::take(&mut self.rubbish);
        let older = core::mem::take(&mut self.on_disk);
        removed.extend(older.keys().filter(|older| **older != id).map(|older| older.file_name()));
        self.on_disk.insert(id, size);
        removed
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
        snapshots.begin_writing(id(end), 7);
        snapshots.written(id(end))
    }

    fn of_names(names: &[&str]) -> Snapshots {
        let entry = |name: &&str| DirEntry { name: (*name).into(), is_dir: false, length: 9 };
        Snapshots::of_entries(&names.iter().map(entry).collect::<Vec<_>>())
    }

    /// Goal: there is always one to fall back to, together with the log behind it.
    #[test]
    fn the_log_is_cut_only_behind_the_snapshot_before() {
        let mut snapshots = Snapshots::default();
        assert_eq!(write(&mut snapshots, 10), (None, Vec::new()), "nothing to fall back to but the log");
        assert_eq!(write(&mut snapshots, 20), (Some(10), Vec::new()));
        assert_eq!(write(&mut snapshots, 30), (Some(20), [id(10).file_name()].into()));
        assert_eq!(snapshots.newest(), Some(id(30)));
        assert_eq!((snapshots.size(id(30)), snapshots.size(id(10))), (Some(7), None));
    }

    /// Goal: snapshots are written one at a time, and never for nothing.
    #[test]
    fn a_snapshot_is_not_written_twice() {
        let mut snapshots = Snapshots::default();
        snapshots.begin_writing(id(10), 1);
        assert!(!snapshots.may_write(id(20)), "one at a time");
        snapshots.written(id(10));
        assert!(!snapshots.may_write(id(10)), "that is on the disk already");
        assert!(snapshots.may_write(id(20)));
    }

    /// Goal: half-written files do not pile up.
    #[test]
    fn what_a_crash_left_is_removed_with_the_next_snapshot() {
        let whole = id(10).file_name();
        let cut = alloc::format!("{}.tmp", id(20).file_name());
        let mut snapshots =
            of_names(&[&whole, &cut, "quorum-state", "quorum-state.tmp", "00000000000000000000.log"]);
        assert_eq!((snapshots.newest(), snapshots.size(id(10))), (Some(id(10)), Some(9)));
        assert_eq!(write(&mut snapshots, 30), (Some(10), [cut].into()));
        let mut snapshots = of_names(&[&whole]);
        snapshots.forget(id(10));
        assert_eq!(
            write(&mut snapshots, 30),
            (None, [whole].into()),
            "a damaged one is nothing to fall back to"
        );
    }

    /// Goal: the snapshot that names the first voters is read by its own node only. Source: KIP-853.
    #[test]
    fn the_bootstrap_snapshot_is_not_given_to_others() {
        let mut snapshots = of_names(&[&SnapshotId { end: 0, epoch: 0 }.file_name()]);
        assert!(snapshots.newest().is_some() && snapshots.newest_to_give().is_none());
        assert_eq!(write(&mut snapshots, 10), (None, Vec::new()), "it is nothing to cut the log behind");
    }

    /// Goal: behind a fetched snapshot the log begins anew, so that older ones lead nowhere; one that was on its way when it
    /// came does not come back.
    #[test]
    fn a_fetched_snapshot_replaces_all_others() {
        let mut snapshots = Snapshots::default();
        write(&mut snapshots, 10);
        write(&mut snapshots, 20);
        snapshots.begin_writing(id(30), 1);
        assert_eq!(snapshots.received(id(50), 5), [id(10).file_name(), id(20).file_name()]);
        assert_eq!(snapshots.written(id(30)), (None, [id(30).file_name()].into()));
        assert_eq!((snapshots.newest(), snapshots.epoch_before(50)), (Some(id(50)), Some(1)));
    }
}
