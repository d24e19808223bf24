//! Partitions that are deleted: out of sight at once, off the disk a while later.

use crate::disk::{DiskDone, DiskError, DiskOp};
use crate::edge::Effects;
use crate::node::{Node, Phase};
use crate::replica::Partition;
use crate::time::Now;
use crate::types::{TopicIdPartition, TopicPartition};

impl Node {
    /// Takes a partition off the disk. Its directory is renamed before a new topic of the name gets one.
    pub(crate) fn bury(
        &mut self,
        now: Now,
        fx: &mut Effects,
        id: TopicIdPartition,
        mut partition: Partition,
    ) {
        partition.log.delete(&mut self.env.cx(now, fx));
        self.buried.insert(id, partition);
    }

    /// A disk operation of a partition that is being deleted has finished.
    pub(crate) fn on_buried_log(
        &mut self,
        now: Now,
        fx: &mut Effects,
        id: TopicIdPartition,
        op: DiskOp,
        result: Result<DiskDone, DiskError>,
    ) {
        let Some(partition) = self.buried.get_mut(&id) else { return };
        let dir = partition.dir;
        let woken = partition.on_disk(&mut self.env.cx(now, fx), op, result);
        if let Some(error) = woken.failed {
            return self.fail_directory(fx, dir, error);
        }
        if woken.deleted {
            self.buried.remove(&id);
            if self.phase != Phase::Stopping {
                self.open_unnamed(now, fx);
            }
        }
        if woken.renamed && self.unnamed.iter().any(|(_, waiting)| *waiting == id) {
            self.hasten_burial(now, fx, id);
        }
        if woken.renamed && self.phase != Phase::Stopping {
            self.forget_names(now, fx, dir);
        }
    }

    /// A partition that was moved away has come back before its old log is gone. What the disk does is told by the
    /// partition's id, so the new log waits until nothing is left of the old one; the old one does not wait.
    pub(crate) fn hasten_burial(&mut self, now: Now, fx: &mut Effects, id: TopicIdPartition) {
        if let Some(partition) = self.buried.get(&id) {
            partition.log.hasten_removal(&mut self.env.cx(now, fx));
        }
    }

    /// Whether that name still belongs to a partition that is being deleted: by its directory, or by what a
    /// checkpoint says of it.
    pub(crate) fn is_name_taken(&self, name: &TopicPartition) -> bool {
        let forgetting = self.directories.iter().any(|directory| !directory.forgetting.is_empty());
        let taken = |partition: &Partition| partition.name == *name && !partition.log.is_renamed();
        forgetting || self.buried.values().any(taken)
    }

    /// Opens the partitions that waited for their name.
    pub(crate) fn open_unnamed(&mut self, now: Now, fx: &mut Effects) {
        for (name, id) in core::mem::take(&mut self.unnamed) {
            // Deleted again before it had a directory: there is nothing to open.
            if self.opening.contains(&id) {
                self.open_log(now, fx, name, id);
            }
        }
    }
}
