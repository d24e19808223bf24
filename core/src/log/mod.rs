//! The log of one partition: batches in segments, with Kafka's files and bytes.
//!
//! A [`Log`] is a state machine over the disk: verbs change its state at once and emit disk operations, whose
//! answers come back through [`Log::on_disk`]. What counts as held is [`Log::stable_end`], and it moves with
//! those answers only.
//!
//! # Offsets
//!
//! ```text
//! 0 ... log_start_offset ... synced_end <= written_end <= log_end_offset
//!       first one readable   survives      survives        next one
//!                            power loss    a crash         assigned
//! ```
//!
//! # Life
//!
//! ```text
//! create -> Creating --+
//!                      +-> Open -> Closing -> Closed
//! open ---> Loading ---+    | ^
//!              ^            v |
//!              +------ Truncating
//! any of these -> Failed     any -> Deleting -> Deleted
//! ```
//!
//! A write or sync that fails ends in Failed: what is on the disk is unknown, so nothing is tried again and
//! nothing is appended any more until the log is loaded anew.
//!
//! Compaction is absent; segments may have gaps in their offsets, so that directories which have them can be read.

mod append;
mod batch;
pub mod checkpoint;
mod epochs;
#[cfg(test)]
mod follower_tests;
mod index;
pub mod inspect;
mod life;
mod lookup;
#[cfg(test)]
mod model_tests;
mod producers;
mod read;
mod recovery;
mod retention;
mod segment;
mod snapshot;
mod sync;
mod tail;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod transaction_tests;
mod transactions;
mod truncate;

use alloc::boxed::Box;
use alloc::collections::VecDeque;

use crate::config::{Config, FlushPolicy, TopicConfig};
use crate::cx::Cx;
use crate::disk::{DirIndex, DiskError, DiskStep, LogOp, Owner, Path};
use crate::flaw::Flaw;
use crate::time::Timestamp;
use crate::types::{LeaderEpoch, Offset, TopicIdPartition, TopicPartition};

pub use epochs::EpochStart;
pub(crate) use epochs::LeaderEpochs;
pub use snapshot::SnapshotEntry;
pub use transactions::AbortedTransaction;

pub(crate) use lookup::Lookup;
pub(crate) use producers::{ProducerStates, Verdict};
pub(crate) use read::Read;
pub(crate) use tail::{Kept, TailMemory};
pub(crate) use transactions::Marker;

use alloc::vec::Vec;
use index::ActiveIndex;
use read::Reader;
use recovery::Loader;
use segment::{Files, Segment, Suffix};
use sync::Durability;
use tail::Tail;
use truncate::{Fetched, Truncation};

/// Which log, and where it lies.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct LogName {
    /// Names the directory `<topic>-<partition>`.
    pub(crate) partition: TopicPartition,
    /// Survives renaming and tells a topic from its successor of the same name.
    pub(crate) id: TopicIdPartition,
    /// The log directory it lies below.
    pub(crate) dir: DirIndex,
}

/// What the node knows of a log before it is loaded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Opening {
    /// Whether the last stop was orderly, so that indexes and the end of the log can be trusted.
    pub(crate) clean: bool,
    /// From `recovery-point-offset-checkpoint`: everything below is synced.
    pub(crate) recovery_point: Option<Offset>,
    /// From `log-start-offset-checkpoint`.
    pub(crate) log_start_offset: Option<Offset>,
    /// No batch that reaches this offset is taken.
    pub(crate) truncate_to: Option<Offset>,
    /// A log that ends sooner has lost what was synced, and is left as it is.
    pub(crate) must_reach: Offset,
}

/// What a completion of the disk means to those around the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum LogEvent {
    /// The log is loaded and may be used.
    Opened,
    /// The log is cut back, or begins anew, and may be used again.
    Truncated,
    /// [`Log::stable_end`] may have moved.
    StableEnd,
    /// A pending read or lookup can be tried again.
    Readable,
    /// Everything is on the disk as an orderly stop leaves it.
    Closed,
    /// A deleted log's directory has its new name: another log may take the old one.
    Renamed,
    /// The log is gone from the disk.
    Deleted,
    /// The disk has said no; the log is not usable any more.
    Failed(DiskError),
    /// The log ends below [`Opening::must_reach`]. Nothing was changed on the disk.
    Short {
        /// Where it ends.
        end: Offset,
        /// Where it would have to end at least.
        expected: Offset,
    },
}

/// Where in its life a log is. See the module's text.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Phase {
    Creating,
    Loading(Box<Loader>),
    Open,
    Truncating(Truncation),
    Emptying(Option<Fetched>),
    Closing,
    Closed,
    /// `Some` once the directory has its new name.
    Deleting(Option<Path>),
    /// What was renamed is on its way off the disk.
    Removing,
    Deleted,
    Failed,
}

/// Settings and state of the segment that is written to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Active {
    /// Its `.log` file.
    path: Path,
    index: ActiveIndex,
    /// Largest timestamp of its first batch: rolling by time counts from here.
    first_timestamp: Option<i64>,
    /// Random part of `segment.ms`, so that segments of many partitions do not roll at once.
    roll_jitter_ms: i64,
}

/// The log of one partition.
///
/// - `log_start_offset <= synced_end` may not hold (a client may delete what is not synced), all else in the
///   module's drawing does.
/// - Segments ascend by base offset; the last one is written to and is never removed while the log is open.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Log {
    name: LogName,
    config: TopicConfig,
    files: Files,
    phase: Phase,
    /// Never empty once open.
    segments: VecDeque<Segment>,
    active: Active,
    log_start_offset: Offset,
    log_end_offset: Offset,
    durability: Durability,
    epochs: LeaderEpochs,
    producers: ProducerStates,
    tail: Tail,
    reader: Reader,
    /// Of all segments' `.log` files.
    size_bytes: u64,
    /// Segments that were renamed away: when to remove their files, and which.
    renamed: VecDeque<(Timestamp, Vec<Path>)>,
    /// Operations under way that take old segments away.
    removing: u32,
}

impl Log {
    fn new(name: LogName, config: TopicConfig, phase: Phase) -> Self {
        let files = Files { dir: name.dir, name: alloc::format!("{}", name.partition).into() };
        let path = files.segment(0, Suffix::Log);
        Self {
            name,
            config,
            files,
            phase,
            segments: VecDeque::new(),
            active: Active { path, index: ActiveIndex::default(), first_timestamp: None, roll_jitter_ms: 0 },
            log_start_offset: 0,
            log_end_offset: 0,
            durability: Durability::default(),
            epochs: LeaderEpochs::default(),
            producers: ProducerStates::default(),
            tail: Tail::default(),
            reader: Reader::default(),
            size_bytes: 0,
            renamed: VecDeque::new(),
            removing: 0,
        }
    }

    /// Whether it may be read and appended to.
    pub(crate) fn is_open(&self) -> bool {
        matches!(self.phase, Phase::Open)
    }

    /// Whether its end is being cut back: its marks are those of the log as it will be.
    pub(crate) fn is_being_cut(&self) -> bool {
        match &self.phase {
            Phase::Truncating(_) | Phase::Emptying(_) => true,
            Phase::Loading(loader) => loader.is_truncating(),
            _ => false,
        }
    }

    /// Whether its offsets are known: it was loaded, whatever has become of it since.
    pub(crate) fn is_loaded(&self) -> bool {
        !matches!(self.phase, Phase::Creating | Phase::Loading(_))
    }

    /// Whether an orderly stop has written all it leaves.
    pub(crate) fn is_closed(&self) -> bool {
        matches!(self.phase, Phase::Closed)
    }

    /// Whether a deleted log's directory has its new name.
    pub(crate) fn is_renamed(&self) -> bool {
        matches!(self.phase, Phase::Deleting(Some(_)) | Phase::Removing | Phase::Deleted)
    }

    /// First offset that may be read.
    pub(crate) fn log_start_offset(&self) -> Offset {
        self.log_start_offset
    }

    /// Next offset to be assigned.
    pub(crate) fn log_end_offset(&self) -> Offset {
        self.log_end_offset
    }

    /// Everything below is synced, and every file it lies in has its name for good.
    pub(crate) fn recovery_point(&self) -> Offset {
        self.durability.synced_end()
    }

    /// What this node counts as held, by the topic's flush policy. Exclusive.
    pub(crate) fn stable_end(&self, config: &Config) -> Offset {
        if config.has_flaw(Flaw::AckBeforeFsync) {
            return self.log_end_offset;
        }
        match self.config.flush_policy {
            FlushPolicy::Synced => self.durability.synced_end(),
            FlushPolicy::Written => self.durability.written_end(),
        }
    }

    /// Bytes of all batches.
    pub(crate) fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    /// What is known of idempotent producers.
    pub(crate) fn producers(&self) -> &ProducerStates {
        &self.producers
    }

    /// Everything below is committed: markers there have taken effect for `read_committed`.
    pub(crate) fn on_high_watermark(&mut self, high_watermark: Offset) {
        self.producers.on_high_watermark(high_watermark);
    }

    /// The leader epoch of the record at `offset`, if known.
    pub(crate) fn epoch_of(&self, offset: Offset) -> Option<LeaderEpoch> {
        self.epochs.epoch_of(offset)
    }

    /// Where each leader epoch begins.
    pub(crate) fn epochs(&self) -> &LeaderEpochs {
        &self.epochs
    }

    /// The newest leader epoch known here.
    pub(crate) fn latest_epoch(&self) -> Option<LeaderEpoch> {
        self.epochs.latest()
    }

    /// The greatest leader epoch not above `epoch` and where it ended; (-1, -1) if unknown.
    pub(crate) fn end_offset_for_epoch(&self, epoch: LeaderEpoch) -> (LeaderEpoch, Offset) {
        self.epochs.end_offset_for(epoch, self.log_end_offset)
    }

    /// Takes over changed settings of the topic.
    pub(crate) fn set_config(&mut self, config: TopicConfig) {
        self.config = config;
    }

    /// Forgets producers that have been silent for `producer.id.expiration.ms`.
    pub(crate) fn expire_producers(&mut self, cx: &Cx<'_>) {
        self.producers.expire(cx.now.wall_ms, cx.config.producer_id_expiration_ms);
    }

    /// Lets go of memory that the node's bound asks back; whether it is gone.
    ///
    /// What is not written yet stays: the disk could not give it back.
    pub(crate) fn evict(&mut self, kept: Kept) -> bool {
        match kept {
            Kept::Chunk(offset) => self.reader.evict(offset),
            Kept::Batch(offset) => {
                let unwritten = |front: &tail::TailBatch| {
                    front.base_offset <= offset && front.last_offset >= self.durability.written_end()
                };
                if self.tail.front().is_some_and(unwritten) {
                    return false;
                }
                self.tail.evict(offset);
                true
            }
        }
    }

    fn segment_of(&self, offset: Offset) -> Option<usize> {
        self.segments.partition_point(|segment| segment.base <= offset).checked_sub(1)
    }

    fn active_segment(&self) -> &Segment {
        self.segments.back().expect("an open log has a segment")
    }

    fn active_segment_mut(&mut self) -> &mut Segment {
        self.segments.back_mut().expect("an open log has a segment")
    }

    fn emit(&self, cx: &mut Cx<'_>, op: LogOp, mut steps: Vec<DiskStep>) {
        if cx.config.has_flaw(Flaw::DirEntryNotSynced) {
            // The directory exists, so this does nothing, and every step still has its answer.
            for step in &mut steps {
                if let DiskStep::SyncDir { path } = step {
                    *step = DiskStep::CreateDir { path: path.clone() };
                }
            }
        }
        if !steps.is_empty() {
            cx.disk(Owner::Log(self.name.id, op), steps);
        }
    }

    fn emit_epochs(&self, cx: &mut Cx<'_>) {
        let path = self.files.file(recovery::EPOCHS_FILE);
        let data = checkpoint::encode_epochs(self.epochs.entries());
        let epoch = self.epochs.latest().unwrap_or(-1);
        self.emit(cx, LogOp::LeaderEpochs { epoch }, DiskStep::replace(&path, alloc::vec![data]));
    }

    /// The disk has said no: nothing is written any more.
    fn fail(&mut self, error: DiskError) -> Vec<LogEvent> {
        self.phase = Phase::Failed;
        self.tail = Tail::default();
        self.reader = Reader::default();
        alloc::vec![LogEvent::Failed(error), LogEvent::Readable]
    }

    fn check(&self) {
        if !self.is_open() {
            return;
        }
        self.durability.check(self.log_end_offset);
        assert!(
            self.log_start_offset <= self.log_end_offset,
            "{}: starts behind its end",
            self.name.partition
        );
        let active = self.active_segment();
        assert!(active.base <= self.log_end_offset, "{}: the active segment lies ahead", self.name.partition);
        assert!(active.size <= self.size_bytes, "{}: a part is larger than the whole", self.name.partition);
        if active.size == 0 {
            assert!(active.base == self.log_end_offset, "{}: empty but for a gap", self.name.partition);
        }
        if let Some(front) = self.tail.front() {
            assert!(front.base_offset < self.log_end_offset, "{}: memory runs ahead", self.name.partition);
        }
    }
}
