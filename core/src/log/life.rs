//! Creating, closing and deleting a log.

use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt::Write as _;

use bytes::Bytes;

use crate::config::TopicConfig;
use crate::cx::Cx;
use crate::disk::{DiskStep, LogOp, Path};
use crate::log::append::write_file;
use crate::log::segment::{Segment, Suffix};
use crate::log::sync::Durability;
use crate::log::{Log, LogEvent, LogName, Phase, checkpoint, snapshot};
use crate::timer::Timer;

/// The file that holds the topic id.
const METADATA_FILE: &str = "partition.metadata";
/// Longest name of a directory.
const NAME_MAX: usize = 255;

impl Log {
    /// Creates an empty log on the disk, durable with its name before [`LogEvent::Opened`].
    pub(crate) fn create(cx: &mut Cx<'_>, name: LogName, config: TopicConfig) -> Self {
        let mut log = Self::new(name, config, Phase::Creating);
        log.begin_segment(cx, 0);
        let directory = log.files.directory();
        let metadata = checkpoint::encode_partition_metadata(log.name.id.topic_id);
        let mut steps = vec![DiskStep::CreateDir { path: directory.clone() }];
        steps.extend(write_file(&log.active.path, Bytes::new()));
        steps.push(DiskStep::Sync { path: log.active.path.clone() });
        // Its last step syncs the directory, and with it the name of the segment.
        steps.extend(DiskStep::replace(&log.files.file(METADATA_FILE), vec![metadata]));
        steps.push(DiskStep::SyncDir { path: directory.parent() });
        log.emit(cx, LogOp::Create, steps);
        log
    }

    pub(super) fn on_created(&mut self, cx: &mut Cx<'_>) -> Vec<LogEvent> {
        assert!(matches!(self.phase, Phase::Creating), "created once");
        self.open_now(cx, LogEvent::Opened)
    }

    /// The state is complete: from here on the log is used.
    pub(super) fn open_now(&mut self, cx: &mut Cx<'_>, event: LogEvent) -> Vec<LogEvent> {
        self.durability = Durability::at_rest(self.log_end_offset);
        self.phase = Phase::Open;
        cx.observe(crate::event::Event::LogLoaded {
            partition: self.name.partition.clone(),
            log_start_offset: self.log_start_offset,
            log_end_offset: self.log_end_offset,
        });
        self.check();
        vec![event]
    }

    /// Writes what an orderly stop leaves behind and syncs it all; ends with [`LogEvent::Closed`].
    ///
    /// Only open logs are closed: a node that stops while a log is loading, or after one has failed, has had
    /// no orderly stop and leaves no marker that says so.
    pub(crate) fn close(&mut self, cx: &mut Cx<'_>) {
        assert!(self.is_open(), "{}: only an open log is closed", self.name.partition);
        let base = self.active_segment().base;
        let newest = self.active_segment().newest();
        self.active.index.cover_time(newest);
        let (offsets, times) = self.active.index.files();
        let end = self.log_end_offset;
        let mut steps = write_file(&self.files.segment(base, Suffix::Index), offsets);
        steps.extend(write_file(&self.files.segment(base, Suffix::TimeIndex), times));
        steps.extend(self.write_aborted(self.segments.len() - 1));
        steps.extend(write_file(
            &self.files.segment(end, Suffix::Snapshot),
            snapshot::encode(&self.producers),
        ));
        let unsynced = |segment: &&Segment| segment.base == base || self.durability.is_unsynced(segment.base);
        for segment in self.segments.iter().filter(unsynced) {
            for suffix in [Suffix::Log, Suffix::Index, Suffix::TimeIndex] {
                steps.push(DiskStep::Sync { path: self.files.segment(segment.base, suffix) });
            }
            if segment.has_txn_index {
                steps.push(DiskStep::Sync { path: self.files.segment(segment.base, Suffix::TxnIndex) });
            }
            if segment.has_snapshot {
                steps.push(DiskStep::Sync { path: self.files.segment(segment.base, Suffix::Snapshot) });
            }
        }
        steps.push(DiskStep::Sync { path: self.files.segment(end, Suffix::Snapshot) });
        steps.push(DiskStep::SyncDir { path: self.files.directory() });
        self.emit(cx, LogOp::Close, steps);
        self.phase = Phase::Closing;
    }

    pub(super) fn on_closed(&mut self) -> Vec<LogEvent> {
        assert!(matches!(self.phase, Phase::Closing), "closed once");
        self.phase = Phase::Closed;
        self.durability.on_closed(self.log_end_offset);
        vec![LogEvent::StableEnd, LogEvent::Closed]
    }

    /// Takes the whole log away: renamed at once, removed after `file.delete.delay.ms`. Nothing else is
    /// done with it any more; ends with [`LogEvent::Deleted`].
    pub(crate) fn delete(&mut self, cx: &mut Cx<'_>) {
        let is_deleted = matches!(self.phase, Phase::Deleting(_) | Phase::Removing | Phase::Deleted);
        assert!(!is_deleted, "deleted once");
        let mut suffix = String::from(".");
        for byte in cx.rng.uuid().0 {
            write!(suffix, "{byte:02x}").expect("strings grow");
        }
        suffix.push_str("-delete");
        // Kafka cuts the topic to keep the name within what file systems take.
        let partition = format!("-{}", self.name.partition.partition);
        let room = NAME_MAX - suffix.len() - partition.len();
        let topic: String = self.name.partition.topic.chars().take(room).collect();
        let from = self.files.directory();
        let to = Path::new(self.name.dir, format!("{topic}{partition}{suffix}"));
        let steps = vec![DiskStep::Rename { from, to: to.clone() }, DiskStep::SyncDir { path: to.parent() }];
        self.phase = Phase::Deleting(None);
        self.tail = Default::default();
        self.reader = Default::default();
        self.files.name = to.name;
        self.emit(cx, LogOp::Delete, steps);
    }

    /// Does not wait with the removal of what is renamed away, or is about to be.
    pub(crate) fn hasten_removal(&self, cx: &mut Cx<'_>) {
        if matches!(self.phase, Phase::Deleting(Some(_))) {
            cx.timers.arm(Timer::DeleteFiles(self.name.id), cx.now.monotonic);
        }
    }

    pub(super) fn on_deleted(&mut self, cx: &mut Cx<'_>) -> Vec<LogEvent> {
        match &self.phase {
            Phase::Deleting(None) => {
                self.phase = Phase::Deleting(Some(self.files.directory()));
                let due = cx.now.monotonic.after_ms(self.config.file_delete_delay_ms);
                cx.timers.arm(Timer::DeleteFiles(self.name.id), due);
                vec![LogEvent::Renamed]
            }
            Phase::Removing => {
                self.phase = Phase::Deleted;
                vec![LogEvent::Deleted]
            }
            other => panic!("deleted without being asked: {other:?}"),
        }
    }

    /// The time of [`Timer::DeleteFiles`] has come: what was renamed away is removed.
    pub(crate) fn remove_renamed(&mut self, cx: &mut Cx<'_>) {
        match &self.phase {
            Phase::Deleting(Some(path)) => {
                let steps = vec![
                    DiskStep::RemoveDir { path: path.clone() },
                    DiskStep::SyncDir { path: path.parent() },
                ];
                self.phase = Phase::Removing;
                self.emit(cx, LogOp::Delete, steps);
            }
            Phase::Open => self.remove_renamed_segments(cx),
            _ => {}
        }
    }
}
