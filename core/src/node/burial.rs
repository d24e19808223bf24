//! Partitions that are deleted: out of sight at once, off the disk a while later.

use crate::disk::{DiskDone, DiskError, DiskOp};
use crate::edge::Effects;
use crate::node::Node;
use crate::replica::Partition;
use crate::time::Now;
use crate::types::{TopicIdPartition, TopicPartition};

impl Node {
    /// Takes a partition off the disk. Its directory is renamed before a new topic of the name gets one.
    pub(crate) fn bury(&mut self, now: Now, fx: &mut Effects, id: TopicIdPartition, mut partition: Partition) {
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
        }
        if woken.renamed {
            self.open_unnamed(now, fx);
        }
    }

    /// Whether the directory of that name still belongs to a partition that is being deleted.
    pub(crate) fn is_name_taken(&self, name: &TopicPartition) -> bool {
        self.buried.values().any(|partition| partition.name == *name && !partition.log.is_renamed())
    }

    /// Opens the partitions that waited for their name.
    fn open_unnamed(&mut self, now: Now, fx: &mut Effects) {
        for (name, id) in core::mem::take(&mut self.unnamed) {
            // Deleted again before it had a directory: there is nothing to open.
            if self.opening.contains(&id) {
                self.open_log(now, fx, name, id);
            }
        }
    }
}
