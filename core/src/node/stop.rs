//! Checkpoints now and then, and the orderly stop: logs, checkpoints, marker, in this order.

use alloc::vec::Vec;

use klamm_wire::messages::Response;

use crate::connection::{Answer, Ticket};
use crate::disk::{BootOp, Checkpoint, DirIndex, DiskDone, DiskError, DiskStep, Owner};
use crate::edge::{CloseReason, Effects};
use crate::event::Reason;
use crate::log::checkpoint;
use crate::node::directory::{self, CLEAN_SHUTDOWN};
use crate::node::{Node, Phase};
use crate::replica::Partition;
use crate::time::Now;
use crate::types::{Offset, TopicIdPartition, TopicPartition};

const ALL: [Checkpoint; 3] =
    [Checkpoint::RecoveryPoint, Checkpoint::LogStartOffset, Checkpoint::HighWatermark];

impl Node {
    /// Writes the checkpoints of a directory.
    pub(crate) fn write_checkpoints(&mut self, now: Now, fx: &mut Effects, dir: DirIndex) {
        for checkpoint in ALL {
            self.write_checkpoint(now, fx, dir, checkpoint);
        }
        self.arm_checkpoint(now, dir);
    }

    fn write_checkpoint(&mut self, now: Now, fx: &mut Effects, dir: DirIndex, checkpoint: Checkpoint) {
        let directory = &mut self.directories[usize::from(dir)];
        if !directory.writing.insert(checkpoint) {
            directory.stale.insert(checkpoint);
            return;
        }
        match checkpoint {
            Checkpoint::LogStartOffset => {
                directory.after_log_starts.append(&mut directory.after_next_log_starts);
            }
            Checkpoint::RecoveryPoint => {
                directory.after_recovery_points.append(&mut directory.after_next_recovery_points);
            }
            Checkpoint::HighWatermark => {}
        }
        let entries = self.offsets(dir, checkpoint);
        let entries = entries.iter().map(|(name, offset)| (name, *offset));
        let path = self.directories[usize::from(dir)].path(directory::checkpoint_name(checkpoint));
        let steps = DiskStep::replace(&path, alloc::vec![checkpoint::encode_offsets(entries)]);
        self.env.cx(now, fx).disk(Owner::Checkpoint(checkpoint, dir), steps);
    }

    /// Makes the checkpoints forget logs that are gone, before another log gets the name of one.
    pub(crate) fn forget_names(&mut self, now: Now, fx: &mut Effects, dir: DirIndex) {
        for checkpoint in [Checkpoint::RecoveryPoint, Checkpoint::LogStartOffset] {
            self.directories[usize::from(dir)].forgetting.insert(checkpoint);
            self.write_checkpoint(now, fx, dir, checkpoint);
        }
    }

    /// What a checkpoint says of each log. Logs that are not open yet keep what was read at start.
    fn offsets(&self, dir: DirIndex, checkpoint: Checkpoint) -> Vec<(TopicPartition, Offset)> {
        let directory = &self.directories[usize::from(dir)];
        let of = |partition: &Partition| match checkpoint {
            Checkpoint::RecoveryPoint => partition.log.recovery_point(),
            Checkpoint::LogStartOffset => partition.log.log_start_offset(),
            Checkpoint::HighWatermark => partition.high_watermark(),
        };
        let as_read = |name: &TopicPartition| match checkpoint {
            Checkpoint::RecoveryPoint => directory.recovery_points.get(name).copied(),
            Checkpoint::LogStartOffset => directory.log_start_offsets.get(name).copied(),
            Checkpoint::HighWatermark => directory.high_watermarks.get(name).copied(),
        };
        let here = self.partitions.values().filter(|partition| partition.dir == dir);
        let entries = here.filter_map(|partition| {
            let known = partition.log.is_loaded() || partition.log.is_being_cut();
            let offset = if known { Some(of(partition)) } else { as_read(&partition.name) };
            Some((partition.name.clone(), offset?))
        });
        let mut entries: Vec<_> = entries.collect();
        entries.extend(directory.logs.keys().filter_map(|name| Some((name.clone(), as_read(name)?))));
        entries.sort();
        entries
    }

    /// A checkpoint is durable.
    pub(crate) fn on_checkpoint(
        &mut self,
        now: Now,
        fx: &mut Effects,
        checkpoint: Checkpoint,
        dir: DirIndex,
        result: Result<DiskDone, DiskError>,
    ) {
        if let Err(error) = result {
            return self.fail_directory(fx, dir, error);
        }
        let directory = &mut self.directories[usize::from(dir)];
        let was_writing = directory.writing.remove(&checkpoint);
        assert!(was_writing, "a checkpoint answers what was written");
        if checkpoint == Checkpoint::LogStartOffset {
            for (ticket, response) in core::mem::take(&mut directory.after_log_starts) {
                self.connections.answer(fx, ticket, Answer::Response(response));
            }
        }
        let mut cut = Vec::new();
        if checkpoint == Checkpoint::RecoveryPoint {
            cut = core::mem::take(&mut directory.after_recovery_points);
        }
        for id in cut {
            if let Some(partition) = self.partitions.get_mut(&id) {
                partition.log.on_recovery_point_lowered(&mut self.env.cx(now, fx));
            }
        }
        let directory = &mut self.directories[usize::from(dir)];
        if directory.stale.remove(&checkpoint) {
            self.write_checkpoint(now, fx, dir, checkpoint);
        } else if directory.forgetting.remove(&checkpoint) && directory.forgetting.is_empty() {
            self.open_unnamed(now, fx);
        }
        self.maybe_finish_stop(now, fx);
    }

    /// Makes sure that no recovery point on the disk lies above where a log is about to be cut.
    pub(crate) fn lower_recovery_point(&mut self, now: Now, fx: &mut Effects, id: TopicIdPartition) {
        let dir = self.partitions[&id].dir;
        self.directories[usize::from(dir)].after_next_recovery_points.push(id);
        self.write_checkpoint(now, fx, dir, Checkpoint::RecoveryPoint);
    }

    /// Answers once the log starts as they are now are durable. Requests that come meanwhile share the next write.
    pub(crate) fn answer_after_log_starts(
        &mut self,
        now: Now,
        fx: &mut Effects,
        ticket: Ticket,
        response: Response,
    ) {
        self.directories[0].after_next_log_starts.push((ticket, response));
        self.write_checkpoint(now, fx, 0, Checkpoint::LogStartOffset);
    }

    /// Stops accepting, closes every log; goes on in `maybe_finish_stop`.
    pub(crate) fn stop_now(&mut self, now: Now, fx: &mut Effects) {
        if self.phase == Phase::Stopping {
            return;
        }
        // Before the directories are known to be ours there is nothing to leave behind.
        if self.phase < Phase::Metadata {
            return self.halt(fx, Reason::Shutdown);
        }
        // A node that has not opened all its logs cannot vouch for them: its stop is not a clean one.
        let clean = self.phase == Phase::Serving && self.opening.is_empty();
        // Handing over the quorum may move what a wait for the controller waits for: that must not stop twice.
        self.lifecycle.leave();
        self.stop_quorum(now, fx);
        self.phase = Phase::Stopping;
        self.connections.close_all(fx, CloseReason::Shutdown);
        self.delayed = crate::connection::DelayedTable::default();
        self.held.clear();
        self.env.timers = crate::timer::Timers::default();
        if !clean {
            return self.halt(fx, Reason::Shutdown);
        }
        // Those whose end is being cut are closed when that is done.
        for partition in self.partitions.values_mut().filter(|partition| partition.log.is_open()) {
            partition.log.close(&mut self.env.cx(now, fx));
        }
        self.maybe_finish_stop(now, fx);
    }

    /// A log has been cut while the node stops: it is closed now.
    pub(crate) fn close_log(&mut self, now: Now, fx: &mut Effects, id: TopicIdPartition) {
        let partition = self.partitions.get_mut(&id).expect("it was cut");
        partition.log.close(&mut self.env.cx(now, fx));
    }

    /// A log has written what an orderly stop leaves.
    pub(crate) fn on_closed_log(&mut self, now: Now, fx: &mut Effects, id: TopicIdPartition) {
        assert!(self.partitions.contains_key(&id), "{id:?} is ours");
        if self.partitions.values().any(|partition| !partition.log.is_closed()) {
            return;
        }
        for dir in 0..self.env.config.log_dirs {
            for checkpoint in ALL {
                self.write_checkpoint(now, fx, dir, checkpoint);
            }
        }
        self.maybe_finish_stop(now, fx);
    }

    /// The last act: the marker says that everything before it was done.
    fn maybe_finish_stop(&mut self, now: Now, fx: &mut Effects) {
        let logs_closed = self.partitions.values().all(|partition| partition.log.is_closed());
        let writing = self.directories.iter().any(|directory| !directory.writing.is_empty());
        if self.phase != Phase::Stopping || !logs_closed || writing {
            return;
        }
        let marker = directory::encode_marker(self.lifecycle.broker_epoch());
        for directory in &self.directories {
            let steps = DiskStep::replace(&directory.path(CLEAN_SHUTDOWN), alloc::vec![marker.clone()]);
            self.env.cx(now, fx).disk(Owner::Boot(BootOp::WriteMarker(directory.index)), steps);
        }
    }

    /// A marker is durable.
    pub(crate) fn on_marker_written(&mut self, fx: &mut Effects, dir: DirIndex) {
        self.directories[usize::from(dir)].clean = true;
        if self.directories.iter().all(|directory| directory.clean) {
            self.halt(fx, Reason::Shutdown);
        }
    }
}
